"""The majority rule on 2 x 2 blocks, Kadanoff's step from fine spins to coarse ones.

A coarse spin is the sign of the sum of its four fine spins; a tie, two up and two down, is broken
by a fair coin (Sec. II of arXiv:2506.04016).
"""

from __future__ import annotations

import numpy as np

from inverse_rg import _blocks, _check, _random
from inverse_rg._jit import next_word, njit, u64


def block(spins: np.ndarray, *, rng: _random.Seed, workers: int | None = None) -> np.ndarray:
    """Halve the side of configurations by the majority rule, ties broken at random.

    Parameters
    ----------
    spins : array_like of +-1, shape (n, L, L)
        Fine configurations, L even. Coarse spin (Y, X) decides over the fine spins (2Y, 2X),
        (2Y, 2X + 1), (2Y + 1, 2X) and (2Y + 1, 2X + 1).
    rng : int, SeedSequence or Generator
        Source of the coins, required; the same one gives the same coarse configurations.
    workers : int, optional
        Threads; all cores by default. It changes the speed and nothing else.

    Returns
    -------
    ndarray of int8, shape (n, L/2, L/2)
        Coarse configurations of +-1.

    Raises
    ------
    TypeError, ValueError
        If `spins` is not an array (n, L, L) of +-1 with L even, or `rng` is not a seed.

    Notes
    -----
    This draws mu from D(mu | sigma) of Eq. (1), which is 2^-ties for each coarse configuration
    that the majorities allow; `count_ties` returns the exponent.
    """
    spins = _check.spins("spins", spins, even=True)
    if workers is not None:
        workers = _check.integer("workers", workers, minimum=1)
    n, size, _ = spins.shape
    coarse = np.empty((n, size // 2, size // 2), np.int8)
    starts = np.cumsum([0, *_blocks.block_sizes(n)])

    def task(count: int, stream: np.random.SeedSequence) -> None:
        first = starts[stream.spawn_key[-1]]  # a block's stream ends in the block's index
        part = slice(first, first + count)
        _block_configurations(spins[part], coarse[part], _random.state_words(stream))

    for _ in _blocks.run(task, n, rng, workers=workers):
        pass
    return coarse


def count_ties(spins: np.ndarray) -> np.ndarray:
    """Count the tied 2 x 2 blocks of every configuration.

    Parameters
    ----------
    spins : array_like of +-1, shape (n, L, L)
        Fine configurations, L even.

    Returns
    -------
    ndarray of int64, shape (n,)
        Blocks of two up and two down spins, 0 to L^2 / 4. The weight w_a = D(mu | sigma) of
        Eq. (13) is 2^-ties.

    Raises
    ------
    TypeError, ValueError
        If `spins` is not an array (n, L, L) of +-1 with L even.
    """
    spins = _check.spins("spins", spins, even=True)
    ties = np.empty(len(spins), np.int64)
    _tie_kernel(spins, ties)
    return ties


@njit
def _block_configurations(spins, coarse, state):
    """Write the majorities of `spins`, int8 (n, L, L), to `coarse`; `state` gives the coins."""
    n, half, _ = coarse.shape
    bits = u64(0)
    left = 0
    for i in range(n):
        for y in range(half):
            for x in range(half):
                total = _block_sum(spins[i], y, x)
                if total == 0:
                    if left == 0:
                        bits = next_word(state)
                        left = 64
                    total = 1 if bits & u64(1) else -1
                    bits >>= u64(1)
                    left -= 1
                coarse[i, y, x] = 1 if total > 0 else -1


@njit
def _tie_kernel(spins, ties):
    half = spins.shape[1] // 2
    for i in range(len(spins)):
        count = 0
        for y in range(half):
            for x in range(half):
                count += _block_sum(spins[i], y, x) == 0
        ties[i] = count


@njit(inline="always")
def _block_sum(spins, y, x):
    return (
        spins[2 * y, 2 * x]
        + spins[2 * y, 2 * x + 1]
        + spins[2 * y + 1, 2 * x]
        + spins[2 * y + 1, 2 * x + 1]
    )
