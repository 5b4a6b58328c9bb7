"""Sums over packed lattices equal the sums over dense ones."""

import numpy as np
import pytest

from inverse_rg._bits import pack_replicas, pack_sites
from inverse_rg._packed_observables import magnetisation_energy, site_magnetisation_energy


def plain_sums(spins):
    spins = spins.astype(np.int64)
    neighbours = np.roll(spins, -1, axis=1) + np.roll(spins, -1, axis=2)
    return spins.sum(axis=(1, 2)), (spins * neighbours).sum(axis=(1, 2))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 8, 16, 31, 32, 33, 64, 65, 70, 96, 128, 200])
@pytest.mark.parametrize("up", [0.0, 0.5, 0.9, 1.0])
def test_equal_to_dense_sums(size, up):
    rng = np.random.default_rng(size)
    spins = np.where(rng.random((64, size, size)) < up, 1, -1).astype(np.int8)
    magnetisation, energy = plain_sums(spins)
    for result in (
        magnetisation_energy(pack_replicas(spins)[0]),
        site_magnetisation_energy(pack_sites(spins)),
    ):
        assert result[0].dtype == result[1].dtype == np.int32
        assert np.array_equal(result[0], magnetisation)
        assert np.array_equal(result[1], energy)


def test_replicas_do_not_mix():
    spins = -np.ones((64, 8, 8), np.int8)
    for replica in range(64):
        spins[replica].flat[:replica] = 1
    magnetisation, _ = magnetisation_energy(pack_replicas(spins)[0])
    assert magnetisation.tolist() == [2 * replica - 64 for replica in range(64)]


def test_bonds_of_the_smallest_tori_count_twice():
    assert magnetisation_energy(np.zeros((2, 2), np.uint64))[1].tolist() == [8] * 64
    assert magnetisation_energy(np.zeros((1, 1), np.uint64))[1].tolist() == [2] * 64
