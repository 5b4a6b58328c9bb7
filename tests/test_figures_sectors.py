import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.offsetbox import AnnotationBbox
from matplotlib.patches import Polygon

mpl.use("Agg")

import matplotlib.pyplot as plt

from inverse_rg import figures, figures_sectors, mcrg
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


@pytest.mark.parametrize(
    ("irrep", "positive", "negative"),
    [("A1", 1, 0), ("A2", 4, 4), ("B1", 3, 2), ("B2", 2, 2), ("E", 2, 1)],
)
def test_lobes_have_the_signs_of_the_angle(ax, irrep, positive, negative):
    # A lobe around angle 0 is drawn in two halves.
    figures_sectors.lobes(ax, irrep)
    faces = [one.get_facecolor() for one in ax.patches if isinstance(one, Polygon)]
    full = mpl.colors.to_rgba(figures_sectors.COLOURS[irrep])
    assert sum(face == full for face in faces) == positive
    assert sum(face == (1.0, 1.0, 1.0, 1.0) for face in faces) == negative


def test_lobes_turn_into_their_negatives(ax):
    # B1 under a quarter turn: every point of the drawing lands on a lobe of the other sign.
    figures_sectors.lobes(ax, "B1")
    polygons = [one for one in ax.patches if isinstance(one, Polygon)]
    full = mpl.colors.to_rgba(figures_sectors.COLOURS["B1"])
    for point, sign in (((0.7, 0.1), 1), ((-0.7, 0.1), 1), ((0.1, 0.7), -1), ((0.1, -0.7), -1)):
        hit = [one for one in polygons if one.get_path().contains_point(point)]
        assert hit
        assert all((one.get_facecolor() == full) == (sign > 0) for one in hit)


@pytest.mark.parametrize("sector", ["even A1", "even A2", "even B1", "odd E"])
def test_combination(ax, sector):
    function = mcrg.functions(sector)[0]
    figures_sectors.combination(ax, function.terms)
    boxes = [one for one in ax.artists if isinstance(one, AnnotationBbox)]
    assert len({tuple(box.xy) for box in boxes}) == len(function.terms)
    signs = [1 if text.get_text() == "+" else -1 for text in ax.texts]
    assert signs == [sign for sign, _ in function.terms]


def test_spectra(ax):
    measured = {
        "even A1": [Estimate(1.0, 0.1), Estimate(-5.0, 0.2)],
        "odd E": [Estimate(-1.1, 0.1)],
        "even E": [Estimate(-4.0, 0.1)],
    }
    expected = {"even A1": [1.0, -2.0, -2.0, -6.0], "odd E": [-1.125], "even E": [-6.0]}
    figures_sectors.spectra(ax, measured, expected, lowest=-3.0)
    drawn = [container.lines[0].get_xydata().tolist() for container in ax.containers]
    assert drawn == [[[0.0, 1.0]], [[1.0, -1.1]]]
    heights = [[segment[0][1] for segment in lines.get_segments()] for lines in lines_of(ax)]
    assert heights == [[-2.0, 1.0], [-1.125], []]


def lines_of(ax):
    """Return the collections of `hlines`, without those of error bars."""
    errors = {id(bar) for container in ax.containers for bar in container.lines[2]}
    return [one for one in ax.collections if id(one) not in errors]


def test_shares(ax):
    rows = {
        "a": {"even A1": 0.2, "even B1": 0.7, "even B2": 0.05, "even A2": 0.02, "even E": 0.03},
        "b": {"even A1": 1.0},
    }
    figures_sectors.shares(ax, rows)
    widths = np.array([bar.get_width() for bar in ax.patches]).reshape(2, 5)
    np.testing.assert_allclose(widths, [[0.7, 0.05, 0.2, 0.02, 0.03], [0, 0, 1, 0, 0]])
    assert [text.get_text() for text in ax.texts] == ["70", "20", "100"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    _, labels = ax.get_legend_handles_labels()
    assert sorted(labels) == ["A1", "A2", "B1", "B2", "E"]
