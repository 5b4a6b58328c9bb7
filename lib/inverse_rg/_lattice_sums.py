"""Lattice sums of local products of spins, and what upscaling makes of them."""

from __future__ import annotations

import numpy as np

from inverse_rg import _check
from inverse_rg import _local_operators as local
from inverse_rg.kernels import Kernel

LARGEST_SIDE = 5
"""Largest patch: 2^25 products."""


def product(*sites: tuple[int, int], side: int) -> np.ndarray:
    """Return the coefficients of one product of spins, float64 (2^(side side),).

    Parameters
    ----------
    *sites : (int, int)
        Rows and columns of the spins; only their differences matter.
    side : int
        Side of the patch.

    Raises
    ------
    ValueError
        If there is no site, one is named twice, or they do not fit in the patch.
    """
    side = _check.integer("side", side, minimum=1, maximum=LARGEST_SIDE)
    if not sites or len(set(sites)) != len(sites):
        raise ValueError(f"sites must be different and at least one, got {sites}")
    top, left = (min(axis) for axis in zip(*sites, strict=True))
    bits = 0
    for row, column in sites:
        if row - top >= side or column - left >= side:
            raise ValueError(f"sites must fit in a patch of side {side}, got {sites}")
        bits |= 1 << (side**2 - 1 - side * (row - top) - (column - left))
    coefficients = np.zeros(1 << side**2)
    coefficients[bits] = 1.0
    return coefficients


def upscaled(kernel: Kernel, coefficients, *, side: int | None = None) -> np.ndarray:
    """Return E[S(fine) | coarse] for a lattice sum S of local products, up to its constant.

    Parameters
    ----------
    kernel : Kernel
        What upscales.
    coefficients : ndarray of float64, shape (2^(s s),)
        S = sum over products p of coefficients[p] sum_x p(x), the second sum over all
        translations. Bits of the index are sites of an s x s patch, row by row, the first one the
        highest; `product` makes them. The fine lattice must have at least side s.
    side : int, optional
        Side of the patch for the result; s by default. Products that do not fit are dropped, as
        is the constant, which `constant` returns; odd sums have none.

    Returns
    -------
    ndarray of float64, shape (2^(side side),)
        The same for the coarse lattice, every product moved to the patch's first row and column.

    Raises
    ------
    ValueError
        If `coefficients` or `side` is not of that kind.
    """
    coefficients, own = check_coefficients(coefficients)
    side = own if side is None else _check.integer("side", side, minimum=1, maximum=LARGEST_SIDE)
    window = check_kernel(kernel).window
    values = local.evaluate(coefficients)
    result = np.zeros(1 << side**2)
    for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
        image, height, width = local.conditional_mean(values, window, own, corner)
        result += local.gather(local.coefficients(image), height, width, side)[0]
    return result


def constant(kernel: Kernel, coefficients) -> float:
    """Return the part of E[S(fine) | coarse] that is the same for all coarse lattices.

    Parameters
    ----------
    kernel, coefficients
        As in `upscaled`.

    Returns
    -------
    float
        The constant per coarse spin: zero for sums of odd products.
    """
    coefficients, own = check_coefficients(coefficients)
    window = check_kernel(kernel).window
    values = local.evaluate(coefficients)
    corners = ((0, 0), (0, 1), (1, 0), (1, 1))
    return float(sum(local.conditional_mean(values, window, own, at)[0].mean() for at in corners))


def lattice_sums(coefficients, spins) -> np.ndarray:
    """Return a sum of local products for each configuration, float64 (n,).

    Parameters
    ----------
    coefficients : ndarray of float64, shape (2^(s s),)
        As in `upscaled`.
    spins : array_like of +-1, shape (n, L, L)
        Configurations, periodic.

    Raises
    ------
    ValueError
        If one of the arguments is not of that kind.
    """
    array, side = check_coefficients(coefficients)
    up = _check.spins("spins", spins) > 0
    values = local.evaluate(array)
    patterns = np.zeros(up.shape, np.int64)
    for row in range(side):
        for column in range(side):
            patterns = 2 * patterns + np.roll(up, (-row, -column), axis=(1, 2))
    return values[patterns].sum(axis=(1, 2))


def symmetrised(coefficients, *, side: int, signs) -> np.ndarray:
    """Return an operator of one symmetry inside the patch, equal to `coefficients` as a sum.

    The products are not moved back to the corner: as a function of the patch's spins the result
    turns into plus or minus itself under each reflection.
    """
    result = coefficients
    sites = np.arange(side**2).reshape(side, side)
    for sign, moved in zip(signs, (sites[:, ::-1], sites[::-1], sites.T), strict=True):
        mirror = result.reshape((2,) * side**2).transpose(moved.ravel()).reshape(-1)
        result = (result + sign * mirror) / 2
    return result


def check_coefficients(coefficients) -> tuple[np.ndarray, int]:
    """Return coefficients as an array, and the side of their patch."""
    array = np.asarray(coefficients, dtype=np.float64)
    for side in range(1, LARGEST_SIDE + 1):
        if array.shape == (1 << side**2,):
            return array, side
    raise ValueError(
        "coefficients must have 2^(s s) entries for a patch of side s from 1 to "
        f"{LARGEST_SIDE}, got shape {array.shape}"
    )


def check_kernel(kernel) -> Kernel:
    if not isinstance(kernel, Kernel):
        raise TypeError(f"kernel must be a Kernel, got {type(kernel).__name__}")
    return kernel
