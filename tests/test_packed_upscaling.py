"""Accuracy of the row factors: the probability that a packed draw compares with."""

import numpy as np
import pytest

from inverse_rg._packed_upscaling import _row_factors, factor_tables, upscaling_scratch

BOUND = 1e-6  # as the module states


def row_factors(table, width):
    """Return the factor of each row for every pattern of coarse spins, float32 (width, 2^width)."""
    ring, _ = upscaling_scratch(1, width)
    line = np.zeros(2 * (width // 2) + 1, np.uint64)
    own = width // 2
    replicas = np.arange(64)
    for q in range(width):  # replica r shows pattern r, to the left side of the cell
        step = (q + 1) // 2 if q % 2 else -(q // 2)
        bits = (replicas >> q) & 1
        line[own - step] = np.uint64((bits.astype(object) << replicas).sum())
    _row_factors(line, own, 1, table, (0,) * width, ring[0])
    return ring[0, :, 0, : 2**width]


@pytest.mark.parametrize("width", [2, 3, 4])
@pytest.mark.parametrize("scale", [0.1, 0.4, 1.0])
def test_probabilities_of_all_windows(width, scale):
    window = np.random.default_rng(width).normal(0, scale, (width, width))
    factors = row_factors(factor_tables([window])[0], width)
    pattern = np.arange(2**width**2)
    ratio = np.ones(pattern.size, np.float32)
    spins = np.empty((pattern.size, width, width))
    for p in range(width):
        row = (pattern >> (p * width)) % 2**width
        ratio = ratio * factors[p, row]
        spins[:, p] = 2 * ((row[:, None] >> np.arange(width)) & 1) - 1
    exact = 1 / (1 + np.exp(-2 * (spins * window).sum(axis=(1, 2))))
    drawn = 1 / (np.float32(1) + ratio).astype(float)
    assert np.abs(drawn - exact).max() < BOUND


def test_the_right_side_mirrors_the_left():
    window = np.random.default_rng(1).normal(0, 0.3, (4, 4))
    table = factor_tables([window])[0]
    ring, _ = upscaling_scratch(1, 4)
    line = np.random.default_rng(2).integers(2**64, size=5, dtype=np.uint64)
    _row_factors(line, 2, 1, table, (0,) * 4, ring[0])
    left = ring[0, :, 0, :64].copy()
    _row_factors(line[::-1].copy(), 2, 1, table, (0,) * 4, ring[0])
    assert np.array_equal(ring[0, :, 1, :64], left)
