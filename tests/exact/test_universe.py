"""A universe is distributed as a dream: enumeration, fields by their definition, and moments.

`first_levels` draws up to side 64; beyond, `upscale_band` draws rows whose columns are split into
64 strips. Both are compared with Eq. (9) written out here, and so are deliberately wrong twins.
"""

import functools

import numpy as np
import pytest
from scipy.stats import chi2

from inverse_rg import _files, _packed_universe, _random, _universe_growth, universe
from inverse_rg._packed_upscaling import factor_tables
from inverse_rg.ensembles import Dream
from inverse_rg.ising import enumerate_states
from inverse_rg.kernels import Kernel, window_steps
from inverse_rg.measurement import measure

RIGHT = 1e-4
BROKEN = 1e-6
SIGMAS = 4
KERNELS = {
    3: Kernel(3, (0.36, 0.15, 0.14)),
    5: Kernel(5, (0.34, 0.17, 0.14, -0.04, 0.03, -0.035)),
    7: Kernel(7, (0.34, 0.17, 0.14, -0.04, 0.03, -0.03, 0.012, -0.006, 0.009, -0.011)),
    "alone": Kernel(1, (0.9,)),
}


def conditional(matrix, coarse):
    """Probabilities of all fine configurations, by the k x k convolution on repeated spins."""
    fine = np.kron(coarse, np.ones((2, 2)))
    side, reach = len(fine), len(matrix) // 2
    h = np.zeros((side, side))
    for y, x in np.ndindex(side, side):
        for dy, dx in np.ndindex(matrix.shape):
            h[y, x] += matrix[dy, dx] * fine[(y + dy - reach) % side, (x + dx - reach) % side]
    states = enumerate_states(side).astype(float)
    return np.exp((states * h - np.log(2 * np.cosh(h))).sum(axis=(1, 2)))


@functools.cache
def exact(size):
    """Probabilities of all configurations at L = 2 and L = 4, from one random spin."""
    matrix = KERNELS[size].matrix
    two = np.mean([conditional(matrix, np.full((1, 1), spin)) for spin in (1, -1)], axis=0)
    return two, two @ np.array([conditional(matrix, coarse) for coarse in enumerate_states(2)])


@functools.cache
def counts(size, seeds=4000):
    """Counts of all configurations at L = 2 and L = 4 over many universes, one seed each."""
    shapes = np.zeros(16, np.int64), np.zeros(1 << 16, np.int64)
    for seed in range(seeds):
        root = _random.seed_sequence(seed)
        for count, rows in zip(
            shapes, _universe_growth.first_levels(KERNELS[size], 3, root)[1:], strict=True
        ):
            side = len(rows)
            count[
                int((rows[:, 0] << np.arange(side, dtype=np.uint64) * np.uint64(side)).sum())
            ] += 1
    return shapes


@pytest.mark.parametrize("size", [3, 7])
def test_first_levels_against_enumeration(size, chi_square):
    for observed, probabilities in zip(counts(size), exact(size), strict=True):
        assert chi_square(observed, probabilities) > RIGHT


def test_a_kernel_without_neighbours_is_found_by_enumeration(chi_square):
    assert chi_square(counts(3)[1], exact("alone")[1]) < BROKEN


def fields(coarse, window):
    """Fields of the fine spins, (2 B, 2 L), below the B rows that have all neighbours."""
    width = len(window)
    reach, steps = width // 2, window_steps(width)
    rows = len(coarse) - 2 * reach
    h = np.zeros((2 * rows, 2 * coarse.shape[1]))
    for y, x in np.ndindex(2, 2):
        for p, q in np.ndindex(width, width):
            first = reach + (2 * y - 1) * steps[p]
            moved = np.roll(coarse[first : first + rows], -(2 * x - 1) * steps[q], axis=1)
            h[y::2, x::2] += window[p, q] * moved
    return h


def draw(kernel, strips, seed, band=64):
    """Random coarse rows with their neighbours, and the fine rows that are drawn, as +-1."""
    table = factor_tables([kernel.window])[0]
    rng = np.random.default_rng(seed)
    rows = rng.integers(2**64, size=(band + 2 * (len(table) // 2), strips), dtype=np.uint64)
    state = _random.state_words(_random.seed_sequence(seed))
    fine = _packed_universe.upscale_band(rows, table, state)
    return tuple(
        2 * np.unpackbits(np.ascontiguousarray(part).view(np.uint8), axis=1, bitorder="little")
        - 1.0
        for part in (rows, fine)
    )


def field_test(fine, h, where=slice(None)):
    """Return p of the counts of up spins in 32 classes of almost equal fields."""
    h, up = h[:, where].ravel(), fine[:, where].ravel() > 0
    probability = 1 / (1 + np.exp(-2 * h))
    edges = np.unique(np.quantile(h, np.linspace(0, 1, 33)[1:-1]))
    place = np.digitize(h, edges)
    excess = np.bincount(place, up - probability)
    variance = np.bincount(place, probability * (1 - probability))
    kept = variance > 0
    return chi2.sf((excess[kept] ** 2 / variance[kept]).sum(), kept.sum())


def seam(strips, columns, distance=4):
    """Fine columns within `distance` of the border of two strips."""
    x = np.arange(columns) % (2 * strips)
    return (x < distance) | (x >= 2 * strips - distance)


@pytest.mark.parametrize("strips", [1, 3, 64])
@pytest.mark.parametrize("size", [3, 5, 7])
def test_rows_are_drawn_from_their_fields(size, strips):
    coarse, fine = draw(KERNELS[size], strips, seed=10 * size + strips)
    h = fields(coarse, KERNELS[size].window)
    assert field_test(fine, h) > RIGHT
    assert field_test(fine, h, seam(strips, h.shape[1])) > RIGHT
    # What is left of the spins beyond their fields is independent of all other spins.
    rest = (fine - np.tanh(h)) * np.cosh(h)
    for dy, dx in ((0, 1), (1, 0), (1, 1), (0, 2 * strips), (0, 32 * strips), (2, 0)):
        products = rest[dy:] * np.roll(rest, dx, axis=1)[: len(rest) - dy]
        assert abs(products.mean()) < SIGMAS * products.std() / np.sqrt(products.size)


@pytest.mark.parametrize("size", [3, 7])
def test_wrong_neighbours_are_found(size):
    strips = 64
    coarse, fine = draw(KERNELS[size], strips, seed=1)
    window = KERNELS[size].window
    # A strip that wraps around itself instead of going on in the next one.
    alone = np.hstack([fields(part, window) for part in np.split(coarse, 64, axis=1)])
    assert field_test(fine, alone, seam(strips, alone.shape[1])) < BROKEN
    assert field_test(fine, np.roll(fields(coarse, window), 1, axis=0)) < BROKEN
    assert field_test(fine, fields(np.roll(coarse, 1, axis=0), window)) < BROKEN


def test_the_file_holds_bands_that_fit_together(tmp_path):
    """Fields of a whole level, computed from the level below in the file, borders included."""
    grown = universe.grow(KERNELS[7], 512, tmp_path / "a.universe", rng=3)
    for level in (7, 8, 9):
        coarse, fine = (grown.coarse(number).astype(float) for number in (level - 1, level))
        reach = len(KERNELS[7].window) // 2
        around = np.pad(coarse, ((reach, reach), (0, 0)), mode="wrap")
        h = fields(around, KERNELS[7].window)
        assert field_test(fine, h) > RIGHT
        borders = seam(64, len(fine))  # a band has 128 fine rows
        assert field_test(fine.T, h.T, borders) > RIGHT


def test_moments_are_those_of_dreams(tmp_path, monkeypatch):
    monkeypatch.setattr(_files, "_flush", lambda path: None)  # 200 files need not reach the disk
    universes = 200
    values = np.empty((2, universes, 4))
    for seed in range(universes):
        grown = universe.grow(KERNELS[3], 128, tmp_path / "a.universe", rng=seed)
        for row, level in enumerate((6, 7)):
            area = 4.0**level
            m, e = grown.magnetisation(level) / area, grown.energy(level) / area
            values[row, seed] = m**2, m**4, e, e**2
    dreams = measure(Dream(KERNELS[3], 128), 20_000, rng=1)
    for row, size in enumerate((64, 128)):
        sums = dreams["moments"].sel(size=size)
        group = (sums / dreams["count"]).sel(moment=["m^2", "m^4", "e", "e^2"]).values
        mean = values[row].mean(axis=0) - group.mean(axis=0)
        variance = values[row].var(axis=0) / universes + group.var(axis=0) / len(group)
        assert (np.abs(mean) < SIGMAS * np.sqrt(variance)).all()
