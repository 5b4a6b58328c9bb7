"""The spin-spin correlation function G(r) along the axes, its exponent, and the exact answers.

G(r) = <s(x) s(x + r)>, averaged over the sites and both axes. At the critical point it decays as
A r^(-eta), eta = 1/4 for the Ising model; on a torus it is known exactly, up to corrections of
the lattice.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import xarray as xr
from tqdm import tqdm

from inverse_rg import _blocks, _check, _measurements, _random, statistics
from inverse_rg._torus import AMPLITUDE, plane_correlation, torus_correlation
from inverse_rg.measurement import _describe
from inverse_rg.statistics import Estimate

__all__ = [
    "AMPLITUDE",
    "correlation",
    "eta_from_sizes",
    "eta_from_window",
    "measure_correlation",
    "plane_correlation",
    "torus_correlation",
]


def correlation(spins) -> np.ndarray:
    """Return G(r) of every configuration, averaged over the sites and both axes.

    Parameters
    ----------
    spins : array_like of +-1, shape (n, L, L)
        Configurations on the torus.

    Returns
    -------
    ndarray of float64, shape (n, L // 2 + 1)
        G(0) = 1, G(1), ..., G(L // 2); exact sums of integers divided by 2 L^2.

    Raises
    ------
    TypeError, ValueError
        If `spins` is not an array (n, L, L) of +-1.
    """
    from inverse_rg import _bits, _packed_correlations

    spins = _check.spins("spins", spins)
    sums = _packed_correlations.correlation_sums(_bits.pack_sites(spins))
    return sums / (2 * spins.shape[1] ** 2)


def measure_correlation(
    ensemble, n: int, *, rng: _random.Seed, workers: int | None = None, progress: bool = False
) -> xr.Dataset:
    """Measure G(r) of an ensemble at its last size, with jackknife errors.

    Parameters
    ----------
    ensemble : Ising or Dream
        What to draw.
    n : int
        Configurations, at least 128 so that a jackknife has two blocks.
    rng : int, SeedSequence or Generator
        Seed. The result is the same on any number of workers.
    workers : int, optional
        Threads; all cores by default.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    xarray.Dataset
        Over ``r`` = 0 ... L // 2: ``G`` and its standard error ``G_error``, which are correlated
        between distances. ``sums`` (``group``, ``r``), int64, are sums of s s' over sites, axes
        and the configurations of a group, and ``count`` (``group``) the numbers of these.
        The attribute ``size`` is L.

    Raises
    ------
    TypeError, ValueError
        If `ensemble` is no ensemble, `n` is below 128 or `rng` is no seed.

    Notes
    -----
    Memory does not grow with `n`.
    """
    n = _check.integer("n", n, minimum=128)
    if not hasattr(ensemble, "draw_levels"):
        raise TypeError(f"ensemble must be Ising or Dream, got {type(ensemble).__name__}")
    sequence = _random.seed_sequence(rng)
    groups = _measurements.GroupSums(n)
    sizes = groups.sizes

    def task(count, stream):
        return CORRELATION.sums(ensemble, count, stream, stream.spawn_key[-1] * sizes[0])

    results = _blocks.run(task, n, sequence, workers=workers)
    for sums in tqdm(results, ensemble.label, len(sizes), unit="block", disable=not progress):
        groups.add(sums)
    return CORRELATION.dataset(ensemble, n, _describe(sequence), groups.counts, groups.sums)


def _dataset(ensemble, n: int, seed: str, counts, sums) -> xr.Dataset:
    """Put sums over groups, estimates and errors into one Dataset."""
    pairs = 2 * ensemble.size**2
    value, error = statistics.jackknife(lambda means: means / pairs, sums["sums"], counts)
    variables = {
        "G": ("r", value),
        "G_error": ("r", error),
        "sums": (("group", "r"), sums["sums"]),
        "count": ("group", counts),
    }
    attributes = {
        "ensemble": repr(ensemble),
        "label": ensemble.label,
        "n": n,
        "seed": seed,
        "size": ensemble.size,
    }
    return xr.Dataset(variables, {"r": np.arange(ensemble.size // 2 + 1)}, attributes)


def _block_sums(ensemble, n: int, stream, first: int = 0) -> dict[str, np.ndarray]:
    """Draw one block and return the sums of s s' at each distance, int64 (L // 2 + 1,).

    The sums run over sites, both axes and the `n` configurations.
    """
    from inverse_rg import _packed_correlations

    total = np.zeros(ensemble.size // 2 + 1, np.int64)
    for rows in _last_rows(ensemble, n, stream, first):
        total += _packed_correlations.correlation_sums(rows).sum(axis=0)
    return {"sums": total}


CORRELATION = _measurements.Measurement("correlation", _block_sums, _dataset)
"""What `measure_correlation` keeps."""


def _last_rows(ensemble, n: int, stream, first: int):
    """Yield the block's configurations at the last size in the site form, some at a time."""
    from inverse_rg import _bits, _packed_dreaming, _packed_sampling, swendsen_wang
    from inverse_rg.ensembles import Ising

    windows = ensemble._windows() if hasattr(ensemble, "_windows") else None
    if windows:
        state = _random.state_words(_random.child(stream, 1))
        starts = ensemble._root().draw_words(n, _random.child(stream, 0), first)
        for index, start in enumerate(starts):
            last = _packed_dreaming.grow(start, windows, state)[-1]
            yield _bits.replicas_to_sites(last[None], min(64, n - 64 * index))
    elif isinstance(ensemble, Ising) and _packed_sampling.packed_size(ensemble.size):
        yield _packed_sampling.sample_sites(
            n,
            ensemble.size,
            ensemble.coupling,
            ensemble.sweeps,
            swendsen_wang.default_thermalisation(ensemble.size),
            _random.state_words(stream),
        )
    else:
        yield _bits.pack_sites(ensemble.draw_levels(n, stream, first)[ensemble.size])


def eta_from_sizes(large: xr.Dataset, small: xr.Dataset, *, parts: int = 2) -> Estimate:
    """Return eta from G(L / parts) on two lattices: at a fixed r / L it scales as L^(-eta).

    Parameters
    ----------
    large, small : Dataset
        What `measure_correlation` returned at two sizes, drawn independently.
    parts : int
        The distance is L / `parts`; at least 2, and a divisor of both sides.

    Returns
    -------
    Estimate
        -log(G / G') / log(L / L') and its standard error. 1/4 for the Ising model, up to
        corrections of order 1 / L^2.

    Raises
    ------
    ValueError
        If the sizes are equal or `parts` does not divide them.
    """
    parts = _check.integer("parts", parts, minimum=2)
    logarithm = {}
    for name, dataset in (("large", large), ("small", small)):
        size = dataset.attrs["size"]
        if size % parts:
            raise ValueError(f"parts must divide the size of {name}, {size}, got {parts}")
        logarithm[name] = _jackknife(dataset, lambda at: np.log(at[0]), np.array([size // parts]))
    ratio = math.log(large.attrs["size"] / small.attrs["size"])
    if ratio == 0:
        raise ValueError(f"large and small must differ in size, got {large.attrs['size']} twice")
    change = logarithm["large"].value - logarithm["small"].value
    error = np.hypot(logarithm["large"].error, logarithm["small"].error)
    return Estimate(-change / ratio, error / abs(ratio))


def eta_from_window(
    dataset: xr.Dataset, nearest: int, farthest: int, *, shape: str = "torus"
) -> Estimate:
    """Return eta from the decay of G(r) at ``nearest <= r <= farthest`` on one lattice.

    Parameters
    ----------
    dataset : Dataset
        What `measure_correlation` returned.
    nearest, farthest : int
        The window, within 1 ... L // 2.
    shape : {"torus", "plane"}
        Against what log G falls as a straight line of slope -eta: the logarithm of the effective
        distance that makes the exact `torus_correlation` a power law, or plain log r, which
        bends on a torus: for 4 ... L / 4 at L = 128 the exact G gives 0.206 instead of 1/4.

    Returns
    -------
    Estimate
        Slope of a least-squares line with weights 1 / r, which make every octave of distances
        count alike, and its jackknife error.

    Raises
    ------
    ValueError
        If the window does not fit, or G is not positive in it.
    """
    _check.choice("shape", shape, ("torus", "plane"))
    size = dataset.attrs["size"]
    nearest = _check.integer("nearest", nearest, minimum=1, maximum=size // 2 - 1)
    farthest = _check.integer("farthest", farthest, minimum=nearest + 1, maximum=size // 2)
    r = np.arange(nearest, farthest + 1)
    distance = (torus_correlation(r, size) / AMPLITUDE) ** -4 if shape == "torus" else r
    weight = 1 / r
    line = np.log(distance) - np.average(np.log(distance), weights=weight)
    if not (dataset["G"].values[r] > 0).all():
        raise ValueError(f"farthest must be where G is positive, got {farthest}")

    def slope(means):
        return -(weight * line) @ np.log(means) / ((weight * line) @ line)

    return _jackknife(dataset, slope, r)


def _jackknife(dataset: xr.Dataset, estimator: Callable, r: np.ndarray) -> Estimate:
    """Return ``estimator(G at r)`` with its jackknife error."""
    pairs = 2 * dataset.attrs["size"] ** 2
    sums, counts = dataset["sums"].values[:, r], dataset["count"].values
    return statistics.jackknife(lambda means: estimator(means / pairs), sums, counts)
