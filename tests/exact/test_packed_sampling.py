"""Packed Swendsen-Wang on tiny tori against enumeration, twenty sweeps apart."""

import numpy as np
import pytest

from inverse_rg._bits import unpack_sites
from inverse_rg._packed_sampling import sample_series, sample_sites
from inverse_rg.ising import K_CRITICAL, boltzmann_weights, enumerate_states
from inverse_rg.spins import energy, magnetisation

RIGHT = 1e-4
BROKEN = 1e-6


def state(seed=1):
    return np.random.SeedSequence(seed).generate_state(4, np.uint64)


def pair_probabilities(size, coupling):
    """Return the labels of all pairs (M, E) and their probabilities."""
    states = enumerate_states(size)
    label = 1000 * magnetisation(states) + energy(states)
    labels, inverse = np.unique(label, return_inverse=True)
    return labels, np.bincount(inverse, weights=boltzmann_weights(states, coupling))


def pair_counts(labels, series):
    observed = 1000 * series[0].astype(np.int64) + series[1]
    assert np.isin(observed, labels).all()
    return np.bincount(np.searchsorted(labels, observed), minlength=len(labels))


@pytest.mark.parametrize("coupling", [0.0, 0.2, K_CRITICAL, 0.7])
def test_every_configuration_at_side_two(coupling, chi_square):
    sites = sample_sites(200_000, 2, coupling, 20, 20, state())
    bits = (unpack_sites(sites).reshape(-1, 4) > 0) @ np.array([1, 2, 4, 8])
    exact = boltzmann_weights(enumerate_states(2), coupling)
    assert chi_square(np.bincount(bits, minlength=16), exact) > RIGHT


@pytest.mark.parametrize("coupling", [0.2, K_CRITICAL])
def test_every_configuration_at_side_four(coupling, chi_square):
    sites = sample_sites(400_000, 4, coupling, 20, 20, state())
    bits = (unpack_sites(sites).reshape(-1, 16) > 0) @ (1 << np.arange(16))
    exact = boltzmann_weights(enumerate_states(4), coupling)
    assert chi_square(np.bincount(bits, minlength=2**16), exact) > RIGHT


@pytest.mark.parametrize("coupling", [0.0, 0.2, K_CRITICAL, 0.7])
@pytest.mark.parametrize("size", [2, 4])
def test_magnetisation_and_energy(size, coupling, chi_square):
    labels, exact = pair_probabilities(size, coupling)
    counts = pair_counts(labels, sample_series(100_000, size, coupling, 20, 20, state(2)))
    assert chi_square(counts, exact) > RIGHT


@pytest.mark.parametrize("size", [2, 4])
def test_a_coupling_off_by_two_percent_is_found(size, chi_square):
    labels, exact = pair_probabilities(size, K_CRITICAL)
    series = sample_series(200_000, size, 1.02 * K_CRITICAL, 20, 20, state(3))
    assert chi_square(pair_counts(labels, series), exact) < BROKEN


def test_lattices_side_by_side_are_independent(distance):
    # Sixteen lattices of side 4 share the words: no pair of them may be correlated.
    magnetisation, energies = sample_series(64_000, 4, K_CRITICAL, 20, 20, state(4))
    _, exact = pair_probabilities(4, K_CRITICAL)
    mean = exact @ (pair_probabilities(4, K_CRITICAL)[0] + 0.0)  # of 1000 M + E, M averages to 0
    for values, centre in ((magnetisation, 0.0), (energies, mean)):
        chains = values.reshape(-1, 16) - centre
        for shift in (1, 2, 5, 8):
            assert distance((chains * np.roll(chains, shift, axis=1)).mean(axis=1), 0) < 4
