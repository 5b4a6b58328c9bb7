"""Tables of kernels: their free parameters, and what they make of a window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from inverse_rg import kernels as kernels_module
from inverse_rg._table import Table, number
from inverse_rg.kernels import Kernel
from inverse_rg.statistics import Estimate


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
