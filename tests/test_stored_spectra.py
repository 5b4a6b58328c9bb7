"""The spectra in data/results: small, complete, and equal to independent measurements."""

from pathlib import Path

import numpy as np
import pytest

import inverse_rg as irg
from inverse_rg import campaign, mcrg, paper, tables

FOLDER = Path(__file__).resolve().parents[1] / "data" / "results"
STORED = sorted(path.stem for path in FOLDER.glob("rg-*.nc"))
SIDES = (8, 16, 32, 64, 128, 256, 512)


def test_they_are_small():
    sizes = [path.stat().st_size for path in FOLDER.glob("rg-*.nc")]
    assert max(sizes) < 300_000
    assert sum(sizes) < 8_000_000


def test_they_are_those_of_the_lists():
    tasks = {task.name: task for task in campaign.read("renormalization")}
    wide = ("rg-k9", "rg-k11")  # of the chapter on the exact optimum
    tasks |= {task.name: task for task in campaign.read("optimum") if task.name in wide}
    assert set(STORED) == set(tasks)
    for name in STORED:
        stored = campaign.load(name)
        assert stored.attrs["work"] == tasks[name].text


@pytest.mark.parametrize(
    ("sector", "level", "expected", "tolerance"),
    [
        ("even A1", 0, 0.976, 0.003),
        ("even A1", 1, 1.002, 0.003),
        ("odd A1", 0, 1.8810, 0.0003),
        ("odd A1", 1, 1.8761, 0.0003),
        ("even B1", 2, 0.0, 0.06),
        ("even B2", 2, 0.0, 0.06),
    ],
)
def test_monte_carlo_at_64(sector, level, expected, tolerance):
    """Expected: another implementation, of dense covariances, at 10^6 configurations."""
    value = mcrg.exponent(campaign.load("rg-monte-carlo-64"), sector, level=level).value
    assert value == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize(
    ("quantity", "basis", "expected", "tolerance"),
    [
        ("eta_rsrg", "paper", 0.282, 0.002),
        ("one_over_nu", "paper", 1.111, 0.006),
        ("eta_rsrg", "square", 0.281, 0.002),
        ("one_over_nu", "square", 1.140, 0.006),
    ],
)
def test_the_released_kernel(quantity, basis, expected, tolerance):
    value = mcrg.published_exponent(campaign.load("rg-k3-released"), quantity, basis).value
    assert value == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("side", SIDES)
def test_monte_carlo_approaches_the_exact_exponents(side):
    stored = campaign.load(f"rg-monte-carlo-{side}")
    assert stored["size"].values.tolist() == [side]
    if side >= 32:
        assert mcrg.exponent(stored, "odd A1", level=1).value == pytest.approx(1.875, abs=0.002)
        assert mcrg.exponent(stored, "even A1", level=1).value == pytest.approx(1.0, abs=0.02)
        for sector in ("even B1", "even B2"):
            assert abs(mcrg.exponent(stored, sector, level=1).value) < 0.1


@pytest.mark.parametrize("model", paper.MODELS)
def test_the_kernels(model):
    name = paper.kernel_name(model)
    for pairing, suffix in (("block", ""), ("parent", "-parent")):
        stored = campaign.load(f"rg-{name}{suffix}")
        assert stored.attrs["pairing"] == pairing
        assert stored["size"].values.tolist() == [8, 16, 32, 64, 128]
        assert np.isfinite(stored["y"].sel(level=0).isel(mode=0)).all()
    spectra = {model: campaign.load(f"rg-{name}")}
    assert len(tables.table_iv(spectra).frame) == 4


@pytest.mark.parametrize("model", paper.MODELS)
def test_parents_give_eta_of_finite_size_scaling(model):
    """A dream beside its own block does not: the paper's tension between its two ways."""
    name = paper.kernel_name(model)
    gamma = irg.scaling.two_size_exponent(campaign.load(name), "chi", 128, 32).value
    parent, block = (
        mcrg.published_exponent(campaign.load(f"rg-{name}{suffix}"), "eta_rsrg", "square").value
        for suffix in ("-parent", "")
    )
    assert parent == pytest.approx(2 - gamma, abs=0.001)
    assert abs(block - (2 - gamma)) > 0.03


def test_fresh_draws_agree_with_the_stored_ones():
    stored = campaign.load("rg-monte-carlo-16")
    fresh = mcrg.spectrum(irg.Ising(16), 20_000, rng=77)
    for sector, level in (("odd A1", 0), ("even A1", 0), ("even B1", 0), ("odd A1", 1)):
        ours = mcrg.exponent(fresh, sector, level=level)
        assert abs(tables.difference(ours, mcrg.exponent(stored, sector, level=level))) < 4
