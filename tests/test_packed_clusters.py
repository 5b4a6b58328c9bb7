"""The bit operations of a packed sweep against dense arrays and scipy's connected components."""

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from inverse_rg import _packed_clusters as packed
from inverse_rg._jit import njit
from inverse_rg._lanes import load, store
from inverse_rg._packed_random import start_lanes

SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256]


def width_of(size):
    return max(1, size // 64)


def lanes():
    return start_lanes(np.array([1, 2, 3, 4], np.uint64))


def random_words(count, seed, up=0.5):
    bits = np.random.default_rng(seed).random((count, 64)) < up
    return np.packbits(bits, axis=1, bitorder="little").view("<u8").ravel().astype(np.uint64)


def dense(words, size):
    """Return the bits of packed rows, bool (lattices, L, L)."""
    used = words[: size * width_of(size)]
    bits = (used[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1) == 1
    if size >= 64:
        return bits.reshape(1, size, size)
    return bits.reshape(size, 64 // size, size).transpose(1, 0, 2)


def neighbours(array):
    """Return the values to the right and below."""
    return np.roll(array, -1, axis=2), np.roll(array, -1, axis=1)


def bonded_rows(size, up=0.6):
    """Return spins, kept bonds and linked runs of a random lattice, as `sweep` makes them."""
    work = packed.sweep_scratch(size)
    horizontal, vertical, starts, before, parent, _, _ = work
    spins = np.zeros(horizontal.size, np.uint64)
    used = before.size - 1
    spins[:used] = random_words(used, size, up)
    horizontal[:] = random_words(horizontal.size, size + 1, 0.6)
    vertical[:] = random_words(vertical.size, size + 2, 0.6)
    proposed = dense(horizontal, size), dense(vertical, size)
    packed._keep_like(spins[:used], width_of(size), size, horizontal, vertical)
    low = np.uint64(packed.edge_masks(size)[0])
    runs = packed._number_runs(horizontal, low, starts, before)
    packed._link(horizontal, vertical, starts, before, width_of(size), size, parent)
    return spins, proposed, work, runs


@pytest.mark.parametrize("size", SIZES)
def test_bonds_join_like_neighbours(size):
    spins, proposed, work, _ = bonded_rows(size)
    up = dense(spins, size)
    for bonds, before, other in zip(work[:2], proposed, neighbours(up), strict=True):
        assert np.array_equal(dense(bonds, size), before & (up == other))


def clusters(horizontal, vertical):
    """Return the cluster of every site from dense bonds, by scipy."""
    site = np.arange(horizontal.size).reshape(horizontal.shape)
    right, below = neighbours(site)
    first = np.concatenate([site[horizontal], site[vertical]])
    second = np.concatenate([right[horizontal], below[vertical]])
    graph = coo_array((np.ones(first.size), (first, second)), (site.size, site.size))
    return connected_components(graph, directed=False)[1].reshape(site.shape)


def same_partition(first, second):
    pairs = np.unique(np.stack([first.ravel(), second.ravel()]), axis=1)
    return pairs.shape[1] == len(np.unique(first)) == len(np.unique(second))


def run_of_site(work, size):
    """Return the number of the run of every site, from the marks of their starts."""
    starts, before = work[2], work[3]
    bits = (starts[: before.size - 1, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    runs = before[:-1, None] + np.cumsum(bits, axis=1).astype(np.int64) - 1
    if size >= 64:
        return runs.reshape(1, size, size)
    return runs.reshape(size, 64 // size, size).transpose(1, 0, 2)


@pytest.mark.parametrize("up", [0.6, 1.0])
@pytest.mark.parametrize("size", SIZES)
def test_clusters_are_the_connected_components(size, up):
    _, _, work, runs = bonded_rows(size, up)
    parent = work[4][:runs]
    assert (parent <= np.arange(runs)).all()
    root = np.arange(runs)
    for run in range(runs):
        root[run] = root[parent[run]] if parent[run] != run else run
    expected = clusters(dense(work[0], size), dense(work[1], size))
    assert same_partition(root[run_of_site(work, size)], expected)


@pytest.mark.parametrize("size", SIZES)
def test_a_cluster_has_one_fair_colour(size, distance):
    spins, _, work, runs = bonded_rows(size)
    _, _, starts, before, parent, colour, random = work
    packed._colour(parent, runs, colour, random, lanes())
    packed._paint(spins, starts, before, colour)
    expected = clusters(dense(work[0], size), dense(work[1], size))
    up = dense(spins, size)
    assert same_partition(expected, 2 * expected + up)
    one_site_each = np.unique(expected, return_index=True)[1]
    if len(one_site_each) > 30:
        assert distance(up.ravel()[one_site_each].astype(float), 0.5) < 4


@njit
def expand(bits, masks, out):
    for first in range(0, bits.size, 8):
        store(out, first, packed._expand(load(bits, first), load(masks, first)))


def test_expanding_bits_to_a_mask():
    # x86 calls it pdep: the low bits go to the set bits of the mask, in order.
    bits, masks = random_words(40, 1), random_words(40, 2)
    masks[:4] = [0, 1, 2**63, 2**64 - 1]
    out = np.empty_like(bits)
    expand(bits, masks, out)
    for word, mask, result in zip(bits.tolist(), masks.tolist(), out.tolist(), strict=True):
        places = [i for i in range(64) if mask >> i & 1]
        assert result == sum((word >> k & 1) << place for k, place in enumerate(places))
