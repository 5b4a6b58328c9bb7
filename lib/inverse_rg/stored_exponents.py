"""What is known of exponents and stored with the package, since it takes minutes to compute.

`load` has exponents without sampling, from patches of products; `training_error` says how far an
exponent moves from one training set to the next.
"""

from __future__ import annotations

import csv
import functools
from typing import NamedTuple

from inverse_rg import _check, _files, exact_exponents
from inverse_rg.kernels import Kernel

STEPS = {1: 12, 2: 12, 3: 12, 4: 7, 5: 7}
"""Steps of the iteration by the side of the patch: fewer where each takes long."""


class Exponent(NamedTuple):
    """A leading exponent from products that fit into a patch.

    Attributes
    ----------
    side : int
        Side of the patch.
    value : float
        y_h or 1/nu of the infinite dream.
    exact : bool
        Whether no product was left out.
    left_out : float
        Norm of what one step puts outside of the patch, relative to the scaling operator.
    """

    side: int
    value: float
    exact: bool
    left_out: float


def compute(kernel: Kernel, quantity: str, side: int) -> Exponent:
    """Return an exponent of a kernel, computed here and now.

    Parameters
    ----------
    kernel : Kernel
        The model.
    quantity : str
        ``"y_h"`` or ``"one_over_nu"``.
    side : int
        Side of the patch, 1 to 5.

    Raises
    ------
    ValueError
        If `quantity` or `side` is something else.
    """
    parity = {"y_h": "odd", "one_over_nu": "even"}
    if quantity not in parity:
        raise ValueError(f"quantity must be one of {', '.join(parity)}, got {quantity!r}")
    side = _check.integer("side", side, minimum=1, maximum=exact_exponents.LARGEST_SIDE)
    found = exact_exponents.scaling_operators(
        kernel, parity=parity[quantity], side=side, steps=STEPS[side]
    )
    return Exponent(side, float(found.exponents[0]), found.closed, found.lost)


def load(name: str, quantity: str) -> list[Exponent]:
    """Return the stored exponents of a bundled kernel, the smallest patch first.

    Parameters
    ----------
    name : str
        Name of a kernel that comes with the package.
    quantity : str
        ``"y_h"`` or ``"one_over_nu"``.

    Raises
    ------
    ValueError
        If nothing is stored for them, or what is stored belongs to other parameters than the
        kernel has.
    """
    parameters = written(Kernel.load(name))
    with (_files.data_folder("exponents") / "patches.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["kernel"] == name]
    rows = [row for row in rows if row["quantity"] == quantity]
    if not rows:
        raise ValueError(f"name and quantity must be stored ones, got {name!r} and {quantity!r}")
    if any(row["parameters"] != parameters for row in rows):
        raise ValueError(
            f"the stored exponents of {name} belong to other parameters than it has: run "
            "data/compute_exponents.py"
        )
    found = [
        Exponent(
            int(row["side"]), float(row["value"]), row["exact"] == "true", float(row["left_out"])
        )
        for row in rows
    ]
    return sorted(found)


def written(kernel: Kernel) -> str:
    """Return the parameters of a kernel as the table holds them, all digits."""
    return " ".join(map(repr, kernel.parameters))


def training_error(model: str, quantity: str, size: int, operators: str = "") -> float:
    """Return the standard error that a training set of 10^6 configurations puts on an exponent.

    Parameters
    ----------
    model : str
        A row of Tables II and IV of the paper, as ``"k=3, w."``; ``"MC"`` has none.
    quantity : str
        ``"gamma_over_nu"`` or ``"one_over_nu"``, from sizes (size, size / 4), or ``"eta_rsrg"`` or
        ``"one_over_nu_rsrg"``, from the renormalization group.
    size : int
        Side of the largest lattice.
    operators : {"", "paper", "square"}
        List of operators of the renormalization group.

    Raises
    ------
    ValueError
        If nothing is stored for them.

    Notes
    -----
    The scatter of exact optima on independent training sets, whose kernels dream with the same
    random numbers; data/compute_training_errors.py makes the table, and says how many.
    """
    if model == "MC":
        return 0.0
    try:
        return _training_errors()[model, quantity, operators, str(size)]
    except KeyError:
        raise ValueError(
            f"model, quantity, operators and size must be stored ones, got {model!r}, "
            f"{quantity!r}, {operators!r} and {size!r}"
        ) from None


@functools.cache
def _training_errors() -> dict[tuple[str, ...], float]:
    with (_files.data_folder("exponents") / "training.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    keys = ("model", "quantity", "operators", "size")
    return {tuple(row[key] for key in keys): float(row["error"]) for row in rows}
