"""One huge lattice, grown from a single spin, in a file that gives any window of any level.

A lattice of side 131072 has 1.7e10 spins: 2 GiB at one bit a spin, and a third more for all the
coarser levels it came from. It grows level by level through the file, in bands of rows, so that
memory stays small. Its magnetisation, energy and correlation function come with it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

import inverse_rg
from inverse_rg import _check, _files, _random
from inverse_rg import _universe_file as _file
from inverse_rg.kernels import Kernel

ENDING = ".universe"

LARGEST_SIZE = 1 << 20
"""Largest side: 171 GiB with all levels."""

LARGEST_KERNEL = 63
"""Largest kernel size k."""

LARGEST_WINDOW = 1 << 30
"""Most spins that `Universe.window` gives at a time, 1 GiB."""


class Correlation(NamedTuple):
    """Distances r, int64 (R,), and G at these distances, float64 (R,)."""

    r: np.ndarray
    G: np.ndarray


class Universe:
    """A universe in a file; `open` reads one, `grow` makes one.

    Attributes
    ----------
    path : pathlib.Path
        Where it is.
    size : int
        Side of the last level.
    levels : tuple of int
        Side of every level, 1, 2, 4, ..., `size`: level number l has side 2^l.
    kernel : Kernel
        What it was grown with.
    seed : str
        The seed, as ``"6"``, or ``"6/0/1"`` for a stream below it.
    """

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path)
        self._header, self._places = _file.read_header(self.path)
        self.size: int = self._header["size"]
        self.levels = tuple(place.side for place in self._places)
        self.kernel = Kernel(**self._header["kernel"])
        self.seed: str = self._header["seed"]

    def __repr__(self) -> str:
        return f"Universe({str(self.path)!r}, size={self.size}, seed={self.seed})"

    def window(
        self, y: int, x: int, height: int, width: int, level: int | None = None
    ) -> np.ndarray:
        """Return a window of a level; beyond the border the torus goes on.

        Parameters
        ----------
        y, x : int
            Upper left corner, any integers.
        height, width : int
            At least 1, at most the side of the level and 2^30 spins together.
        level : int, optional
            Which level, from 0 (one spin) on; by default the last.

        Returns
        -------
        ndarray of int8, shape (height, width)
            Spins of +-1.

        Raises
        ------
        TypeError, ValueError
            If an argument is out of its range.
        """
        place = self._places[self._number(level)]
        y, x = _check.integer("y", y), _check.integer("x", x)
        height = _check.integer("height", height, minimum=1, maximum=place.side)
        width = _check.integer("width", width, minimum=1, maximum=place.side)
        if height * width > LARGEST_WINDOW:
            raise ValueError(
                f"height and width must make at most {LARGEST_WINDOW} spins, got {height} x {width}"
            )
        rows = (y + np.arange(height)) % place.side
        x %= place.side
        used = (x // 64 + np.arange((x % 64 + width + 63) // 64)) % place.words
        words = self.words(level)[np.ix_(rows, used)]
        bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")
        if place.side < 64:
            bits = bits[:, (x + np.arange(width)) % place.side]
        else:
            bits = bits[:, x % 64 : x % 64 + width]
        spins = bits.astype(np.int8)
        spins *= 2
        spins -= 1
        return spins

    def coarse(self, level: int) -> np.ndarray:
        """Return a whole level as int8 of +-1, shape (2^level, 2^level), up to level 15."""
        side = self._places[self._number(level)].side
        return self.window(0, 0, side, side, level)

    def words(self, level: int | None = None) -> np.ndarray:
        """Return the rows of a level on disk, read-only uint64 (L, max(1, L / 64)).

        Bit i of word j in a row is the spin at x = 64 j + i.
        """
        place = self._places[self._number(level)]
        return _file.map_rows(self.path, place, 0, place.side)

    def magnetisation(self, level: int | None = None) -> int:
        """Return M, the sum of all spins of a level, by default the last."""
        return self._header["levels"][self._number(level)]["magnetisation"]

    def energy(self, level: int | None = None) -> int:
        """Return E = sum_<ij> s_i s_j of a level, 2 L^2 at full order; by default the last."""
        return self._header["levels"][self._number(level)]["energy"]

    def correlation(self, max_r: int | None = None, level: int | None = None) -> Correlation:
        """Return G(r) along the axes, averaged over all sites of a level and both axes.

        Parameters
        ----------
        max_r : int, optional
            Largest distance; by default half the side.
        level : int, optional
            Which level; by default the last.

        Returns
        -------
        Correlation
            Distances r = 1, 2, ..., 8, then four an octave, and G there: exact sums over this
            one lattice, not the mean of an ensemble.
        """
        record = self._header["levels"][self._number(level)]
        r, sums = (np.array(record[key], np.int64) for key in ("radii", "sums"))
        if max_r is not None:
            kept = r <= _check.integer("max_r", max_r, minimum=1)
            r, sums = r[kept], sums[kept]
        return Correlation(r, sums / (2 * record["place"][0] ** 2))

    def _number(self, level: int | None) -> int:
        last = len(self.levels) - 1
        return last if level is None else _check.integer("level", level, minimum=0, maximum=last)


def open(path: str | os.PathLike) -> Universe:
    """Open the universe in a file.

    Raises
    ------
    ValueError
        If the file is missing, of another kind, or not whole; the message names it.
    """
    return Universe(path)


def grow(
    kernel: Kernel,
    size: int,
    out: str | os.PathLike,
    *,
    rng: _random.Seed,
    workers: int | None = None,
    progress: bool = False,
) -> Universe:
    """Grow one lattice from a random spin into a file.

    Parameters
    ----------
    kernel : Kernel
        What upscales every level; k up to 63.
    size : int
        Side, a power of two from 2 to 2^20. The file takes size^2 / 6 bytes.
    out : path
        The file, ending in ``.universe``. It appears when it is whole.
    rng : int, SeedSequence or Generator
        Seed. The file is the same on any number of workers.
    workers : int, optional
        Threads; all cores by default.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    Universe

    Raises
    ------
    TypeError, ValueError
        If an argument is out of its range, before any work starts.
    OSError
        If the file cannot be written or the disk has no room for it; nothing is left behind.

    Notes
    -----
    Eq. (9) of arXiv:2506.04016, level by level from one spin, as `inverse_rg.dream` does. Memory
    stays at about half a GiB, and grows with the side beyond 2^17.
    """
    from inverse_rg import _universe_growth, results
    from inverse_rg.measurement import _describe

    _check_kernel(kernel)
    size = _check.integer("size", size, minimum=2, maximum=LARGEST_SIZE)
    if size & (size - 1):
        raise ValueError(f"size must be a power of two, got {size}")
    if workers is not None:
        workers = _check.integer("workers", workers, minimum=1)
    path = results.check_path(out, (ENDING,))
    root = _random.seed_sequence(rng)
    description = _describe_kernel(kernel)
    room = _file.header_room(description)
    levels = _file.layout(size, room)
    with _files.replacing(path) as aside, aside.open("rb+") as file:
        _file.reserve(file, aside, levels[-1].end)
        bar = tqdm(
            total=2 * sum(level.side**2 for level in levels),
            desc=f"universe {size}",
            unit=" spins",
            unit_scale=True,
            disable=not progress,
        )
        with bar, _universe_growth.Threads(workers or os.cpu_count() or 1) as threads:
            work = _universe_growth.Work(aside, file, threads, bar.update)
            records = list(_universe_growth.grow_levels(kernel, levels, root, work))
        header = {
            "size": size,
            "kernel": description,
            "seed": _describe(root),
            "version": inverse_rg.__version__,
            "room": room,
            "levels": records,
        }
        _file.write_header(file, header, room)
    return Universe(path)


def _check_kernel(kernel) -> None:
    from inverse_rg import _engine

    if not isinstance(kernel, Kernel):
        raise TypeError(f"kernel must be a Kernel, got {type(kernel).__name__}")
    if kernel.size > LARGEST_KERNEL:
        raise ValueError(f"kernel must have a size up to {LARGEST_KERNEL}, got {kernel.size}")
    if not _engine.can_pack([kernel.window]):
        raise ValueError(
            "kernel must have window parameters whose magnitudes sum to at most 40, "
            f"got {np.abs(kernel.window).sum():.3g}"
        )


def _describe_kernel(kernel: Kernel) -> dict[str, Any]:
    return {
        "size": kernel.size,
        "parameters": kernel.parameters,
        "standard_errors": kernel.standard_errors,
        "provenance": kernel.provenance,
    }
