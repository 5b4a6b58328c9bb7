"""Train every bundled kernel anew: `make kernels`.

For each training lattice and number of configurations the patterns of one Monte Carlo sample are
counted once; all kernel sizes and both weightings are the exact optima on the same counts.
Names: k3 is L_t = 32 and M = 10^6, uniform; others say how they differ, as k7-weighted-Lt128-M1e4.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import inverse_rg as irg

FOLDER = Path(__file__).resolve().parent / "kernels"

FEWEST_EFFECTIVE = 50
"""Below this many effective configurations a kernel gets no error bars: at L_t = 128 the literal
weights of Eq. (13) let one or two configurations outweigh all others."""

SAMPLES = {
    # name: (L_t, M, seed)
    "": (32, 1_000_000, 3200),
    "-M1e4": (32, 10_000, 3201),
    "-Lt128": (128, 1_000_000, 12802),
    "-Lt128-M1e4": (128, 10_000, 12801),
}


def train(suffix: str) -> None:
    """Train the six kernels of one sample and save them."""
    side, number, seed = SAMPLES[suffix]
    patterns = irg.patterns.sample_patterns(irg.Ising(side), number, window=4, rng=seed)
    for weighted in (False, True):
        errors_known = patterns.effective_configurations(weighted=weighted) >= FEWEST_EFFECTIVE
        for size in (3, 5, 7):
            found = irg.optimum.optimum(patterns, size, weighted=weighted)
            kernel = irg.fit(patterns, size, weighted=weighted)
            provenance = kernel.provenance | {
                "loss_per_spin_error": found.loss_error,
                "sweeps": 5,
                "coupling": "critical",
                "recipe": f"fit(sample_patterns(Ising({side}), {number}, window=4, rng={seed}), "
                f"{size}, weighted={weighted})",
                "standard_errors": "sandwich over 32 groups of configurations"
                if errors_known
                else "none: too few effective configurations",
            }
            kernel = dataclasses.replace(
                kernel,
                standard_errors=kernel.standard_errors if errors_known else None,
                provenance=provenance,
            )
            name = f"k{size}{'-weighted' if weighted else ''}{suffix}"
            kernel.save(FOLDER / f"{name}.json")
            print(f"{name:<26} loss {found.loss:.6f} on {found.effective_configurations:,.1f}")


if __name__ == "__main__":
    for suffix in sys.argv[1:] or SAMPLES:
        train(suffix)
