"""Reading a spectrum: exponents, their order, covariances and eigenvectors, from its Dataset."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr

from inverse_rg import _check, _sectors
from inverse_rg._mcrg_dataset import entries
from inverse_rg._spectrum import Eigen, eigen, transfer_matrix
from inverse_rg.statistics import Estimate

SECTORS = tuple(_sectors.by_name())
"""Names of the sectors: "odd A1" ... "even E" of "square", "odd paper", "even paper"."""

QUANTITIES = ("y_h", "one_over_nu", "omega", "eta_rsrg", "one_over_nu_rsrg")
"""Exponents of Tables III and IV that the spectrum gives."""


def exponent(
    dataset: xr.Dataset, sector: str, mode: int = 0, *, size: int | None = None, level: int = 0
) -> Estimate:
    """Return y of an eigenvalue, with its error.

    Parameters
    ----------
    dataset : Dataset
        What `spectrum` returned or a campaign stored.
    sector : str
        One of `SECTORS`.
    mode : int
        0 is the largest eigenvalue of the sector.
    size : int, optional
        Side L before blocking; the largest by default.
    level : int
        Times n that the configurations were blocked.
    """
    at = _at(dataset, sector, size, level).isel(mode=mode)
    return Estimate(float(at["y"]), float(at["y_error"]))


class Ranked(NamedTuple):
    """An eigenvalue among those of all sectors of a basis: its exponent, sector and mode."""

    y: float
    error: float
    sector: str
    mode: int


def ranked(
    dataset: xr.Dataset, basis: str = "paper", *, size: int | None = None, level: int = 0
) -> list[Ranked]:
    """Return the eigenvalues of all sectors of a basis together, in falling order of modulus.

    The paper numbers them so: its third one is redundant, its sixth gives omega. In "square" the
    eigenvalues of E, which come twice, are listed once.
    """
    _check.choice("basis", basis, _sectors.BASES)
    found = []
    for sector in _sectors.of_basis(basis):
        at = _at(dataset, sector, size, level)
        pairs = zip(at["y"].values, at["y_error"].values, strict=True)
        found += [
            Ranked(float(y), float(error), sector, mode)
            for mode, (y, error) in enumerate(pairs)
            if not np.isnan(y)
        ]
    return sorted(found, key=lambda one: -one.y)


def published_exponent(
    dataset: xr.Dataset,
    quantity: str,
    basis: str = "paper",
    *,
    size: int | None = None,
    level: int = 0,
) -> Estimate:
    """Return an exponent of Tables III and IV.

    Parameters
    ----------
    dataset, size, level
        As for `exponent`.
    quantity : {"y_h", "one_over_nu", "omega", "eta_rsrg", "one_over_nu_rsrg"}
        As in `inverse_rg.paper.table`. ``y_h`` and ``one_over_nu`` are the largest odd and even
        exponents, and eta = 4 - 2 y_h. ``omega`` is the sixth eigenvalue of all in the paper's
        list, as the paper says; in "square" it is the second of the sector even A1.
    basis : {"paper", "square"}
        The paper's list, or the sectors A1 of the complete one.
    """
    _check.choice("quantity", quantity, QUANTITIES)
    part = "paper" if _check.choice("basis", basis, _sectors.BASES) == "paper" else "A1"
    if quantity == "omega":
        if basis == "paper":
            sixth = ranked(dataset, basis, size=size, level=level)[5]
            return Estimate(sixth.y, sixth.error)
        return exponent(dataset, "even A1", 1, size=size, level=level)
    parity = "even" if quantity.startswith("one_over_nu") else "odd"
    found = exponent(dataset, f"{parity} {part}", size=size, level=level)
    if quantity == "eta_rsrg":
        return Estimate(4 - 2 * found.value, 2 * found.error)
    return found


def covariances(
    dataset: xr.Dataset, sector: str, *, level: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return N and M of Eqs. (22) and (20): covariances of the `functions` of a sector.

    Parameters
    ----------
    dataset, sector, level
        As for `exponent`; at the largest side, the only one at which they are kept.

    Returns
    -------
    coarse, cross : ndarray of float64, shape (d, d)
        Of the coarse operators, and of coarse (rows) with fine ones (columns): lattice sums, not
        divided by the number of sites. For E they are averages over the two rows.
    """
    _check.choice("sector", sector, SECTORS)
    _check.choice("level", level, dataset["level"].values.tolist())
    part = entries()[sector]
    coarse, cross = (dataset[name].sel(level=level).values[part] for name in ("coarse", "cross"))
    d = round(len(coarse) ** 0.5)
    return coarse.reshape(d, d), cross.reshape(d, d)


def eigenvectors(dataset: xr.Dataset, sector: str, *, level: int = 0) -> Eigen:
    """Return eigenvalues and eigenvectors of T of a sector at the largest side.

    Parameters
    ----------
    dataset, sector, level
        As for `exponent`.

    Returns
    -------
    Eigen
        ``values``, in falling order of modulus. ``right``, in columns, are the couplings of the
        scaling operators to the `functions` of the sector, their largest scaled to 1; ``left``, in
        rows, are the scaling fields, so that ``left @ right`` is the unit matrix.
    """
    coarse, cross = covariances(dataset, sector, level=level)
    side = int(dataset["size"].max()) >> (level + 1)
    basis = _sectors.independent(_sectors.by_name()[sector], side)
    inner = basis.T @ coarse @ basis
    found = eigen(transfer_matrix(inner, basis.T @ cross @ basis))
    right = basis @ found.right
    scale = right[np.abs(right).argmax(axis=0), np.arange(right.shape[1])]
    # With all functions independent this is found.left; else it acts on all of them.
    left = scale[:, None] * (found.left @ np.linalg.solve(inner, basis.T @ coarse))
    return Eigen(found.values, right / scale, left)


def _at(dataset: xr.Dataset, sector: str, size: int | None, level: int) -> xr.Dataset:
    """Return the part of a Dataset at one side, level and sector, or say what there is."""
    size = int(dataset["size"].max()) if size is None else size
    wanted = {"size": size, "level": level, "sector": sector}
    for name, value in wanted.items():
        _check.choice(name, value, dataset[name].values.tolist())
    return dataset.sel(wanted)


def variance_shares(
    dataset: xr.Dataset, sector: str, vector: np.ndarray, *, level: int = 0
) -> dict[str, float]:
    """Return which part of the variance of an operator each sector of "square" has.

    The paper's list holds one orientation of each shape, so that what it calls one operator is a
    mixture. On a lattice with the symmetry of the square, parts in different representations are
    uncorrelated and their variances add up.

    Parameters
    ----------
    dataset, level
        As for `exponent`, with all sectors; at the largest side.
    sector : str
        Whose `functions` the operator combines.
    vector : ndarray of float64, shape (d,)
        Its couplings, like a column of ``eigenvectors(...).right``.

    Returns
    -------
    dict of str to float
        Shares that add up to 1, by sector of the same parity; of lattice sums after the blocking.
    """
    _check.choice("sector", sector, SECTORS)
    own = _sectors.by_name()[sector]
    vector = np.asarray(vector)
    if vector.shape != (own.dimension,) or vector.dtype.kind not in "iuf":
        raise ValueError(
            f"vector must be {own.dimension} real numbers, one for each function of {sector}, got "
            f"{vector.dtype} of shape {vector.shape}"
        )
    products = own.coefficients[0] @ vector
    found = {}
    for name in _sectors.of_basis("square"):
        if name.split()[0] == sector.split()[0]:
            coarse, _ = covariances(dataset, name, level=level)
            part = 0.0
            for row in _sectors.by_name()[name].coefficients:
                inside = row.T @ products / (row**2).sum(axis=0)
                part += inside @ coarse @ inside
            found[name] = float(part)
    total = sum(found.values())
    return {name: part / total for name, part in found.items()}
