"""Exponents of the dreams without sampling: the upscaling operator on local observables.

Given the coarse spins, fine spins are independent, so that the mean of a product of fine spins is
a function of the coarse spins that they see. A patch of k x k fine spins sees at most k x k coarse
ones: lattice sums of products that fit in such a patch are mapped to lattice sums of the same kind,

    E[S_a(fine) | coarse] = sum_b T_ab S_b(coarse),

by a finite matrix T, without any approximation, for every lattice of side k or more. Its
eigenvalues are the scaling exponents of the model.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from inverse_rg import _check
from inverse_rg import _local_operators as local
from inverse_rg.kernels import Kernel

LARGEST_SIDE = 5
"""Largest patch: 2^25 products."""

# Signs under reflections of x and of y, and under the transposition: one-dimensional
# representations of the square's symmetries.
SYMMETRIES = {"A1": (1, 1, 1), "A2": (-1, -1, -1), "B1": (1, 1, -1), "B2": (-1, -1, 1)}


@dataclass(frozen=True, eq=False)
class ScalingOperators:
    """Leading eigenvalues of the upscaling operator in one symmetry sector.

    Attributes
    ----------
    eigenvalues : ndarray of complex128, shape (m,)
        By decreasing magnitude, the largest first; those at the end are not converged.
    operator : ndarray of float64, shape (2^(side side),)
        Coefficients of the leading scaling operator O: E[O(fine) | coarse] = lambda O(coarse).
        The largest one is 1.
    side : int
        Side of the patch that the products fit in.
    closed : bool
        Whether no product was dropped, so that the eigenvalues are exact.
    residual : float
        Norm of T O - lambda O over that of lambda O, inside the patch.
    lost : float
        Norm of the products of T O that do not fit in the patch, over that of lambda O.
    """

    eigenvalues: np.ndarray
    operator: np.ndarray
    side: int
    closed: bool
    residual: float
    lost: float

    @property
    def exponents(self) -> np.ndarray:
        """Scaling exponents y = log2 |lambda|, float64 (m,)."""
        return np.log2(np.abs(self.eigenvalues))


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
    """Return E[S(fine) | coarse] for a lattice sum S of local products, exactly.

    Parameters
    ----------
    kernel : Kernel
        What upscales.
    coefficients : ndarray of float64, shape (2^(s s),)
        S = sum over products p of coefficients[p] sum_x p(x), the second sum over all
        translations. Bits of the index are sites of an s x s patch, row by row, the first one the
        highest; `product` makes them.
    side : int, optional
        Side of the patch for the result; s by default. Products that do not fit are dropped, as
        are constants.

    Returns
    -------
    ndarray of float64, shape (2^(side side),)
        The same for the coarse lattice, every product moved to the patch's first row and column.

    Raises
    ------
    ValueError
        If `coefficients` or `side` is not of that kind.
    """
    coefficients, own = _check_coefficients(coefficients)
    side = own if side is None else _check.integer("side", side, minimum=1, maximum=LARGEST_SIDE)
    window = _check_kernel(kernel).window
    values = local.evaluate(coefficients)
    result = np.zeros(1 << side**2)
    for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
        image, height, width = local.conditional_mean(values, window, own, corner)
        result += local.gather(local.coefficients(image), height, width, side)[0]
    return result


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
    array, side = _check_coefficients(coefficients)
    up = _check.spins("spins", spins) > 0
    values = local.evaluate(array)
    patterns = np.zeros(up.shape, np.int64)
    for row in range(side):
        for column in range(side):
            patterns = 2 * patterns + np.roll(up, (-row, -column), axis=(1, 2))
    return values[patterns].sum(axis=(1, 2))


def scaling_operators(
    kernel: Kernel,
    *,
    parity: str,
    symmetry: str = "A1",
    side: int | None = None,
    steps: int = 12,
    start: np.ndarray | None = None,
) -> ScalingOperators:
    """Return the leading eigenvalues of the upscaling operator of a kernel.

    Parameters
    ----------
    kernel : Kernel
        What upscales, k x k.
    parity : {"odd", "even"}
        Products of an odd number of spins, which a magnetic field excites, or of an even number.
    symmetry : {"A1", "A2", "B1", "B2"}
        Representation of the square's symmetries.
    side : int, optional
        Side of the patch. With k, the default up to k = 3, nothing is dropped; the default for
        larger kernels is 3.
    steps : int
        Steps of Arnoldi's iteration, or fewer if the space is exhausted.
    start : ndarray of float64, optional
        Operator to start from, for instance one found with a smaller patch.

    Returns
    -------
    ScalingOperators
        Eigenvalues, and the leading scaling operator.

    Raises
    ------
    ValueError
        If an argument is out of its range, or no product of this kind fits in the patch.

    Notes
    -----
    The lattice average of an operator O of eigenvalue lambda grows with the side L of a dream as
    L^y, y = log2 lambda. The leading odd one is y_h, the leading even one 1/nu.
    """
    _check_kernel(kernel)
    parity = _check.choice("parity", parity, ("odd", "even"))
    signs = SYMMETRIES[_check.choice("symmetry", symmetry, SYMMETRIES)]
    steps = _check.integer("steps", steps, minimum=1, maximum=200)
    side = min(kernel.size, 3) if side is None else side
    side = _check.integer("side", side, minimum=1, maximum=LARGEST_SIDE)
    spread = functools.partial(_spread, side=side, signs=signs)

    def project(coefficients):
        part = local.gather(spread(coefficients), side, side, side)[0]
        local.keep_parity(part, int(parity == "odd"))
        return part

    fitting = [local.gather(*_corners(start), side)[0]] if start is not None else _seeds(side)
    candidates = [one for one in map(project, fitting) if np.abs(one).max() > 1e-12]
    if not candidates:
        raise ValueError(f"no {parity} {symmetry} product to start from fits in side {side}")

    basis = [candidates[0] / np.linalg.norm(candidates[0])]
    hessenberg = np.zeros((steps + 1, steps))
    images, losses = [], []
    for step in range(steps):
        image, lost = _symmetric_image(kernel.window, spread(basis[step]), side)
        image = project(image)
        images.append(image)
        losses.append(lost)
        rest = image.copy()
        for _ in range(2):  # twice: rounding would leave the basis less than orthogonal
            for row, one in enumerate(basis):
                overlap = one @ rest
                hessenberg[row, step] += overlap
                rest -= overlap * one
        norm = np.linalg.norm(rest)
        hessenberg[step + 1, step] = norm
        if norm < 1e-11 * np.linalg.norm(image):
            break
        basis.append(rest / norm)
    used = len(images)
    eigenvalues, vectors = np.linalg.eig(hessenberg[:used, :used])
    order = np.argsort(-np.abs(eigenvalues), kind="stable")
    mixture = vectors[:, order[0]].real
    operator, image = np.zeros_like(basis[0]), np.zeros_like(basis[0])
    for part, one, mapped in zip(mixture, basis[:used], images, strict=True):
        operator += part * one
        image += part * mapped
    eigenvalue = eigenvalues[order[0]].real
    scale = np.linalg.norm(eigenvalue * operator)
    largest = operator[np.argmax(np.abs(operator))]
    return ScalingOperators(
        eigenvalues=eigenvalues[order],
        operator=operator / largest,
        side=side,
        closed=side >= kernel.size,
        residual=float(np.linalg.norm(image - eigenvalue * operator) / scale),
        lost=float(np.abs(mixture) @ losses / scale),
    )


def exponents(kernel: Kernel, *, side: int | None = None, steps: int = 12) -> dict[str, float]:
    """Return the exponents of the dreams of a kernel, named as in `inverse_rg.scaling`.

    Parameters
    ----------
    kernel, side, steps
        As in `scaling_operators`.

    Returns
    -------
    dict of str to float
        ``gamma_over_nu`` = 2 y_h - 2 and ``one_over_nu``.

    Notes
    -----
    Exact for `side` >= k; otherwise an estimate that drops what does not fit in the patch. The
    mean of M^2 grows as L^(2 y_h) as long as y_h > 1, since the spins that a level draws add
    fluctuations of order L^2 only; so chi grows as L^(2 y_h - 2).
    """
    odd, even = (
        scaling_operators(kernel, parity=parity, side=side, steps=steps)
        for parity in ("odd", "even")
    )
    return {
        "gamma_over_nu": float(2 * odd.exponents[0] - 2),
        "one_over_nu": float(even.exponents[0]),
    }


def _symmetric_image(window, vector, side: int) -> tuple[np.ndarray, float]:
    """Return T applied to a vector, up to the projection, and the norm of what did not fit.

    Reflections map the four places of a patch relative to the blocks onto each other, and the
    operator of `_spread` onto plus or minus itself: some places stand for the others.
    """
    values = local.evaluate(vector)
    places = {(0, 0): 4} if side % 2 else {(0, 0): 1, (0, 1): 2, (1, 1): 1}
    total, lost = np.zeros_like(vector), 0.0
    for corner, number in places.items():
        image, height, width = local.conditional_mean(values, window, side, corner)
        part, missing = local.gather(local.coefficients(image), height, width, side)
        total += number * part
        lost += number * missing
    return total, lost


def _spread(coefficients, *, side: int, signs) -> np.ndarray:
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


_SEEDS = (
    ((0, 0),),
    ((0, 0), (0, 1)),
    ((0, 0), (1, 1)),
    ((0, 0), (0, 1), (1, 0)),
    ((0, 0), (1, 2)),
    ((0, 0), (0, 1), (1, 2)),
    ((0, 0), (0, 1), (1, 0), (1, 2)),
    ((0, 0), (0, 1), (0, 2), (1, 0), (2, 1)),
)
"""Products to start from, the smallest first; each symmetry finds one in a patch of side 3."""


def _seeds(side: int) -> list[np.ndarray]:
    """Return the products to start from that fit in the patch."""
    return [product(*sites, side=side) for sites in _SEEDS if np.max(sites) < side]


def _corners(coefficients) -> tuple[np.ndarray, int, int]:
    coefficients, side = _check_coefficients(coefficients)
    return coefficients, side, side


def _check_coefficients(coefficients) -> tuple[np.ndarray, int]:
    """Return coefficients as an array, and the side of their patch."""
    array = np.asarray(coefficients, dtype=np.float64)
    for side in range(1, LARGEST_SIDE + 1):
        if array.shape == (1 << side**2,):
            return array, side
    raise ValueError(
        "coefficients must have 2^(s s) entries for a patch of side s from 1 to "
        f"{LARGEST_SIDE}, got shape {array.shape}"
    )


def _check_kernel(kernel) -> Kernel:
    if not isinstance(kernel, Kernel):
        raise TypeError(f"kernel must be a Kernel, got {type(kernel).__name__}")
    return kernel
