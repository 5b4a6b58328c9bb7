import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex

mpl.use("Agg")

import matplotlib.pyplot as plt

from inverse_rg import figures
from inverse_rg.ensembles import Dream, Ising
from inverse_rg.kernels import Kernel
from inverse_rg.measurement import measure
from inverse_rg.statistics import Estimate

K3 = Kernel(3, (0.36, 0.15, 0.14))


@pytest.fixture(scope="module")
def measured():
    return {
        "MC": measure([Ising(8), Ising(16)], 128, rng=1),
        "k=3": measure(Dream(K3, 16), 128, rng=2),
    }


@pytest.fixture
def ax():
    """Return axes in the book's style, drawn at the end so that a late warning is seen."""
    with plt.rc_context():
        figures.use_style()
        figure, axes = plt.subplots()
        yield axes
        figure.canvas.draw()
        plt.close("all")


def test_style_does_not_outlive_its_context():
    before = plt.rcParams["figure.dpi"]
    with plt.rc_context():
        figures.use_style()
        assert plt.rcParams["axes.spines.top"] is False
    assert plt.rcParams["figure.dpi"] == before


def test_models_keep_their_colour():
    assert figures.model_style("MC")["color"] == "black"
    for model in ("k=3", "k=5", "k=7"):
        plain, weighted = figures.model_style(model), figures.model_style(f"{model}, w.")
        assert plain["color"] == weighted["color"]
        assert weighted["linestyle"] == "--"
        assert "linestyle" not in plain
    assert figures.model_style("something else")["color"] == figures.ACCENT
    assert figures.MODEL_STYLE["k=3"].keys() == {"color", "marker"}, "the table stays as it was"


def test_spins(ax):
    figures.spins(ax, np.array([[1, -1], [-1, -1]], np.int8))
    (image,) = ax.images
    colours = image.cmap(image.norm(np.array([-1, 1])))
    assert [to_hex(colour) for colour in colours] == [figures.PAPER, figures.INK]
    assert len(ax.get_xticks()) == 0


def test_row_of_spins():
    lattice = np.ones((4, 4), np.int8)
    figure = figures.row_of_spins({"L = 4": lattice, "L = 8": -lattice})
    assert [ax.get_xlabel() for ax in figure.axes] == ["L = 4", "L = 8"]
    figure.canvas.draw()
    plt.close(figure)


@pytest.mark.parametrize("values", [K3.matrix, K3.window, np.zeros((2, 2)), np.ones((7, 7))])
def test_matrix(ax, values):
    figures.matrix(ax, values, digits=2)
    assert [text.get_text() for text in ax.texts] == [f"{value:.2f}" for value in values.flat]


def test_sheared_cells(ax):
    figures.sheared_cells(ax, np.array([[1, 0], [1, 1]]))
    (collection,) = ax.collections
    assert isinstance(collection, PolyCollection)
    paths = collection.get_paths()
    assert len(paths) == 3
    corners = np.concatenate([path.vertices[:3] for path in paths])
    assert corners.min() >= 0
    assert corners.max() <= 2 + 1e-9
    for path in paths:  # equal sides
        a, b, c = path.vertices[:3]
        sides = [np.linalg.norm(a - b), np.linalg.norm(b - c), np.linalg.norm(c - a)]
        np.testing.assert_allclose(sides, 1)


def test_outline_blocks(ax):
    figures.outline_blocks(ax, np.array([[True, False], [False, True]]))
    corners = sorted(patch.get_xy() for patch in ax.patches)
    assert corners == [(-0.5, -0.5), (1.5, 1.5)]
    assert all((patch.get_width(), patch.get_height()) == (2, 2) for patch in ax.patches)


def test_panel_letters():
    figure, axes = plt.subplots(2, 2)
    figures.panel_letters(axes)
    assert [ax.get_title(loc="left") for ax in axes.flat] == ["a", "b", "c", "d"]
    figure.canvas.draw()
    plt.close(figure)


def test_statistics_note(ax, measured):
    figures.statistics_note(ax.figure, measured["k=3"])
    assert ax.figure.get_supxlabel() == "128 configurations a point, seed 2"


def test_size_axis(ax):
    figures.size_axis(ax, [8, 16, 32])
    assert ax.get_xscale() == "log"
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["8", "16", "32"]


@pytest.mark.parametrize("observable", ["e", "chi", "c", "c_me", "U4"])
def test_against_size(ax, measured, observable):
    figures.against_size(ax, measured, observable)
    handles, labels = ax.get_legend_handles_labels()
    assert labels == ["MC", "k=3"]
    for model, handle in zip(labels, handles, strict=True):
        line = handle.lines[0]
        chosen = measured[model].sel(size=[8, 16])
        np.testing.assert_array_equal(line.get_xdata(), [8, 16])
        np.testing.assert_array_equal(line.get_ydata(), chosen[observable])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["8", "16"]


@pytest.mark.parametrize("power", [0, 1, 1.75, 0.5])
def test_against_size_over_a_power(ax, measured, power):
    figures.against_size(ax, measured, "chi", power=power, smallest=2)
    _, handle = ax.get_legend_handles_labels()[0]
    sizes = np.array([2, 4, 8, 16])
    drawn = handle.lines[0].get_ydata().astype(float)
    np.testing.assert_allclose(drawn, measured["k=3"]["chi"] / sizes**power)
    assert r"\chi" in ax.get_ylabel()


def test_scoreboard(ax):
    rows = {
        "k=3": (Estimate(1.805, 0.001), Estimate(1.8043, 0.0009)),
        "k=5": (Estimate(1.782, 0.001), Estimate(1.7823, 0.0009)),
    }
    figures.scoreboard(ax, rows)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["k=3", "k=5"]
    assert ax.get_legend_handles_labels()[1] == ["paper", "here"]
    drawn = sorted(float(line.get_xdata()[0]) for line in ax.lines if line.get_marker() == "o")
    assert drawn == [1.782, 1.7823, 1.8043, 1.805]
    low, high = ax.get_ylim()
    assert low > high, "the first row stands at the top"


def test_magnetisation_density(ax, measured):
    figures.magnetisation_density(ax, measured["k=3"], 8, "k=3", color="red")
    (line,) = ax.lines
    m = np.linspace(-1, 1, 65)
    np.testing.assert_allclose(line.get_xdata(), m * 8**0.125)
    at = measured["k=3"]["P"].sel(size=8).dropna("bin")
    np.testing.assert_allclose(line.get_ydata(), at / 8**0.125)
    assert line.get_label() == "k=3"
    assert len(ax.collections) == 1
