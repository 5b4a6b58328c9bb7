"""Campaigns on a real Dask cluster of this machine."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import inverse_rg as irg
from inverse_rg import campaign

distributed = pytest.importorskip("distributed")

# The cluster's own warnings (a port that is taken, a worker that is slow to leave) are not ours.
pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.slow]

ENSEMBLE = irg.Ising(64)
N = 40_000  # five units of work
TASK = campaign.Task("mc", ENSEMBLE, n=N, seed=3)


@pytest.fixture(scope="module")
def unbroken():
    return irg.measure(ENSEMBLE, N, rng=3)


def cluster(workers: int):
    return distributed.LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
    )


def same_bits(first, second) -> bool:
    return all(
        np.array_equal(first[name].values, second[name].values, equal_nan=True)
        for name in second.data_vars
    )


def once_a_block_is_saved(folder, action) -> threading.Thread:
    """Do `action` in the background when the first block is on the disk."""

    def watch():
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and not list(folder.glob("blocks/*/[!.]*.nc")):
            time.sleep(0.01)
        action()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("workers", [1, 3])
def test_any_number_of_workers_gives_the_bits_of_one_machine(tmp_path, unbroken, workers):
    with cluster(workers) as here:
        (result,) = campaign.run(
            [TASK], tmp_path, scheduler=here.scheduler_address, progress=False
        ).values()
    assert same_bits(result, unbroken)


def test_a_spectrum_has_the_bits_of_one_machine(tmp_path):
    ensemble = irg.Dream(irg.Kernel.load("k3"), 16)
    task = campaign.Task("rg", ensemble, n=4096, seed=3, measurement="spectrum-parent")
    with cluster(2) as here:
        (result,) = campaign.run(
            [task], tmp_path, scheduler=here.scheduler_address, progress=False
        ).values()
    alone = irg.mcrg.spectrum(ensemble, 4096, rng=3, pairing="parent")
    assert same_bits(result.sel(sector=alone["sector"]), alone)


def test_measure_takes_a_scheduler(unbroken):
    with cluster(1) as here, distributed.Client(here) as client:
        assert same_bits(irg.measure(ENSEMBLE, N, rng=3, scheduler=client), unbroken)


def test_a_killed_worker_is_made_up_for(tmp_path, unbroken):
    with cluster(2) as here, distributed.Client(here) as client:
        victim, _ = client.run(os.getpid).values()
        killer = once_a_block_is_saved(tmp_path, lambda: os.kill(victim, signal.SIGKILL))
        (result,) = campaign.run([TASK], tmp_path, scheduler=client, progress=False).values()
        killer.join()
    assert same_bits(result, unbroken)


SCHEDULER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    options = {"threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with LocalCluster(n_workers=1, **options) as c:
        print(c.scheduler_address, flush=True)
        sys.stdin.read()
"""


def test_a_lost_scheduler_is_named_and_finished_blocks_are_kept(tmp_path, unbroken):
    script = tmp_path / "scheduler.py"
    script.write_text(SCHEDULER)
    place = tmp_path / "results"
    with subprocess.Popen(
        [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        address = process.stdout.readline().strip()
        killer = once_a_block_is_saved(place, process.kill)
        with pytest.raises(ConnectionError, match=r"lost the Dask scheduler .* blocks are kept"):
            campaign.run([TASK], place, scheduler=address, progress=False)
        killer.join()
    assert len(list(place.glob("blocks/*/[!.]*.nc"))) >= 1
    (result,) = campaign.run([TASK], place, progress=False).values()
    assert same_bits(result, unbroken)


def test_no_scheduler_at_the_address_is_named(tmp_path, monkeypatch):
    from inverse_rg import _campaign_dask

    monkeypatch.setattr(_campaign_dask, "TIMEOUT", 1)
    with pytest.raises(ConnectionError, match=r"scheduler must be the address .* 'tcp://127"):
        campaign.run([TASK], tmp_path, scheduler="tcp://127.0.0.1:9", progress=False)
