"""A walk in scale, drawn by the package: up by the kernel, down by blocking."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inverse_rg import _check, _random
from inverse_rg.blocking import block
from inverse_rg.conditional_models import ConditionalModel, levels_left
from inverse_rg.dreaming import dream
from inverse_rg.ensembles import Ising
from inverse_rg.kernels import Kernel

ENGINES = ("browser", "numba", "torch")
STARTS = ("random", "up", "down", "drawn", "monte-carlo")
SIDES = tuple(8 << level for level in range(8))
"""The sides that the widget offers, 8 to 1024."""

DRAWN_SIDE = 8
"""Side of the small lattice that a reader draws or Monte Carlo gives."""

_START = 0  # the stream of the start; step number t of a walk has the stream t


def first_lattice(start: str, seed: int, drawn: Sequence[int]) -> np.ndarray:
    """Return where a walk begins, int8 (L0, L0) of +-1.

    Parameters
    ----------
    start : {"random", "up", "down", "drawn", "monte-carlo"}
        One spin (L0 = 1), the reader's own lattice or a critical configuration (L0 = 8).
    seed : int
        Seed of the walk.
    drawn : sequence of int, 64 of them, or empty
        The reader's lattice by rows, positive for up; used when `start` is "drawn".
    """
    stream = _random.child(_random.seed_sequence(seed), _START)
    if start == "random":
        spin = np.random.default_rng(stream).integers(0, 2)
        return np.full((1, 1), 2 * spin - 1, np.int8)
    if start in ("up", "down"):
        return np.full((1, 1), 1 if start == "up" else -1, np.int8)
    if start == "drawn":
        spins = np.where(np.asarray(drawn or [0] * DRAWN_SIDE**2) > 0, 1, -1)
        return spins.reshape(DRAWN_SIDE, DRAWN_SIDE).astype(np.int8)
    return Ising(DRAWN_SIDE).sample(1, rng=stream)[0]


def direct_moves(side: int, size: int) -> list[bool]:
    """Return the moves, True for up, that lead from side to `size`."""
    levels = size.bit_length() - side.bit_length()
    return [levels > 0] * abs(levels)


def walk(
    kernel: Kernel | ConditionalModel,
    first: np.ndarray,
    moves: Sequence[bool],
    *,
    seed: int,
    first_step: int = 1,
    engine: str = "numba",
    device=None,
) -> list[np.ndarray]:
    """Return the lattices that `moves` lead to, from `first` on, one a move.

    Parameters
    ----------
    kernel : Kernel or ConditionalModel
        What dreams.
    first : ndarray of +-1, int8 (L0, L0)
        Where the walk begins.
    moves : sequence of bool
        True doubles the side by dreaming, False halves it by the majority rule.
    seed : int
        Each step has its own stream, from the seed and the step's number alone.
    first_step : int
        Number of the first move.
    engine : {"numba", "torch"}
        Who dreams.
    device : str or torch.device, optional
        Where torch dreams; "auto" by default.

    Returns
    -------
    list of ndarray
        int8 lattices of +-1, each of twice or half the side of the one before.
    """
    root = _random.seed_sequence(seed)
    where = (device or "auto") if _check.choice("engine", engine, ENGINES[1:]) == "torch" else None
    lattices = []
    spins = first[None]
    for index, (up, left) in enumerate(zip(moves, levels_left(moves), strict=True)):
        stream = _random.child(root, first_step + index)
        if up:
            size = 2 * spins.shape[1]
            drawer = kernel if isinstance(kernel, Kernel) else kernel.upscaler(size, left)
            spins = dream(drawer, 1, size, rng=stream, start=spins, device=where)
        else:
            spins = block(spins, rng=stream)
        lattices.append(spins[0])
    return lattices


def to_bytes(spins: np.ndarray) -> bytes:
    """Return spins of +-1 as the browser holds them: one byte each, 1 for up."""
    return (spins > 0).astype(np.uint8).tobytes()


def from_bytes(data: bytes, side: int) -> np.ndarray:
    """Return the int8 array (side, side) of +-1 behind `to_bytes`."""
    spins = np.frombuffer(data, np.uint8).reshape(side, side)
    return (2 * spins.astype(np.int8) - 1).astype(np.int8)
