"""How far exponents move with the training set: `python data/compute_training_errors.py`.

Independent training sets of M = 10^5 configurations each are fitted exactly, and every kernel
dreams with the same random numbers. The scatter of an exponent, divided by the square root of 10,
is the error that a training set of 10^6 puts on it; a row of data/exponents/training.csv each.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from pathlib import Path

import numpy as np

import inverse_rg as irg
from inverse_rg import _files, mcrg, scaling

TABLE = Path(__file__).resolve().parent / "exponents" / "training.csv"
FITS, CONFIGURATIONS, SEED = 24, 100_000, 5200
DREAMS, DREAM_SEED = 100_000, 5100
WANTED = 1_000_000
"""Training configurations that the errors are scaled to: those of the bundled kernels."""

COLUMNS = ("model", "quantity", "operators", "size", "error", "fits", "configurations", "dreams")


def exponents(kernel: irg.Kernel, first: irg.Kernel):
    """Yield (quantity, operators, size) and the exponent of one kernel."""
    dream = irg.ensembles.paper_dream(kernel, first=first)
    moments = irg.measure(dream, DREAMS, rng=DREAM_SEED)
    for quantity, observable in scaling.EXPONENT_OBSERVABLES.items():
        for size, small in scaling.TABLE_II_SIZES:
            found = scaling.two_size_exponent(moments, observable, size, small)
            yield (quantity, "", size), found.value
    for operators in ("paper", "square"):
        spectrum = mcrg.spectrum(dream, DREAMS // 2, rng=DREAM_SEED, levels=0, basis=operators)
        for quantity in ("eta_rsrg", "one_over_nu_rsrg"):
            found = mcrg.published_exponent(spectrum, quantity, operators, size=128)
            yield (quantity, operators, 128), found.value


def main() -> None:
    """Compute all rows and write them."""
    found: dict[tuple, list[float]] = defaultdict(list)
    for fit in range(FITS):
        patterns = irg.patterns.sample_patterns(
            irg.Ising(32), CONFIGURATIONS, window=4, rng=SEED + fit
        )
        for weighted in (False, True):
            kernels = {k: irg.fit(patterns, k, weighted=weighted) for k in (3, 5, 7)}
            for k, kernel in kernels.items():
                model = f"k={k}{', w.' if weighted else ''}"
                for key, value in exponents(kernel, kernels[3]):
                    found[model, *key].append(value)
        print(f"training set {fit + 1} of {FITS}", flush=True)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for key, values in sorted(found.items()):
        error = np.std(values, ddof=1) * np.sqrt(CONFIGURATIONS / WANTED)
        writer.writerow([*key, f"{error:.3g}", FITS, CONFIGURATIONS, DREAMS])
    TABLE.parent.mkdir(exist_ok=True)
    _files.write_text(TABLE, text.getvalue())


if __name__ == "__main__":
    main()
