"""Campaigns: lists of measurements, stopped at any time and resumed, here or on a cluster.

A task is an ensemble, a measurement, n and a seed. Its blocks are drawn from (seed, block index)
alone and their sums are saved as they come: a run that was stopped, however, goes on with the
missing blocks, and its result has the bits of an unbroken `inverse_rg.measure`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from tqdm import tqdm

from inverse_rg import (
    _blocks,
    _campaign_files,
    _campaign_list,
    _campaign_work,
    _check,
    _descriptions,
    _measurements,
    _random,
)
from inverse_rg._campaign_files import Unusable
from inverse_rg._campaign_jobs import Job, is_saved
from inverse_rg._campaign_results import load, results
from inverse_rg._campaign_store import Store
from inverse_rg._descriptions import describe, from_description

__all__ = ["Task", "describe", "from_description", "load", "read", "results", "run", "status"]

log = logging.getLogger("inverse_rg.campaign")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+=-]*")


@dataclass(frozen=True)
class Task:
    """One measurement of a campaign.

    Parameters
    ----------
    name : str
        Name of the result's file: letters, digits and ``. _ + = -``.
    ensemble : Ising or Dream
        What to draw, one that `describe` can describe.
    n : int
        Configurations, at least 128.
    seed : int or SeedSequence
        ``measure(ensemble, n, rng=seed)`` gives the same numbers.
    measurement : str
        What to measure: "moments" is what `inverse_rg.measure` does.

    Raises
    ------
    TypeError or ValueError
        If one of them is not of that kind.
    """

    name: str
    ensemble: Any
    n: int = field(kw_only=True)
    seed: int | np.random.SeedSequence = field(kw_only=True)
    measurement: str = field(default="moments", kw_only=True)

    def __post_init__(self):
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise ValueError(
                "name must be a file name of letters, digits and . _ + = -, starting with a "
                f"letter or digit, got {self.name!r}"
            )
        object.__setattr__(self, "n", _check.integer("n", self.n, minimum=128))
        if isinstance(self.seed, np.random.Generator):
            raise TypeError("seed must be an int or a SeedSequence, got a Generator")
        _random.seed_sequence(self.seed)
        _measurements.find(self.measurement)
        describe(self.ensemble)

    @cached_property
    def text(self) -> str:
        """All that decides the numbers of the result, as canonical JSON."""
        root = _random.seed_sequence(self.seed)
        return _descriptions.describe_work(self.ensemble, self.measurement, self.n, root)

    @cached_property
    def units(self) -> list[_campaign_work.Unit]:
        """The parts that are computed and saved one at a time."""
        return _campaign_work.units(self.name, self.text, self.n)


def read(path: str | os.PathLike, *, n: int | None = None) -> list[Task]:
    """Read a list of tasks from a TOML file.

    Parameters
    ----------
    path : str or path
        The file, or the name of a list in ``data/campaigns``, like "paper".
    n : int, optional
        Configurations of every task, instead of what the file says.

    Raises
    ------
    ValueError
        If the file cannot be used; the message names the file, the task and the trouble.
    """
    tasks = [Task(**arguments) for arguments in _campaign_list.read(path)]
    return tasks if n is None else [dataclasses.replace(task, n=n) for task in tasks]


def run(
    tasks: Iterable[Task],
    folder: str | os.PathLike,
    *,
    scheduler: Any = None,
    workers: int | None = None,
    replace: bool = False,
    progress: bool = True,
) -> dict[str, xr.Dataset]:
    """Do what is missing of a campaign and return its results.

    Parameters
    ----------
    tasks : iterable of Task
        Done in this order. Their names must differ.
    folder : str or path
        Where results and saved blocks are; made if it is missing.
    scheduler : str or distributed.Client, optional
        Compute on a Dask cluster, like ``"tcp://10.0.0.1:8786"``; here by default.
    workers : int, optional
        Threads here; all cores by default.
    replace : bool
        Whether other results of the same names (another n, seed or kernel) may be replaced.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    dict of str to Dataset
        Results by name, as saved in ``folder/NAME.nc``.

    Raises
    ------
    ValueError
        If two tasks have one name, or another result is in the way.
    OSError
        If the folder cannot be written or another run is at work in it.
    ConnectionError
        If the scheduler cannot be reached or goes away; finished blocks are kept.

    Notes
    -----
    Ctrl-C, or the death of the process, loses the blocks under way. The numbers depend neither
    on how often a run was stopped nor on where or how many workers computed.
    """
    tasks = _check_tasks(tasks)
    if workers is not None:
        workers = _check.integer("workers", workers, minimum=1)
    if scheduler is not None:
        from inverse_rg import _campaign_dask

        _campaign_dask.require()
    with Store(folder) as store:
        finished = [task for task in tasks if _has_result(store.folder, task, replace)]
        for task in finished:
            store.discard(task.name, task.text)  # left by a run that died at the very end
        jobs = {task.name: Job(task, store) for task in tasks if task not in finished}
        with tqdm(
            total=sum(task.n for task in tasks),
            initial=sum(task.n for task in finished) + sum(job.saved for job in jobs.values()),
            unit="conf",
            unit_scale=True,
            smoothing=0.05,
            disable=not progress,
        ) as bar:
            todo = chain.from_iterable(job.todo() for job in jobs.values())
            if scheduler is None:
                done = _campaign_work.run_local(todo, workers)
            else:
                done = _campaign_dask.run(todo, scheduler)
            with contextlib.closing(done):
                for unit, computed in done:
                    bar.set_description(unit.name, refresh=False)
                    bar.update(jobs[unit.name].take(unit, computed))
            for job in jobs.values():
                job.finish()
        return {task.name: load(task.name, store.folder) for task in tasks}


def status(tasks: Iterable[Task], folder: str | os.PathLike) -> dict[str, tuple[int, int]]:
    """Return how many configurations of each task are saved, and how many there will be.

    Nothing is written or locked: it may be asked while a campaign runs.
    """
    found = {}
    for task in _check_tasks(tasks):
        path = _campaign_files.result_path(Path(folder), task.name)
        with contextlib.suppress(Unusable):
            if _campaign_files.load_result(path).attrs["work"] == task.text:
                found[task.name] = (task.n, task.n)
                continue
        sizes = _blocks.block_sizes(task.n)
        saved = [unit for unit in task.units if is_saved(Path(folder), unit)]
        found[task.name] = (sum(sum(sizes[unit.start : unit.stop]) for unit in saved), task.n)
    return found


def _has_result(folder: Path, task: Task, replace: bool) -> bool:
    """Return whether the result is there, refusing to overwrite another one."""
    path = _campaign_files.result_path(folder, task.name)
    if not path.exists():
        return False
    try:
        found = _campaign_files.load_result(path)
    except Unusable as error:
        if error.foreign and not replace:
            raise ValueError(f"{error}; give another folder, or replace it") from error
        log.warning("%s; it is made again", error)
        return False
    if found.attrs["work"] == task.text:
        return True
    if not replace:
        raise ValueError(
            f"{path} is the result of another task (n = {found.attrs['n']}, seed "
            f"{found.attrs['seed']}, {found.attrs['ensemble']}); give another folder, or replace it"
        )
    return False


def _check_tasks(tasks: Iterable[Task]) -> list[Task]:
    tasks = list(tasks)
    for task in tasks:
        if not isinstance(task, Task):
            raise TypeError(f"tasks must hold Task values, got {type(task).__name__}")
    names = [task.name for task in tasks]
    twice = sorted({name for name in names if names.count(name) > 1})
    if not tasks or twice:
        raise ValueError(
            f"tasks must have different names, got {', '.join(twice)} more than once"
            if twice
            else "tasks must hold at least one Task, got none"
        )
    return tasks
