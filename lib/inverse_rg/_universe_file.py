"""The file of a universe: a header, then every level's rows, one bit a spin.

The first two lines are text, `MAGIC` and the length of the JSON header that follows them. A level
holds its rows from y = 0 on, each as little-endian uint64 words in the site form of `_bits`: bit i
of word j is the spin at x = 64 j + i, set where it is up; below L = 64 a row takes one word.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

MAGIC = b"inverse_rg universe 1\n"

WORD = np.dtype("<u8")

_LENGTH = 9  # the length's digits and a newline
_PAGE = 4096


class Level(NamedTuple):
    """Where the rows of a level are: its side, its first byte, the words of a row."""

    side: int
    offset: int
    words: int

    @property
    def end(self) -> int:
        """First byte behind the level."""
        return self.offset + 8 * self.words * self.side


def layout(size: int, header: int) -> list[Level]:
    """Return all levels of sides 1, 2, ..., `size`, each on a page, behind `header` bytes."""
    levels = []
    end = header
    for exponent in range(size.bit_length()):
        side = 1 << exponent
        level = Level(side, -(-end // _PAGE) * _PAGE, -(-side // 64))
        levels.append(level)
        end = level.end
    return levels


def header_room(kernel: dict[str, Any]) -> int:
    """Return how many bytes to keep for the header of a universe grown with `kernel`."""
    return (1 << 16) + len(json.dumps(kernel).encode())


def reserve(file, path: Path, size: int) -> None:
    """Make `file` as long as `size` bytes, or say that the disk has no room for it.

    Raises
    ------
    OSError
        If there is less room than that, or files may not be that long.
    """
    free = shutil.disk_usage(path.parent).free
    if size > free:
        raise OSError(
            errno.ENOSPC, f"it takes {size / 2**30:.3g} GiB, the disk has {free / 2**30:.3g} free"
        )
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(file.fileno(), 0, size)
        except OSError as error:
            # Some file systems cannot: there a full disk shows when the rows are written.
            if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS):
                raise
    os.ftruncate(file.fileno(), size)


def map_rows(path: str | os.PathLike, level: Level, first: int, count: int) -> np.ndarray:
    """Return `count` rows from row `first` on where they are on disk, read-only."""
    offset = level.offset + 8 * level.words * first
    return np.memmap(path, WORD, "r", offset, (count, level.words))


def write_rows(file, level: Level, first: int, rows: np.ndarray) -> None:
    """Write `rows`, uint64 (count, words), to the level from row `first` on."""
    _write(file, np.ascontiguousarray(rows, WORD), level.offset + 8 * level.words * first)


def read_rows(file, level: Level, first: int, count: int) -> np.ndarray:
    """Return `count` rows from row `first` on, around the torus, uint64 (count, words)."""
    rows = np.empty((count, level.words), WORD)
    done = 0
    while done < count:
        y = (first + done) % level.side
        part = rows[done : done + level.side - y]
        data = os.pread(file.fileno(), part.nbytes, level.offset + 8 * level.words * y)
        if len(data) != part.nbytes:
            raise OSError(errno.EIO, "the file became shorter while it was read")
        part[:] = np.frombuffer(data, WORD).reshape(part.shape)
        done += len(part)
    return rows


def write_header(file, header: dict[str, Any], room: int) -> None:
    """Write the first lines and the header, which have to fit into `room` bytes."""
    text = json.dumps(header).encode()
    data = MAGIC + b"%*d\n" % (_LENGTH - 1, len(text)) + text + b"\n"
    if len(data) > room:
        raise ValueError(f"header must fit into {room} bytes, got {len(data)}")
    _write(file, np.frombuffer(data, np.uint8), 0)


def read_header(path: str | os.PathLike) -> tuple[dict[str, Any], list[Level]]:
    """Return the header of the universe at `path` and its levels.

    Raises
    ------
    ValueError
        If the file is missing, of another kind, or not whole; the message names it.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise ValueError("it does not begin as one")
            header = json.loads(file.read(int(file.read(_LENGTH))))
        levels = [Level(*level["place"]) for level in header["levels"]]
        if levels != layout(header["size"], header["room"]):
            raise ValueError("its levels are not where they should be")
        if path.stat().st_size != levels[-1].end:
            raise ValueError(f"it has {path.stat().st_size} bytes where {levels[-1].end} belong")
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"path must be a whole universe file, got {path}: {reason}") from error
    return header, levels


def _write(file, data: np.ndarray, offset: int) -> None:
    view = data.reshape(-1).view(np.uint8).data
    while len(view):
        written = os.pwrite(file.fileno(), view, offset)
        view, offset = view[written:], offset + written
