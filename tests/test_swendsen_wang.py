"""The sampler's bookkeeping: one sweep against a slow twin, seeds, limits, guards."""

import itertools

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from inverse_rg import _clusters, swendsen_wang
from inverse_rg.autocorrelation import integrated_autocorrelation_time
from inverse_rg.ising import K_CRITICAL
from inverse_rg.spins import energy, magnetisation
from inverse_rg.swendsen_wang import default_thermalisation, sample_ising, sweep_series

MASK = 2**64 - 1


def words(state):
    """Yield xoshiro256++ words from a list of four ints, written out once more."""
    s = list(state)
    while True:
        total = (s[0] + s[3]) & MASK
        yield (((total << 23) | (total >> 41)) + s[0]) & MASK
        shifted = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = ((s[3] << 45) | (s[3] >> 19)) & MASK


@pytest.mark.parametrize(("size", "coupling"), [(2, 0.3), (3, 0.4), (8, K_CRITICAL), (9, 0.6)])
def test_one_sweep_against_a_slow_twin(size, coupling):
    rng = np.random.default_rng(size)
    area = size * size
    for _ in range(20):
        before = rng.choice(np.array([-1, 1], np.int8), area)
        state = rng.integers(2**64, size=4, dtype=np.uint64)
        stream = words(state.tolist())
        after = before.copy()
        threshold = _clusters.threshold(coupling)
        _clusters.sweep(after, np.empty(area, np.int32), size, threshold, state)

        bonds = []
        for y, x in itertools.product(range(size), repeat=2):
            word = next(stream)
            site = y * size + x
            right, down = y * size + (x + 1) % size, (y + 1) % size * size + x
            for other, bits in ((right, word & (2**32 - 1)), (down, word >> 32)):
                if before[site] == before[other] and bits < int(threshold):
                    bonds.append((site, other))
        a, b = np.array(bonds).reshape(-1, 2).T
        graph = coo_array((np.ones(len(a)), (a, b)), shape=(area, area))
        n, label = connected_components(graph, directed=False)
        _, first = np.unique(label, return_index=True)
        coins = [next(stream) for _ in range(-(-n // 64))]
        expected = np.empty(area, int)
        for number, site in enumerate(np.sort(first)):  # clusters in the order of their first site
            up = coins[number // 64] >> (number % 64) & 1
            expected[label == label[site]] = 1 if up else -1
        assert np.array_equal(after, expected)


def test_same_seed_same_configurations_on_any_number_of_workers():
    first = sample_ising(200, 6, rng=1, workers=1)
    for workers in (1, 2, 3, None):
        assert np.array_equal(first, sample_ising(200, 6, rng=1, workers=workers))
    assert not np.array_equal(first, sample_ising(200, 6, rng=2))
    assert first.dtype == np.int8
    assert first.shape == (200, 6, 6)
    assert set(np.unique(first)) == {-1, 1}


def test_same_seed_same_series_on_any_number_of_workers():
    first = sweep_series(6, n_sweeps=50, rng=1, chains=5, workers=1)
    for workers in (2, 3):
        again = sweep_series(6, n_sweeps=50, rng=1, chains=5, workers=workers)
        assert all(np.array_equal(first[name], again[name]) for name in first)
    assert len(np.unique(first["e"][:, -1])) > 1


def test_a_generator_moves_on():
    rng = np.random.default_rng(1)
    assert not np.array_equal(sample_ising(10, 8, rng=rng), sample_ising(10, 8, rng=rng))


def test_thermalisation_and_sweeps_are_sweeps_of_one_chain():
    close = sample_ising(64, 5, rng=3, sweeps=1, thermalisation=0)
    later = sample_ising(30, 5, rng=3, sweeps=2, thermalisation=4)
    assert np.array_equal(later, close[5::2])


def test_the_series_is_the_chain_that_the_sampler_walks():
    stream = np.random.SeedSequence(5).spawn(1)[0]  # the stream of block 0 and of chain 0
    spins = swendsen_wang._sample_block(40, 7, K_CRITICAL, 1, 3, stream)
    series = sweep_series(7, n_sweeps=40, rng=5, chains=1, thermalisation=3)
    m = magnetisation(spins) / 49
    assert np.allclose(series["|m|"][0], abs(m), rtol=1e-15)
    assert np.allclose(series["m^2"][0], m**2, rtol=1e-15)
    assert np.array_equal(series["e"][0], energy(spins) / 49)


def test_a_very_large_coupling_orders_and_flips_as_a_whole():
    spins = sample_ising(200, 8, rng=6, coupling=50.0)
    m = magnetisation(spins)
    assert set(np.abs(m)) == {64}
    assert 0 < (m > 0).mean() < 1


def test_the_threshold_is_exact_at_both_ends():
    assert _clusters.threshold(0.0) == 0
    assert _clusters.threshold(1e6) == 2**32
    expected = (1 - np.exp(-2 * K_CRITICAL)) * 2**32
    assert int(_clusters.threshold(K_CRITICAL)) == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("size", [4, 16, 32])
def test_default_thermalisation_is_twenty_autocorrelation_times(size):
    series = sweep_series(size, n_sweeps=2000, rng=7, chains=8)
    for name in ("|m|", "m^2", "e"):
        tau, error = integrated_autocorrelation_time(series[name])
        assert 20 * (tau - 4 * error) < default_thermalisation(size)
    assert default_thermalisation(64) == 140


def test_the_largest_size_is_accepted():
    assert sample_ising(1, 4096, rng=0, sweeps=1, thermalisation=0).shape == (1, 4096, 4096)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"n": 0}, ValueError, "n must be at least 1, got 0"),
        ({"n": 1.5}, TypeError, "n must be an integer"),
        ({"size": 1}, ValueError, "size must be at least 2 and at most 4096, got 1"),
        ({"size": 4097}, ValueError, "size must be at least 2 and at most 4096, got 4097"),
        ({"coupling": -0.1}, ValueError, "coupling must be at least 0, got -0.1"),
        ({"coupling": float("nan")}, ValueError, "coupling must be finite, got nan"),
        ({"coupling": "0.4"}, TypeError, "coupling must be a real number"),
        ({"sweeps": 0}, ValueError, "sweeps must be at least 1, got 0"),
        ({"thermalisation": -1}, ValueError, "thermalisation must be at least 0, got -1"),
        ({"workers": 0}, ValueError, "workers must be at least 1, got 0"),
        ({"rng": None}, TypeError, "rng must be an int seed"),
    ],
)
def test_guards_of_the_sampler(change, error, message):
    arguments = {"n": 10, "size": 4, "rng": 0} | change
    with pytest.raises(error, match=message):
        sample_ising(**arguments)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_sweeps": 0}, "n_sweeps must be at least 1, got 0"),
        ({"chains": 0}, "chains must be at least 1, got 0"),
        ({"size": 1}, "size must be at least 2"),
        ({"coupling": -1.0}, "coupling must be at least 0"),
        ({"rng": -1}, "rng must be a non-negative seed"),
    ],
)
def test_guards_of_the_series(change, message):
    arguments = {"size": 4, "n_sweeps": 10, "rng": 0} | change
    with pytest.raises(ValueError, match=message):
        sweep_series(**arguments)


def test_guards_of_the_default_thermalisation():
    with pytest.raises(ValueError, match="size must be at least 2"):
        default_thermalisation(1)
