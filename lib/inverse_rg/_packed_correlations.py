"""The correlation function of packed lattices: shift, compare, count bits; exact integers.

Both kernels take the site form, rows of 64 sites a word. One lattice at a time: its words are
laid out column by column, so that every inner loop runs down contiguous words of equal shift and
the compiler turns it into vector instructions.
"""

from __future__ import annotations

import numpy as np

from inverse_rg._bits import popcount
from inverse_rg._jit import njit, u64


@njit
def count_unlike(first, second, mask):
    """Count the bits under `mask` in which two equally long arrays of words differ."""
    total = u64(0)
    for i in range(first.size):
        total += popcount((first[i] ^ second[i]) & mask)
    return total


@njit
def count_unlike_shifted(sites, low, high, shift, mask):
    """Count where `sites` differ from the words that start `shift` < 64 bits into low, high."""
    total = u64(0)
    lift = u64(63) - shift  # in two steps: a shift by 64 bits is undefined
    for i in range(sites.size):
        moved = (low[i] >> shift) | ((high[i] << u64(1)) << lift)
        total += popcount((sites[i] ^ moved) & mask)
    return total


@njit
def _lay_out(rows, columns):
    """Write the rows, repeated as often as it takes, to `columns`, uint64 (words, height).

    Bit i of word j in a row is site (64 j + i) mod L, row y is row y mod L.
    """
    size, filled = rows.shape
    words, height = columns.shape
    if size & 63 == 0:
        for j in range(words):
            source = j if j < filled else j - filled
            for y in range(size):
                columns[j, y] = rows[y, source]
    else:
        for y in range(size):
            _repeat_bits(rows[y], size, columns[:, y])
    for j in range(words):
        for y in range(size, height):
            columns[j, y] = columns[j, y - size]


@njit
def _repeat_bits(row, size, out):
    """Write the `size` bits of `row` over and over to `out`; bits behind them are zero."""
    site = 0
    for j in range(out.size):
        word = u64(0)
        bits = 0
        while bits < 64:  # as many bits at a time as a word of the row still has
            word |= (row[site >> 6] >> u64(site & 63)) << u64(bits)
            step = min(64 - bits, 64 - (site & 63), size - site)
            bits += step
            site = site + step if site + step < size else 0
        out[j] = word


@njit
def _unlike_pairs(rows, radii, columns, unlike):
    """Write to `unlike`, int64 (R,), the unlike pairs of one lattice at each distance."""
    size, filled = rows.shape
    _lay_out(rows, columns)
    everything = ~u64(0)
    last = everything >> u64(64 * filled - size)
    for k in range(radii.size):
        r = radii[k]
        jump = r >> 6
        total = u64(0)
        for j in range(filled):
            mask = last if j == filled - 1 else everything
            sites = columns[j, :size]
            low = columns[j + jump, :size]
            high = columns[j + jump + 1, :size]
            total += count_unlike_shifted(sites, low, high, u64(r & 63), mask)
            total += count_unlike(sites, columns[j, r : r + size], mask)
        unlike[k] = np.int64(total)


@njit
def _correlation_sums(rows, radii, sums):
    size = rows.shape[1]
    farthest = radii.max()
    words = rows.shape[2] + (farthest >> 6) + 1
    columns = np.empty((words, size + farthest), np.uint64)
    for i in range(rows.shape[0]):
        _unlike_pairs(rows[i], radii, columns, sums[i])
        for k in range(radii.size):
            sums[i, k] = 2 * size * size - 2 * sums[i, k]


def correlation_sums(rows: np.ndarray, radii: np.ndarray | None = None) -> np.ndarray:
    """Return the sum over sites of s times its right and its lower partner at each distance.

    Parameters
    ----------
    rows : ndarray of uint64, shape (n, L, W)
        Configurations in the site form, any L >= 1.
    radii : ndarray of int, shape (R,), optional
        Distances, 0 to L; by default 0, 1, ..., L // 2.

    Returns
    -------
    ndarray of int64, shape (n, R)
        Sums over both axes: G(r) is the sum over 2 L^2. At r = 1 it is the bond energy E.
    """
    if radii is None:
        radii = np.arange(rows.shape[1] // 2 + 1)
    radii = np.ascontiguousarray(radii, np.int64)
    sums = np.empty((len(rows), len(radii)), np.int64)
    _correlation_sums(np.ascontiguousarray(rows), radii, sums)
    return sums
