"""How a universe grows: level by level through its file, in bands of rows on all cores.

The first levels fit into a few words. From side 64 on, a block of work draws the fine rows of one
band of coarse rows from a random stream of its own, writes them, and counts what is alike along
its rows. When a level is done, blocks of columns are read to compare spins along y.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from inverse_rg import _bits, _packed_dreaming, _packed_observables, _packed_universe, _random
from inverse_rg import _universe_file as _file
from inverse_rg._packed_correlations import correlation_sums
from inverse_rg._packed_upscaling import factor_tables
from inverse_rg._universe_file import Level
from inverse_rg.kernels import Kernel

BAND = 64
"""Coarse rows of a block of work: its fine rows stay in the cache."""

_COLUMN_BYTES = 1 << 28  # of a level, read at a time to compare spins along y
_MAPPED_BYTES = 1 << 25  # at a time: what stays mapped of a file counts as memory
_COLUMNS = 8  # words of a row, a line of the cache: a block of work along y


class Threads:
    """A thread pool that gives results in order and keeps its queue short."""

    def __init__(self, workers: int):
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers)

    def __enter__(self) -> Threads:
        return self

    def __exit__(self, *error) -> None:
        self._pool.shutdown(cancel_futures=True)

    def map(self, task: Callable[[int], Any], items: Iterable[int]) -> Iterator:
        """Yield ``task(item)`` in the order of the items."""
        waiting: list[Future] = []
        for item in items:
            waiting.append(self._pool.submit(task, item))
            if len(waiting) >= 2 * self._workers:
                yield waiting.pop(0).result()
        while waiting:
            yield waiting.pop(0).result()


class Work(NamedTuple):
    """Where a universe grows, on which threads, and whom to tell how many spins are done."""

    path: Path
    file: BinaryIO
    threads: Threads
    advance: Callable[[int], Any]


def radii(side: int) -> np.ndarray:
    """Return the distances at which G is kept: 1 to 8, then four an octave, up to `side` / 2."""
    octaves = [step << shift for shift in range(side.bit_length()) for step in (4, 5, 6, 7)]
    distances = np.array([1, 2, 3, *octaves], np.int64)
    return distances[distances <= side // 2]


def grow_levels(
    kernel: Kernel, levels: list[Level], root: np.random.SeedSequence, work: Work
) -> Iterator[dict[str, Any]]:
    """Draw and write every level; yield its place, M, E and sums of s s' at all distances."""
    for level, rows in zip(levels, first_levels(kernel, len(levels), root), strict=False):
        _file.write_rows(work.file, level, 0, rows)
        magnetisation, energy = _packed_observables.site_magnetisation_energy(rows[None])
        distances = radii(level.side)
        sums = correlation_sums(rows[None], distances)[0] if len(distances) else distances
        work.advance(2 * level.side**2)
        yield _record(level, int(magnetisation[0]), int(energy[0]), distances, sums)
    table = factor_tables([kernel.window])[0]
    large = [level for level in levels if level.side >= _packed_universe.SMALLEST]
    for coarse, fine in itertools.pairwise(large):
        distances = radii(fine.side)
        area = fine.side**2
        up, unlike = _draw(coarse, fine, table, distances, root, work)
        unlike += _compare_columns(fine, distances, work)
        sums = 2 * area - 2 * unlike
        yield _record(fine, 2 * up - area, int(sums[0]), distances, sums)


def first_levels(kernel: Kernel, count: int, root: np.random.SeedSequence) -> list[np.ndarray]:
    """Return the rows, uint64 (L, 1), of up to `count` levels from side 1 to `SMALLEST`."""
    last = min(count, _packed_universe.SMALLEST.bit_length()) - 1
    state = _random.state_words(_random.child(root, 0))
    start = _packed_dreaming.random_start(1, state)[0]
    lattices = [start, *_packed_dreaming.grow(start, [kernel.window] * last, state)]
    # Of the 64 replicas that grow together the first one is the universe.
    return [_bits.replicas_to_sites(lattice[None], 1)[0] for lattice in lattices]


def _draw(coarse, fine, table, distances, root, work) -> tuple[int, np.ndarray]:
    """Draw a level; return its up spins and its unlike pairs along x."""
    exponent = fine.side.bit_length() - 1
    reach = len(table) // 2

    def band(number):
        first = number * BAND
        rows = _file.read_rows(work.file, coarse, first - reach, BAND + 2 * reach)
        state = _random.state_words(_random.child(root, exponent, number))
        drawn = _packed_universe.upscale_band(rows, table, state)
        _file.write_rows(work.file, fine, 2 * first, drawn)
        return _packed_universe.count_across(drawn, distances)

    up, unlike = 0, np.zeros(len(distances), np.int64)
    for more_up, more_unlike in work.threads.map(band, range(coarse.side // BAND)):
        up += more_up
        unlike += more_unlike
        work.advance(2 * BAND * fine.side)
    return up, unlike


def _compare_columns(level, distances, work) -> np.ndarray:
    """Return the unlike pairs of a level along y."""
    unlike = np.zeros(len(distances), np.int64)
    width = min(level.words, max(_COLUMNS, _COLUMN_BYTES // (8 * level.side)))
    chunk = max(1, _MAPPED_BYTES // (8 * level.words))
    buffer = np.empty((level.side, width), np.uint64)
    for column in range(0, level.words, width):
        block = buffer[:, : level.words - column]
        for first in range(0, level.side, chunk):
            count = min(chunk, level.side - first)
            rows = _file.map_rows(work.path, level, first, count)
            block[first : first + count] = rows[:, column : column + width]

        def count_down(first, block=block):
            count = min(_COLUMNS, block.shape[1] - first)
            return count, _packed_universe.count_down(block, first, count, distances)

        for count, more in work.threads.map(count_down, range(0, block.shape[1], _COLUMNS)):
            unlike += more
            work.advance(64 * count * level.side)
    return unlike


def _record(level, magnetisation, energy, distances, sums) -> dict[str, Any]:
    return {
        "place": list(level),
        "magnetisation": magnetisation,
        "energy": energy,
        "radii": distances.tolist(),
        "sums": sums.tolist(),
    }
