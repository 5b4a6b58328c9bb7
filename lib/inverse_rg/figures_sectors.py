"""Figures of symmetry sectors: representations of the square, spectra and shares by sector.

Like `inverse_rg.figures`: each function draws on an `ax` what it is given and computes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.patches import Polygon, Rectangle

from inverse_rg import figures, figures_rsrg
from inverse_rg.statistics import Estimate

COLOURS = {"A1": "#0072b2", "A2": "#56b4e9", "B1": "#d55e00", "B2": "#e69f00", "E": "#8a8a8a"}
"""Colours of the irreducible representations of the square (Okabe and Ito)."""

# The function of the angle with the fewest nodes that behaves as the representation does.
ANGULAR = {
    "A1": (lambda angle: np.ones_like(angle), r"$1$, spin 0"),
    "A2": (lambda angle: np.sin(4 * angle), r"$\sin4\theta$, spin 4"),
    "B1": (lambda angle: np.cos(2 * angle), r"$\cos2\theta$, spin 2"),
    "B2": (lambda angle: np.sin(2 * angle), r"$\sin2\theta$, spin 2"),
    "E": (lambda angle: np.cos(angle), r"$\cos\theta$, spin 1"),
}
WIDEST = 2
"""Pictures side by side in a combination of products."""


def lobes(ax, irrep: str) -> None:
    """Draw how a representation depends on the angle: positive lobes filled, negative ones open."""
    function, label = ANGULAR[irrep]
    angle = np.linspace(0, 2 * np.pi, 721)
    value = function(angle)
    # Cut at the nodes: every lobe is a polygon from the centre.
    sign = np.sign(np.where(np.abs(value) < 1e-9, 0, value))
    starts = np.flatnonzero(np.diff(sign) != 0) + 1
    ax.add_patch(Rectangle((-1.1, -1.1), 2.2, 2.2, fill=False, ec="#b8ae9c", lw=0.8))
    for part in np.split(np.arange(len(angle)), starts):
        middle = sign[part[len(part) // 2]]
        if middle == 0:
            continue
        radius = np.abs(value[part])
        points = radius[:, None] * np.stack([np.cos(angle[part]), np.sin(angle[part])], axis=1)
        face = COLOURS[irrep] if middle > 0 else "white"
        ax.add_patch(Polygon(points, fc=face, ec=COLOURS[irrep], lw=1.2))
    ax.set(xlim=(-1.2, 1.2), ylim=(-1.2, 1.2), aspect="equal")
    ax.set_xlabel(label, fontsize=10)
    ax.set(xticks=[], yticks=[])
    for side in ax.spines.values():
        side.set_visible(False)


def combination(ax, terms: Sequence[tuple[int, Sequence]], *, side: float = 24.0) -> None:
    """Draw a function of a sector: its products as pictures, each with its sign.

    Parameters
    ----------
    terms : sequence of (int, sites)
        As in `inverse_rg.mcrg.Function`.
    side : float
        Side of each picture in points.
    """
    rows = -(-len(terms) // WIDEST)
    for number, (sign, sites) in enumerate(terms):
        row, column = divmod(number, WIDEST)
        figures_rsrg.plaquette(ax, sites, (column, -row), side=side)
        text = "+" if sign > 0 else "\N{MINUS SIGN}"
        ax.annotate(text, (column, -row), xytext=(-side / 2 - 8, 0), textcoords="offset points",
                    ha="center", va="center", fontsize=13, color=figures.INK)  # fmt: skip
    ax.set(xlim=(-0.7, WIDEST - 0.4), ylim=(-rows + 0.4, 0.6))
    ax.set_axis_off()


def spectra(
    ax,
    measured: Mapping[str, Sequence[Estimate]],
    expected: Mapping[str, Sequence[float]],
    *,
    lowest: float,
) -> None:
    """Draw eigenvalues by sector as points, beside the expected exponents as lines.

    Parameters
    ----------
    measured : mapping of str to sequence of Estimate
        Exponents y by sector, named like "even B1"; only those above `lowest` are drawn.
    expected : mapping of str to sequence of float
        Exact exponents of the same sectors.
    lowest : float
        Lower end of the axis.
    """
    for place, (sector, values) in enumerate(measured.items()):
        colour = COLOURS[sector.split()[-1]]
        ax.axvspan(place - 0.46, place + 0.46, color=colour, alpha=0.09, linewidth=0)
        lines = sorted({y for y in expected[sector] if y > lowest})
        ax.hlines(lines, place - 0.42, place + 0.42, color="black", lw=1.6, zorder=2)
        shown = [one for one in values if one.value > lowest]
        if shown:
            y, error = np.array(shown, float).T
            style = {"fmt": "o", "ms": 6, "mec": "white", "mew": 0.7, "color": colour, "zorder": 3}
            ax.errorbar(np.full(len(y), place), y, error, ecolor=figures.INK, **style)
    ax.set_xticks(range(len(measured)), [name.replace(" ", "\n") for name in measured])
    ax.set(xlim=(-0.6, len(measured) - 0.4), ylim=(lowest, None))
    ax.tick_params(axis="x", length=0)


def shares(ax, rows: Mapping[str, Mapping[str, float]]) -> None:
    """Draw shares of a variance by representation as stacked bars, the first row on top.

    Parameters
    ----------
    rows : mapping of str to mapping of str to float
        By label, then by sector, as `inverse_rg.mcrg.variance_shares` returns them.
    """
    for place, row in enumerate(rows.values()):
        left = 0.0
        for irrep in ("B1", "B2", "A1", "A2", "E"):
            share = sum(value for name, value in row.items() if name.endswith(irrep))
            label = irrep if place == 0 else None
            ax.barh(place, share, 0.74, left, color=COLOURS[irrep], ec="white", lw=0.6, label=label)
            if share > 0.06:
                # Black on the light colours, white on the dark ones.
                shade = "white" if irrep == "A1" else "black"
                text = f"{100 * share:.0f}"
                ax.text(
                    left + share / 2, place, text, ha="center", va="center", size=9, color=shade
                )
            left += share
    ax.set_yticks(range(len(rows)), list(rows))
    ax.set(xlim=(0, 1), ylim=(len(rows) - 0.5, -0.5), xticks=[])
    ax.tick_params(axis="y", length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
