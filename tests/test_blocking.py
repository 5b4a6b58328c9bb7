"""The majority rule: all 16 patterns, fair coins, counted ties, guards."""

import itertools

import numpy as np
import pytest

from inverse_rg.blocking import block, count_ties


def random_spins(n, size, seed=0):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (n, size, size))


def block_sums(spins):
    n, size, _ = spins.shape
    return spins.reshape(n, size // 2, 2, size // 2, 2).sum(axis=(2, 4), dtype=int)


@pytest.mark.parametrize("pattern", list(itertools.product([-1, 1], repeat=4)))
def test_every_pattern_of_a_block(pattern, chi_square):
    spins = np.tile(np.array(pattern, np.int8).reshape(1, 2, 2), (4000, 1, 1))
    up = int((block(spins, rng=5) == 1).sum())
    total = sum(pattern)
    if total == 0:
        assert chi_square([up, 4000 - up], [0.5, 0.5]) > 1e-4
        assert count_ties(spins[:1]) == [1]
    else:
        assert up == (4000 if total > 0 else 0)
        assert count_ties(spins[:1]) == [0]


def test_majorities_lie_where_they_should():
    spins = random_spins(200, 10)
    sums = block_sums(spins)
    coarse = block(spins, rng=1)
    assert coarse.dtype == np.int8
    assert coarse.shape == (200, 5, 5)
    assert set(np.unique(coarse)) == {-1, 1}
    assert np.array_equal(coarse[sums != 0], np.sign(sums[sums != 0]))


def test_coins_of_neighbouring_ties_are_independent(chi_square):
    spins = np.tile(np.array([[1, -1], [-1, 1]], np.int8), (4096, 2, 2))  # four ties each
    bits = (block(spins, rng=2).reshape(4096, 4) > 0) @ (1 << np.arange(4))
    assert chi_square(np.bincount(bits, minlength=16), np.full(16, 1 / 16)) > 1e-4


def test_count_ties_against_a_slow_twin():
    spins = random_spins(100, 8)
    assert count_ties(spins).tolist() == [
        sum(int(s[y : y + 2, x : x + 2].sum()) == 0 for y in range(0, 8, 2) for x in range(0, 8, 2))
        for s in spins
    ]
    assert count_ties(spins).dtype == np.int64


def test_same_seed_same_coins_on_any_number_of_workers():
    spins = random_spins(300, 8)
    first = block(spins, rng=3, workers=1)
    for workers in (1, 2, 3, None):
        assert np.array_equal(first, block(spins, rng=3, workers=workers))
    assert not np.array_equal(first, block(spins, rng=4))


def test_a_seed_sequence_with_a_key_and_a_generator_are_seeds():
    spins = random_spins(300, 8)
    sequence = np.random.SeedSequence(7, spawn_key=(5, 900))
    assert np.array_equal(block(spins, rng=sequence), block(spins, rng=sequence))
    generator = np.random.default_rng(1)
    assert not np.array_equal(block(spins, rng=generator), block(spins, rng=generator))


def test_the_argument_is_not_changed():
    spins = random_spins(10, 4)
    kept = spins.copy()
    block(spins, rng=0)
    assert np.array_equal(spins, kept)


@pytest.mark.parametrize("call", [lambda s: block(s, rng=0), count_ties])
def test_bad_spins_are_refused(call):
    with pytest.raises(ValueError, match="spins must have an even side to be blocked, got L = 3"):
        call(np.ones((1, 3, 3), np.int8))
    with pytest.raises(ValueError, match=r"spins must have shape \(n, L, L\)"):
        call(np.ones((1, 4, 2), np.int8))
    with pytest.raises(ValueError, match=r"spins must hold only \+1 and -1"):
        call(np.full((1, 4, 4), 2))


def test_a_seed_is_required():
    with pytest.raises(TypeError, match="rng must be an int seed"):
        block(np.ones((1, 4, 4), np.int8), rng=None)
    with pytest.raises(ValueError, match="rng must be a non-negative seed"):
        block(np.ones((1, 4, 4), np.int8), rng=-1)


def test_workers_must_be_positive():
    with pytest.raises(ValueError, match="workers must be at least 1, got 0"):
        block(np.ones((1, 4, 4), np.int8), rng=0, workers=0)
