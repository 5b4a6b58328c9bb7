"""Compiled Swendsen-Wang sweeps, one spin at a time: the readable twin of the packed ones.

Clusters are trees in one array of parents (union-find with path halving). The smaller root wins,
so that a tree's root is its first site and one pass in order relabels everything.
"""

from __future__ import annotations

import math

import numpy as np

from inverse_rg._jit import next_word, njit, u64


def threshold(coupling: float) -> np.uint64:
    """Return the bond probability in units of 2^-32: 0 at K = 0, 2^32 (always) at large K."""
    return u64(round(-math.expm1(-2 * coupling) * 2**32))


@njit
def sample_kernel(spins, threshold, sweeps, thermalisation, state):
    """Fill `spins`, int8 (n, L, L), with one Markov chain from a random state."""
    n, size, _ = spins.shape
    current = np.empty(size * size, np.int8)
    parent = np.empty(size * size, np.int32)
    randomise(current, state)
    for _ in range(thermalisation):
        sweep(current, parent, size, threshold, state)
    for i in range(n):
        for _ in range(sweeps):
            sweep(current, parent, size, threshold, state)
        spins[i] = current.reshape(size, size)


@njit
def series_kernel(sums, size, threshold, thermalisation, state):
    """Fill `sums`, int64 (sweeps, 2), with M and E after every sweep of one chain."""
    current = np.empty(size * size, np.int8)
    parent = np.empty(size * size, np.int32)
    randomise(current, state)
    for _ in range(thermalisation):
        sweep(current, parent, size, threshold, state)
    for i in range(sums.shape[0]):
        sweep(current, parent, size, threshold, state)
        magnetisation = 0
        energy = 0
        for y in range(size):
            down = 0 if y + 1 == size else y + 1
            for x in range(size):
                right = 0 if x + 1 == size else x + 1
                spin = current[y * size + x]
                magnetisation += spin
                energy += spin * (current[y * size + right] + current[down * size + x])
        sums[i, 0] = magnetisation
        sums[i, 1] = energy


@njit
def randomise(current, state):
    """Fill `current`, int8, with independent fair spins."""
    bits = u64(0)
    for site in range(current.size):
        if site % 64 == 0:
            bits = next_word(state)
        current[site] = 1 if bits & u64(1) else -1
        bits >>= u64(1)


@njit
def sweep(current, parent, size, threshold, state):
    """Do one sweep of `current`, int8 (L*L,); `parent`, int32 (L*L,), is scratch space."""
    for site in range(parent.size):
        parent[site] = site
    for y in range(size):
        row = y * size
        below = 0 if y + 1 == size else row + size
        for x in range(size):
            site = row + x
            right = row if x + 1 == size else site + 1
            # One word is two draws: the low half for the bond right, the high half for down.
            word = next_word(state)
            if current[site] == current[right] and (word & u64(0xFFFFFFFF)) < threshold:
                _unite(parent, site, right)
            if current[site] == current[below + x] and (word >> u64(32)) < threshold:
                _unite(parent, site, below + x)
    # A parent has a smaller index than its children, so that its new spin is already there.
    bits = u64(0)
    left = 0
    for site in range(parent.size):
        if parent[site] == site:
            if left == 0:
                bits = next_word(state)
                left = 64
            current[site] = 1 if bits & u64(1) else -1
            bits >>= u64(1)
            left -= 1
        else:
            current[site] = current[parent[site]]


@njit(inline="always")
def _unite(parent, a, b):
    """Join the trees of sites `a` and `b`; the smaller root wins."""
    while parent[a] != a:  # path halving
        parent[a] = parent[parent[a]]
        a = parent[a]
    while parent[b] != b:
        parent[b] = parent[parent[b]]
        b = parent[b]
    if a < b:
        parent[b] = a
    else:
        parent[a] = b
