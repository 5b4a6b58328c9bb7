"""Packed upscaling of one level: 64 replicas a word, any kernel size, one algorithm.

A fine spin is up with probability 1 / (1 + exp(-2 h)), Eq. (9) of arXiv:2506.04016, and its field
h is a sum over a window of coarse spins. So exp(-2 h) is a product of one factor per row of the
window, each row factor depends on one row of coarse spins, and the fine spins of a column share
them: a row factor is computed once for each coarse cell, side and window row, and used again in
every row that sees it.

The arithmetic is float32 and the same on every processor: products in a fixed order, and no
product within a sum, which a fused operation would round differently. Rounding moves a probability
by less than 1.1e-6 for windows up to 6 x 6 (kernels up to k = 11), which 1e9 draws cannot resolve;
the random number, of 31 bits, adds at most 2^-24.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inverse_rg._jit import njit, u64
from inverse_rg._lanes import (
    FLOATS,
    choose,
    halves_as_floats,
    less,
    load,
    signs_of,
    splat_float,
    store,
)
from inverse_rg._packed_random import load_lanes, next_words, save_lanes

LARGEST_FIELD = 40.0
"""Largest sum of \\|window\\| whose factors, up to exp(2 sum), are in the range of float32."""

_TILE = 8  # coarse columns a pass: the row factors of a tile stay in the innermost cache


def factor_tables(windows: Sequence[np.ndarray]) -> np.ndarray:
    """Return the factors of exp(-2 h) for each level, float32 (levels, width, width, 2).

    Parameters
    ----------
    windows : sequence of array_like, shape (n, n)
        `Kernel.window` of every level; ``width`` is the largest n. A smaller window gets factors
        of one, which change nothing.

    Returns
    -------
    ndarray
        exp(-2 A) and exp(2 A) for each entry A of a window: what an up and a down spin contribute.

    Raises
    ------
    ValueError
        If a window is not square or the sum of its magnitudes exceeds `LARGEST_FIELD`.
    """
    arrays = [np.asarray(window, dtype=np.float64) for window in windows]
    width = max((len(array) for array in arrays if array.ndim), default=1)
    tables = np.ones((len(arrays), width, width, 2))
    for table, array in zip(tables, arrays, strict=True):
        if array.ndim != 2 or array.shape[0] != array.shape[1] or not array.size:
            raise ValueError(f"windows must have shape (n, n) with n >= 1, got {array.shape}")
        if not np.abs(array).sum() <= LARGEST_FIELD:
            raise ValueError(
                f"windows must have magnitudes that sum to at most {LARGEST_FIELD}, "
                f"got {np.abs(array).sum()!r}"
            )
        n = len(array)
        table[:n, :n, 0] = np.exp(-2 * array)
        table[:n, :n, 1] = np.exp(2 * array)
    return tables.astype(np.float32)


@njit
def _row_factors(signs, columns, table, shape, ring, slot):
    """Write the row factors of `columns` coarse cells to ``ring[slot:]``.

    `signs`, float32 (16 (columns + 2 reach),), holds the masks of sixteen replicas in
    the coarse row. The
    factors of window row p and side s, left or right, start at ``slot + (2 p + s) 16 tile``. The
    length of the tuple `shape` is the width: as a constant of the type it lets LLVM unroll the
    loops over the window.
    """
    width = len(shape)
    reach = width // 2
    for x in range(columns):
        at = FLOATS * (x + reach)
        target = slot + FLOATS * x
        own = load(signs, at)
        for p in range(width):
            left = choose(own, table[p, 0, 0], table[p, 0, 1])
            right = left
            for q in range(1, width):
                step = FLOATS * ((q + 1) // 2 if q % 2 else -(q // 2))
                up, down = table[p, q, 0], table[p, q, 1]
                left = left * choose(load(signs, at - step), up, down)
                right = right * choose(load(signs, at + step), up, down)
            store(ring, target + (2 * p) * FLOATS * _TILE, left)
            store(ring, target + (2 * p + 1) * FLOATS * _TILE, right)


@njit
def _draw_rows(ring, slots, columns, shape, shift, upper, lower, first, state):
    """Draw the four fine spins of `columns` coarse cells, sixteen replicas from bit `shift` on.

    ``slots[y, p]`` is where the row factors start that window row p takes for the upper (y = 0)
    or the lower fine row. Returns the next state of the generators.
    """
    width = len(shape)
    one = splat_float(np.float32(1.0))
    scale = splat_float(np.float32(2.0**31))
    for x in range(columns):
        for y in range(2):
            for side in range(2):
                at = FLOATS * (x + side * _TILE)
                ratio = load(ring, slots[y, 0] + at)
                for p in range(1, width):
                    ratio = ratio * load(ring, slots[y, p] + at + 2 * p * FLOATS * _TILE)
                bits, state = next_words(state)
                up = less(halves_as_floats(bits) * (one + ratio), scale) << shift
                if y == 0:
                    upper[first + 2 * x + side] |= up
                else:
                    lower[first + 2 * x + side] |= up
    return state


@njit
def draw_tile(padded, fine, first, columns, shift, table, shape, ring, signs, slots, state):
    """Draw the fine spins of a tile in every row, sixteen replicas from bit `shift` on.

    Parameters
    ----------
    padded : uint64 (B + 2 reach, at least first + columns + 2 reach)
        Coarse rows with the `reach` rows and columns around them that the window sees.
    fine : uint64 (2 B, any)
        Takes the bits, by "or", in the columns from ``2 first`` on.
    first, columns : int
        Coarse columns of the tile, at most `_TILE` of them.
    table, shape, ring, signs
        As for `_row_factors`.
    slots : int64 (2, width)
        Scratch space.
    state : tuple of words8
        Generators.

    Returns
    -------
    tuple of words8
        The next state of the generators.
    """
    width = len(shape)
    reach = width // 2
    depth = 2 * reach + 1
    slot_size = 2 * width * FLOATS * _TILE
    newest = 0
    for row in range(padded.shape[0]):
        for i in range(columns + 2 * reach):
            store(signs, FLOATS * i, signs_of(padded[row, first + i] >> shift))
        _row_factors(signs, columns, table, shape, ring, newest * slot_size)
        if row >= 2 * reach:
            for p in range(width):
                distance = (p + 1) // 2 if p % 2 else -(p // 2)
                above = newest - reach - distance
                below = newest - reach + distance
                slots[0, p] = slot_size * (above + depth if above < 0 else above)
                slots[1, p] = slot_size * (below + depth if below < 0 else below)
            y = 2 * (row - 2 * reach)
            state = _draw_rows(
                ring, slots, columns, shape, shift, fine[y], fine[y + 1], 2 * first, state
            )
        newest = newest + 1 if newest + 1 < depth else 0
    return state


@njit
def upscale_level(coarse, fine, table, shape, ring, padded, signs, lanes):
    """Draw `fine`, uint64 (2H, 2H), from `coarse`, uint64 (H, H); `lanes` advances."""
    half = coarse.shape[0]
    width = len(shape)
    reach = width // 2
    for y in range(half + 2 * reach):
        for x in range(half + 2 * reach):
            padded[y, x] = coarse[(y - reach) % half, (x - reach) % half]
    rows = padded[: half + 2 * reach]
    fine[:] = u64(0)
    slots = np.empty((2, width), np.int64)
    state = load_lanes(lanes)
    for chunk in range(0, 64, FLOATS):
        for first in range(0, half, _TILE):
            tile = min(_TILE, half - first)
            state = draw_tile(
                rows, fine, first, tile, u64(chunk), table, shape, ring, signs, slots, state
            )
    save_lanes(lanes, state)


def upscaling_scratch(half: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the work arrays of `upscale_level` for coarse sides up to `half`."""
    depth = 2 * (width // 2) + 1
    ring = _aligned(depth * 2 * width * FLOATS * _TILE)
    padded = np.empty((half + depth, half + depth), np.uint64)
    return ring, padded, _aligned(FLOATS * (_TILE + depth))


def _aligned(size: int) -> np.ndarray:
    """Return float32 (size,) from the start of a cache line on.

    A vector that straddles two lines costs two accesses.
    """
    buffer = np.empty(size + 16, np.float32)
    skip = -buffer.ctypes.data % 64 // 4
    return buffer[skip : skip + size]
