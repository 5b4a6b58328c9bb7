"""Sums over spin configurations: the magnetisation and the bond energy, as integers.

Configurations are int8 arrays of +-1, shape (n, L, L), axes (configuration, y, x), on a torus.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from inverse_rg import _check

_SLICE = 1 << 18
"""Spins worked on at a time, so that the temporaries stay in the cache's reach."""


def magnetisation(spins: np.ndarray) -> np.ndarray:
    """Return M = sum_i s_i of every configuration.

    Parameters
    ----------
    spins : array_like of +-1, shape (n, L, L)
        Configurations.

    Returns
    -------
    ndarray of int64, shape (n,)
        M, from -L^2 to L^2; the density is m = M / L^2.

    Raises
    ------
    TypeError, ValueError
        If `spins` is not an array (n, L, L) of +-1.
    """
    spins = _check.spins("spins", spins)
    area = spins.shape[1] ** 2
    return np.concatenate([2 * _count(part > 0) - area for part in _slices(spins)])


def energy(spins: np.ndarray) -> np.ndarray:
    """Return E = sum_<ij> s_i s_j of every configuration.

    Parameters
    ----------
    spins : array_like of +-1, shape (n, L, L)
        Configurations.

    Returns
    -------
    ndarray of int64, shape (n,)
        E = sum over sites of s (s_right + s_down), from -2 L^2 to 2 L^2; the density of
        arXiv:2506.04016 is e = E / L^2. At full order e = 2; H = -K E.

    Raises
    ------
    TypeError, ValueError
        If `spins` is not an array (n, L, L) of +-1.
    """
    spins = _check.spins("spins", spins)
    area = spins.shape[1] ** 2
    return np.concatenate(
        [
            2 * (_count(part == np.roll(part, -1, 1)) + _count(part == np.roll(part, -1, 2)))
            - 2 * area
            for part in _slices(spins)
        ]
    )


def _slices(spins: np.ndarray) -> Iterator[np.ndarray]:
    step = max(1, _SLICE // spins.shape[1] ** 2)
    for first in range(0, len(spins), step):
        yield spins[first : first + step]


def _count(true: np.ndarray) -> np.ndarray:
    """Count what is true in each configuration, through bits: much faster than summing bytes."""
    bits = np.packbits(true.reshape(len(true), -1), axis=1)
    return np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
