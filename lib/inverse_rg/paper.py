"""Numbers that the paper published, as data, with their source."""

from __future__ import annotations

import csv
import functools
import math
from typing import NamedTuple

from inverse_rg._check import choice
from inverse_rg._files import data_folder

SOURCE = "A. Rançon, U. Rançon, T. Ivek and I. Balog, arXiv:2506.04016"

TABLES = ("II", "III", "IV")


MODELS = ("k=3", "k=5", "k=7", "k=3, w.", "k=5, w.", "k=7, w.")
"""Rows of Tables II and IV below Monte Carlo; "w." is training weighted by Eq. (13)."""


class Published(NamedTuple):
    """One number of a table: which exponent, of what, at which sizes, and its value.

    `error` is the printed standard error; where none is printed, the rounding of the last digit
    (uniform, so its half unit over sqrt 3), since the paper calls that digit reliable.
    """

    table: str
    quantity: str
    model: str
    size: int
    small: int | None
    value: float
    error: float
    text: str


def table(name: str) -> list[Published]:
    """Return the numbers of table `name` ("II", "III" or "IV") in the printed order.

    Raises
    ------
    ValueError
        If the paper has no such table of numbers.
    """
    choice("name", name, TABLES)
    return [number for number in _published() if number.table == name]


def value(name: str, quantity: str, model: str, size: int) -> Published:
    """Return one number of table `name`, or say which ones the table has."""
    numbers = table(name)
    for number in numbers:
        if (number.quantity, number.model, number.size) == (quantity, model, size):
            return number
    known = ", ".join(sorted({f"{one.quantity} of {one.model}" for one in numbers}))
    raise ValueError(
        f"Table {name} has no quantity {quantity!r} of model {model!r} at size {size}; "
        f"it has {known}"
    )


def kernel_name(model: str) -> str:
    """Return which bundled kernel stands for a row of Table II: "k=3, w." is "k3-weighted".

    Raises
    ------
    ValueError
        If the table has no such row.
    """
    size, _, weight = choice("model", model, MODELS).partition(", ")
    return size.replace("=", "") + ("-weighted" if weight else "")


@functools.cache
def _published() -> tuple[Published, ...]:
    path = data_folder("paper") / "tables.csv"
    with path.open(newline="", encoding="utf-8") as file:
        return tuple(_number(row) for row in csv.DictReader(file))


def _number(row: dict[str, str]) -> Published:
    text = row["value"]
    # The CSV drops trailing zeros: three decimals are printed, or as many as the error has.
    decimals = -math.floor(math.log10(float(row["error"]))) if row["error"] else 3
    rounding = 0.5 * 10.0**-decimals / math.sqrt(3)
    return Published(
        table=row["table"],
        quantity=row["quantity"],
        model=row["model"],
        size=int(row["L"]),
        small=int(row["L_small"]) if row["L_small"] else None,
        value=float(text),
        error=float(row["error"]) if row["error"] else rounding,
        text=f"{float(text):.{decimals}f}",
    )
