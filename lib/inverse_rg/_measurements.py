"""What can be measured block by block: a small registry, and sums by groups of blocks.

A measurement turns one block of configurations into a few arrays that add up, and the sums of all
blocks into a Dataset. `inverse_rg.measure`, campaigns and a Dask cluster all run it through here.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from inverse_rg import _blocks, _check, _random, statistics

Sums = Mapping[str, np.ndarray]
"""Arrays that add up, float64 or int64, by name."""


@dataclass(frozen=True)
class Measurement:
    """What a run keeps of every block, and what it makes of the sums.

    Parameters
    ----------
    name : str
        Its name in the registry.
    sums : callable
        ``sums(ensemble, count, stream, first) -> dict of str to ndarray``: draws the block of
        `count` configurations that begins with number `first`, from `stream` alone, and returns
        arrays, float64 or int64, that add up over configurations. Names, shapes and dtypes are
        the same for every block.
    dataset : callable
        ``dataset(ensemble, n, seed, counts, sums) -> xarray.Dataset`` from the sums over groups,
        arrays (groups, ...), and the number of configurations of each group, int64 (groups,).
    version : int
        Goes up when the same draws give other sums: saved blocks of an older one are not used.
    """

    name: str
    sums: Callable[[Any, int, np.random.SeedSequence, int], Sums]
    dataset: Callable[[Any, int, str, np.ndarray, Sums], Any]
    version: int = 1


HOMES = {
    "moments": "measurement:MOMENTS",
    "correlation": "correlations:CORRELATION",
    "spectrum": "mcrg:SPECTRUM",
    "spectrum-parent": "mcrg:SPECTRUM_PARENT",
}
"""Where each measurement lives, as ``module:name`` inside the package; loaded on first use."""


def find(name: str) -> Measurement:
    """Return the measurement called `name`, or list those that there are."""
    module, attribute = HOMES[_check.choice("measurement", name, HOMES)].split(":")
    return getattr(importlib.import_module(f"inverse_rg.{module}"), attribute)


def block_sums(measurement: Measurement, ensemble, sizes: list[int], root, index: int) -> Sums:
    """Return the sums of block number `index` of those that `sizes` lists, from `root` alone."""
    stream = _random.child(root, index)
    return measurement.sums(ensemble, sizes[index], stream, index * sizes[0])


class GroupSums:
    """Sums over the groups of the jackknife, to which blocks are added in order.

    Floating-point sums depend on the order of additions; adding the blocks one after the other,
    each to its group, makes every run give the same bits.

    Parameters
    ----------
    n : int
        Configurations in all.
    """

    def __init__(self, n: int):
        self.sizes = _blocks.block_sizes(n)
        self.groups = min(statistics.GROUPS, len(self.sizes))
        self.counts = np.zeros(self.groups, np.int64)
        self.sums: dict[str, np.ndarray] = {}
        self.added = 0

    def add(self, block: Sums) -> None:
        """Add the next block."""
        group = self.added * self.groups // len(self.sizes)
        if not self.added:
            for name, part in block.items():
                self.sums[name] = np.zeros((self.groups, *np.shape(part)), part.dtype)
        for name, part in block.items():
            self.sums[name][group] += part
        self.counts[group] += self.sizes[self.added]
        self.added += 1
