"""Packed Swendsen-Wang: forms, streams and limits; distributions are in exact and statistical."""

import numpy as np
import pytest

from inverse_rg._packed_observables import site_magnetisation_energy
from inverse_rg._packed_sampling import (
    bond_threshold,
    packed_size,
    sample_series,
    sample_sites,
)


def state(seed=1):
    return np.random.SeedSequence(seed).generate_state(4, np.uint64)


def test_sizes():
    assert [size for size in range(-2, 70) if packed_size(size)] == [1, 2, 4, 8, 16, 32, 64]


def test_bond_threshold():
    assert bond_threshold(0.0) == 0
    assert bond_threshold(np.log(2) / 2) == pytest.approx(2**63, rel=1e-15)
    assert bond_threshold(1e-12) == pytest.approx(2e-12 * 2**64, abs=1)  # a whole number
    assert bond_threshold(50.0) == 2**64 - 1


@pytest.mark.parametrize("size", [1, 2, 8, 32, 64, 128])
def test_series_and_configurations_agree(size):
    n = 70
    sites = sample_sites(n, size, 0.4, 2, 5, state())
    assert sites.shape == (n, size, max(1, size // 64))
    series = sample_series(n, size, 0.4, 2, 5, state())
    for one, other in zip(series, site_magnetisation_energy(sites), strict=True):
        assert one.dtype == np.int32
        assert np.array_equal(one, other)


def test_the_state_advances():
    advancing = state()
    first = sample_series(100, 8, 0.4, 1, 1, advancing)
    second = sample_series(100, 8, 0.4, 1, 1, advancing)
    assert not np.array_equal(first, second)
    assert np.array_equal(first, sample_series(100, 8, 0.4, 1, 1, state()))


@pytest.mark.parametrize("size", [4, 64])
def test_strong_coupling_orders_everything(size):
    magnetisation, energy = sample_series(200, size, 30.0, 1, 20, state())
    assert (energy == 2 * size**2).all()
    assert set(magnetisation.tolist()) == {-(size**2), size**2}


@pytest.mark.parametrize("size", [8, 64])
def test_no_coupling_draws_independent_spins(size, distance):
    magnetisation, energy = sample_series(2000, size, 0.0, 1, 0, state())
    assert distance(magnetisation / size**2, 0) < 4
    assert distance(energy / size**2, 0) < 4
    assert distance(magnetisation.astype(float) ** 2 / size**2, 1) < 4
