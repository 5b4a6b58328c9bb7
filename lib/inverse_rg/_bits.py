"""Spins as bits: counting, mixing and transposing words, and the two packed forms.

A set bit is an up spin. In the *replica* form, uint64 (words, L, L), bit r of word w holds one
site of configuration 64 w + r: 64 configurations go through the same operations side by side. In
the *site* form, uint64 (n, L, W) with W = ceil(L / 64), bit i of word j in a row holds the site
x = 64 j + i; bits beyond the row are zero.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from inverse_rg._jit import njit, u64

_BYTES = ir.VectorType(ir.IntType(8), 64)


@intrinsic
def popcount(typing_context, word):
    """Return the number of set bits of a uint64, as a uint64."""

    def generate(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@intrinsic
def trailing_zeros(typing_context, word):
    """Return the position of the lowest set bit of a uint64, as a uint64; 64 if none is set."""

    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), generate


def _bytes_pointer(context, builder, array_type, array, index):
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), _BYTES.as_pointer())


@intrinsic
def gather64(typing_context, spins, first):
    """Return 64 bits, one for each int8 ``spins[first : first + 64]`` that is positive."""

    def generate(context, builder, signature, arguments):
        value = builder.load(_bytes_pointer(context, builder, signature.args[0], *arguments))
        value.align = 1
        mask = builder.icmp_signed(">", value, ir.Constant(_BYTES, None))
        return builder.bitcast(mask, ir.IntType(64))

    return types.uint64(spins, types.intp), generate


@intrinsic
def scatter64(typing_context, word, spins, first):
    """Write the 64 bits of `word` as int8 +-1 to ``spins[first : first + 64]``."""

    def generate(context, builder, signature, arguments):
        bits, array, index = arguments
        mask = builder.bitcast(bits, ir.VectorType(ir.IntType(1), 64))
        plus, minus = (ir.Constant(_BYTES, [value] * 64) for value in (1, -1))
        address = _bytes_pointer(context, builder, signature.args[1], array, index)
        builder.store(builder.select(mask, plus, minus), address).align = 1
        return context.get_dummy_value()

    return types.void(types.uint64, spins, types.intp), generate


@njit(forceinline=True)
def mix(word):
    """Return the splitmix64 finaliser of `word`: every output bit depends on every input bit."""
    word = (word ^ (word >> u64(30))) * u64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> u64(27))) * u64(0x94D049BB133111EB)
    return word ^ (word >> u64(31))


@njit
def transpose64(words):
    """Transpose the bit matrix `words`, uint64 (64,), in place: bit r of word s swaps places.

    Six rounds swap ever smaller off-diagonal squares (Hacker's Delight, section 7-3).
    """
    step = 32
    mask = u64(0x00000000FFFFFFFF)
    while step:
        shift = u64(step)
        for first in range(0, 64, 2 * step):
            for k in range(first, first + step):
                swap = ((words[k] >> shift) ^ words[k + step]) & mask
                words[k + step] ^= swap
                words[k] ^= swap << shift
        step >>= 1
        mask ^= mask << u64(step)


@njit
def _pack_rows(spins, words):
    """Pack int8 `spins` (rows, length) into uint64 `words` (rows, ceil(length / 64))."""
    length = spins.shape[1]
    for row in range(spins.shape[0]):
        whole = length // 64
        for j in range(whole):
            words[row, j] = gather64(spins[row], 64 * j)
        if length % 64:
            rest = u64(0)
            for i in range(length % 64):
                rest |= u64(spins[row, 64 * whole + i] > 0) << u64(i)
            words[row, whole] = rest


@njit
def _unpack_rows(words, spins):
    """Undo `_pack_rows`."""
    length = spins.shape[1]
    for row in range(spins.shape[0]):
        whole = length // 64
        for j in range(whole):
            scatter64(words[row, j], spins[row], 64 * j)
        for i in range(length % 64):
            up = (words[row, whole] >> u64(i)) & u64(1)
            spins[row, 64 * whole + i] = 1 if up else -1


@njit
def _rows_to_replicas(rows, length, replicas):
    """Transpose uint64 `rows` (n, R, W) into `replicas` (ceil(n / 64), R * length)."""
    square = np.empty(64, np.uint64)
    for word in range(replicas.shape[0]):
        present = min(64, rows.shape[0] - 64 * word)
        for row in range(rows.shape[1]):
            for j in range(rows.shape[2]):
                for r in range(present):
                    square[r] = rows[64 * word + r, row, j]
                square[present:] = u64(0)
                transpose64(square)
                first = row * length + 64 * j
                for i in range(min(64, length - 64 * j)):
                    replicas[word, first + i] = square[i]


@njit
def _replicas_to_rows(replicas, length, rows):
    """Undo `_rows_to_replicas`; bits beyond `length` are zero."""
    square = np.empty(64, np.uint64)
    for word in range(replicas.shape[0]):
        present = min(64, rows.shape[0] - 64 * word)
        for row in range(rows.shape[1]):
            for j in range(rows.shape[2]):
                sites = min(64, length - 64 * j)
                first = row * length + 64 * j
                for i in range(sites):
                    square[i] = replicas[word, first + i]
                square[sites:] = u64(0)
                transpose64(square)
                for r in range(present):
                    rows[64 * word + r, row, j] = square[r]


def row_words(size: int) -> int:
    """Return how many words a row of `size` sites takes in the site form."""
    return -(-size // 64)


def pack_sites(spins: np.ndarray) -> np.ndarray:
    """Return the site form, uint64 (n, L, ceil(L / 64)), of C-contiguous int8 (n, L, L)."""
    n, size = spins.shape[:2]
    words = np.empty((n, size, row_words(size)), np.uint64)
    _pack_rows(spins.reshape(n * size, size), words.reshape(n * size, -1))
    return words


def unpack_sites(words: np.ndarray) -> np.ndarray:
    """Return int8 (n, L, L) of +-1 from the site form, uint64 (n, L, ceil(L / 64))."""
    n, size = words.shape[:2]
    spins = np.empty((n, size, size), np.int8)
    _unpack_rows(words.reshape(n * size, -1), spins.reshape(n * size, size))
    return spins


def pack_replicas(spins: np.ndarray) -> np.ndarray:
    """Return the replica form, uint64 (ceil(n / 64), L, L), of C-contiguous int8 (n, L, L).

    If n is no multiple of 64, the last replicas of the last word are all down.
    """
    n, size = spins.shape[:2]
    rows = np.empty((n, 1, row_words(size**2)), np.uint64)
    _pack_rows(spins.reshape(n, -1), rows[:, 0])
    replicas = np.empty((row_words(n), size, size), np.uint64)
    _rows_to_replicas(rows, size**2, replicas.reshape(len(replicas), -1))
    return replicas


def unpack_replicas(replicas: np.ndarray, n: int | None = None) -> np.ndarray:
    """Return int8 (n, L, L) of +-1: the first `n` (by default all) of the replica form."""
    size = replicas.shape[1]
    n = 64 * len(replicas) if n is None else n
    rows = np.empty((n, 1, row_words(size**2)), np.uint64)
    _replicas_to_rows(replicas.reshape(len(replicas), -1), size**2, rows)
    spins = np.empty((n, size, size), np.int8)
    _unpack_rows(rows[:, 0], spins.reshape(n, -1))
    return spins


def sites_to_replicas(sites: np.ndarray) -> np.ndarray:
    """Return the replica form, uint64 (ceil(n / 64), L, L), of the site form (n, L, W)."""
    n, size = sites.shape[:2]
    replicas = np.empty((row_words(n), size, size), np.uint64)
    _rows_to_replicas(sites, size, replicas.reshape(len(replicas), -1))
    return replicas


def replicas_to_sites(replicas: np.ndarray, n: int | None = None) -> np.ndarray:
    """Return the site form, uint64 (n, L, W), of the first `n` (all) of the replica form."""
    size = replicas.shape[1]
    n = 64 * len(replicas) if n is None else n
    sites = np.empty((n, size, row_words(size)), np.uint64)
    _replicas_to_rows(replicas.reshape(len(replicas), -1), size, sites)
    return sites
