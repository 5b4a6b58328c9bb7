"""Result files: NetCDF, NumPy, JSON or PNG by their ending, written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from inverse_rg import _files

SPIN_ENDINGS = (".npy", ".nc", ".png")
MEASUREMENT_ENDINGS = (".nc", ".json", ".png")
KERNEL_ENDINGS = (".json",)

MOST_PICTURES = 16
"""Configurations that a PNG shows; a file of spins keeps all."""


def check_path(path: str | os.PathLike, endings: Sequence[str]) -> Path:
    """Return `path` if a result can be written there, before any work starts.

    Raises
    ------
    ValueError
        If the ending is not one of `endings`.
    OSError
        If the folder is missing or cannot be written, or `path` is a folder.
    """
    path = Path(path)
    if path.suffix not in endings:
        raise ValueError(f"out must end in {', '.join(endings)}, got {str(path)!r}")
    if path.is_dir():
        raise IsADirectoryError(f"out must be a file, got the folder {str(path)!r}")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"out must be in a folder that exists, got {str(path)!r}")
    if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise PermissionError(f"out must be writable, got {str(path)!r}")
    return path


def save_spins(spins: np.ndarray, path: str | os.PathLike, **attributes) -> None:
    """Write configurations, int8 (n, L, L).

    ``.npy`` holds the array, ``.nc`` a variable ``spins`` over (configuration, y, x) with
    `attributes`, ``.png`` a picture of the first `MOST_PICTURES`.
    """
    path = check_path(path, SPIN_ENDINGS)
    if path.suffix == ".nc":
        import xarray as xr

        variable = (("configuration", "y", "x"), spins)
        dataset = xr.Dataset({"spins": variable}, attrs=attributes)
        _files.write_netcdf(path, dataset, {"spins": {"zlib": True, "complevel": 4}})
        return
    with _files.replacing(path) as aside:
        if path.suffix == ".npy":
            np.save(aside, spins, allow_pickle=False)
        else:
            _picture_of_spins(spins, aside)


def save_measurement(dataset, path: str | os.PathLike) -> None:
    """Write what `inverse_rg.measure` returned.

    ``.nc`` holds everything, ``.json`` values and errors by size, ``.png`` four panels.
    """
    path = check_path(path, MEASUREMENT_ENDINGS)
    if path.suffix == ".nc":
        _files.write_netcdf(path, dataset)
        return
    with _files.replacing(path) as aside:
        if path.suffix == ".json":
            aside.write_text(json.dumps(_plain(dataset), indent=1) + "\n", encoding="utf-8")
        else:
            _picture_of_measurement(dataset, aside)


def load_measurement(path: str | os.PathLike):
    """Read a measurement that `save_measurement` wrote as NetCDF.

    Raises
    ------
    ValueError
        If the file is missing, truncated, or not a measurement.
    """
    import xarray as xr

    try:
        with xr.open_dataset(path, engine="h5netcdf") as dataset:
            dataset.load()
    except (OSError, ValueError) as error:
        raise ValueError(f"path must be a NetCDF file, got {str(path)!r}: {error}") from error
    missing = {"moments", "count", "chi"} - set(dataset.variables)
    if missing:
        raise ValueError(f"{path} is not a measurement: it has no {', '.join(sorted(missing))}")
    return dataset


def _plain(dataset) -> dict:
    from inverse_rg.observables import OBSERVABLES

    columns = {"size": dataset["size"].values.tolist()}
    for name in OBSERVABLES:
        for key in (name, f"{name}_error"):
            columns[key] = dataset[key].values.tolist()
    return {"attributes": dict(dataset.attrs), "columns": columns}


def _picture_of_spins(spins: np.ndarray, path: Path) -> None:
    from matplotlib import image

    from inverse_rg.figures import SPIN_COLOURS

    shown = spins[:MOST_PICTURES]
    side = shown.shape[1]
    columns = int(np.ceil(np.sqrt(len(shown))))
    rows = -(-len(shown) // columns)
    gap = 0 if len(shown) == 1 else max(1, side // 16)
    canvas = np.ones((rows * (side + gap) - gap, columns * (side + gap) - gap, 4))
    for index, spin in enumerate(shown):
        y, x = (place * (side + gap) for place in divmod(index, columns))
        canvas[y : y + side, x : x + side] = SPIN_COLOURS((spin + 1) // 2)
    zoom = max(1, 512 // max(canvas.shape[:2]))  # whole pixels: crisp spins
    image.imsave(path, canvas.repeat(zoom, axis=0).repeat(zoom, axis=1), format="png")


def _picture_of_measurement(dataset, path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from inverse_rg import figures

    figure = Figure(figsize=(8, 6), layout="constrained")
    FigureCanvasAgg(figure)
    for ax, observable in zip(figure.subplots(2, 2).flat, ("chi", "c_me", "c", "U4"), strict=True):
        figures.against_size(ax, {dataset.attrs["label"]: dataset}, observable, smallest=2)
        if observable in ("chi", "c_me"):
            ax.set_yscale("log")
    figures.statistics_note(figure, dataset)
    figure.savefig(path, format="png", dpi=160)
