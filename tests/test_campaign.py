from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import inverse_rg as irg
from inverse_rg import _campaign_store, _campaign_work, _measurements, campaign, measurement
from inverse_rg.cli import app

K3 = irg.Kernel(3, (0.36312, 0.146967, 0.143286))
DREAM = irg.Dream(K3, 16)
N = 5000  # 79 blocks, hence 5 units


def task(name="dream", ensemble=DREAM, n=N, seed=5, **options):
    return campaign.Task(name, ensemble, n=n, seed=seed, **options)


def same_bits(one, other) -> bool:
    assert set(one.variables) == set(other.variables)
    return one.equals(other) and all(
        one[name].values.tobytes() == other[name].values.tobytes()
        for name in one.variables
        if one[name].dtype.kind in "fi"
    )


@pytest.fixture(scope="module")
def unbroken():
    return irg.measure(DREAM, N, rng=5)


@pytest.fixture
def drawn(monkeypatch):
    """Return a list to which every unit that is computed adds its first block."""
    starts = []
    compute = _campaign_work.compute

    def watched(text, start, stop, stopped=None):
        if stop - start > 1:  # not the one block that is drawn again on resuming
            starts.append(start)
        return compute(text, start, stop, stopped)

    monkeypatch.setattr(_campaign_work, "compute", watched)
    return starts


def stop_at(monkeypatch, number, error=KeyboardInterrupt):
    """Let saving the unit `number` (from 0) raise `error`."""
    save = _campaign_store.Store.save_unit
    saved = []

    def stopping(store, unit, computed):
        if len(saved) == number:
            raise error
        saved.append(unit.start)
        save(store, unit, computed)

    monkeypatch.setattr(_campaign_store.Store, "save_unit", stopping)
    return saved


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize(
    "ensemble", [DREAM, irg.Ising(8), irg.Dream(K3, 16, start=irg.Ising(4))], ids=lambda e: e.label
)
def test_a_campaign_has_the_bits_of_measure(tmp_path, ensemble, workers):
    results = campaign.run(
        [task("a", ensemble), task("b", ensemble, n=300, seed=np.random.SeedSequence(9))],
        tmp_path,
        workers=workers,
        progress=False,
    )
    assert same_bits(results["a"], irg.measure(ensemble, N, rng=5))
    assert same_bits(results["b"], irg.measure(ensemble, 300, rng=9))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.nc", "b.nc"]


def test_another_seed_gives_other_bits(tmp_path, unbroken):
    other = campaign.run([task(seed=6)], tmp_path, progress=False)["dream"]
    assert not same_bits(other, unbroken)


def test_a_result_says_how_to_have_it_again(tmp_path):
    before = campaign.run([task(n=300)], tmp_path, progress=False)["dream"]
    attributes = before.attrs
    ensemble = campaign.from_description(__import__("json").loads(attributes["description"]))
    assert ensemble == DREAM
    again = irg.measure(ensemble, int(attributes["n"]), rng=int(attributes["seed"]))
    assert same_bits(before, again)
    assert attributes["package"] == irg.__version__
    assert "cores" in attributes["machine"]
    assert os.uname().nodename not in str(attributes)
    assert str(tmp_path) not in str(attributes)


def test_an_interrupted_run_keeps_its_blocks(tmp_path, monkeypatch, drawn, unbroken):
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        saved = stop_at(patch, 2)
        campaign.run([task()], tmp_path, workers=2, progress=False)
    sizes = _campaign_work._blocks.block_sizes(N)
    kept = sum(sum(sizes[start : start + _campaign_work.UNIT]) for start in saved)
    assert campaign.status([task()], tmp_path) == {"dream": (kept, N)}
    drawn.clear()
    result = campaign.run([task()], tmp_path, progress=False)["dream"]
    assert sorted(drawn + saved) == [0, 16, 32, 48, 64]
    assert same_bits(result, unbroken)
    drawn.clear()
    campaign.run([task()], tmp_path, progress=False)
    assert drawn == []
    assert campaign.status([task()], tmp_path) == {"dream": (N, N)}


CHILD = """
import sys
import inverse_rg as irg
from inverse_rg import campaign
tasks = [campaign.Task("mc", irg.Ising(64), n=40_000, seed=3)]
campaign.run(tasks, sys.argv[1], workers=2, progress=False)
"""


def test_a_killed_process_loses_the_blocks_under_way_only(tmp_path, drawn):
    child = subprocess.Popen([sys.executable, "-c", CHILD, tmp_path])
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("blocks/*/[!.]*.nc")):
        assert child.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    saved = [int(path.stem) for path in tmp_path.glob("blocks/*/[!.]*.nc")]
    assert 0 < len(saved) < 5
    (folder,) = tmp_path.glob("blocks/*")
    (folder / ".00000000.0123abcd.nc").write_bytes(b"half")
    (tmp_path / ".mc.0123abcd.nc").write_bytes(b"half")

    (result,) = campaign.run(
        [campaign.Task("mc", irg.Ising(64), n=40_000, seed=3)], tmp_path, progress=False
    ).values()
    assert not set(drawn) & set(saved)
    assert len(drawn) + len(saved) == 5
    assert same_bits(result, irg.measure(irg.Ising(64), 40_000, rng=3))
    assert [path.name for path in tmp_path.iterdir()] == ["mc.nc"]


def test_blocks_of_other_code_are_not_mixed(tmp_path, monkeypatch, caplog, unbroken):
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        stop_at(patch, 2)
        campaign.run([task()], tmp_path, workers=1, progress=False)
    unit = task().units[0]
    saved = campaign._campaign_files.load_unit(tmp_path, unit)
    saved.sums["moments"][0, 0, 0] += 2.0**-30
    _campaign_store.Store(tmp_path).save_unit(unit, saved)
    result = campaign.run([task()], tmp_path, progress=False)["dream"]
    assert "drawn by other code" in caplog.text
    assert same_bits(result, unbroken)


def test_the_same_blocks_are_resumed_without_a_word(tmp_path, monkeypatch, caplog):
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        stop_at(patch, 2)
        campaign.run([task()], tmp_path, workers=1, progress=False)
    campaign.run([task()], tmp_path, progress=False)
    assert caplog.text == ""


def test_another_n_does_not_touch_saved_blocks(tmp_path, monkeypatch, drawn, unbroken):
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        saved = stop_at(patch, 3)
        campaign.run([task()], tmp_path, progress=False)
    campaign.run([task(n=300)], tmp_path, progress=False)
    drawn.clear()
    result = campaign.run([task()], tmp_path, replace=True, progress=False)["dream"]
    assert sorted(drawn + saved) == [0, 16, 32, 48, 64]
    assert same_bits(result, unbroken)


def test_another_result_is_not_overwritten(tmp_path, drawn):
    campaign.run([task(n=300)], tmp_path, progress=False)
    drawn.clear()
    with pytest.raises(ValueError, match=r"dream\.nc is the result of another task \(n = 300, see"):
        campaign.run([task("new", n=300), task(n=500)], tmp_path, progress=False)
    assert drawn == []
    found = campaign.run([task(n=500)], tmp_path, replace=True, progress=False)
    assert found["dream"].attrs["n"] == 500


def test_an_error_of_a_unit_keeps_the_others(tmp_path, monkeypatch, unbroken):
    sums = measurement.MOMENTS.sums

    def failing(ensemble, count, stream, first):
        if first >= 64 * 48:
            raise MemoryError("no room")
        return sums(ensemble, count, stream, first)

    with monkeypatch.context() as patch, pytest.raises(MemoryError, match="no room"):
        broken = _measurements.Measurement("moments", failing, measurement.MOMENTS.dataset)
        patch.setattr(measurement, "MOMENTS", broken)
        _campaign_work._parse.cache_clear()
        campaign.run([task()], tmp_path, workers=1, progress=False)
    _campaign_work._parse.cache_clear()
    assert campaign.status([task()], tmp_path)["dream"][0] >= 64 * 32
    assert same_bits(campaign.run([task()], tmp_path, progress=False)["dream"], unbroken)


def test_a_registered_measurement_runs_too(tmp_path, monkeypatch):
    def sums(ensemble, count, stream, first):
        return {"first": np.array([first, count], np.int64), "half": np.full((2, 1), 0.5)}

    def dataset(ensemble, n, seed, counts, total):
        values = {
            name: ((name, f"{name} x", f"{name} y")[: a.ndim], a) for name, a in total.items()
        }
        return irg.measurement.xr.Dataset(values, attrs={"n": n, "seed": seed, "ensemble": "e"})

    counted = _measurements.Measurement("counted", sums, dataset)
    monkeypatch.setattr(measurement, "COUNTED", counted, raising=False)
    monkeypatch.setitem(_measurements.HOMES, "counted", "measurement:COUNTED")
    result = campaign.run([task(measurement="counted")], tmp_path, progress=False)["dream"]
    assert result["first"].dtype == np.int64
    assert result["first"].values.sum(axis=0).tolist() == [64 * 79 * 78 // 2, N]
    assert result["half"].values.sum() == 79


def test_a_measurement_of_another_dtype_is_refused(tmp_path, monkeypatch):
    bad = _measurements.Measurement("bad", lambda *_: {"a": np.zeros(2, np.float32)}, None)
    monkeypatch.setattr(measurement, "BAD", bad, raising=False)
    monkeypatch.setitem(_measurements.HOMES, "bad", "measurement:BAD")
    with pytest.raises(TypeError, match="'bad' must return float64 or int64, got float32 for 'a'"):
        campaign.run([task(measurement="bad")], tmp_path, progress=False)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"name": "../a"}, ValueError, "name must be a file name"),
        ({"name": 3}, ValueError, "name must be a file name"),
        ({"n": 100}, ValueError, "n must be at least 128"),
        ({"seed": -1}, ValueError, "non-negative seed"),
        ({"seed": np.random.default_rng(0)}, TypeError, "seed must be an int or a SeedSequence"),
        ({"measurement": "spectra"}, ValueError, "measurement must be one of 'moments'"),
        ({"ensemble": "Ising"}, TypeError, "ensemble must be Ising or Dream, got str"),
        (
            {"ensemble": irg.Dream(K3, 4, np.ones((200, 2, 2), np.int8))},
            TypeError,
            r"array of shape \(200, 2, 2\) as its start",
        ),
        ({"ensemble": irg.Dream(torch.nn.Identity(), 4)}, TypeError, "the model Identity"),
    ],
)
def test_tasks_that_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        task(**arguments)


def test_lists_of_tasks_that_are_refused(tmp_path):
    with pytest.raises(ValueError, match="different names, got dream more than once"):
        campaign.run([task(), task(seed=8)], tmp_path)
    with pytest.raises(ValueError, match="at least one Task"):
        campaign.run([], tmp_path)
    with pytest.raises(TypeError, match="tasks must hold Task values, got Dream"):
        campaign.run([DREAM], tmp_path)
    with pytest.raises(ValueError, match="workers must be at least 1"):
        campaign.run([task()], tmp_path, workers=0)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "ensemble",
    [
        irg.Ising(8, 0.1 + 0.2, 3),
        irg.Ising(np.int64(8), 1),
        irg.Dream(irg.Kernel(5, (1 / 3, 0.1, 1e-17, 2, -0.0, 5e300)), 64),
        irg.Dream(K3, 64, irg.Dream(K3, 16, irg.Ising(8))),
    ],
)
def test_a_description_gives_the_ensemble_back(ensemble):
    import json

    description = json.loads(json.dumps(campaign.describe(ensemble)))
    assert campaign.from_description(description) == ensemble


@pytest.mark.parametrize("description", [{}, {"kind": "Ising"}, {"kind": "Potts", "size": 2}, None])
def test_descriptions_that_are_refused(description):
    with pytest.raises(ValueError, match=r"description must be what describe|kind must be one of"):
        campaign.from_description(description)


def test_work_of_another_version_is_refused(monkeypatch):
    unit = task().units[0]
    monkeypatch.setattr(irg, "__version__", "0.2.0")
    _campaign_work._parse.cache_clear()
    with pytest.raises(ValueError, match=r"described by inverse_rg 0\.1, which may draw"):
        _campaign_work.compute(unit.text, 0, 1)


LIMITED = """
import resource, sys
import inverse_rg as irg
from inverse_rg import campaign
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
try:
    campaign.run(
        [campaign.Task("mc", irg.Ising(8), n=300, seed=3)], sys.argv[1], progress=False
    )
except OSError as error:
    print(error)
"""


def test_a_full_disk_is_an_error_and_leaves_no_half_file(tmp_path):
    # A limit on the size of files stands for the full disk: writing fails in the same way.
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, tmp_path], text=True, capture_output=True, check=True
    )
    assert "cannot write" in done.stdout, done.stderr
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_command_runs_says_how_far_and_lists(tmp_path):
    (tmp_path / "list.toml").write_text(
        'n = 1_000_000\n[[tasks]]\nname = "a"\nseed = 1\nising = { size = 4 }\n'
        '[[tasks]]\nname = "b"\nseed = 2\ndream = { kernel = "k.json", size = 8 }\n'
    )
    K3.save(tmp_path / "k.json")
    arguments = [str(tmp_path / "list.toml"), "--out", str(tmp_path / "out"), "-n", "3e2"]
    runner = CliRunner()
    done = runner.invoke(app, ["campaign", "run", *arguments, "--only", "b", "--quiet"])
    assert done.exit_code == 0, done.output
    assert "1 results are in" in done.output
    done = runner.invoke(app, ["campaign", "status", *arguments])
    assert [line.split()[-1] for line in done.output.splitlines()] == ["done", "0%", "100%"]
    (tmp_path / "out" / "c.nc").write_text("foreign")
    done = runner.invoke(app, ["results", str(tmp_path / "out")])
    assert done.exit_code == 0
    assert "k=3 to 8 from one spin" in done.output
    done = runner.invoke(app, ["campaign", "run", *arguments, "--only", "z"])
    assert (done.exit_code, "only must be one of" in done.output) == (1, True)


def test_the_command_tells_how_to_go_on(tmp_path, monkeypatch):
    stop_at(monkeypatch, 1)
    arguments = ["campaign", "run", "paper", "--out", str(tmp_path), "-n", "2000", "--quiet"]
    done = CliRunner().invoke(app, [*arguments, "--only", "monte-carlo-8"])
    assert done.exit_code == 130
    assert "the same command goes on" in done.output
