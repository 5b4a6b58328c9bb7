"""Lists of tasks as TOML files."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from inverse_rg import _check, _network_files, _parameter_files
from inverse_rg.conditional import ConditionalUpscaler
from inverse_rg.ensembles import Dream, Ising, paper_dream
from inverse_rg.kernels import Kernel

KIND = _parameter_files.Kind("campaign", ".toml", "campaigns")
_TASK = ("name", "n", "seed", "measurement", "ising", "dream")


def read(path: str | os.PathLike) -> list[dict[str, Any]]:
    """Return the tasks of the file `path` as arguments of `inverse_rg.campaign.Task`."""
    path = KIND.find(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"campaign file {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"campaign file {path} is not valid TOML: {error}") from error
    with KIND.naming(path):
        return _tasks(content, path.parent)


def _tasks(content: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    _only("the file", content, ("n", "measurement", "tasks"))
    common = {key: content[key] for key in ("n", "measurement") if key in content}
    entries = content.get("tasks")
    if not entries or not isinstance(entries, list):
        raise ValueError("it must have a list of [[tasks]]")
    tasks = []
    for number, entry in enumerate(entries, 1):
        name = entry.get("name", f"number {number}")
        try:
            _only("a task", entry, _TASK)
            task = {**common, **entry}
            missing = [key for key in ("name", "n", "seed") if key not in task]
            if missing:
                raise ValueError(f"it must have {', '.join(missing)}")
            parts = {key: task.pop(key) for key in ("ising", "dream") if key in task}
            tasks.append({**task, "ensemble": _ensemble(parts, folder)})
        except (ValueError, TypeError) as error:
            raise ValueError(f"task {name}: {error}") from error
    _distinct(tasks)
    return tasks


def _ensemble(parts: dict[str, Any], folder: Path) -> Ising | Dream:
    if len(parts) != 1:
        raise ValueError("it must have one of ising and dream")
    ((kind, options),) = parts.items()
    if not isinstance(options, dict):
        raise ValueError(f"{kind} must be a table like {{ size = 8 }}, got {options!r}")
    options = dict(options)
    if kind == "ising":
        _only("ising", options, ("size", "coupling", "sweeps"), ("size",))
        return Ising(**options)
    _only("dream", options, ("kernel", "size", "first", "start"), ("kernel", "size"))
    kernel = _kernel(options["kernel"], folder)
    if "first" in options:
        if "start" in options:
            raise ValueError("dream must have first or start, not both")
        if isinstance(kernel, ConditionalUpscaler):
            raise ValueError("dream must have start, not first, for a conditional upscaler")
        return paper_dream(kernel, _kernel(options["first"], folder), options["size"])
    start = options.get("start")
    if start is None:
        return Dream(kernel, options["size"])
    _only("start", start, ("ising", "dream"))
    return Dream(kernel, options["size"], start=_ensemble(start, folder))


def _kernel(name: str, folder: Path) -> Any:
    """Load a bundled kernel, network or upscaler, or a file beside the list."""
    if not isinstance(name, str):
        raise TypeError(f"kernel must be a name or a path, got {name!r}")
    if name.endswith(_network_files.KIND.ending) or name in _network_files.KIND.names():
        from inverse_rg.models import TwoLayer

        return TwoLayer.load(folder / name if name.endswith(_network_files.KIND.ending) else name)
    if name in ConditionalUpscaler.names():
        return ConditionalUpscaler.load(name)
    return Kernel.load(folder / name if name.endswith(".json") else name)


def _only(where: str, table: Any, allowed: tuple[str, ...], needed: tuple[str, ...] = ()) -> None:
    if not isinstance(table, dict):
        raise ValueError(f"{where} must be a table, got {table!r}")
    for key in table:
        _check.choice(f"keys of {where}", key, allowed)
    missing = [key for key in needed if key not in table]
    if missing:
        raise ValueError(f"{where} must have {', '.join(missing)}")


def _distinct(tasks: list[dict[str, Any]]) -> None:
    """Refuse a seed that two tasks share: their errors would not be independent."""
    seen: dict[int, str] = {}
    for task in tasks:
        other = seen.setdefault(task["seed"], task["name"])
        if other != task["name"]:
            raise ValueError(
                f"tasks must have different seeds, {other} and {task['name']} share {task['seed']}"
            )
