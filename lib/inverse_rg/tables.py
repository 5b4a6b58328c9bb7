"""Tables of the book: the paper's number beside ours. They format and do not compute."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd
import xarray as xr

from inverse_rg import kernels as kernels_module
from inverse_rg import paper, scaling
from inverse_rg.kernels import Kernel
from inverse_rg.statistics import Estimate

NAMES = {
    "gamma_over_nu": "γ/ν",
    "one_over_nu": "1/ν",
    "e": "e",
    "chi": "χ",
    "c": "c",
    "c_me": "c_me",
    "U4": "U₄",
}
"""Symbols for the quantities' names."""


class Table:
    """Rows with a line of statistics below, as text and as HTML.

    Parameters
    ----------
    rows : iterable of dict
        Column name to cell, both as they shall appear.
    note : str
        What stands behind the numbers: how many configurations, which seed.
    """

    def __init__(self, rows: Iterable[Mapping[str, object]], note: str = ""):
        rows = list(rows)
        columns = list(dict.fromkeys(column for row in rows for column in row))
        cells = [[row.get(column, "") for column in columns] for row in rows]
        self.frame = pd.DataFrame(cells, columns=columns, dtype=object)
        self.note = note

    def __repr__(self) -> str:
        return self.frame.to_string(index=False) + (f"\n({self.note})" if self.note else "")

    def _repr_html_(self) -> str:
        caption = f'<p class="table-note">{html.escape(self.note)}</p>' if self.note else ""
        body = self.frame.to_html(index=False, border=0, classes="numbers", escape=True)
        return f'<div class="table-scroll">{body}</div>{caption}'


def number(estimate: Estimate) -> str:
    """Write a value with its error in brackets on the last digits: 1.8043(9) or 12.31(15)."""
    value, error = float(estimate.value), float(estimate.error)
    if not math.isfinite(error) or error <= 0:
        return f"{value:.6g}"
    exponent = math.floor(math.log10(error))
    leading = error / 10.0**exponent
    # A leading 1 keeps a second digit.
    decimals = max(0, (1 if leading < 1.95 else 0) - exponent)
    return f"{value:.{decimals}f}({round(error * 10**decimals)})"


def statistics(*datasets: xr.Dataset) -> str:
    """Say what stands behind measurements: "100,000 configurations a point, seed 6".

    Monte Carlo and dreams are told apart where their statistics differ, and what a campaign
    measured and stored is called so.
    """
    behind: dict[tuple, list[str]] = {}
    for dataset in datasets:
        kind = "Monte Carlo" if dataset.attrs["label"].startswith("Monte") else "dreams"
        stored = ", from data/results" if "package" in dataset.attrs else ""
        seeds = behind.setdefault((dataset.attrs["n"], kind, stored), [])
        seeds += str(dataset.attrs["seed"]).split(", ")
    same = len(
        {(n, stored, tuple(dict.fromkeys(seeds))) for (n, _, stored), seeds in behind.items()}
    )
    parts = []
    for (n, kind, stored), seeds in behind.items():
        of = f" of {kind}" if same > 1 else ""
        parts.append(f"{n:,} configurations a point{of}, {_seeds(seeds)}{stored}")
    return "; ".join(dict.fromkeys(parts))


def _seeds(seeds: Iterable[str]) -> str:
    """Write seeds: "seed 6", "seeds 6, 8" or "seeds 101 to 105"."""
    different = list(dict.fromkeys(seeds))
    if len(different) == 1:
        return f"seed {different[0]}"
    if len(different) > 3:
        return f"seeds {different[0]} to {different[-1]}"
    return f"seeds {', '.join(different)}"


def difference(ours: Estimate, theirs: Estimate) -> float:
    """Return ours minus theirs in units of the combined standard error."""
    gap, error = float(ours.value - theirs.value), math.hypot(ours.error, theirs.error)
    return gap / error if error else math.copysign(math.inf, gap) if gap else 0.0


def verdict(sigmas: float) -> str:
    """Say in a word what a difference in error bars means."""
    if abs(sigmas) <= 2:
        return "agrees"
    return "within 4 σ" if abs(sigmas) <= 4 else "differs"


def beside_paper(
    dataset: xr.Dataset, quantity: str, model: str, size: int
) -> tuple[Estimate, Estimate]:
    """Return a number of Table II and ours, each with its error.

    The paper prints no error. Its number is the same kind of average as ours over 10^6
    configurations, so its statistical error is ours scaled to that number; the rounding of the
    last digit comes on top.
    """
    published = paper.value("II", quantity, model, size)
    observable = scaling.EXPONENT_OBSERVABLES[quantity]
    ours = scaling.two_size_exponent(dataset, observable, size, size // 4)
    statistical = float(ours.error) * math.sqrt(dataset.attrs["n"] / 1e6)
    return Estimate(published.value, math.hypot(published.error, statistical)), ours


def against_exact(dataset: xr.Dataset, **exact: Callable[[int, float], float]) -> Table:
    """Return measured against exact values at K_c, a row a size.

    Parameters
    ----------
    dataset : Dataset
        Measured at several sizes.
    **exact : callable
        ``e=inverse_rg.exact_energy``: exact value of the observable, from (size, coupling).
    """
    from inverse_rg.ising import K_CRITICAL

    rows = []
    for size in dataset["size"].values.tolist():
        row: dict[str, object] = {"L": size}
        for name, function in exact.items():
            at = dataset.sel(size=size)
            ours = Estimate(float(at[name]), float(at[f"{name}_error"]))
            value = function(size, K_CRITICAL)
            row |= {
                f"{NAMES[name]} measured": number(ours),
                f"{NAMES[name]} exact": f"{value:.6f}",
                f"difference / σ of {NAMES[name]}": f"{difference(ours, Estimate(value, 0)):+.1f}",
            }
        rows.append(row)
    return Table(rows, statistics(dataset))


def table_ii(measured: Mapping[str, xr.Dataset], exact: Mapping[str, float]) -> Table:
    """Return Table II beside our numbers, one row a published exponent.

    Parameters
    ----------
    measured : mapping of str to Dataset
        Measurements by the paper's row name ("MC", "k=3", "k=3, w.", ...).
    exact : mapping of str to float
        Exact exponent by quantity.
    """
    rows = []
    for quantity in scaling.EXPONENT_OBSERVABLES:
        for model, dataset in measured.items():
            for size, small in scaling.TABLE_II_SIZES:
                theirs, ours = beside_paper(dataset, quantity, model, size)
                sigmas = difference(ours, theirs)
                rows.append(
                    {
                        "exponent": NAMES[quantity],
                        "model": model,
                        "sizes": f"{size}, {small}",
                        "paper": f"{theirs.value:.3f}",
                        "here": number(ours),
                        "exact": f"{exact[quantity]:g}",
                        "difference / σ": f"{sigmas:+.1f}",
                        "verdict": verdict(sigmas),
                    }
                )
    return Table(rows, statistics(*measured.values()))


def count_verdicts(table: Table) -> Table:
    """Return how many rows of `table_ii` have which verdict, by model."""
    counts = table.frame.groupby(["model", "verdict"], sort=False).size().unstack(fill_value=0)
    return Table(counts.reset_index().to_dict("records"), table.note)


def values(header: str, rows: Mapping[object, Estimate], quantity: str, note: str = "") -> Table:
    """Return one estimate a row, `header` over the keys and `quantity` over the values."""
    return Table([{header: key, quantity: number(value)} for key, value in rows.items()], note)


def offset_classes(sizes: Iterable[int]) -> Table:
    """Return the number of free parameters and the offset classes of kernels."""
    rows = []
    for size in sizes:
        classes = kernels_module.offset_classes(size)
        names = " ".join(f"({y},{x})" for y, x in classes)
        rows.append({"kernel": f"k={size}", "parameters": len(classes), "offset classes": names})
    return Table(rows)


def window_probabilities(kernel: Kernel) -> Table:
    """Return P(fine spin up) of a three-parameter kernel for the windows with own spin up.

    Raises
    ------
    ValueError
        If the kernel is not of size 3.
    """
    if kernel.size != 3:
        raise ValueError(f"kernel must have size 3, got {kernel.size}")
    window = kernel.window
    rows = []
    for near in (2, 0, -2):  # sum of the two near spins
        for corner in (1, -1):
            field = window[0, 0] + window[0, 1] * near + window[1, 1] * corner
            rows.append(
                {
                    "near spins": {2: "both up", 0: "one up", -2: "both down"}[near],
                    "corner spin": "up" if corner == 1 else "down",
                    "field h": f"{field:+.4f}",
                    "P(up | own spin up)": f"{1 / (1 + np.exp(-2 * field)):.4f}",
                }
            )
    return Table(rows)


def parameters(kernels: Mapping[str, Kernel]) -> Table:
    """Return the parameters of kernels by offset class, with standard errors where known."""
    rows: dict[tuple, dict[str, object]] = {}
    for label, kernel in kernels.items():
        errors = kernel.standard_errors or (0.0,) * len(kernel.parameters)
        for offset, value, error in zip(
            kernels_module.offset_classes(kernel.size), kernel.parameters, errors, strict=True
        ):
            row = rows.setdefault(offset, {"offset": f"({offset[0]},{offset[1]})"})
            row[label] = number(Estimate(value, error)) if error else f"{value:.4f}"
    return Table(rows.values())
