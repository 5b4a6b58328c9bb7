"""Error bars from independent groups of configurations.

A run keeps sums over groups of blocks. The groups are independent by construction (each block has
a random stream of its own, each Monte Carlo block a Markov chain of its own), so that leaving out
one group at a time measures the error of any function of the means, correlations inside a
group included.
"""

from __future__ import annotations

from collections.abc import Callable
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
