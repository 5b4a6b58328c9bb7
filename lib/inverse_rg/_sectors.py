"""Symmetry sectors: the 158 products, combined so that the point group of the square acts simply.

T commutes with the flip of all spins and with the rotations and reflections of the square, so that
it falls into blocks: odd or even, and one of the irreducible representations A1, A2, B1, B2, E. A
function of a sector is a sum of the orientations of one shape with signs; a function of E comes
with a partner (like x and y), which has the same matrix elements. "paper" is the list of the
paper, which the point group does not respect: its sectors are odd and even.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from inverse_rg import _operators

CHARACTERS = {
    "A1": (1, 1, 1, 1, 1, 1, 1, 1),
    "A2": (1, 1, 1, 1, -1, -1, -1, -1),
    "B1": (1, -1, 1, -1, 1, 1, -1, -1),
    "B2": (1, -1, 1, -1, -1, -1, 1, 1),
}
"""Characters of the one-dimensional representations, in the order of `_operators.SYMMETRIES`."""

PARITIES = ("odd", "even")
IRREPS = (*CHARACTERS, "E")
BASES = ("square", "paper")


@dataclass(frozen=True, eq=False)
class Sector:
    """Functions that T mixes among themselves.

    Parameters
    ----------
    name : str
        Like "even B1" or "odd paper".
    coefficients : ndarray of int64, shape (rows, 158, d)
        Function f of row r is the sum over products p of ``coefficients[r, p, f]`` times the
        lattice sum of p; E has two rows, every other sector one.
    shape : ndarray of int, shape (d,)
        Which shape each function is made of; for "paper" the number in the paper's list.
    """

    name: str
    coefficients: np.ndarray
    shape: np.ndarray

    @property
    def dimension(self) -> int:
        """Number of functions d."""
        return self.coefficients.shape[2]


@functools.cache
def sectors() -> tuple[Sector, ...]:
    """Return the ten sectors of "square" and the two of "paper", odd ones first in each."""
    square = [_square(parity, irrep) for parity in PARITIES for irrep in IRREPS]
    return (*square, *[_paper(parity) for parity in PARITIES])


@functools.cache
def by_name() -> dict[str, Sector]:
    """Return the sectors by name."""
    return {sector.name: sector for sector in sectors()}


def of_basis(basis: str) -> list[str]:
    """Return the names of the sectors of a basis, "square" or "paper"."""
    return [name for name in by_name() if name.endswith("paper") == (basis == "paper")]


@functools.cache
def independent(sector: Sector, size: int, first: int | None = None) -> np.ndarray:
    """Return combinations of the functions that are independent on a small torus.

    Parameters
    ----------
    sector : Sector
        Whose functions.
    size : int
        Side of the torus.
    first : int, optional
        Take only so many functions.

    Returns
    -------
    ndarray of float64, shape (first, rank)
        The unit matrix if all are independent, as they are on the plane. Else they span what
        is left where equal products are told apart no more; couplings to equal products are
        then the same for each, which is the choice of the pseudo-inverse.

    Notes
    -----
    Different products of spins are independent, so that only coincidences of products count
    and the answer is exact: no threshold decides it.
    """
    coefficients = sector.coefficients[0][:, :first]
    norms = np.sqrt((coefficients**2).sum(axis=0))
    classes = _operators.distinct_on_torus(size)
    folded = np.zeros((classes.max() + 1, coefficients.shape[1]))
    for label, row in zip(classes, coefficients, strict=True):
        if label >= 0:
            folded[label] += row
    _, values, vectors = np.linalg.svd(folded / norms)
    rank = int((values > 1e-9).sum())  # of a matrix of small whole numbers and their roots
    if rank == coefficients.shape[1]:
        return np.eye(rank)
    return vectors[:rank].T / norms[:, None]


def _square(parity: str, irrep: str) -> Sector:
    found, shape = [], []
    for number, orbit in enumerate(_operators.shapes()):
        if len(_operators.products()[orbit[0]]) % 2 == (parity == "odd"):
            for function in _functions(orbit[0], irrep):
                found.append(function)
                shape.append(number)
    return Sector(f"{parity} {irrep}", np.stack(found, axis=-1), np.array(shape))


def _functions(product: int, irrep: str) -> list[np.ndarray]:
    """Return the functions of a representation on the orbit of a product, int (rows, 158) each.

    Row i of copy j is the sum over symmetries g of D(g)_ij times the product that g makes.
    """
    images = _operators.permutations()[:, product]
    if irrep == "E":
        matrices = _operators.SYMMETRIES
    else:
        matrices = np.array(CHARACTERS[irrep])[:, None, None]
    copies: list[np.ndarray] = []
    for j in range(matrices.shape[2]):
        function = np.zeros((matrices.shape[1], len(_operators.products())), np.int64)
        for image, matrix in zip(images, matrices, strict=True):
            function[:, image] += matrix[:, j]
        if function.any():
            function //= np.abs(function).max()  # each product of the orbit came equally often
        basis = [copy.ravel() for copy in (*copies, function)]
        if np.linalg.matrix_rank(np.array(basis)) == len(basis):
            copies.append(function)
    return copies


def _paper(parity: str) -> Sector:
    listed = _operators.paper_list()
    odd = [len(_operators.products()[product]) % 2 == 1 for product in listed]
    chosen = np.flatnonzero(np.array(odd) == (parity == "odd"))
    coefficients = np.zeros((1, len(_operators.products()), len(chosen)), np.int64)
    for column, entry in enumerate(chosen):
        coefficients[0, listed[entry], column] = 1
    return Sector(f"{parity} paper", coefficients, chosen)
