"""Compiled counting of (fine spin, coarse window) patterns."""

from __future__ import annotations

import numpy as np

from inverse_rg._jit import njit
from inverse_rg.kernels import window_steps


def window_sites(half: int, window: int) -> np.ndarray:
    """Return what a fine spin sees along one axis, int64 (2, half, window).

    Entry [side, X] lists the coarse coordinates own, near, far, ... of the fine spin on side 0
    (left, or top) or 1 of coarse site X; they wrap around the lattice of side `half`.
    """
    sides = np.array([-1, 1])[:, None, None]
    return (np.arange(half)[None, :, None] + sides * window_steps(window)) % half


def count(spins, coarse, weights, window: int, histogram) -> None:
    """Add the patterns of some configurations to a histogram.

    Parameters
    ----------
    spins : ndarray of int8, shape (n, L, L)
        Fine configurations of +-1.
    coarse : ndarray of int8, shape (n, L/2, L/2)
        Their coarse configurations.
    weights : ndarray of float64, shape (n,)
        What a pattern of each configuration adds to the weighted count.
    window : int
        Width n of the window.
    histogram : ndarray of float64, shape (2, 2^(n n), 2)
        Changed in place. Axes: fine spin down or up; pattern, whose bits are the window's spins
        row by row, the first one the highest and 1 for up; count and weighted count, which lie
        side by side so that a fine spin touches one line of the cache.
    """
    sites = window_sites(coarse.shape[1], window)
    _count_kernel(spins, coarse, weights, sites, histogram)


@njit
def _count_kernel(spins, coarse, weights, sites, histogram):
    half = coarse.shape[1]
    window = sites.shape[2]
    rows = np.empty((2, half, half), np.int64)  # bits that a fine column sees in a coarse row
    for i in range(len(spins)):
        for side in range(2):
            for y in range(half):
                for x in range(half):
                    bits = 0
                    for q in range(window):
                        bits = 2 * bits + (coarse[i, y, sites[side, x, q]] > 0)
                    rows[side, y, x] = bits
        for y in range(2 * half):
            for x in range(2 * half):
                pattern = 0
                for p in range(window):
                    seen = rows[x % 2, sites[y % 2, y // 2, p], x // 2]
                    pattern = (pattern << window) + seen
                up = 1 if spins[i, y, x] > 0 else 0
                histogram[up, pattern, 0] += 1.0
                histogram[up, pattern, 1] += weights[i]
