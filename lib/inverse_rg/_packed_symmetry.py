"""The eight symmetries of the square on packed lattices, a random one for every replica."""

from __future__ import annotations

import numpy as np

from inverse_rg._jit import njit


@njit(forceinline=True)
def _swap(first, second, mask):
    """Return two words with the bits of `mask` exchanged."""
    change = (first ^ second) & mask
    return first ^ change, second ^ change


@njit
def _flip_rows(lattice, mask):
    size = lattice.shape[0]
    for y in range(size // 2):
        above, below = lattice[y], lattice[size - 1 - y]
        for x in range(size):
            above[x], below[x] = _swap(above[x], below[x], mask)


@njit
def _flip_columns(lattice, mask):
    size = lattice.shape[0]
    for y in range(size):
        row = lattice[y]
        for x in range(size // 2):
            row[x], row[size - 1 - x] = _swap(row[x], row[size - 1 - x], mask)


@njit
def _transpose(lattice, mask):
    for y in range(lattice.shape[0]):
        for x in range(y):
            lattice[y, x], lattice[x, y] = _swap(lattice[y, x], lattice[x, y], mask)


@njit
def turn(lattice, masks):
    """Turn each replica of `lattice`, uint64 (L, L), by its symmetry.

    `masks`, uint64 (3,), says in its bits which replicas have their rows flipped, their columns
    flipped, and then rows and columns exchanged: random bits give each of the eight symmetries
    with probability 1/8.
    """
    _flip_rows(lattice, masks[0])
    _flip_columns(lattice, masks[1])
    _transpose(lattice, masks[2])


@njit
def turn_back(lattice, masks):
    """Undo `turn`."""
    _transpose(lattice, masks[2])
    _flip_columns(lattice, masks[1])
    _flip_rows(lattice, masks[0])


def symmetries(square: np.ndarray) -> list[np.ndarray]:
    """Return the images of ``square[..., :, :]`` under the symmetries, by the number of masks.

    Image ``4 t + 2 c + r`` has its rows flipped if r, its columns flipped if c, and is transposed
    afterwards if t: what `turn` does to a replica with these bits in its three masks.
    """
    images = []
    for number in range(8):
        image = square
        if number & 1:
            image = image[..., ::-1, :]
        if number & 2:
            image = image[..., ::-1]
        if number & 4:
            image = image.swapaxes(-1, -2)
        images.append(image)
    return images
