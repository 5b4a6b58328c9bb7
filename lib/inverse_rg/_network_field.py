"""The two-layer network's field by compiled kernels, as torch sees it: with a gradient."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from inverse_rg import _optional

LARGEST_SIZE = 9
"""Largest kernel size of the compiled kernels."""

PART = 64
"""Configurations whose gradients are added one after the other: the same for any workers."""

LANES = 16
"""Channels come in vectors of so many; a network with fewer gets channels of zeros."""


def can_compile(model) -> bool:
    """Return whether the compiled kernels take the network as it is, where it is."""
    return (
        model.first.device.type == "cpu"
        and model.first.dtype == torch.float32
        and model.size <= LARGEST_SIZE
        and _optional.has("numba")
    )


class Weights:
    """A network's weights as the kernels take them.

    Parameters
    ----------
    first, bias, second : ndarray of float32, shapes (C, k, k), (C,), (C, k, k)
        Weights of the two convolutions and the bias of the first.
    """

    def __init__(self, first: np.ndarray, bias: np.ndarray, second: np.ndarray):
        from inverse_rg import _network_kernels

        channels, self.size, _ = first.shape
        self.channels = -(-channels // LANES) * LANES
        room = [(0, self.channels - channels)]
        wide = [np.pad(part, room + [(0, 0)] * (part.ndim - 1)) for part in (first, bias, second)]
        self.tables = _network_kernels.row_tables(wide[0], wide[1])
        rows = wide[2].transpose(1, 2, 0).reshape(self.size, -1)  # [dy, dx C + c]
        self.second = np.ascontiguousarray(rows, dtype=np.float32)

    @classmethod
    def of(cls, model) -> Weights:
        """Return the weights of a `TwoLayer`."""
        parts = (model.first, model.bias, model.second)
        return cls(*(part.detach().numpy() for part in parts))

    def arguments(self, side: int) -> tuple[np.ndarray, ...]:
        """Return what the kernels take for coarse side `side`: tables, sites, second weights."""
        from inverse_rg import _network_kernels

        return self.tables, _network_kernels.window_sites(side, self.size), self.second

    def scratch(self, side: int) -> tuple[np.ndarray, ...]:
        """Return the work arrays of the kernels for coarse side `side`."""
        from inverse_rg import _network_kernels

        return _network_kernels.scratch(side, self.size, self.channels)

    def draw(self, coarse: np.ndarray, state: np.ndarray) -> np.ndarray:
        """Draw one level, int8 (n, 2H, 2H), from `coarse`, int8 (n, H, H); `state` advances."""
        from inverse_rg import _network_kernels

        n, side, _ = coarse.shape
        fine = np.empty((n, 2 * side, 2 * side), np.int8)
        _network_kernels.draw(coarse, *self.arguments(side), *self.scratch(side), fine, state)
        return fine


def field(model, coarse: torch.Tensor) -> torch.Tensor:
    """Return the field, float32 (n, 2H, 2H), of `coarse`, (n, H, H), without any average."""
    return _Field.apply(coarse.to(torch.int8), model.first, model.bias, model.second)


class _Field(torch.autograd.Function):
    """The field and its gradient in the weights, parts of the configurations on all cores."""

    @staticmethod
    def forward(ctx, coarse, first, bias, second):
        from inverse_rg import _network_kernels

        weights = Weights(*(part.detach().numpy() for part in (first, bias, second)))
        spins = np.ascontiguousarray(coarse.numpy())
        n, side, _ = spins.shape
        out = np.empty((n, 2 * side, 2 * side), np.float32)
        arguments = weights.arguments(side)

        def task(part: slice) -> None:
            work = weights.scratch(side)
            _network_kernels.fields(spins[part], *arguments, *work, out[part])

        _run(task, n)
        ctx.weights, ctx.spins, ctx.channels = weights, spins, len(bias)
        return torch.from_numpy(out)

    @staticmethod
    def backward(ctx, *slopes):
        from inverse_rg import _network_kernels

        weights, spins = ctx.weights, ctx.spins
        size, side = weights.size, spins.shape[1]
        slope = np.ascontiguousarray(slopes[0].numpy(), dtype=np.float32)
        block = _network_kernels.TILE * LANES
        room = -(-weights.second.shape[1] // block) * block

        def task(part: slice) -> tuple[np.ndarray, np.ndarray]:
            patterns, hidden, _ = weights.scratch(side)
            padded = _network_kernels.padded_slope(side, size)
            tables = np.zeros_like(weights.tables)
            second = np.zeros((size, room), np.float32)
            arguments = (*weights.arguments(side), patterns, hidden, padded)
            _network_kernels.gradients(spins[part], slope[part], *arguments, tables, second)
            return tables, second

        tables, second = (
            np.sum(sums, axis=0) for sums in zip(*_run(task, len(spins)), strict=True)
        )
        first, bias = _network_kernels.first_gradient(tables, size)
        second = second[:, : weights.second.shape[1]].reshape(size, size, -1).transpose(2, 0, 1)
        parts = (part[: ctx.channels].astype(np.float32) for part in (first, bias, second))
        return None, *(torch.from_numpy(np.ascontiguousarray(part)) for part in parts)


def _run(task, n: int) -> list:
    """Run ``task(slice)`` for every part of `n` configurations, and return results in order."""
    parts = [slice(start, min(start + PART, n)) for start in range(0, n, PART)]
    workers = min(len(parts), os.cpu_count() or 1)
    if workers <= 1:
        return [task(part) for part in parts]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(task, parts))
