"""Packed conditional upscaling of one level: 64 replicas a word.

Every draw is of one spin, or of the two edge spins of a block, given what is known around it. A
probability is 1 / (1 + ratio) with the ratio exp(-2 h) times what the majority rule adds, and
exp(-2 h) is a product of factors: one for each spin that is seen, or, where many products have
one weight, one for each binary digit of the number of positive ones, which bit operations count
for 64 replicas at once. The arithmetic is float32, in a fixed order, as in `_packed_upscaling`.
"""

from __future__ import annotations

import numpy as np

from inverse_rg import _interactions
from inverse_rg._heat_bath_bits import (
    DIGITS,
    GROUPS,
    LEFT_OUT,
    NEAREST_DIGITS,
    digits_of,
    inner_neighbourhood,
    nearest_digits,
    neighbourhood,
)
from inverse_rg._jit import njit, u64
from inverse_rg._lanes import FLOATS, choose, halves_as_floats, less, signs_of, splat_float, store
from inverse_rg._packed_random import ALL_BITS, load_lanes, next_words, save_lanes, start_lanes
from inverse_rg._packed_symmetry import turn, turn_back

LARGEST_FIELD = 40.0
"""Largest field, up or down, whose factor exp(2 h) is in the range of float32."""

_HALF_RANGE = np.float32(2.0**31)


@njit(forceinline=True)
def _product(words, count, factors, shift):
    """Return the product of ``factors[i, 0]`` where word i is set, else of ``factors[i, 1]``."""
    ratio = splat_float(np.float32(1.0))
    for i in range(count):
        ratio = ratio * choose(signs_of(words[i] >> shift), factors[i, 0], factors[i, 1])
    return ratio


@njit(forceinline=True)
def _draw(words, count, factors, state):
    """Return 64 spins, up with probability 1 / (1 + product of factors), and the next state."""
    one, scale = splat_float(np.float32(1.0)), splat_float(_HALF_RANGE)
    spins = u64(0)
    for chunk in range(0, 64, FLOATS):
        shift = u64(chunk)
        bits, state = next_words(state)
        ratio = _product(words, count, factors, shift)
        spins |= less(halves_as_floats(bits) * (one + ratio), scale) << shift
    return spins, state


@njit(forceinline=True)
def _draw_edges(first, second, factors, both, any_, free, state):
    """Return the two edge spins of a block, 64 replicas each, relative to their coarse spin.

    `first` and `second`, uint64 (8,), hold what B and C see, relative to the coarse spin too.
    The majority rule weighs (+, +), (+, -) and (-, -) with 1, 1 and 1/2 where the corner and the
    diagonal spin both agree with the coarse one (bits of `both`), with 1, 1/2 and 0 where only
    one of them does (the other bits of `any_`), and leaves (+, +) alone where none does. With all
    bits set in `both`, `any_` and `free` there is no rule: 1, 1 and 1.
    """
    one, scale = splat_float(np.float32(1.0)), splat_float(_HALF_RANGE)
    half, none = np.float32(0.5), np.float32(0.0)
    b_spins, c_spins = u64(0), u64(0)
    for chunk in range(0, 64, FLOATS):
        shift = u64(chunk)
        b_ratio = _product(first, 8, factors, shift)
        c_ratio = _product(second, 8, factors, shift)
        in_both = choose(signs_of(both >> shift), half, none)
        mixed = in_both + choose(signs_of(any_ >> shift), half, none)
        same = in_both + choose(signs_of(free >> shift), half, none)
        up = one + mixed * c_ratio  # weight of b = +, divided by that of (+, +)
        down = mixed + same * c_ratio  # weight of b = -, divided by exp(-2 h) of B as well
        bits, state = next_words(state)
        b_spins |= less(halves_as_floats(bits) * (up + b_ratio * down), up * scale) << shift
        bits, state = next_words(state)
        uniform = halves_as_floats(bits)
        after_up, after_down = less(uniform * up, scale), less(uniform * down, mixed * scale)
        b = (b_spins >> shift) & u64(0xFFFF)
        c_spins |= ((b & after_up) | (~b & after_down)) << shift
    # What the rule excludes has a ratio of zero, and a uniform number that rounds to one.
    b_spins |= ~any_
    return b_spins, c_spins | ~any_ | (~b_spins & ~both), state


@njit
def _draw_in_order(coarse, fine, corner, diagonal, edge, majority, state):
    """Draw all corner spins, then all diagonal ones, then the edges block by block."""
    half = coarse.shape[0]
    seen, first, second = np.empty(9, np.uint64), np.empty(8, np.uint64), np.empty(8, np.uint64)
    for y in range(half):
        above, below = (y - 1) % half, (y + 1) % half
        for x in range(half):
            left, right = (x - 1) % half, (x + 1) % half
            seen[0], seen[1], seen[2] = coarse[y, x], coarse[above, x], coarse[y, left]
            seen[3], seen[4] = coarse[below, x], coarse[y, right]
            seen[5], seen[6] = coarse[above, left], coarse[above, right]
            seen[7], seen[8] = coarse[below, left], coarse[below, right]
            fine[2 * y, 2 * x], state = _draw(seen, 9, corner, state)
    for y in range(half):
        below = (y + 1) % half
        for x in range(half):
            right = (x + 1) % half
            seen[0], seen[1], seen[2] = coarse[y, x], coarse[y, right], coarse[below, x]
            seen[3], seen[4] = coarse[below, right], fine[2 * y, 2 * x]
            seen[5], seen[6] = fine[2 * y, 2 * right], fine[2 * below, 2 * x]
            seen[7] = fine[2 * below, 2 * right]
            fine[2 * y + 1, 2 * x + 1], state = _draw(seen, 8, diagonal, state)
    free = u64(0) if majority else ALL_BITS
    for y in range(half):
        above, below = (y - 1) % half, (y + 1) % half
        for x in range(half):
            left, right = (x - 1) % half, (x + 1) % half
            own = coarse[y, x]
            a, d = ~(fine[2 * y, 2 * x] ^ own), ~(fine[2 * y + 1, 2 * x + 1] ^ own)
            first[0] = second[0] = a
            first[1] = second[1] = d
            first[2], first[3] = (
                ~(fine[2 * y, 2 * right] ^ own),
                ~(fine[2 * above + 1, 2 * x + 1] ^ own),
            )
            second[2], second[3] = (
                ~(fine[2 * below, 2 * x] ^ own),
                ~(fine[2 * y + 1, 2 * left + 1] ^ own),
            )
            first[4] = second[4] = ALL_BITS
            first[5], first[6] = ~(coarse[y, right] ^ own), ~(coarse[above, x] ^ own)
            second[5], second[6] = ~(coarse[y, left] ^ own), ~(coarse[below, x] ^ own)
            first[7], second[7] = ~(coarse[above, right] ^ own), ~(coarse[below, left] ^ own)
            b, c, state = _draw_edges(
                first, second, edge, (a & d) | free, a | d | free, free, state
            )
            fine[2 * y, 2 * x + 1] = ~(b ^ own)
            fine[2 * y + 1, 2 * x] = ~(c ^ own)
    return state


@njit
def _copy(coarse, fine):
    """Give every fine spin the value of its coarse one."""
    for y in range(fine.shape[0]):
        for x in range(fine.shape[0]):
            fine[y, x] = coarse[y // 2, x // 2]


@njit
def _heat_bath(coarse, fine, row, column, colour, factors, wrap, work, state):
    """Draw anew one spin of each block of one colour of the checkerboard, given all others.

    The spins (2Y + row, 2X + column) with Y + X even (colour 0) or odd (1). ``factors[0]``
    multiplies them all; with fewer factors than `DIGITS` + 1 only nearest neighbours act.
    """
    one, scale = splat_float(np.float32(1.0)), splat_float(_HALF_RANGE)
    near, digits = work
    count = factors.size - 1
    for y in range(coarse.shape[0]):
        for x in range((y + colour) % 2, coarse.shape[0], 2):
            own = coarse[y, x]
            if count == NEAREST_DIGITS:
                inner_neighbourhood(fine, wrap, 2 * y + row, 2 * x + column, own, near)
                nearest_digits(near, digits)
            else:
                neighbourhood(fine, wrap, 2 * y + row, 2 * x + column, own, near)
                digits_of(near, digits)
            # The three others of the block: the majority rule adds a factor of 1, 1/2 or 0.
            beside = near[13] if column == 0 else near[11]
            below = near[17] if row == 0 else near[7]
            across = near[12 + (5 if row == 0 else -5) + (1 if column == 0 else -1)]
            three = beside & below & across
            two = (beside & below) | (beside & across) | (below & across)
            spins = ~two
            for chunk in range(0, 64, FLOATS):
                shift = u64(chunk)
                ratio = splat_float(factors[0])
                for i in range(count):
                    ratio = ratio * choose(
                        signs_of(digits[i] >> shift), factors[1 + i], np.float32(1.0)
                    )
                ratio = ratio * choose(signs_of(three >> shift), np.float32(1.0), np.float32(0.5))
                bits, state = next_words(state)
                spins |= less(halves_as_floats(bits) * (one + ratio), scale) << shift
            fine[2 * y + row, 2 * x + column] = ~(spins ^ own)
    return state


@njit
def _upscale(coarse, fine, ordered, corner, diagonal, edge, majority, factors, passes, lanes):
    """Draw one word of replicas; see `upscale`."""
    half = coarse.shape[0]
    wrap = (np.arange(2 * half + 4) - 2) % (2 * half)
    work = (np.empty(25, np.uint64), np.empty(DIGITS, np.uint64))
    masks = np.empty(8, np.uint64)
    state = load_lanes(lanes)
    random, state = next_words(state)
    store(masks, 0, random)
    turned = coarse.copy()
    turn(turned, masks)
    if ordered:
        state = _draw_in_order(turned, fine, corner, diagonal, edge, majority, state)
    else:
        _copy(turned, fine)
    for _ in range(passes):
        for site in range(4):  # A, D, B, C
            row, column = (site + 1) // 2 % 2, site % 2
            for colour in range(2):
                state = _heat_bath(turned, fine, row, column, colour, factors, wrap, work, state)
    turn_back(fine, masks)
    save_lanes(lanes, state)


@njit
def _upscale_words(coarse, fine, ordered, corner, diagonal, edge, majority, factors, passes, state):
    lanes = start_lanes(state)
    for word in range(coarse.shape[0]):
        _upscale(
            coarse[word],
            fine[word],
            ordered,
            corner,
            diagonal,
            edge,
            majority,
            factors,
            passes,
            lanes,
        )


def upscale(coarse: np.ndarray, upscaler, state: np.ndarray) -> np.ndarray:
    """Draw one level of a `ConditionalUpscaler` for any number of words.

    Parameters
    ----------
    coarse : ndarray of uint64, shape (words, H, H)
        Coarse configurations in the replica form.
    upscaler : ConditionalUpscaler
        What to draw with.
    state : ndarray of uint64, shape (4,)
        Generator, from `_random.state_words`; it advances.

    Returns
    -------
    ndarray of uint64, shape (words, 2H, 2H)
        The fine configurations.
    """
    coarse = np.require(coarse, np.uint64, ["C", "W"])
    words, half, _ = coarse.shape
    fine = np.empty((words, 2 * half, 2 * half), np.uint64)
    ordered = upscaler.corner is not None
    zeros = ((0.0,) * 6, (0.0,) * 6, (0.0,) * 5)
    given = (upscaler.corner, upscaler.diagonal, upscaler.edge) if ordered else zeros
    tables = [
        _factors(numbers, places) for numbers, places in zip(given, SEEN.values(), strict=True)
    ]
    factors = heat_bath_factors(upscaler.couplings, 2 * half)
    _upscale_words(
        coarse, fine, ordered, *tables, upscaler.majority, factors, upscaler.passes, state
    )
    return fine


SEEN = {
    "corner": (0, 1, 1, 2, 2, 3, 4, 4, 5),
    "diagonal": (0, 1, 1, 2, 3, 4, 4, 5),
    "edge": (0, 0, 1, 1, 2, 3, 3, 4),
}
"""Which parameter goes with each spin seen, in the order in which the kernels read them."""


def _factors(numbers, places) -> np.ndarray:
    """Return exp(-2 w) and exp(2 w) for every spin seen, float32 (spins, 2)."""
    weights = np.array(numbers)[list(places)]
    return np.exp(np.stack([-2 * weights, 2 * weights], 1)).astype(np.float32)


def heat_bath_factors(couplings, size: int) -> np.ndarray:
    """Return the constant factor of exp(-2 h), and one for each digit, float32.

    A field is the sum over groups of K (2 c - n) with c of n products positive, so that
    exp(-2 h) is exp(2 K n) times exp(-4 K 2^j) for every digit j of c that is set.
    """
    values = dict(
        zip(_interactions.NAMES, couplings or (0.0,) * len(_interactions.NAMES), strict=True)
    )
    exponents = [0.0]
    for group, (name, products, digits) in enumerate(GROUPS):
        coupling = 0.0 if size == 2 and group in LEFT_OUT else values[name]
        exponents[0] += 2 * coupling * products
        exponents += [-4 * coupling * 2**digit for digit in range(digits)]
    if not any(list(values.values())[1:]):
        exponents = exponents[: 1 + NEAREST_DIGITS]
    return np.exp(exponents).astype(np.float32)
