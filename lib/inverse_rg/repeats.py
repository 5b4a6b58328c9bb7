"""Measurements of the same thing trained several times: the mean, and the spread as error bar."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from inverse_rg import scaling
from inverse_rg.observables import OBSERVABLES
from inverse_rg.statistics import Estimate


def over_repeats(datasets: Sequence[xr.Dataset]) -> xr.Dataset:
    """Return the mean over repeated trainings, with their spread as error.

    Parameters
    ----------
    datasets : sequence of Dataset
        What `inverse_rg.measure` returned for dreams of networks that differ in their seeds alone.

    Returns
    -------
    Dataset
        The observables by ``size``, and the density ``P``. An error is that of a single training:
        the standard deviation from one to the next, or the statistical error of one measurement
        where that is larger (a few trainings may agree by chance). The mean over R of them is
        sqrt(R) times more precise. ``attrs["repeats"]`` is R.

    Raises
    ------
    ValueError
        If there is no dataset, or their sizes differ.
    """
    datasets = list(datasets)
    if not datasets:
        raise ValueError("datasets must hold one measurement at least, got none")
    sizes = [one["size"].values.tolist() for one in datasets]
    if any(other != sizes[0] for other in sizes):
        raise ValueError(f"datasets must have the same sizes, got {sizes}")
    first = datasets[0]
    variables = {}
    for name in (*OBSERVABLES, "P"):
        values = np.array([one[name].values for one in datasets])
        one_error = first[f"{name}_error"].values
        spread = values.std(axis=0, ddof=1) if len(values) > 1 else 0.0
        error = np.maximum(spread, one_error)
        variables[name] = (first[name].dims, values.mean(axis=0))
        variables[f"{name}_error"] = (first[name].dims, error)
    variables["m"] = (first["m"].dims, first["m"].values)
    seeds = ", ".join(str(one.attrs["seed"]) for one in datasets)
    attributes = {**first.attrs, "seed": seeds, "repeats": len(datasets)}
    return xr.Dataset(variables, {"size": first["size"]}, attributes)


def exponent(datasets: Sequence[xr.Dataset], quantity: str, size: int) -> Estimate:
    """Return an exponent of Table II at (L, L/4) over repeated trainings: mean and spread.

    `quantity` is one of `scaling.EXPONENT_OBSERVABLES`. The error is as in `over_repeats`.
    """
    observable = scaling.EXPONENT_OBSERVABLES[quantity]
    each = [scaling.two_size_exponent(one, observable, size, size // 4) for one in datasets]
    values = np.array([one.value for one in each], float)
    spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return Estimate(float(values.mean()), max(spread, float(each[0].error)))
