"""Blocking the 4 x 4 torus to 2 x 2: the coarse distribution and the weights, by enumeration."""

import numpy as np
import pytest

from inverse_rg.blocking import block, count_ties
from inverse_rg.ising import K_CRITICAL, boltzmann_weights, enumerate_states


def coarse_distribution(weights):
    """Return P(mu) over the 16 coarse states, each tie sharing its weight half and half."""
    states = enumerate_states(4)
    sums = states.reshape(-1, 2, 2, 2, 2).sum(axis=(2, 4), dtype=int).reshape(-1, 4)
    up = np.select([sums > 0, sums < 0], [1.0, 0.0], 0.5)
    mu = enumerate_states(2).reshape(16, 4)
    likelihood = np.prod(np.where(mu[:, None] > 0, up[None], 1 - up[None]), axis=2)
    return likelihood @ weights


def coarse_index(coarse):
    return (coarse.reshape(len(coarse), 4) > 0) @ (1 << np.arange(4))


def draw(coupling, n, seed):
    states = enumerate_states(4)
    weights = boltzmann_weights(states, coupling)
    return states[np.random.default_rng(seed).choice(len(states), n, p=weights)], weights


@pytest.mark.parametrize("coupling", [0.0, 0.3, K_CRITICAL])
def test_coarse_distribution(coupling, chi_square):
    spins, weights = draw(coupling, 200_000, seed=21)
    counts = np.bincount(coarse_index(block(spins, rng=22)), minlength=16)
    assert chi_square(counts, coarse_distribution(weights)) > 1e-4


def test_ties_that_are_always_up_are_found(chi_square):
    spins, weights = draw(K_CRITICAL, 200_000, seed=21)
    sums = spins.reshape(-1, 2, 2, 2, 2).sum(axis=(2, 4), dtype=int)
    counts = np.bincount(coarse_index(np.where(sums >= 0, 1, -1)), minlength=16)
    assert chi_square(counts, coarse_distribution(weights)) < 1e-6


def test_the_weight_is_the_number_of_coarse_states_that_a_configuration_allows():
    states = enumerate_states(4)
    sums = states.reshape(-1, 2, 2, 2, 2).sum(axis=(2, 4), dtype=int)
    assert np.array_equal(count_ties(states), (sums == 0).sum(axis=(1, 2)))
