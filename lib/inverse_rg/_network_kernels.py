"""Compiled kernels of the two-layer network: its field, the field's gradient, and a draw.

One configuration at a time, sixteen channels a vector. The hidden numbers of a fine spin are sums
over the rows of its coarse window, and a row has few patterns: they are looked up. The channels of
neighbouring fine spins lie side by side, so that a row of the second convolution is one long dot
product, which eight fine spins share in registers.

The arithmetic is float32 in a fixed order with no fused operation, the same on every processor.
"""

from __future__ import annotations

import math

import numpy as np

from inverse_rg._jit import next_uniform, njit
from inverse_rg._lanes import (
    FLOATS,
    load,
    positive_part,
    splat_float,
    splat_from,
    store,
    total,
    where_positive,
)

TILE = 8
"""Fine spins, or vectors of weights, that stay in registers together."""

LARGEST_SIZE = 9
"""Largest kernel size: its row tables have 2^5 patterns."""


def row_tables(first: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Return what a row of coarse spins adds to the hidden numbers.

    Parameters
    ----------
    first : ndarray of float, shape (C, k, k)
        Weights of the first convolution.
    bias : ndarray of float, shape (C,)
        Its bias, which the first row of a window adds.

    Returns
    -------
    ndarray of float32, shape (2, 2, n, 2^n, C)
        [a, b, p, pattern] for the fine spin in row a and column b of its cell, whose window is
        n x n coarse spins, n = (k + 1)/2: the sum over row p, in which bit q of the pattern is
        set where the spin in column q is up.
    """
    weights = _fold(first)  # (a, b, p, q, C)
    width = weights.shape[2]
    bits = np.arange(1 << width)[:, None] >> np.arange(width) & 1
    tables = np.einsum("sq,abpqc->abpsc", 2.0 * bits - 1, weights)
    tables[:, :, 0] += bias
    return np.ascontiguousarray(tables, dtype=np.float32)


def first_gradient(tables: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Turn a gradient in `row_tables` into those in the weights, (C, k, k), and the bias, (C,)."""
    width = tables.shape[2]
    bits = np.arange(1 << width)[:, None] >> np.arange(width) & 1
    weights = np.einsum("sq,abpsc->abpqc", 2.0 * bits - 1, tables.astype(np.float64))
    fold = _fold_matrix(size)
    return (
        np.einsum("apd,bqe,abpqc->cde", fold, fold, weights),
        tables[:, :, 0].astype(np.float64).sum((0, 1, 2)),
    )


def window_starts(size: int) -> np.ndarray:
    """Return the coarse offset at which the windows of the two sides of a cell begin, (2,)."""
    half = size // 2
    return np.array([-half // 2, (1 - half) // 2])


def window_sites(side: int, size: int) -> np.ndarray:
    """Return the coarse coordinates in the window of each fine one, int64 (2 side, n)."""
    fine = np.arange(2 * side)
    starts = window_starts(size)[fine % 2]
    return (fine[:, None] // 2 + starts[:, None] + np.arange(size // 2 + 1)) % side


def _fold_matrix(size: int) -> np.ndarray:
    """Return [a, p, d]: whether weight d of side a falls on coarse spin p of the window."""
    half, starts = size // 2, window_starts(size)
    fold = np.zeros((2, half + 1, size))
    for a in range(2):
        for d in range(size):
            fold[a, (a + d - half) // 2 - starts[a], d] = 1
    return fold


def _fold(first: np.ndarray) -> np.ndarray:
    """Return the first convolution in window form, (2, 2, n, n, C)."""
    fold = _fold_matrix(first.shape[1])
    return np.einsum("apd,bqe,cde->abpqc", fold, fold, first.astype(np.float64))


def scratch(side: int, size: int, channels: int) -> tuple[np.ndarray, ...]:
    """Return the work arrays for coarse side `side`: patterns, hidden numbers, and fields.

    The hidden numbers, float32 (2 side + k - 1, pixels, C), are padded around the lattice as the
    second convolution needs them, with room for a last tile that runs over the edge.
    """
    fine = 2 * side
    pixels = -(-fine // TILE) * TILE + size + TILE
    patterns = np.zeros((side, fine), np.int64)
    hidden = np.zeros((fine + size - 1, pixels, channels), np.float32)
    field = np.zeros((fine, -(-fine // TILE) * TILE), np.float32)
    return patterns, hidden, field


def padded_slope(side: int, size: int) -> np.ndarray:
    """Return room for slopes around the lattice, with columns for a tile over the edge."""
    fine = 2 * side
    return np.zeros((fine + size - 1, -(-fine // TILE) * TILE + size - 1), np.float32)


@njit
def hide(coarse, tables, sites, patterns, hidden):
    """Write the hidden numbers of one configuration, after the ReLU, padded on all sides."""
    side = coarse.shape[0]
    fine = 2 * side
    width = tables.shape[2]
    channels = tables.shape[4]
    before = (hidden.shape[0] - fine) // 2
    flat = tables.reshape(tables.size)
    row_size = tables.shape[3] * channels
    for y in range(side):
        for x in range(fine):
            bits = 0
            for q in range(width):
                if coarse[y, sites[x, q]] > 0:
                    bits |= 1 << q
            patterns[y, x] = bits
    for y in range(fine):
        line = hidden[y + before]
        line_flat = line.reshape(line.size)
        for x in range(fine):
            begin = (2 * (y % 2) + x % 2) * width * row_size
            for c in range(0, channels, FLOATS):
                value = load(flat, begin + patterns[sites[y, 0], x] * channels + c)
                for p in range(1, width):
                    at = begin + p * row_size + patterns[sites[y, p], x] * channels + c
                    value = value + load(flat, at)
                store(line_flat, (x + before) * channels + c, positive_part(value))
        for x in range(before):  # around the lattice, as often as it takes
            line[x] = line[before + (x - before) % fine]
        for x in range(before + fine, fine + 2 * before):
            line[x] = line[before + (x - before) % fine]
    for y in range(before):
        hidden[y] = hidden[before + (y - before) % fine]
    for y in range(before + fine, fine + 2 * before):
        hidden[y] = hidden[before + (y - before) % fine]


@njit
def convolve(hidden, second, field):
    """Write the field, float32 (2H, at least 2H), from padded hidden numbers.

    `second`, float32 (k, k C), holds the weights of a row side by side: [dy, dx C + c].
    """
    size = second.shape[0]
    channels = second.shape[1] // size
    row_size = hidden.shape[1] * channels
    flat = hidden.reshape(hidden.size)
    weights = second.reshape(second.size)
    length = second.shape[1]
    for y in range(field.shape[0]):
        for x in range(0, field.shape[1], TILE):
            a0 = splat_float(np.float32(0.0))
            a1, a2, a3, a4, a5, a6, a7 = a0, a0, a0, a0, a0, a0, a0
            for d in range(size):
                at = (y + d) * row_size + x * channels
                for t in range(0, length, FLOATS):
                    w = load(weights, d * length + t)
                    a0 = a0 + w * load(flat, at + t)
                    a1 = a1 + w * load(flat, at + t + channels)
                    a2 = a2 + w * load(flat, at + t + 2 * channels)
                    a3 = a3 + w * load(flat, at + t + 3 * channels)
                    a4 = a4 + w * load(flat, at + t + 4 * channels)
                    a5 = a5 + w * load(flat, at + t + 5 * channels)
                    a6 = a6 + w * load(flat, at + t + 6 * channels)
                    a7 = a7 + w * load(flat, at + t + 7 * channels)
            field[y, x] = total(a0)
            field[y, x + 1] = total(a1)
            field[y, x + 2] = total(a2)
            field[y, x + 3] = total(a3)
            field[y, x + 4] = total(a4)
            field[y, x + 5] = total(a5)
            field[y, x + 6] = total(a6)
            field[y, x + 7] = total(a7)


@njit
def fields(coarse, tables, sites, second, patterns, hidden, field, out):
    """Write the fields, float32 (n, 2H, 2H), of `coarse`, int8 (n, H, H)."""
    fine = out.shape[1]
    for i in range(coarse.shape[0]):
        hide(coarse[i], tables, sites, patterns, hidden)
        convolve(hidden, second, field)
        out[i] = field[:, :fine]


@njit
def draw(coarse, tables, sites, second, patterns, hidden, field, fine, state):
    """Draw `fine`, int8 (n, 2H, 2H), from `coarse`, int8 (n, H, H); `state` advances."""
    side = fine.shape[1]
    for i in range(coarse.shape[0]):
        hide(coarse[i], tables, sites, patterns, hidden)
        convolve(hidden, second, field)
        for y in range(side):
            for x in range(side):
                h = np.float64(field[y, x])
                up = next_uniform(state) * (1.0 + math.exp(-2.0 * h)) < 1.0
                fine[i, y, x] = 1 if up else -1


@njit
def _second_gradient(hidden, slope, gradient):
    """Add to `gradient`, float32 (k, room), that in `second`; `slope` is d loss / d field."""
    size = gradient.shape[0]
    fine = slope.shape[0]
    channels = hidden.shape[2]
    row_size = hidden.shape[1] * channels
    flat = hidden.reshape(hidden.size)
    slopes = slope.reshape(slope.size)
    for d in range(size):
        sums = gradient[d]
        for t in range(0, sums.size, TILE * FLOATS):
            a0 = load(sums, t)
            a1 = load(sums, t + FLOATS)
            a2 = load(sums, t + 2 * FLOATS)
            a3 = load(sums, t + 3 * FLOATS)
            a4 = load(sums, t + 4 * FLOATS)
            a5 = load(sums, t + 5 * FLOATS)
            a6 = load(sums, t + 6 * FLOATS)
            a7 = load(sums, t + 7 * FLOATS)
            for y in range(fine):
                at = (y + d) * row_size + t
                for x in range(fine):
                    g = splat_from(slopes, y * fine + x)
                    a0 = a0 + g * load(flat, at)
                    a1 = a1 + g * load(flat, at + FLOATS)
                    a2 = a2 + g * load(flat, at + 2 * FLOATS)
                    a3 = a3 + g * load(flat, at + 3 * FLOATS)
                    a4 = a4 + g * load(flat, at + 4 * FLOATS)
                    a5 = a5 + g * load(flat, at + 5 * FLOATS)
                    a6 = a6 + g * load(flat, at + 6 * FLOATS)
                    a7 = a7 + g * load(flat, at + 7 * FLOATS)
                    at += channels
            store(sums, t, a0)
            store(sums, t + FLOATS, a1)
            store(sums, t + 2 * FLOATS, a2)
            store(sums, t + 3 * FLOATS, a3)
            store(sums, t + 4 * FLOATS, a4)
            store(sums, t + 5 * FLOATS, a5)
            store(sums, t + 6 * FLOATS, a6)
            store(sums, t + 7 * FLOATS, a7)


@njit
def _pad_slope(slope, padded):
    """Write `slope`, (2H, 2H), to `padded`, around the lattice as the second layer's mirror."""
    fine = slope.shape[0]
    before = (padded.shape[0] - fine) // 2
    for y in range(padded.shape[0]):
        for x in range(padded.shape[1]):
            padded[y, x] = slope[(y - before) % fine, (x - before) % fine]


@njit
def _spread(padded, second, hidden, patterns, sites, gradient):
    """Add to `gradient`, shaped as `row_tables`, that in the tables: the second layer's mirror.

    The hidden number at (y, x) takes part in the fields at (y - d, x - e), each by weight (d, e).
    """
    size = second.shape[0]
    fine = 2 * patterns.shape[0]
    half = size // 2
    shape = gradient.shape[2:]
    channels = shape[2]
    line = hidden.shape[1] * channels
    weights = second.reshape(second.size)
    flat = padded.reshape(padded.size)
    lines = hidden.reshape(hidden.size)
    sums = gradient.reshape(gradient.size)
    for y in range(fine):
        for x in range(0, fine, TILE):
            for c in range(0, channels, FLOATS):
                a0 = splat_float(np.float32(0.0))
                a1, a2, a3, a4, a5, a6, a7 = a0, a0, a0, a0, a0, a0, a0
                for d in range(size):
                    for e in range(size):
                        at = (y + size - 1 - d) * padded.shape[1] + x + size - 1 - e
                        w = load(weights, (d * size + e) * channels + c)
                        a0 = a0 + splat_from(flat, at) * w
                        a1 = a1 + splat_from(flat, at + 1) * w
                        a2 = a2 + splat_from(flat, at + 2) * w
                        a3 = a3 + splat_from(flat, at + 3) * w
                        a4 = a4 + splat_from(flat, at + 4) * w
                        a5 = a5 + splat_from(flat, at + 5) * w
                        a6 = a6 + splat_from(flat, at + 6) * w
                        a7 = a7 + splat_from(flat, at + 7) * w
                last = min(TILE, fine - x)
                _add_slope(a0, 0, last, c, x, y, half, lines, line, patterns, sites, shape, sums)
                _add_slope(a1, 1, last, c, x, y, half, lines, line, patterns, sites, shape, sums)
                _add_slope(a2, 2, last, c, x, y, half, lines, line, patterns, sites, shape, sums)
                _add_slope(a3, 3, last, c, x, y, half, lines, line, patterns, sites, shape, sums)
                _add_slope(a4, 4, last, c, x, y, half, lines, line, patterns, sites, shape, sums)
                _add_slope(a5, 5, last, c, x, y, half, lines, line, patterns, sites, shape, sums)
                _add_slope(a6, 6, last, c, x, y, half, lines, line, patterns, sites, shape, sums)
                _add_slope(a7, 7, last, c, x, y, half, lines, line, patterns, sites, shape, sums)


@njit(forceinline=True)
def _add_slope(slope, step, last, c, x, y, half, lines, line, patterns, sites, shape, sums):
    """Add the slope of sixteen hidden numbers of a fine spin to the tables that they came from."""
    if step < last:
        width, row_patterns, channels = shape
        at = (y + half) * line + (x + step + half) * channels + c
        slope = where_positive(load(lines, at), slope)
        begin = (2 * (y % 2) + step % 2) * width
        for p in range(width):
            seen = patterns[sites[y, p], x + step]
            target = ((begin + p) * row_patterns + seen) * channels + c
            store(sums, target, load(sums, target) + slope)


@njit
def gradients(
    coarse, slopes, tables, sites, second, patterns, hidden, padded, table_sums, second_sums
):
    """Add the gradients of sum(slopes * field), slopes float32 (n, 2H, 2H), to the two sums."""
    for i in range(coarse.shape[0]):
        hide(coarse[i], tables, sites, patterns, hidden)
        _second_gradient(hidden, slopes[i], second_sums)
        _pad_slope(slopes[i], padded)
        _spread(padded, second, hidden, patterns, sites, table_sums)
