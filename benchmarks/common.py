"""What all works share: their sizes, the names of the ways, seeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

import inverse_rg as irg
from inverse_rg import _random

KERNELS = {3: "k3", 5: "k5", 7: "k7"}

PACKED = "packed, one thread"
SCALAR = "scalar Numba, one thread"
WHOLE = "package, all cores"


@dataclass(frozen=True)
class Sizes:
    """How large each work is; the defaults are the benchmark, `TINY` tries the code."""

    side: int = 128
    packed: int = 8192
    batch: int = 1000
    scalar: int = 256
    pairs_batch: int = 200
    chains: tuple[int, ...] = (32, 64, 128, 256)
    sweeps: int = 500
    dreams: int = 200_000
    dreams_once: int = 1_000_000
    conditional: int = 20_000
    conditional_batch: int = 200
    wide: int = 2000
    monte_carlo: int = 50_000
    universe: int = 8192


TINY = Sizes(8, 64, 16, 16, 16, (8, 64), 5, 128, 128, 128, 16, 128, 128, 64)


def paper_dream(k: int, side: int):
    """Return the dreams of Table II with the uniform kernel of size `k`."""
    first = irg.Kernel.load(KERNELS[3])
    return irg.ensembles.paper_dream(irg.Kernel.load(KERNELS[k]), first, side)


def torch_name() -> str:
    """Return what the plain PyTorch way is called."""
    return f"PyTorch, {torch.get_num_threads()} threads"


def random_spins(n: int, side: int) -> np.ndarray:
    """Return independent fair spins, int8 (n, L, L): counting them takes as long as any others."""
    rng = np.random.default_rng(6)
    return (2 * rng.integers(0, 2, (n, side, side), np.int8) - 1).astype(np.int8)


def state_of(index: int) -> np.ndarray:
    """Return the state of a random stream of its own, uint64 (4,)."""
    return _random.state_words(_random.child(_random.seed_sequence(6), index))
