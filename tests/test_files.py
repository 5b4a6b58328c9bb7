import os
from pathlib import Path

import pytest

from inverse_rg import _files


def left_over(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_text_is_written_and_replaced(tmp_path):
    path = tmp_path / "note.txt"
    _files.write_text(path, "σ = ±1\n")
    _files.write_text(str(path), "h = W μ\n")
    assert path.read_text(encoding="utf-8") == "h = W μ\n"
    assert left_over(tmp_path) == ["note.txt"]


def test_bytes_are_written(tmp_path):
    _files.write_bytes(tmp_path / "raw.bin", b"\x00\xff")
    assert (tmp_path / "raw.bin").read_bytes() == b"\x00\xff"


def test_temporary_path_keeps_folder_and_suffix(tmp_path):
    with _files.replacing(tmp_path / "a.nc") as aside:
        assert aside.parent == tmp_path
        assert aside.suffix == ".nc"
        aside.write_bytes(b"x")


def write_half(path: Path, error: BaseException) -> None:
    with _files.replacing(path) as aside:
        aside.write_text("half a fi")
        raise error


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "note.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write_half(path, KeyboardInterrupt())
    assert path.read_text() == "old"
    assert left_over(tmp_path) == ["note.txt"]


def test_full_disk_names_the_path(tmp_path):
    with pytest.raises(OSError, match=r"cannot write .*note\.txt: No space left"):
        write_half(tmp_path / "note.txt", OSError(28, "No space left on device"))
    assert left_over(tmp_path) == []


def test_missing_folder_names_the_path(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"cannot write .*nowhere.*note\.txt"):
        _files.write_text(tmp_path / "nowhere" / "note.txt", "x")


def test_folder_in_the_way_names_the_path(tmp_path):
    (tmp_path / "note").mkdir()
    with pytest.raises(IsADirectoryError, match=r"cannot write .*note: it is a folder"):
        _files.write_text(tmp_path / "note", "x")
    assert left_over(tmp_path) == ["note"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_unwritable_folder_names_the_path(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match=r"cannot write .*note\.txt"):
        _files.write_text(tmp_path / "note.txt", "x")
    tmp_path.chmod(0o700)


def test_file_in_place_of_a_folder_names_the_path(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError, match=r"cannot write .*note\.txt"):
        _files.write_text(tmp_path / "file" / "note.txt", "x")


def test_data_folder_holds_kernels():
    assert any(_files.data_folder("kernels").glob("*.json"))


def test_installed_data_come_first(tmp_path, monkeypatch):
    package = tmp_path / "lib" / "inverse_rg"
    (package / "data" / "kernels").mkdir(parents=True)
    monkeypatch.setattr(_files, "_PACKAGE", package)
    assert _files.data_folder("kernels") == package / "data" / "kernels"


def test_unknown_data_folder():
    with pytest.raises(ValueError, match="got 'nonsense'"):
        _files.data_folder("nonsense")
