"""Draw the Monte Carlo configurations that the live widgets carry.

``python data/make_widget_samples.py`` writes ``data/widgets/monte-carlo.json``: critical Ising
configurations of side 64 to guess from ("Which one is real?") and of side 8 to start dreams from;
and what a million of side 64 and 16 measure, for "Measure while you watch" to compare with.
The same seed gives the same file.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np

import inverse_rg as irg
from inverse_rg import _files

TARGET = Path(__file__).resolve().parent / "widgets" / "monte-carlo.json"

SAMPLES = {8: 512, 64: 160}
"""Configurations by side; 160 of side 64 are 107 KiB of base64."""

SEED = 6400

SWEEPS = 50
"""Swendsen-Wang sweeps between configurations: more than ten times the integrated autocorrelation
time of the energy at L = 64, so that no two pictures of a reader's look related."""

MEASURED = 1_000_000
"""Configurations behind the measured values."""


def pack(spins: np.ndarray) -> str:
    """Return spins of +-1, (n, L, L), as base64 of bits, row by row, 1 for up, high bits first."""
    return base64.b64encode(np.packbits(spins.ravel() > 0).tobytes()).decode("ascii")


def measured() -> dict:
    """Return exponents, Binder ratio and P(m) of Monte Carlo, with their errors."""
    runs = irg.measure([irg.Ising(16), irg.Ising(64)], MEASURED, rng=SEED)
    values = {
        name: irg.scaling.two_size_exponent(runs, observable, 64, 16)
        for name, observable in irg.scaling.EXPONENT_OBSERVABLES.items()
    }
    large = runs.sel(size=64)
    values["U4"] = irg.statistics.Estimate(float(large["U4"]), float(large["U4_error"]))
    entries = {
        name: {"value": float(f"{found.value:.7g}"), "error": float(f"{found.error:.3g}")}
        for name, found in values.items()
    }
    density = [float(f"{value:.5g}") for value in large["P"].values]
    recipe = f"measure([Ising(16), Ising(64)], {MEASURED}, rng={SEED})"
    return {"recipe": recipe, "configurations": MEASURED, "P": density, **entries}


def samples() -> dict:
    """Return the content of the file."""
    sets = {}
    for side, number in SAMPLES.items():
        spins = irg.sample_ising(number, side, rng=SEED + side, sweeps=SWEEPS)
        sets[str(side)] = {
            "number": number,
            "spins": pack(spins),
            "recipe": f"sample_ising({number}, {side}, rng={SEED + side}, sweeps={SWEEPS})",
            "thermalisation_sweeps": irg.swendsen_wang.default_thermalisation(side),
        }
    return {
        "format": "inverse_rg spins",
        "version": 1,
        "convention": "base64 of bits, configuration after configuration and row by row, "
        "1 for spin up, the first spin in the highest bit",
        "provenance": {
            "source": "Swendsen-Wang Monte Carlo of the critical Ising model on the torus",
            "coupling": irg.K_CRITICAL,
            "sweeps": SWEEPS,
        },
        "sets": sets,
        "measured": measured(),
    }


def main() -> None:
    """Write the file, whole or not at all."""
    TARGET.parent.mkdir(exist_ok=True)
    _files.write_text(TARGET, json.dumps(samples(), indent=2) + "\n")
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
