"""Units of work: runs of blocks that are computed, sent and saved together.

A unit is computed by a pure function of (description of the work, range of blocks). What it
returns keeps the sums of every block apart, so that merging adds the same numbers in the same
order as one unbroken measurement on one machine.
"""

from __future__ import annotations

import functools
import os
import platform
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from inverse_rg import _blocks, _descriptions, _measurements

UNIT = 16
"""Blocks in a unit: of 1024 configurations each once n is large."""
MOST_UNITS = 4096
"""Units in a task: longer ones where n is so large that there would be more."""


class Unit(NamedTuple):
    """Blocks `start` to `stop` of the work `text`, which belongs to the task `name`."""

    name: str
    text: str
    start: int
    stop: int

    @property
    def key(self) -> str:
        """Hash of all that decides the sums: the name does not."""
        return _descriptions.digest(self.text, self.start, self.stop)


class Computed(NamedTuple):
    """The sums of a unit, arrays (blocks, ...) by name, and on what machine they were made."""

    sums: _measurements.Sums
    machine: str


def units(name: str, text: str, n: int) -> list[Unit]:
    """Cut the work `text`, of `n` configurations, into units."""
    blocks = len(_blocks.block_sizes(n))
    length = max(UNIT, -(-blocks // MOST_UNITS))
    starts = range(0, blocks, length)
    return [Unit(name, text, start, min(start + length, blocks)) for start in starts]


def compute(
    text: str, start: int, stop: int, stopped: threading.Event | None = None
) -> Computed | None:
    """Draw blocks `start` to `stop` of the work `text` and return their sums.

    None is returned if `stopped` was set before the end.
    """
    measurement, ensemble, sizes, root = _parse(text)
    blocks = []
    for index in range(start, stop):
        if stopped is not None and stopped.is_set():
            return None
        blocks.append(_measurements.block_sums(measurement, ensemble, sizes, root, index))
    stacked = {name: np.stack([block[name] for block in blocks]) for name in blocks[0]}
    for name, array in stacked.items():
        if array.dtype not in (np.float64, np.int64):
            raise TypeError(
                f"measurement {measurement.name!r} must return float64 or int64, "
                f"got {array.dtype} for {name!r}"
            )
    return Computed(stacked, machine())


@functools.lru_cache(maxsize=8)
def _parse(text: str):
    measurement, ensemble, n, root = _descriptions.parse_work(text)
    return measurement, ensemble, _blocks.block_sizes(n), root


def run_local(
    todo: Iterator[Unit], workers: int | None
) -> Generator[tuple[Unit, Computed], None, None]:
    """Compute units on threads of this process and yield each when it is done.

    Closing the generator leaves the units under way at their next block.
    """
    workers = workers or os.cpu_count() or 1
    stopped = threading.Event()
    with ThreadPoolExecutor(workers) as pool:
        under_way: dict[Future, Unit] = {}
        try:
            while True:
                for unit in islice(todo, workers + 1 - len(under_way)):
                    future = pool.submit(compute, unit.text, unit.start, unit.stop, stopped)
                    under_way[future] = unit
                if not under_way:
                    return
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    computed = future.result()
                    assert computed is not None  # only a set event gives None
                    yield under_way.pop(future), computed
        finally:
            stopped.set()
            for future in under_way:
                future.cancel()


class Merge:
    """Adds the blocks of one task in order, in whatever order its units come."""

    def __init__(self, n: int):
        self.groups = _measurements.GroupSums(n)
        self._waiting: dict[int, _measurements.Sums] = {}

    @property
    def next(self) -> int:
        """The block that is added next."""
        return self.groups.added

    @property
    def complete(self) -> bool:
        """Whether every block has been added."""
        return self.next == len(self.groups.sizes)

    def add(self, start: int, sums: _measurements.Sums) -> None:
        """Take the unit that begins with block `start`."""
        self._waiting[start] = sums
        while self.next in self._waiting:
            unit = self._waiting.pop(self.next)
            for index in range(len(next(iter(unit.values())))):
                self.groups.add({name: array[index] for name, array in unit.items()})


@functools.cache
def machine() -> str:
    """Say on what kind of machine this runs: the processor's name and its cores."""
    name = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    return f"{name}, {os.cpu_count()} cores"
