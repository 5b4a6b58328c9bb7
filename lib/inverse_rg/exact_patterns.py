"""Pattern probabilities of the 4 x 4 torus, summed over all states and all ties.

What `inverse_rg.count_patterns` counts in a sample is known here without one: the optimum of the
loss on these patterns has no statistical error at all.
"""

from __future__ import annotations

import itertools

import numpy as np

from inverse_rg import _check
from inverse_rg.ising import K_CRITICAL, boltzmann_weights, enumerate_states
from inverse_rg.patterns import PatternCounts

SIDE = 4
"""Side of the torus; its coarse side, 2, holds windows up to 2 x 2 (kernels up to k = 3)."""


def exact_patterns(coupling: float = K_CRITICAL) -> PatternCounts:
    """Return the probabilities of (fine spin, 2 x 2 window) patterns of the 4 x 4 torus.

    Parameters
    ----------
    coupling : float
        Coupling K >= 0.

    Returns
    -------
    PatternCounts
        For one configuration, in one group: its counts add up to the 16 spins of a lattice.
        ``effective_configurations(weighted=True)`` is the fraction of configurations that the
        literal weights of Eq. (13) leave, (sum p w)^2 / sum p w^2.

    Raises
    ------
    ValueError
        If `coupling` is negative.

    Notes
    -----
    The sum over coarse configurations of Eq. (11) of arXiv:2506.04016 is taken as it stands: each
    of the 2^ties majorities counts with its probability.
    """
    coupling = _check.real("coupling", coupling, minimum=0)
    states = enumerate_states(SIDE)
    probabilities = boltzmann_weights(states, coupling)
    half = SIDE // 2
    sums = states.reshape(-1, half, 2, half, 2).sum(axis=(2, 4), dtype=np.int64)
    literal = 2.0 ** -(sums == 0).sum(axis=(1, 2))
    up = (1 + np.sign(sums)) / 2  # probability that a coarse spin is up: 0, 1/2 or 1

    counts = np.zeros((2, 2, 1 << half**2))  # uniform or literal; fine spin; pattern
    for majority in itertools.product((0, 1), repeat=half**2):
        coarse = np.reshape(majority, (half, half))
        joint = probabilities * np.where(coarse, up, 1 - up).prod(axis=(1, 2))
        for y, x in np.ndindex(SIDE, SIDE):
            # On a side of two, the near coarse spin is the other one, whatever the direction.
            window = np.roll(coarse, (-(y // 2), -(x // 2)), axis=(0, 1))
            pattern = int("".join(str(bit) for bit in window.ravel()), base=2)
            fine = (states[:, y, x] > 0).astype(np.intp)
            for kind, weights in enumerate((joint, joint * literal)):
                counts[kind, :, pattern] += np.bincount(fine, weights, minlength=2)
    return PatternCounts(
        window=half,
        size=SIDE,
        counts=counts[:1],
        weighted_counts=counts[1:],
        configurations=1,
        weight_sum=float(probabilities @ literal),
        weight_square_sum=float(probabilities @ literal**2),
        fewest_ties=0,
    )
