"""The file of a universe: what it gives, what it refuses, and what a full disk does to it."""

import errno
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from inverse_rg import (
    _files,
    _packed_universe,
    _universe_file,
    _universe_growth,
    cli_universe,
    universe,
)
from inverse_rg._bits import pack_sites
from inverse_rg.correlations import correlation
from inverse_rg.kernels import Kernel
from inverse_rg.spins import energy, magnetisation

K3 = Kernel(3, (0.36, 0.15, 0.14), (0.01, 0.02, 0.03), {"note": "made up"})
WIDE = Kernel.from_window(0.1 * np.eye(8) + 0.05)

FULL = """
import resource, sys
from inverse_rg import Kernel, universe
if sys.argv[2] == "late":  # as on a file system that cannot reserve room
    def unsupported(*_):
        raise OSError(95, "Operation not supported")
    universe._file.os.posix_fallocate = unsupported
    universe._file.os.ftruncate = lambda *_: None
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    universe.grow(Kernel(3, (0.36, 0.15, 0.14)), 4096, sys.argv[1], rng=1)
except OSError as error:
    print(error)
"""


def bits(words):
    return np.unpackbits(np.ascontiguousarray(words).view(np.uint8), axis=-1, bitorder="little")


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    path = tmp_path_factory.mktemp("universe") / "grown.universe"
    return universe.grow(K3, 512, path, rng=5, workers=1)


@pytest.mark.parametrize("strips", [1, 2, 3, 64, 128])
def test_strips_are_columns_of_64_parts_of_a_row(strips):
    row = np.random.default_rng(strips).integers(2**64, size=strips, dtype=np.uint64)
    words = np.empty(strips, np.uint64)
    _packed_universe.to_strips(row, words)
    assert np.array_equal(bits(words).reshape(strips, 64), bits(row).reshape(64, strips).T)
    back = np.empty(strips, np.uint64)
    _packed_universe.from_strips(words, back)
    assert np.array_equal(back, row)


@pytest.mark.parametrize("reach", [1, 2, 3, 7])
@pytest.mark.parametrize("strips", [1, 2, 3, 64])
def test_a_strip_goes_on_in_the_next_one(strips, reach):
    row = np.random.default_rng(strips).integers(2**64, size=strips, dtype=np.uint64)
    line = np.zeros(strips + 2 * reach, np.uint64)
    _packed_universe.to_strips(row, line[reach : reach + strips])
    _packed_universe._extend(line, strips, reach)
    columns = (np.arange(64) * strips + np.arange(-reach, strips + reach)[:, None]) % (64 * strips)
    assert np.array_equal(bits(line).reshape(-1, 64), bits(row)[columns])


@pytest.mark.parametrize("size", [64, 192, 256])
def test_counts_of_unlike_pairs(size):
    spins = np.random.default_rng(size).choice(np.array([-1, 1], np.int8), (size, size))
    rows = pack_sites(spins[None])[0]
    radii = np.array([1, 2, size // 3, 63, 64, size // 2])
    up, across = _packed_universe.count_across(rows, radii)
    down = sum(_packed_universe.count_down(rows, j, 1, radii) for j in range(rows.shape[1]))
    assert up == (spins > 0).sum()
    assert across.tolist() == [(spins != np.roll(spins, -r, 1)).sum() for r in radii]
    assert down.tolist() == [(spins != np.roll(spins, -r, 0)).sum() for r in radii]


def test_columns_are_compared_in_blocks(grown, monkeypatch):
    place = grown._places[-1]
    radii = _universe_growth.radii(place.side)
    with grown.path.open("rb") as file, _universe_growth.Threads(2) as threads:
        work = _universe_growth.Work(grown.path, file, threads, lambda spins: None)
        whole = _universe_growth._compare_columns(place, radii, work)
        monkeypatch.setattr(_universe_growth, "_COLUMN_BYTES", 5000)
        monkeypatch.setattr(_universe_growth, "_COLUMNS", 3)
        assert np.array_equal(_universe_growth._compare_columns(place, radii, work), whole)


def test_attributes(grown):
    assert (grown.size, grown.seed, grown.kernel) == (512, "5", K3)
    assert grown.kernel.provenance == K3.provenance
    assert grown.kernel.standard_errors == K3.standard_errors
    assert grown.levels == tuple(2**level for level in range(10))
    assert repr(grown).endswith("size=512, seed=5)")


@pytest.mark.parametrize("level", range(10))
def test_sums_are_those_of_the_spins(grown, level):
    spins = grown.coarse(level)
    assert spins.shape == (2**level, 2**level)
    assert spins.dtype == np.int8
    assert grown.magnetisation(level) == magnetisation(spins[None])[0]
    assert grown.energy(level) == energy(spins[None])[0]
    r, values = grown.correlation(level=level)
    assert r.tolist() == [r for r in r if r <= 2**level // 2]
    assert values == pytest.approx(correlation(spins[None])[0][r], abs=1e-14)


def test_last_level_by_default(grown):
    assert grown.magnetisation() == grown.magnetisation(9)
    assert grown.energy() == grown.energy(9)
    assert grown.correlation().r.tolist() == grown.correlation(level=9).r.tolist()
    assert grown.correlation(12).r.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 10, 12]
    assert np.array_equal(grown.window(0, 0, 512, 512), grown.coarse(9))


@pytest.mark.parametrize("level", [0, 3, 6, 9])
@pytest.mark.parametrize("corner", [(0, 0), (500, 3), (-1, -70), (63, 511), (1000, 64)])
def test_windows_go_around_the_torus(grown, level, corner):
    spins = grown.coarse(level)
    side = len(spins)
    for height, width in ((1, 1), (side, side), ((side + 1) // 2, (side + 2) // 3)):
        rows, columns = corner[0] + np.arange(height), corner[1] + np.arange(width)
        window = grown.window(*corner, height, width, level)
        assert np.array_equal(window, spins[np.ix_(rows % side, columns % side)])


def test_words_are_read_only_rows(grown):
    words = grown.words(8)
    assert words.shape == (256, 4)
    assert not words.flags.writeable
    assert np.array_equal(words, pack_sites(grown.coarse(8)[None])[0])


def test_workers_do_not_change_the_file_and_seeds_do(tmp_path, grown):
    same = universe.grow(K3, 512, tmp_path / "same.universe", rng=5, workers=3)
    assert same.path.read_bytes() == grown.path.read_bytes()
    other = universe.grow(K3, 512, tmp_path / "other.universe", rng=6)
    assert not np.array_equal(other.words(), grown.words())
    # The rows of two bands, and of two levels, come from different streams.
    words = grown.words()
    assert not np.array_equal(words[:128], words[128:256])


def test_coarser_levels_do_not_depend_on_the_size(tmp_path, grown):
    small = universe.grow(K3, 128, tmp_path / "small.universe", rng=5)
    for level in range(8):
        assert np.array_equal(small.words(level), grown.words(level))


@pytest.mark.parametrize("size", [2, 64, 128])
def test_small_sizes_and_wide_kernels(tmp_path, size):
    grown = universe.grow(WIDE, size, tmp_path / "wide.universe", rng=1)
    assert grown.levels[-1] == size
    assert universe.open(grown.path).energy() == energy(grown.coarse(len(grown.levels) - 1)[None])


def test_a_strong_kernel_copies_the_first_spin(tmp_path):
    grown = universe.grow(Kernel(1, (39.0,)), 256, tmp_path / "copy.universe", rng=1)
    assert abs(grown.magnetisation()) == 256**2
    assert grown.energy() == 2 * 256**2
    assert (grown.correlation().G == 1).all()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda whole: b"not a universe", "it does not begin as one"),
        (lambda whole: b"", "it does not begin as one"),
        (lambda whole: whole[:28], "Expecting value"),
        (lambda whole: whole[:60], "Unterminated string|Expecting"),
        (lambda whole: whole[:-1], r"it has \d+ bytes where \d+ belong"),
        (lambda whole: whole + b"x", r"it has \d+ bytes where \d+ belong"),
        (lambda whole: whole.replace(b'"levels"', b'"lovels"', 1), "'levels'"),
    ],
)
def test_truncated_and_foreign_files(tmp_path, grown, change, reason):
    path = tmp_path / "bad.universe"
    path.write_bytes(change(grown.path.read_bytes()))
    with pytest.raises(ValueError, match=rf"whole universe file, got .*bad\.universe: ({reason})"):
        universe.open(path)


def test_missing_file(tmp_path):
    with pytest.raises(ValueError, match=r"got .*nowhere\.universe: No such file"):
        universe.open(tmp_path / "nowhere.universe")


def test_a_level_out_of_place(tmp_path, grown):
    header = dict(grown._header)
    header["levels"] = [dict(level) for level in header["levels"]]
    header["levels"][3]["place"] = [8, 0, 1]
    path = shutil.copy(grown.path, tmp_path / "moved.universe")
    with open(path, "rb+") as file:
        _universe_file.write_header(file, header, header["room"])
    with pytest.raises(ValueError, match="levels are not where they should be"):
        universe.open(path)


def test_guards(tmp_path, grown):
    path = tmp_path / "a.universe"
    with pytest.raises(TypeError, match="kernel must be a Kernel, got str"):
        universe.grow("k3", 64, path, rng=1)
    with pytest.raises(ValueError, match="kernel must have a size up to 63, got 65"):
        universe.grow(Kernel(65, (0.0,) * 561), 64, path, rng=1)
    with pytest.raises(ValueError, match="magnitudes sum to at most 40, got 41"):
        universe.grow(Kernel(1, (41.0,)), 64, path, rng=1)
    with pytest.raises(ValueError, match="size must be a power of two, got 96"):
        universe.grow(K3, 96, path, rng=1)
    with pytest.raises(ValueError, match="size must be at least 2 and at most 1048576"):
        universe.grow(K3, 1, path, rng=1)
    with pytest.raises(ValueError, match="workers must be at least 1"):
        universe.grow(K3, 64, path, rng=1, workers=0)
    with pytest.raises(TypeError, match="rng must be"):
        universe.grow(K3, 64, path, rng=None)
    with pytest.raises(ValueError, match=r"out must end in \.universe"):
        universe.grow(K3, 64, tmp_path / "a.npy", rng=1)
    with pytest.raises(FileNotFoundError, match="out must be in a folder that exists"):
        universe.grow(K3, 64, tmp_path / "nowhere" / "a.universe", rng=1)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="level must be at least 0 and at most 9, got 10"):
        grown.window(0, 0, 1, 1, 10)
    with pytest.raises(ValueError, match="height must be at least 1 and at most 512"):
        grown.window(0, 0, 513, 1)
    with pytest.raises(ValueError, match="width must be at least 1 and at most 512"):
        grown.window(0, 0, 1, 0)
    with pytest.raises(TypeError, match="y must be an integer"):
        grown.window(0.5, 0, 1, 1)
    with pytest.raises(ValueError, match="max_r must be at least 1"):
        grown.correlation(0)


def test_a_window_too_large(grown, monkeypatch):
    monkeypatch.setattr(universe, "LARGEST_WINDOW", 100)
    with pytest.raises(ValueError, match="at most 100 spins, got 20 x 6"):
        grown.window(0, 0, 20, 6)


def test_a_disk_without_room_is_known_before_work_starts(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    monkeypatch.setattr(_universe_growth, "grow_levels", None)
    message = r"cannot write .*a\.universe: it takes .* GiB, the disk has 9.31e-07 free"
    with pytest.raises(OSError, match=message) as caught:
        universe.grow(K3, 64, tmp_path / "a.universe", rng=1)
    assert caught.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="limits of a POSIX process")
@pytest.mark.parametrize("when", ["early", "late"])
def test_no_half_file_when_writing_fails(tmp_path, when):
    path = tmp_path / "a.universe"
    path.write_bytes(b"older")
    command = [sys.executable, "-W", "error", "-c", FULL, path, when]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"[Errno {errno.EFBIG}] cannot write {path}: File too large\n"
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [
        ("a.universe", b"older")
    ]


def test_a_disk_that_fills_up_in_a_thread(tmp_path, monkeypatch):
    def full(file, level, first, rows):
        raise OSError(errno.ENOSPC, "No space left on device")

    write = _universe_file.write_rows
    monkeypatch.setattr(
        _universe_file,
        "write_rows",
        lambda file, level, first, rows: (full if first >= 128 else write)(
            file, level, first, rows
        ),
    )
    with pytest.raises(OSError, match=r"cannot write .*a\.universe: No space left on device"):
        universe.grow(K3, 256, tmp_path / "a.universe", rng=1, workers=2)
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(_packed_universe, "count_across", interrupt)
    with pytest.raises(KeyboardInterrupt):
        universe.grow(K3, 128, tmp_path / "a.universe", rng=1)
    assert list(tmp_path.iterdir()) == []


def test_progress_reaches_the_end(tmp_path, capsys):
    universe.grow(K3, 256, tmp_path / "a.universe", rng=1, progress=True)
    assert "universe 256: 100%" in capsys.readouterr().err


def test_a_header_that_does_not_fit():
    with pytest.raises(ValueError, match="header must fit into 20 bytes"):
        _universe_file.write_header(None, {"size": 1}, 20)
    assert _universe_file.header_room({"note": "x" * 100_000}) > 100_000


def test_the_header_is_text(grown):
    with grown.path.open("rb") as file:
        assert file.readline() == _universe_file.MAGIC
        assert json.loads(file.read(int(file.readline())))["size"] == 512


def test_flushed_before_it_is_renamed(tmp_path, monkeypatch):
    flushed = []
    monkeypatch.setattr(_files, "_flush", lambda path: flushed.append(path.stat().st_size))
    grown = universe.grow(K3, 64, tmp_path / "a.universe", rng=1)
    assert flushed == [grown.path.stat().st_size]


def test_commands(tmp_path):
    path = tmp_path / "a.universe"
    cli_universe.grow(str(path), "k3-released", 128, 1, 1, 4, True)
    app = typer.Typer()
    app.command()(cli_universe.show)
    result = CliRunner().invoke(app, [str(path)])
    assert result.exit_code == 0
    assert "kernel k = 3" in result.stdout
    assert result.stdout.splitlines()[-1].split()[0] == "128"
    window = tmp_path / "window.npy"
    options = ["--out", str(window), "--size", "20", "--y", "-3", "--level", "6"]
    assert CliRunner().invoke(app, [str(path), *options]).exit_code == 0
    expected = universe.open(path).window(-3, 0, 20, 20, 6)
    assert np.array_equal(np.load(window), expected[None])
    failed = CliRunner().invoke(app, [str(tmp_path / "b.universe")])
    assert failed.exit_code == 1
    for name, options in (("n", (2, 1)), ("start", (1, 8))):
        with pytest.raises(ValueError, match=rf"{name} must be 1 for a \.universe file"):
            cli_universe.grow(str(path), "k3-released", 128, *options, 4, True)
