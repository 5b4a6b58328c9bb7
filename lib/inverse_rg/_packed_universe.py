"""Packed kernels for one huge lattice: its own columns stand where replicas stand elsewhere.

A row of L = 64 S sites is cut into 64 strips of S columns. In the *strip* form bit r of word x is
the site S r + x: neighbouring words are neighbouring columns of all strips at once, and beyond a
strip's end the next strip goes on, which is the same word with its bits rotated. So the kernels
that upscale 64 replicas upscale 64 strips. On disk rows are in the plain site form of `_bits`.
"""

from __future__ import annotations

import numpy as np

from inverse_rg._bits import popcount, transpose64
from inverse_rg._jit import njit, u64
from inverse_rg._lanes import FLOATS
from inverse_rg._packed_correlations import count_unlike, count_unlike_shifted
from inverse_rg._packed_random import load_lanes, start_lanes
from inverse_rg._packed_upscaling import _TILE, draw_tile, upscaling_scratch

SMALLEST = 64
"""Smallest coarse side that has 64 strips."""

_EDGE = 8  # words that keep the rows of a buffer from falling on the same lines of the cache


@njit
def to_strips(row, strips):
    """Write `row`, uint64 (S,) in the site form, to `strips`, uint64 (S,) in the strip form."""
    width = row.size
    if width & 63 == 0:
        square = np.empty(64, np.uint64)
        step = width >> 6
        for j in range(step):
            for r in range(64):
                square[r] = row[step * r + j]
            transpose64(square)
            strips[64 * j : 64 * j + 64] = square
    else:
        strips[:] = u64(0)
        site = 0
        for r in range(64):
            for x in range(width):
                strips[x] |= (row[site >> 6] >> u64(site & 63) & u64(1)) << u64(r)
                site += 1


@njit
def from_strips(strips, row):
    """Undo `to_strips`."""
    width = row.size
    if width & 63 == 0:
        square = np.empty(64, np.uint64)
        step = width >> 6
        for j in range(step):
            square[:] = strips[64 * j : 64 * j + 64]
            transpose64(square)
            for r in range(64):
                row[step * r + j] = square[r]
    else:
        row[:] = u64(0)
        site = 0
        for r in range(64):
            for x in range(width):
                row[site >> 6] |= (strips[x] >> u64(r) & u64(1)) << u64(site & 63)
                site += 1


@njit
def _extend(line, width, reach):
    """Fill `reach` words on both sides of the strips in ``line[reach : reach + width]``."""
    for distance in range(1, reach + 1):
        # Column -d is in the strip before: bit r comes from bit r - turns, and so on around.
        turns = (distance + width - 1) // width
        word = line[reach + turns * width - distance]
        line[reach - distance] = (word << u64(turns)) | (word >> u64(64 - turns))
        turns = (distance - 1) // width + 1
        word = line[reach + width - 1 + distance - turns * width]
        line[reach + width - 1 + distance] = (word >> u64(turns)) | (word << u64(64 - turns))


@njit
def _upscale_band(coarse, fine, table, shape, ring, padded, signs, drawn, state):
    """Draw a band of rows; see `upscale_band`."""
    width = len(shape)
    reach = width // 2
    columns = coarse.shape[1]
    for y in range(coarse.shape[0]):
        to_strips(coarse[y], padded[y, reach : reach + columns])
        _extend(padded[y], columns, reach)
    drawn[:] = u64(0)
    slots = np.empty((2, width), np.int64)
    lanes = start_lanes(state)
    random = load_lanes(lanes)
    for first in range(0, columns, _TILE):
        tile = min(_TILE, columns - first)
        for chunk in range(0, 64, FLOATS):
            random = draw_tile(
                padded, drawn, first, tile, u64(chunk), table, shape, ring, signs, slots, random
            )
    for y in range(fine.shape[0]):
        from_strips(drawn[y, : 2 * columns], fine[y])


def upscale_band(coarse: np.ndarray, table: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Upscale some rows of a lattice.

    Parameters
    ----------
    coarse : ndarray of uint64, shape (B + 2 reach, L / 64)
        Rows in the site form, L a multiple of 64, with the `reach` = width // 2 rows above and
        below that the window sees.
    table : ndarray of float32, shape (width, width, 2)
        The level's factors, from `_packed_upscaling.factor_tables`.
    state : ndarray of uint64, shape (4,)
        Generator, from `_random.state_words`; it advances.

    Returns
    -------
    ndarray of uint64, shape (2 B, 2 L / 64)
        The fine rows in the site form.
    """
    width = len(table)
    rows, columns = coarse.shape
    band = rows - 2 * (width // 2)
    ring, _, signs = upscaling_scratch(1, width)
    padded = np.empty((rows, columns + 2 * (width // 2) + _EDGE), np.uint64)
    drawn = np.empty((2 * band, 2 * columns + _EDGE), np.uint64)
    fine = np.empty((2 * band, 2 * columns), np.uint64)
    _upscale_band(coarse, fine, table, (0,) * width, ring, padded, signs, drawn, state)
    return fine


@njit
def _count_across(rows, radii, unlike):
    width = rows.shape[1]
    twice = np.empty(2 * width + 1, np.uint64)
    everything = ~u64(0)
    up = u64(0)
    for y in range(rows.shape[0]):
        twice[:width] = rows[y]
        twice[width : 2 * width] = rows[y]
        twice[2 * width] = rows[y, 0]
        sites = twice[:width]
        for j in range(width):
            up += popcount(sites[j])
        for k in range(radii.size):
            jump = radii[k] >> 6
            low = twice[jump : jump + width]
            high = twice[jump + 1 : jump + 1 + width]
            shift = u64(radii[k] & 63)
            unlike[k] += np.int64(count_unlike_shifted(sites, low, high, shift, everything))
    return np.int64(up)


def count_across(rows: np.ndarray, radii: np.ndarray) -> tuple[int, np.ndarray]:
    """Return the up spins and, int64 (R,), the unlike pairs along whole rows at each distance.

    `rows`, uint64 (B, L / 64), are in the site form; `radii`, int64 (R,), are at most L.
    """
    unlike = np.zeros(len(radii), np.int64)
    return int(_count_across(rows, radii, unlike)), unlike


@njit
def _count_down(words, first, columns, radii, unlike):
    height = words.shape[0]
    count = columns.shape[0]
    everything = ~u64(0)
    for y in range(height):
        for j in range(count):
            columns[j, y] = words[y, first + j]
    for j in range(count):
        column = columns[j]
        for k in range(radii.size):
            rest = height - radii[k]
            total = count_unlike(column[:rest], column[radii[k] :], everything)
            total += count_unlike(column[rest:], column[: radii[k]], everything)
            unlike[k] += np.int64(total)


def count_down(words: np.ndarray, first: int, count: int, radii: np.ndarray) -> np.ndarray:
    """Return the unlike pairs, int64 (R,), down ``words[:, first : first + count]``.

    `words`, uint64 (L, any), are whole columns of words in the site form; `radii` are at most L.
    """
    unlike = np.zeros(len(radii), np.int64)
    columns = np.empty((count, len(words)), np.uint64)
    _count_down(words, first, columns, radii, unlike)
    return unlike
