"""Packed upscaling by a table: any field on 3 x 3 coarse spins, 64 replicas a word.

The nine words around a cell give each replica the number of its neighbourhood; a fine spin is up
where 32 random bits are below what the table holds there. Everything is whole numbers, the same on
every processor. A probability is rounded by 2^-33 at the most.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inverse_rg._jit import njit, u64
from inverse_rg._lanes import WORDS, store
from inverse_rg._packed_observables import counting_scratch, sums
from inverse_rg._packed_random import load_lanes, next_words, save_lanes, start_lanes


def thresholds(tables: Sequence[np.ndarray]) -> np.ndarray:
    """Return 2^32 times the probability of an up spin, rounded.

    Parameters
    ----------
    tables : sequence of ndarray of float64, shape (4, 512)
        The field of Eq. (9) of arXiv:2506.04016 on each level, as in `neighbourhoods.FieldTable`.

    Returns
    -------
    ndarray of uint64, shape (levels, 512, 4)
        From 0 to 2^32, both included.
    """
    fields = np.array(tables, dtype=np.float64).reshape(-1, 4, 512).transpose(0, 2, 1)
    up = 1 / (1 + np.exp(-2 * np.clip(fields, -300, 300)))
    return np.ascontiguousarray(np.rint(up * 2.0**32).astype(np.uint64))


@njit
def upscale_level(coarse, fine, table, numbers, bits, lanes):
    """Draw `fine`, uint64 (2H, 2H), from `coarse`, uint64 (H, H); `lanes` advances.

    `numbers`, uint64 (64,), and `bits`, uint64 (32,), are work arrays.
    """
    half = coarse.shape[0]
    state = load_lanes(lanes)
    for y in range(half):
        above, own, below = coarse[(y - 1) % half], coarse[y], coarse[(y + 1) % half]
        for x in range(half):
            numbers[:] = u64(0)
            for row in (above, own, below):
                for column in ((x - 1) % half, x, (x + 1) % half):
                    word = row[column]
                    for r in range(64):
                        numbers[r] = (numbers[r] << u64(1)) | ((word >> u64(r)) & u64(1))
            for place in range(4):
                for first in range(0, 32, WORDS):
                    words, state = next_words(state)
                    store(bits, first, words)
                up = u64(0)
                for i in range(32):
                    low = bits[i] & u64(0xFFFFFFFF)
                    high = bits[i] >> u64(32)
                    up |= u64(low < table[numbers[i], place]) << u64(i)
                    up |= u64(high < table[numbers[i + 32], place]) << u64(i + 32)
                fine[2 * y + place // 2, 2 * x + place % 2] = up
    save_lanes(lanes, state)


@njit
def _grow_and_sum(starts, tables, flat, state, magnetisation, energy):
    """Upscale every word of `starts` and write M and E of every size; `state` advances."""
    lanes = start_lanes(state)
    work = counting_scratch(starts.shape[1] << tables.shape[0])
    numbers, bits = np.empty(64, np.uint64), np.empty(32, np.uint64)
    for word in range(starts.shape[0]):
        coarse = starts[word]
        size = coarse.shape[0]
        replicas = slice(64 * word, 64 * word + 64)
        sums(coarse, magnetisation[0, replicas], energy[0, replicas], work)
        used = 0
        for level in range(tables.shape[0]):
            size *= 2
            fine = flat[used : used + size * size].reshape((size, size))
            upscale_level(coarse, fine, tables[level], numbers, bits, lanes)
            sums(fine, magnetisation[level + 1, replicas], energy[level + 1, replicas], work)
            coarse = fine
            used += size * size


@njit
def _grow(start, tables, flat, state):
    """Upscale `start`, uint64 (L0, L0), into `flat`, one lattice behind the other."""
    lanes = start_lanes(state)
    numbers, bits = np.empty(64, np.uint64), np.empty(32, np.uint64)
    coarse = start
    size = start.shape[0]
    used = 0
    for level in range(tables.shape[0]):
        size *= 2
        fine = flat[used : used + size * size].reshape((size, size))
        upscale_level(coarse, fine, tables[level], numbers, bits, lanes)
        coarse = fine
        used += size * size


def _room(size: int, levels: int) -> np.ndarray:
    return np.empty(sum((size << level) ** 2 for level in range(1, levels + 1)), np.uint64)


def grow(start: np.ndarray, tables: Sequence[np.ndarray], state: np.ndarray) -> list[np.ndarray]:
    """Upscale 64 replicas level by level.

    Parameters
    ----------
    start : ndarray of uint64, shape (L0, L0)
        Coarse configurations in the replica form.
    tables : sequence of ndarray of float64, shape (4, 512)
        The field of each level.
    state : ndarray of uint64, shape (4,)
        Generator, from `_random.state_words`; it advances.

    Returns
    -------
    list of ndarray of uint64, shapes (2 L0, 2 L0), (4 L0, 4 L0), ...
        One lattice per level.
    """
    start = np.require(start, np.uint64, ["C", "W"])
    flat = _room(len(start), len(tables))
    _grow(start, thresholds(tables), flat, state)
    lattices, used = [], 0
    for level in range(1, len(tables) + 1):
        size = len(start) << level
        lattices.append(flat[used : used + size**2].reshape(size, size))
        used += size**2
    return lattices


def dream_sums(
    starts: np.ndarray, tables: Sequence[np.ndarray], state: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Upscale 64 replicas a word and return M and E at every size, holding one word's lattices.

    Parameters
    ----------
    starts : ndarray of uint64, shape (words, L0, L0)
        Coarse configurations in the replica form.
    tables, state
        As for `grow`.

    Returns
    -------
    magnetisation, energy : ndarray of int32, shape (levels + 1, 64 words)
        M and E of the starts and of every level, in the order of the replicas.
    """
    starts = np.require(starts, np.uint64, ["C", "W"])
    magnetisation = np.empty((len(tables) + 1, 64 * len(starts)), np.int32)
    energy = np.empty_like(magnetisation)
    flat = _room(starts.shape[1], len(tables))
    _grow_and_sum(starts, thresholds(tables), flat, state, magnetisation, energy)
    return magnetisation, energy
