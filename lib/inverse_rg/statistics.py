"""Error bars from independent groups of configurations.

A run keeps sums over groups of blocks. The groups are independent by construction (each block has
a random stream of its own, each Monte Carlo block a Markov chain of its own), so that leaving out
one group at a time measures the error of any function of the means, correlations inside a
group included.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

GROUPS = 64
"""Groups that a run keeps for the jackknife."""


class Estimate(NamedTuple):
    """A measured value and its standard error, each a float or an array."""

    value: Any
    error: Any


def leave_one_out(sums: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean over all groups, and the means that leave out one group each.

    Parameters
    ----------
    sums : ndarray, shape (groups, ...)
        Sums over the configurations of a group.
    counts : ndarray, shape (groups,)
        Configurations in each group.

    Returns
    -------
    mean : ndarray, shape (...)
    others : ndarray, shape (groups, ...)

    Raises
    ------
    ValueError
        If there are fewer than two groups: no error bar can be had from one.
    """
    sums = np.asarray(sums, dtype=float)
    counts = np.asarray(counts, dtype=float).reshape((-1,) + (1,) * (sums.ndim - 1))
    if len(sums) < 2 or len(sums) != len(counts):
        raise ValueError(
            f"sums and counts must have the same number of groups, at least 2, "
            f"got {len(sums)} and {len(counts)}"
        )
    total, number = sums.sum(axis=0), counts.sum(axis=0)
    return total / number, (total - sums) / (number - counts)


def jackknife(
    estimator: Callable[[np.ndarray], np.ndarray | float], sums: np.ndarray, counts: np.ndarray
) -> Estimate:
    """Return a function of means with its jackknife error.

    Parameters
    ----------
    estimator : callable
        Maps means, shape (...), to a value or an array.
    sums, counts : ndarray
        As in `leave_one_out`.

    Returns
    -------
    Estimate
        The estimator at the mean over all groups, and its standard error.

    Notes
    -----
    With G groups and the estimator theta_g at the mean without group g, the squared error is
    (G - 1) / G sum_g (theta_g - mean theta)^2.
    """
    mean, others = leave_one_out(sums, counts)
    return Estimate(estimator(mean), jackknife_error([estimator(other) for other in others]))


def jackknife_error(replicates) -> np.ndarray | float:
    """Return the standard error that leave-one-out `replicates`, shape (groups, ...), give."""
    values = np.asarray(replicates, dtype=float)
    spread = ((values - values.mean(axis=0)) ** 2).sum(axis=0)
    return np.sqrt(spread * (len(values) - 1) / len(values))


def two_sample(first, second, *, bins: int = 32) -> dict[str, float]:
    """Compare two independent samples of one number each, by two tests.

    Parameters
    ----------
    first, second : array_like, shapes (n,) and (m,)
        Independent draws, at least 10 `bins` each.
    bins : int
        Bins of the chi-square test, at quantiles of both samples together.

    Returns
    -------
    dict of str to float
        "chi-square" and "Kolmogorov-Smirnov": how many standard deviations of a normal variable
        the difference is worth, above what equal distributions give on average: beyond 3, they
        differ.

    Raises
    ------
    ValueError
        If a sample is not one-dimensional, or too small for the bins.

    Notes
    -----
    Values that occur often may share a bin, or make one. Chi-square is brought to a normal
    variable by Wilson and Hilferty's cube root; D of Kolmogorov and Smirnov by its asymptotic
    law, which is conservative for a discrete number.
    """
    samples = [np.sort(np.asarray(sample, float)) for sample in (first, second)]
    for name, sample in zip(("first", "second"), samples, strict=True):
        if sample.ndim != 1 or sample.size < 10 * bins:
            raise ValueError(f"{name} must be at least {10 * bins} numbers, got {sample.shape}")
    pooled = np.sort(np.concatenate(samples))
    edges = np.unique(pooled[np.linspace(0, pooled.size, bins, endpoint=False).astype(int)[1:]])
    counts = [
        np.bincount(np.searchsorted(edges, sample, "right"), minlength=edges.size + 1)
        for sample in samples
    ]
    n, m = (sample.size for sample in samples)
    both = counts[0] + counts[1]
    used = both > 0
    gap = np.sqrt(m / n) * counts[0] - np.sqrt(n / m) * counts[1]
    square = (gap[used] ** 2 / both[used]).sum()
    freedom = 2 / (9 * max(1, used.sum() - 1))
    chi = (np.cbrt(square * freedom * 9 / 2) - (1 - freedom)) / np.sqrt(freedom)
    below = [np.searchsorted(sample, pooled, "right") / sample.size for sample in samples]
    reach = np.abs(below[0] - below[1]).max() * np.sqrt(n * m / (n + m))
    order = np.arange(1, 101)
    chance = 2 * (np.where(order % 2, 1, -1) * np.exp(-2 * (order * reach) ** 2)).sum()
    chance = float(np.clip(chance, 1e-300, 1 - 1e-12))
    return {"chi-square": float(chi), "Kolmogorov-Smirnov": -NormalDist().inv_cdf(chance)}
