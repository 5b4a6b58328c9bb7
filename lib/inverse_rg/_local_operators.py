"""Local operators of the Ising lattice: products of spins that fit in a square patch.

A function of the spins of a patch and its coefficients over all products of these spins are two
forms of one thing, float64 (2^(h w),) each. In both a bit of the index stands for a site, row by
row, the first one the highest: spin up in a function, membership of the product in coefficients.
"""

from __future__ import annotations

import numpy as np

from inverse_rg._jit import njit
from inverse_rg.kernels import window_steps


@njit
def _butterfly(values, inverse):
    """Turn a function into coefficients times 2^sites, or with `inverse` coefficients into one."""
    half = 1
    while half < values.size:
        for first in range(0, values.size, 2 * half):
            for index in range(first, first + half):
                down, up = values[index], values[index + half]
                if inverse:
                    values[index], values[index + half] = down - up, down + up
                else:
                    values[index], values[index + half] = down + up, up - down
        half *= 2


def coefficients(values: np.ndarray) -> np.ndarray:
    """Return the coefficients of a function over products of spins."""
    result = values.copy()
    _butterfly(result, False)
    return result / result.size


def evaluate(coefficients: np.ndarray) -> np.ndarray:
    """Return the function that has these coefficients."""
    result = coefficients.copy()
    _butterfly(result, True)
    return result


@njit
def _gather(coefficients, height, width, side, result):
    """Add coefficients of an h x w patch to those of a side x side patch, moved to its corner."""
    lost = 0.0
    full = (1 << width) - 1
    for product in range(1, coefficients.size):
        top, bottom, columns = -1, 0, 0
        for row in range(height):
            bits = (product >> (width * (height - 1 - row))) & full
            if bits:
                if top < 0:
                    top = row
                bottom = row
                columns |= bits
        left, right = 0, width - 1
        while not (columns >> (width - 1 - left)) & 1:
            left += 1
        while not (columns >> (width - 1 - right)) & 1:
            right -= 1
        if bottom - top >= side or right - left >= side:
            lost += coefficients[product] ** 2
            continue
        moved = 0
        for row in range(top, top + side):
            bits = 0
            if row < height:
                bits = ((product >> (width * (height - 1 - row))) & full) << left & full
            shift = width - side
            bits = bits >> shift if shift >= 0 else bits << -shift
            moved = (moved << side) | bits
        result[moved] += coefficients[product]
    return lost


def gather(coefficients: np.ndarray, height: int, width: int, side: int):
    """Sum coefficients over translations: of a lattice sum only the products' shapes matter.

    Parameters
    ----------
    coefficients : ndarray of float64, shape (2^(h w),)
        Over the products of an h x w patch.
    height, width : int
        Its sides h and w.
    side : int
        Side of the patch that the result is for.

    Returns
    -------
    result : ndarray of float64, shape (2^(side side),)
        Every product has its first row and column in use; the constant is dropped.
    lost : float
        Root of the sum of squares of the coefficients whose products do not fit.
    """
    result = np.zeros(1 << side**2)
    lost = _gather(coefficients, height, width, side, result)
    return result, float(np.sqrt(lost))


@njit
def keep_parity(coefficients, parity):
    """Set the coefficients of products of an odd (parity 0) or even (1) number of spins to 0."""
    for product in range(coefficients.size):
        bits, count = product, 0
        while bits:
            bits &= bits - 1
            count += 1
        if count % 2 != parity:
            coefficients[product] = 0.0


def seen(sites: int, width: int, start: int) -> tuple[np.ndarray, int]:
    """Return which coarse sites a run of fine sites sees along one axis, and how many these are.

    Parameters
    ----------
    sites : int
        Length of the run.
    width : int
        Width n of the window.
    start : int
        Whether the run begins on the first (0) or second (1) site of a block.

    Returns
    -------
    ndarray of int64, shape (sites, width)
        Own, near, far, ... of each fine site, counted from the first coarse site that is seen.
    int
        Number of coarse sites.
    """
    fine = start + np.arange(sites)
    coarse = fine[:, None] // 2 + (2 * (fine % 2) - 1)[:, None] * window_steps(width)
    coarse -= coarse.min()
    return coarse, int(coarse.max()) + 1


def _row_table(window, rows, columns, wide) -> np.ndarray:
    """Return P(fine row | coarse rows it sees), (2^(n wide), 2^w), for one fine row."""
    width, sites = len(window), len(columns)
    state = np.arange(1 << (width * wide))[:, None]
    spins = 2.0 * (state >> np.arange(width * wide)[::-1] & 1) - 1
    spins = spins.reshape(-1, width, wide)[:, rows - rows.min()]
    table = np.ones((len(state), 1))
    for site in range(sites):
        field = np.einsum("pq,mpq->m", window, spins[:, :, columns[site]])
        up = 1 / (1 + np.exp(-2 * field))
        pair = np.stack([1 - up, up], axis=-1)
        table = (table[:, :, None] * pair[:, None, :]).reshape(len(state), -1)
    return table


def conditional_mean(values, window, side: int, corner: tuple[int, int]):
    """Return E[f(fine patch) | coarse spins] as a function of the coarse patch, exactly.

    Parameters
    ----------
    values : ndarray of float64, shape (2^(side side),)
        Function f of a fine side x side patch.
    window : ndarray of float64, shape (n, n)
        `Kernel.window`.
    side : int
        Side of the fine patch.
    corner : (int, int)
        Row and column of the patch's first site inside its 2 x 2 block.

    Returns
    -------
    values : ndarray of float64, shape (2^(h w),)
        Function of the coarse patch that the fine one sees.
    height, width : int
        Its sides h and w.

    Notes
    -----
    Fine spins are independent given the coarse ones (Eq. (9) of arXiv:2506.04016), so that fine
    rows are summed out one group after the other, each with a table over the coarse rows it sees.
    """
    rows, height = seen(side, len(window), corner[0])
    columns, wide = seen(side, len(window), corner[1])
    starts = rows.min(axis=1)
    tables = []  # one for each run of fine rows that see the same coarse rows
    for start in np.unique(starts):
        table = np.ones((1 << (len(window) * wide), 1))
        for row in np.flatnonzero(starts == start):
            one = _row_table(window, rows[row], columns, wide)
            table = (table[:, :, None] * one[:, None, :]).reshape(len(table), -1)
        tables.append((int(start), table))

    common = int(starts.max())  # a coarse row that all see: its spins are fixed one by one
    if common >= starts.min() + len(window):
        return _contract(values, tables, len(window), 1 << wide), height, wide
    result = np.empty((1 << (wide * common), 1 << wide, 1 << (wide * (height - 1 - common))))
    for spins in range(1 << wide):
        fixed = []
        for start, table in tables:
            axes = (1 << (wide * (common - start)), 1 << wide, -1, table.shape[1])
            part = table.reshape(axes)[:, spins].reshape(-1, table.shape[1])
            fixed.append((max(0, start), part))
        part = _contract(values, fixed, len(window) - 1, 1 << wide)
        result[:, spins] = part.reshape(result.shape[0], -1)
    return result.reshape(-1), height, wide


def _contract(values, tables, depth: int, states: int) -> np.ndarray:
    """Sum out fine rows; each table is over `depth` coarse rows of `states` states."""
    left, known = values.reshape(1, 1, -1), 0
    for start, table in tables:
        overlap = max(0, known - start)
        fine = table.shape[1]
        left = left.reshape(states ** (known - overlap), states**overlap, fine, -1)
        table = table.reshape(states**overlap, -1, fine)
        left = np.matmul(table, left)
        known = start + depth
    return np.ascontiguousarray(left).reshape(-1)
