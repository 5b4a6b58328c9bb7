"""Swendsen-Wang on tiny tori against enumeration.

Twenty sweeps apart, configurations are independent for all that a chi-square can see: the
autocorrelation time at L = 4 is two sweeps.
"""

import numpy as np
import pytest

from inverse_rg.ising import K_CRITICAL, boltzmann_weights, enumerate_states
from inverse_rg.spins import energy, magnetisation
from inverse_rg.swendsen_wang import sample_ising

RIGHT = 1e-4
BROKEN = 1e-6


def state_index(spins):
    bits = (spins.reshape(len(spins), -1) > 0).astype(np.int64)
    return bits @ (1 << np.arange(bits.shape[1]))


def by_state(spins, coupling):
    """Return counts of and probabilities of every configuration."""
    states = enumerate_states(spins.shape[1])
    counts = np.bincount(state_index(spins), minlength=len(states))
    return counts, boltzmann_weights(states, coupling)


def by_magnetisation_and_energy(spins, coupling):
    """Return counts of and probabilities of every pair (M, E)."""
    states = enumerate_states(spins.shape[1])
    label = 1000 * magnetisation(states) + energy(states)
    labels, inverse = np.unique(label, return_inverse=True)
    probabilities = np.bincount(inverse, weights=boltzmann_weights(states, coupling))
    observed = 1000 * magnetisation(spins) + energy(spins)
    counts = np.bincount(np.searchsorted(labels, observed), minlength=len(labels))
    assert np.isin(observed, labels).all()
    return counts, probabilities


@pytest.mark.parametrize("coupling", [0.0, 0.2, K_CRITICAL, 0.7])
@pytest.mark.parametrize("size", [2, 3])
def test_every_configuration_of_the_smallest_tori(size, coupling, chi_square):
    spins = sample_ising(100_000, size, rng=31, coupling=coupling, sweeps=20)
    assert chi_square(*by_state(spins, coupling)) > RIGHT


@pytest.mark.parametrize("coupling", [0.0, 0.3, K_CRITICAL, 0.6])
def test_magnetisation_and_energy_at_side_four(coupling, chi_square):
    spins = sample_ising(100_000, 4, rng=32, coupling=coupling, sweeps=20)
    assert chi_square(*by_magnetisation_and_energy(spins, coupling)) > RIGHT


@pytest.mark.parametrize("size", [2, 3, 4])
def test_bonds_at_half_their_coupling_are_found(size, chi_square):
    # Bond probability 1 - exp(-K) for 1 - exp(-2K): the commonest mistake.
    spins = sample_ising(20_000, size, rng=33, coupling=K_CRITICAL / 2, sweeps=20)
    assert chi_square(*by_magnetisation_and_energy(spins, K_CRITICAL)) < BROKEN


@pytest.mark.parametrize("size", [2, 3, 4])
def test_a_coupling_off_by_five_percent_is_found(size, chi_square):
    spins = sample_ising(100_000, size, rng=34, coupling=1.05 * K_CRITICAL, sweeps=20)
    assert chi_square(*by_magnetisation_and_energy(spins, K_CRITICAL)) < BROKEN


def test_a_shifted_boundary_is_found(chi_square):
    # Helical boundary: the right energies inside, the wrong torus.
    spins = sample_ising(100_000, 3, rng=35, sweeps=20)
    counts, weights = by_state(spins, K_CRITICAL)
    states = enumerate_states(3).reshape(-1, 9)
    helical = states * (np.roll(states, -1, axis=1) + np.roll(states, -3, axis=1))
    wrong = np.exp(K_CRITICAL * helical.sum(axis=1, dtype=int))
    assert chi_square(counts, weights) > RIGHT
    assert chi_square(counts, wrong / wrong.sum()) < BROKEN


def test_zero_coupling_gives_independent_fair_spins(chi_square):
    spins = sample_ising(4000, 8, rng=36, coupling=0.0, sweeps=1, thermalisation=0)
    up = (spins.reshape(-1, 4) > 0) @ (1 << np.arange(4))  # four neighbours in a row
    assert chi_square(np.bincount(up, minlength=16), np.full(16, 1 / 16)) > RIGHT
    repeated = spins[1:] * spins[:-1]  # from one sweep to the next
    assert chi_square([(repeated > 0).sum(), (repeated < 0).sum()], [0.5, 0.5]) > RIGHT
