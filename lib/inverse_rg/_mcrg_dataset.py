"""The Dataset of a renormalization group measurement, from sums over groups."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import xarray as xr

from inverse_rg import _blocks, _mcrg_sums, _operators, _sectors, _spectrum, statistics

VECTORS = 3
"""Leading eigenvectors of each sector whose errors are kept."""

_SMALL = {"zlib": True, "complevel": 6, "shuffle": True}  # NaN takes no room in a file then


@functools.cache
def entries() -> dict[str, slice]:
    """Return where the covariances of each sector stand among the entries of a Dataset."""
    found, used = {}, 0
    for sector in _sectors.sectors():
        found[sector.name] = slice(used, used + sector.dimension**2)
        used += sector.dimension**2
    return found


def enough(n: int) -> None:
    """Raise a ValueError if the jackknife has fewer configurations than there are operators."""
    sizes = _blocks.block_sizes(n)
    groups = min(statistics.GROUPS, len(sizes))
    numbers = np.zeros(groups, int)
    np.add.at(numbers, np.arange(len(sizes)) * groups // len(sizes), sizes)
    left, operators = n - int(numbers.max()), len(_operators.products())
    if left < operators:
        raise ValueError(
            f"n must leave at least {operators} configurations, as many as there are operators, "
            f"when one of {groups} groups is left out; n = {n} leaves {left}"
        )


def dataset(planned: _mcrg_sums.Plan, counts: np.ndarray, sums) -> xr.Dataset:
    """Return the Dataset that `inverse_rg.mcrg.spectrum` describes, with all sectors."""
    enough(int(counts.sum()))
    sectors = _sectors.sectors()
    most = max(sector.dimension for sector in sectors)
    places = (len(planned.sizes), planned.levels)
    shape = (*places, len(sectors), most)
    number = _spectrum_arrays(shape)
    number["condition"] = np.full(shape[:3], np.nan)
    for name in ("coarse", "cross"):
        number[name] = np.full((planned.levels, sum(s.dimension**2 for s in sectors)), np.nan)
    number["right_error"] = np.full((planned.levels, len(sectors), VECTORS, most), np.nan)
    for pair, of_pair in enumerate(_mcrg_sums.centred(planned, counts, sums)):
        size, level = planned.lattices[planned.pairs[pair][0]]
        place = (planned.sizes.index(size), level)
        moments = [_spectrum.moments(one, counts) for one in of_pair]
        for sector, found in zip(sectors, moments, strict=True):
            _spectrum.check(found, sector, size >> (level + 1), int(counts.sum()))
        for index, (sector, found) in enumerate(zip(sectors, moments, strict=True)):
            spectrum = _spectrum.spectrum(found, sector, size >> (level + 1))
            _fill(number, (*place, index), spectrum)
            used = (*place, index, slice(sector.dimension))
            number["leading_y"][used], number["leading_y_error"][used] = _spectrum.leading(
                found, sector, size >> (level + 1)
            )
            if size == planned.sizes[-1]:
                part = (level, entries()[sector.name])
                number["coarse"][part] = found.coarse.ravel()
                number["cross"][part] = found.cross.ravel()
                error = spectrum.vectors_error.T[:VECTORS]
                number["right_error"][level, index, : len(error), : sector.dimension] = error
    along: dict[str, tuple[str, ...]] = {
        "condition": ("size", "level", "sector"),
        "leading_y": ("size", "level", "sector", "operators"),
        "leading_y_error": ("size", "level", "sector", "operators"),
        "coarse": ("level", "entry"),
        "cross": ("level", "entry"),
        "right_error": ("level", "sector", "vector", "operators"),
    }
    variables: dict[str, Any] = {
        name: (along.get(name, ("size", "level", "sector", "mode")), array, {}, _SMALL)
        for name, array in number.items()
    }
    variables |= _expectations(planned, counts, sums)
    coordinates = {
        "size": np.array(planned.sizes),
        "level": np.arange(planned.levels),
        "sector": [sector.name for sector in sectors],
        "operators": np.arange(1, most + 1),
    }
    return xr.Dataset(variables, coordinates)


def _spectrum_arrays(shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    names = ["y", "y_error", "eigenvalue", "imaginary", "leading_y", "leading_y_error"]
    return {name: np.full(shape, np.nan) for name in names}


def _fill(number: dict[str, np.ndarray], place: tuple, spectrum: _spectrum.Spectrum) -> None:
    """Write the spectrum of one sector at `place`."""
    used = (*place, slice(len(spectrum.y)))
    number["y"][used], number["y_error"][used] = spectrum.y, spectrum.y_error
    number["eigenvalue"][used] = spectrum.values.real
    number["imaginary"][used] = spectrum.values.imag
    number["condition"][place] = spectrum.condition


def _expectations(planned: _mcrg_sums.Plan, counts, sums) -> dict[str, Any]:
    """Return the mean of one product of each shape, on every lattice, with errors."""
    # The shapes are the functions of A1: those of one and three, and of two and four spins.
    a1 = [found for found in _mcrg_sums.starts_of_sectors() if found[0].name.endswith("A1")]
    shape = np.concatenate([one.shape for one, _ in a1])
    place = np.concatenate([start + np.arange(one.dimension) for one, (start,) in a1])
    order = place[np.argsort(shape)]
    orientations = np.array([len(one) for one in _operators.shapes()])
    deepest = max(blocked for _, blocked in planned.lattices)
    filled = (len(planned.sizes), deepest + 1, len(order))
    value, error = np.full(filled, np.nan), np.full(filled, np.nan)
    for lattice, (size, blocked) in enumerate(planned.lattices):
        if size not in planned.sizes:
            continue
        at = (planned.sizes.index(size), blocked)
        sites = orientations * (size >> blocked) ** 2
        mean, others = statistics.leave_one_out(sums["first"][:, lattice][:, order], counts)
        value[at] = mean / sites
        error[at] = statistics.jackknife_error(others / sites)
    dimensions = ("size", "blocked", "shape")
    return {
        "expectation": (dimensions, value, {}, _SMALL),
        "expectation_error": (dimensions, error, {}, _SMALL),
    }
