"""Lattice sums of the 158 products on packed lattices: shift, compare, count bits; exact integers.

Eight configurations go through the same operations side by side, one in each word of a vector
register. A lattice is laid out as it is and with every row moved by one and by two sites; a step
down is then a step of whole words. The exclusive or of the words that a product's sites pick has a
bit set wherever an odd number of its spins is up: no multiplication, no branch.
"""

from __future__ import annotations

import functools

import numpy as np

from inverse_rg import _operators
from inverse_rg._jit import njit, u64
from inverse_rg._lanes import (
    WORDS,
    count_bits,
    load,
    shift_left,
    shift_right,
    splat_word,
    store,
)

_SIDE = _operators.PLAQUETTE
_TILE = 32  # words of each shift at a time: three times 2 KB stay in the first cache


@njit
def _interleave(rows, flat):
    """Write up to eight lattices, uint64 (n, L, W), to `flat`, word by word side by side."""
    count, size, words = rows.shape
    for i in range(count):
        at = i
        for y in range(size):
            for j in range(words):
                flat[at] = rows[i, y, j]
                at += WORDS


@njit
def _shift_rows(flat, size, words, before, after):
    """Move every row of the lattices at `before` by one site: bit x is then site x + 1."""
    top = u64((size - 1) & 63)
    for y in range(size):
        first = y * words * WORDS
        for j in range(words):
            at = first + j * WORDS
            word = shift_right(load(flat, before + at), u64(1))
            if j + 1 < words:
                carry = shift_left(load(flat, before + at + WORDS), u64(63))
            else:
                carry = shift_left(load(flat, before + first) & splat_word(u64(1)), top)
            store(flat, after + at, word | carry)


@njit
def _lay_out(rows, flat, length):
    """Write the lattices moved by 0, 1 and 2 sites to `flat`, `length` words after each other.

    Each is followed by its first two rows, so that a step down may leave the lattice.
    """
    size, words = rows.shape[1:]
    used = size * words * WORDS
    _interleave(rows, flat)
    for x in range(1, _SIDE):
        _shift_rows(flat, size, words, (x - 1) * length, x * length)
    for x in range(_SIDE):
        for i in range(used, used + (_SIDE - 1) * words * WORDS):
            flat[x * length + i] = flat[x * length + i - used]


@njit
def _count_odd(flat, used, places, counts):
    """Write at how many sites an odd number of spins is up: eight words for each product."""
    counts[:] = u64(0)
    for first in range(0, used, _TILE * WORDS):
        last = min(first + _TILE * WORDS, used)
        for p in range(places.shape[0]):
            a, b, c, d = places[p, 0], places[p, 1], places[p, 2], places[p, 3]
            total = load(counts, p * WORDS)
            for i in range(first, last, WORDS):
                unlike = load(flat, a + i) ^ load(flat, b + i)
                unlike = unlike ^ (load(flat, c + i) ^ load(flat, d + i))
                total = total + count_bits(unlike)
            store(counts, p * WORDS, total)


@njit
def _product_sums(rows, sites, odd, sums):
    size, words = rows.shape[1:]
    used = size * words * WORDS
    length = used + (_SIDE - 1) * words * WORDS
    flat = np.zeros((_SIDE + 1) * length, np.uint64)  # the last part stays zero: no spin
    places = np.empty((sites.shape[0], sites.shape[1]), np.int64)
    for p in range(places.shape[0]):
        for k in range(places.shape[1]):
            y, x = sites[p, k, 0], sites[p, k, 1]
            places[p, k] = x * length + y * words * WORDS if x < _SIDE else _SIDE * length
    counts = np.empty(places.shape[0] * WORDS, np.uint64)
    for start in range(0, rows.shape[0], WORDS):
        together = min(WORDS, rows.shape[0] - start)
        _lay_out(rows[start : start + together], flat, length)
        _count_odd(flat, used, places, counts)
        for i in range(together):
            for p in range(odd.size):
                # An odd number of up spins makes the product of two or four spins -1, that of
                # one or three +1.
                unlike = 2 * np.int64(counts[p * WORDS + i]) - size * size
                sums[start + i, p] = unlike if odd[p] else -unlike


@functools.cache
def _table() -> tuple[np.ndarray, np.ndarray]:
    """Return the sites (y, x) of each product, (0, 3) for none, and whether their number is odd."""
    listed = _operators.products()
    sites = np.tile(np.array([0, _SIDE]), (len(listed), _operators.MOST_SPINS, 1))
    for row, product in zip(sites, listed, strict=True):
        row[: len(product)] = product
    return sites, np.array([len(product) % 2 == 1 for product in listed])


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
    _product_sums(np.ascontiguousarray(rows), *_table(), sums)
    return sums
