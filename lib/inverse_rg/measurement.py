"""Measure an ensemble: draw it block by block, keep sums only, return values with errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from inverse_rg import _blocks, _check, _measurements, _random, observables, statistics

LARGEST_NUMBER = 10**10
"""Configurations that one measurement takes at the most."""


def measure(
    ensemble,
    n: int,
    *,
    rng: _random.Seed,
    scheduler: Any = None,
    workers: int | None = None,
    progress: bool = False,
    device: Any = None,
) -> xr.Dataset:
    """Measure the observables of Eq. (14) and P(m) with jackknife errors.

    Parameters
    ----------
    ensemble : Ising or Dream, or a sequence of them
        What to draw. A `Dream` is measured at every level of its growth; a sequence is measured
        one after the other, each with a stream of its own, and joined along ``size``.
    n : int
        Configurations, at least 128 so that a jackknife has two blocks.
    rng : int, SeedSequence or Generator
        Seed. The result is the same on any number of workers.
    scheduler : str or distributed.Client, optional
        Run on a Dask cluster: the scheduler's address, like ``tcp://10.0.0.1:8786``. The
        ensemble then has to be one that a description holds: see `inverse_rg.campaign.describe`.
    workers : int, optional
        Threads; all cores by default.
    progress : bool
        Whether to show a progress bar.
    device : str or torch.device, optional
        Draw and measure dreams in torch on this device, where the spins stay ("auto" takes a GPU
        where there is one): see `device_measurement.measure_moments`. By default dreams are drawn
        as `dream` draws them; Monte Carlo is always drawn by Numba.

    Returns
    -------
    xarray.Dataset
        Over ``size`` (side L): ``e``, ``chi``, ``c``, ``c_me``, ``U4`` and each one's standard
        error (``chi_error``, ...). Over (``size``, ``bin``): the density ``P`` of m, its
        ``P_error`` and the bin centres ``m`` (NaN where a small lattice has fewer bins).
        ``moments`` (``group``, ``size``, ``moment``) are sums over groups of configurations and
        ``count`` (``group``) their numbers, from which any other function of means can be had.

    Notes
    -----
    Memory does not grow with `n`. Levels of one dream are correlated; the groups keep track of it.
    """
    n = _check.integer("n", n, minimum=128)
    n = _check.integer("n", n, maximum=LARGEST_NUMBER)
    if workers is not None:
        workers = _check.integer("workers", workers, minimum=1)
    if isinstance(ensemble, Sequence) and not isinstance(ensemble, str):
        if not ensemble:
            raise ValueError("ensemble must be an ensemble or a sequence of them, got an empty one")
        sequence = _random.seed_sequence(rng)
        parts = [
            measure(
                one,
                n,
                rng=_random.child(sequence, index),
                scheduler=scheduler,
                workers=workers,
                progress=progress,
                device=device,
            )
            for index, one in enumerate(ensemble)
        ]
        return join(parts).assign_attrs(seed=_describe(sequence))
    if not hasattr(ensemble, "draw_levels"):
        raise TypeError(f"ensemble must be Ising or Dream, got {type(ensemble).__name__}")
    if not ensemble.sizes:
        raise ValueError(f"ensemble must have a size of at least 2, got {ensemble.size}")
    ensemble.check_number(n)

    sequence = _random.seed_sequence(rng)
    if device is not None and hasattr(ensemble, "kernel"):
        if scheduler is not None:
            raise ValueError("scheduler must be None where a device is given, got both")
        from inverse_rg.device_measurement import measure_moments

        found = measure_moments(ensemble, n, rng=sequence, device=device)
        sums = (found.counts, found.moments, found.bins())
        dataset = _dataset(ensemble, n, _describe(sequence), ensemble.sizes, *sums)
        return dataset.assign_attrs(device=found.device)
    if scheduler is None:
        groups = _measure_here(MOMENTS, ensemble, n, sequence, workers, progress)
    else:
        from inverse_rg import _campaign_dask

        groups = _campaign_dask.measure(MOMENTS, ensemble, n, sequence, scheduler, progress)
    return MOMENTS.dataset(ensemble, n, _describe(sequence), groups.counts, groups.sums)


def _measure_here(
    measurement: _measurements.Measurement, ensemble, n: int, sequence, workers, progress: bool
) -> _measurements.GroupSums:
    """Measure on threads of this process and return the sums over groups."""
    groups = _measurements.GroupSums(n)
    sizes = groups.sizes

    def task(count, stream):
        return measurement.sums(ensemble, count, stream, stream.spawn_key[-1] * sizes[0])

    results = _blocks.run(task, n, sequence, workers=workers)
    with tqdm(total=n, desc=ensemble.label, unit_scale=True, disable=not progress) as bar:
        for size, sums in zip(sizes, results, strict=True):
            groups.add(sums)
            if progress:
                bar.set_postfix_str(_running_estimate(ensemble, groups), refresh=False)
            bar.update(size)
    return groups


def _running_estimate(ensemble, groups: _measurements.GroupSums) -> str:
    """Return susceptibility and Binder ratio of the largest size, from the sums so far."""
    size = ensemble.sizes[-1]
    means = groups.sums["moments"][:, -1].sum(axis=0) / groups.counts.sum()
    values = observables.evaluate(means, size)
    return f"L={size}: chi={values['chi']:.6g} U4={values['U4']:.5f}"


def measure_block(ensemble, n: int, stream, first: int):
    """Draw one block and return (count, moment sums (sizes, 8), a list of binned P(m))."""
    sums, histograms = [], []
    for size, (total, bonds) in ensemble.draw_sums(n, stream, first).items():
        sums.append(observables.moment_sums(total, bonds, size))
        histograms.append(observables.bin_magnetisation(total, size))
    return n, np.array(sums), histograms


def _moment_sums(ensemble, count: int, stream, first: int) -> dict[str, np.ndarray]:
    """Return the sums of one block: moments, and P(m) binned for every side."""
    _, moments, histograms = measure_block(ensemble, count, stream, first)
    bins = {f"bins {size}": row for size, row in zip(ensemble.sizes, histograms, strict=True)}
    return {"moments": moments, **bins}


def _moment_dataset(ensemble, n: int, seed: str, counts, sums) -> xr.Dataset:
    bins = [sums[f"bins {size}"] for size in ensemble.sizes]
    return _dataset(ensemble, n, seed, ensemble.sizes, counts, sums["moments"], bins)


MOMENTS = _measurements.Measurement("moments", _moment_sums, _moment_dataset)
"""What `measure` keeps: the sums behind Eq. (14) and P(m)."""


def _describe(sequence: np.random.SeedSequence) -> str:
    """Write a seed so that it can be given again: "6", or "6/0/1" for a stream below it."""
    return "/".join(str(part) for part in (sequence.entropy, *sequence.spawn_key))


def join(datasets: Sequence[xr.Dataset]) -> xr.Dataset:
    """Join measurements of independent ensembles along ``size``."""
    sizes = [size for one in datasets for size in one["size"].values.tolist()]
    if len(sizes) != len(set(sizes)):
        raise ValueError(f"ensembles must have different sizes to be joined, got {sizes}")
    attributes = dict(datasets[0].attrs)
    attributes["ensemble"] = "; ".join(one.attrs["ensemble"] for one in datasets)
    attributes["seed"] = ", ".join(dict.fromkeys(one.attrs["seed"] for one in datasets))
    joined = xr.concat(datasets, "size", data_vars="minimal", combine_attrs="drop", join="exact")
    return joined.sortby("size").assign_attrs(attributes)


def _dataset(ensemble, n, seed, sizes, counts, moments, bins) -> xr.Dataset:
    """Put sums, estimates and errors into one Dataset."""
    side = np.array(sizes)

    def estimate(means):
        return np.array(list(observables.evaluate(means, side).values()))

    value, error = statistics.jackknife(estimate, moments, counts)
    variables: dict[str, Any] = {}
    for index, name in enumerate(observables.OBSERVABLES):
        variables[name] = ("size", value[index])
        variables[f"{name}_error"] = ("size", error[index])
    shape = (len(sizes), observables.BINS)
    m, density, density_error = (np.full(shape, np.nan) for _ in range(3))
    for row, (size, histogram) in enumerate(zip(sizes, bins, strict=True)):
        centres = observables.bin_centres(size)
        within = (row, slice(len(centres)))
        m[within] = centres

        def normalise(mean, size=size):
            return observables.density(mean, size)

        density[within], density_error[within] = statistics.jackknife(normalise, histogram, counts)
    variables |= {
        "m": (("size", "bin"), m),
        "P": (("size", "bin"), density),
        "P_error": (("size", "bin"), density_error),
        "moments": (("group", "size", "moment"), moments),
        "count": ("group", counts),
    }
    attributes = {"ensemble": repr(ensemble), "label": ensemble.label, "n": n, "seed": seed}
    coordinates = {"size": side, "moment": list(observables.MOMENTS)}
    return xr.Dataset(variables, coordinates, attributes)
