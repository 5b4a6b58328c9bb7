"""Draw the pictures that stand for the live widgets in print and without scripts.

``python book/pictures.py`` draws all of them into `book/_static/`, from the seeds below and in a
few seconds; ``python book/pictures.py zoom`` draws one. The page shows each as a figure of class
`irg-twin` after its widget.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

import inverse_rg as irg
from inverse_rg import _files, figures

STATIC = Path(__file__).resolve().parent / "_static"
SEED = 11
SIDE, CLOSER, MARGIN = 64, 8, 4
"""Spins along a view, how much closer each view is, coarse spins around what is dreamt on."""


def main(names: list[str]) -> None:
    """Draw the pictures `names`, all of them if there are none."""
    figures.use_style()
    for name in names or DRAWN:
        figure = DRAWN[name]()
        figure.savefig(STATIC / f"{name}.png", dpi=160)
        plt.close(figure)
        print(f"book/_static/{name}.png")


def zoom() -> plt.Figure:
    """Zoom into a magnet four times, with the trained kernel and with a bent one."""
    trained = irg.Kernel.load("k3")
    bent = irg.Kernel(3, [0.7 * parameter for parameter in trained.parameters])
    figure, axes = plt.subplots(2, 5, figsize=(10.4, 4.85))
    for row, kernel, label in zip(axes, (trained, bent), ("trained", "bent"), strict=True):
        rng = np.random.default_rng(SEED)
        view = irg.dream(kernel, 1, SIDE, rng=rng)[0]
        row[0].set_ylabel(label)
        for level, ax in enumerate(row):
            figures.spins(ax, view)
            ax.set_xlabel(f"$L = {SIDE * CLOSER**level:,}$".replace(",", "\\,"), fontsize=10)
            if level == len(row) - 1:
                break
            top, left = border(view)
            side = SIDE // CLOSER
            frame = Rectangle((left - 0.5, top - 0.5), side, side, fill=False, ec=figures.ACCENT)
            frame.set_linewidth(1.4)
            ax.add_patch(frame)
            view = closer(kernel, view, top, left, rng)
    figures.note(figure, f"k = 3; bent: every parameter times 0.7; seed {SEED}")
    return figure


def border(view: np.ndarray) -> tuple[int, int]:
    """Return the corner of the part of a view, away from its edges, that is most divided."""
    side = SIDE // CLOSER
    corners = range(MARGIN, SIDE - side - MARGIN, 2)
    places = [(top, left) for top in corners for left in corners]
    middle = (SIDE - side) / 2

    def unevenness(place):
        top, left = place
        distance = np.hypot(top - middle, left - middle) / SIDE
        return abs(view[top : top + side, left : left + side].mean()) + distance

    return min(places, key=unevenness)


def closer(kernel, view: np.ndarray, top: int, left: int, rng) -> np.ndarray:
    """Dream the finer levels of a part of `view`; the margin keeps its edges what they are."""
    side = SIDE // CLOSER
    part = view[top - MARGIN : top + side + MARGIN, left - MARGIN : left + side + MARGIN]
    fine = irg.dream(kernel, 1, len(part) * CLOSER, rng=rng, start=part[None])[0]
    cut = slice(MARGIN * CLOSER, -MARGIN * CLOSER)
    return fine[cut, cut]


def dream() -> plt.Figure:
    """Draw a dream of each kernel beside Monte Carlo, with m and e."""
    size = 256
    drawn = {
        f"$k = {k}$": irg.dream(irg.Kernel.load(f"k{k}"), 1, size, rng=SEED + k)[0]
        for k in (3, 5, 7)
    }
    drawn["Monte Carlo"] = irg.sample_ising(1, size, rng=SEED)[0]
    figure, axes = plt.subplots(1, 4, figsize=(10.4, 3.3))
    for ax, (label, configuration) in zip(axes, drawn.items(), strict=True):
        figures.spins(ax, configuration)
        m = configuration.mean()
        e = float(irg.spins.energy(configuration[None])[0]) / size**2
        ax.set_xlabel(f"{label}\n$m = {m:+.3f}$, $e = {e:.3f}$", fontsize=10)
    figures.note(figure, f"L = {size}, seeds {SEED}, {SEED + 3}, {SEED + 5} and {SEED + 7}")
    return figure


def measure() -> plt.Figure:
    """Draw exponents and the Binder ratio against the number of dreams, and P(m)."""
    kernel = irg.Kernel.load("k3")
    measured = {n: irg.measure(irg.Dream(kernel, SIDE), n, rng=SEED) for n in NUMBERS}
    figure, axes = plt.subplots(1, 4, figsize=(10.8, 3.0))
    settle(axes, measured, figures.ACCENT)
    for ax, (_, exact, _) in zip(axes, PANELS, strict=False):
        ax.axhline(exact, color="black", lw=0.9)
    figures.note(figure, f"k = 3, sides 64 and 16, up to {NUMBERS[-1]:,} dreams, seed {SEED}")
    return figure


def conditional() -> plt.Figure:
    """Draw the same for the conditional chain and for k = 3, beside Monte Carlo."""
    from inverse_rg.widgets import _models

    chain, kernel = _models.MODELS["conditional"], irg.Kernel.load("k3")

    def grown(n):
        parts = [irg.measure(chain.ensemble(side), n, rng=SEED) for side in (SIDE // 4, SIDE)]
        return irg.measurement.join([one.isel(size=[-1]) for one in parts])

    figure, axes = plt.subplots(1, 4, figsize=(10.8, 3.0))
    dreams = {n: irg.measure(irg.Dream(kernel, SIDE), n, rng=SEED) for n in NUMBERS}
    settle(axes, dreams, figures.ACCENT, label="k = 3")
    settle(axes, {n: grown(n) for n in NUMBERS}, BLUE, label="conditional chain")
    path = _files.data_folder("widgets") / "monte-carlo.json"
    true = json.loads(path.read_text(encoding="utf-8"))["measured"]
    for ax, name in zip(axes, ("gamma_over_nu", "one_over_nu", "U4"), strict=False):
        ax.axhline(true[name]["value"], color="black", lw=0.9)
    scale = SIDE**0.125  # P(m) is drawn against m L^(1/8)
    magnetisation, density = np.linspace(-scale, scale, len(true["P"])), np.array(true["P"])
    axes[3].plot(magnetisation[::2], density[::2] / scale, "k.", ms=3)
    axes[0].legend(fontsize=8)
    figures.note(figure, f"sides 64 and 16, up to {NUMBERS[-1]:,} dreams, seed {SEED}")
    return figure


def settle(axes, measured: dict, colour: str, label: str | None = None) -> None:
    """Draw the estimates of runs with more and more dreams, and P(m) of the longest."""
    for ax, (title, _, estimate) in zip(axes, PANELS, strict=False):
        values = np.array([estimate(one) for one in measured.values()], float)
        ax.errorbar(list(measured), *values.T, fmt="o", ms=3.5, color=colour, label=label)
        ax.set_xscale("log")
        ax.set(xlabel="dreams", title=title)
    longest = measured[NUMBERS[-1]]
    figures.magnetisation_density(axes[3], longest, SIDE, None, color=colour)
    axes[3].set(title="$P(m)$", ylabel="")


def _at(dataset, observable: str) -> tuple[float, float]:
    one = dataset.sel(size=SIDE)
    return float(one[observable]), float(one[f"{observable}_error"])


def guess() -> plt.Figure:
    """Draw three pairs of a dream and a Monte Carlo configuration, in an order of their own."""
    dreams = irg.dream(irg.Kernel.load("k3"), 3, SIDE, rng=SEED)
    pairs = zip(dreams, irg.sample_ising(3, SIDE, rng=SEED + 1), strict=True)
    figure, axes = plt.subplots(1, 6, figsize=(10.4, 2.3))
    for place, pair in enumerate(pairs):
        order = DREAM_FIRST[place]
        for ax, configuration in zip(
            axes[2 * place :], pair if order else pair[::-1], strict=False
        ):
            figures.spins(ax, configuration)
    for letter, ax in zip("abcdef", axes, strict=True):
        ax.set_xlabel(letter)
    figures.note(figure, f"k = 3, L = {SIDE}, seeds {SEED} and {SEED + 1}")
    return figure


BLUE = "#0072b2"
NUMBERS = [1 << power for power in range(8, 18)]
"""Dreams of the runs that settle."""

PANELS = (
    (r"$\gamma/\nu$", 7 / 4, lambda one: irg.scaling.two_size_exponent(one, "chi", 64, 16)),
    (r"$1/\nu$", 1.0, lambda one: irg.scaling.two_size_exponent(one, "c_me", 64, 16)),
    ("$U_4$", irg.ising.BINDER_CRITICAL, lambda one: _at(one, "U4")),
)
"""Title, exact value, and how an estimate and its error come from a measurement."""

DREAM_FIRST = (False, True, False)
DRAWN = {
    "zoom": zoom,
    "dream": dream,
    "measure": measure,
    "conditional": conditional,
    "guess": guess,
}


if __name__ == "__main__":
    main(sys.argv[1:])
