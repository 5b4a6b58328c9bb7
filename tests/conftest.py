"""Helpers that every test may ask for by name: goodness of fit and distances in error bars."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import chi2

SMALLEST_EXPECTED = 5.0
"""Cells that expect fewer counts than this are merged: chi-square is asymptotic."""


def _chi_square(observed, probabilities) -> float:
    observed = np.asarray(observed, float).ravel()
    probabilities = np.asarray(probabilities, float).ravel()
    if observed.shape != probabilities.shape:
        raise ValueError(f"{observed.size} counts but {probabilities.size} probabilities")
    if (observed < 0).any() or (probabilities < 0).any() or not observed.sum() > 0:
        raise ValueError("counts and probabilities must be non-negative, some count positive")
    if not np.isclose(probabilities.sum(), 1, rtol=0, atol=1e-9):
        raise ValueError(f"probabilities sum to {probabilities.sum()}, not to 1")
    if observed[probabilities == 0].any():
        return 0.0  # what cannot happen happened
    # Merge the rarest cells in order of probability until each merged cell expects enough.
    order = np.argsort(probabilities, kind="stable")
    order = order[probabilities[order] > 0]
    expected = observed.sum() * probabilities[order]
    cells: list[list[float]] = [[0.0, 0.0]]
    for count, mean in zip(observed[order], expected, strict=True):
        if cells[-1][1] >= SMALLEST_EXPECTED:
            cells.append([0.0, 0.0])
        cells[-1][0] += count
        cells[-1][1] += mean
    if len(cells) > 1 and cells[-1][1] < SMALLEST_EXPECTED:
        last = cells.pop()
        cells[-1] = [cells[-1][0] + last[0], cells[-1][1] + last[1]]
    if len(cells) < 2:
        raise ValueError("fewer than two cells expect 5 counts or more: draw more samples")
    counts, means = np.array(cells).T
    return float(chi2.sf(((counts - means) ** 2 / means).sum(), len(cells) - 1))


@pytest.fixture(scope="session")
def chi_square() -> Callable[..., float]:
    """Return ``p = chi_square(observed_counts, expected_probabilities)``.

    Pearson's test of independent draws against known probabilities (same shape, sum 1). Rare
    cells are merged until each expects 5 counts; a count where the probability is zero gives
    p = 0. Choose the bound on p before running: ``p > 1e-4`` for a right sampler, ``p < 1e-6`` for
    a broken one.
    """
    return _chi_square


@pytest.fixture(scope="session")
def distance() -> Callable[..., float]:
    """Return ``z = distance(independent_values, exact)``: |mean - exact| in standard errors.

    The first axis of `independent_values` runs over independent blocks or runs; the largest
    distance is returned if there are further axes.
    """

    def _distance(independent_values, exact) -> float:
        values = np.asarray(independent_values, float)
        error = values.std(axis=0, ddof=1) / np.sqrt(len(values))
        return float(np.max(np.abs(values.mean(axis=0) - exact) / error))

    return _distance
