"""Measure our kernels beside the plain ways and write the table of ratios as JSON.

    python benchmarks/bench.py            about five minutes on an idle machine
    python benchmarks/bench.py --quick    tiny sizes, to try the code; nothing is written

The record goes to benchmarks/results/<processor>.json; the book shows the newest one.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
from pathlib import Path

import common
import machine
import timing
import works

from inverse_rg import _files, results

RESULTS = Path(__file__).resolve().parent / "results"

FORMAT = "inverse_rg benchmarks"
VERSION = 1

BUSY = 0.3
"""Load average above which other programs disturb the comparison."""


def measure(sizes: common.Sizes, repeats: int) -> dict[str, object]:
    """Measure every work, print each row as it comes, and return the record."""
    record: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": machine.describe(),
        "versions": machine.versions(),
        "load": [round(os.getloadavg()[0], 2)],
        "rows": [],
    }
    print(heading(record), flush=True)
    if record["load"][0] > BUSY:
        print("The machine is busy: two threads suffer more than one, ratios come out too high.")
    for work in works.every_work(sizes):
        for row in timing.rows(work, timing.interleave(work, repeats)):
            record["rows"].append(row)
            print(line(row), flush=True)
    record["load"].append(round(os.getloadavg()[0], 2))
    return record


def heading(record: dict) -> str:
    """Return what the table stands under: the machine, the versions, the columns."""
    about, numbers = record["machine"], record["versions"]
    columns = f"{'work':<64} {'ours':>8} {'best':>8}  {'unit':<19} {'theirs':>8} {'ratio':>7}"
    return "\n".join(
        (
            f"{about['processor']}, {about['cores']} cores, {', '.join(about['features'])}; "
            f"load {record['load'][0]}",
            ", ".join(f"{name} {number}" for name, number in numbers.items()),
            f"{columns} {'rounds':>6} {'spread':>6}",
        )
    )


def line(row: dict) -> str:
    """Return one row of the table: medians of the rounds, and what was hoped for."""
    theirs = "" if row["theirs"] is None else f"{row['theirs']:.4g}"
    ratio = "" if row["ratio"] is None else f"{row['ratio']:.1f}"
    spread = "" if row["spread"] is None else f"{100 * row['spread']:.0f} %"
    hoped = [f"ours <= {row['target']['ours']:g}"] if "ours" in row["target"] else []
    hoped += [f"ratio >= {row['target']['ratio']:g}"] if "ratio" in row["target"] else []
    verdict = f"  {'met' if row['met'] else 'MISSED'}: {', '.join(hoped)}" if hoped else ""
    against = "" if row["against"] is None else f" / {row['against']}"
    return (
        f"{row['work'] + against:<64} {row['ours']:>8.4g} {row['ours_best']:>8.4g}  "
        f"{row['unit']:<19} {theirs:>8} {ratio:>7} {row['repeats']:>6} {spread:>6}{verdict}"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; the exit status is 1 if the record cannot be written."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="the record; by default one a processor")
    parser.add_argument("--repeats", type=int, default=7, help="least rounds of each work")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to try the code")
    options = parser.parse_args(arguments)
    if options.repeats < 2:
        parser.error(f"--repeats must be at least 2, got {options.repeats}")
    out = options.out
    if out is None and not options.quick:
        out = RESULTS / f"{machine.slug(machine.processor())}.json"
    try:
        if out is not None:
            results.check_path(out, (".json",))  # before minutes of measuring
        record = measure(common.TINY if options.quick else common.Sizes(), options.repeats)
        if out is not None:
            _files.write_text(out, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
            print(f"written to {out.name}")
    except (OSError, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
