"""The Ising model on the square lattice: conventions, exact constants, exact small answers.

Spins s_i = +-1 sit on an L x L torus and the weight of a configuration is exp(-H) with
H = -K sum_<ij> s_i s_j, K > 0 ferromagnetic: the inverse temperature is inside K. The energy
density is e = sum_<ij> s_i s_j / L^2, 2 at full order, where the sum has two bonds a site (right
and down), so that at L = 2 each pair of neighbours is joined by two bonds.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from inverse_rg import _check, _kaufman

K_CRITICAL = math.log1p(math.sqrt(2)) / 2
"""Critical coupling, sinh 2K = 1 (Kramers and Wannier, Phys. Rev. 60, 252, 1941)."""

ETA = 1 / 4
"""Decay exponent of the critical correlation function (Onsager's solution; Wu 1966)."""
NU = 1.0
"""Correlation-length exponent (Onsager, Phys. Rev. 65, 117, 1944)."""
BETA = 1 / 8
"""Magnetisation exponent (Yang, Phys. Rev. 85, 808, 1952)."""
GAMMA = 7 / 4
"""Susceptibility exponent, nu (2 - eta)."""
Y_H = 15 / 8
"""Scaling dimension of the magnetic field, (4 - eta) / 2."""
Y_T = 1.0
"""Scaling dimension of the temperature, 1 / nu."""
BINDER_CRITICAL = 0.610692
"""U4 = 1 - <m^4> / (3 <m^2>^2) of the critical square torus, L -> infinity.

From <m^4>/<m^2>^2 = 1.1679229(47), J. Salas and A. D. Sokal, J. Stat. Phys. 98, 551 (2000).
"""

LARGEST_SIZE = 512
LARGEST_ENUMERATED = 4


def exact_energy(size: int, coupling: float) -> float:
    """Return the mean energy density <e> of the L x L torus.

    Parameters
    ----------
    size : int
        Side L of the torus, 1 to 512.
    coupling : float
        K > 0.

    Returns
    -------
    float
        <e> = <sum_<ij> s_i s_j> / L^2, between 0 and 2.

    Raises
    ------
    TypeError, ValueError
        If `size` is not an integer from 1 to 512 or `coupling` is not positive and finite.

    Notes
    -----
    <e> = d ln Z / dK / L^2 with Kaufman's Z, differentiated analytically; relative error below
    1e-11 for every K.

    Examples
    --------
    >>> round(exact_energy(32, K_CRITICAL), 6)
    1.433658
    """
    return _energy_and_heat_capacity(size, coupling)[0]


def exact_heat_capacity(size: int, coupling: float) -> float:
    """Return the heat capacity c = L^2 (<e^2> - <e>^2) of the L x L torus.

    Parameters
    ----------
    size : int
        Side L of the torus, 1 to 512.
    coupling : float
        K > 0.

    Returns
    -------
    float
        c of Eq. (14) of arXiv:2506.04016.

    Raises
    ------
    TypeError, ValueError
        As `exact_energy`.

    Notes
    -----
    c = d^2 ln Z / dK^2 / L^2; relative error below 1e-10 for every K. It tends to
    64 exp(-8 K) at large K and to 2 at K = 0 (L >= 3).
    """
    return _energy_and_heat_capacity(size, coupling)[1]


def enumerate_states(size: int) -> np.ndarray:
    """Return all configurations of a tiny torus, int8 (2^(L^2), L, L).

    Parameters
    ----------
    size : int
        Side L, 1 to 4.

    Returns
    -------
    ndarray of int8, shape (2^(L^2), L, L)
        Bit L y + x of a configuration's index is 1 where the spin at (y, x) is +1.

    Raises
    ------
    TypeError, ValueError
        If `size` is not an integer from 1 to 4.
    """
    size = _check.integer("size", size, minimum=1, maximum=LARGEST_ENUMERATED)
    index = np.arange(2 ** (size**2), dtype=np.uint32)[:, None]
    bits = (index >> np.arange(size**2, dtype=np.uint32)) & 1
    return (2 * bits.astype(np.int8) - 1).reshape(-1, size, size)


def boltzmann_weights(states: np.ndarray, coupling: float) -> np.ndarray:
    """Return the probabilities of `states`, if these are all there are.

    Parameters
    ----------
    states : array_like of +-1, shape (n, L, L)
        Configurations, for instance from `enumerate_states`.
    coupling : float
        K, of either sign.

    Returns
    -------
    ndarray of float64, shape (n,)
        exp(K sum_<ij> s_i s_j), normalised to sum 1.

    Raises
    ------
    TypeError, ValueError
        If `states` is not an array (n, L, L) of +-1 or `coupling` is not finite.
    """
    states = _check.spins("states", states)
    coupling = _check.real("coupling", coupling)
    logarithm = coupling * _bond_sum(states)
    weights = np.exp(logarithm - logarithm.max())
    return weights / weights.sum()


def _bond_sum(states: np.ndarray) -> np.ndarray:
    """Return sum_<ij> s_i s_j, int64 (n,), of a few small lattices."""
    neighbours = np.roll(states, -1, axis=1) + np.roll(states, -1, axis=2)
    return (states * neighbours).sum(axis=(1, 2), dtype=np.int64)


def _energy_and_heat_capacity(size, coupling) -> tuple[float, float]:
    size = _check.integer("size", size, minimum=1, maximum=LARGEST_SIZE)
    coupling = _check.real("coupling", coupling)
    if coupling <= 0:
        raise ValueError(f"coupling must be positive, got {coupling!r}")
    t, ordered = _kaufman.small_parameter(coupling)
    smallest = _kaufman.SMALLEST_ORDERED if ordered else _kaufman.SMALLEST_DISORDERED
    # Windings keep L <= 4 from the series; L = 1 has nothing to sum over (E = 2 always).
    if size == 1 or (t < smallest and size <= LARGEST_ENUMERATED):
        return _enumerated(size, coupling)
    if t < smallest:
        return _kaufman.series(t, ordered)
    return _kaufman.kaufman(size, t, ordered)


@functools.lru_cache
def _density_of_states(size: int) -> tuple[np.ndarray, np.ndarray]:
    energies, counts = np.unique(_bond_sum(enumerate_states(size)), return_counts=True)
    return energies.astype(float), counts.astype(float)


def _enumerated(size: int, coupling: float) -> tuple[float, float]:
    """Return e and c of a tiny torus, accurate also where they are tiny."""
    energies, counts = _density_of_states(size)
    if coupling > K_CRITICAL:  # from the top: exp(K (E - E_max)) and the deficits E - E_max
        top = energies[-1]
        weights = counts * np.exp(coupling * (energies - top))
        gap = energies - top
        first = np.sum(weights * gap) / weights.sum()
        second = np.sum(weights * gap**2) / weights.sum()
        mean = top + first
    else:  # from K = 0, where sum counts E is known exactly: expm1 adds to it without cancellation
        change = counts * np.expm1(coupling * energies)
        total = counts.sum() + change.sum()
        first = mean = (np.sum(counts * energies) + np.sum(change * energies)) / total
        second = (np.sum(counts * energies**2) + np.sum(change * energies**2)) / total
    return float(mean / size**2), float((second - first**2) / size**2)
