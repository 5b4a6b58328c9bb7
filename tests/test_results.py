import json
import os
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib import image

from inverse_rg import results
from inverse_rg.ensembles import Dream, Ising
from inverse_rg.figures import SPIN_COLOURS
from inverse_rg.kernels import Kernel
from inverse_rg.measurement import measure

K3 = Kernel(3, (0.36, 0.15, 0.14))


def random_spins(n: int, side: int) -> np.ndarray:
    return 2 * np.random.default_rng(side).integers(0, 2, (n, side, side), dtype=np.int8) - 1


@pytest.fixture(scope="module")
def dataset():
    return measure(Dream(K3, 16), 128, rng=6)


def left_over(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_spins_as_numpy(tmp_path):
    spins = random_spins(3, 8)
    results.save_spins(spins, tmp_path / "spins.npy")
    again = np.load(tmp_path / "spins.npy", allow_pickle=False)
    assert again.dtype == np.int8
    np.testing.assert_array_equal(again, spins)
    assert left_over(tmp_path) == ["spins.npy"]


def test_spins_as_netcdf(tmp_path):
    spins = random_spins(3, 8)
    path = str(tmp_path / "spins.nc")
    results.save_spins(spins, path, ensemble="Ising(size=8)", seed=6)
    with xr.open_dataset(path, engine="h5netcdf") as again:
        assert again["spins"].dims == ("configuration", "y", "x")
        assert again["spins"].dtype == np.int8
        np.testing.assert_array_equal(again["spins"], spins)
        assert again.attrs == {"ensemble": "Ising(size=8)", "seed": 6}
    assert left_over(tmp_path) == ["spins.nc"]


def test_picture_of_one_configuration(tmp_path):
    spins = random_spins(1, 8)
    results.save_spins(spins, tmp_path / "spins.png")
    picture = image.imread(tmp_path / "spins.png")
    zoom = len(picture) // 8
    assert picture.shape[:2] == (8 * zoom, 8 * zoom)
    expected = SPIN_COLOURS((spins[0] + 1) // 2).repeat(zoom, 0).repeat(zoom, 1)
    np.testing.assert_allclose(picture[..., :3], expected[..., :3], atol=1 / 255)


@pytest.mark.parametrize("n", [2, 5, 16, 40])
def test_picture_of_several_configurations(tmp_path, n):
    spins = random_spins(n, 16)
    results.save_spins(spins, tmp_path / "spins.png")
    picture = image.imread(tmp_path / "spins.png")
    columns = int(np.ceil(np.sqrt(min(n, results.MOST_PICTURES))))
    assert picture.shape[1] >= 16 * columns


@pytest.mark.parametrize("side", [1, 700])
def test_pictures_of_any_side(tmp_path, side):
    results.save_spins(np.ones((1, side, side), np.int8), tmp_path / "spins.png")
    assert image.imread(tmp_path / "spins.png").shape[0] >= side


def test_measurement_round_trip(tmp_path, dataset):
    results.save_measurement(dataset, tmp_path / "k3.nc")
    xr.testing.assert_identical(results.load_measurement(tmp_path / "k3.nc"), dataset)
    xr.testing.assert_identical(results.load_measurement(str(tmp_path / "k3.nc")), dataset)
    assert left_over(tmp_path) == ["k3.nc"]


def test_measurement_as_json(tmp_path, dataset):
    results.save_measurement(dataset, tmp_path / "k3.json")
    content = json.loads((tmp_path / "k3.json").read_text(encoding="utf-8"))
    assert content["attributes"] == dataset.attrs
    columns = content["columns"]
    assert columns["size"] == [2, 4, 8, 16]
    for name in ("e", "chi", "c", "c_me", "U4"):
        assert columns[name] == dataset[name].values.tolist()
        assert columns[f"{name}_error"] == dataset[f"{name}_error"].values.tolist()


@pytest.mark.parametrize("ensemble", [Dream(K3, 16), Ising(8), [Ising(4), Ising(8)], Dream(K3, 2)])
def test_measurement_as_a_picture(tmp_path, ensemble):
    results.save_measurement(measure(ensemble, 128, rng=1), tmp_path / "k3.png")
    assert image.imread(tmp_path / "k3.png").ndim == 3
    assert left_over(tmp_path) == ["k3.png"]


def test_a_file_is_replaced(tmp_path, dataset):
    for name in ("k3.nc", "k3.json"):
        (tmp_path / name).write_text("old")
        results.save_measurement(dataset, tmp_path / name)
        assert (tmp_path / name).read_bytes() != b"old"


class Broken:
    """Data whose writing fails half way."""

    attrs = {"label": "broken"}  # noqa: RUF012

    def to_netcdf(self, path=None, **options):
        if path is not None:
            Path(path).write_text("half a fi")
        raise RuntimeError("disk on fire")

    def __getitem__(self, name):
        raise RuntimeError("disk on fire")


@pytest.mark.parametrize("name", ["k3.nc", "k3.json"])
def test_a_failing_writer_leaves_the_old_file(tmp_path, name):
    (tmp_path / name).write_text("old")
    with pytest.raises(RuntimeError, match="disk on fire"):
        results.save_measurement(Broken(), tmp_path / name)
    assert (tmp_path / name).read_text() == "old"
    assert left_over(tmp_path) == [name]


@pytest.mark.parametrize("name", ["spins.npy", "spins.png"])
def test_failing_spins_leave_nothing(tmp_path, name, monkeypatch):
    def fail(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", fail)
    monkeypatch.setattr(image, "imsave", fail)
    with pytest.raises(OSError, match=rf"cannot write .*{name}: No space left"):
        results.save_spins(random_spins(2, 4), tmp_path / name)
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("name", ["k3.txt", "k3", "k3.nc.gz", ".nc"])
def test_other_endings_are_refused(tmp_path, dataset, name):
    with pytest.raises(ValueError, match=r"out must end in \.nc, \.json, \.png, got "):
        results.save_measurement(dataset, tmp_path / name)
    with pytest.raises(ValueError, match=r"out must end in \.npy, \.nc, \.png, got "):
        results.save_spins(random_spins(1, 4), tmp_path / name)
    assert left_over(tmp_path) == []


def test_check_path(tmp_path):
    path = results.check_path(str(tmp_path / "k3.nc"), (".nc",))
    assert path == tmp_path / "k3.nc"
    assert left_over(tmp_path) == []


def test_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"out must be in a folder that exists, got .*no"):
        results.check_path(tmp_path / "nowhere" / "k3.nc", (".nc",))


def test_folder_in_the_way(tmp_path):
    (tmp_path / "k3.nc").mkdir()
    with pytest.raises(IsADirectoryError, match=r"out must be a file, got the folder .*k3\.nc"):
        results.check_path(tmp_path / "k3.nc", (".nc",))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_unwritable_folder(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match=r"out must be writable, got .*k3\.nc"):
        results.check_path(tmp_path / "k3.nc", (".nc",))
    tmp_path.chmod(0o700)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"path must be a NetCDF file, got .*k3\.nc"):
        results.load_measurement(tmp_path / "k3.nc")


@pytest.mark.parametrize("data", [b"", b"not a file of this kind", b"\x89HDF\r\n\x1a\n"])
def test_corrupt_file_is_named(tmp_path, data):
    (tmp_path / "k3.nc").write_bytes(data)
    with pytest.raises(ValueError, match=r"path must be a NetCDF file, got .*k3\.nc"):
        results.load_measurement(tmp_path / "k3.nc")


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_truncated_file_is_named(tmp_path, dataset, part):
    path = tmp_path / "k3.nc"
    results.save_measurement(dataset, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])
    with pytest.raises(ValueError, match=r"path must be a NetCDF file, got .*k3\.nc"):
        results.load_measurement(path)


def test_another_netcdf_file_is_no_measurement(tmp_path):
    results.save_spins(random_spins(2, 4), tmp_path / "spins.nc")
    with pytest.raises(ValueError, match=r"spins\.nc is not a measurement: it has no chi, count"):
        results.load_measurement(tmp_path / "spins.nc")
