"""One Swendsen-Wang sweep of packed rows.

Rows are flat words of up to 64 sites. A lattice of side 64 W takes W words a row; of a smaller
side, 64 / L independent lattices lie side by side in the words, and a sweep updates them all. A
cluster is a union of horizontal runs of bonded sites, so the forest of clusters has a node a run
and not a node a site, and runs are found, counted and coloured by bit operations.
"""

from __future__ import annotations

import numpy as np

from inverse_rg._bits import gather64, popcount, scatter64
from inverse_rg._jit import njit, u64
from inverse_rg._lanes import WORDS, load, shift_left, shift_right, splat_word, store
from inverse_rg._packed_random import ALL_BITS, fill_bernoulli, load_lanes, next_words, save_lanes


@njit
def edge_masks(size):
    """Return the bits of the first and of the last site of each lattice in a word."""
    span = min(size, 64)
    low = u64(0)
    for first in range(0, 64, span):
        low |= u64(1) << u64(first)
    return low, low << u64(span - 1)


@njit
def _keep_like(spins, width, size, horizontal, vertical):
    """Remove the bonds between unlike neighbours, to the right and below."""
    top = edge_masks(size)[1]
    count = spins.size
    reach = u64(min(size, 64) - 1)
    for first in range(0, count, width):
        for j in range(width):
            i = first + j
            word = spins[i]
            after = spins[i + 1] if j + 1 < width else spins[first]
            right = ((word >> u64(1)) & ~top) | ((after << reach) & top)
            horizontal[i] &= ~(word ^ right)
    for i in range(count - width):
        vertical[i] &= ~(spins[i] ^ spins[i + width])
    for i in range(width):
        vertical[count - width + i] &= ~(spins[count - width + i] ^ spins[i])


@njit
def _number_runs(horizontal, low, starts, before):
    """Mark where runs start and write how many runs lie before each word; return their number."""
    runs = np.int64(0)
    for i in range(before.size - 1):
        starts[i] = ~(horizontal[i] << u64(1)) | low
        before[i] = runs
        runs += np.int64(popcount(starts[i]))
    before[before.size - 1] = runs
    return runs


@njit(forceinline=True)
def _run(starts, before, i, upto):
    """Return the number of the run of word `i` that holds the highest site of the mask `upto`."""
    return before[i] + np.int64(popcount(starts[i] & upto)) - 1


@njit(forceinline=True)
def _unite(parent, first, second):
    """Join the trees of two runs; every parent is at most its child."""
    a = np.int64(parent[first])
    while parent[a] != a:
        a = np.int64(parent[a])
    b = np.int64(parent[second])
    while parent[b] != b:
        b = np.int64(parent[b])
    root = min(a, b)
    parent[a] = root
    parent[b] = root
    parent[first] = root
    parent[second] = root


@njit(forceinline=True)
def _lowest_of_runs(bits, starts, top):
    """Return the lowest set bit of `bits` within each run."""
    ends = (starts >> u64(1)) | top
    return bits & ~((bits | ends) - starts)


@njit
def _link(horizontal, vertical, starts, before, width, size, parent):
    """Join the runs that bonds connect, across words and from row to row."""
    top = edge_masks(size)[1]
    count = before.size - 1
    reach = u64(min(size, 64) - 1)
    for run in range(before[count]):
        parent[run] = run
    for i in range(count):
        j = i % width
        after = i + 1 if j + 1 < width else i - j
        crossing = horizontal[i] & top
        while crossing:
            bit = crossing & (~crossing + u64(1))
            crossing ^= bit
            wrapped = bit >> reach
            _unite(
                parent,
                _run(starts, before, i, bit | (bit - u64(1))),
                _run(starts, before, after, wrapped | (wrapped - u64(1))),
            )
        below = i + width if i + width < count else i + width - count
        # One bond is enough between the same two runs.
        bonds = _lowest_of_runs(vertical[i], starts[i] | starts[below], top)
        if below > i:
            # The first bond into a run that nothing has reached yet: no search, no branch.
            fresh = _lowest_of_runs(bonds, starts[below], top)
            bonds ^= fresh
            while fresh:
                upto = fresh ^ (fresh - u64(1))
                fresh &= fresh - u64(1)
                child = _run(starts, before, below, upto)
                parent[child] = parent[_run(starts, before, i, upto)]
        while bonds:
            upto = bonds ^ (bonds - u64(1))
            bonds &= bonds - u64(1)
            _unite(parent, _run(starts, before, i, upto), _run(starts, before, below, upto))


@njit
def _colour(parent, runs, colour, random, lanes):
    """Give each cluster a random colour, -1 or 1, and each run that of its cluster."""
    state = load_lanes(lanes)
    for first in range(0, runs, 64 * WORDS):
        words, state = next_words(state)
        store(random, 0, words)
        for k in range(WORDS):
            if first + 64 * k < runs:
                scatter64(random[k], colour, first + 64 * k)
    for run in range(runs):
        colour[run] = colour[parent[run]]  # done before: a parent is at most its child
    save_lanes(lanes, state)


@njit(forceinline=True)
def _expand(bits, mask):
    """Move the low bits of each word to the set bits of `mask`, in order (words8).

    What the x86 instruction pdep does, for eight words on any processor (Hacker's Delight,
    section 7-5).
    """
    everything = splat_word(ALL_BITS)
    target = mask
    gaps = shift_left(mask ^ everything, u64(1))
    moves = (mask, mask, mask, mask, mask, mask)
    for step in range(6):
        parity = gaps
        for k in range(6):
            parity = parity ^ shift_left(parity, u64(1) << u64(k))
        move = parity & mask
        moves = (move, moves[0], moves[1], moves[2], moves[3], moves[4])
        mask = (mask ^ move) | shift_right(move, u64(1) << u64(step))
        gaps = gaps & (parity ^ everything)
    for step in range(6):
        move = moves[0]
        moves = (moves[1], moves[2], moves[3], moves[4], moves[5], move)
        bits = bits ^ ((bits ^ shift_left(bits, u64(32) >> u64(step))) & move)
    return bits & target


@njit
def _paint(spins, starts, before, colour):
    """Write the colour of every run to its sites; `spins` and `starts` end on a whole vector."""
    for i in range(before.size - 1):
        spins[i] = gather64(colour, before[i])
    for first in range(0, spins.size, WORDS):
        colours = load(spins, first)
        # A bit where a run differs from the one before; then the parity of all bits up to a site.
        toggles = _expand(colours ^ shift_left(colours, u64(1)), load(starts, first))
        for k in range(6):
            toggles = toggles ^ shift_left(toggles, u64(1) << u64(k))
        store(spins, first, toggles)


@njit
def sweep(spins, size, threshold, work, lanes):
    """Do one Swendsen-Wang sweep in place.

    Parameters
    ----------
    spins : uint64 (n,), n = L max(1, L / 64), in an array that goes on to a multiple of 8 words
        Rows of words.
    size : int
        Side L, a power of two.
    threshold : uint64
        Probability 1 - exp(-2 K) of a bond between like neighbours, times 2^64.
    work : tuple of arrays
        From `sweep_scratch`.
    lanes : uint64 (4, 8)
        Generators, which advance.
    """
    horizontal, vertical, starts, before, parent, colour, random = work
    width = max(1, size // 64)
    used = before.size - 1
    low = edge_masks(size)[0]
    fill_bernoulli(horizontal, threshold, lanes)
    fill_bernoulli(vertical, threshold, lanes)
    _keep_like(spins[:used], width, size, horizontal, vertical)
    runs = _number_runs(horizontal, low, starts, before)
    _link(horizontal, vertical, starts, before, width, size, parent)
    _colour(parent, runs, colour, random, lanes)
    _paint(spins, starts, before, colour)


@njit
def sweep_scratch(size):
    """Return the work arrays of `sweep`; the bond words end on a whole vector."""
    used = size * max(1, size // 64)
    whole = -(-used // WORDS) * WORDS
    return (
        np.empty(whole, np.uint64),
        np.empty(whole, np.uint64),
        np.zeros(whole, np.uint64),
        np.empty(used + 1, np.int64),
        np.empty(64 * used, np.int32),
        np.zeros(64 * used + 64, np.int8),
        np.empty(WORDS, np.uint64),
    )
