"""Monte Carlo renormalization group: the spectrum of T, Eqs. (17) to (22) of arXiv:2506.04016.

One majority rule turns the couplings K of a configuration into those of its block. Near the fixed
point the change is linear, and its matrix T = dK'/dK follows from covariances of the operators S
of a configuration and of its block (Swendsen, Phys. Rev. Lett. 42, 859, 1979). An eigenvalue
2^y of T belongs to a scaling operator of exponent y: y_h = 15/8 among those that are odd under
the flip of all spins, 1/nu = 1 among the even ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
import xarray as xr
from tqdm import tqdm

from inverse_rg import _blocks, _check, _mcrg_sums, _measurements, _operators, _random, _sectors
from inverse_rg._mcrg_dataset import dataset as _dataset
from inverse_rg._mcrg_dataset import enough
from inverse_rg._mcrg_read import (
    QUANTITIES,
    SECTORS,
    Ranked,
    covariances,
    eigenvectors,
    exponent,
    published_exponent,
    ranked,
    variance_shares,
)
from inverse_rg._spectrum import Eigen, condition, eigen, transfer_matrix
from inverse_rg.measurement import _describe

__all__ = [
    "BASES",
    "PAIRINGS",
    "QUANTITIES",
    "SECTORS",
    "Eigen",
    "Function",
    "Ranked",
    "condition",
    "covariances",
    "eigen",
    "eigenvectors",
    "exponent",
    "functions",
    "operators",
    "published_exponent",
    "ranked",
    "shapes",
    "spectrum",
    "transfer_matrix",
    "variance_shares",
]

BASES = _sectors.BASES
"""Lists of operators: all shapes with all their orientations, or the list of the paper."""

PAIRINGS = _mcrg_sums.PAIRINGS
"""What a configuration is compared with: its majority block, or the lattice that it grew from."""

LEVELS = 2
"""Times that the stored measurements block before the last T matrix."""


def operators(spins, basis: str = "square") -> np.ndarray:
    """Return the 36 operators of configurations: lattice sums of products of spins.

    Parameters
    ----------
    spins : array_like of +-1, shape (n, L, L)
        Configurations on the torus, L at least 3.
    basis : {"square", "paper"}
        "square": each shape summed over its 1, 2, 4 or 8 orientations, in the order of `shapes`.
        "paper": the paper's list, one orientation each, entries 16 and 32 the same.

    Returns
    -------
    ndarray of float64, shape (n, 36)
        Whole numbers, S of Eq. (3).

    Raises
    ------
    TypeError, ValueError
        If `spins` is not an array (n, L, L) of +-1 that holds the 3 x 3 plaquette, or `basis` is
        none of the two.
    """
    from inverse_rg import _bits, _packed_operators

    spins = _check.spins("spins", spins)
    _check.choice("basis", basis, BASES)
    if spins.shape[1] < _operators.PLAQUETTE:
        raise ValueError(
            f"spins must have a side of at least {_operators.PLAQUETTE}, the plaquette's, "
            f"got L = {spins.shape[1]}"
        )
    sums = _packed_operators.product_sums(_bits.pack_sites(spins))
    if basis == "paper":
        return sums[:, list(_operators.paper_list())].astype(float)
    return np.stack([sums[:, list(one)].sum(axis=1) for one in _operators.shapes()], 1).astype(
        float
    )


def shapes(basis: str = "square") -> list[list[_operators.Product]]:
    """Return the orientations of each of the 36 operators: lists of sites (y, x)."""
    listed = _operators.products()
    if _check.choice("basis", basis, BASES) == "paper":
        return [[listed[product]] for product in _operators.paper_list()]
    return [[listed[product] for product in shape] for shape in _operators.shapes()]


class Function(NamedTuple):
    """A symmetric combination of products: the operator behind one row of a sector.

    Attributes
    ----------
    shape : int
        Number in ``shapes("square")``, or in the paper's list.
    terms : list of (int, sites)
        Each product with its sign.
    """

    shape: int
    terms: list[tuple[int, _operators.Product]]


def functions(sector: str) -> list[Function]:
    """Return the functions of a sector, in the order of its matrices (of E: the first row)."""
    found = _sectors.by_name()[_check.choice("sector", sector, SECTORS)]
    listed = _operators.products()
    return [
        Function(int(shape), [(int(column[p]), listed[p]) for p in np.flatnonzero(column)])
        for shape, column in zip(found.shape, found.coefficients[0].T, strict=True)
    ]


def spectrum(
    ensemble,
    n: int,
    *,
    rng: _random.Seed,
    levels: int = LEVELS,
    basis: str = "square",
    pairing: str = "block",
    workers: int | None = None,
    progress: bool = False,
) -> xr.Dataset:
    """Measure the eigenvalues of T by symmetry sector, with jackknife errors.

    Parameters
    ----------
    ensemble : Ising or Dream
        What to draw; a dream is measured at every side of its growth from 6 on.
    n : int
        Configurations. Without one of the groups of the jackknife there must remain at least 158,
        as many as there are operators.
    rng : int, SeedSequence or Generator
        Seed. The result is the same on any number of workers.
    levels : int
        T is measured on configurations that were blocked n = 0, 1, ... `levels` times, as long
        as half their side holds the 3 x 3 plaquette.
    basis : {"square", "paper"}
        "square": all 158 products by spin-flip parity and irreducible representation. "paper":
        the paper's list, by parity.
    pairing : {"block", "parent"}
        "block" compares a configuration with its own majority block. "parent", for dreams,
        compares it with the lattice that it grew from, and blocks nothing.
    workers : int, optional
        Threads; all cores by default.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    xarray.Dataset
        Over (``size``, ``level``, ``sector``, ``mode``), the eigenvalue of largest modulus first:
        ``y`` = log2 |eigenvalue| and ``y_error``, the real part ``eigenvalue`` with its sign and
        the ``imaginary`` part. ``level`` is n. Over (``size``, ``level``,
        ``sector``): ``condition`` of the correlation matrix of the coarse operators. Over
        (..., ``operators``): ``leading_y`` and its error, the largest eigenvalue that the first
        1, 2, ... functions of the sector have. ``expectation`` (``size``, ``blocked``, ``shape``)
        with its error is the mean of one product of each of the 36 shapes. ``coarse`` and
        ``cross`` (``level``, ``entry``) are covariances at the largest side, which `covariances`
        cuts into matrices and `eigenvectors` diagonalises; ``right_error`` (``level``, ``sector``,
        ``vector``, ``operators``) are errors of its first right vectors. NaN where there is none.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above, a lattice cannot be halved or half of it is smaller than
        the plaquette, or an operator has the same value in all configurations.

    Notes
    -----
    Where operators coincide on a small coarse lattice (side 3 or 4), or are listed twice,
    couplings to equal products are taken equal: the pseudo-inverse. Everywhere else T is a
    plain solution of N T = M.
    """
    if not hasattr(ensemble, "draw_levels"):
        raise TypeError(f"ensemble must be Ising or Dream, got {type(ensemble).__name__}")
    n = _check.integer("n", n, minimum=128)
    levels = _check.integer("levels", levels, minimum=0)
    _check.choice("basis", basis, BASES)
    _check.choice("pairing", pairing, PAIRINGS)
    if workers is not None:
        workers = _check.integer("workers", workers, minimum=1)
    enough(n)
    _mcrg_sums.plan(ensemble.sizes, pairing, levels)
    ensemble.check_number(n)
    measurement = _measurement(pairing, levels)
    sequence = _random.seed_sequence(rng)
    groups = _measurements.GroupSums(n)
    sizes = groups.sizes

    def task(count, stream):
        return measurement.sums(ensemble, count, stream, stream.spawn_key[-1] * sizes[0])

    results = _blocks.run(task, n, sequence, workers=workers)
    for sums in tqdm(results, ensemble.label, len(sizes), unit="block", disable=not progress):
        groups.add(sums)
    found = measurement.dataset(ensemble, n, _describe(sequence), groups.counts, groups.sums)
    return found.sel(sector=_sectors.of_basis(basis))


def _measurement(pairing: str, levels: int) -> _measurements.Measurement:
    """Return the measurement that `spectrum` makes; a registered one has `LEVELS`."""
    name = {"block": "spectrum", "parent": "spectrum-parent"}[pairing]

    def dataset(ensemble, n: int, seed: str, counts: np.ndarray, sums: Mapping) -> xr.Dataset:
        planned = _mcrg_sums.plan(ensemble.sizes, pairing, levels)
        found = _dataset(planned, counts, sums)
        about = {"ensemble": repr(ensemble), "label": ensemble.label, "n": n, "seed": seed}
        return found.assign_attrs(**about, pairing=pairing)

    return _measurements.Measurement(name, partial(_mcrg_sums.block_sums, pairing, levels), dataset)


SPECTRUM = _measurement("block", LEVELS)
"""What a campaign keeps: both bases, every side, n = 0, 1, 2."""

SPECTRUM_PARENT = _measurement("parent", LEVELS)
"""The same for dreams beside the lattices that they grew from."""
