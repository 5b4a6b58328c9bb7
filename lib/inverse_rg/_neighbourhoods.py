"""Compiled counting of (3 x 3 coarse neighbourhood, fine spin) patterns, cell by cell."""

from __future__ import annotations

from inverse_rg._jit import njit


def count(spins, coarse, weights, histogram) -> None:
    """Add the patterns of some configurations to a histogram.

    Parameters
    ----------
    spins : ndarray of int8, shape (n, L, L)
        Fine configurations of +-1.
    coarse : ndarray of int8, shape (n, L/2, L/2)
        Their coarse configurations.
    weights : ndarray of float64, shape (n,)
        What a pattern of each configuration adds to the weighted count.
    histogram : ndarray of float64, shape (512, 4, 2, 2)
        Changed in place. Axes: pattern of the cell and its eight neighbours, whose bits are those
        spins row by row, the first one the highest and 1 for up; place of the fine spin in its
        cell, row by row; fine spin down or up; count and weighted count. What a cell adds to lies
        side by side.
    """
    _count_kernel(spins, coarse, weights, histogram)


@njit
def _count_kernel(spins, coarse, weights, histogram):
    half = coarse.shape[1]
    for i in range(len(spins)):
        weight = weights[i]
        for y in range(half):
            above = coarse[i, y - 1 if y else half - 1]
            own = coarse[i, y]
            below = coarse[i, y + 1 if y + 1 < half else 0]
            upper, lower = spins[i, 2 * y], spins[i, 2 * y + 1]
            for x in range(half):
                left = x - 1 if x else half - 1
                right = x + 1 if x + 1 < half else 0
                pattern = 0
                for row in (above, own, below):
                    pattern = 2 * pattern + (row[left] > 0)
                    pattern = 2 * pattern + (row[x] > 0)
                    pattern = 2 * pattern + (row[right] > 0)
                cell = histogram[pattern]
                for b in range(2):
                    up = 1 if upper[2 * x + b] > 0 else 0
                    cell[b, up, 0] += 1.0
                    cell[b, up, 1] += weight
                    up = 1 if lower[2 * x + b] > 0 else 0
                    cell[2 + b, up, 0] += 1.0
                    cell[2 + b, up, 1] += weight
