"""Packed Swendsen-Wang against Kaufman's exact energy and heat capacity of finite tori."""

import numpy as np
import pytest

from inverse_rg._packed_sampling import sample_series
from inverse_rg.ising import K_CRITICAL, exact_energy, exact_heat_capacity


def runs(size, coupling, n, sweeps):
    """Return M and E of independent chains, (chains, n)."""
    chains = max(1, 64 // size)
    results = []
    for seed in range(max(1, 32 // chains)):
        state = np.random.SeedSequence(100 + seed).generate_state(4, np.uint64)
        results.append(sample_series(n * chains, size, coupling, sweeps, 100, state))
    return np.concatenate(
        [np.array(result).reshape(2, n, chains).transpose(0, 2, 1) for result in results], axis=1
    )


@pytest.mark.parametrize(
    ("size", "coupling", "n"),
    [
        (8, K_CRITICAL, 2000),
        (8, 0.3, 1000),
        (16, 0.6, 500),
        (32, K_CRITICAL, 1000),
        (64, K_CRITICAL, 400),
        (64, 0.3, 100),
        (128, K_CRITICAL, 60),
        (128, 0.5, 40),
    ],
)
def test_energy_and_heat_capacity(size, coupling, n, distance):
    magnetisation, energy = runs(size, coupling, n, 3) / size**2
    exact = exact_energy(size, coupling)
    assert distance(energy.mean(axis=1), exact) < 4
    capacity = size**2 * ((energy - exact) ** 2).mean(axis=1)
    assert distance(capacity, exact_heat_capacity(size, coupling)) < 4
    assert distance(magnetisation.mean(axis=1), 0) < 4


def test_a_coupling_off_by_half_a_percent_is_found(distance):
    energy = runs(32, 1.005 * K_CRITICAL, 1000, 3)[1] / 32**2
    assert distance(energy.mean(axis=1), exact_energy(32, K_CRITICAL)) > 6
