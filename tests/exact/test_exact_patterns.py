"""Pattern probabilities of the package against a sample, and its guards."""

import numpy as np
import pytest

from inverse_rg.blocking import count_ties
from inverse_rg.exact_patterns import exact_patterns
from inverse_rg.kernels import Kernel
from inverse_rg.optimum import count_patterns, optimum
from inverse_rg.swendsen_wang import sample_ising


def test_bundled_kernels_are_its_optima():
    for weighted in (False, True):
        found = optimum(exact_patterns(), 3, weighted=weighted).kernel
        bundled = Kernel.load(f"k3{'-weighted' if weighted else ''}-Lt4")
        np.testing.assert_allclose(found.parameters, bundled.parameters, rtol=1e-10)


def test_sampled_patterns_have_these_probabilities(distance):
    exact = exact_patterns()
    spins = sample_ising(20_000, 4, rng=1)
    counts = count_patterns(spins, window=2, rng=2, groups=50).counts
    shares = counts / counts.sum(axis=(1, 2), keepdims=True) * 16
    assert distance(shares, exact.counts[0]) < 4.5  # the largest of 32
    assert distance(shares, exact_patterns(0.42).counts[0]) > 4.5


def test_effective_fraction(distance):
    exact = exact_patterns()
    weights = 2.0 ** -count_ties(sample_ising(20_000, 4, rng=3)).astype(float)
    assert exact.weight_sum == pytest.approx(weights.mean(), abs=4 * weights.std() / 20_000**0.5)
    groups = weights.reshape(50, -1)
    fraction = groups.mean(axis=1) ** 2 / (groups**2).mean(axis=1)
    assert distance(fraction, exact.effective_configurations(weighted=True)) < 4


def test_infinite_temperature():
    counts = exact_patterns(0.0).counts[0]
    assert counts.sum() == pytest.approx(16, rel=1e-12)
    # Of the four fine spins of an up block, ties included, 11/16 are up.
    own_up = np.arange(16) >= 8
    assert counts[1, own_up].sum() / counts[:, own_up].sum() == pytest.approx(11 / 16, rel=1e-12)


def test_bad_coupling_is_named():
    with pytest.raises(ValueError, match="coupling must be at least 0"):
        exact_patterns(-0.1)
