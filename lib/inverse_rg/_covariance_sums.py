"""Sums of products of the functions of all sectors, as exact integers.

Arithmetic on 64-bit words is exact modulo 2^64, whatever the order of the additions, and the same
for numbers with and without a sign. The functions of a row of a sector stand side by side, filled
up with zeros to whole vectors of eight.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from inverse_rg._jit import njit
from inverse_rg._lanes import WORDS, load, splat_word, store
from inverse_rg._sectors import sectors

_TOGETHER = 16  # configurations whose functions stay in the first cache


class Layout(NamedTuple):
    """Where functions and their products stand in the padded arrays of the kernels.

    Attributes
    ----------
    rows : ndarray of int64, shape (rows, 4)
        By row of a sector: its first function, their number d, the width that d is filled up to,
        and its first entry among the products, d lines of that width. The two rows of E share
        their entries.
    begin, product, sign : ndarray of int64
        Function f is the sum over ``begin[f] <= k < begin[f + 1]`` of ``sign[k]`` times the
        lattice sum of product number ``product[k]``.
    entries : int
        Length of the padded products.
    functions : ndarray of int64, shape (194,)
        Where the functions are, padding left out.
    triangles, squares : ndarray of int64
        Where the lower triangle and the square of every sector are, padding left out.
    """

    rows: np.ndarray
    begin: np.ndarray
    product: np.ndarray
    sign: np.ndarray
    entries: int
    functions: np.ndarray
    triangles: np.ndarray
    squares: np.ndarray


@functools.cache
def layout() -> Layout:
    """Return the layout of the padded arrays."""
    rows: list[tuple[int, int, int, int]] = []
    terms: list[np.ndarray] = []
    signs, triangles, squares = [], [], []
    entry = 0
    for sector in sectors():
        d = sector.dimension
        width = -(-d // WORDS) * WORDS
        for coefficients in sector.coefficients:
            rows.append((len(terms), d, width, entry))
            for column in (*coefficients.T, *np.zeros((width - d, len(coefficients)), int)):
                terms.append(np.flatnonzero(column))
                signs.append(column[terms[-1]])
        square = entry + width * np.arange(d)[:, None] + np.arange(d)
        squares.append(square.ravel())
        triangles.append(square[np.tril_indices(d)])
        entry += d * width
    return Layout(
        np.array(rows),
        np.cumsum([0, *map(len, terms)]),
        np.concatenate(terms),
        np.concatenate(signs),
        entry,
        np.concatenate([first + np.arange(d) for first, d, _, _ in rows]),
        np.concatenate(triangles),
        np.concatenate(squares),
    )


@njit
def _combine(sums, begin, product, sign, values):
    for i in range(values.shape[0]):
        for f in range(values.shape[1]):
            total = 0
            for k in range(begin[f], begin[f + 1]):
                total += sign[k] * sums[i, product[k]]
            values[i, f] = total


@njit
def _add_rows(x, y, length, rows, out):
    """Add products of functions of `x` and `y`, flat words, over configurations to `out`."""
    count = x.size // length
    for r in range(rows.shape[0]):
        first, d, width, entry = rows[r]
        for a in range(d):
            for j in range(0, width, WORDS):
                place = entry + a * width + j
                total = load(out, place)
                for i in range(count):
                    at = i * length + first
                    total = total + splat_word(x[at + a]) * load(y, at + j)
                store(out, place, total)


@njit
def _add_products(x, y, rows, out):
    """Add the products of functions, words (n, functions), a few configurations at a time."""
    length = x.shape[1]
    for start in range(0, x.shape[0], _TOGETHER):
        stop = min(start + _TOGETHER, x.shape[0])
        flat = (stop - start) * length
        _add_rows(x[start:stop].reshape(flat), y[start:stop].reshape(flat), length, rows, out)


def combine(sums: np.ndarray) -> np.ndarray:
    """Return the padded functions, int64 (n, F), of lattice sums of products, int64 (n, 158)."""
    found = layout()
    values = np.empty((len(sums), len(found.begin) - 1), np.int64)
    _combine(sums, found.begin, found.product, found.sign, values)
    return values


def product_sums(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return products of two functions of a row, summed over configurations and rows.

    Parameters
    ----------
    first, second : ndarray of int64, shape (n, F)
        What `combine` returns for two lattices.

    Returns
    -------
    ndarray of int64, shape (entries,)
        By sector a line for each function of `first`, padded: see `Layout`.
    """
    found = layout()
    out = np.zeros(found.entries, np.uint64)
    _add_products(first.view(np.uint64), second.view(np.uint64), found.rows, out)
    return out.view(np.int64)
