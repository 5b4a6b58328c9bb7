"""Exact critical correlation functions of the Ising model: the plane, and the square torus."""

from __future__ import annotations

import math

import numpy as np

from inverse_rg import _check

GLAISHER = 1.28242712910062263687534
"""The Glaisher-Kinkelin constant, exp(1/12 - zeta'(-1))."""

AMPLITUDE = math.exp(1 / 4) * 2 ** (5 / 24) / GLAISHER**3
"""A = 0.7033801... of G = A r^(-1/4) in the plane, r the Euclidean distance in lattice units.

T. T. Wu, Phys. Rev. 149, 380 (1966); McCoy and Wu, The Two-Dimensional Ising Model (1973). They
give A_d = exp(1/4) 2^(1/12) / GLAISHER^3 = 0.6450024... for spins that are N steps along the
diagonal apart, hence at the distance r = sqrt(2) N: A = 2^(1/8) A_d.
"""

_TERMS = 6  # the next term is exp(-42 pi) of the first


def plane_correlation(r) -> np.ndarray:
    """Return the critical G(r) = A r^(-1/4) of the infinite Ising lattice.

    Parameters
    ----------
    r : array_like, positive
        Euclidean distance in lattice units.

    Returns
    -------
    ndarray of float64
        The leading term; along an axis the lattice adds 0.5% at r = 1 and 0.05% at r = 4.

    Raises
    ------
    ValueError
        If a distance is not positive.
    """
    return AMPLITUDE * _positive("r", r) ** -0.25


def torus_correlation(r, size: int) -> np.ndarray:
    """Return the critical G(r) of the Ising model along an axis of the L x L torus.

    Parameters
    ----------
    r : array_like
        Distance along the axis in lattice units, above 0 and below L.
    size : int
        Side L.

    Returns
    -------
    ndarray of float64
        The leading term in 1/r and 1/L; the lattice adds what it adds in the plane.

    Raises
    ------
    ValueError
        If a distance is not between 0 and L.

    Notes
    -----
    With z = r / L, theta functions at the nome exp(-pi) and theta' with respect to z,
    G = A L^(-1/4) |theta_1'(0) / theta_1(z)|^(1/4)
    sum_nu |theta_nu(z / 2)| / sum_nu |theta_nu(0)|, nu = 1 ... 4: P. Di Francesco, H. Saleur and
    J.-B. Zuber, Nucl. Phys. B 290, 527 (1987).
    """
    size = _check.integer("size", size, minimum=2)
    r = _positive("r", r)
    if (r >= size).any():
        raise ValueError(f"r must be below size = {size}, got {r.max().item()!r}")
    return AMPLITUDE * size**-0.25 * _scaling_function(r / size)


def _thetas(angle: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return Jacobi's theta_1 ... theta_4 at the nome exp(-pi) of the square torus."""
    nome = math.exp(-math.pi)
    one, two = np.zeros_like(angle), np.zeros_like(angle)
    three, four = np.ones_like(angle), np.ones_like(angle)
    for n in range(_TERMS):
        half = 2 * nome ** ((n + 0.5) ** 2)
        one += half * (-1) ** n * np.sin((2 * n + 1) * angle)
        two += half * np.cos((2 * n + 1) * angle)
        whole = 2 * nome ** ((n + 1) ** 2) * np.cos(2 * (n + 1) * angle)
        three += whole
        four += (-1) ** (n + 1) * whole
    return one, two, three, four


def _scaling_function(fraction: np.ndarray) -> np.ndarray:
    """Return G(r) L^(1/4) / A on the square torus, at ``fraction`` = r / L along an axis, > 0."""
    # theta_1'(0) = theta_2 theta_3 theta_4, with respect to the angle pi r / L.
    _, *at_zero = _thetas(np.zeros(1))
    slope = math.pi * math.prod(at_zero)
    distance = np.abs(_thetas(np.pi * fraction)[0]) / slope
    spin_structures = sum(np.abs(theta) for theta in _thetas(np.pi * fraction / 2))
    return distance**-0.25 * spin_structures / sum(at_zero)


def _positive(name: str, value) -> np.ndarray:
    array = np.asarray(value, dtype=np.float64)
    if not (array > 0).all():
        raise ValueError(f"{name} must be positive, got {array.min().item()!r}")
    return array
