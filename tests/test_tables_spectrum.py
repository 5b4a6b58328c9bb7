"""Tables III and IV beside ours, and the eigenvalues in the order of the paper."""

import math

import numpy as np
import pytest

import inverse_rg as irg
from inverse_rg import mcrg, paper, stored_exponents, tables
from inverse_rg.statistics import Estimate

K3 = irg.Kernel(3, (0.36312, 0.146967, 0.143286))


def both_lists(ensemble, n=600, seed=6):
    """A spectrum with both lists, as a campaign stores it."""
    import xarray as xr

    parts = [mcrg.spectrum(ensemble, n, rng=seed, basis=basis) for basis in mcrg.BASES]
    return xr.concat(parts, "sector", data_vars="minimal", combine_attrs="override", join="exact")


@pytest.fixture(scope="module")
def monte_carlo():
    return both_lists(irg.Ising(32))


@pytest.fixture(scope="module")
def dreams():
    return both_lists(irg.Dream(K3, 128))


def test_ranked(monte_carlo):
    for basis, count in (("paper", 11 + 24), ("square", 126)):
        found = mcrg.ranked(monte_carlo, basis, level=1)
        assert len(found) == count
        y = [one.y for one in found]
        assert y == sorted(y, reverse=True)
        for one in found[:8]:
            ours = mcrg.exponent(monte_carlo, one.sector, one.mode, level=1)
            assert (one.y, one.error) == ours
    assert [one.sector for one in mcrg.ranked(monte_carlo)[:2]] == ["odd paper", "even paper"]


def test_published_exponents(monte_carlo):
    y_h = mcrg.published_exponent(monte_carlo, "y_h", level=1)
    assert y_h == mcrg.exponent(monte_carlo, "odd paper", level=1)
    eta = mcrg.published_exponent(monte_carlo, "eta_rsrg", level=1)
    assert eta == (4 - 2 * y_h.value, 2 * y_h.error)
    for name in ("one_over_nu", "one_over_nu_rsrg"):
        ours = mcrg.published_exponent(monte_carlo, name, "square")
        assert ours == mcrg.exponent(monte_carlo, "even A1")
    omega = mcrg.published_exponent(monte_carlo, "omega", "square")
    assert omega == mcrg.exponent(monte_carlo, "even A1", 1)
    assert mcrg.published_exponent(monte_carlo, "omega").value == mcrg.ranked(monte_carlo)[5].y
    with pytest.raises(ValueError, match="quantity must be one of 'y_h'"):
        mcrg.published_exponent(monte_carlo, "gamma")
    with pytest.raises(ValueError, match="basis must be one of"):
        mcrg.published_exponent(monte_carlo, "y_h", "triangle")
    with pytest.raises(ValueError, match="basis must be one of"):
        mcrg.ranked(monte_carlo, "triangle")


def test_shares_of_the_variance(monte_carlo):
    first = np.zeros(16)
    first[0] = 1.0
    shares = mcrg.variance_shares(monte_carlo, "even B1", first)
    assert shares["even B1"] == pytest.approx(1)
    assert sum(shares.values()) == pytest.approx(1)
    # One orientation of the nearest-neighbour pair: half the sum, half the difference of both.
    bond = np.eye(25)[0]
    shares = mcrg.variance_shares(monte_carlo, "even paper", bond)
    energy, _ = mcrg.covariances(monte_carlo, "even A1")
    across, _ = mcrg.covariances(monte_carlo, "even B1")
    expected = energy[0, 0] / (energy[0, 0] + across[0, 0])
    assert shares["even A1"] == pytest.approx(expected)
    assert shares["even A1"] + shares["even B1"] == pytest.approx(1)
    # The variance of one orientation itself says the same within its noise.
    own, _ = mcrg.covariances(monte_carlo, "even paper")
    assert (energy[0, 0] + across[0, 0]) / 4 == pytest.approx(own[0, 0], rel=0.1)
    with pytest.raises(ValueError, match="vector must be 25 real numbers, one for each function"):
        mcrg.variance_shares(monte_carlo, "even paper", np.ones(3))


def test_table_iii(monte_carlo):
    table = tables.table_iii({32: monte_carlo, 16: monte_carlo}, levels=(0, 1, 5))
    frame = table.frame
    assert len(frame) == 3 * 2 * 2  # exponents, lists, the levels that are there
    assert set(frame["L"]) == {32}
    assert table.note == "600 configurations a point, seed 6"
    row = frame[(frame["exponent"] == "1/ν") & (frame["n"] == 1)].iloc[1]
    assert row["operators"] == "all 36 shapes"
    assert row["paper"] == "0.931(2)"
    assert row["exact"] == "1"
    ours = mcrg.exponent(monte_carlo, "even A1", level=1)
    assert row["here"] == tables.number(ours)
    sigmas = (ours.value - 0.931) / math.hypot(ours.error, 0.002)
    assert row["(here − paper) / σ"] == f"{sigmas:+.1f}"
    assert row["verdict"] == tables.verdict(sigmas)


def test_table_iv(dreams):
    measured = irg.measure(irg.Dream(K3, 128), 600, rng=6)
    table = tables.table_iv({"k=3": dreams}, {"k=3": measured})
    frame = table.frame
    assert table.note.startswith("renormalization group: 600 configurations a point, seed 6;")
    behind = "finite-size scaling: 600 configurations a point, seed 6"
    assert table.note.endswith(f"{behind}; errors contain those of training")
    fixed = tables.table_iv({"k=3": dreams}, {"k=3": measured}, trained=False)
    assert fixed.note.endswith(f"{behind}; kernels held fixed")
    ours = mcrg.exponent(dreams, "even paper")
    assert fixed.frame["here"][4] == tables.number(ours)
    assert frame["paper"].tolist() == ["0.195", "0.282", "0.282", "1.155", "1.111", "1.111"]
    assert frame["operators"].tolist() == 2 * ["", "the paper's list", "all 36 shapes"]
    gamma = irg.scaling.two_size_exponent(measured, "chi", 128, 32)
    training = stored_exponents.training_error("k=3", "gamma_over_nu", 128)
    error = math.hypot(gamma.error, training)
    assert frame["here"][0] == tables.number(Estimate(2 - gamma.value, error))
    ours = mcrg.exponent(dreams, "even paper")
    training = stored_exponents.training_error("k=3", "one_over_nu_rsrg", 128, "paper")
    error = math.hypot(ours.error, training)
    assert frame["here"][4] == tables.number(Estimate(ours.value, error))
    # Theirs: the rounding of a digit, training, and our error at their number of configurations.
    theirs = math.hypot(0.0005 / math.sqrt(3), training, ours.error * math.sqrt(600 / 1e6))
    sigmas = (ours.value - 1.111) / math.hypot(error, theirs)
    assert frame["(here − paper) / σ"][4] == f"{sigmas:+.1f}"


def test_table_iv_without_finite_size_scaling(dreams):
    table = tables.table_iv({"k=3": dreams}, bases=["square"])
    assert table.frame["paper"].tolist() == ["0.282", "1.111"]
    counts = tables.count_verdicts(table).frame
    assert counts.drop(columns="model").to_numpy().sum() == 2


def test_every_row_of_table_iv_is_met():
    one = tables.table_iv({model: fake() for model in ("MC", *paper.MODELS)}, bases=["paper"]).frame
    assert len(one) == 14
    assert one["model"].tolist() == ["MC"] * 2 + [m for m in paper.MODELS for _ in range(2)]


def fake():
    """A spectrum without noise, with the exponents of the Ising model."""
    import xarray as xr

    y = np.full((1, 1, 2, 3), np.nan)
    y[0, 0, :, 0] = 1.875, 1.0
    variables = {
        "y": (("size", "level", "sector", "mode"), y),
        "y_error": (("size", "level", "sector", "mode"), 0 * y + 0.001),
    }
    coordinates = {"size": [128], "level": [0], "sector": ["odd paper", "even paper"]}
    return xr.Dataset(variables, coordinates, {"n": 10**6, "label": "Monte Carlo", "seed": "1"})
