"""Counts of what a conditional draw sees: the sufficient statistics of its parts.

A draw's field is linear in a few whole numbers, and the flip of all spins maps a field to minus
itself. So spins are taken relative to the coarse spin of their block, and what is counted is how
often the draw gave + or - for each set of numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inverse_rg import _interactions


@dataclass(frozen=True, eq=False)
class Counts:
    """How often each outcome came with each set of numbers.

    Attributes
    ----------
    numbers : ndarray of float64, shape (cases, outcomes, P)
        What multiplies the P parameters in log weight of each outcome.
    offsets : ndarray of float64, shape (cases, outcomes)
        Known part of the log weight, -inf for what cannot happen.
    counts : ndarray of float64, shape (groups, cases, outcomes)
        Occurrences in each group of configurations.
    """

    numbers: np.ndarray
    offsets: np.ndarray
    counts: np.ndarray


def copies(coarse: np.ndarray) -> np.ndarray:
    """Return the coarse spin of every fine spin, (n, 2H, 2H) from (n, H, H)."""
    return coarse.repeat(2, axis=1).repeat(2, axis=2)


def heat_bath_codes(spins: np.ndarray, coarse: np.ndarray) -> np.ndarray:
    """Return a number for what each spin and its surroundings are, relative to its coarse spin.

    Spins that the majority rule leaves no choice are left out. The number is in mixed radix: the
    spin, whether all three others of the block agree, and the sum of each interaction.
    """
    n, size, _ = spins.shape
    own = copies(coarse)
    blocks = spins.reshape(n, size // 2, 2, size // 2, 2).sum(axis=(2, 4), dtype=np.int8)
    others = (copies(blocks) - spins) * own  # 3, 1 or -1
    code = ((spins * own > 0) + 2 * (others == 3)).astype(np.int64)
    for name in _interactions.NAMES:
        most = _interactions.count(name)
        value = (_interactions.sums(spins, name) * own + most) // 2
        code = code * (most + 1) + value
    return code[others > 0]


Sparse = tuple[np.ndarray, np.ndarray]
"""Codes that occurred, ascending, and how often each did: two arrays of int64."""


def count_codes(spins: np.ndarray, coarse: np.ndarray) -> Sparse:
    """Return the codes of every spin of int8 (n, L, L) that has a choice."""
    step = max(1, (1 << 20) // spins[0].size)
    parts = [slice(first, first + step) for first in range(0, len(spins), step)]
    return merge(
        [
            np.unique(heat_bath_codes(spins[part], coarse[part]), return_counts=True)
            for part in parts
        ]
    )


def merge(counts: list[Sparse]) -> Sparse:
    """Return the sum of sparse counts."""
    if len(counts) == 1:
        return counts[0]
    codes, place = np.unique(np.concatenate([one[0] for one in counts]), return_inverse=True)
    often = np.bincount(place, np.concatenate([one[1] for one in counts]))
    return codes, often.astype(np.int64)


def heat_bath(groups: list[Sparse]) -> Counts:
    """Return the counts of the heat bath from the codes of each group of configurations."""
    most = [_interactions.count(name) for name in _interactions.NAMES]
    cases = int(np.prod([number + 1 for number in most]))
    keys = np.unique(
        np.concatenate([codes % cases + codes // (2 * cases) * cases for codes, _ in groups])
    )
    counts = np.zeros((len(groups), len(keys), 2))
    for row, (codes, often) in zip(counts, groups, strict=True):
        place = np.searchsorted(keys, codes % cases + codes // (2 * cases) * cases)
        row[place, codes // cases % 2] = often
    rest, columns = keys % cases, []
    for number in reversed(most):
        rest, value = np.divmod(rest, number + 1)
        columns.append(2.0 * value - number)
    sums = np.stack(columns[::-1], 1)
    offsets = np.zeros((len(keys), 2))
    offsets[keys // cases == 0, 0] = np.log(0.5)  # against the coarse spin: a tie
    return Counts(np.stack([-sums, sums], 1), offsets, counts)


def _shift(array: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Return what lies `rows` below and `columns` to the right."""
    return np.roll(array, (-rows, -columns), (1, 2))


def add_order(histograms: dict[str, np.ndarray], spins: np.ndarray, coarse: np.ndarray) -> None:
    """Add to the histograms of the three draws, int64 (2^bits,), every block of int8 (n, L, L)."""
    for name, codes in ordered_codes(spins, coarse).items():
        histograms[name] += np.bincount(codes, minlength=histograms[name].size)


def ordered_codes(fine: np.ndarray, mu: np.ndarray) -> dict[str, np.ndarray]:
    """Return the codes of the three draws in order, for every block.

    "corner": the spin and eight coarse ones; "diagonal": the spin and seven; "edge": the pair and
    twelve others; each relative to its coarse spin, which is left out.
    """
    a, b = fine[:, ::2, ::2], fine[:, ::2, 1::2]
    c, d = fine[:, 1::2, ::2], fine[:, 1::2, 1::2]
    around = [(-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1)]
    ahead = [(0, 1), (1, 0), (1, 1)]
    sees = [*(_shift(mu, *step) for step in ahead), a, *(_shift(a, *step) for step in ahead)]
    first = [_shift(a, 0, 1), _shift(d, -1, 0)]
    first += [_shift(mu, *step) for step in ((0, 1), (-1, 0), (-1, 1))]
    second = [_shift(a, 1, 0), _shift(d, 0, -1)]
    second += [_shift(mu, *step) for step in ((0, -1), (1, 0), (1, -1))]
    return {
        "corner": _code(mu, [a, *(_shift(mu, *step) for step in around)]),
        "diagonal": _code(mu, [d, *sees]),
        "edge": _code(mu, [b, c, a, d, *first, *second]),
    }


BITS = {"corner": 9, "diagonal": 8, "edge": 14}


def _code(mu, spins) -> np.ndarray:
    code = np.zeros(mu.shape, np.int32)
    for spin in spins:
        code = 2 * code + (spin * mu > 0)
    return code.ravel()


def ordered(part: str, histogram: np.ndarray, *, majority: bool = True) -> Counts:
    """Return the counts of a draw in order from histograms of codes, (groups, 2^bits)."""
    bits = BITS[part]
    code = np.arange(2**bits)
    spins = (2.0 * ((code[:, None] >> np.arange(bits)[::-1]) & 1) - 1).T
    one = np.ones_like(code, float)
    if part == "corner":
        u, left, d, r, ul, ur, dl, dr = spins[1:]
        fields = np.stack([one, u + left, d + r, ul, ur + dl, dr], 1)
        return _single(bits, fields, histogram)
    if part == "diagonal":
        r, d, dr, a, ar, ad, adr = spins[1:]
        return _single(bits, np.stack([one, r + d, dr, a, ar + ad, adr], 1), histogram)
    a, d = spins[2:4]
    ar, du, r, u, ur, ad, dl, left, dn, ld = spins[4:]
    seen = slice(0, 2 ** (bits - 2))  # the codes of what is seen: those with both spins down
    b_fields = np.stack([a + d, ar + du, one, r + u, ur], 1)[seen]
    c_fields = np.stack([a + d, ad + dl, one, left + dn, ld], 1)[seen]
    numbers = np.stack([b * b_fields + c * c_fields for b in (-1, 1) for c in (-1, 1)], 1)
    offsets = np.zeros(numbers.shape[:2])
    if majority:
        total = (a + d)[seen]
        for outcome, pair in enumerate((-2, 0, 0, 2)):
            with np.errstate(divide="ignore"):
                offsets[:, outcome] = np.log(np.clip(0.5 + (total + pair) / 4, 0, 1))
    counts = histogram.reshape(len(histogram), 4, -1).transpose(0, 2, 1)
    return Counts(numbers, offsets, counts)


def _single(bits, fields, histogram) -> Counts:
    seen = slice(0, 2 ** (bits - 1))
    numbers = np.stack([-fields[seen], fields[seen]], 1)
    counts = histogram.reshape(len(histogram), 2, -1).transpose(0, 2, 1)
    return Counts(numbers, np.zeros(numbers.shape[:2]), counts)
