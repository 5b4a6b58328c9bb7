"""From covariances to exponents: the T matrix, its eigenvalues, and their jackknife errors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from inverse_rg import statistics
from inverse_rg._sectors import Sector, independent

LARGEST_CONDITION = 1e12
"""Condition number above which covariances are singular in float64; 10 to 10^6 are usual."""


class Moments(NamedTuple):
    """Covariances over all configurations, and over those outside each group.

    `coarse` is N of Eq. (22), `cross` is M of Eq. (20): float64 (d, d), with the axis of groups,
    (groups, d, d), in `coarse_others` and `cross_others`.
    """

    coarse: np.ndarray
    cross: np.ndarray
    coarse_others: np.ndarray
    cross_others: np.ndarray


class Eigen(NamedTuple):
    """Eigenvalues in falling order of modulus, and the vectors that belong to them.

    `right` (d, d) has in column i the couplings of a scaling operator, of largest modulus 1;
    `left` (d, d) in row i the scaling field, so that ``left @ right`` is the unit matrix.
    """

    values: np.ndarray
    right: np.ndarray
    left: np.ndarray


def moments(centred: tuple[np.ndarray, ...], counts: np.ndarray) -> Moments:
    """Return the covariances of one pair and sector of `_mcrg_sums.centred`."""
    totals = [part.sum(axis=0) for part in centred]
    coarse, cross, first = (total - part for total, part in zip(totals, centred, strict=True))
    number = counts.sum()
    full = _covariances(totals[0], totals[1], totals[2], np.asarray(number, float))
    return Moments(*full, *_covariances(coarse, cross, first, (number - counts).astype(float)))


def _covariances(coarse, cross, first, number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return N and M from sums over `number` configurations and over the rows of a sector."""
    rows = first.shape[-3]
    x, y = first[..., 0, :], first[..., 1, :]
    number = number[..., None, None]
    own = coarse / number - np.einsum("...ri,...rj->...ij", x, x) / number**2
    mixed = cross / number - np.einsum("...ri,...rj->...ij", x, y) / number**2
    return own / rows, mixed / rows


def transfer_matrix(coarse: np.ndarray, cross: np.ndarray) -> np.ndarray:
    """Return T = N^-1 M, Eq. (18), from covariances (..., d, d).

    Parameters
    ----------
    coarse, cross : ndarray, shape (..., d, d)
        N, of the coarse operators, and M, of coarse (rows) with fine ones (columns).

    Raises
    ------
    ValueError
        If the coarse operators are linearly dependent in all configurations.

    Notes
    -----
    The paper prints T = M^-1 N, with the names of its Eqs. (20) and (22) exchanged.
    """
    try:
        return np.linalg.solve(coarse, cross)
    except np.linalg.LinAlgError as error:
        raise ValueError(
            "ensemble must have operators that are independent, got a singular covariance matrix"
        ) from error


def eigen(matrix: np.ndarray) -> Eigen:
    """Return eigenvalues and vectors of T, (d, d), in falling order of modulus."""
    values, right = np.linalg.eig(matrix)
    order = np.argsort(-np.abs(values), kind="stable")
    values, right = values[order], right[:, order]
    right = right / right[np.abs(right).argmax(axis=0), np.arange(len(values))]
    return Eigen(values, right, np.linalg.pinv(right))


def condition(coarse: np.ndarray) -> float:
    """Return the condition number of the correlation matrix of the coarse operators.

    Unlike that of the covariances it does not depend on how each operator is normalised.
    """
    scale = np.sqrt(np.diag(coarse))
    return float(np.linalg.cond(coarse / np.outer(scale, scale)))


def match(full: Eigen, others: np.ndarray, coarse: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the eigenvalues and right vectors of similar matrices in the order of those of `full`.

    Parameters
    ----------
    full : Eigen
        Of the matrix from all data.
    others : ndarray, shape (groups, d, d)
        Matrices from all data but one group.
    coarse : ndarray of float64, shape (d, d)
        N from all data, in which vectors have length 1 when their scaling operators have variance
        1. So it does not matter how operators are normalised, nor that couplings of some vectors
        are large and cancel.

    Returns
    -------
    values : ndarray of complex128, shape (groups, d)
    right : ndarray of complex128, shape (groups, d, d)
        Vectors in columns, of any length.

    Notes
    -----
    Eigenvalues that lie closer together than their errors change places from one group to the
    next. Their vectors say which is which: left vector i of `full` is orthogonal to all right
    vectors but number i, so that the largest overlaps are paired first.
    """

    def length(vectors: np.ndarray) -> np.ndarray:
        return np.sqrt(np.abs(np.einsum("...ij,ik,...kj->...j", vectors.conj(), coarse, vectors)))

    values, right = np.linalg.eig(others)
    lengths = length(full.right)[:, None], length(right)[:, None, :]
    overlaps = np.abs(full.left @ right) * lengths[0] / lengths[1]
    d = values.shape[1]
    theirs = np.empty(values.shape, int)
    for order, overlap in zip(theirs, overlaps, strict=True):
        for _ in range(d):
            i, j = divmod(int(overlap.argmax()), d)
            order[i] = j
            overlap[i, :] = overlap[:, j] = -1
    values = np.take_along_axis(values, theirs, axis=1)
    right = np.take_along_axis(right, theirs[:, None, :], axis=2)
    return values.astype(complex), right


class Spectrum(NamedTuple):
    """What one sector has at one level: arrays (rank,), the largest eigenvalue first.

    `vectors_error`, float64 (d, rank), are errors of the right vectors, the largest component of
    which is 1; NaN where they are complex.
    """

    y: np.ndarray
    y_error: np.ndarray
    values: np.ndarray
    vectors_error: np.ndarray
    condition: float


def restrict(found: Moments, basis: np.ndarray) -> Moments:
    """Return the covariances of combinations of the first operators, `basis` (first, rank)."""
    first, rank = basis.shape
    cut = [part[..., :first, :first] for part in found]
    if first == rank:  # the unit matrix
        return Moments(*cut)
    return Moments(*(basis.T @ part @ basis for part in cut))


def spectrum(found: Moments, sector: Sector, size: int) -> Spectrum:
    """Return the eigenvalues of T of one sector, with errors.

    Parameters
    ----------
    found : Moments
        Covariances of the functions of the sector.
    sector : Sector
        Whose functions they are.
    size : int
        Side of the coarse lattice, which says what is independent there.
    """
    basis = independent(sector, size)
    found = restrict(found, basis)
    if not basis.shape[1]:
        nothing = np.empty(0)
        return Spectrum(nothing, nothing, nothing, np.empty(basis.shape), np.nan)
    full = eigen(transfer_matrix(found.coarse, found.cross))
    others = transfer_matrix(found.coarse_others, found.cross_others)
    values, right = match(full, others, found.coarse)
    whole = basis @ full.right
    unit = np.abs(whole).argmax(axis=0)
    replicates = basis @ right
    replicates = replicates / replicates[:, unit, np.arange(len(unit))][:, None, :]
    error = np.array(statistics.jackknife_error(replicates.real))
    error[:, full.values.imag != 0] = np.nan
    return Spectrum(
        *_exponents(full.values, values),
        full.values,
        error,
        condition(found.coarse),
    )


def leading(found: Moments, sector: Sector, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return y of the largest eigenvalue with the first 1, 2, ... functions, and its errors."""
    y, error = (np.full(sector.dimension, np.nan) for _ in range(2))
    for first in range(1, sector.dimension + 1):
        basis = independent(sector, size, first)
        if not basis.shape[1]:
            continue
        some = restrict(found, basis)
        values = np.linalg.eigvals(transfer_matrix(some.coarse, some.cross))
        others = np.linalg.eigvals(transfer_matrix(some.coarse_others, some.cross_others))
        largest = np.abs(values).max(), np.abs(others).max(axis=1)
        y[first - 1], error[first - 1] = _exponents(*largest)
    return y, error


def _exponents(values, others) -> tuple[np.ndarray, np.ndarray]:
    """Return y = log2 |eigenvalue| and its errors; an eigenvalue of 0 has y = -inf and no error."""
    with np.errstate(divide="ignore", invalid="ignore"):
        y, replicates = np.log2(np.abs(values)), np.log2(np.abs(others))
        return y, np.asarray(statistics.jackknife_error(replicates))


def check(found: Moments, sector: Sector, size: int, n: int) -> None:
    """Raise a ValueError if T cannot be had: operators constant, or too few configurations.

    Parameters
    ----------
    found : Moments
        Covariances of the functions of the sector.
    sector, size
        As for `spectrum`.
    n : int
        Configurations, for the message.
    """
    restricted = restrict(found, independent(sector, size))
    where = f"of sector {sector.name} on blocked lattices of side {size}"
    for coarse in (restricted.coarse, *restricted.coarse_others):
        if (np.diag(coarse) <= 0).any():
            raise ValueError(
                f"ensemble must have operators that fluctuate, got one {where} that has the same "
                f"value in all {n:,} configurations, or in all but one group of the jackknife"
            )
        if len(coarse) and condition(coarse) > LARGEST_CONDITION:
            raise ValueError(
                f"n must be larger: the operators {where} are linearly dependent in {n:,} "
                "configurations, or in all but one group of the jackknife"
            )
