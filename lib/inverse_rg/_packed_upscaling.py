"""Packed upscaling of one level: 64 replicas a word, any kernel size, one algorithm.

A fine spin is up with probability 1 / (1 + exp(-2 h)), Eq. (9) of arXiv:2506.04016, and its field
h is a sum over a window of coarse spins. So exp(-2 h) is a product of one factor per row of the
window, each row factor depends on one row of coarse spins, and the fine spins of a column share
them: a row factor is computed once for each coarse cell, side and window row, and used again in
every row that sees it.

The arithmetic is float32 and the same on every processor: products in a fixed order, and no sum
that a fused multiplication could round differently. Rounding moves a probability by less than
1e-6 for windows up to 4 x 4 (kernels up to k = 7), which 1e9 draws cannot resolve; the random
number, of 31 bits, adds at most 2^-24.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from inverse_rg._jit import njit, u64
from inverse_rg._lanes import (
    FLOATS,
    halves_as_floats,
    less,
    load,
    pick,
    scale_where,
    splat_float,
    store,
)
from inverse_rg._packed_random import load_lanes, next_words, save_lanes

LARGEST_FIELD = 40.0
"""Largest sum of \\|window\\| whose factors, up to exp(2 sum), are in the range of float32."""

_TILE = 2  # coarse columns a pass: the row factors of a tile stay in the innermost cache


def factor_tables(windows: Sequence[np.ndarray]) -> np.ndarray:
    """Return the factors of exp(-2 h) for each level, float32 (levels, width, width + 1).

    Parameters
    ----------
    windows : sequence of array_like, shape (n, n)
        `Kernel.window` of every level; ``width`` is the largest n, at least 2. A smaller window
        gets factors of one, which change nothing.

    Returns
    -------
    ndarray
        For row p of a window: the factor of the row if only the own coarse spin is up, the factor
        if none is, and then, for each other spin, what its being up multiplies.

    Raises
    ------
    ValueError
        If a window is not square or the sum of its magnitudes exceeds `LARGEST_FIELD`.
    """
    arrays = [np.asarray(window, dtype=np.float64) for window in windows]
    width = max((len(array) for array in arrays), default=2)
    tables = np.ones((len(arrays), max(2, width), max(2, width) + 1))
    for table, array in zip(tables, arrays, strict=True):
        if array.ndim != 2 or array.shape[0] != array.shape[1] or not array.size:
            raise ValueError(f"windows must have shape (n, n) with n >= 1, got {array.shape}")
        if not np.abs(array).sum() <= LARGEST_FIELD:
            raise ValueError(
                f"windows must have magnitudes that sum to at most {LARGEST_FIELD}, "
                f"got {np.abs(array).sum()!r}"
            )
        n = len(array)
        others = array[:, 1:].sum(axis=1)
        table[:n, 0] = np.exp(2 * (others - array[:, 0]))
        table[:n, 1] = np.exp(2 * (others + array[:, 0]))
        table[:n, 2 : n + 1] = np.exp(-4 * array[:, 1:])
    return tables.astype(np.float32)


@njit
def _row_factors(line, first, columns, table, shape, factors):
    """Write the row factors of `columns` coarse cells to `factors`, float32 (width, 2, 64 tile).

    `line` holds the coarse row, ``line[first]`` the first cell; the second axis of `factors` is
    the side of the fine spin, left or right. The length of the tuple `shape` is the width: as a
    constant of the type it lets LLVM unroll the loops over the window.
    """
    width = len(shape)
    for x in range(columns):
        own = line[first + x]
        for chunk in range(0, 64, FLOATS):
            shift = u64(chunk)
            at = 64 * x + chunk
            for p in range(width):
                left = pick(own >> shift, table[p, 0], table[p, 1])
                right = left
                for q in range(1, width):
                    distance = (q + 1) // 2 if q % 2 else -(q // 2)
                    before = line[first + x - distance] >> shift
                    behind = line[first + x + distance] >> shift
                    left = scale_where(left, before, table[p, q + 1])
                    right = scale_where(right, behind, table[p, q + 1])
                store(factors[p, 0], at, left)
                store(factors[p, 1], at, right)


@njit
def _draw_rows(ring, slots, columns, shape, upper, lower, first, state):
    """Draw the four fine spins of `columns` coarse cells; return the generator's next state."""
    width = len(shape)
    one = splat_float(np.float32(1.0))
    scale = splat_float(np.float32(2.0**31))
    for x in range(columns):
        for y in range(2):
            target = lower if y else upper
            for side in range(2):
                word = u64(0)
                for chunk in range(0, 64, FLOATS):
                    at = 64 * x + chunk
                    ratio = load(ring[slots[y, 0], 0, side], at)
                    for p in range(1, width):
                        ratio = ratio * load(ring[slots[y, p], p, side], at)
                    bits, state = next_words(state)
                    up = less(halves_as_floats(bits) * (one + ratio), scale)
                    word |= up << u64(chunk)
                target[first + 2 * x + side] = word
    return state


@njit
def upscale_level(coarse, fine, table, shape, ring, padded, lanes):
    """Draw `fine`, uint64 (2H, 2H), from `coarse`, uint64 (H, H); `lanes` advances."""
    half = coarse.shape[0]
    width = len(shape)
    reach = width // 2
    depth = 2 * reach + 1
    for y in range(half + 2 * reach):
        for x in range(half + 2 * reach):
            padded[y, x] = coarse[(y - reach) % half, (x - reach) % half]
    slots = np.empty((2, width), np.int64)
    state = load_lanes(lanes)
    for first in range(0, half, _TILE):
        columns = min(_TILE, half - first)
        newest = 0
        for row in range(half + 2 * reach):
            _row_factors(padded[row], first + reach, columns, table, shape, ring[newest])
            if row >= 2 * reach:
                for p in range(width):
                    distance = (p + 1) // 2 if p % 2 else -(p // 2)
                    above = newest - reach - distance
                    below = newest - reach + distance
                    slots[0, p] = above + depth if above < 0 else above
                    slots[1, p] = below + depth if below < 0 else below
                y = 2 * (row - 2 * reach)
                state = _draw_rows(
                    ring, slots, columns, shape, fine[y], fine[y + 1], 2 * first, state
                )
            newest = newest + 1 if newest + 1 < depth else 0
    save_lanes(lanes, state)


def upscaling_scratch(half: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the work arrays of `upscale_level` for coarse sides up to `half`."""
    depth = 2 * (width // 2) + 1
    shape = (depth, width, 2, 64 * _TILE)
    # Rows that start on a cache line: a vector that straddles two lines costs two accesses.
    buffer = np.empty(math.prod(shape) + 16, np.float32)
    skip = -buffer.ctypes.data % 64 // 4
    ring = buffer[skip : skip + math.prod(shape)].reshape(shape)
    return ring, np.empty((half + depth, half + depth), np.uint64)
