"""Packed dreaming: upscale 64 replicas a word through any number of levels, and measure them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inverse_rg._jit import njit
from inverse_rg._packed_observables import counting_scratch, sums
from inverse_rg._packed_random import fill_words, start_lanes
from inverse_rg._packed_upscaling import factor_tables, upscale_level, upscaling_scratch


@njit
def _grow(start, tables, shape, ring, padded, signs, flat, lanes):
    """Upscale `start`, uint64 (L0, L0), into `flat`, one lattice behind the other."""
    size = start.shape[0]
    coarse = start
    used = 0
    for level in range(tables.shape[0]):
        size *= 2
        fine = flat[used : used + size * size].reshape((size, size))
        upscale_level(coarse, fine, tables[level], shape, ring, padded, signs, lanes)
        coarse = fine
        used += size * size


@njit
def _grow_and_sum(starts, tables, shape, ring, padded, signs, flat, state, magnetisation, energy):
    """Upscale every word of `starts` and write M and E of every size; `state` advances."""
    lanes = start_lanes(state)
    work = counting_scratch(starts.shape[1] << tables.shape[0])
    for word in range(starts.shape[0]):
        _grow(starts[word], tables, shape, ring, padded, signs, flat, lanes)
        size = starts.shape[1]
        replicas = slice(64 * word, 64 * word + 64)
        sums(starts[word], magnetisation[0, replicas], energy[0, replicas], work)
        used = 0
        for level in range(1, tables.shape[0] + 1):
            size *= 2
            lattice = flat[used : used + size * size].reshape((size, size))
            sums(lattice, magnetisation[level, replicas], energy[level, replicas], work)
            used += size * size


def random_start(words: int, state: np.ndarray) -> np.ndarray:
    """Return 64 `words` lattices of one random spin, uint64 (words, 1, 1); `state` advances."""
    start = np.empty((words, 1, 1), np.uint64)
    fill_words(start.reshape(-1), state)
    return start


def grow(start: np.ndarray, windows: Sequence[np.ndarray], state: np.ndarray) -> list[np.ndarray]:
    """Upscale 64 replicas level by level.

    Parameters
    ----------
    start : ndarray of uint64, shape (L0, L0)
        Coarse configurations in the replica form.
    windows : sequence of array_like, shape (n, n)
        `Kernel.window` for each level.
    state : ndarray of uint64, shape (4,)
        Generator, from `_random.state_words`; it advances.

    Returns
    -------
    list of ndarray of uint64, shapes (2 L0, 2 L0), (4 L0, 4 L0), ...
        One lattice per level.
    """
    tables = factor_tables(windows)
    start = np.require(start, np.uint64, ["C", "W"])
    ring, padded, signs, flat = _scratch(len(start), tables)
    _grow(start, tables, _shape(tables), ring, padded, signs, flat, start_lanes(state))
    lattices, used = [], 0
    for level in range(1, len(tables) + 1):
        size = len(start) << level
        lattices.append(flat[used : used + size**2].reshape(size, size))
        used += size**2
    return lattices


def dream_sums(
    starts: np.ndarray, windows: Sequence[np.ndarray], state: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Upscale 64 replicas a word and return M and E at every size, holding one word's lattices.

    Parameters
    ----------
    starts : ndarray of uint64, shape (words, L0, L0)
        Coarse configurations in the replica form, as from `random_start`.
    windows, state
        As for `grow`.

    Returns
    -------
    magnetisation, energy : ndarray of int32, shape (levels + 1, 64 words)
        M and E of the starts and of every level, in the order of the replicas.
    """
    tables = factor_tables(windows)
    starts = np.require(starts, np.uint64, ["C", "W"])
    magnetisation = np.empty((len(tables) + 1, 64 * len(starts)), np.int32)
    energy = np.empty_like(magnetisation)
    work = _scratch(starts.shape[1], tables)
    _grow_and_sum(starts, tables, _shape(tables), *work, state, magnetisation, energy)
    return magnetisation, energy


def _shape(tables: np.ndarray) -> tuple[int, ...]:
    """Return a tuple as long as the window is wide, which tells the compiler the width."""
    return (0,) * tables.shape[1]


def _scratch(size: int, tables: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the work arrays for growing from side `size`, the last one for all lattices."""
    levels, width = tables.shape[:2]
    room = sum((size << level) ** 2 for level in range(1, levels + 1))
    half = size << max(0, levels - 1)
    return (*upscaling_scratch(half, width), np.empty(room, np.uint64))
