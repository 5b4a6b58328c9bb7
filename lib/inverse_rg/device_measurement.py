"""Dream and measure on a torch device: the spins never leave it, memory does not grow with n.

Needs numpy and torch alone, so that a GPU node without Numba and xarray runs it:
``measure_moments(Dream(model, 128), 1_000_000, rng=1)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from inverse_rg import _check, _device, _device_draw, _random, dreaming, observables, statistics
from inverse_rg.ensembles import Dream

UNIT = 1024
"""Configurations that share a random stream."""

BATCH = {"cpu": 1, "cuda": 8}
"""Units that are drawn side by side to begin with: a GPU wants many spins at a time."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums over groups of configurations, and what follows from them.

    Attributes
    ----------
    sizes : tuple of int
        Sides L that were measured.
    counts : ndarray of int64, shape (groups,)
        Configurations in each group.
    moments : ndarray of float64, shape (groups, sizes, 8)
        Sums of `observables.MOMENTS`.
    histograms : list of ndarray of int64, shapes (groups, L^2 + 1)
        How often each magnetisation -L^2, -L^2 + 2, ... occurred, by size.
    device : str
        Where it was measured.
    """

    sizes: tuple[int, ...]
    counts: np.ndarray
    moments: np.ndarray
    histograms: list[np.ndarray]
    device: str

    def observables(self) -> dict[str, statistics.Estimate]:
        """Return the observables of Eq. (14) and their jackknife errors, float64 (sizes,) each."""
        side = np.array(self.sizes)

        def estimate(means):
            return np.array(list(observables.evaluate(means, side).values()))

        values, errors = statistics.jackknife(estimate, self.moments, self.counts)
        return {
            name: statistics.Estimate(value, error)
            for name, value, error in zip(observables.OBSERVABLES, values, errors, strict=True)
        }

    def bins(self) -> list[np.ndarray]:
        """Return the histograms in the bins of P(m), float64 (groups, bins), by size."""
        return [
            np.array([observables.bin_values(row, size) for row in histogram])
            for size, histogram in zip(self.sizes, self.histograms, strict=True)
        ]


def measure_moments(
    ensemble: Dream,
    n: int,
    *,
    rng: _random.Seed,
    device="auto",
    dtype: torch.dtype | None = None,
    batch: int | None = None,
) -> Moments:
    """Grow dreams on a device and keep the sums behind Eq. (14) and P(m), level by level.

    Parameters
    ----------
    ensemble : Dream
        What to draw: any kernel, table or module at each level, from single spins, given
        configurations, or another ensemble's (which is drawn on the processor).
    n : int
        Configurations, at least 128 so that a jackknife has two groups.
    rng : int, SeedSequence or Generator
        Seed. The same seed gives the same result on the same device, whatever `batch` is, up to
        the rounding of fields.
    device : str or torch.device
        Where to work; "auto" is a GPU where there is one.
    dtype : torch.dtype, optional
        Type of the fields, float32 by default; see `_device_draw.probability_error`.
    batch : int, optional
        Units of `UNIT` configurations to draw side by side. Out of memory, fewer are.

    Returns
    -------
    Moments
        Sums over groups, with values and errors.

    Raises
    ------
    ValueError
        If an argument is out of its range, torch cannot use the device or the dtype on it, or
        the device has no memory for a single unit.
    TypeError
        If `ensemble` is not a `Dream`.
    """
    if not isinstance(ensemble, Dream):
        raise TypeError(f"ensemble must be a Dream, got {type(ensemble).__name__}")
    if not ensemble.sizes:
        raise ValueError(f"ensemble must have a size of at least 2, got {ensemble.size}")
    n = _check.integer("n", n, minimum=128)
    ensemble.check_number(n)
    where = _device.choose_device(device)
    if batch is None:
        batch = BATCH.get(where.type, 1)
    batch = _check.integer("batch", batch, minimum=1)
    root = _random.seed_sequence(rng)
    levels = _Levels(ensemble, where, dtype)
    unit = min(UNIT, 64 * max(1, n // 4096))
    units = [min(unit, n - first) for first in range(0, n, unit)]
    groups = min(statistics.GROUPS, len(units))
    sums = _Sums(ensemble.sizes, groups, where)
    counts = np.zeros(groups, np.int64)
    first = 0
    while first < len(units):
        indices = range(first, min(first + batch, len(units)))
        owner = [index * groups // len(units) for index in indices]
        try:
            added = levels.grow([units[i] for i in indices], indices, unit, root, sums, owner)
        except torch.OutOfMemoryError as error:
            if batch == 1:
                raise ValueError(
                    f"device {where} has no memory for {unit} lattices of side {ensemble.size}"
                ) from error
            batch = max(1, batch // 2)
            _device_draw._free(where)
            continue
        sums.commit(added)
        np.add.at(counts, owner, [units[i] for i in indices])
        first += len(indices)
    moments, histograms = sums.to_numpy()
    return Moments(ensemble.sizes, counts, moments, histograms, str(where))


class _Levels:
    """What grows each level of a dream, on a device."""

    def __init__(self, ensemble: Dream, device: torch.device, dtype):
        self.device, self.sizes = device, ensemble.sizes
        self.root = ensemble._root()
        made: dict[int, _device_draw.UpProbability] = {}
        self.steps = []
        for kernel in ensemble._kernels():
            if id(kernel) not in made:
                made[id(kernel)] = _device_draw.UpProbability(kernel, device, dtype)
            self.steps.append(made[id(kernel)])

    def _start(self, count: int, first: int, stream) -> torch.Tensor:
        spins = getattr(self.root, "spins", self.root)
        if spins is None:
            coarse = dreaming.random_spins(count, _random.child(stream, 0))
        elif isinstance(spins, np.ndarray):
            coarse = spins[first : first + count].copy()
        else:
            levels = spins.draw_levels(count, _random.child(stream, 0), first)
            coarse = levels[spins.size]
        return torch.from_numpy(np.ascontiguousarray(coarse))

    @torch.no_grad()
    def grow(self, counts, indices, unit: int, root, sums: _Sums, owner) -> list:
        """Grow some units side by side; return what their levels add to the sums."""
        streams = [_random.child(root, index) for index in indices]
        parts = [
            self._start(count, index * unit, stream)
            for count, index, stream in zip(counts, indices, streams, strict=True)
        ]
        spins = torch.cat(parts).to(self.device)
        generators = [_generator(_random.child(stream, 1), self.device) for stream in streams]
        edges = np.cumsum([0, *counts]).tolist()
        group = torch.repeat_interleave(
            torch.tensor(owner, device=self.device), torch.tensor(counts, device=self.device)
        )
        added = []
        for step in (None, *self.steps):
            if step is not None:
                up = step(spins)
                uniform = torch.empty(up.shape, dtype=up.dtype, device=self.device)
                for index, generator in enumerate(generators):
                    uniform[edges[index] : edges[index + 1]].uniform_(generator=generator)
                spins = _device_draw.draw(up, uniform)
            size = spins.shape[1]
            if size in self.sizes:
                added.append((self.sizes.index(size), *sums.measured(spins), group))
        return added


class _Sums:
    """Sums over groups, on the device until the end."""

    def __init__(self, sizes: tuple[int, ...], groups: int, device: torch.device):
        self.sizes, self.groups = sizes, groups
        # Devices without float64 sum on the processor.
        self.device = torch.device("cpu") if device.type == "mps" else device
        count = len(observables.MOMENTS)
        shape = (groups, len(sizes), count)
        self.moments = torch.zeros(shape, dtype=torch.float64, device=self.device)
        self.histograms = [
            torch.zeros(groups * (size**2 + 1), dtype=torch.int64, device=self.device)
            for size in sizes
        ]

    def measured(self, spins: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return M and E, int64 (n,), of spins, int8 (n, L, L)."""
        up = spins > 0
        area = spins.shape[1] ** 2
        unlike = (up ^ up.roll(-1, 1)).sum((1, 2)) + (up ^ up.roll(-1, 2)).sum((1, 2))
        magnetisation = 2 * up.sum((1, 2)) - area
        return magnetisation.to(self.device), (2 * area - 2 * unlike).to(self.device)

    def commit(self, added: list) -> None:
        """Add what `measured` returned, each configuration to its group."""
        for row, total, bonds, group in added:
            area = self.sizes[row] ** 2
            group = group.to(self.device)
            m, e = total.double() / area, bonds.double() / area
            m2 = m * m
            columns = (m, m.abs(), m2, m2 * m2, e, e.abs(), e * e, m.abs() * e.abs())
            self.moments[:, row].index_add_(0, group, torch.stack(columns, 1))
            place = group * (area + 1) + (total + area) // 2
            self.histograms[row].index_add_(0, place, torch.ones_like(place))

    def to_numpy(self) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return moments (groups, sizes, 8) and histograms (groups, L^2 + 1), by size."""
        rows = [part.reshape(self.groups, -1).cpu().numpy() for part in self.histograms]
        return self.moments.cpu().numpy(), rows


def _generator(stream: np.random.SeedSequence, device: torch.device) -> torch.Generator:
    generator = torch.Generator(device)
    generator.manual_seed(int(stream.generate_state(1, np.uint64)[0] >> np.uint64(1)))
    return generator
