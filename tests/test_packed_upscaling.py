"""Accuracy of the row factors: the probability that a packed draw compares with."""

import numpy as np
import pytest

from inverse_rg._lanes import FLOATS
from inverse_rg._packed_upscaling import (
    _TILE,
    _row_factors,
    factor_tables,
    upscaling_scratch,
)

BOUND = 1e-6  # as the module states


def factors_of(signs, table, width):
    """Return the row factors of one coarse cell, float32 (width, side, 16 replicas)."""
    ring, _, _ = upscaling_scratch(1, width)
    masks = np.where(signs > 0, -1, 0).astype(np.int32).view(np.float32)
    _row_factors(masks.ravel(), 1, table, (0,) * width, ring, 0)
    return ring[: 2 * width * FLOATS * _TILE].reshape(width, 2, _TILE, FLOATS)[:, :, 0].copy()


def row_factors(table, width):
    """Return the factor of each row for every pattern of coarse spins, float32 (width, 2^width)."""
    reach = width // 2
    signs = np.ones((2 * reach + 1, FLOATS))
    replicas = np.arange(FLOATS)
    for q in range(width):  # replica r shows pattern r, to the left side of the cell
        step = (q + 1) // 2 if q % 2 else -(q // 2)
        signs[reach - step] = 2 * ((replicas >> q) & 1) - 1
    return factors_of(signs, table, width)[:, 0, : 2**width]


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
    signs = np.random.default_rng(2).choice([-1.0, 1.0], (5, FLOATS))
    factors, mirrored = factors_of(signs, table, 4), factors_of(signs[::-1], table, 4)
    assert np.array_equal(factors[:, 0], mirrored[:, 1])
    assert np.array_equal(factors[:, 1], mirrored[:, 0])


def test_a_smaller_window_gets_factors_of_one():
    tables = factor_tables([np.ones((2, 2)), np.ones((3, 3))])
    assert tables.shape == (2, 3, 3, 2)
    assert (tables[0, 2] == 1).all()
    assert (tables[0, :, 2] == 1).all()
    assert factor_tables([]).shape == (0, 1, 1, 2)
