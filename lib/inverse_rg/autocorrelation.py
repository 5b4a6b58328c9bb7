"""The integrated autocorrelation time of a Markov chain, with its error."""

from __future__ import annotations

import numpy as np

WINDOW = 6
"""Sokal's constant: the window is the smallest W with W >= WINDOW tau(W)."""


def integrated_autocorrelation_time(series: np.ndarray) -> tuple[float, float]:
    """Return the integrated autocorrelation time of a stationary series.

    Parameters
    ----------
    series : array_like of real numbers, shape (n,) or (chains, n)
        Successive values of one observable, in independent chains of equal length.

    Returns
    -------
    tau, error : float
        The time and its standard error, in steps of the series.

    Raises
    ------
    ValueError
        If the series has another shape, fewer than 2 steps, values that are not finite, no
        variance, or is too short: Sokal's window does not close within half of it.

    Notes
    -----
    The convention is tau = 1/2 + sum_{t >= 1} rho(t): independent values have tau = 1/2, and the
    variance of the mean of N values is 2 tau / N times the variance of one. The sum stops at the
    smallest W with W >= 6 tau(W), and the error is tau sqrt(2 (2W + 1) / N) (N. Madras and
    A. D. Sokal, J. Stat. Phys. 50, 109, 1988), N counting all chains. One mean over all chains is
    subtracted, so that many short chains do not bias tau.

    Examples
    --------
    >>> tau, error = integrated_autocorrelation_time(np.random.default_rng(1).random(10_000))
    >>> bool(abs(tau - 0.5) < 4 * error)
    True
    """
    values = np.asarray(series)
    if values.dtype.kind not in "iuf" or values.ndim not in (1, 2):
        raise ValueError(
            "series must be real numbers of shape (n,) or (chains, n), "
            f"got {values.dtype} of shape {values.shape}"
        )
    values = np.atleast_2d(values).astype(float)
    chains, n = values.shape
    if chains < 1 or n < 2:
        raise ValueError(f"series must have at least 1 chain and 2 steps, got {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("series must be finite, got NaN or infinity among its values")
    covariance = _autocovariance(values - values.mean())
    # Rounding alone gives a constant series a variance of about (1e-16 * value)^2.
    if covariance[0] <= (1e-14 * np.abs(values).max()) ** 2:
        raise ValueError("series must vary, got a constant")
    tau = np.cumsum(covariance / covariance[0]) - 0.5
    closed = np.flatnonzero(np.arange(n) >= WINDOW * tau)
    if closed.size == 0 or closed[0] > n // 2:
        raise ValueError(
            f"series must be longer to have an autocorrelation time: Sokal's window does not "
            f"close within half of its {n} steps"
        )
    window = int(closed[0])
    value = float(tau[window])
    return value, float(value * np.sqrt(2 * (2 * window + 1) / (chains * n)))


def _autocovariance(values: np.ndarray) -> np.ndarray:
    """Return the autocovariance at lags 0 to n - 1, averaged over chains, by FFT."""
    n = values.shape[1]
    length = 1 << (2 * n - 1).bit_length()  # zero padding: no wrap-around
    spectrum = np.zeros(length // 2 + 1)
    for chain in values:
        spectrum += np.abs(np.fft.rfft(chain, length)) ** 2
    products = np.fft.irfft(spectrum, length)[:n]
    return products / (len(values) * np.arange(n, 0, -1))
