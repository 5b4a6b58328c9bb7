"""Counting blocked configurations, and fitting the parts of a conditional upscaler to them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inverse_rg import _check, _interactions, _random

CHUNK = 1024
"""Configurations that `count` holds in memory at a time."""


@dataclass(frozen=True, eq=False)
class LevelCounts:
    """What was counted of P_n given P_(n + 1), for `fit_couplings` and `fit_order`.

    Attributes
    ----------
    heat_bath : list of pairs of ndarray of int64, or None
        For each group the codes that occurred and how often: spins and what they interact with,
        as in `_conditional_counts`.
    order : dict of str to ndarray of int64, shape (groups, 2^bits), or None
        The same of the draws in order.
    configurations : int
        Configurations counted.
    """

    heat_bath: list[tuple[np.ndarray, np.ndarray]] | None
    order: dict[str, np.ndarray] | None
    configurations: int


def count(
    ensemble,
    n: int,
    *,
    rng: _random.Seed,
    heat_bath: Sequence[int] = (),
    order: Sequence[int] = (),
    groups: int = 8,
) -> dict[int, LevelCounts]:
    """Draw configurations, block them, and count what the draws of each level depend on.

    Parameters
    ----------
    ensemble : Ising or Dream
        What to draw: P_0, on lattices whose side is a power of two.
    n : int
        Configurations.
    rng : int, SeedSequence or Generator
        Seed of the configurations and of the ties.
    heat_bath, order : sequence of int
        Each number b of majority rules after which P_b is counted, given P_(b + 1), for
        `fit_couplings` and for `fit_order`.
    groups : int
        Groups of configurations for the standard errors, at least 2.

    Returns
    -------
    dict of int to LevelCounts
        By number of blockings.

    Raises
    ------
    ValueError
        If a lattice would be blocked below side 1, or an option is out of range.
    """
    from inverse_rg import _conditional_counts as counts
    from inverse_rg import blocking
    from inverse_rg._packed_symmetry import symmetries

    groups = _check.integer("groups", groups, minimum=2)
    n = _check.integer("n", n, minimum=groups)
    levels = int(math.log2(ensemble.size))
    for name, chosen in (("heat_bath", heat_bath), ("order", order)):
        for b in chosen:
            _check.integer(name, b, minimum=0, maximum=levels - 1)
    codes: dict[int, list] = {b: [] for b in heat_bath}
    parts = {
        b: {part: np.zeros((groups, 1 << bits), np.int64) for part, bits in counts.BITS.items()}
        for b in order
    }
    root = _random.seed_sequence(rng)
    for group in range(groups):
        members = n * (group + 1) // groups - n * group // groups
        found: dict[int, list] = {b: [] for b in heat_bath}
        for part, first in enumerate(range(0, members, CHUNK)):
            number = min(CHUNK, members - first)
            fine = ensemble.sample(number, rng=_random.child(root, group, part, 0))
            for b in range(max((*heat_bath, *order), default=-1) + 1):
                coarse = blocking.block(fine, rng=_random.child(root, group, part, 1 + b))
                if b in heat_bath:
                    found[b] = [counts.merge([*found[b], counts.count_codes(fine, coarse)])]
                if b in order:
                    # Each chunk in one of the eight positions of the square, in turn.
                    turned = [symmetries(lattice)[part % 8] for lattice in (fine, coarse)]
                    counts.add_order({k: v[group] for k, v in parts[b].items()}, *turned)
                fine = coarse
        for b in heat_bath:
            codes[b] += found[b]
    return {b: LevelCounts(codes.get(b), parts.get(b), n) for b in sorted({*heat_bath, *order})}


def fit_couplings(
    level: LevelCounts, *, interactions: Sequence[str] = _interactions.NAMES
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the likeliest couplings of a level's heat bath, and their standard errors.

    Parameters
    ----------
    level : LevelCounts
        From `count`.
    interactions : sequence of str
        Those that are fitted; the couplings of the others are zero.

    Notes
    -----
    Maximum of the pseudo-likelihood (J. Besag, J. R. Stat. Soc. B 36, 192, 1974): the product
    over spins of the law of each given all others and its coarse spin. It is concave, and its
    maximum is the true Hamiltonian if that has these interactions only.
    """
    from inverse_rg import _conditional_counts, _conditional_fit

    if level.heat_bath is None:
        raise ValueError("level must be counted for the heat bath (count(..., heat_bath=...))")
    free = [
        _interactions.NAMES.index(_check.choice("interactions", name, _interactions.NAMES))
        for name in interactions
    ]
    counts = _conditional_counts.heat_bath(level.heat_bath)
    numbers, errors, _ = _conditional_fit.fit(counts, free)
    return tuple(numbers.tolist()), tuple(errors.tolist())


def fit_order(level: LevelCounts, *, majority: bool = True) -> tuple[dict, dict]:
    """Return the likeliest corner, diagonal and edge parts of a level, and their errors.

    Parameters
    ----------
    level : LevelCounts
        From `count`.
    majority : bool
        Whether the edge spins obey the majority rule, or are independent.
    """
    from inverse_rg import _conditional_counts, _conditional_fit

    if level.order is None:
        raise ValueError("level must be counted for draws in order (count(..., order=...))")
    numbers, errors = {}, {}
    for part, histogram in level.order.items():
        counts = _conditional_counts.ordered(part, histogram, majority=majority)
        value, error, _ = _conditional_fit.fit(counts)
        numbers[part], errors[part] = tuple(value.tolist()), tuple(error.tolist())
    return numbers, errors
