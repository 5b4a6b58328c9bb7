"""Train every bundled two-layer network: `python data/train_networks.py [beginning of names]`.

Names say what was trained: two-layer-k7-weighted-M1e4-2 is the second seed. Every seed has a Monte
Carlo sample, a random start and an order of its own. Networks that exist are not trained again.
k = 3 is trained on the pattern counts of its whole sample at once, k = 7 on mini-batches.
"""

from __future__ import annotations

import functools
import sys
from pathlib import Path

import torch

import inverse_rg as irg
from inverse_rg import neighbourhoods, training
from inverse_rg.models import SingleLayer, TwoLayer
from inverse_rg.training_by_counts import train_by_counts

FOLDER = Path(__file__).resolve().parent / "networks"
SIDE = 32
SEEDS = (1, 2, 3)
VALIDATION = (50_000, 3290)
"""Configurations on which all networks are compared, and their seed."""

LEARNING_RATE = 5e-3
BATCH = 128

SETS = {
    # name: (M, weighted, configurations that k = 7 sees in training)
    "": (1_000_000, False, 1_000_000),
    "-weighted": (1_000_000, True, 300_000),
    "-M1e4": (10_000, False, 200_000),
    "-weighted-M1e4": (10_000, True, 100_000),
}


STEPS = 2000
"""Full-batch updates for k = 3."""


def train_narrow(suffix: str, seed: int, symmetrised: bool) -> TwoLayer:
    """Train a k = 3 network on all patterns at once."""
    number, weighted, _ = SETS[suffix]
    counts = neighbourhoods.sample_neighbourhoods(
        irg.Ising(SIDE), number, rng=sample_seed(suffix, seed)
    )
    model = TwoLayer(3, symmetrised=symmetrised, rng=seed)
    _, losses = train_by_counts(
        counts, model, weighted=weighted, steps=STEPS, learning_rate=2 * LEARNING_RATE
    )
    best = neighbourhoods.log_odds(counts, weighted=weighted)
    model.history = {
        "training_lattice": SIDE,
        "training_configurations": number,
        "weighted": weighted,
        "effective_configurations": counts.effective_configurations(weighted=weighted),
        "seed": seed,
        "optimiser": "AdamW",
        "learning_rate": 2 * LEARNING_RATE,
        "schedule": "one-cycle",
        "steps": STEPS,
        "training_loss": float(losses[-1]),
        "training_loss_of_the_best_table": neighbourhoods.loss(counts, best, weighted=weighted),
    }
    return model


def sample_seed(suffix: str, seed: int) -> int:
    """Return the seed of a Monte Carlo sample: both kernel sizes train on the same kind."""
    return 3300 + 10 * list(SETS).index(suffix) + seed


def train_wide(suffix: str, seed: int) -> TwoLayer:
    """Train a k = 7 network on mini-batches."""
    number, weighted, seen = SETS[suffix]
    spins = irg.sample_ising(number, SIDE, rng=sample_seed(suffix, seed))
    if weighted:
        spins = training.resample(spins, seen, rng=seed)
    epochs = seen // len(spins)
    model = TwoLayer(7, rng=seed)
    options = {
        "learning_rate": LEARNING_RATE,
        "batch_size": BATCH,
        "epochs": epochs,
        "schedule": "one-cycle",
    }
    irg.train(spins, model, rng=seed, device="cpu", validation_fraction=0, **options)
    model.history = {
        "training_lattice": SIDE,
        "training_configurations": number,
        "weighted": weighted,
        "configurations_seen": seen,
        "seed": seed,
        "optimiser": "AdamW",
        **options,
    }
    return model


def validate(model: TwoLayer, sample: training._Sample) -> None:
    """Write losses per spin on the common sample into the history."""
    for weighted in (False, True):
        label = "weighted_validation_loss" if weighted else "validation_loss"
        with torch.no_grad():
            value = training._loss(model, sample, torch.float32, weighted)
            singles = {
                f"k{size}": training._loss(
                    SingleLayer(irg.Kernel.load(f"k{size}{'-weighted' if weighted else ''}")),
                    sample,
                    torch.float32,
                    weighted,
                )
                for size in (3, 5, 7)
            }
        model.history[label] = value
        model.history[f"single_layer_{label}"] = singles
    model.history["validation_configurations"], model.history["validation_seed"] = VALIDATION


def every_network():
    """Yield names and how to train each."""
    for suffix in SETS:
        for seed in SEEDS:
            for symmetrised in (False, True):
                kind = "-symmetrised" if symmetrised else ""
                narrow = functools.partial(train_narrow, suffix, seed, symmetrised)
                yield f"two-layer-k3{kind}{suffix}-{seed}", narrow
    for suffix in SETS:
        for seed in SEEDS:
            yield f"two-layer-k7{suffix}-{seed}", functools.partial(train_wide, suffix, seed)


def main(beginnings: list[str]) -> None:
    """Train the networks whose names begin like that, or all."""
    FOLDER.mkdir(exist_ok=True)
    number, seed = VALIDATION
    spins = irg.sample_ising(number, SIDE, rng=seed)
    sample = training._coarsen(spins, torch.Generator().manual_seed(seed), torch.device("cpu"))
    for name, train in every_network():
        path = FOLDER / f"{name}.safetensors"
        if path.exists() or not name.startswith(tuple(beginnings or [""])):
            continue
        model = train()
        validate(model, sample)
        model.save(path)
        losses = (model.history["validation_loss"], model.history["weighted_validation_loss"])
        print(f"{name:<36} loss {losses[0]:.6f}, weighted {losses[1]:.6f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
