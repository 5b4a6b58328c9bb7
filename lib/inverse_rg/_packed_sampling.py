"""Swendsen-Wang chains on packed rows: series of M and E, and configurations in the site form."""

from __future__ import annotations

import math

import numpy as np

from inverse_rg._bits import row_words
from inverse_rg._jit import njit, u64
from inverse_rg._packed_clusters import sweep, sweep_scratch
from inverse_rg._packed_observables import site_sums
from inverse_rg._packed_random import fill_words, start_lanes


def packed_size(size: int) -> bool:
    """Return whether lattices of this side can be sampled here: powers of two."""
    return size > 0 and size & (size - 1) == 0


def bond_threshold(coupling: float) -> int:
    """Return the bond probability 1 - exp(-2 K) of K >= 0, times 2^64, as an int."""
    return min(int(math.ldexp(-math.expm1(-2 * coupling), 64)), 2**64 - 1)


@njit
def _extract(spins, which, configuration):
    """Write lattice number `which` of the words `spins` to `configuration`, uint64 (L, W)."""
    size, width = configuration.shape
    if size >= 64:
        for y in range(size):
            for j in range(width):
                configuration[y, j] = spins[y * width + j]
    else:
        mask = (u64(1) << u64(size)) - u64(1)
        for y in range(size):
            configuration[y, 0] = (spins[y] >> u64(which * size)) & mask


@njit
def _run_chain(size, threshold, sweeps, thermalisation, state, keep, magnetisation, energy):
    """Run a chain, or 64 / L chains side by side; write M and E of every configuration.

    `keep`, uint64 (n or 1, L, W), takes the configurations in the site form, or the last one.
    """
    lattices = max(1, 64 // size)
    lanes = start_lanes(state)
    work = sweep_scratch(size)
    spins = np.zeros(work[0].size, np.uint64)
    fill_words(spins, state)
    for _ in range(thermalisation):
        sweep(spins, size, threshold, work, lanes)
    for i in range(magnetisation.size):
        if i % lattices == 0:
            for _ in range(sweeps):
                sweep(spins, size, threshold, work, lanes)
        configuration = keep[min(i, keep.shape[0] - 1)]
        _extract(spins, i % lattices, configuration)
        magnetisation[i], energy[i] = site_sums(configuration)


def sample_series(
    n: int, size: int, coupling: float, sweeps: int, thermalisation: int, state: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return M and E, int32 (n,) each, of `n` Swendsen-Wang configurations of side `size`.

    Parameters
    ----------
    n : int
        Configurations. Below L = 64 they come from 64 / L independent chains side by side:
        configuration i is from chain i modulo 64 / L.
    size : int
        Side L, a power of two.
    coupling : float
        Coupling K >= 0.
    sweeps, thermalisation : int
        Sweeps between the configurations of a chain, and before the first of those sweeps.
    state : ndarray of uint64, shape (4,)
        Generator, from `_random.state_words`; it advances.
    """
    magnetisation = np.empty(n, np.int32)
    energy = np.empty(n, np.int32)
    keep = np.empty((1, size, row_words(size)), np.uint64)
    threshold = u64(bond_threshold(coupling))
    _run_chain(size, threshold, sweeps, thermalisation, state, keep, magnetisation, energy)
    return magnetisation, energy


def sample_sites(
    n: int, size: int, coupling: float, sweeps: int, thermalisation: int, state: np.ndarray
) -> np.ndarray:
    """Return the same configurations as `sample_series`, uint64 (n, L, W), in the site form."""
    magnetisation = np.empty(n, np.int32)
    energy = np.empty(n, np.int32)
    keep = np.empty((n, size, row_words(size)), np.uint64)
    threshold = u64(bond_threshold(coupling))
    _run_chain(size, threshold, sweeps, thermalisation, state, keep, magnetisation, energy)
    return keep
