"""The integrated autocorrelation time on processes where it is known."""

import numpy as np
import pytest

from inverse_rg.autocorrelation import integrated_autocorrelation_time


def autoregressive(rho, chains, n, seed):
    """Return a stationary AR(1) process; tau = 1/2 + rho / (1 - rho)."""
    noise = np.random.default_rng(seed).normal(size=(n, chains))
    values = np.empty((n, chains))
    values[0] = noise[0]
    for t in range(1, n):
        values[t] = rho * values[t - 1] + np.sqrt(1 - rho**2) * noise[t]
    return values.T


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.8, 0.95])
def test_autoregressive_process(rho):
    tau, error = integrated_autocorrelation_time(autoregressive(rho, 8, 50_000, seed=11))
    exact = 0.5 + rho / (1 - rho)
    # The window leaves out exp(-6) of the sum, which is far inside the error bar here.
    assert abs(tau - exact) < 4 * error
    assert error < 0.05 * exact


def test_the_error_is_the_scatter_of_independent_estimates():
    estimates = np.array(
        [
            integrated_autocorrelation_time(autoregressive(0.8, 4, 4000, seed=seed))
            for seed in range(100)
        ]
    )
    # The scatter of 100 estimates is known to 7%; Madras and Sokal's formula is asymptotic.
    assert 0.7 < estimates[:, 0].std(ddof=1) / estimates[:, 1].mean() < 1.3


def test_one_chain_may_be_flat():
    series = autoregressive(0.5, 1, 5000, seed=3)
    assert integrated_autocorrelation_time(series) == integrated_autocorrelation_time(series[0])


def test_scale_and_offset_do_not_matter():
    series = autoregressive(0.5, 4, 5000, seed=4)
    tau = integrated_autocorrelation_time(series)[0]
    assert integrated_autocorrelation_time(5 - 3 * series)[0] == pytest.approx(tau)


@pytest.mark.parametrize(
    ("series", "message"),
    [
        (np.zeros((2, 3, 4)), r"shape \(n,\) or \(chains, n\), got float64 of shape \(2, 3, 4\)"),
        (np.array(["a", "b"]), "real numbers"),
        (np.zeros((3, 1)), "at least 1 chain and 2 steps"),
        (np.array([0.0, np.nan, 1.0]), "series must be finite"),
        (np.full(100, 0.1), "series must vary"),
        (np.arange(100.0), "series must be longer"),
    ],
)
def test_guards(series, message):
    with pytest.raises(ValueError, match=message):
        integrated_autocorrelation_time(series)
