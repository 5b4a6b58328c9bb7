from __future__ import annotations

import itertools
import logging

import numpy as np
import pytest
import xarray as xr

import inverse_rg as irg
from inverse_rg import _campaign_files, _campaign_work, campaign
from inverse_rg._campaign_store import Store

TASK = campaign.Task("mc", irg.Ising(4), n=5000, seed=1)


@pytest.fixture(scope="module")
def computed():
    return [_campaign_work.compute(unit.text, unit.start, unit.stop) for unit in TASK.units]


@pytest.fixture
def folder(tmp_path, computed):
    """Return a folder that holds all five units of `TASK`."""
    with Store(tmp_path) as store:
        for unit, sums in zip(TASK.units, computed, strict=True):
            store.save_unit(unit, sums)
    return tmp_path


@pytest.fixture
def result(tmp_path):
    campaign.run([TASK], tmp_path, progress=False)
    return tmp_path / "mc.nc"


def truncate(path):
    path.write_bytes(path.read_bytes()[:-500])


def empty(path):
    path.write_bytes(b"")


def foreign(path):
    path.write_text("not NetCDF at all")


def flip(path):
    """Change one number and nothing else."""
    with xr.open_dataset(path, engine="h5netcdf") as dataset:
        dataset.load()
    name = next(name for name in dataset.data_vars if dataset[name].dtype == np.float64)
    dataset[name].values.flat[-1] += 1
    dataset.to_netcdf(path, engine="h5netcdf")


def other_netcdf(path):
    xr.Dataset({"a": 1.0}).to_netcdf(path, engine="h5netcdf")


SPOILS = [truncate, empty, foreign, flip, other_netcdf]


def test_units_come_back_to_the_bit(folder, computed):
    for unit, before in zip(TASK.units, computed, strict=True):
        after = _campaign_files.load_unit(folder, unit)
        assert after.machine == before.machine
        assert after.sums.keys() == before.sums.keys()
        for name, array in before.sums.items():
            assert after.sums[name].dtype == array.dtype
            assert after.sums[name].shape == array.shape
            assert after.sums[name].tobytes() == array.tobytes()


def test_both_dtypes_and_all_shapes_come_back(tmp_path):
    unit = TASK.units[0]
    sums = {
        "a": np.arange(16, dtype=np.int64) + 2**60,
        "b": np.random.default_rng(1).random((16, 2, 3)),
        "c": np.arange(64, dtype=np.int64).reshape(16, 4),
        "d": np.zeros((16, 0)),
    }
    with Store(tmp_path) as store:
        store.save_unit(unit, _campaign_work.Computed(sums, "a machine"))
    after = _campaign_files.load_unit(tmp_path, unit).sums
    for name, array in sums.items():
        assert after[name].dtype == array.dtype
        np.testing.assert_array_equal(after[name], array)


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_bad_unit_is_named_and_drawn_again(folder, spoil, caplog):
    path = _campaign_files.unit_path(folder, TASK.units[2])
    spoil(path)
    with pytest.raises(_campaign_files.Unusable, match=f"{path.name} is not used: it"):
        _campaign_files.load_unit(folder, TASK.units[2])
    result = campaign.run([TASK], folder, progress=False)["mc"]
    assert str(path) in caplog.text
    assert len(caplog.records) == 1
    assert result.equals(irg.measure(TASK.ensemble, TASK.n, rng=1))


def test_a_unit_of_other_work_is_refused(folder, caplog):
    there, here = (_campaign_files.unit_path(folder, unit) for unit in TASK.units[:2])
    here.write_bytes(there.read_bytes())
    result = campaign.run([TASK], folder, progress=False)["mc"]
    assert f"{here} is not used: it belongs to other work" in caplog.text
    assert result.equals(irg.measure(TASK.ensemble, TASK.n, rng=1))


@pytest.mark.parametrize(
    "change", [{"seed": 2}, {"n": 4999}, {"ensemble": irg.Ising(4, 0.4)}, {"name": "other"}]
)
def test_other_work_has_other_files(change):
    arguments = {"name": "mc", "ensemble": TASK.ensemble, "n": TASK.n, "seed": 1, **change}
    other = campaign.Task(**arguments)
    same_key = other.units[0].key == TASK.units[0].key
    assert same_key == ("name" in change)
    places = {_campaign_files.unit_path("f", one.units[0]) for one in (TASK, other)}
    assert len(places) == 2


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_bad_result_is_named_and_refused_and_the_rest_used(result, spoil, caplog):
    good = result.with_name("good.nc")
    good.write_bytes(result.read_bytes())
    spoil(result)
    assert list(campaign.results(result.parent)) == ["good"]
    assert f"{result} is not used: it" in caplog.text
    with pytest.raises(ValueError, match=r"mc\.nc is not used: it"):
        campaign.load("mc", result.parent)
    assert campaign.load(good).attrs["name"] == "mc"


@pytest.mark.parametrize("spoil", [truncate, empty, flip])
def test_a_damaged_result_is_made_again(result, spoil, caplog):
    spoil(result)
    again = campaign.run([TASK], result.parent, progress=False)["mc"]
    assert f"{result} is not used" in caplog.text
    assert again.equals(irg.measure(TASK.ensemble, TASK.n, rng=1))


def test_somebody_elses_file_is_not_overwritten(result):
    other_netcdf(result)
    before = result.read_bytes()
    with pytest.raises(ValueError, match="give another folder, or replace it"):
        campaign.run([TASK], result.parent, progress=False)
    assert result.read_bytes() == before


def test_missing_results(tmp_path):
    with pytest.raises(ValueError, match=r"mc\.nc is not used: there is no such file"):
        campaign.load("mc", tmp_path)
    with pytest.raises(ValueError, match="folder must be a folder of results"):
        campaign.results(tmp_path / "none")
    assert campaign.results(tmp_path) == {}


def test_a_folder_that_cannot_be_written_is_known_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr(_campaign_work, "compute", None)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match=r"cannot write to folder .*file.*: Not a directory"):
        campaign.run([TASK], tmp_path / "file" / "folder", progress=False)


def test_two_runs_do_not_share_a_folder(tmp_path):
    with (
        Store(tmp_path),
        pytest.raises(BlockingIOError, match="another campaign is running in folder"),
    ):
        campaign.run([TASK], tmp_path, progress=False)
    assert campaign.run([TASK], tmp_path, progress=False)  # free again


def test_a_live_run_loses_no_temporary_file(tmp_path):
    with Store(tmp_path) as store:
        aside = store.blocks / ".00000000.0123abcd.nc"
        aside.write_bytes(b"being written")
        with pytest.raises(BlockingIOError, match="another campaign"):
            campaign.run([TASK], tmp_path, progress=False)
        assert aside.exists()


def test_only_temporary_files_are_cleaned(tmp_path, caplog):
    kept = [tmp_path / ".mine.nc", tmp_path / ".notes.0123abcd.txt", tmp_path / "x.0123abcd.nc"]
    for path in [*kept, tmp_path / ".mc.0123abcd.nc"]:
        path.write_bytes(b"")
    with Store(tmp_path), caplog.at_level(logging.WARNING):
        pass
    assert sorted(tmp_path.iterdir()) == sorted(kept)


def test_many_blocks_make_long_units():
    for n, number in ((128, 1), (5000, 5), (10**6, 62), (10**9, 4087)):
        units = _campaign_work.units("a", "{}", n)
        assert len(units) == number
        blocks = [range(unit.start, unit.stop) for unit in units]
        assert blocks[0].start == 0
        assert all(a.stop == b.start for a, b in itertools.pairwise(blocks))
        assert blocks[-1].stop == len(_campaign_work._blocks.block_sizes(n))
