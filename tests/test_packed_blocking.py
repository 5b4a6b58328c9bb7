"""Packed majority rule: equal to the plain rule where it is deterministic, fair where it draws."""

import numpy as np
import pytest

from inverse_rg._bits import pack_replicas, pack_sites, unpack_replicas, unpack_sites
from inverse_rg._packed_blocking import block_replicas, block_sites, count_ties_sites

SIZES = [2, 4, 6, 32, 64, 66, 128, 130]


def state():
    return np.array([5, 6, 7, 8], np.uint64)


def random_spins(n, size, up=0.6):
    rng = np.random.default_rng(size)
    return np.where(rng.random((n, size, size)) < up, 1, -1).astype(np.int8)


def block_sums(spins):
    n, size, _ = spins.shape
    return spins.reshape(n, size // 2, 2, size // 2, 2).sum(axis=(2, 4), dtype=int)


def packed_rules(spins):
    """Return the blocked configurations, dense, of both packed forms."""
    replicas = unpack_replicas(block_replicas(pack_replicas(spins), state()), len(spins))
    return replicas, unpack_sites(block_sites(pack_sites(spins), state()))


@pytest.mark.parametrize("size", SIZES)
def test_majorities(size):
    spins = random_spins(64, size)
    sums = block_sums(spins)
    for coarse in packed_rules(spins):
        assert coarse.shape == sums.shape
        assert np.array_equal(coarse[sums != 0], np.sign(sums[sums != 0]))


@pytest.mark.parametrize("size", [2, 64, 128])
def test_ties_are_fair_and_independent(size, distance):
    spins = random_spins(64 * max(1, 256 // size), size, up=0.5)
    tied = block_sums(spins) == 0
    for coarse in packed_rules(spins):
        assert distance(coarse[tied].astype(float), 0) < 4
        # Neighbours in a row, in a column and in the next configuration.
        for axis in range(3):
            if coarse.shape[axis] > 1:
                both = (tied & np.roll(tied, 1, axis)).nonzero()
                products = (coarse * np.roll(coarse, 1, axis))[both].astype(float)
                assert distance(products, 0) < 4


@pytest.mark.parametrize("size", SIZES)
def test_unused_bits_stay_clear(size):
    spins = np.ones((3, size, size), np.int8)
    spins[:, ::2] = -1  # every block a tie
    coarse = block_sites(pack_sites(spins), state())
    assert np.array_equal(pack_sites(unpack_sites(coarse)), coarse)


@pytest.mark.parametrize("size", SIZES)
def test_number_of_ties(size):
    spins = random_spins(20, size)
    expected = (block_sums(spins) == 0).sum(axis=(1, 2))
    ties = count_ties_sites(pack_sites(spins))
    assert ties.dtype == np.int64
    assert np.array_equal(ties, expected)


def test_same_state_same_result():
    spins = random_spins(64, 8)
    for first, second in zip(packed_rules(spins), packed_rules(spins), strict=True):
        assert np.array_equal(first, second)
