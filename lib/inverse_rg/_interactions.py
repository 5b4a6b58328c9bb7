"""The interactions of the heat bath: products of two or four spins within two steps.

They are what a local Hamiltonian H = -sum_a K_a S_a(s), Eq. (3) of arXiv:2506.04016 with the sign
of Eq. (1), may hold here: the pairs within reach and the four-spin shapes that matter most
in a renormalized Ising model. Two spins of one shape that lie an even number of steps apart in
both directions are exactly two steps apart along an axis, so that blocks of one colour of a
checkerboard of 2 x 2 blocks never meet in a shape, and their spins can be drawn at once.
"""

from __future__ import annotations

from itertools import product

import numpy as np

Offset = tuple[int, int]

SHAPES: dict[str, tuple[Offset, ...]] = {
    "nearest": ((0, 0), (0, 1)),
    "second": ((0, 0), (1, 1)),
    "third": ((0, 0), (0, 2)),
    "fourth": ((0, 0), (1, 2)),
    "square": ((0, 0), (0, 1), (1, 0), (1, 1)),
    "tee": ((0, 0), (0, 1), (0, 2), (1, 1)),
    "diamond": ((0, 1), (1, 0), (1, 2), (2, 1)),
    "ell": ((0, 0), (0, 1), (0, 2), (1, 0)),
    "skew": ((0, 0), (0, 1), (1, 1), (1, 2)),
}
"""One image of each shape, as offsets (dy, dx)."""

NAMES = tuple(SHAPES)


def images(name: str) -> list[tuple[Offset, ...]]:
    """Return the images of a shape under the square's symmetries, up to translation."""
    found = set()
    for rows, columns, swapped in product((1, -1), (1, -1), (False, True)):
        points = [(rows * y, columns * x) for y, x in SHAPES[name]]
        points = sorted((x, y) if swapped else (y, x) for y, x in points)
        top, left = points[0]
        found.add(tuple((y - top, x - left) for y, x in points))
    return sorted(found)


def terms(name: str, size: int) -> list[tuple[Offset, ...]]:
    """Return the offsets of the other spins for each shape that a spin belongs to.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    size : int
        Side L of the torus. A shape that meets the spin twice, as some do at L = 2, has the same
        energy whichever way the spin points, and is left out.

    Returns
    -------
    list of tuple of (dy, dx)
        The field of a spin is K times the sum over this list of products of the spins there.
    """
    found = []
    for image in images(name):
        for top, left in image:
            others = [(y - top, x - left) for y, x in image if (y, x) != (top, left)]
            if not any(y % size == 0 and x % size == 0 for y, x in others):
                found.append(tuple(others))
    return found


def sums(spins: np.ndarray, name: str) -> np.ndarray:
    """Return the sum of the products of `terms` at every site, int8 (n, L, L)."""
    total = np.zeros(spins.shape, np.int8)
    for others in terms(name, spins.shape[1]):
        part = np.ones_like(total)
        for y, x in others:
            part *= np.roll(spins, (-y, -x), (1, 2))
        total += part
    return total


def count(name: str) -> int:
    """Return how many shapes of a kind a spin belongs to on a large torus."""
    return len(terms(name, 64))
