"""Finite-size scaling: exponents from two sizes, with errors (Table II of arXiv:2506.04016)."""

from __future__ import annotations

import numpy as np
import xarray as xr

from inverse_rg import observables
from inverse_rg.statistics import Estimate, jackknife

TABLE_II_SIZES = ((32, 8), (64, 16), (128, 32))
"""Pairs (L, L/4) of Table II."""

EXPONENT_OBSERVABLES = {"gamma_over_nu": "chi", "one_over_nu": "c_me"}
"""Which observable scales with which exponent: chi ~ L^(gamma/nu), c_me ~ L^(1/nu), Eq. (15)."""


def two_size_exponent(dataset: xr.Dataset, observable: str, size: int, small: int) -> Estimate:
    """Return log(A(L) / A(L')) / log(L / L') of an observable A, with its jackknife error.

    Parameters
    ----------
    dataset : Dataset
        What `inverse_rg.measure` returned, at both sizes.
    observable : str
        One of `inverse_rg.observables.OBSERVABLES`.
    size, small : int
        L and L'; Table II takes L' = L / 4.

    Returns
    -------
    Estimate
        Exponent and standard error. Groups are left out jointly, so that two levels of the same
        dreams, which are correlated, get the right error, and independent runs too.

    Raises
    ------
    ValueError
        If the observable is unknown or a size was not measured.
    """
    if observable not in observables.OBSERVABLES:
        known = ", ".join(observables.OBSERVABLES)
        raise ValueError(f"observable must be one of {known}, got {observable!r}")
    measured = dataset["size"].values.tolist()
    for name, value in (("size", size), ("small", small)):
        if value not in measured:
            raise ValueError(f"{name} must be one of the measured sizes {measured}, got {value}")
    if size == small:
        raise ValueError(f"small must differ from size, got {small} for both")
    sides = np.array([size, small])

    def exponent(means):
        large_value, small_value = observables.evaluate(means, sides)[observable]
        return np.log(large_value / small_value) / np.log(size / small)

    moments = dataset["moments"].sel(size=sides).values
    return jackknife(exponent, moments, dataset["count"].values)


def table_ii_exponents(dataset: xr.Dataset) -> dict[tuple[str, int], Estimate]:
    """Return the six exponents of a row of Table II, keyed by (exponent, L)."""
    return {
        (exponent, size): two_size_exponent(dataset, observable, size, small)
        for exponent, observable in EXPONENT_OBSERVABLES.items()
        for size, small in TABLE_II_SIZES
    }
