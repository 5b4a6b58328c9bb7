"""Exponents of the bundled kernels without sampling: `python data/compute_exponents.py [names]`.

One row of data/exponents/patches.csv is the leading exponent of one sector of one kernel, with the
products that fit into a patch: exact where the patch is as wide as the kernel, else an estimate.
Rows that exist for the kernel's present parameters are kept, so that a stopped run goes on.
"""

from __future__ import annotations

import csv
import io
import sys
import time
from pathlib import Path

from inverse_rg import _files, stored_exponents
from inverse_rg.kernels import Kernel

TABLE = Path(__file__).resolve().parent / "exponents" / "patches.csv"

WANTED = [
    *((f"k{size}{suffix}", 3) for size in (3, 5, 7) for suffix in ("", "-weighted")),
    ("k5", 4),
    ("k5-weighted", 4),
]
"""Kernels and sides of the patch, the cheap ones first. The next would take hours (k = 5, whose
closed patch has 2^25 products) or more memory than there is (k = 7, which sees 6 x 6 spins)."""

COLUMNS = ("kernel", "parameters", "side", "quantity", "value", "exact", "left_out", "steps")


def read() -> list[dict[str, str]]:
    """Return the rows that there are."""
    if not TABLE.exists():
        return []
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(rows: list[dict[str, str]]) -> None:
    """Write all rows, whole or not at all."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    TABLE.parent.mkdir(exist_ok=True)
    _files.write_text(TABLE, text.getvalue())


def main(names: list[str]) -> None:
    """Compute what is missing of the kernels called `names`, or of all."""
    for name, side in WANTED:
        if names and name not in names:
            continue
        kernel = Kernel.load(name)
        parameters = stored_exponents.written(kernel)
        for quantity in ("y_h", "one_over_nu"):
            rows = read()
            place = {"kernel": name, "side": str(side), "quantity": quantity}
            same = [row for row in rows if all(row[key] == place[key] for key in place)]
            if any(row["parameters"] == parameters for row in same):
                continue
            start = time.monotonic()
            found = stored_exponents.compute(kernel, quantity, side)
            row = place | {
                "parameters": parameters,
                "value": repr(found.value),
                "exact": str(found.exact).lower(),
                "left_out": f"{found.left_out:.3g}",
                "steps": str(stored_exponents.STEPS[side]),
            }
            write([one for one in rows if one not in same] + [row])
            seconds = time.monotonic() - start
            print(f"{name:<12} {side} {quantity:<12} {row['value']} in {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
