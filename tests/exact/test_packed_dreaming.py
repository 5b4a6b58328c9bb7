"""Packed upscaling draws every fine spin with its probability, Eq. (9), and independently."""

import numpy as np
import pytest
from scipy.stats import chi2

from inverse_rg import _packed_dreaming
from inverse_rg._bits import unpack_replicas
from inverse_rg._packed_random import fill_words
from inverse_rg.ising import enumerate_states
from inverse_rg.kernels import Kernel, field, window_steps

RIGHT = 1e-4
BROKEN = 1e-6


def state(seed=1):
    return np.random.SeedSequence(seed).generate_state(4, np.uint64)


def some_window(width, seed=3):
    """Return a symmetric window whose probabilities stay between 0.01 and 0.99."""
    window = np.random.default_rng(seed).normal(0, 0.5 / width, (width, width))
    return window + window.T


def falling_window(width):
    """Return a window like a trained one: strong at the own spin, weaker with the distance."""
    steps = np.arange(width)
    return 0.8 * 0.37 ** (steps[:, None] + steps)


def patterns(coarse, width):
    """Return the window of each fine spin as a number, int32 (n, 2H, 2H): bit pw + q is (p, q)."""
    half = coarse.shape[1]
    fine = np.arange(2 * half)
    side = np.where(fine % 2 == 0, -1, 1)
    sites = (fine[:, None] // 2 + side[:, None] * window_steps(width)) % half
    up = (coarse > 0).astype(np.int32)
    rows = sum(up[:, :, sites[:, q]] << q for q in range(width))
    return sum(rows[:, sites[:, p]] << (p * width) for p in range(width))


def probabilities(window):
    """Return the probability of an up spin for every pattern, float64 (2^(n^2),)."""
    number = np.arange(2**window.size)
    bits = (number[:, None] >> np.arange(window.size)) & 1
    return 1 / (1 + np.exp(-2 * (2 * bits - 1) @ window.ravel()))


def drawn(window, size, words):
    """Yield random coarse configurations, int8 (64, H, H), and the fine ones drawn from them."""
    start = state()
    for _ in range(words):
        coarse = np.empty((1, size // 2, size // 2), np.uint64)
        fill_words(coarse.reshape(-1), start)
        fine = _packed_dreaming.grow(coarse[0], [window], start)[0]
        yield unpack_replicas(coarse), unpack_replicas(fine[None])


def pattern_counts(window, size, words):
    """Return how often each pattern came, and how often with an up spin."""
    seen = np.zeros((2, 2**window.size), np.int64)
    for coarse, fine in drawn(window, size, words):
        number = patterns(coarse, len(window))
        seen[0] += np.bincount(number.ravel(), minlength=len(seen[0]))
        seen[1] += np.bincount(number[fine > 0], minlength=len(seen[0]))
    return seen


def p_value(counts, up):
    n, hits = counts
    assert n.min() > 50
    return chi2.sf(((hits - n * up) ** 2 / (n * up * (1 - up))).sum(), n.size)


@pytest.mark.parametrize(("width", "size", "words"), [(2, 32, 40), (3, 64, 8), (4, 128, 8)])
def test_probability_of_every_pattern(width, size, words):
    window = some_window(width)
    counts = pattern_counts(window, size, words)
    assert p_value(counts, probabilities(window)) > RIGHT
    window[0, 0] += 0.02
    assert p_value(counts, probabilities(window)) < BROKEN


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("size", [2, 4, 6, 14, 32])
def test_any_width_on_any_side_against_the_convolution(width, size, chi_square):
    # Lattices narrower than the window too: it wraps around them.
    window = some_window(width)
    bins = np.zeros((2, 20))
    expected = np.zeros((2, 20))
    for coarse, fine in drawn(window, size, max(1, 1200 // size**2)):
        up = 1 / (1 + np.exp(-2 * field(Kernel.from_window(window), coarse)))
        place = (20 * up).astype(int)
        for row, chance in ((0, 1 - up), (1, up)):
            expected[row] += np.bincount(place.ravel(), chance.ravel(), 20)
            bins[row] += np.bincount(place[(fine > 0) == row], minlength=20)
    assert chi_square(bins, expected / expected.sum()) > RIGHT


@pytest.mark.parametrize("width", [2, 4])
def test_spins_are_drawn_independently(width, distance):
    # Residuals of neighbours, of corners of a block and of replicas are uncorrelated.
    window = some_window(width)
    products = []
    for coarse, fine in drawn(window, 64, 60):
        up = 1 / (1 + np.exp(-2 * field(Kernel.from_window(window), coarse)))
        rest = (fine > 0) - up
        shifts = [(0, 0, 1), (0, 1, 0), (0, 1, 1), (1, 0, 0), (16, 0, 0), (32, 0, 0), (0, 0, 2)]
        products.append([(rest * np.roll(rest, s, (0, 1, 2))).mean() for s in shifts])
    assert distance(products, 0) < 4


def state_probabilities(windows):
    """Return the probability of each configuration after all levels from one random spin."""
    size = 1
    weights = np.array([0.5, 0.5])
    for window in windows:
        coarse = enumerate_states(size) if size > 1 else np.array([[[-1]], [[1]]], np.int8)
        h = field(Kernel.from_window(window), coarse).reshape(len(coarse), -1)
        size *= 2
        fine = enumerate_states(size).reshape(-1, size**2).astype(float)
        logarithms = h @ fine.T - np.log(2 * np.cosh(h)).sum(axis=1)[:, None]
        weights = weights @ np.exp(logarithms)
    return weights


@pytest.mark.parametrize("widths", [(2, 2), (2, 4), (4, 4), (3, 2), (2, 5), (6, 2)])
def test_every_configuration_from_one_spin(widths, chi_square):
    windows = [falling_window(width) for width in widths]
    advancing = state(7)
    starts = _packed_dreaming.random_start(6000, advancing)
    lattices = [_packed_dreaming.grow(start, windows, advancing) for start in starts]
    for level in (0, 1):
        words = np.array([lattice[level] for lattice in lattices])
        spins = unpack_replicas(words).reshape(64 * len(words), -1)
        number = (spins > 0) @ (1 << np.arange(spins.shape[1]))
        exact = state_probabilities(windows[: level + 1])
        counts = np.bincount(number, minlength=exact.size)
        assert chi_square(counts, exact) > RIGHT
        wrong = state_probabilities([1.03 * window for window in windows[: level + 1]])
        assert chi_square(counts, wrong) < BROKEN
