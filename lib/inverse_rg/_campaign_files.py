"""The NetCDF files of a campaign, units of work and results: how they are written and checked."""

from __future__ import annotations

import contextlib
import datetime
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr

import inverse_rg
from inverse_rg import _descriptions, _files
from inverse_rg._campaign_work import Computed, Unit

BLOCK_FORMAT = "inverse_rg campaign blocks"
RESULT_FORMAT = "inverse_rg campaign result"
VERSION = 1
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, RuntimeError)


class Unusable(ValueError):
    """A file that is not what its place says: `foreign` if whole, but something else."""

    def __init__(self, path: Path, reason: str, *, foreign: bool = False):
        super().__init__(f"{path} is not used: {reason}")
        self.foreign = foreign


def result_path(folder: Path, name: str) -> Path:
    """Return the file of a result."""
    return Path(folder) / f"{name}.nc"


def unit_path(folder: Path, unit: Unit) -> Path:
    """Return the file of a unit."""
    key = _descriptions.digest(unit.text)[:8]
    return Path(folder) / "blocks" / f"{unit.name}-{key}" / f"{unit.start:08d}.nc"


def load_unit(folder: Path, unit: Unit) -> Computed:
    """Read the sums of a unit, or raise `Unusable` with the file and the reason."""
    path = unit_path(folder, unit)
    with _reading(path) as dataset:
        _check_format(path, dataset, BLOCK_FORMAT)
        if dataset.attrs["key"] != unit.key:
            raise Unusable(path, "it belongs to other work", foreign=True)
        if dataset.attrs["digest"] != _digest(dataset):
            raise Unusable(path, "its contents are damaged")
        sums, used = {}, {"float64": 0, "int64": 0}
        for name, dtype, shape in json.loads(dataset.attrs["layout"]):
            first, width = used[dtype], int(np.prod(shape, dtype=int))
            used[dtype] = first + width
            part = dataset[dtype].values[:, first : first + width]
            sums[name] = part.reshape(len(part), *shape)
        return Computed(sums, dataset.attrs["machine"])


def load_result(path: Path) -> xr.Dataset:
    """Read a result, or raise `Unusable` with the file and the reason."""
    with _reading(path) as dataset:
        _check_format(path, dataset, RESULT_FORMAT)
        if dataset.attrs["digest"] != _digest(dataset):
            raise Unusable(path, "its contents are damaged")
        return dataset


def mark(dataset: xr.Dataset, name: str, text: str, machine: str) -> xr.Dataset:
    """Return a result with attributes that say all that is needed to have it again."""
    work = json.loads(text)
    marked = dataset.assign_attrs(
        format=RESULT_FORMAT,
        version=VERSION,
        name=name,
        measurement=work["measurement"],
        description=json.dumps(work["ensemble"], sort_keys=True),
        work=text,
        package=inverse_rg.__version__,
        date=_now(),
        machine=machine,
    )
    marked.attrs["digest"] = _digest(marked)
    return marked


def pack(unit: Unit, computed: Computed) -> xr.Dataset:
    """Put all sums into two variables: one a dtype, since each costs time in the file."""
    parts: dict[str, list[np.ndarray]] = {"float64": [], "int64": []}
    layout = []
    for name, array in computed.sums.items():
        parts[array.dtype.name].append(array.reshape(len(array), -1))
        layout.append([name, array.dtype.name, list(array.shape[1:])])
    variables = {
        dtype: (("block", f"{dtype}_column"), np.concatenate(arrays, axis=1))
        for dtype, arrays in parts.items()
        if arrays
    }
    attributes = {
        "format": BLOCK_FORMAT,
        "version": VERSION,
        "name": unit.name,
        "key": unit.key,
        "work": unit.text,
        "start": unit.start,
        "stop": unit.stop,
        "layout": json.dumps(layout),
        "package": inverse_rg.__version__,
        "date": _now(),
        "machine": computed.machine,
    }
    dataset = xr.Dataset(variables, attrs=attributes)
    dataset.attrs["digest"] = _digest(dataset)
    return dataset


def save(dataset: xr.Dataset, path: Path) -> None:
    """Write a Dataset to `path`, whole or not at all."""
    _files.write_netcdf(path, dataset)


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[xr.Dataset]:
    """Give what `path` holds, in memory; trouble with it becomes `Unusable`."""
    try:
        with xr.open_dataset(path, engine="h5netcdf") as dataset:
            dataset.load()
        yield dataset
    except Unusable:
        raise
    except FileNotFoundError as error:
        raise Unusable(path, "there is no such file") from error
    except _UNREADABLE as error:
        raise Unusable(path, f"it is truncated or no NetCDF file ({error})") from error


def _check_format(path: Path, dataset: xr.Dataset, wanted: str) -> None:
    found = (dataset.attrs.get("format"), dataset.attrs.get("version"))
    if found != (wanted, VERSION):
        raise Unusable(path, f"it is not a file of format {wanted!r} {VERSION}", foreign=True)


def _digest(dataset: xr.Dataset) -> str:
    """Hash the numbers of a Dataset and the attributes that say what they are."""
    parts: list[str | bytes] = [
        f"{key}={dataset.attrs[key]}" for key in sorted(set(dataset.attrs) - {"digest"})
    ]
    for name in sorted(map(str, dataset.variables)):
        values = dataset[name].values
        data = values.tobytes() if values.dtype.kind in "fiu" else "\n".join(map(str, values))
        parts += [name, str(values.shape), data]
    return _descriptions.digest(*parts)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
