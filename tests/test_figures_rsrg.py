import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.offsetbox import AnnotationBbox
from matplotlib.patches import Circle

mpl.use("Agg")

import matplotlib.pyplot as plt

from inverse_rg import figures, figures_rsrg, mcrg
from inverse_rg.ensembles import Ising
from inverse_rg.statistics import Estimate


@pytest.fixture
def ax():
    """Return axes in the book's style, drawn at the end so that a late warning is seen."""
    with plt.rc_context():
        figures.use_style()
        figure, axes = plt.subplots()
        yield axes
        figure.canvas.draw()
        plt.close("all")


def pictures(ax) -> list[AnnotationBbox]:
    return [artist for artist in ax.artists if isinstance(artist, AnnotationBbox)]


def spins_of(box: AnnotationBbox) -> set[tuple[int, int]]:
    """Read the sites of a picture off its dark discs; y runs downwards."""
    area = box.offsetbox
    step = area.width / 3
    dark = mpl.colors.to_rgba(figures.INK)
    discs = [one for one in area.get_children() if isinstance(one, Circle)]
    assert len(discs) == 9
    return {
        (int((area.height - one.center[1]) // step), int(one.center[0] // step))
        for one in discs
        if one.get_facecolor() == dark
    }


@pytest.mark.parametrize("sites", [[(0, 0)], [(0, 0), (1, 2)], [(0, 1), (1, 0), (2, 1), (2, 2)]])
def test_plaquette(ax, sites):
    figures_rsrg.plaquette(ax, sites, (0.5, 0.5))
    (box,) = pictures(ax)
    assert spins_of(box) == set(sites)


def test_gallery(ax):
    shapes = mcrg.shapes()
    figures_rsrg.gallery(ax, shapes)
    boxes = pictures(ax)
    assert [spins_of(box) for box in boxes] == [set(one[0]) for one in shapes]
    assert len({tuple(box.xy) for box in boxes}) == 36
    numbers = [int(text.get_text().strip("$").removeprefix(r"\times")) for text in ax.texts]
    assert numbers == [len(one) for one in shapes]
    assert sum(numbers) == 158


def test_couplings(ax):
    shapes = [[(0, 0), (0, 1)], [(0, 0), (1, 1)]]
    vectors = {
        "MC": (np.array([1.0, 0.3]), np.array([0.0, 0.01])),
        "k=3": (np.array([1.0, -0.2]), np.array([0.0, 0.02])),
    }
    figures_rsrg.couplings(ax, shapes, vectors)
    heights = [bar.get_height() for container in ax.containers[1::2] for bar in container]
    assert heights == [1.0, 0.3, 1.0, -0.2]
    assert [spins_of(box) for box in pictures(ax)] == [set(one) for one in shapes]
    assert ax.get_legend_handles_labels()[1] == ["MC", "k=3"]


def test_by_operators(ax):
    dataset = mcrg.spectrum(Ising(16), 400, rng=1, levels=1)
    figures_rsrg.by_operators(ax, dataset, "odd A1", size=16, levels=(0, 1))
    assert [line.get_label() for line in ax.lines] == ["$n = 0$", "$n = 1$"]
    at = dataset["leading_y"].sel(size=16, sector="odd A1", level=1).dropna("operators")
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), at)
    np.testing.assert_array_equal(ax.lines[1].get_xdata(), at["operators"])
    assert len(ax.collections) == 2


def test_against_size(ax):
    exponents = {
        "MC": {16: Estimate(1.0, 0.1), 8: Estimate(0.9, 0.2)},
        "k=3, w.": {8: Estimate(1.1, 0.01), 32: Estimate(1.2, 0.02)},
    }
    figures_rsrg.against_size(ax, exponents)
    handles, labels = ax.get_legend_handles_labels()
    assert labels == ["MC", "k=3, w."]
    np.testing.assert_array_equal(handles[0].lines[0].get_xdata(), [8, 16])
    np.testing.assert_array_equal(handles[0].lines[0].get_ydata(), [0.9, 1.0])
    (band,) = [one for one in ax.collections if len(one.get_paths()[0].vertices) > 4]
    edge = band.get_paths()[0].vertices[:, 1]
    assert (edge.min(), edge.max()) == pytest.approx((0.7, 1.1))
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["8", "16", "32"]


def test_against_size_without_legend(ax):
    figures_rsrg.against_size(ax, {"k=3": {8: Estimate(1.0, 0.1)}}, legend=False)
    assert ax.get_legend_handles_labels() == ([], [])


def test_two_exams(ax):
    exams = {
        "MC": (Estimate(0.25, 0.001), Estimate(0.248, 0.001)),
        "k=3": (Estimate(0.195, 0.001), Estimate(0.282, 0.002)),
    }
    figures_rsrg.two_exams(ax, exams, exact=0.25)
    handles, labels = ax.get_legend_handles_labels()
    assert labels == ["MC", "k=3"]
    drawn = [tuple(float(a[0]) for a in h.lines[0].get_data()) for h in handles]
    assert drawn == [(0.25, 0.248), (0.195, 0.282)]
    assert ax.get_xlim() == ax.get_ylim()
    assert ax.get_xlim()[0] < 0.195


def test_flow(ax):
    paths = [np.array([[0.0, 1.0], [1.0, 1.0], [3.0, 0.0]]), np.array([[2.0, 2.0], [4.0, 4.0]])]
    figures_rsrg.flow(ax, paths, labels=["one", "two"])
    arrows = [(text.xyann, text.xy) for text in ax.texts]
    assert len(arrows) == 3
    np.testing.assert_array_equal(arrows[1], [[1, 1], [3, 0]])
    assert ax.get_legend_handles_labels()[1] == ["one", "two"]
    assert ax.get_xlim()[1] > 4
    assert ax.get_ylim()[1] > 4
