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
SORTED = ("", "-weighted", "-M1e4", "-weighted-M1e4")
"""Sets in an order that takes each sample up once."""

VALIDATION = (50_000, 3290)
"""Configurations on which all networks are compared, and their seed."""

LEARNING_RATE = 5e-3
BATCH = 256

SETS = {
    # name: (M, weighted, configurations that k = 7 sees in training)
    "": (1_000_000, False, 3_000_000),
    "-weighted": (1_000_000, True, 1_000_000),
    "-M1e4": (10_000, False, 500_000),
    "-weighted-M1e4": (10_000, True, 500_000),
}


@functools.lru_cache(maxsize=1)
def count(number: int, seed: int) -> neighbourhoods.NeighbourhoodCounts:
    """Count a sample: with and without weights, symmetrised or not, all train on the same."""
    return neighbourhoods.sample_neighbourhoods(
        irg.Ising(SIDE), number, rng=sample_seed(number, seed)
    )


def train_narrow(suffix: str, seed: int, symmetrised: bool) -> TwoLayer:
    """Train a k = 3 network on all patterns at once."""
    number, weighted, _ = SETS[suffix]
    counts = count(number, seed)
    model = TwoLayer(3, symmetrised=symmetrised, rng=seed)
    _, losses = train_by_counts(counts, model, weighted=weighted)
    best = neighbourhoods.log_odds(counts, weighted=weighted)
    model.history = {
        "training_lattice": SIDE,
        "training_configurations": number,
        "weighted": weighted,
        "effective_configurations": counts.effective_configurations(weighted=weighted),
        "seed": seed,
        "optimiser": "AdamW, then L-BFGS, on all patterns at once",
        "evaluations": len(losses),
        "training_loss": float(losses[-1]),
        "training_loss_of_the_best_table": neighbourhoods.loss(counts, best, weighted=weighted),
    }
    return model


def sample_seed(number: int, seed: int) -> int:
    """Return the seed of a Monte Carlo sample."""
    return 3300 + 10 * (number < 1_000_000) + seed


def train_wide(suffix: str, seed: int) -> TwoLayer:
    """Train a k = 7 network on mini-batches."""
    number, weighted, seen = SETS[suffix]
    if not weighted:
        number = min(number, seen)  # one pass at the most: others would never be looked at
    spins = irg.sample_ising(number, SIDE, rng=sample_seed(number, seed))
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


@functools.cache
def validation_sample() -> tuple[training._Sample, neighbourhoods.NeighbourhoodCounts]:
    """Return the configurations on which all are compared, and their patterns: one set of ties."""
    number, seed = VALIDATION
    spins = irg.sample_ising(number, SIDE, rng=seed)
    coarse = irg.block(spins, rng=seed)
    ties = irg.blocking.count_ties(spins)
    sample = training._Sample(*map(torch.from_numpy, (spins, coarse, ties)))
    return sample, neighbourhoods.count_neighbourhoods(spins, rng=seed)


def loss_of(model, weighted: bool) -> float:
    """Return the loss per spin on the common sample: by its patterns where they are enough."""
    sample, counts = validation_sample()
    if neighbourhoods.has_table(model):
        return neighbourhoods.loss(counts, model, weighted=weighted)
    with torch.no_grad():
        return training._loss(model, sample, torch.float32, weighted)


@functools.cache
def single_loss(size: int, weighted: bool) -> float:
    """Return the loss of a bundled single-layer kernel."""
    kernel = irg.Kernel.load(f"k{size}{'-weighted' if weighted else ''}")
    return loss_of(SingleLayer(kernel), weighted)


def validate(model: TwoLayer) -> None:
    """Write losses per spin on the common sample into the history."""
    for weighted in (False, True):
        label = "weighted_validation_loss" if weighted else "validation_loss"
        model.history[label] = loss_of(model, weighted)
        singles = {f"k{size}": single_loss(size, weighted) for size in (3, 5, 7)}
        model.history[f"single_layer_{label}"] = singles
    model.history["validation_configurations"], model.history["validation_seed"] = VALIDATION


def every_network():
    """Yield names and how to train each."""
    for seed in SEEDS:
        for suffix in SORTED:
            for symmetrised in (False, True):
                kind = "-symmetrised" if symmetrised else ""
                narrow = functools.partial(train_narrow, suffix, seed, symmetrised)
                yield f"two-layer-k3{kind}{suffix}-{seed}", narrow
    for seed in SEEDS:
        for suffix in SETS:
            yield f"two-layer-k7{suffix}-{seed}", functools.partial(train_wide, suffix, seed)


def main(beginnings: list[str]) -> None:
    """Train the networks whose names begin like that, or all."""
    FOLDER.mkdir(exist_ok=True)
    for name, train in every_network():
        path = FOLDER / f"{name}.safetensors"
        if path.exists() or not name.startswith(tuple(beginnings or [""])):
            continue
        model = train()
        validate(model)
        model.save(path)
        losses = (model.history["validation_loss"], model.history["weighted_validation_loss"])
        print(f"{name:<36} loss {losses[0]:.6f}, weighted {losses[1]:.6f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
