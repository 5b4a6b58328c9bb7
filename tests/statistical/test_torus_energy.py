"""Monte Carlo energy and heat capacity against Kaufman's torus, within four error bars.

4096 configurations come in 64 blocks, independent Markov chains; their spread is the error bar.
"""

import numpy as np
import pytest

from inverse_rg._blocks import block_sizes
from inverse_rg.ising import K_CRITICAL, exact_energy, exact_heat_capacity
from inverse_rg.spins import energy
from inverse_rg.swendsen_wang import sample_ising

N = 4096
SIGMAS = 4


def block_estimates(size, coupling, seed):
    """Return e and c of every block; the exact mean inside makes each c unbiased."""
    e = energy(sample_ising(N, size, rng=seed, coupling=coupling)) / size**2
    blocks = np.split(e, np.cumsum(block_sizes(N))[:-1])
    exact = exact_energy(size, coupling)
    return (
        np.array([block.mean() for block in blocks]),
        np.array([size**2 * ((block - exact) ** 2).mean() for block in blocks]),
    )


@pytest.mark.parametrize("coupling", [0.38, K_CRITICAL, 0.48])
@pytest.mark.parametrize("size", [8, 12, 32])
def test_energy_and_heat_capacity(size, coupling, distance):
    e, c = block_estimates(size, coupling, seed=41)
    assert distance(e, exact_energy(size, coupling)) < SIGMAS
    assert distance(c, exact_heat_capacity(size, coupling)) < SIGMAS


def test_a_coupling_off_by_one_percent_is_found(distance):
    e, _ = block_estimates(32, 1.01 * K_CRITICAL, seed=42)
    assert distance(e, exact_energy(32, K_CRITICAL)) > 2 * SIGMAS


def test_a_chain_that_is_not_thermalised_is_found(distance):
    spins = sample_ising(64 * 64, 32, rng=43, sweeps=1, thermalisation=0)
    first = energy(spins[::64]) / 32**2  # each chain's state one sweep after its random start
    assert distance(first, exact_energy(32, K_CRITICAL)) > 2 * SIGMAS
