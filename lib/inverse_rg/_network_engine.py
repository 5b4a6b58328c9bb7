"""Compiled drawing with networks and tables: which kernel does a level, and its packed sums.

A field on 3 x 3 coarse spins, be it of a table, of a two-layer network with k = 3 or of a kernel
with k <= 5, is looked up, 64 replicas a word. A wider two-layer network is evaluated.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inverse_rg import _optional, _random, neighbourhoods


def takes(kernel_or_model) -> bool:
    """Return whether compiled kernels draw with it: not on a GPU, nor without Numba."""
    if hasattr(kernel_or_model, "table"):
        return True
    if not (hasattr(kernel_or_model, "neighbourhood") and _optional.has("numba")):
        return False
    if kernel_or_model.first.device.type != "cpu":
        return False
    if neighbourhoods.has_table(kernel_or_model):
        return True
    from inverse_rg import _network_field

    return not kernel_or_model.symmetrised and _network_field.can_compile(kernel_or_model)


def upscaler(kernel_or_model):
    """Return ``upscale(coarse, levels, stream) -> list of int8 arrays``, one a level."""
    if neighbourhoods.has_table(kernel_or_model):
        return _table_upscaler(neighbourhoods.table_of(kernel_or_model))
    from inverse_rg import _network_field

    weights = _network_field.Weights.of(kernel_or_model)

    def upscale(coarse: np.ndarray, levels: int, stream) -> list[np.ndarray]:
        state = _random.state_words(stream)
        lattices = [np.ascontiguousarray(coarse)]
        for _ in range(levels):
            lattices.append(weights.draw(lattices[-1], state))
        return lattices

    return upscale


def _table_upscaler(table: np.ndarray):
    from inverse_rg import _bits, _packed_tables

    def upscale(coarse: np.ndarray, levels: int, stream) -> list[np.ndarray]:
        state = _random.state_words(stream)
        words = _bits.pack_replicas(coarse)
        grown = [_packed_tables.grow(word, [table] * levels, state) for word in words]
        return [coarse] + [
            _bits.unpack_replicas(np.stack(level), len(coarse))
            for level in zip(*grown, strict=True)
        ]

    return upscale


def tables(kernels: Sequence) -> list[np.ndarray] | None:
    """Return the table of every level, or None if one has none or nothing but kernels grows."""
    if all(hasattr(kernel, "window") for kernel in kernels):
        return None  # packed by windows, which is faster
    if not all(hasattr(kernel, "window") or takes(kernel) for kernel in kernels):
        return None
    if not all(map(neighbourhoods.has_table, kernels)):
        return None
    return [neighbourhoods.table_of(kernel) for kernel in kernels]


def table_sums(n: int, starts: np.ndarray, levels: Sequence[np.ndarray], stream) -> dict:
    """Upscale `starts`, uint64 (words, L0, L0), once a table; return M and E of every side."""
    from inverse_rg import _packed_tables

    totals = _packed_tables.dream_sums(starts, levels, _random.state_words(stream))
    size = starts.shape[1]
    return {
        size << level: (magnetisation[:n], energy[:n])
        for level, (magnetisation, energy) in enumerate(zip(*totals, strict=True))
    }
