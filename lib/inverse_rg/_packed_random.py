"""Eight xoshiro256++ generators side by side: 512 random bits a step for the packed kernels."""

from __future__ import annotations

import numpy as np

from inverse_rg._bits import mix
from inverse_rg._jit import next_word, njit, u64
from inverse_rg._lanes import (
    WORDS,
    any_bit,
    load,
    shift_left,
    shift_right,
    splat_word,
    store,
)

ALL_BITS = u64(0xFFFFFFFFFFFFFFFF)
"""A word of ones."""


@njit
def start_lanes(state):
    """Return the states of eight generators, uint64 (4, 8), drawn from the one in `state`.

    `state`, uint64 (4,), advances, so that two calls give unrelated generators. The splitmix64
    finaliser stands between a generator and the seeds of others of its own kind.
    """
    lanes = np.empty((4, WORDS), np.uint64)
    for i in range(4):
        for lane in range(WORDS):
            lanes[i, lane] = mix(next_word(state))
    return lanes


@njit(forceinline=True)
def load_lanes(lanes):
    """Return the four state vectors (words8) of the generators in `lanes`, uint64 (4, 8)."""
    return load(lanes[0], 0), load(lanes[1], 0), load(lanes[2], 0), load(lanes[3], 0)


@njit(forceinline=True)
def _rotate(words, count):
    return shift_left(words, u64(count)) | shift_right(words, u64(64 - count))


@njit(forceinline=True)
def next_words(state):
    """Return 512 random bits (words8) and the four state vectors that follow `state`."""
    s0, s1, s2, s3 = state
    words = _rotate(s0 + s3, 23) + s0
    shifted = shift_left(s1, u64(17))
    s2 = s2 ^ s0
    s3 = s3 ^ s1
    s1 = s1 ^ s2
    s0 = s0 ^ s3
    s2 = s2 ^ shifted
    return words, (s0, s1, s2, _rotate(s3, 45))


@njit(forceinline=True)
def save_lanes(lanes, state):
    """Write the state vectors back to `lanes`, uint64 (4, 8)."""
    store(lanes[0], 0, state[0])
    store(lanes[1], 0, state[1])
    store(lanes[2], 0, state[2])
    store(lanes[3], 0, state[3])


@njit
def fill_words(words, state):
    """Fill uint64 `words` (n,) with random bits from one generator; `state` advances."""
    for i in range(words.size):
        words[i] = next_word(state)


@njit
def fill_bernoulli(words, threshold, lanes):
    """Set each bit of `words` with probability `threshold` / 2^64.

    A random binary fraction is compared with the threshold digit by digit, 512 at a time, and
    stops when all are decided: after 10 digits on average, however precise the threshold is. The
    size of `words` is a multiple of 8.
    """
    state = load_lanes(lanes)
    for first in range(0, words.size, WORDS):
        digits = threshold
        below = splat_word(u64(0))
        open_ = splat_word(ALL_BITS)
        while digits and any_bit(open_):
            random, state = next_words(state)
            decided = open_ & random  # the fraction's digit is the complement of the random bit
            if digits >> u64(63):  # digit 0 under a digit 1: the fraction is smaller
                below = below | decided
                open_ = open_ ^ decided
            else:  # digit 1 over a digit 0: it is larger
                open_ = decided
            digits <<= u64(1)
        store(words, first, below)
    save_lanes(lanes, state)
