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
        The observables by ``size``, and the density ``P``. An error is the standard deviation
        from training to training, which contains the statistical error of one measurement; with
        a single training it is that error alone. ``attrs["repeats"]`` is their number.

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
        error = values.std(axis=0, ddof=1) if len(values) > 1 else one_error
        variables[name] = (first[name].dims, values.mean(axis=0))
        variables[f"{name}_error"] = (first[name].dims, error)
    variables["m"] = (first["m"].dims, first["m"].values)
    seeds = ", ".join(str(one.attrs["seed"]) for one in datasets)
    attributes = {**first.attrs, "seed": seeds, "repeats": len(datasets)}
    return xr.Dataset(variables, {"size": first["size"]}, attributes)


def exponent(datasets: Sequence[xr.Dataset], quantity: str, size: int) -> Estimate:
    """Return an exponent of Table II at (L, L/4) over repeated trainings: mean and spread.

    `quantity` is one of `scaling.EXPONENT_OBSERVABLES`. With a single training the error is the
    jackknife's.
    """
    observable = scaling.EXPONENT_OBSERVABLES[quantity]
    each = [scaling.two_size_exponent(one, observable, size, size // 4) for one in datasets]
    values = np.array([one.value for one in each], float)
    error = values.std(ddof=1) if len(values) > 1 else each[0].error
    return Estimate(float(values.mean()), float(error))
