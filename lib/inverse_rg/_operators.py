"""The operators of Sec. V: products of up to four spins on a 3 x 3 plaquette, and their shapes.

A product is a set of sites; its lattice sum runs over all translations, so that only products that
no translation turns into each other count: 158. The eight rotations and reflections of the square
join them into 36 shapes, 1 of one spin, 5 of two, 10 of three and 20 of four.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from itertools import combinations

import numpy as np

from inverse_rg._files import data_folder

Product = tuple[tuple[int, int], ...]
"""Sites (y, x) of a product, sorted; the smallest y and the smallest x are 0."""

PLAQUETTE = 3
"""Side of the plaquette that every product fits on."""
MOST_SPINS = 4
"""Spins in a product at the most."""

SYMMETRIES = np.array(
    [
        [[1, 0], [0, 1]],
        [[0, 1], [-1, 0]],
        [[-1, 0], [0, -1]],
        [[0, -1], [1, 0]],
        [[1, 0], [0, -1]],
        [[-1, 0], [0, 1]],
        [[0, 1], [1, 0]],
        [[0, -1], [-1, 0]],
    ]
)
"""The point group of the square on vectors (y, x): identity, three rotations, two reflections in
the axes, two in the diagonals."""


def normalise(sites: Iterable[Iterable[int]]) -> Product:
    """Return the product of `sites`, translated to where every product is kept."""
    array = np.array([tuple(site) for site in sites])
    return tuple(sorted((int(y), int(x)) for y, x in array - array.min(axis=0)))


@functools.cache
def products() -> tuple[Product, ...]:
    """Return the 158 products, by number of spins and then by their sites."""
    cells = [(y, x) for y in range(PLAQUETTE) for x in range(PLAQUETTE)]
    found = {normalise(c) for spins in range(1, MOST_SPINS + 1) for c in combinations(cells, spins)}
    return tuple(sorted(found, key=lambda product: (len(product), product)))


@functools.cache
def product_index() -> dict[Product, int]:
    """Return the number of each product."""
    return {product: index for index, product in enumerate(products())}


@functools.cache
def permutations() -> np.ndarray:
    """Return which product each symmetry turns a product into, int (8, 158)."""
    index = product_index()
    return np.array(
        [[index[normalise(np.array(one) @ g.T)] for one in products()] for g in SYMMETRIES]
    )


@functools.cache
def shapes() -> tuple[tuple[int, ...], ...]:
    """Return the 36 shapes, each as the numbers of the products that are its orientations."""
    orbits = {tuple(sorted(set(column))) for column in permutations().T.tolist()}
    return tuple(sorted(orbits))


@functools.cache
def paper_list() -> tuple[int, ...]:
    """Return the 36 entries of the paper's list as numbers of products; one comes twice."""
    path = data_folder("paper") / "operators.json"
    operators = json.loads(path.read_text(encoding="utf-8"))["operators"]
    return tuple(product_index()[normalise(sites)] for sites in operators)


@functools.cache
def distinct_on_torus(size: int) -> np.ndarray:
    """Return the class of each product on a torus, int (158,): equal sums, equal class.

    On small tori translations join products that differ on the plane, and sites that coincide
    cancel, since s^2 = 1. A class of -1 is the constant 1.
    """
    if size >= 2 * PLAQUETTE - 1:  # two sites of a plaquette differ by less than half the side
        return np.arange(len(products()))
    classes: dict[Product, int] = {}
    labels = []
    for product in products():
        folded: set[tuple[int, int]] = set()
        for y, x in product:
            folded ^= {(y % size, x % size)}
        moved = [
            tuple(sorted(((y + dy) % size, (x + dx) % size) for y, x in folded))
            for dy in range(size)
            for dx in range(size)
        ]
        labels.append(classes.setdefault(min(moved), len(classes)) if folded else -1)
    return np.array(labels)
