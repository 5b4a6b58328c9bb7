"""What every table of the book is made of: rows, numbers with errors, and a line of statistics."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping

import pandas as pd
import xarray as xr

from inverse_rg.statistics import Estimate

NAMES = {
    "gamma_over_nu": "γ/ν",
    "one_over_nu": "1/ν",
    "e": "e",
    "chi": "χ",
    "c": "c",
    "c_me": "c_me",
    "U4": "U₄",
    "y_h": "y_h",
    "omega": "ω",
    "eta_fss": "η, finite-size scaling",
    "eta_rsrg": "η, renormalization group",
    "one_over_nu_fss": "1/ν, finite-size scaling",
    "one_over_nu_rsrg": "1/ν, renormalization group",
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
        of = f"{kind}: " if same > 1 else ""
        parts.append(f"{of}{n:,} configurations a point, {_seeds(seeds)}{stored}")
    return "; ".join(dict.fromkeys(parts))


def _seeds(seeds: Iterable[str]) -> str:
    """Write seeds: "seed 6", "seeds 6, 8" or "seeds 101 to 105, 201"."""
    numbers = sorted(set(map(int, seeds)))
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = [f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return f"seed{'s' if len(numbers) > 1 else ''} {', '.join(words)}"


def difference(ours: Estimate, theirs: Estimate) -> float:
    """Return ours minus theirs in units of the combined standard error."""
    gap, error = float(ours.value - theirs.value), math.hypot(ours.error, theirs.error)
    return gap / error if error else math.copysign(math.inf, gap) if gap else 0.0


def verdict(sigmas: float) -> str:
    """Say in a word what a difference in error bars means."""
    if abs(sigmas) <= 2:
        return "agrees"
    return "within 4 σ" if abs(sigmas) <= 4 else "differs"
