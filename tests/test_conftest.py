"""The goodness-of-fit helper itself: right size, finds a wrong distribution, refuses nonsense."""

import numpy as np
import pytest


def test_p_values_of_a_right_sampler_are_uniform(chi_square):
    rng = np.random.default_rng(1)
    probabilities = np.array([0.5, 0.3, 0.1, 0.09, 0.008, 0.0015, 0.0005])
    p = [chi_square(rng.multinomial(2000, probabilities), probabilities) for _ in range(1000)]
    counts = np.histogram(p, bins=10, range=(0, 1))[0]
    assert chi_square(counts, np.full(10, 0.1)) > 1e-4


def test_wrong_probabilities_are_found(chi_square):
    counts = np.random.default_rng(2).multinomial(10_000, [0.5, 0.5])
    assert chi_square(counts, [0.45, 0.55]) < 1e-6


def test_an_impossible_event_gives_zero(chi_square):
    assert chi_square([500, 500, 1], [0.5, 0.5, 0.0]) == 0.0


def test_probabilities_must_sum_to_one(chi_square):
    with pytest.raises(ValueError, match="sum to"):
        chi_square([10, 10], [0.5, 0.4])


def test_too_few_counts_are_refused(chi_square):
    with pytest.raises(ValueError, match="fewer than two cells"):
        chi_square([2, 3], [0.5, 0.5])


def test_distance_in_standard_errors(distance):
    values = np.array([1.0, 3.0])  # mean 2, standard error 1
    assert distance(values, 0.0) == pytest.approx(2.0)
