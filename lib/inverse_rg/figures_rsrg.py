"""Figures of the renormalization group: operators as small pictures, exponents, couplings, flows.

Like `inverse_rg.figures`: each function draws on an `ax` what it is given and computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import xarray as xr
from matplotlib.offsetbox import AnnotationBbox, DrawingArea
from matplotlib.patches import Circle, Rectangle

from inverse_rg import figures
from inverse_rg.statistics import Estimate

PLAQUETTE = 3
LEVEL_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
"""Colours of n = 0, 1, 2, 3 (Okabe and Ito)."""


def plaquette(ax, sites, xy, *, coords="data", side: float = 18.0, alignment=(0.5, 0.5)) -> None:
    """Draw a product of spins: the 3 x 3 plaquette, with its spins as dark discs.

    Parameters
    ----------
    sites : iterable of (y, x)
        Sites of the product.
    xy, coords, alignment
        Where: as matplotlib's `AnnotationBbox` takes them.
    side : float
        Side of the picture in points, whatever the axes' scales.
    """
    sites = {tuple(site) for site in sites}
    area = DrawingArea(side, side)
    step = side / PLAQUETTE
    ground = Rectangle((0, 0), side, side, fc=figures.PAPER, ec="#b8ae9c", lw=0.5)
    area.add_artist(ground)
    for y in range(PLAQUETTE):
        for x in range(PLAQUETTE):
            centre = ((x + 0.5) * step, side - (y + 0.5) * step)
            here = (y, x) in sites
            radius, colour = (0.40 * step, figures.INK) if here else (0.13 * step, "#c9bfae")
            area.add_artist(Circle(centre, radius, color=colour, linewidth=0))
    box = AnnotationBbox(
        area, xy, xycoords=coords, box_alignment=alignment, frameon=False, pad=0, zorder=3
    )
    ax.add_artist(box)


def gallery(ax, shapes: Sequence[Sequence], *, columns: int = 12, side: float = 26.0) -> None:
    """Draw the first orientation of each shape, with the number of its orientations below."""
    for number, orientations in enumerate(shapes):
        row, column = divmod(number, columns)
        plaquette(ax, orientations[0], (column, -row), side=side)
        ax.annotate(
            rf"$\times{len(orientations)}$",
            (column, -row),
            xytext=(0, -side / 2 - 3),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=8,
        )
    rows = -(-len(shapes) // columns)
    ax.set(xlim=(-0.6, columns - 0.4), ylim=(-rows + 0.3, 0.5))
    ax.set_axis_off()


def couplings(ax, shapes: Sequence, vectors: Mapping[str, tuple], *, side: float = 17.0) -> None:
    """Draw couplings of a scaling operator, one place a shape, with its picture below the axis.

    Parameters
    ----------
    shapes : sequence of sites
        The picture of each place.
    vectors : mapping of str to (values, errors)
        By model as in `figures.model_style`, arrays of the length of `shapes`.
    """
    places = np.arange(len(shapes))
    width = 0.8 / len(vectors)
    for number, (model, (values, errors)) in enumerate(vectors.items()):
        shift = width * (number - (len(vectors) - 1) / 2)
        colour = figures.model_style(model)["color"]
        ax.bar(places + shift, values, 0.92 * width, yerr=errors, color=colour, label=model,
               error_kw={"elinewidth": 0.8, "ecolor": "#777777"}, capsize=0)  # fmt: skip
    for place, sites in zip(places, shapes, strict=True):
        below = {"coords": ("data", "axes fraction"), "alignment": (0.5, 1.25)}
        plaquette(ax, sites, (place, 0), side=side, **below)
    ax.axhline(0, color=figures.INK, lw=0.6)
    ax.set(xlim=(-0.6, len(shapes) - 0.4), xticks=[])
    ax.spines["bottom"].set_visible(False)


def by_operators(ax, dataset: xr.Dataset, sector: str, *, size: int, levels: Iterable[int]) -> None:
    """Draw y of the largest eigenvalue against the number of operators, a line a level n."""
    for level, colour in zip(levels, LEVEL_COLOURS, strict=False):
        chosen = dataset[["leading_y", "leading_y_error"]]
        at = chosen.sel(size=size, level=level, sector=sector).dropna("operators")
        x, y, error = at["operators"], at["leading_y"], at["leading_y_error"]
        ax.fill_between(x, y - error, y + error, color=colour, alpha=0.25, linewidth=0)
        ax.plot(x, y, "o-", color=colour, ms=3.5, label=f"$n = {level}$")
    ax.set(xlabel="operators")
    ax.xaxis.get_major_locator().set_params(integer=True)


def against_size(ax, exponents: Mapping[str, Mapping[int, Estimate]], *, legend=True) -> None:
    """Draw exponents against L: Monte Carlo as a band of one error, models as points.

    Parameters
    ----------
    exponents : mapping of str to mapping of int to Estimate
        By model as in `figures.model_style`, then by side.
    """
    sides: set[int] = set()
    for model, of_model in exponents.items():
        x = sorted(of_model)
        y, error = np.array([of_model[side] for side in x], float).T
        style = figures.model_style(model) | {"label": model if legend else None}
        if model == "MC":
            ax.fill_between(x, y - error, y + error, color="#777777", alpha=0.35, linewidth=0)
            style |= {"markersize": 6, "markeredgewidth": 1.3, "zorder": 4, "linewidth": 0.8}
        ax.errorbar(x, y, error, **{"linewidth": 0.9, **style})
        sides |= set(x)
    figures.size_axis(ax, sorted(sides))


def two_exams(ax, exams: Mapping[str, tuple[Estimate, Estimate]], exact: float) -> None:
    """Draw one exponent by finite-size scaling (x) and by the renormalization group (y).

    Parameters
    ----------
    exams : mapping of str to (Estimate, Estimate)
        By model: x, y. On the diagonal both exams agree; `exact` is where they should.
    """
    for model, (x, y) in exams.items():
        # Open symbols are larger and below, so that neither kind hides the other.
        over = {"markersize": 9, "zorder": 2} if model.endswith("w.") else {"markersize": 5.5}
        style = figures.model_style(model) | {"linestyle": "none", "zorder": 3} | over
        ax.errorbar(x.value, y.value, y.error, x.error, label=model, **style)
    values = [one.value for pair in exams.values() for one in pair] + [exact]
    margin = 0.12 * (max(values) - min(values))
    ends = (min(values) - margin, max(values) + margin)
    ax.plot(ends, ends, color="#999999", lw=0.8, ls=":", zorder=0)
    for line in (ax.axhline, ax.axvline):
        line(exact, color="black", lw=0.6, zorder=0)
    ax.set(xlim=ends, ylim=ends, aspect="equal")
    ax.locator_params(nbins=6)


def flow(ax, paths: Iterable[np.ndarray], *, labels: Sequence[str] | None = None) -> None:
    """Draw paths of two couplings, arrays (steps, 2), as arrows from step to step."""
    for number, path in enumerate(paths):
        colour = LEVEL_COLOURS[number % len(LEVEL_COLOURS)]
        ax.plot(*path[0], "o", color=colour, ms=5, label=labels[number] if labels else None)
        for start, end in pairwise(path):
            arrow = {"arrowstyle": "-|>", "color": colour, "shrinkA": 0, "shrinkB": 0, "lw": 1.2}
            ax.annotate("", end, start, arrowprops=arrow)
    ax.update_datalim(np.concatenate([np.asarray(path) for path in paths]))
    ax.autoscale_view()
