"""Tables of the book: the paper's number beside ours. They format and do not compute."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

import xarray as xr

from inverse_rg import mcrg, paper, scaling, stored_exponents
from inverse_rg._kernel_tables import offset_classes, parameters, window_probabilities
from inverse_rg._table import NAMES, Table, difference, number, statistics, verdict
from inverse_rg.statistics import Estimate

__all__ = [
    "BASES",
    "NAMES",
    "Table",
    "against_exact",
    "beside_paper",
    "count_verdicts",
    "difference",
    "number",
    "offset_classes",
    "parameters",
    "statistics",
    "table_ii",
    "table_iii",
    "table_iv",
    "values",
    "verdict",
    "window_probabilities",
]


def beside_paper(
    dataset: xr.Dataset, quantity: str, model: str, size: int, *, trained: bool = True
) -> tuple[Estimate, Estimate]:
    """Return a number of Table II and ours, each with its error.

    The paper prints no error. Its number is the same kind of average as ours over 10^6
    configurations, so its statistical error is ours scaled to that number; the rounding of the
    last digit comes on top. Both contain what another training set of 10^6 would change, unless
    `trained` is False: then the errors are those of dreams with the kernel held fixed.
    """
    published = paper.value("II", quantity, model, size)
    observable = scaling.EXPONENT_OBSERVABLES[quantity]
    ours = scaling.two_size_exponent(dataset, observable, size, size // 4)
    training = stored_exponents.training_error(model, quantity, size) if trained else 0.0
    return _with_errors(published, ours, dataset.attrs["n"], training)


def _with_errors(published, ours: Estimate, n: int, training: float) -> tuple[Estimate, Estimate]:
    """Return a published number and ours with the errors of dreaming, training and rounding."""
    statistical = float(ours.error) * math.sqrt(n / 1e6)
    return (
        Estimate(published.value, math.hypot(published.error, statistical, training)),
        Estimate(ours.value, math.hypot(float(ours.error), training)),
    )


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


def table_ii(
    measured: Mapping[str, xr.Dataset], exact: Mapping[str, float], *, trained: bool = True
) -> Table:
    """Return Table II beside our numbers, one row a published exponent.

    Parameters
    ----------
    measured : mapping of str to Dataset
        Measurements by the paper's row name ("MC", "k=3", "k=3, w.", ...).
    exact : mapping of str to float
        Exact exponent by quantity.
    trained : bool
        Whether errors contain those of training; not so for the very kernels of the paper.
    """
    rows = []
    for quantity in scaling.EXPONENT_OBSERVABLES:
        for model, dataset in measured.items():
            for size, small in scaling.TABLE_II_SIZES:
                theirs, ours = beside_paper(dataset, quantity, model, size, trained=trained)
                sigmas = difference(ours, theirs)
                rows.append(
                    {
                        "exponent": NAMES[quantity],
                        "model": model,
                        "sizes": f"{size}, {small}",
                        "exact": f"{exact[quantity]:g}",
                        "paper": f"{theirs.value:.3f}",
                        "here": number(ours),
                        "(here − paper) / σ": f"{sigmas:+.1f}",
                        "verdict": verdict(sigmas),
                    }
                )
    return Table(rows, statistics(*measured.values()) + _about_errors(trained))


def _about_errors(trained: bool) -> str:
    return "; errors contain those of training" if trained else "; kernels held fixed"


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
                        "exact": f"{EXACT_III[published.quantity]:g}",
                        "paper": number(theirs),
                        "here": number(ours),
                        "(here − paper) / σ": f"{sigmas:+.1f}",
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
    trained: bool = True,
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
    trained : bool
        As for `table_ii`.

    Notes
    -----
    The paper prints no errors here: as in `beside_paper`, ours scaled to 10^6 configurations and
    the rounding of the last digit stand for them, and both contain the error of training.
    """
    measured = measured or {}
    rows = []
    for published in paper.table("IV"):
        for way, theirs, ours in _beside_table_iv(published, spectra, measured, bases, trained):
            sigmas = difference(ours, theirs)
            rows.append(
                {
                    "exponent": NAMES[published.quantity],
                    "model": published.model,
                    "operators": way,
                    "paper": published.text,
                    "here": number(ours),
                    "(here − paper) / σ": f"{sigmas:+.1f}",
                    "verdict": verdict(sigmas),
                }
            )
    note = f"renormalization group: {statistics(*spectra.values())}"
    if measured:
        note += f"; finite-size scaling: {statistics(*measured.values())}"
    return Table(rows, note + _about_errors(trained))


def _beside_table_iv(published, spectra, measured, bases, trained):
    """Yield (list of operators, the paper's number, ours) for a number of Table IV."""
    if published.quantity.endswith("_fss"):
        if published.model in measured:
            quantity = {"eta_fss": "gamma_over_nu", "one_over_nu_fss": "one_over_nu"}
            dataset = measured[published.model]
            theirs, ours = beside_paper(
                dataset,
                quantity[published.quantity],
                published.model,
                published.size,
                trained=trained,
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
        key = published.model, published.quantity, published.size, basis
        training = stored_exponents.training_error(*key) if trained else 0.0
        yield BASES[basis], *_with_errors(published, ours, dataset.attrs["n"], training)


def count_verdicts(table: Table) -> Table:
    """Return how many rows of `table_ii` have which verdict, by model."""
    counts = table.frame.groupby(["model", "verdict"], sort=False).size().unstack(fill_value=0)
    return Table(counts.reset_index().to_dict("records"), table.note)


def values(header: str, rows: Mapping[object, Estimate], quantity: str, note: str = "") -> Table:
    """Return one estimate a row, `header` over the keys and `quantity` over the values."""
    return Table([{header: key, quantity: number(value)} for key, value in rows.items()], note)
