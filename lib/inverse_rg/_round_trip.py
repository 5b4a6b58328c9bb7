"""Blocking Monte Carlo configurations and dreaming them up again, measured on both ways."""

from __future__ import annotations

import numpy as np
import xarray as xr

from inverse_rg import _check, spins
from inverse_rg._random import Seed, child, seed_sequence
from inverse_rg.blocking import block
from inverse_rg.dreaming import dream
from inverse_rg.ising import K_CRITICAL
from inverse_rg.kernels import Kernel
from inverse_rg.swendsen_wang import sample_ising


def round_trip(
    kernel: Kernel, ratio: float = 1.0, n: int = 512, *, size: int = 64, rng: Seed
) -> xr.Dataset:
    """Block Monte Carlo configurations down to side 4 and dream them up again.

    Parameters
    ----------
    kernel : Kernel
        What dreams.
    ratio : float
        Coupling of the Monte Carlo over the critical one, 0.5 to 2.
    n : int
        Configurations, at least 128.
    size : int
        Side at which it begins and ends, a power of two from 8 to 512.
    rng : int, SeedSequence or Generator
        Seed.

    Returns
    -------
    xarray.Dataset
        ``e`` and ``m``, that is <|m|> L^(1/8), with ``e_error`` and ``m_error``, over ``way``
        ("blocked", "dreamt") and ``size``; the first side is the same on both ways.
    """
    _check.real("ratio", ratio, minimum=0.5, maximum=2)
    _check.integer("n", n, minimum=128)
    _check.choice("size", size, tuple(8 << level for level in range(7)))
    root = seed_sequence(rng)
    lattices = sample_ising(n, size, rng=child(root, 0), coupling=ratio * K_CRITICAL)
    down, up = {size: _means(lattices)}, {}
    while lattices.shape[1] > 4:
        lattices = block(lattices, rng=child(root, lattices.shape[1]))
        down[lattices.shape[1]] = _means(lattices)
    up[4] = down[4]
    while lattices.shape[1] < size:
        side = 2 * lattices.shape[1]
        lattices = dream(kernel, n, side, rng=child(root, side + 1), start=lattices)
        up[side] = _means(lattices)
    sides = sorted(down)
    values = np.array([[way[side] for side in sides] for way in (down, up)])
    names = ("e", "e_error", "m", "m_error")
    variables = {name: (("way", "size"), values[..., place]) for place, name in enumerate(names)}
    attributes = {"n": n, "ratio": ratio, "kernel": f"k={kernel.size}"}
    coordinates = {"way": ["blocked", "dreamt"], "size": sides}
    return xr.Dataset(variables, coordinates, attributes)


def _means(lattices: np.ndarray) -> tuple[float, float, float, float]:
    """Return e and |m| L^(1/8) of configurations, each with its error from 16 groups."""
    size = lattices.shape[1]
    found: list[float] = []
    for values in (
        spins.energy(lattices) / size**2,
        np.abs(spins.magnetisation(lattices)) / size**2 * size**0.125,
    ):
        groups = values[: len(values) // 16 * 16].reshape(16, -1).mean(axis=1)
        found += [float(values.mean()), float(groups.std(ddof=1) / 4)]
    return found[0], found[1], found[2], found[3]
