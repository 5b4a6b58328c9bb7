"""The majority rule on packed lattices: 2 x 2 blocks, ties decided at random.

A block of four spins is up if at least three are, and at random if two are; both are bit
operations on the words that hold the four spins.
"""

from __future__ import annotations

import numpy as np

from inverse_rg._bits import popcount, row_words
from inverse_rg._jit import next_word, njit, u64

_EVEN = u64(0x5555555555555555)


@njit(forceinline=True)
def _majority(a, b, c, d, random):
    """Return the majority of four spins, bit by bit; where it is a tie, the bits of `random`."""
    both, either = a & b, a | b
    below, beside = c & d, c | d
    three = (both & beside) | (below & either)
    two = both | below | (either & beside)
    return three | (two & random)


@njit(forceinline=True)
def _tied(a, b, c, d):
    """Return the bits in which exactly two of four words are set."""
    odd = a ^ b ^ c ^ d
    return ~odd & (a | b | c | d) & ~(a & b & c & d)


@njit(forceinline=True)
def _squeeze(word):
    """Return the 32 bits of `word` at even positions, side by side."""
    word &= _EVEN
    word = (word | (word >> u64(1))) & u64(0x3333333333333333)
    word = (word | (word >> u64(2))) & u64(0x0F0F0F0F0F0F0F0F)
    word = (word | (word >> u64(4))) & u64(0x00FF00FF00FF00FF)
    word = (word | (word >> u64(8))) & u64(0x0000FFFF0000FFFF)
    return (word | (word >> u64(16))) & u64(0x00000000FFFFFFFF)


@njit
def _block_replicas(fine, coarse, state):
    for word in range(coarse.shape[0]):
        for y in range(coarse.shape[1]):
            upper, lower, out = fine[word, 2 * y], fine[word, 2 * y + 1], coarse[word, y]
            for x in range(out.size):
                out[x] = _majority(
                    upper[2 * x],
                    upper[2 * x + 1],
                    lower[2 * x],
                    lower[2 * x + 1],
                    next_word(state),
                )


@njit
def _block_sites(fine, coarse, state):
    for i in range(coarse.shape[0]):
        for y in range(coarse.shape[1]):
            upper, lower, out = fine[i, 2 * y], fine[i, 2 * y + 1], coarse[i, y]
            out[:] = u64(0)
            for j in range(upper.size):
                a, c = upper[j], lower[j]
                # Unused bits beyond the row are zero and stay so: no spin is up, nothing ties.
                whole = _majority(a, a >> u64(1), c, c >> u64(1), next_word(state))
                out[j // 2] |= _squeeze(whole) << u64(32 * (j & 1))


@njit
def _count_ties_sites(fine, ties):
    for i in range(fine.shape[0]):
        count = u64(0)
        for y in range(0, fine.shape[1], 2):
            for j in range(fine.shape[2]):
                a, c = fine[i, y, j], fine[i, y + 1, j]
                count += popcount(_tied(a, a >> u64(1), c, c >> u64(1)) & _EVEN)
        ties[i] = np.int64(count)


def block_replicas(fine: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Return the blocked replica form, uint64 (words, L / 2, L / 2); `state` advances."""
    half = fine.shape[1] // 2
    coarse = np.empty((len(fine), half, half), np.uint64)
    _block_replicas(fine, coarse, state)
    return coarse


def block_sites(fine: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Return the blocked site form, uint64 (n, L / 2, W); `state` advances."""
    half = fine.shape[1] // 2
    coarse = np.empty((len(fine), half, row_words(half)), np.uint64)
    _block_sites(fine, coarse, state)
    return coarse


def count_ties_sites(fine: np.ndarray) -> np.ndarray:
    """Return how many blocks of each configuration are tied, int64 (n,), in the site form."""
    ties = np.empty(len(fine), np.int64)
    _count_ties_sites(fine, ties)
    return ties
