"""The results of campaigns: one by name, or all of a folder."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import xarray as xr

from inverse_rg import _campaign_files, _files

log = logging.getLogger("inverse_rg.campaign")


def load(name_or_path: str | os.PathLike, folder: str | os.PathLike | None = None) -> xr.Dataset:
    """Read one result.

    Parameters
    ----------
    name_or_path : str or path
        A name in `folder`, or a path: what ends in ``.nc`` or holds a separator.
    folder : str or path, optional
        ``data/results`` by default.

    Raises
    ------
    ValueError
        If the file is missing, truncated, damaged, or not the result of a campaign.
    """
    text = os.fspath(name_or_path)
    if text.endswith(".nc") or "/" in text or os.sep in text:
        return _campaign_files.load_result(Path(text))
    return _campaign_files.load_result(_campaign_files.result_path(_results(folder), text))


def results(folder: str | os.PathLike | None = None) -> dict[str, xr.Dataset]:
    """Read all results of a folder; a truncated or foreign file is named in a log message.

    Parameters
    ----------
    folder : str or path, optional
        ``data/results`` by default.

    Raises
    ------
    ValueError
        If there is no such folder.
    """
    place = _results(folder)
    if not place.is_dir():
        raise ValueError(f"folder must be a folder of results, got {str(place)!r}")
    found = {}
    for path in sorted(place.glob("[!.]*.nc")):
        try:
            found[path.stem] = _campaign_files.load_result(path)
        except _campaign_files.Unusable as error:
            log.warning("%s", error)
    return found


def _results(folder: str | os.PathLike | None) -> Path:
    return _files.data_folder("results") if folder is None else Path(folder)
