import numpy as np
import pytest

from inverse_rg import statistics
from inverse_rg.statistics import Estimate, jackknife, jackknife_error, leave_one_out


def test_error_of_a_mean_is_the_standard_formula():
    values = np.random.default_rng(1).normal(size=40)
    value, error = jackknife(lambda mean: mean, values, np.ones(40))
    assert value == pytest.approx(values.mean(), rel=1e-14)
    assert error == pytest.approx(values.std(ddof=1) / np.sqrt(40), rel=1e-12)


def test_groups_of_equal_size_scale_out():
    sums = np.random.default_rng(2).normal(size=(30, 3))
    value, error = jackknife(lambda mean: mean, sums, np.full(30, 50))
    np.testing.assert_allclose(value, sums.mean(axis=0) / 50)
    np.testing.assert_allclose(error, sums.std(axis=0, ddof=1) / np.sqrt(30) / 50)


def test_groups_of_unequal_size_are_weighted():
    mean, others = leave_one_out([6.0, 2.0, 1.0], [3, 2, 1])
    assert mean == 1.5
    np.testing.assert_allclose(others, [3 / 3, 7 / 4, 8 / 5])


def test_one_shorter_group_hardly_changes_the_error():
    # 63 groups of 100 and one of 50: the error of the mean of all single values.
    values = np.random.default_rng(3).normal(size=6350)
    counts = np.array([100] * 63 + [50])
    sums = np.add.reduceat(values, np.cumsum(counts) - counts)
    value, error = jackknife(lambda mean: mean, sums, counts)
    assert value == pytest.approx(values.mean(), rel=1e-12)
    # 64 groups know an error bar to 1 / sqrt(128) of itself.
    assert error == pytest.approx(1 / np.sqrt(6350), rel=4 / np.sqrt(128))


def test_error_of_a_ratio_is_the_delta_method():
    groups, each = 400, 100
    draws = np.random.default_rng(4).normal(size=(groups, each, 2))
    x = 5 + draws[..., 0]
    y = 2 + 0.5 * draws[..., 0] + draws[..., 1]
    sums = np.stack([x.sum(axis=1), y.sum(axis=1)], axis=-1)
    value, error = jackknife(lambda mean: mean[0] / mean[1], sums, np.full(groups, each))
    # var(x/y) = (var x - 2 r cov + r^2 var y) / y^2 with r = 5/2, var x 1, cov 0.5, var y 1.25
    expected = np.sqrt((1 - 5 * 0.5 + 6.25 * 1.25) / 4 / (groups * each))
    assert error == pytest.approx(expected, rel=4 / np.sqrt(2 * groups))
    assert value == pytest.approx(2.5, abs=4 * expected)


def test_correlations_inside_a_group_are_seen():
    # Every value ten times: the error must not shrink by sqrt(10).
    values = np.random.default_rng(5).normal(size=50)
    _, once = jackknife(lambda mean: mean, values, np.ones(50))
    _, repeated = jackknife(lambda mean: mean, 10 * values, np.full(50, 10))
    assert repeated == pytest.approx(once, rel=1e-12)


def test_correlated_means_cancel():
    # The same groups in numerator and denominator: their ratio has no error.
    values = 3 + np.random.default_rng(6).normal(size=50)
    sums = np.stack([values, 2 * values], axis=-1)
    value, error = jackknife(lambda mean: mean[1] / mean[0], sums, np.ones(50))
    assert value == pytest.approx(2)
    assert error == pytest.approx(0, abs=1e-14)


def test_arrays_go_through():
    sums = np.random.default_rng(7).normal(size=(20, 4, 5))
    result = jackknife(lambda mean: mean**2, sums, np.ones(20))
    assert isinstance(result, Estimate)
    assert result.value.shape == result.error.shape == (4, 5)


def test_jackknife_error_of_two_replicates():
    # sqrt((G - 1) / G * sum) with G = 2: half the distance.
    assert jackknife_error([1.0, 3.0]) == pytest.approx(1.0)


@pytest.mark.parametrize("groups", [0, 1])
def test_fewer_than_two_groups(groups):
    with pytest.raises(ValueError, match=f"groups, at least 2, got {groups} and {groups}"):
        jackknife(lambda mean: mean, np.ones(groups), np.ones(groups))


def test_as_many_counts_as_sums():
    with pytest.raises(ValueError, match="same number of groups, at least 2, got 3 and 2"):
        leave_one_out(np.ones(3), np.ones(2))


def test_two_samples_of_one_law_and_of_two():
    rng = np.random.default_rng(1)
    distances = np.array(
        [
            list(statistics.two_sample(rng.normal(size=500), rng.normal(size=700)).values())
            for _ in range(300)
        ]
    )
    # 300 values of a normal variable, within 4 standard errors of its mean and spread.
    assert np.abs(distances.mean(axis=0)).max() < 4 / np.sqrt(300)
    assert np.abs(distances.std(axis=0) - 1).max() < 4 / np.sqrt(600)
    apart = statistics.two_sample(rng.normal(size=20_000), rng.normal(0.1, size=20_000))
    assert min(apart.values()) > 4


def test_two_sample_wants_enough():
    with pytest.raises(ValueError, match="second must be at least 320 numbers"):
        statistics.two_sample(np.zeros(320), np.zeros(100))
    with pytest.raises(ValueError, match="first must be at least 320 numbers"):
        statistics.two_sample(np.zeros((320, 2)), np.zeros(320))
