"""Magnetisation and energy of packed lattices: exact sums, by counting bits.

In the replica form the sums of 64 configurations are built side by side: a word of ones, a word of
twos, a word of fours and so on hold the binary digits of 64 counters, and a full adder made of bit
operations adds three words of equal weight (Harley and Seal's carry-save counting, Knuth TAOCP 4A,
section 7.1.3). One bit transposition at the end turns the digits into 64 numbers.
"""

from __future__ import annotations

import numpy as np

from inverse_rg._bits import popcount, transpose64
from inverse_rg._jit import njit, u64
from inverse_rg._lanes import WORDS, load, splat_word, store

_GROUP = 8 * WORDS  # words that one round of full adders takes
_DIGITS = 32  # binary digits of a counter: lattices up to 2^32 bonds
_BUFFER = 4096  # words of bonds that are collected before they are counted


@njit(forceinline=True)
def _add(first, second, third):
    """Return the sum and the carry of three words of equal weight."""
    half = first ^ second
    return half ^ third, (first & second) | (half & third)


@njit
def _count(words, count, digits, waiting):
    """Add the words ``words[:count]`` to the counters; `count` is a multiple of `_GROUP`.

    `digits`, uint64 (32, 8), holds eight sets of 64 vertical counters. ``waiting``, uint64
    (33, 8), keeps a carry of each weight until a second one comes to be added with it; the last
    row says in its bits which weights have one.
    """
    ones = load(digits[0], 0)
    twos = load(digits[1], 0)
    fours = load(digits[2], 0)
    full = waiting[_DIGITS, 0]
    for first in range(0, count, _GROUP):
        ones, a = _add(ones, load(words, first), load(words, first + WORDS))
        ones, b = _add(ones, load(words, first + 2 * WORDS), load(words, first + 3 * WORDS))
        twos, c = _add(twos, a, b)
        ones, a = _add(ones, load(words, first + 4 * WORDS), load(words, first + 5 * WORDS))
        ones, b = _add(ones, load(words, first + 6 * WORDS), load(words, first + 7 * WORDS))
        twos, d = _add(twos, a, b)
        fours, carry = _add(fours, c, d)
        weight = 3
        while full >> u64(weight) & u64(1):
            total, carry = _add(load(digits[weight], 0), load(waiting[weight], 0), carry)
            store(digits[weight], 0, total)
            full ^= u64(1) << u64(weight)
            weight += 1
        store(waiting[weight], 0, carry)
        full |= u64(1) << u64(weight)
    store(digits[0], 0, ones)
    store(digits[1], 0, twos)
    store(digits[2], 0, fours)
    waiting[_DIGITS, 0] = full


@njit
def _collect(digits, waiting, columns):
    """Add up the eight sets of counters and the waiting carries, and clear them.

    The 32 digits of 64 counters go to `columns`, uint64 (32,): bit r of word j is digit j of
    replica r.
    """
    columns[:] = u64(0)
    full = waiting[_DIGITS, 0]
    for weight in range(_DIGITS):
        for lane in range(WORDS):
            _ripple(columns, weight, digits[weight, lane])
            if full >> u64(weight) & u64(1):
                _ripple(columns, weight, waiting[weight, lane])
        store(digits[weight], 0, splat_word(u64(0)))
    waiting[_DIGITS, 0] = u64(0)


@njit
def _ripple(columns, weight, word):
    """Add `word` to the counters in `columns`, from digit `weight` on."""
    while word:
        carry = columns[weight] & word
        columns[weight] ^= word
        word = carry
        weight += 1


@njit
def _fill(buffer, used):
    """Clear the words behind `used` up to a whole group; return how many there are then."""
    whole = -(-used // _GROUP) * _GROUP
    buffer[used:whole] = u64(0)
    return whole


@njit
def _count_up(lattice, buffer, digits, waiting):
    """Count the up spins of `lattice`, uint64 (L, L)."""
    flat = lattice.reshape(lattice.size)
    whole = flat.size // _GROUP * _GROUP
    _count(flat, whole, digits, waiting)
    rest = flat.size - whole
    buffer[:rest] = flat[whole:]
    _count(buffer, _fill(buffer, rest), digits, waiting)


@njit
def _unlike(first, second, out):
    """Write the bits in which two rows of words differ."""
    for x in range(out.size):
        out[x] = first[x] ^ second[x]


@njit
def _count_unlike(lattice, buffer, digits, waiting):
    """Count the pairs of unlike neighbours of `lattice`, uint64 (L, L), right and down."""
    size = lattice.shape[0]
    used = 0
    for y in range(size):
        row = lattice[y]
        if used + 2 * size > buffer.size - _GROUP:
            _count(buffer, _fill(buffer, used), digits, waiting)
            used = 0
        _unlike(row[: size - 1], row[1:], buffer[used : used + size - 1])
        buffer[used + size - 1] = row[size - 1] ^ row[0]
        used += size
        _unlike(row, lattice[y + 1 if y + 1 < size else 0], buffer[used : used + size])
        used += size
    _count(buffer, _fill(buffer, used), digits, waiting)


@njit
def counting_scratch(size):
    """Return the work arrays of `sums` for lattices up to side `size`."""
    buffer = np.empty(max(_BUFFER, 2 * size) + _GROUP, np.uint64)
    digits = np.zeros((_DIGITS, WORDS), np.uint64)
    waiting = np.zeros((_DIGITS + 1, WORDS), np.uint64)
    return buffer, digits, waiting, np.empty(64, np.uint64)


@njit
def sums(lattice, magnetisation, energy, scratch):
    """Write M and E of 64 replicas, int32 (64,) each, from `lattice`, uint64 (L, L)."""
    buffer, digits, waiting, columns = scratch
    sites = lattice.size
    _count_up(lattice, buffer, digits, waiting)
    _collect(digits, waiting, columns[:_DIGITS])
    _count_unlike(lattice, buffer, digits, waiting)
    _collect(digits, waiting, columns[_DIGITS:])
    transpose64(columns)
    for r in range(64):
        magnetisation[r] = 2 * np.int64(columns[r] & u64(0xFFFFFFFF)) - sites
        energy[r] = 2 * sites - 2 * np.int64(columns[r] >> u64(32))


@njit
def _magnetisation_energy(words):
    magnetisation = np.empty(64, np.int32)
    energy = np.empty(64, np.int32)
    sums(words, magnetisation, energy, counting_scratch(words.shape[0]))
    return magnetisation, energy


def magnetisation_energy(words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return M and E, int32 (64,) each, of the replica form, uint64 (L, L), any L >= 1.

    M is the sum of the spins and E the sum over sites of s times its right and its lower
    neighbour, so that the bonds of L = 2 count twice.
    """
    return _magnetisation_energy(words)


@njit
def site_sums(rows):
    """Return M and E of one configuration in the site form, `rows`, uint64 (L, W)."""
    size = rows.shape[0]
    last = u64((size - 1) & 63)
    whole = rows.shape[1] - 1
    up = u64(0)
    unlike = u64(0)
    for y in range(size):
        row = rows[y]
        below = rows[y + 1 if y + 1 < size else 0]
        for j in range(whole):
            word = row[j]
            right = (word >> u64(1)) | (row[j + 1] << u64(63))
            up += popcount(word)
            unlike += popcount(word ^ right) + popcount(word ^ below[j])
        word = row[whole]
        right = (word >> u64(1)) | ((row[0] & u64(1)) << last)
        up += popcount(word)
        unlike += popcount(word ^ right) + popcount(word ^ below[whole])
    sites = size * size
    return 2 * np.int64(up) - sites, 2 * sites - 2 * np.int64(unlike)


@njit
def _site_magnetisation_energy(rows, magnetisation, energy):
    for i in range(rows.shape[0]):
        magnetisation[i], energy[i] = site_sums(rows[i])


def site_magnetisation_energy(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return M and E, int32 (n,) each, of the site form, uint64 (n, L, W)."""
    magnetisation = np.empty(len(rows), np.int32)
    energy = np.empty(len(rows), np.int32)
    _site_magnetisation_energy(rows, magnetisation, energy)
    return magnetisation, energy
