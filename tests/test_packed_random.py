"""Eight generators side by side against one at a time, and bits of a given probability."""

import numpy as np
import pytest

from inverse_rg._jit import next_word, njit
from inverse_rg._lanes import store
from inverse_rg._packed_random import (
    fill_bernoulli,
    fill_words,
    load_lanes,
    next_words,
    save_lanes,
    start_lanes,
)


def state():
    return np.array([1, 2, 3, 4], np.uint64)


@njit
def draw(lanes, out):
    vectors = load_lanes(lanes)
    for i in range(out.shape[0]):
        words, vectors = next_words(vectors)
        store(out[i], 0, words)
    save_lanes(lanes, vectors)


@njit
def draw_one(state, out):
    for i in range(out.size):
        out[i] = next_word(state)


def test_each_lane_is_a_generator():
    lanes = start_lanes(state())
    single = lanes.T.copy()
    together, alone = np.empty((100, 8), np.uint64), np.empty((8, 100), np.uint64)
    draw(lanes, together)
    for lane in range(8):
        draw_one(single[lane], alone[lane])
    assert np.array_equal(together, alone.T)
    assert np.array_equal(lanes, single.T)


def test_starting_advances_the_generator():
    first = state()
    lanes = start_lanes(first)
    assert not np.array_equal(first, state())
    assert not np.array_equal(lanes, start_lanes(first))
    assert len(np.unique(lanes)) == lanes.size
    assert np.array_equal(lanes, start_lanes(state()))


def test_words_of_one_generator():
    words, expected = np.empty(5, np.uint64), np.empty(5, np.uint64)
    fill_words(words, state())
    draw_one(state(), expected)
    assert np.array_equal(words, expected)


@pytest.mark.parametrize("threshold", [0, 2**63, 3 * 2**62, 12345 * 2**45, 2**64 // 3, 2**64 - 1])
def test_bits_of_given_probability(threshold, distance):
    words = np.empty(80_000, np.uint64)
    fill_bernoulli(words, np.uint64(threshold), start_lanes(state()))
    counts = np.bitwise_count(words).astype(float) / 64
    exact = threshold / 2**64
    if counts.std() == 0:
        assert (counts == round(exact)).all()
    else:
        assert distance(counts, exact) < 4
        # Independent bits: the counts of words have the binomial variance.
        variance = (counts - exact) ** 2
        assert distance(variance, exact * (1 - exact) / 64) < 4
