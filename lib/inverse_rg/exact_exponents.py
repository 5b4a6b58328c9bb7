"""Exponents of the dreams without sampling: the upscaling operator on local observables.

Given the coarse spins, fine spins are independent, so that the mean of a product of fine spins is
a function of the coarse spins that they see. A patch of k x k fine spins sees at most k x k coarse
ones: lattice sums of products that fit in such a patch are mapped to lattice sums of the same kind,

    E[S_a(fine) | coarse] = N c_a + sum_b T_ab S_b(coarse),

by a finite matrix T, without any approximation, for every fine lattice of side k or more. N is the
number of coarse spins; the constants c_a, zero for odd products, are left out in what follows. Its
eigenvalues are the scaling exponents of the model.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from inverse_rg import _check
from inverse_rg import _local_operators as local
from inverse_rg._lattice_sums import (
    LARGEST_SIDE,
    check_coefficients,
    check_kernel,
    constant,
    lattice_sums,
    product,
    symmetrised,
    upscaled,
)
from inverse_rg.kernels import Kernel

__all__ = [
    "LARGEST_SIDE",
    "SYMMETRIES",
    "ScalingOperators",
    "constant",
    "exponents",
    "lattice_sums",
    "product",
    "scaling_operators",
    "upscaled",
]

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
        Coefficients of the leading scaling operator O: E[O(fine) | coarse] = lambda O(coarse), up
        to a constant if O is even. The largest one is 1.
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
    The lattice sum of an operator O of eigenvalue lambda (minus its mean, if O is even) grows with
    the side L of a dream as L^y, y = log2 lambda. The leading odd y is y_h, the leading even one
    1/nu.
    """
    check_kernel(kernel)
    parity = _check.choice("parity", parity, ("odd", "even"))
    signs = SYMMETRIES[_check.choice("symmetry", symmetry, SYMMETRIES)]
    steps = _check.integer("steps", steps, minimum=1, maximum=200)
    side = min(kernel.size, 3) if side is None else side
    side = _check.integer("side", side, minimum=1, maximum=LARGEST_SIDE)
    spread = functools.partial(symmetrised, side=side, signs=signs)

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
    operator of `symmetrised` onto plus or minus itself: some places stand for the others.
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
    coefficients, side = check_coefficients(coefficients)
    return coefficients, side, side
