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
    histogram : ndarray of float64, shape (4, 2, 512, 2)
        Changed in place. Axes: place of the fine spin in its cell, row by row; fine spin down or
        up; pattern of the cell and its eight neighbours, whose bits are those spins row by row,
        the first one the highest and 1 for up; count and weighted count.
    """
    _count_kernel(spins, coarse, weights, histogram)


@njit
def _count_kernel(spins, coarse, weights, histogram):
    half = coarse.shape[1]
    for i in range(len(spins)):
        for y in range(half):
            above = coarse[i, (y - 1) % half]
            own = coarse[i, y]
            below = coarse[i, (y + 1) % half]
            for x in range(half):
                pattern = 0
                for row in (above, own, below):
                    for column in ((x - 1) % half, x, (x + 1) % half):
                        pattern = 2 * pattern + (row[column] > 0)
                for a in range(2):
                    for b in range(2):
                        up = 1 if spins[i, 2 * y + a, 2 * x + b] > 0 else 0
                        histogram[2 * a + b, up, pattern, 0] += 1.0
                        histogram[2 * a + b, up, pattern, 1] += weights[i]
