"""Magnetisation and energy moments, the susceptibilities of Eq. (14), and P(m).

Everything here is a function of the magnetisation M = sum_i s_i and the bond energy
E = sum_<ij> s_i s_j of each configuration, two integers; m = M / L^2 and e = E / L^2.
"""

from __future__ import annotations

import numpy as np

MOMENTS = ("m", "|m|", "m^2", "m^4", "e", "|e|", "e^2", "|m||e|")
"""Moments whose sums a run keeps: all that Eq. (14) needs."""

OBSERVABLES = ("e", "chi", "c", "c_me", "U4")
"""Energy density, susceptibility, heat capacity, magnetisation-energy cumulant, Binder ratio."""

BINS = 129
"""Bins of P(m), with centres -1, -63/64, ..., 1."""


def moment_sums(magnetisation: np.ndarray, energy: np.ndarray, size: int) -> np.ndarray:
    """Return the sums of `MOMENTS` over configurations, float64 (8,).

    Parameters
    ----------
    magnetisation, energy : ndarray of int, shape (n,)
        M and E of each configuration.
    size : int
        Side L of the lattice.
    """
    m = magnetisation / size**2
    e = energy / size**2
    abs_m, abs_e, m2 = np.abs(m), np.abs(e), m * m
    return np.array(
        [part.sum() for part in (m, abs_m, m2, m2 * m2, e, abs_e, e * e, abs_m * abs_e)]
    )


def evaluate(moments: np.ndarray, size: int | np.ndarray) -> dict[str, np.ndarray]:
    """Return the observables of Eq. (14) from mean moments.

    Parameters
    ----------
    moments : ndarray, shape (..., 8)
        Means of `MOMENTS`.
    size : int or ndarray, shape (...)
        Side L of the lattice.

    Returns
    -------
    dict of str to ndarray, shape (...)
        One entry for each of `OBSERVABLES`.

    Notes
    -----
    Eq. (14) as printed: chi = L^2 (<m^2> - <m>^2), with <m> and not <|m|>;
    c_me = L^2 (<|m||e|> - <|m|><|e|>) / <|m|>; c = L^2 (<e^2> - <e>^2);
    U4 = 1 - <m^4> / (3 <m^2>^2). The authors' code counts satisfied bonds, whose heat capacity
    is 1/4 of this one.
    """
    m, abs_m, m2, m4, e, abs_e, e2, abs_me = np.moveaxis(np.asarray(moments, float), -1, 0)
    area = np.asarray(size, float) ** 2
    return {
        "e": e,
        "chi": area * (m2 - m * m),
        "c": area * (e2 - e * e),
        "c_me": area * (abs_me - abs_m * abs_e) / abs_m,
        "U4": 1 - m4 / (3 * m2 * m2),
    }


def bin_centres(size: int) -> np.ndarray:
    """Return the magnetisations at which P(m) of side `size` is given, at most `BINS` of them.

    Small lattices have fewer than `BINS` values of m, and each is its own bin.
    """
    return np.linspace(-1, 1, min(BINS, size**2 + 1))


def bin_magnetisation(magnetisation: np.ndarray, size: int) -> np.ndarray:
    """Return how many configurations fall into each bin of P(m), float64 (bins,).

    A value that lies on the border of two bins counts half in each, which keeps the
    histogram symmetric under a spin flip.
    """
    values = np.bincount((magnetisation + size**2) // 2, minlength=size**2 + 1)
    return bin_values(values, size)


def bin_values(values: np.ndarray, size: int) -> np.ndarray:
    """Return how many configurations fall into each bin, from how many have each magnetisation.

    `values`, int (L^2 + 1,), counts M = -L^2, -L^2 + 2, ..., L^2.
    """
    bins = len(bin_centres(size))
    if len(values) == bins:
        return values.astype(float)
    position = np.linspace(0, bins - 1, size**2 + 1)
    width = (bins - 1) / size**2
    low = np.clip(np.floor(position - width / 2 + 0.5).astype(int), 0, bins - 1)
    high = np.clip(low + 1, 0, bins - 1)
    # Each value is a box of its own width; `share` is the part of the box in the upper bin.
    share = np.clip((position + width / 2 - (low + 0.5)) / width, 0, 1)
    counts = np.bincount(low, weights=values * (1 - share), minlength=bins)
    return counts + np.bincount(high, weights=values * share, minlength=bins)


def bin_widths(size: int) -> np.ndarray:
    """Return how much of the axis of m, in m, the bins of P(m) hold.

    The bins at m = -1 and m = 1 of a large lattice hold little more than half of what the others
    hold, since there is no magnetisation beyond.
    """
    centres = bin_centres(size)
    widths = np.full(len(centres), centres[1] - centres[0])
    if len(centres) <= size**2:
        widths[[0, -1]] = widths[0] / 2 + 1 / size**2
    return widths


def density(counts: np.ndarray, size: int) -> np.ndarray:
    """Turn counts in bins, shape (..., bins), into a density of m that integrates to one."""
    return counts / (counts.sum(axis=-1, keepdims=True) * bin_widths(size))
