"""Lattice sums of the 158 products on packed lattices: shift, compare, count bits; exact integers.

The nine shifts of a lattice by up to two rows and two sites are laid out once. The exclusive or of
the shifts that a product's sites pick has a bit set wherever an odd number of its spins is up, so
that a product is one pass over a few kilobytes: no multiplication, no branch.
"""

from __future__ import annotations

import functools

import numpy as np

from inverse_rg import _operators
from inverse_rg._jit import njit, u64
from inverse_rg._lanes import WORDS, count_bits, load, splat_word, sum_words

_SIDE = _operators.PLAQUETTE
_TILE = 256  # words of each shift at a time: ten times 2 KB stay in the first cache
_NOTHING = _SIDE * _SIDE  # the plane of zeros that stands for a spin which a product lacks


@njit
def _shift_rows(rows, out):
    """Write every row moved by one site, so that bit x holds site x + 1; both uint64 (L, W)."""
    size, words = rows.shape
    last = u64((size - 1) & 63)
    for y in range(size):
        for j in range(words - 1):
            out[y, j] = (rows[y, j] >> u64(1)) | (rows[y, j + 1] << u64(63))
        out[y, words - 1] = (rows[y, words - 1] >> u64(1)) | ((rows[y, 0] & u64(1)) << last)


@njit
def _lay_out(rows, planes):
    """Write the lattice from y rows down and x sites to the right to ``planes[3 y + x]``."""
    size, words = rows.shape
    used = size * words
    planes[0, :used] = rows.reshape(used)
    for x in range(1, _SIDE):
        before = planes[x - 1, :used].reshape((size, words))
        _shift_rows(before, planes[x, :used].reshape((size, words)))
    for y in range(1, _SIDE):
        first = (y % size) * words
        for x in range(_SIDE):
            plane = planes[_SIDE * y + x]
            plane[: used - first] = planes[x, first:used]
            plane[used - first : used] = planes[x, :first]


@njit
def _count_odd(planes, table, counts):
    """Write to `counts`, int64 (158,), at how many sites an odd number of spins is up."""
    counts[:] = 0
    for first in range(0, planes.shape[1], _TILE):
        last = min(first + _TILE, planes.shape[1])
        for p in range(table.shape[0]):
            a, b = planes[table[p, 0]], planes[table[p, 1]]
            c, d = planes[table[p, 2]], planes[table[p, 3]]
            total = splat_word(u64(0))
            for i in range(first, last, WORDS):
                unlike = (load(a, i) ^ load(b, i)) ^ (load(c, i) ^ load(d, i))
                total = total + count_bits(unlike)
            counts[p] += np.int64(sum_words(total))


@njit
def _product_sums(rows, table, sums):
    size, words = rows.shape[1:]
    planes = np.zeros((_NOTHING + 1, -(-size * words // WORDS) * WORDS), np.uint64)
    for i in range(rows.shape[0]):
        _lay_out(rows[i], planes)
        _count_odd(planes, table, sums[i])
        for p in range(table.shape[0]):
            # An odd number of up spins makes the product of two or four spins -1, of one or
            # three +1.
            unlike = 2 * sums[i, p] - size * size
            sums[i, p] = unlike if table[p, 4] else -unlike


@functools.cache
def _table() -> np.ndarray:
    """Return which planes each product takes, and whether its number of spins is odd."""
    table = np.full((len(_operators.products()), _operators.MOST_SPINS + 1), _NOTHING)
    for row, product in zip(table, _operators.products(), strict=True):
        row[: len(product)] = [_SIDE * y + x for y, x in product]
        row[-1] = len(product) % 2
    return table


def product_sums(rows: np.ndarray) -> np.ndarray:
    """Return the lattice sums of all products.

    Parameters
    ----------
    rows : ndarray of uint64, shape (n, L, W)
        Configurations in the site form, any L >= 1; products wrap around a small torus.

    Returns
    -------
    ndarray of int64, shape (n, 158)
        Sum over all sites of each product of `_operators.products`.
    """
    sums = np.empty((len(rows), len(_operators.products())), np.int64)
    _product_sums(np.ascontiguousarray(rows), _table(), sums)
    return sums
