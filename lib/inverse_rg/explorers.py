"""Explorers: figures that answer to controls in a notebook.

Each is a plain function that draws on an `ax` what it is given, and a thin layer of ipywidgets
that calls it anew at every change. Where no kernel listens, in the pages of the book, the drawing
function makes the figure that stands there.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.ticker import LogFormatter

from inverse_rg import _check, _explorer_controls, figures
from inverse_rg._random import Seed, seed_sequence
from inverse_rg._round_trip import round_trip
from inverse_rg.kernels import Kernel
from inverse_rg.observables import OBSERVABLES
from inverse_rg.patterns import PatternCounts

__all__ = [
    "EXACT_POWERS",
    "FLOW_LABELS",
    "WINDOW_ENTRIES",
    "draw_loss",
    "draw_round_trip",
    "draw_scaling",
    "explore_flow",
    "explore_scaling",
    "explore_training",
    "round_trip",
    "stored_results",
]

EXACT_POWERS = {"e": 0.0, "chi": 7 / 4, "c": 0.0, "c_me": 1.0, "U4": 0.0}
"""The power of L with which an observable of Eq. (14) grows at the critical point."""

WINDOW_ENTRIES = {"own": (0, 0), "near": (0, 1), "corner": (1, 1)}
"""What a fine spin sees through a kernel of size 3, by its place in `Kernel.window`."""

FLOW_LABELS = {"e": "$e$", "m": r"$\langle|m|\rangle\,L^{1/8}$"}
"""What `round_trip` measures, as an axis names it."""

_COLOURS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
_MARKERS = "osD^vP"


def stored_results(folder: str | os.PathLike | None = None) -> dict[str, xr.Dataset]:
    """Return the stored measurements of Eq. (14) by name, those of Monte Carlo joined as "MC".

    Parameters
    ----------
    folder : str or path, optional
        ``data/results`` by default.
    """
    from inverse_rg import campaign, measurement

    found = {
        name: dataset
        for name, dataset in campaign.results(folder).items()
        if set(OBSERVABLES) <= set(dataset.data_vars)
    }
    sides = [name for name in found if name.startswith("monte-carlo-")]
    monte_carlo = sorted((found.pop(name) for name in sides), key=lambda one: int(one["size"][0]))
    return ({"MC": measurement.join(monte_carlo)} if monte_carlo else {}) | found


def draw_scaling(
    ax,
    measured: Mapping[str, xr.Dataset],
    observable: str = "chi",
    *,
    logarithmic: bool = True,
    compensated: bool = False,
) -> None:
    """Draw an observable against L with error bars, one line a measurement.

    Parameters
    ----------
    measured : mapping of str to Dataset
        What `inverse_rg.measure` returned, by label; at least one.
    observable : str
        One of `inverse_rg.observables.OBSERVABLES`.
    logarithmic : bool
        Whether the vertical axis is.
    compensated : bool
        Whether to divide by the exact power of L, so that the exact exponent is a flat line.

    Raises
    ------
    ValueError
        If the observable is unknown or nothing is measured.
    """
    _check.choice("observable", observable, OBSERVABLES)
    if not measured:
        raise ValueError("measured must hold at least one measurement, got none")
    power = EXACT_POWERS[observable] if compensated else 0.0
    looks = zip(_COLOURS * len(measured), _MARKERS * len(measured), strict=True)
    sizes: set[int] = set()
    for label, dataset in measured.items():
        chosen = dataset.sel(size=dataset["size"] >= 4)
        colour, marker = ("black", "x") if label == "MC" else next(looks)
        side = chosen["size"].values
        value, error = chosen[observable].values, chosen[f"{observable}_error"].values
        style = {"color": colour, "marker": marker, "lw": 0.9, "mfc": "white", "label": label}
        ax.errorbar(side, value / side**power, error / side**power, **style)
        sizes |= set(side.tolist())
    figures.size_axis(ax, sorted(sizes))
    over = rf"\,/\,L^{{{power:g}}}" if power else ""
    ax.set_ylabel(f"${figures.SYMBOLS[observable]}{over}$")
    if logarithmic:
        ax.set_yscale("log")
        ax.yaxis.set_major_formatter(LogFormatter())  # 1.25 and not 1.25 x 10^0
        ax.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(1, 0.4)))
    ax.legend(fontsize=9)
    figures.statistics_note(ax.figure, *measured.values())


def explore_scaling(measured: Mapping[str, xr.Dataset] | None = None):
    """Return controls over `draw_scaling`: any observable of any result, log or linear.

    Parameters
    ----------
    measured : mapping of str to Dataset, optional
        By label; `stored_results` by default.

    Raises
    ------
    ValueError
        If there is nothing to show.
    """
    everything = stored_results() if measured is None else dict(measured)
    if not everything:
        raise ValueError("measured must hold at least one measurement, got none")
    usual = ("MC", "k3", "k=3", "k7", "k=7")
    shown = [name for name in usual if name in everything] or list(everything)[:2]

    def draw(ax, results, **options):
        draw_scaling(ax, {name: everything[name] for name in results}, **options)

    return _explorer_controls.live(
        draw,
        alt="An observable of Eq. (14) against the side L of the lattice",
        results=_explorer_controls.several("results", everything, shown),
        observable=_explorer_controls.one("observable", OBSERVABLES, "chi"),
        logarithmic=_explorer_controls.switch("logarithmic", True),
        compensated=_explorer_controls.switch("over the exact power", False),
    )


def draw_loss(
    ax,
    patterns: PatternCounts,
    across: str = "own",
    up: str = "near",
    *,
    offset: float = 0.0,
    span: float = 0.25,
) -> None:
    """Draw the loss of k = 3 around its optimum over two of its three parameters, exactly.

    Parameters
    ----------
    patterns : PatternCounts
        What `inverse_rg.count_patterns` returned, with a window of at least 2.
    across, up : str
        Two different ones of `WINDOW_ENTRIES`: the axes.
    offset : float
        How far the third one is from its optimum.
    span : float
        How far the plane reaches from the optimum on either side, 0.001 to 10.

    Raises
    ------
    ValueError
        If the axes are unknown or equal, `span` is out of range or `offset` not finite.
    """
    from inverse_rg import optimum

    _check.choice("across", across, tuple(WINDOW_ENTRIES))
    _check.choice("up", up, tuple(name for name in WINDOW_ENTRIES if name != across))
    _check.real("span", span, minimum=1e-3, maximum=10)
    _check.real("offset", offset)
    best = optimum.optimum(patterns, 3)
    features, down, high = optimum.kernel_features(patterns, 3)
    # Fields are linear in the window: one vector over the patterns for each of its entries.
    slope = {name: features @ _unit_kernel(place) for name, place in WINDOW_ENTRIES.items()}
    (third,) = set(WINDOW_ENTRIES) - {across, up}
    steps = np.linspace(-span, span, 81)
    field = features @ np.array(best.kernel.parameters) + offset * slope[third]
    field = field + steps[:, None, None] * slope[up] + steps[:, None] * slope[across]
    losses = np.logaddexp(0, 2 * field) @ down + np.logaddexp(0, -2 * field) @ high
    excess = losses / (down.sum() + high.sum()) - best.loss

    at = {name: best.kernel.window[place] for name, place in WINDOW_ENTRIES.items()}
    levels = 10.0 ** np.arange(-5, 1.1, 0.5)
    lines = ax.contour(
        at[across] + steps, at[up] + steps, excess, levels, colors=figures.INK, linewidths=0.8
    )
    ax.clabel(lines, lines.levels[::2], fmt=lambda level: f"{level:.0e}", fontsize=8)
    ax.plot(at[across], at[up], "+", ms=12, mew=1.8, color=figures.ACCENT, label="optimum")
    ax.set(xlabel=f"{across} spin" if across != "near" else "near spins", aspect="equal")
    ax.set_ylabel(f"{up} spin" if up != "near" else "near spins")
    ax.legend(loc="upper right")
    where = f"{third} at {at[third] + offset:.3f}"
    note = f"loss above its least, {best.loss:.4f} nats a spin; {where}"
    figures.note(ax.figure, f"{note}; {patterns.configurations:,} configurations")


def explore_training(patterns: PatternCounts):
    """Return controls over `draw_loss`: which plane through the optimum, and how wide."""
    names = tuple(WINDOW_ENTRIES)
    return _explorer_controls.live(
        lambda ax, **chosen: draw_loss(ax, patterns, **chosen),
        alt="Contours of the loss of a three-parameter kernel around its optimum",
        across=_explorer_controls.one("across", names, "own"),
        up=_explorer_controls.one("up", names, "near"),
        offset=_explorer_controls.slider("the third, off by", 0.0, -0.3, 0.3),
        span=_explorer_controls.slider("span", 0.25, 0.02, 0.6),
    )


def draw_round_trip(ax, trip: xr.Dataset, quantity: str = "e") -> None:
    """Draw what `round_trip` measured against L: the way down, and the way up again.

    Raises
    ------
    ValueError
        If `quantity` is none of `FLOW_LABELS`.
    """
    _check.choice("quantity", quantity, tuple(FLOW_LABELS))
    for way, colour, marker, line, label in (
        ("blocked", "black", "s", "-", "down, by majority"),
        ("dreamt", figures.ACCENT, "o", "--", f"up, dreamt with {trip.attrs['kernel']}"),
    ):
        one = trip.sel(way=way)
        style = {"color": colour, "marker": marker, "ls": line, "mfc": "white", "label": label}
        columns = (one[name].values for name in ("size", quantity, f"{quantity}_error"))
        ax.errorbar(*columns, **style)
    figures.size_axis(ax, trip["size"].values.tolist())
    ax.set_ylabel(FLOW_LABELS[quantity])
    ax.legend()
    start = rf"Monte Carlo at $K = {trip.attrs['ratio']:g}\,K_c$"
    figures.note(ax.figure, f"{start}, {trip.attrs['n']:,} configurations")


def explore_flow(kernel: Kernel, n: int = 512, *, size: int = 64, rng: Seed):
    """Return controls over `draw_round_trip`: the coupling that it begins with, and what is seen.

    A coupling that was measured once is not measured again.
    """
    root = seed_sequence(rng)
    trips: dict[float, xr.Dataset] = {}

    def draw(ax, ratio, quantity):
        if ratio not in trips:
            trips[ratio] = round_trip(kernel, ratio, n, size=size, rng=root)
        draw_round_trip(ax, trips[ratio], quantity)

    return _explorer_controls.live(
        draw,
        alt="Energy or magnetisation against L, blocked down to side 4 and dreamt up again",
        ratio=_explorer_controls.slider("K / K_c", 1.0, 0.9, 1.1),
        quantity=_explorer_controls.one("quantity", tuple(FLOW_LABELS), "e"),
    )


def _unit_kernel(place: tuple[int, int]) -> np.ndarray:
    """Return the parameters of the 3 x 3 kernel whose window is 1 at `place` and its mirror."""
    window = np.zeros((2, 2))
    window[place] = window[place[::-1]] = 1
    return np.array(Kernel.from_window(window).parameters)
