"""Magnetisation and bond energy against sums written out, spin by spin."""

import numpy as np
import pytest

from inverse_rg import spins
from inverse_rg.spins import energy, magnetisation


def random_spins(n, size, seed=0):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (n, size, size))


def slow_energy(configuration):
    size = len(configuration)
    return sum(
        int(configuration[y, x])
        * (int(configuration[y, (x + 1) % size]) + int(configuration[(y + 1) % size, x]))
        for y in range(size)
        for x in range(size)
    )


@pytest.mark.parametrize("size", [1, 2, 3, 4, 8, 13])
def test_against_sums_written_out(size):
    lattices = random_spins(20, size, seed=size)
    assert magnetisation(lattices).tolist() == [int(s.sum(dtype=int)) for s in lattices]
    assert energy(lattices).tolist() == [slow_energy(s) for s in lattices]
    assert magnetisation(lattices).dtype == energy(lattices).dtype == np.int64


def test_order_chequerboard_and_doubled_bonds():
    up = np.ones((1, 6, 6), np.int8)
    chequerboard = (-1) ** np.add.outer(np.arange(6), np.arange(6))[None]
    assert (magnetisation(up), energy(up)) == (36, 72)
    assert (magnetisation(chequerboard), energy(chequerboard)) == (0, -72)
    # At L = 2 each pair of neighbours is joined twice: one flipped spin breaks all 4 + 4 bonds.
    assert energy([[[1, 1], [1, 1]], [[-1, 1], [1, 1]]]).tolist() == [8, 0]


def test_slices_do_not_change_the_sums(monkeypatch):
    lattices = random_spins(50, 6)
    whole = magnetisation(lattices), energy(lattices)
    monkeypatch.setattr(spins, "_SLICE", 7 * 36)
    assert np.array_equal(whole[0], magnetisation(lattices))
    assert np.array_equal(whole[1], energy(lattices))


@pytest.mark.parametrize("function", [magnetisation, energy])
def test_bad_spins_are_refused(function):
    with pytest.raises(ValueError, match=r"spins must have shape \(n, L, L\)"):
        function(np.ones((4, 4), np.int8))
    with pytest.raises(ValueError, match=r"spins must hold only \+1 and -1, got"):
        function(np.zeros((1, 4, 4), np.int8))
    with pytest.raises(TypeError, match="spins must hold the numbers"):
        function(np.ones((1, 4, 4), bool))
