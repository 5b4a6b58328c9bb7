from __future__ import annotations

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt

import inverse_rg as irg
from inverse_rg import _explorer_controls, explorers, figures, optimum
from inverse_rg.ensembles import Dream, Ising
from inverse_rg.kernels import Kernel
from inverse_rg.measurement import measure
from inverse_rg.spins import energy

K3 = Kernel.load("k3")


@pytest.fixture(scope="module")
def measured():
    return {
        "MC": measure([Ising(8), Ising(16)], 128, rng=1),
        "k3": measure(Dream(K3, 16), 128, rng=2),
        "k3-released": measure(Dream(Kernel.load("k3-released"), 16), 128, rng=3),
    }


@pytest.fixture(scope="module")
def patterns():
    return irg.count_patterns(irg.sample_ising(512, 16, rng=4), window=2, rng=5)


@pytest.fixture(scope="module")
def trip():
    return explorers.round_trip(K3, 1.0, 512, size=16, rng=6)


@pytest.fixture
def ax():
    """Return axes in the book's style, drawn at the end so that a late warning is seen."""
    with plt.rc_context():
        figures.use_style()
        figure, axes = plt.subplots()
        yield axes
        figure.canvas.draw()
        plt.close("all")


def picture(explorer) -> str:
    return explorer.children[1].value


def control(explorer, label):
    (found,) = (one for one in explorer.children[0].children if one.description == label)
    return found


@pytest.mark.parametrize("observable", ["e", "chi", "c", "c_me", "U4"])
@pytest.mark.parametrize("logarithmic", [True, False])
@pytest.mark.parametrize("compensated", [True, False])
def test_scaling_draws_what_was_measured(ax, measured, observable, logarithmic, compensated):
    explorers.draw_scaling(
        ax, measured, observable, logarithmic=logarithmic, compensated=compensated
    )
    assert ax.get_yscale() == ("log" if logarithmic else "linear")
    power = {"chi": 7 / 4, "c_me": 1}.get(observable, 0) if compensated else 0
    lines = {one.get_label(): one.lines[0] for one in ax.containers}
    assert set(lines) == set(measured)
    for label, dataset in measured.items():
        sides = np.array([side for side in dataset["size"].values if side >= 4])
        expected = dataset[observable].sel(size=sides) / sides**power
        np.testing.assert_allclose(lines[label].get_ydata(), expected)
    assert len({line.get_color() for line in lines.values()}) == len(measured)


def test_scaling_refuses_what_it_cannot_draw(ax, measured):
    with pytest.raises(ValueError, match=r"observable must be one of 'e', 'chi'.*got 'x'"):
        explorers.draw_scaling(ax, measured, "x")
    with pytest.raises(ValueError, match="measured must hold at least one measurement, got none"):
        explorers.draw_scaling(ax, {})
    with pytest.raises(ValueError, match="measured must hold at least one measurement, got none"):
        explorers.explore_scaling({})


def test_the_stored_results_join_monte_carlo():
    found = explorers.stored_results()
    assert next(iter(found)) == "MC"
    assert not [name for name in found if name.startswith("monte-carlo")]
    assert {8, 128} <= set(found["MC"]["size"].values.tolist())
    seeds = [int(seed) for seed in found["MC"].attrs["seed"].split(", ")]
    assert seeds == sorted(seeds), "joined from the smallest side on"
    assert "k3" in found


def test_stored_results_of_another_kind_are_passed_over(tmp_path):
    assert explorers.stored_results(tmp_path) == {}
    with pytest.raises(ValueError, match="folder must be a folder of results"):
        explorers.stored_results(tmp_path / "missing")


def test_the_loss_surface_is_the_loss(ax, patterns):
    seen = {}
    ax.contour = lambda x, y, values, *rest, **options: (
        seen.update(x=x, y=y, values=values)
        or (type(ax).contour(ax, x, y, values, *rest, **options))
    )
    explorers.draw_loss(ax, patterns, "corner", "near", offset=0.05, span=0.2)
    best = optimum.optimum(patterns, 3)
    own = best.kernel.window[0, 0] + 0.05
    for row, column in ((0, 0), (40, 40), (80, 3), (17, 60)):
        near, corner = seen["y"][row], seen["x"][column]
        kernel = Kernel.from_window([[own, near], [near, corner]])
        exact = optimum.loss(patterns, kernel) - best.loss
        assert seen["values"][row, column] == pytest.approx(exact, abs=1e-12)
    assert seen["values"].min() > 0, "nothing is below the optimum"
    (cross,) = (line for line in ax.lines if line.get_label() == "optimum")
    assert cross.get_xdata() == pytest.approx([best.kernel.window[1, 1]])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"across": "far"}, "across must be one of 'own', 'near', 'corner', got 'far'"),
        ({"up": "own"}, "up must be one of 'near', 'corner', got 'own'"),
        ({"span": 0.0}, "span must be at least 0.001"),
        ({"offset": float("nan")}, "offset must be finite"),
    ],
)
def test_the_loss_surface_refuses_bad_axes(ax, patterns, wrong, message):
    with pytest.raises(ValueError, match=message):
        explorers.draw_loss(ax, patterns, **wrong)


def test_a_round_trip_begins_with_monte_carlo_and_turns_at_side_4(trip):
    assert trip["size"].values.tolist() == [4, 8, 16]
    down, up = trip.sel(way="blocked"), trip.sel(way="dreamt")
    assert float(down["e"][0]) == float(up["e"][0])
    exact = irg.exact_energy(16, irg.K_CRITICAL)
    assert abs(float(down["e"][2]) - exact) < 4 * float(down["e_error"][2])
    # The same dreams from the same lattices, by hand, in a stream of their own.
    coarse = irg.sample_ising(512, 16, rng=7)
    for seed in (8, 9):
        coarse = irg.block(coarse, rng=seed)
    again = irg.dream(K3, 512, 16, rng=10, start=coarse)
    values = energy(again).reshape(16, -1).mean(axis=1) / 256
    gap = abs(values.mean() - float(up["e"][2]))
    assert gap < 4 * np.hypot(values.std(ddof=1) / 4, float(up["e_error"][2]))


def test_a_round_trip_off_criticality_does_not_lead_back():
    trip = explorers.round_trip(K3, 0.9, 512, size=32, rng=6)
    gap = trip["m"].sel(size=32, way="dreamt") - trip["m"].sel(size=32, way="blocked")
    assert abs(float(gap)) > 4 * float(trip["m_error"].sel(size=32).max())


def test_a_round_trip_is_the_same_for_the_same_seed(trip):
    assert trip.identical(explorers.round_trip(K3, 1.0, 512, size=16, rng=6))
    assert not trip.equals(explorers.round_trip(K3, 1.0, 512, size=16, rng=7))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"ratio": 3.0}, "ratio must be at least 0.5 and at most 2, got 3.0"),
        ({"n": 100}, "n must be at least 128, got 100"),
        ({"size": 12}, "size must be one of 8, 16.*got 12"),
    ],
)
def test_a_round_trip_refuses_bad_input(wrong, message):
    with pytest.raises(ValueError, match=message):
        explorers.round_trip(K3, rng=1, **wrong)


def test_a_round_trip_is_drawn(ax, trip):
    explorers.draw_round_trip(ax, trip, "m")
    down, up = (one.lines[0].get_ydata() for one in ax.containers)
    np.testing.assert_allclose(down, trip["m"].sel(way="blocked"))
    np.testing.assert_allclose(up, trip["m"].sel(way="dreamt"))
    with pytest.raises(ValueError, match="quantity must be one of 'e', 'm', got 'x'"):
        explorers.draw_round_trip(ax, trip, "x")


def test_every_control_of_scaling_changes_the_picture(measured):
    explorer = explorers.explore_scaling(measured)
    seen = {picture(explorer)}
    for label, value in (
        ("observable", "c"),
        ("logarithmic", False),
        ("observable", "c_me"),
        ("over the exact power", True),
        ("results", ("MC",)),
    ):
        control(explorer, label).value = value
        assert picture(explorer) not in seen, label
        seen.add(picture(explorer))
    assert all(one.startswith("<img alt=") for one in seen)


def test_what_cannot_be_drawn_is_said_in_place(measured, patterns):
    explorer = explorers.explore_scaling(measured)
    control(explorer, "results").value = ()
    assert "at least one measurement" in picture(explorer)
    explorer = explorers.explore_training(patterns)
    control(explorer, "up").value = "own"
    assert picture(explorer).startswith('<p role="status">up must be one of')
    control(explorer, "across").value = "corner"
    assert picture(explorer).startswith("<img alt=")


def test_the_flow_is_measured_once_for_each_coupling(monkeypatch, trip):
    calls = []
    monkeypatch.setattr(
        explorers, "round_trip", lambda kernel, ratio, n, **rest: calls.append(ratio) or trip
    )
    explorer = explorers.explore_flow(K3, 128, size=16, rng=1)
    before = picture(explorer)
    control(explorer, "quantity").value = "m"
    assert picture(explorer) != before
    control(explorer, "K / K_c").value = 0.95
    control(explorer, "K / K_c").value = 1.0
    assert calls == [1.0, 0.95]


def test_an_error_of_another_kind_is_not_swallowed():
    def draw(ax):
        raise KeyError("a fault of the program")

    with pytest.raises(KeyError):
        _explorer_controls.live(draw, alt="nothing")


def test_drawing_takes_no_ipywidgets():
    program = "import sys; sys.modules['ipywidgets'] = None; import inverse_rg.explorers"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
