"""Figures of the book: each function draws on an `ax` what it is given and computes nothing."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from cycler import cycler
from matplotlib.collections import PolyCollection
from matplotlib.colors import ListedColormap, TwoSlopeNorm
from matplotlib.patches import Rectangle

INK = "#22304a"
PAPER = "#f4eee3"
ACCENT = "#b3402a"
SPIN_COLOURS = ListedColormap([PAPER, INK])
"""Spin down in the colour of paper, spin up in the colour of ink."""

# Okabe and Ito's colours, safe for colour-blind readers; Monte Carlo and exact values are black.
MODEL_STYLE = {
    "MC": {"color": "black", "marker": "x"},
    "k=3": {"color": "#d55e00", "marker": "o"},
    "k=5": {"color": "#009e73", "marker": "s"},
    "k=7": {"color": "#0072b2", "marker": "D"},
}

SYMBOLS = {"e": "e", "chi": r"\chi", "c": "c", "c_me": "c_{me}", "U4": "U_4"}


def use_style() -> None:
    """Set the look of the book's figures: no titles, thin axes, text that matches the page."""
    plt.rcParams.update(
        {
            "figure.dpi": 110,
            "savefig.dpi": 160,
            "figure.figsize": (6.4, 4.0),
            "figure.constrained_layout.use": True,
            "font.size": 10.5,
            "font.family": "DejaVu Sans",
            "mathtext.fontset": "cm",
            "axes.linewidth": 0.8,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.labelsize": 12,
            "axes.prop_cycle": cycler(color=[INK, "#d55e00", "#009e73", "#0072b2", "#cc79a7"]),
            "legend.frameon": False,
            "lines.linewidth": 1.2,
            "lines.markersize": 5,
            "errorbar.capsize": 2,
            "xtick.direction": "in",
            "ytick.direction": "in",
            "image.interpolation": "nearest",
        }
    )


def model_style(model: str) -> dict:
    """Return colour, marker and line of a model named as in Table II ("k=3", "k=3, w.", "MC")."""
    base, _, weight = model.partition(", ")
    style = dict(MODEL_STYLE.get(base, {"color": ACCENT, "marker": "^"}))
    if weight:  # weighted training: open markers, dashed
        style |= {"markerfacecolor": "white", "linestyle": "--"}
    return style


def spins(ax, configuration: np.ndarray) -> None:
    """Draw one configuration, (L, L) of +-1, as crisp squares."""
    ax.imshow(configuration, cmap=SPIN_COLOURS, vmin=-1, vmax=1)
    ax.set(xticks=[], yticks=[])
    for side in ax.spines.values():
        side.set(visible=True, linewidth=0.6, color=INK)


def row_of_spins(configurations: Mapping[str, np.ndarray], height: float = 2.2):
    """Draw configurations side by side, each under its label, and return the figure."""
    figure, axes = plt.subplots(
        1, len(configurations), figsize=(height * len(configurations), height * 1.12), squeeze=False
    )
    for ax, (label, configuration) in zip(axes[0], configurations.items(), strict=True):
        spins(ax, configuration)
        ax.set_xlabel(label, fontsize=10.5)
    return figure


def matrix(ax, values: np.ndarray, digits: int = 3) -> None:
    """Draw a kernel or a window with its numbers, white at zero."""
    limit = np.abs(values).max() or 1.0
    ax.imshow(values, cmap="RdBu_r", norm=TwoSlopeNorm(0, -limit, limit))
    for (row, column), value in np.ndenumerate(values):
        shade = "white" if abs(value) > 0.6 * limit else INK
        size = 9 if len(values) <= 4 else 6.5
        ax.text(
            column, row, f"{value:.{digits}f}", ha="center", va="center", color=shade, size=size
        )
    ax.set(xticks=[], yticks=[])


def sheared_cells(ax, cells: np.ndarray) -> None:
    """Draw the filled cells of a square array as upward triangles, sheared to equal sides."""
    rows, columns = np.nonzero(cells)
    side = len(cells)
    corner = np.stack([columns + (side - 1 - rows) / 2, (side - 1 - rows) * np.sqrt(3) / 2], -1)
    shape = np.array([[0, 0], [1, 0], [0.5, np.sqrt(3) / 2]])
    ax.add_collection(PolyCollection(corner[:, None] + shape, facecolor=INK, edgecolor="none"))
    ax.set(xlim=(0, side), ylim=(0, side * np.sqrt(3) / 2), aspect="equal")
    ax.set_axis_off()


def outline_blocks(ax, mask: np.ndarray) -> None:
    """Outline the 2 x 2 blocks where `mask`, (L/2, L/2), is true on a picture of side L."""
    for row, column in zip(*np.nonzero(mask), strict=True):
        ax.add_patch(
            Rectangle((2 * column - 0.5, 2 * row - 0.5), 2, 2, fill=False, ec=ACCENT, lw=1.1)
        )


def panel_letters(axes) -> None:
    """Put bold letters a, b, c over the upper left corners of panels."""
    for letter, ax in zip("abcdefgh", np.ravel(axes), strict=False):
        ax.set_title(letter, loc="left", fontweight="bold", fontsize=11)


def note(figure, text: str) -> None:
    """Write what stands behind a figure, small and grey, at its lower right corner."""
    # Wrapped to the figure's width: a longer line would push the panels aside.
    lines = textwrap.fill(text, width=int(16 * figure.get_figwidth()))
    figure.supxlabel(lines, x=0.995, ha="right", fontsize=7.5, color="#777777")


def statistics_note(figure, *datasets: xr.Dataset) -> None:
    """Write how many configurations and which seed stand behind a figure."""
    from inverse_rg.tables import statistics

    note(figure, statistics(*datasets))


def size_axis(ax, sizes) -> None:
    """Set up L on a logarithmic axis with the sizes themselves as ticks."""
    ax.set_xscale("log", base=2)
    ax.set_xlabel(r"$L$")
    ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.minorticks_off()


def against_size(
    ax,
    measured: Mapping[str, xr.Dataset],
    observable: str,
    *,
    power: float = 0.0,
    smallest: int = 8,
) -> None:
    """Draw an observable over L^power against L with error bars, one line a model."""
    sizes = set()
    for model, dataset in measured.items():
        chosen = dataset.sel(size=dataset["size"] >= smallest)
        side = chosen["size"]
        style = {"linewidth": 0.9, **model_style(model)}
        if model == "MC":
            style |= {"linestyle": "none", "markersize": 7, "markeredgewidth": 1.5, "zorder": 5}
        value, error = chosen[observable], chosen[f"{observable}_error"]
        ax.errorbar(side, value / side**power, error / side**power, label=model, **style)
        sizes |= set(side.values.tolist())
    size_axis(ax, sorted(sizes))
    exponent = {1: "", 7 / 4: "^{7/4}"}.get(power, f"^{{{power:g}}}")
    over = rf"\,/\,L{exponent}" if power else ""
    ax.set_ylabel(f"${SYMBOLS[observable]}{over}$")


def scoreboard(ax, rows: Mapping[str, tuple]) -> None:
    """Draw pairs (paper, ours) of estimates, one line a model: open the paper, filled ours."""
    for place, (model, (theirs, ours)) in enumerate(rows.items()):
        for who, one, shift, fill in (
            ("paper", theirs, -0.14, "white"),
            ("here", ours, 0.14, None),
        ):
            style = {"fmt": "o", "color": model_style(model)["color"], "mfc": fill}
            label = who if place == 0 else None
            ax.errorbar(one.value, place + shift, xerr=one.error, label=label, **style)
    ax.set_yticks(range(len(rows)), list(rows))
    ax.set_ylim(len(rows) - 0.5, -0.5)


def magnetisation_density(ax, dataset: xr.Dataset, size: int, label: str, **style) -> None:
    """Draw P(m) scaled by Eq. (16): L^(-1/8) P against m L^(1/8), with a band of one error."""
    one = dataset.sel(size=size).dropna("bin")
    scale = size**0.125
    x, y, error = one["m"] * scale, one["P"] / scale, one["P_error"] / scale
    (line,) = ax.plot(x, y, label=label, **style)
    ax.fill_between(x, y - error, y + error, color=line.get_color(), alpha=0.25, linewidth=0)
    ax.set(xlabel=r"$m\,L^{1/8}$", ylabel=r"$L^{-1/8}\,P_L(m)$")


def log_density(ax, dataset: xr.Dataset, size: int, label: str | None, **style) -> None:
    """Draw log P(m)/P(0) against m L^(1/8), the paper's Figs. 8 and 9, with a band of one error."""
    one = dataset.sel(size=size).dropna("bin")
    one = one.isel(bin=one["P"].values > 0)
    middle = int(np.argmin(np.abs(one["m"].values)))
    y = np.log(one["P"] / one["P"][middle])
    relative = one["P_error"] / one["P"]
    error = np.sqrt(relative**2 + relative[middle] ** 2)
    x = one["m"] * size**0.125
    (line,) = ax.plot(x, y, label=label, **style)
    ax.fill_between(x, y - error, y + error, color=line.get_color(), alpha=0.2, linewidth=0)
    ax.set(xlabel=r"$m\,L^{1/8}$", ylabel=r"$\log\,P_L(m)/P_L(0)$")
