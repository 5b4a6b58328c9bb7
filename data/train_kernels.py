"""Train every bundled kernel anew: `make kernels`.

For each training lattice and number of configurations the patterns of one Monte Carlo sample are
counted once; all kernel sizes and both weightings are the exact optima on the same counts.
Names: k3 is L_t = 32 and M = 10^6, uniform; others say how they differ, as k7-weighted-Lt128-M1e4.
k3-fixed-2 has learnt P_2 from P_3, of configurations that were blocked twice and three times.
With arguments, only the groups of kernels named are trained, in a folder of your choice:

    python data/train_kernels.py --only wide-9 fixed-1 --out /tmp
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import inverse_rg as irg
from inverse_rg.exact_patterns import exact_patterns
from inverse_rg.wide_optimum import embed, optimum_by_passes

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
FIXED = {
    # times blocked: (L, M, seed); the training lattice has side 32 after blocking.
    1: (64, 1_000_000, 3211),
    2: (128, 1_000_000, 3212),
    3: (256, 1_000_000, 3213),
}
WIDE = {9: (1_000_000, 3209), 11: (1_000_000, 3221)}
"""Kernel size: (M, seed), at L_t = 32."""


def save(folder: Path, name: str, found: irg.optimum.Optimum, **provenance) -> None:
    """Write the kernel of an optimum with all that it takes to make it again."""
    common = {
        "weighted": found.weighted,
        "loss_per_spin": found.loss,
        "coupling": "critical",
    }
    kernel = dataclasses.replace(found.kernel, provenance=common | provenance)
    kernel.save(folder / f"{name}.json")
    print(f"{name:<26} loss {found.loss:.6f}", flush=True)


def train(suffix: str, folder: Path) -> None:
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
            kernel.save(folder / f"{name}.json")
            print(f"{name:<26} loss {found.loss:.6f} on {found.effective_configurations:,.1f}")


def train_fixed(blocked: int, folder: Path) -> None:
    """Train k = 3, 5, 7 to draw P_n from P_(n+1), n = `blocked`."""
    side, number, seed = FIXED[blocked]
    patterns = irg.patterns.sample_patterns(
        irg.Ising(side), number, window=4, rng=seed, blocked=blocked
    )
    for size in (3, 5, 7):
        found = irg.optimum.optimum(patterns, size)
        save(
            folder,
            f"k{size}-fixed-{blocked}",
            found,
            source="exact optimum of the single-layer loss, by Newton on pattern counts",
            training_lattice=patterns.size,
            training_configurations=number,
            monte_carlo_lattice=side,
            blocked=blocked,
            loss_per_spin_error=found.loss_error,
            sweeps=5,
            recipe=f"fit(sample_patterns(Ising({side}), {number}, window=4, rng={seed}, "
            f"blocked={blocked}), {size})",
            standard_errors="sandwich over 32 groups of configurations",
        )


def train_wide(size: int, folder: Path) -> None:
    """Train a kernel whose window has too many patterns to count."""
    number, seed = WIDE[size]
    start = embed(irg.Kernel.load("k7"), size)
    found = optimum_by_passes(irg.Ising(32), number, start, rng=seed)
    save(
        folder,
        f"k{size}",
        found,
        source="exact optimum of the single-layer loss, by Newton with passes over the sample",
        training_lattice=32,
        training_configurations=number,
        passes=found.iterations,
        loss_per_spin_error=found.loss_error,
        sweeps=5,
        recipe=f"optimum_by_passes(Ising(32), {number}, embed(Kernel.load('k7'), {size}), "
        f"rng={seed})",
        standard_errors="sandwich over 32 groups of configurations",
    )


def train_enumerated(folder: Path) -> None:
    """Train k = 3 on the 4 x 4 torus, whose states can be summed: no statistical error."""
    for weighted in (False, True):
        found = irg.optimum.optimum(exact_patterns(), 3, weighted=weighted)
        save(
            folder,
            f"k3{'-weighted' if weighted else ''}-Lt4",
            found,
            source="exact optimum of the single-layer loss, by Newton on enumerated patterns",
            training_lattice=4,
            recipe=f"fit(exact_patterns(), 3, weighted={weighted})",
            standard_errors="none: all 65536 states and all ties are summed",
        )


GROUPS = {
    **{f"sample{suffix}": lambda to, suffix=suffix: train(suffix, to) for suffix in SAMPLES},
    **{f"fixed-{n}": lambda to, n=n: train_fixed(n, to) for n in FIXED},
    **{f"wide-{size}": lambda to, size=size: train_wide(size, to) for size in WIDE},
    "enumerated": train_enumerated,
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--out", type=Path, default=FOLDER)
    options = parser.parse_args()
    for group in options.only:
        GROUPS[group](options.out)
