"""Packed dreaming: shapes, streams and guards; its draws are tested in tests/exact."""

import numpy as np
import pytest

from inverse_rg._packed_dreaming import dream_sums, grow, random_start
from inverse_rg._packed_observables import magnetisation_energy
from inverse_rg._packed_upscaling import LARGEST_FIELD

K3 = np.array([[0.80, 0.29], [0.29, 0.14]])


def state(seed=1):
    return np.random.SeedSequence(seed).generate_state(4, np.uint64)


def padded(window, width):
    wide = np.zeros((width, width))
    wide[: len(window), : len(window)] = window
    return wide


def test_levels_and_types():
    start = np.zeros((3, 3), np.uint64)
    lattices = grow(start, [K3] * 3, state())
    assert [lattice.shape for lattice in lattices] == [(6, 6), (12, 12), (24, 24)]
    assert all(lattice.dtype == np.uint64 for lattice in lattices)
    assert grow(start, [], state()) == []


def test_same_state_same_result_and_the_state_advances():
    start = random_start(1, state())[0]
    advancing = state()
    first = grow(start, [K3] * 4, advancing)[-1]
    assert np.array_equal(first, grow(start, [K3] * 4, state())[-1])
    assert not np.array_equal(first, grow(start, [K3] * 4, advancing)[-1])


def test_start_is_not_changed_and_may_be_read_only():
    start = random_start(1, state())[0]
    before = start.copy()
    start.flags.writeable = False
    grow(start, [K3], state())
    assert np.array_equal(start, before)


@pytest.mark.parametrize("width", [3, 4])
def test_zeros_around_a_window_change_nothing(width):
    start = random_start(1, state())[0]
    narrow = grow(start, [K3] * 5, state())[-1]
    assert np.array_equal(narrow, grow(start, [padded(K3, width)] * 5, state())[-1])
    assert np.array_equal(narrow, grow(start, [K3] * 4 + [padded(K3, width)], state())[-1])


def test_strong_fields_copy_the_coarse_spin():
    start = np.random.default_rng(1).integers(2**64, size=(4, 4), dtype=np.uint64)
    fine = grow(start, [np.array([[LARGEST_FIELD]])], state())[0]
    assert np.array_equal(fine, np.repeat(np.repeat(start, 2, axis=0), 2, axis=1))


@pytest.mark.parametrize("size", [1, 3, 8])
def test_sums_are_those_of_the_grown_lattices(size):
    starts = np.random.default_rng(2).integers(2**64, size=(1, size, size), dtype=np.uint64)
    magnetisation, energy = dream_sums(starts, [K3] * 3, state())
    lattices = [starts[0], *grow(starts[0], [K3] * 3, state())]
    assert magnetisation.shape == energy.shape == (4, 64)
    assert magnetisation.dtype == energy.dtype == np.int32
    for level, lattice in enumerate(lattices):
        expected = magnetisation_energy(lattice)
        assert np.array_equal(magnetisation[level], expected[0])
        assert np.array_equal(energy[level], expected[1])


def test_every_word_has_its_own_draws():
    starts = np.zeros((3, 1, 1), np.uint64)
    magnetisation, _ = dream_sums(starts, [K3] * 4, state())
    words = magnetisation[-1].reshape(3, 64)
    assert len(np.unique(words, axis=0)) == 3
    assert np.array_equal(magnetisation[0], -np.ones(192))


def test_random_start_is_fair():
    words = random_start(4000, state())
    assert words.shape == (4000, 1, 1)
    mean = np.bitwise_count(words).mean() / 64
    assert abs(mean - 0.5) < 4 * 0.5 / np.sqrt(words.size * 64)


@pytest.mark.parametrize("window", [np.zeros((2, 3)), np.zeros(4), np.zeros((0, 0))])
def test_windows_are_square(window):
    with pytest.raises(ValueError, match=r"windows must have shape \(n, n\)"):
        grow(np.zeros((1, 1), np.uint64), [window], state())


@pytest.mark.parametrize("value", [LARGEST_FIELD + 0.1, np.nan, -np.inf])
def test_windows_fit_the_range_of_float32(value):
    with pytest.raises(ValueError, match="windows must have magnitudes that sum to at most"):
        grow(np.zeros((1, 1), np.uint64), [K3, np.array([[value]])], state())
