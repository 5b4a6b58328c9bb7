"""What a spin's interactions add up to, counted by bit operations for 64 replicas at once.

For each group of products with one weight the number of positive ones is counted in binary
digits, a word each: a full adder made of bit operations adds words as in `_packed_observables`.
"""

from __future__ import annotations

from inverse_rg._jit import njit, u64

GROUPS = (
    # name of the interaction, products, binary digits
    ("nearest", 4, 3),
    ("second", 4, 3),
    ("third", 4, 3),
    ("fourth", 8, 4),
    ("square", 4, 3),
    ("tee", 8, 4),  # the spin is the centre or the stem
    ("tee", 8, 4),  # the spin is an end of the bar: left out at L = 2
    ("diamond", 4, 3),
    ("ell", 16, 5),  # the spin is the middle of the bar or the stem
    ("ell", 16, 5),  # the spin is an end of the bar
    ("skew", 16, 5),
)
"""The groups in the order of `digits_of`."""

DIGITS = sum(digits for _, _, digits in GROUPS)
NEAREST_DIGITS = GROUPS[0][2]

LEFT_OUT = (2, 6, 7, 9)
"""Groups whose shapes meet a spin twice on the torus of side 2."""


@njit(forceinline=True)
def _sum4(a, b, c, d):
    """Return the three binary digits of a + b + c + d, bit by bit."""
    first, carry = a ^ b, a & b
    second, other = c ^ d, c & d
    return first ^ second, carry ^ other ^ (first & second), carry & other


@njit(forceinline=True)
def _sum8(a, b, c, d, e, f, g, h):
    """Return the four binary digits of the sum of eight bits, bit by bit."""
    ones, twos, fours = _sum4(a, b, c, d)
    other_ones, other_twos, other_fours = _sum4(e, f, g, h)
    carry = ones & other_ones
    half = twos ^ other_twos
    next_carry = (twos & other_twos) | (half & carry)
    return (
        ones ^ other_ones,
        half ^ carry,
        fours ^ other_fours ^ next_carry,
        (fours & other_fours) | ((fours ^ other_fours) & next_carry),
    )


@njit(forceinline=True)
def _add16(first, second, digits, place):
    """Write the five binary digits of the sum of two four-digit numbers from `place` on."""
    carry = u64(0)
    for i in range(4):
        half = first[i] ^ second[i]
        digits[place + i] = half ^ carry
        carry = (first[i] & second[i]) | (half & carry)
    digits[place + 4] = carry


@njit(forceinline=True)
def neighbourhood(fine, wrap, y, x, coarse, near):
    """Write to `near`, uint64 (25,), which spins around (y, x) agree with `coarse`, row by row.

    ``wrap[i]`` is the coordinate i - 2 on the torus.
    """
    for i in range(5):
        row = fine[wrap[y + i]]
        for j in range(5):
            near[5 * i + j] = ~(row[wrap[x + j]] ^ coarse)


@njit(forceinline=True)
def inner_neighbourhood(fine, wrap, y, x, coarse, near):
    """Do the same for the eight nearest spins alone."""
    for i in range(1, 4):
        row = fine[wrap[y + i]]
        for j in range(1, 4):
            near[5 * i + j] = ~(row[wrap[x + j]] ^ coarse)


@njit(forceinline=True)
def nearest_digits(n, digits):
    """Write the digits of the first group, from the words `n` of `neighbourhood`."""
    digits[0], digits[1], digits[2] = _sum4(n[7], n[11], n[13], n[17])


@njit(forceinline=True)
def digits_of(n, digits):
    """Write the digits of all `GROUPS` to `digits`, uint64 (DIGITS,).

    The words n[0] ... n[24] are the rows of the 5 x 5 neighbourhood, n[12] the spin itself. A
    product of three spins is positive if an odd number of them is: three words, xor.
    """
    nearest_digits(n, digits)
    north, west, east, south = n[7], n[11], n[13], n[17]
    nw, ne, sw, se = n[6], n[8], n[16], n[18]
    nn, ww, ee, ss = n[2], n[10], n[14], n[22]
    digits[3], digits[4], digits[5] = _sum4(nw, ne, sw, se)
    digits[6], digits[7], digits[8] = _sum4(nn, ww, ee, ss)
    digits[9], digits[10], digits[11], digits[12] = _sum8(
        n[1], n[3], n[5], n[9], n[15], n[19], n[21], n[23]
    )
    digits[13], digits[14], digits[15] = _sum4(
        north ^ west ^ nw, north ^ east ^ ne, south ^ west ^ sw, south ^ east ^ se
    )
    level, upright = west ^ east, north ^ south
    digits[16], digits[17], digits[18], digits[19] = _sum8(
        level ^ north,
        level ^ south,
        upright ^ west,
        upright ^ east,
        north ^ nw ^ ne,
        south ^ sw ^ se,
        west ^ nw ^ sw,
        east ^ ne ^ se,
    )
    up, down, left, right = north ^ nn, south ^ ss, west ^ ww, east ^ ee
    digits[20], digits[21], digits[22], digits[23] = _sum8(
        up ^ nw, up ^ ne, down ^ sw, down ^ se, left ^ nw, left ^ sw, right ^ ne, right ^ se
    )
    digits[24], digits[25], digits[26] = _sum4(
        nn ^ nw ^ ne, ss ^ sw ^ se, ww ^ nw ^ sw, ee ^ ne ^ se
    )
    _far_digits(n, digits)


@njit(forceinline=True)
def _far_digits(n, digits):
    """Write the digits of the ells and skews: eight products for each place of the spin."""
    _add16(
        _sum8(
            n[17] ^ n[7] ^ n[6],
            n[17] ^ n[7] ^ n[8],
            n[7] ^ n[17] ^ n[18],
            n[7] ^ n[17] ^ n[16],
            n[13] ^ n[11] ^ n[6],
            n[13] ^ n[11] ^ n[16],
            n[11] ^ n[13] ^ n[18],
            n[11] ^ n[13] ^ n[8],
        ),
        _sum8(
            n[7] ^ n[6] ^ n[5],
            n[7] ^ n[8] ^ n[9],
            n[17] ^ n[18] ^ n[19],
            n[17] ^ n[16] ^ n[15],
            n[11] ^ n[6] ^ n[1],
            n[11] ^ n[16] ^ n[21],
            n[13] ^ n[18] ^ n[23],
            n[13] ^ n[8] ^ n[3],
        ),
        digits,
        27,
    )
    _add16(
        _sum8(
            n[7] ^ n[2] ^ n[11],
            n[7] ^ n[2] ^ n[13],
            n[17] ^ n[22] ^ n[13],
            n[17] ^ n[22] ^ n[11],
            n[11] ^ n[10] ^ n[7],
            n[11] ^ n[10] ^ n[17],
            n[13] ^ n[14] ^ n[17],
            n[13] ^ n[14] ^ n[7],
        ),
        _sum8(
            n[7] ^ n[2] ^ n[1],
            n[7] ^ n[2] ^ n[3],
            n[17] ^ n[22] ^ n[23],
            n[17] ^ n[22] ^ n[21],
            n[11] ^ n[10] ^ n[5],
            n[11] ^ n[10] ^ n[15],
            n[13] ^ n[14] ^ n[19],
            n[13] ^ n[14] ^ n[9],
        ),
        digits,
        32,
    )
    _add16(
        _sum8(
            n[7] ^ n[6] ^ n[1],
            n[7] ^ n[8] ^ n[3],
            n[17] ^ n[18] ^ n[23],
            n[17] ^ n[16] ^ n[21],
            n[11] ^ n[6] ^ n[5],
            n[11] ^ n[16] ^ n[15],
            n[13] ^ n[18] ^ n[19],
            n[13] ^ n[8] ^ n[9],
        ),
        _sum8(
            n[17] ^ n[11] ^ n[6],
            n[17] ^ n[13] ^ n[8],
            n[7] ^ n[13] ^ n[18],
            n[7] ^ n[11] ^ n[16],
            n[13] ^ n[7] ^ n[6],
            n[13] ^ n[17] ^ n[16],
            n[11] ^ n[17] ^ n[18],
            n[11] ^ n[7] ^ n[8],
        ),
        digits,
        37,
    )
