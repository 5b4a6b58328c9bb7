"""Exact means and variances of lattice sums in the dreams of a three-parameter kernel.

The tree of a dream is summed from its leaves to its root. Level by level, the variance of a sum S
is that of its conditional mean, again a sum of local products, plus the mean of its conditional
variance, a sum over pairs of patches that share fine spins. All that remains at the 4 x 4 torus is
summed over its 2^16 states. No random number is drawn.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from inverse_rg import _check, _lattice_sums, exact_exponents
from inverse_rg import _local_operators as local
from inverse_rg._jit import njit
from inverse_rg.exact_exponents import product
from inverse_rg.kernels import Kernel, field

_PATCH = 3
"""Side of the patches of a 3 x 3 kernel; two that share a spin fit in 5 x 5."""
_ROOT = 4
"""Side of the torus whose states are enumerated: what a 5 x 5 patch sees."""

MAGNETISATION = product((0, 0), side=_PATCH)
"""M = sum_i s_i, as coefficients."""
ENERGY = product((0, 0), (0, 1), side=_PATCH) + product((0, 0), (1, 0), side=_PATCH)
"""E = sum_<ij> s_i s_j, as coefficients."""


class Moments(NamedTuple):
    """Mean and variance of a lattice sum, exact up to rounding."""

    mean: float
    variance: float


def moments(kernel: Kernel, coefficients, size: int) -> dict[int, Moments]:
    """Return mean and variance of a lattice sum in dreams from one random spin, exactly.

    Parameters
    ----------
    kernel : Kernel
        3 x 3.
    coefficients : ndarray of float64, shape (512,)
        The sum, as in `inverse_rg.exact_exponents.upscaled`, for instance `MAGNETISATION` or
        `ENERGY`. It has to have the square's symmetries.
    size : int
        Largest side L, a power of two from 4.

    Returns
    -------
    dict of int to Moments
        By side: 4, 8, ..., `size`.

    Raises
    ------
    ValueError
        If the kernel is not 3 x 3, the sum is not symmetric, or `size` is no power of two from 4.
    """
    if not isinstance(kernel, Kernel):
        raise TypeError(f"kernel must be a Kernel, got {type(kernel).__name__}")
    if kernel.size != _PATCH:
        raise ValueError(f"kernel must be 3 x 3, got {kernel.size} x {kernel.size}")
    size = _check.integer("size", size, minimum=_ROOT, maximum=1 << 20)
    if size & (size - 1):
        raise ValueError(f"size must be a power of two, got {size}")
    functions = [_check_sum(coefficients)]
    levels = (size // _ROOT).bit_length() - 1
    constants = []  # what a coarse site adds to the mean of the sum below it
    for _ in range(levels):
        image, constant = _descend(functions[-1], kernel)
        functions.append(image)
        constants.append(constant)
    noise = [_pair_covariance(kernel.window, one) for one in functions[:levels]]
    weights = root_distribution(kernel)

    at_root = [_torus_sums(local.evaluate(one)) for one in functions]
    result = {}
    # means[d][l]: mean over level l of the conditional variance of the sum d levels further down.
    everywhere = _average_over_places(weights)
    means = [_level_means(kernel.window, one, everywhere, levels) for one in noise]
    for level in range(levels + 1):
        mean = weights @ at_root[level]
        variance = weights @ (at_root[level] - mean) ** 2
        for below in range(level):
            above = level - 1 - below
            area = (_ROOT << above) ** 2
            mean += area * constants[below]
            variance += area * means[below][above]
        result[_ROOT << level] = Moments(float(mean), float(variance))
    return result


def root_distribution(kernel: Kernel) -> np.ndarray:
    """Return the probabilities of the 4 x 4 dreams of any kernel, float64 (65536,).

    Bits of the index are sites, row by row, the first one the highest; 1 is up.
    """
    small = _states(2)
    up = 1 / (1 + np.exp(-2 * field(kernel, np.ones((1, 1, 1)))[0]))
    two = np.where(small > 0, up, 1 - up).prod(axis=(1, 2))
    two = (two + two[::-1]) / 2  # the first spin is up or down
    four = np.zeros(1 << _ROOT**2)
    for weight, one in zip(two, field(kernel, small), strict=True):
        up = 1 / (1 + np.exp(-2 * one.ravel()))
        state = np.ones(1)
        for p in up:
            state = (state[:, None] * np.array([1 - p, p])).ravel()
        four += weight * state
    return four


def _states(side: int) -> np.ndarray:
    """Return all configurations of a torus in the order of the indices, int8 (n, side, side)."""
    bits = np.arange(1 << side**2)[:, None] >> np.arange(side**2)[::-1] & 1
    return (2 * bits - 1).astype(np.int8).reshape(-1, side, side)


def _check_sum(coefficients) -> np.ndarray:
    """Return the sum as a symmetric function of the patch, or say what is wrong with it."""
    array = np.asarray(coefficients, dtype=np.float64)
    if array.shape != (1 << _PATCH**2,):
        raise ValueError(f"coefficients must have shape (512,), got {array.shape}")
    as_sum = local.gather(array, _PATCH, _PATCH, _PATCH)[0]
    spread = _symmetric(array)
    if np.abs(local.gather(spread, _PATCH, _PATCH, _PATCH)[0] - as_sum).max() > 1e-12:
        raise ValueError("coefficients must have the symmetries of the square")
    odd, even = as_sum.copy(), as_sum.copy()
    local.keep_parity(odd, 1)
    local.keep_parity(even, 0)
    if odd.any() == even.any():
        raise ValueError(
            "coefficients must hold products of an odd or of an even number of spins, not both"
        )
    return spread


def _symmetric(coefficients) -> np.ndarray:
    """Return coefficients as those of a function of the patch that the square's symmetries keep."""
    signs = exact_exponents.SYMMETRIES["A1"]
    return _lattice_sums.symmetrised(coefficients, side=_PATCH, signs=signs)


def _descend(coefficients, kernel: Kernel) -> tuple[np.ndarray, float]:
    """Return the conditional mean of a sum, and the constant that each coarse site adds."""
    values = local.evaluate(coefficients)
    total, constant = np.zeros_like(values), 0.0
    for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
        image, height, width = local.conditional_mean(values, kernel.window, _PATCH, corner)
        total += local.gather(local.coefficients(image), height, width, _PATCH)[0]
        constant += image.mean()
    return _symmetric(total), constant


def _torus_sums(values) -> np.ndarray:
    """Return the sum of a function of 3 x 3 patches over the 4 x 4 torus, for all its states."""
    states = _states(_ROOT) > 0
    total = np.zeros(len(states))
    for row in range(_ROOT):
        for column in range(_ROOT):
            index = np.zeros(len(states), np.int64)
            for y in range(_PATCH):
                for x in range(_PATCH):
                    index = 2 * index + states[:, (row + y) % _ROOT, (column + x) % _ROOT]
            total += values[index]
    return total


def _average_over_places(weights) -> np.ndarray:
    """Return the probabilities of the 4 x 4 dreams moved by a random translation.

    Dreams know their blocks: only translations by whole blocks leave their distribution as it is.
    """
    states = _states(_ROOT)
    total = np.zeros_like(weights)
    for shift in np.ndindex(_ROOT, _ROOT):
        moved = np.roll(states, shift, axis=(1, 2)).reshape(len(states), -1) > 0
        total += weights[moved @ (1 << np.arange(_ROOT**2)[::-1])] / _ROOT**2
    return total


def _level_means(window, function, weights, levels: int) -> list[float]:
    """Return the mean of a function of 4 x 4 patches at the root and at the levels below it.

    It is an average over the places of the patch, as `weights` are.
    """
    means = []
    for _ in range(levels):
        means.append(float(weights @ function))
        function = _average_mean(function, window)
    return means


def _average_mean(function, window) -> np.ndarray:
    """Return E[f | coarse], averaged over the four places of a patch, in a 4 x 4 patch again."""
    total = np.zeros_like(function)
    for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
        total += _widen(*local.conditional_mean(function, window, _ROOT, corner)) / 4
    return total


def _widen(values, height: int, width: int) -> np.ndarray:
    """Return a function of the upper left h x w spins as one of a 4 x 4 patch."""
    axes = [2 if y < height and x < width else 1 for y in range(_ROOT) for x in range(_ROOT)]
    return np.broadcast_to(values.reshape(axes), (2,) * _ROOT**2).reshape(-1)


def _pair_covariance(window, coefficients) -> np.ndarray:
    """Return the conditional variance of a sum, per coarse site, as a function of 4 x 4 patches.

    It sums the covariances of all pairs of fine patches that share a spin. A pair's frame, the
    smallest rectangle around both, begins at one of four places in a block.
    """
    values = local.evaluate(coefficients)
    total = np.zeros(1 << _ROOT**2)
    for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
        for down in range(_PATCH):
            for right in range(1 - _PATCH, _PATCH):
                if down == 0 and right < 0:
                    continue  # the same pair, the other way round
                pairs = 1 if (down, right) == (0, 0) else 2
                rows, height = local.seen(_PATCH + down, len(window), corner[0])
                columns, width = local.seen(_PATCH + abs(right), len(window), corner[1])
                places = [(0, max(0, -right)), (down, max(0, right))]
                part = np.empty(1 << (height * width))
                _covariances(
                    *_shared_last(values, places), window, rows, columns, height, width, part
                )
                total += pairs * _widen(part, height, width)
    return total


def _shared_last(values, places):
    """Return a function of each of two patches with the spins that both hold as last axes.

    Parameters
    ----------
    values : ndarray of float64, shape (512,)
        The function.
    places : list of two (int, int)
        Row and column of each patch's corner in their frame.

    Returns
    -------
    functions : ndarray of float64, shape (2, 512)
    own : ndarray of int64, shape (2, sites, 2)
        Row and column in the frame of the spins that only one holds, in the order of the axes.
    shared : ndarray of int64, shape (9 - sites, 2)
        The same of those that both hold.
    """
    sites = [
        [(row + y, column + x) for y in range(_PATCH) for x in range(_PATCH)]
        for row, column in places
    ]
    shared = sorted(set(sites[0]) & set(sites[1]))
    own = [[site for site in patch if site not in shared] for patch in sites]
    functions = np.empty((2, values.size))
    for function, patch, alone in zip(functions, sites, own, strict=True):
        axes = [patch.index(site) for site in (*alone, *shared)]
        function[:] = values.reshape((2,) * _PATCH**2).transpose(axes).reshape(-1)
    return functions, np.array(own, np.int64).reshape(2, -1, 2), np.array(shared, np.int64)


@njit
def _sum_out(function, size, up, sites):
    """Average over the first spins of ``function[:size]``, in place, and return what is left."""
    for row, column in sites:
        p = up[row, column]
        size //= 2
        for index in range(size):
            function[index] = (1 - p) * function[index] + p * function[index + size]
    return size


@njit
def _covariances(functions, own, shared, window, rows, columns, height, width, result):
    """Write Cov(f(patch), f(other patch) | coarse) for every state of the coarse patch."""
    up = np.empty((len(rows), len(columns)))
    left, right, both = np.empty(512), np.empty(512), np.empty(512)
    sites = height * width
    for state in range(result.size // 2):
        for y in range(len(rows)):
            for x in range(len(columns)):
                h = 0.0
                for p in range(len(window)):
                    for q in range(len(window)):
                        seen = rows[y, p] * width + columns[x, q]
                        h += window[p, q] * (2 * ((state >> (sites - 1 - seen)) & 1) - 1)
                up[y, x] = 1 / (1 + np.exp(-2 * h))
        left[:] = functions[0]
        right[:] = functions[1]
        size = _sum_out(left, 512, up, own[0])
        _sum_out(right, 512, up, own[1])
        both[:size] = left[:size] * right[:size]
        _sum_out(left, size, up, shared)
        _sum_out(right, size, up, shared)
        _sum_out(both, size, up, shared)
        # A sum of one parity: a flip of all spins changes both factors' signs, or none.
        result[state] = result[result.size - 1 - state] = both[0] - left[0] * right[0]
