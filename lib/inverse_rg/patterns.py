"""Counts of (fine spin, coarse window) patterns: all that the single-layer loss depends on.

The loss of Eq. (12) of arXiv:2506.04016 sums over fine spins a function of the spin and of the
n x n coarse window that it sees. How often each pair occurs is therefore a sufficient statistic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from inverse_rg import _blocks, _check, _random

LARGEST_WINDOW = 4
"""Widest window counted: 2^16 patterns, kernels up to 7 x 7."""


@dataclass(frozen=True, eq=False)
class PatternCounts:
    """How often each pattern occurs, in groups of configurations.

    Attributes
    ----------
    window : int
        Width n of the coarse window.
    size : int
        Side L of the fine lattices.
    counts : ndarray of float64, shape (groups, 2, 2^(n n))
        Occurrences by group, fine spin (down, up) and pattern. A pattern's bits are the window's
        spins row by row, the first one the highest and 1 for up.
    weighted_counts : ndarray of float64, shape (groups, 2, 2^(n n))
        The same with every configuration counted w_a = 2^(fewest_ties - ties) times: the literal
        weight 2^-ties of Eq. (13), divided by the largest.
    configurations : int
        Configurations counted.
    weight_sum, weight_square_sum : float
        Sums of w_a and of w_a^2 over the configurations.
    fewest_ties : int
        Tied blocks of the configuration that has fewest.

    Notes
    -----
    Groups are runs of successive configurations, so that correlations inside a lattice and along
    a Markov chain stay inside a group and errors from group to group contain them. ``a + b``
    merges two runs, group by group; ``sum(runs, start)`` streams any number of them.
    """

    window: int
    size: int
    counts: np.ndarray
    weighted_counts: np.ndarray
    configurations: int
    weight_sum: float
    weight_square_sum: float
    fewest_ties: int

    @property
    def groups(self) -> int:
        """Number of groups."""
        return len(self.counts)

    def effective_configurations(self, *, weighted: bool = False) -> float:
        """Return how many equally weighted configurations weigh as much: (sum w)^2 / sum w^2.

        Configurations count as independent of each other.
        """
        if not weighted:
            return float(self.configurations)
        return self.weight_sum**2 / self.weight_square_sum

    def marginal(self, window: int) -> PatternCounts:
        """Return the counts of the first `window` x `window` spins of the window.

        Raises
        ------
        ValueError
            If `window` is below 1 or above the width counted.
        """
        window = _check.integer("window", window, minimum=1, maximum=self.window)
        outside = np.ones((self.window, self.window), bool)
        outside[:window, :window] = False
        axes = tuple(2 + np.flatnonzero(outside))

        def reduce(counts):
            bits = counts.reshape(len(counts), 2, *(2,) * self.window**2)
            return bits.sum(axis=axes).reshape(len(counts), 2, -1)

        return PatternCounts(
            window,
            self.size,
            reduce(self.counts),
            reduce(self.weighted_counts),
            self.configurations,
            self.weight_sum,
            self.weight_square_sum,
            self.fewest_ties,
        )

    def __add__(self, other: PatternCounts) -> PatternCounts:
        if not isinstance(other, PatternCounts):
            return NotImplemented
        for name in ("window", "size", "groups"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                raise ValueError(
                    f"merged counts must have the same {name}, got {mine} and {theirs}"
                )
        fewest = min(self.fewest_ties, other.fewest_ties)
        left = 2.0 ** (fewest - self.fewest_ties)
        right = 2.0 ** (fewest - other.fewest_ties)
        return PatternCounts(
            self.window,
            self.size,
            self.counts + other.counts,
            left * self.weighted_counts + right * other.weighted_counts,
            self.configurations + other.configurations,
            left * self.weight_sum + right * other.weight_sum,
            left**2 * self.weight_square_sum + right**2 * other.weight_square_sum,
            fewest,
        )


def count_patterns(
    spins,
    *,
    window: int,
    rng: _random.Seed,
    groups: int = 32,
    workers: int | None = None,
) -> PatternCounts:
    """Count the (fine spin, coarse window) patterns of configurations after the majority rule.

    Parameters
    ----------
    spins : array_like of +-1, shape (n, L, L), L even
        Fine configurations, in the order in which they were sampled.
    window : int
        Width of the coarse window, 1 to 4: (k + 1)/2 for the largest kernel to be fitted. The
        counts of smaller ones come from `PatternCounts.marginal`.
    rng : int, SeedSequence or Generator
        Seed of the ties. The coarse configurations are those of ``block(spins, rng=rng)``.
    groups : int
        Groups for the standard errors; at most n are made.
    workers : int, optional
        Threads; all cores by default. The result does not depend on it.

    Returns
    -------
    PatternCounts
        The sufficient statistic of `fit` and `optimum`.

    Raises
    ------
    ValueError
        If `spins` is not an array (n, L, L) of +-1 with even L, or an option is out of range.

    Notes
    -----
    Every fine spin of every configuration is counted, n L^2 in all. See `window` of `Kernel` for
    which coarse spins a fine spin sees.
    """
    from inverse_rg import _patterns, blocking

    spins = _check.spins("spins", spins, even=True)
    window = _check.integer("window", window, minimum=1, maximum=LARGEST_WINDOW)
    groups = min(_check.integer("groups", groups, minimum=1), len(spins))
    if workers is not None:
        workers = _check.integer("workers", workers, minimum=1)
    n, size, _ = spins.shape
    starts = np.cumsum([0, *_blocks.block_sizes(n)])
    group_starts = -(-np.arange(groups + 1) * n // groups)  # group g holds its share of n in order

    def task(count, stream):
        first = starts[stream.spawn_key[-1]]
        fine = spins[first : first + count]
        coarse = np.empty((count, size // 2, size // 2), np.int8)
        blocking._block_configurations(fine, coarse, _random.state_words(stream))
        ties = np.empty(count, np.int64)
        blocking._tie_kernel(fine, ties)
        weights = np.exp2((ties.min() - ties).astype(np.float64))
        parts = []
        for group in range(groups):
            begin = max(group_starts[group] - first, 0)
            end = min(group_starts[group + 1] - first, count)
            if begin < end:
                part = slice(begin, end)
                histogram = np.zeros((2, 1 << window**2, 2))
                _patterns.count(fine[part], coarse[part], weights[part], window, histogram)
                parts.append((group, histogram))
        return parts, int(ties.min()), weights.sum(), (weights**2).sum()

    total = np.zeros((groups, 2, 1 << window**2, 2))
    weight_sum = weight_square_sum = 0.0
    fewest = size**2  # more ties than there can be
    for parts, ties, block_sum, block_square_sum in _blocks.run(task, n, rng, workers=workers):
        if ties < fewest:
            # A larger weight has come: what was counted so far is measured in it from now on.
            scale = 2.0 ** (ties - fewest)
            total[..., 1] *= scale
            weight_sum *= scale
            weight_square_sum *= scale**2
            fewest = ties
        scale = 2.0 ** (fewest - ties)
        for group, histogram in parts:
            total[group, ..., 0] += histogram[..., 0]
            total[group, ..., 1] += scale * histogram[..., 1]
        weight_sum += scale * block_sum
        weight_square_sum += scale**2 * block_square_sum
    return PatternCounts(
        window,
        size,
        np.ascontiguousarray(total[..., 0]),
        np.ascontiguousarray(total[..., 1]),
        n,
        weight_sum,
        weight_square_sum,
        fewest,
    )


CHUNK = 1 << 16
"""Configurations that `sample_patterns` holds in memory at a time."""
LARGEST_CHUNK = 1 << 30
"""Spins that it holds at the most."""


def sample_patterns(
    ensemble, n: int, *, window: int, rng: _random.Seed, groups: int = 32, blocked: int = 0
) -> PatternCounts:
    """Draw `n` configurations of an ensemble and count their patterns, in constant memory.

    Parameters
    ----------
    ensemble : Ising or Dream
        What to draw; its side is even.
    n : int
        Configurations, at least `groups`.
    window, groups : int
        As in `count_patterns`.
    rng : int, SeedSequence or Generator
        Seed of the configurations and of the ties.
    blocked : int
        How often the configurations are blocked before they are the fine ones. With P_0 the
        ensemble's distribution and P_n that of its n-fold majority, Eq. (4), the counts are those
        that teach to draw P_n from P_(n+1), n = `blocked`.

    Returns
    -------
    PatternCounts
        The counts of all configurations, of side L / 2^blocked.

    Raises
    ------
    ValueError
        If `n` is below `groups`, an option is out of its range, or the side cannot be halved
        `blocked` + 1 times.
    """
    groups = _check.integer("groups", groups, minimum=1)
    n = _check.integer("n", n, minimum=groups)
    window = _check.integer("window", window, minimum=1, maximum=LARGEST_WINDOW)
    blocked = _check.integer("blocked", blocked, minimum=0)
    if ensemble.size % (2 << blocked):
        raise ValueError(
            f"ensemble must have a side that can be halved {blocked + 1} times for blocked = "
            f"{blocked}, got {ensemble.size}"
        )
    from inverse_rg.blocking import block

    root = _random.seed_sequence(rng)
    total: PatternCounts | None = None
    chunk = max(2 * groups, min(CHUNK, LARGEST_CHUNK // ensemble.size**2))
    parts = -(-n // chunk)
    for part in range(parts):
        count = n * (part + 1) // parts - n * part // parts
        spins = ensemble.sample(count, rng=_random.child(root, part, 0))
        for level in range(blocked):
            spins = block(spins, rng=_random.child(root, part, 2 + level))
        ties = _random.child(root, part, 1)
        counts = count_patterns(spins, window=window, rng=ties, groups=groups)
        total = counts if total is None else total + counts
    return cast(PatternCounts, total)
