"""Units of work on a Dask cluster: pure functions out, sums back, nothing else shared.

Dask and distributed are optional (``pip install inverse-rg[cluster]``) and imported on first use.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Generator, Iterator
from itertools import islice
from typing import Any

from tqdm import tqdm

from inverse_rg import _campaign_work, _descriptions, _measurements
from inverse_rg._campaign_work import Computed, Unit

log = logging.getLogger("inverse_rg.campaign")

UNDER_WAY = 1024
"""Units given to the scheduler at once: enough for a large cluster, little memory."""
TIMEOUT = 15
"""Seconds to wait for a scheduler to answer."""


def measure(
    measurement: _measurements.Measurement, ensemble, n: int, root, scheduler, progress: bool
) -> _measurements.GroupSums:
    """Measure on a cluster and return the sums over groups, as one machine would."""
    text = _descriptions.describe_work(ensemble, measurement.name, n, root)
    units = _campaign_work.units(ensemble.label, text, n)
    merge = _campaign_work.Merge(n)
    total = len(merge.groups.sizes)
    with (
        contextlib.closing(run(iter(units), scheduler)) as done,
        tqdm(total=total, desc=ensemble.label, unit="block", disable=not progress) as bar,
    ):
        for unit, computed in done:
            merge.add(unit.start, computed.sums)
            bar.update(unit.stop - unit.start)
    return merge.groups


def run(todo: Iterator[Unit], scheduler) -> Generator[tuple[Unit, Computed], None, None]:
    """Compute units on the cluster of `scheduler` and yield each when it is done.

    Parameters
    ----------
    todo : iterator of Unit
        Read as the cluster takes them.
    scheduler : str or distributed.Client
        The scheduler's address or a client of it.

    Raises
    ------
    ConnectionError
        If the scheduler cannot be reached, or goes away.
    RuntimeError
        If a unit killed one worker after the other.
    """
    distributed = require()
    with contextlib.ExitStack() as stack:
        client = scheduler
        if not isinstance(scheduler, distributed.Client):
            client = stack.enter_context(_connect(distributed, scheduler))
        address = client.scheduler.address
        if not client.nthreads():
            log.warning("the scheduler %s has no workers yet: waiting for one", address)
        done = distributed.as_completed(loop=client.loop)
        under_way: dict[str, tuple[Unit, Any]] = {}
        try:
            while True:
                for unit in islice(todo, UNDER_WAY - len(under_way)):
                    future = client.submit(
                        _campaign_work.compute,
                        unit.text,
                        unit.start,
                        unit.stop,
                        key=f"inverse_rg-{unit.name}-{unit.key}",
                    )
                    under_way[future.key] = (unit, future)
                    done.add(future)
                if not under_way:
                    return
                future = next(done)
                computed = _result(distributed, future, address)
                unit, _ = under_way.pop(future.key)
                future.release()
                yield unit, computed
        finally:
            with contextlib.suppress(Exception):  # the scheduler may be gone
                client.cancel([future for _, future in under_way.values()])


def _result(distributed, future, address: str) -> Computed:
    try:
        return future.result()
    except distributed.KilledWorker as error:
        raise RuntimeError(
            f"workers of the Dask cluster {address} died one after the other at the same blocks "
            f"(out of memory?); finished blocks are kept: {error}"
        ) from error
    except (Exception, asyncio.CancelledError) as error:
        if future.status == "error":  # raised by the unit itself
            raise
        raise ConnectionError(
            f"lost the Dask scheduler {address}; finished blocks are kept, and the same call "
            "goes on where this one ended"
        ) from error


def _connect(distributed, address: str):
    try:
        return distributed.Client(address, timeout=TIMEOUT, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise ConnectionError(
            f"scheduler must be the address of a running Dask scheduler, like "
            f"'tcp://10.0.0.1:8786', got {address!r}: {error}"
        ) from error


def require():
    """Return the module distributed, or say how to install it."""
    try:
        import distributed
    except ImportError as error:
        raise ImportError(
            "scheduler needs Dask's distributed, which is not installed: "
            "pip install 'inverse-rg[cluster]'"
        ) from error
    return distributed
