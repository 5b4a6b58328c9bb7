"""Fit every bundled conditional upscaler anew.

One sample of critical Monte Carlo is blocked by the majority rule until one spin is left, and
levels are counted: P_n given P_(n + 1). All fits are exact optima on the counts.
"""

from __future__ import annotations

from pathlib import Path

import inverse_rg as irg
from inverse_rg.conditional import (
    ConditionalUpscaler,
    count,
    edge_weights,
    fit_couplings,
    fit_order,
)

FOLDER = Path(__file__).resolve().parent / "upscalers"

SIDE, NUMBER, SEED = 64, 160_000, 6400
HEAT_BATH, ORDER = (1, 2, 4, 5), (0, 2)
"""Numbers of majority rules after which each kind of draw is counted."""

PASSES = 8
"""Passes over a lattice: twice as many change no exponent by its error. Small tori get 24."""


def save(name: str, what: str, upscaler: ConditionalUpscaler, errors: dict) -> None:
    """Save an upscaler with where it comes from."""
    recipe = f"count(Ising({SIDE}), {NUMBER}, heat_bath={HEAT_BATH}, order={ORDER}, rng={SEED})"
    source = {
        "source": what,
        "training_lattice": SIDE,
        "training_configurations": NUMBER,
        "recipe": recipe,
        "sweeps": 5,
        "coupling": "critical",
        "standard_errors": "sandwich over 8 groups of configurations",
    }
    numbers = upscaler.describe()
    saved = ConditionalUpscaler(**numbers, standard_errors=errors, provenance=source)
    saved.save(FOLDER / f"{name}.json")
    print(f"{name:<18} {saved.parameters} parameters")


def train() -> None:
    """Count, fit and save."""
    FOLDER.mkdir(exist_ok=True)
    levels = count(irg.Ising(SIDE), NUMBER, heat_bath=HEAT_BATH, order=ORDER, rng=SEED)
    numbers, errors = fit_order(levels[0], majority=False)
    what = "draws in order, P_0 given P_1, B and C by logistic models"
    save("ordered-layer", what, ConditionalUpscaler(**numbers, majority=False), errors)
    numbers, errors = fit_order(levels[0])
    exact = numbers | {"edge": edge_weights(irg.K_CRITICAL)}
    what = "draws in order, P_0 given P_1, B and C by heat bath and majority rule"
    errors.pop("edge")
    save("ordered-exact", what, ConditionalUpscaler(**exact), errors)
    numbers, errors = fit_order(levels[2])
    what = "draws in order, P_2 given P_3, B and C by a logistic model and the majority rule"
    save("ordered-fixed", what, ConditionalUpscaler(**numbers), errors)
    nearest = ConditionalUpscaler.nearest(passes=PASSES)
    nearest.save(FOLDER / "nearest.json")
    everything = irg.conditional.INTERACTIONS
    few = ("nearest", "second", "square")
    learned = {
        "renormalized-1": (1, everything),
        "renormalized-2": (2, everything),
        "renormalized-1-seven": (1, everything[:7]),
        "renormalized-2-seven": (2, everything[:7]),
        "renormalized-1-three": (1, few),
        "renormalized-2-three": (2, few),
        "torus-4": (4, everything),
        "torus-2": (5, few),
    }
    for name, (n, interactions) in learned.items():
        couplings, error = fit_couplings(levels[n], interactions=interactions)
        what = f"heat bath and majority rule, P_{n} given P_{n + 1}, L = {SIDE >> n}"
        passes = 24 if name.startswith("torus") else PASSES
        upscaler = ConditionalUpscaler(couplings=couplings, passes=passes)
        save(name, what, upscaler, {"couplings": error})


if __name__ == "__main__":
    train()
