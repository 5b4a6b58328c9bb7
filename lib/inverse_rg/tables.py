"""Tables of the book: the paper's number beside ours. They format and do not compute."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd
import xarray as xr

from inverse_rg import kernels as kernels_module
from inverse_rg import mcrg, paper, scaling
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


BASES = {"paper": "the paper's list", "square": "all 36 shapes"}
"""Names of the lists of operators."""


def table_iii(
    measured: Mapping[int, xr.Dataset],
    *,
    bases: Iterable[str] = ("paper", "square"),
    levels: Iterable[int] = (0, 1, 2),
) -> Table:
    """Return Table III beside our numbers: a row a published exponent, list of operators and n.

    Parameters
    ----------
    measured : mapping of int to Dataset
        What `inverse_rg.mcrg.spectrum` or a campaign made of Monte Carlo with both lists, by side.
        Sides that the paper does not print are left out.
    bases : iterable of {"paper", "square"}
        Lists of operators.
    levels : iterable of int
        Blockings n before T; those that a side does not have are left out.

    Notes
    -----
    Errors are those that the paper prints, and ours.
    """
    rows = []
    used = {}
    for published in paper.table("III"):
        if published.size not in measured:
            continue
        dataset = measured[published.size]
        used[published.size] = dataset
        theirs = Estimate(published.value, published.error)
        for basis in bases:
            for level in levels:
                at = {"size": published.size, "level": level}
                if level not in dataset["level"].values:
                    continue
                ours = mcrg.published_exponent(dataset, published.quantity, basis, **at)
                sigmas = difference(ours, theirs)
                rows.append(
                    {
                        "exponent": NAMES[published.quantity],
                        "L": published.size,
                        "operators": BASES[basis],
                        "n": level,
                        "paper": number(theirs),
                        "here": number(ours),
                        "exact": f"{EXACT_III[published.quantity]:g}",
                        "difference / σ": f"{sigmas:+.1f}",
                        "verdict": verdict(sigmas),
                    }
                )
    return Table(rows, statistics(*used.values()))


EXACT_III = {"y_h": 1.875, "one_over_nu": 1.0, "omega": -1.0}
"""Exponents that the paper calls exact in Table III."""


def table_iv(
    spectra: Mapping[str, xr.Dataset],
    measured: Mapping[str, xr.Dataset] | None = None,
    *,
    bases: Iterable[str] = ("paper", "square"),
) -> Table:
    """Return Table IV beside our numbers, a row a published exponent and list of operators.

    Parameters
    ----------
    spectra : mapping of str to Dataset
        Spectra at side 128, n = 0, with both lists, by the paper's row name ("MC", "k=3", ...).
    measured : mapping of str to Dataset, optional
        What `inverse_rg.measure` returned, for the exponents of finite-size scaling.
    bases : iterable of {"paper", "square"}
        Lists of operators.

    Notes
    -----
    The paper prints no errors here: as in `beside_paper`, ours scaled to 10^6 configurations and
    the rounding of the last digit stand for them.
    """
    measured = measured or {}
    rows = []
    for published in paper.table("IV"):
        for way, theirs, ours in _beside_table_iv(published, spectra, measured, bases):
            sigmas = difference(ours, theirs)
            rows.append(
                {
                    "exponent": NAMES[published.quantity],
                    "model": published.model,
                    "operators": way,
                    "paper": published.text,
                    "here": number(ours),
                    "difference / σ": f"{sigmas:+.1f}",
                    "verdict": verdict(sigmas),
                }
            )
    return Table(rows, statistics(*spectra.values(), *measured.values()))


def _beside_table_iv(published, spectra, measured, bases):
    """Yield (list of operators, the paper's number, ours) for a number of Table IV."""
    if published.quantity.endswith("_fss"):
        if published.model in measured:
            quantity = {"eta_fss": "gamma_over_nu", "one_over_nu_fss": "one_over_nu"}
            dataset = measured[published.model]
            theirs, ours = beside_paper(
                dataset, quantity[published.quantity], published.model, published.size
            )
            if published.quantity == "eta_fss":  # eta = 2 - gamma / nu
                theirs, ours = (Estimate(2 - value, error) for value, error in (theirs, ours))
            yield "", Estimate(published.value, theirs.error), ours
        return
    if published.model not in spectra:
        return
    dataset = spectra[published.model]
    for basis in bases:
        ours = mcrg.published_exponent(dataset, published.quantity, basis, size=published.size)
        statistical = float(ours.error) * math.sqrt(dataset.attrs["n"] / 1e6)
        yield (
            BASES[basis],
            Estimate(published.value, math.hypot(published.error, statistical)),
            ours,
        )


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
