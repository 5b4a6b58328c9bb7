"""Files written whole or not at all, and the folders of data that the package brings."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@contextlib.contextmanager
def replacing(path: str | os.PathLike) -> Iterator[Path]:
    """Give a temporary path beside `path`; what is written there replaces `path` at the end.

    A reader sees the old file or the new one, never half of it. When the block raises, `path`
    stays as it was and the temporary file is removed.

    Raises
    ------
    OSError
        If the folder is missing or cannot be written, the disk is full, or `path` is a folder;
        the message names `path`.
    """
    path = Path(path)
    # The same folder is the same file system, where os.replace is atomic. The suffix stays, since
    # some writers choose a format by it.
    aside = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        # Claimed at once, so that a folder that cannot be written is known before any work.
        aside.touch(exist_ok=False)
        yield aside
        _flush(aside)
        os.replace(aside, path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OSError(error.errno, f"cannot write {path}: {reason}") from error
    finally:
        with contextlib.suppress(OSError):
            aside.unlink()


def write_bytes(path: str | os.PathLike, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all (see `replacing`)."""
    with replacing(path) as aside:
        aside.write_bytes(data)


def write_text(path: str | os.PathLike, text: str) -> None:
    """Write `text` to `path` in UTF-8, whole or not at all (see `replacing`)."""
    write_bytes(path, text.encode())


def write_netcdf(path: str | os.PathLike, dataset, encoding: dict | None = None) -> None:
    """Write an xarray Dataset to `path` as NetCDF, whole or not at all (see `replacing`).

    It is put together in memory: HDF5 does not always survive a disk that is full.
    """
    with contextlib.ExitStack() as stack:
        if "dask" in sys.modules:
            # Beside a Dask client xarray would ask the cluster for a lock, which it does not need.
            config = sys.modules["dask"].config
            stack.enter_context(config.set(scheduler="synchronous"))
        data = bytes(dataset.to_netcdf(engine="h5netcdf", encoding=encoding))
    write_bytes(path, data)


def data_folder(name: str) -> Path:
    """Return the folder data/`name`: inside the installed package, or at the root of a checkout.

    Raises
    ------
    ValueError
        If neither place has such a folder.
    """
    places = (_PACKAGE / "data" / name, _PACKAGE.parents[1] / "data" / name)
    for place in places:
        if place.is_dir():
            return place
    raise ValueError(
        f"name must be a folder of data that comes with inverse_rg, got {name!r} "
        f"(looked for {' and '.join(map(str, places))})"
    )


def _flush(path: Path) -> None:
    """Wait until the contents of `path` are on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
