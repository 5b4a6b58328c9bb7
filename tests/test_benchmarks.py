"""The benchmarks: the plain ways do the same work, and the record has its structure.

Nothing here looks at how long anything took.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import inverse_rg as irg
from inverse_rg import _packed_dreaming, _random, correlations, spins

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
MODULES = ("bench", "common", "device", "machine", "pipelines", "plain", "timing", "works")


@pytest.fixture(scope="module")
def benchmarks():
    """Return the modules of the folder by name; they import each other as a script does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        yield {name: __import__(name) for name in MODULES}
    for name in MODULES:
        del sys.modules[name]


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


def check_record(record: dict) -> None:
    """Fail if a record lacks something or does not agree with itself."""
    assert (record["format"], record["version"]) == ("inverse_rg benchmarks", 1)
    assert set(record["versions"]) == {"python", "numpy", "numba", "torch", "inverse_rg"}
    assert record["machine"]["processor"]
    assert record["machine"]["cores"] >= 1
    assert isinstance(record["machine"]["features"], list)
    assert {row["group"] for row in record["rows"]} - {"device"} == {
        "dreams",
        "observables",
        "Monte Carlo",
        "pipeline",
        "universe",
    }
    for row in record["rows"]:
        assert 0 < row["ours_best"] <= row["ours"]
        assert len(row["rounds"]["ours"]) == row["repeats"] >= 1
        assert row["ours"] == pytest.approx(np.median(row["rounds"]["ours"]))
        if row["against"] is None:
            assert row["ratio"] is row["theirs"] is row["rounds"]["theirs"] is None
        else:
            each = np.array(row["rounds"]["theirs"]) / row["rounds"]["ours"]
            assert row["ratio"] == pytest.approx(np.median(each))
        verdicts = [row["ours"] <= row["target"]["ours"]] if "ours" in row["target"] else []
        verdicts += [row["ratio"] >= row["target"]["ratio"]] if "ratio" in row["target"] else []
        assert row["met"] == (all(verdicts) if verdicts else None)


def strings(value) -> Iterator[str]:
    """Yield every string of a JSON value, the keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for one in value:
            yield from strings(one)
        if isinstance(value, dict):
            yield from strings(list(value.values()))


def test_a_quick_run_writes_a_whole_record(benchmarks, tmp_path, capsys):
    out = tmp_path / "record.json"
    assert benchmarks["bench"].main(["--quick", "--repeats", "2", "--out", str(out)]) == 0
    record = json.loads(out.read_text(encoding="utf-8"))
    check_record(record)
    assert not any(row["target"] for row in record["rows"])  # tiny sizes promise nothing
    printed = capsys.readouterr().out
    assert all(row["work"] in printed for row in record["rows"])
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]


def test_committed_records_are_whole_and_name_no_machine():
    for path in sorted((FOLDER / "results").glob("*.json")):
        text = path.read_text(encoding="utf-8")
        check_record(json.loads(text))
        words = set(strings(json.loads(text)))
        assert platform.node() not in words
        assert not [word for word in words if word.startswith(("/", "~"))]  # no path


@pytest.mark.parametrize("out", ["record.txt", "missing/record.json", "folder.json"])
def test_a_path_that_cannot_be_written_is_refused_before_measuring(
    benchmarks, tmp_path, monkeypatch, capsys, out
):
    (tmp_path / "folder.json").mkdir()
    monkeypatch.setattr(benchmarks["bench"], "measure", lambda *_: pytest.fail("it measured"))
    assert benchmarks["bench"].main(["--quick", "--out", str(tmp_path / out)]) == 1
    assert "bench: out must" in capsys.readouterr().err


def test_too_few_rounds_are_refused(benchmarks, capsys):
    with pytest.raises(SystemExit):
        benchmarks["bench"].main(["--repeats", "1"])
    assert "--repeats must be at least 2, got 1" in capsys.readouterr().err


def test_rows_are_medians_ratios_and_verdicts(benchmarks):
    timing = benchmarks["timing"]
    ours, theirs = (timing.Way(name, lambda: None, 10.0) for name in ("ours", "theirs"))
    targets = {"ours": 0.2, "theirs": 4.0}
    work = timing.Work("dreams", "a work", "s a thing", ours, (theirs,), targets)
    seconds = {"ours": [1.0, 2.0, 4.0], "theirs": [5.0, 8.0, 12.0]}
    (row,) = timing.rows(work, seconds)
    assert (row["ours"], row["ours_best"]) == (0.2, 0.1)
    assert (row["theirs"], row["theirs_best"]) == (0.8, 0.5)
    assert row["ratio"] == 4.0  # of 5, 4, 3
    assert row["spread"] == pytest.approx(0.25)
    assert row["met"] is True
    slow = timing.Work("dreams", "a work", "s a thing", ours, (theirs,), {"theirs": 4.1})
    assert timing.rows(slow, seconds)[0]["met"] is False


def test_rounds_are_added_while_they_scatter_and_none_is_dropped(benchmarks, monkeypatch):
    timing = benchmarks["timing"]
    clock = iter(float(n**2) for n in range(100))  # each round takes longer than the one before
    monkeypatch.setattr(timing.time, "perf_counter", lambda: next(clock))
    work = timing.Work("dreams", "a work", "s a thing", timing.Way("ours", lambda: None, 1.0))
    assert len(timing.interleave(work, 3)["ours"]) == 3 * timing.MOST
    steady = iter(float(n) for n in range(100))
    monkeypatch.setattr(timing.time, "perf_counter", lambda: next(steady))
    assert len(timing.interleave(work, 3)["ours"]) == 3


@pytest.mark.parametrize("k", [3, 5, 7])
def test_the_plain_field_is_that_of_the_package(benchmarks, torch, k):
    plain, common = benchmarks["plain"], benchmarks["common"]
    coarse = common.random_spins(5, 8)
    kernel = irg.Kernel.load(common.KERNELS[k])
    (weight,) = plain.torch_weights([kernel])
    field = plain.torch_field(torch.tensor(coarse, dtype=torch.float32)[:, None], weight)
    np.testing.assert_allclose(field[:, 0], irg.field(kernel, coarse), rtol=0, atol=1e-5)


def test_plain_observables_are_those_of_the_package(benchmarks, torch):
    plain, common = benchmarks["plain"], benchmarks["common"]
    lattice = common.random_spins(7, 16)
    dense = torch.tensor(lattice, dtype=torch.float32)[:, None]
    m, e = (values.numpy() for values in plain.torch_observables(dense))
    np.testing.assert_array_equal(m, (spins.magnetisation(lattice) / 256).astype(np.float32))
    np.testing.assert_array_equal(e, (spins.energy(lattice) / 256).astype(np.float32))
    exact = correlations.correlation(lattice)
    np.testing.assert_allclose(plain.torch_correlation(dense), exact, rtol=0, atol=1e-6)
    np.testing.assert_allclose(plain.torch_correlation_fourier(dense), exact, rtol=0, atol=1e-5)


def test_plain_operators_are_those_of_the_package(benchmarks, torch):
    plain, common = benchmarks["plain"], benchmarks["common"]
    lattice = common.random_spins(7, 16)
    dense = torch.tensor(lattice, dtype=torch.float32)[:, None]
    listed = [product for (product,) in irg.mcrg.shapes("paper")]
    exact = irg.mcrg.operators(lattice, basis="paper") / 256
    for way in (plain.torch_operators, plain.torch_operators_once):
        np.testing.assert_array_equal(way(dense, listed), exact.astype(np.float32))


def test_all_three_ways_dream_the_same(benchmarks, torch):
    plain, common = benchmarks["plain"], benchmarks["common"]
    torch.manual_seed(6)
    n, side = 4096, 16
    kernels = plain.kernels_by_level(common.paper_dream(5, side))
    assert [kernel.size for kernel in kernels] == [3, 5, 5, 5]
    windows = [np.ascontiguousarray(kernel.window) for kernel in kernels]
    packed_state, scalar_state = (_random.state_words(_random.seed_sequence(s)) for s in (1, 2))
    starts = _packed_dreaming.random_start(n // 64, packed_state)
    packed = _packed_dreaming.dream_sums(starts, windows, packed_state)[1][-1] / side**2
    scalar = plain.scalar_dream(windows, n, scalar_state)[-1][1] / side**2
    plainly = plain.torch_dream(plain.torch_weights(kernels), n)[-1][1].double().numpy()
    hotter = plain.torch_weights([irg.Kernel(k.size, np.array(k.parameters) / 2) for k in kernels])
    broken = plain.torch_dream(hotter, n)[-1][1].double().numpy()

    def distance(values):
        error = np.hypot(values.std(), packed.std()) / np.sqrt(n)
        return abs(values.mean() - packed.mean()) / error

    assert distance(scalar) < 4
    assert distance(plainly) < 4
    assert distance(broken) > 8


def test_names_become_file_names(benchmarks):
    slug = benchmarks["machine"].slug
    assert slug("Intel(R) Xeon(R) Processor @ 2.40GHz") == "intel-xeon-processor-2-40ghz"
    assert slug("///") == "unknown"
