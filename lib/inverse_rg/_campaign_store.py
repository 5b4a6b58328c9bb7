"""The folder of a campaign: saved units and results, written whole, checked when read.

``folder/NAME.nc`` is the result of a task. Until it is there, its units are
``folder/blocks/NAME-KEY/START.nc``; another n or seed has another KEY and hence another folder.
"""

from __future__ import annotations

import contextlib
import errno
import importlib.util
import os
import re
import shutil
from pathlib import Path

import xarray as xr

from inverse_rg import _campaign_files, _files
from inverse_rg._campaign_work import Computed, Unit

_ASIDE = re.compile(r"\..+\.[0-9a-f]{8}\.nc")


class Store:
    """One campaign's folder, opened for writing by one process at a time.

    Raises
    ------
    OSError
        If the folder cannot be made or written, or another run is at work in it.
    """

    def __init__(self, folder: str | os.PathLike):
        self.folder = Path(folder)
        self._descriptor: int | None = None

    def __enter__(self) -> Store:
        if importlib.util.find_spec("h5py") is None:
            raise ImportError("writing NetCDF needs h5py: pip install h5py")
        try:
            self.blocks.mkdir(parents=True, exist_ok=True)
            with _files.replacing(self.blocks / "writable.nc") as aside:
                aside.write_bytes(b"")
            (self.blocks / "writable.nc").unlink(missing_ok=True)
        except OSError as error:
            reason = error.strerror or str(error)
            raise OSError(error.errno, f"cannot write to folder {self.folder}: {reason}") from error
        if self._lock():
            self._clean()
        return self

    def __exit__(self, *_) -> None:
        with contextlib.suppress(OSError):
            self.blocks.rmdir()  # only if it is empty
        if self._descriptor is not None:
            os.close(self._descriptor)

    @property
    def blocks(self) -> Path:
        """Folder of the units of all unfinished tasks."""
        return self.folder / "blocks"

    def _lock(self) -> bool:
        """Claim the folder, or say that it is in use; False where nothing can be locked.

        The lock is the kernel's: it ends with the process, however that ends.
        """
        try:
            import fcntl

            self._descriptor = os.open(self.folder, os.O_RDONLY)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            return False
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES):
                return False
            assert self._descriptor is not None
            os.close(self._descriptor)
            raise BlockingIOError(
                error.errno, f"another campaign is running in folder {self.folder}: wait for it"
            ) from error
        return True

    def _clean(self) -> None:
        """Remove what runs that died left half written."""
        for path in [*self.folder.glob(".*.nc"), *self.blocks.glob("**/.*.nc")]:
            if _ASIDE.fullmatch(path.name):
                path.unlink(missing_ok=True)

    def save_unit(self, unit: Unit, computed: Computed) -> None:
        """Save the sums of a unit."""
        path = _campaign_files.unit_path(self.folder, unit)
        path.parent.mkdir(parents=True, exist_ok=True)
        _campaign_files.save(_campaign_files.pack(unit, computed), path)

    def save_result(self, name: str, dataset: xr.Dataset, text: str, machine: str) -> None:
        """Save the result of the task `name` and remove its units."""
        marked = _campaign_files.mark(dataset, name, text, machine)
        _campaign_files.save(marked, _campaign_files.result_path(self.folder, name))
        self.discard(name, text)

    def discard(self, name: str, text: str) -> None:
        """Remove the units of a task."""
        first = _campaign_files.unit_path(self.folder, Unit(name, text, 0, 0))
        shutil.rmtree(first.parent, ignore_errors=True)
