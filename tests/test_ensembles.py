import dataclasses

import numpy as np
import pytest

from inverse_rg.dreaming import dream
from inverse_rg.ensembles import Dream, Ising, paper_dream
from inverse_rg.ising import K_CRITICAL
from inverse_rg.kernels import Kernel
from inverse_rg.models import SingleLayer
from inverse_rg.swendsen_wang import sample_ising

K3 = Kernel(3, (0.36, 0.15, 0.14))
K5 = Kernel(5, (0.34, 0.17, 0.14, -0.04, 0.03, -0.035))
K7 = Kernel(7, (0.3,) * 10)


def random_start(n: int, side: int) -> np.ndarray:
    return 2 * np.random.default_rng(side).integers(0, 2, (n, side, side), dtype=np.int8) - 1


STARTS = {
    "spin": None,
    "ising": Ising(8),
    "dream": Dream(K3, 2),
    "dream of ising": Dream(K5, 8, start=Ising(4)),
    "array": random_start(100, 4),
}


def test_ising_is_a_small_frozen_value():
    ensemble = Ising(8)
    assert (ensemble.size, ensemble.coupling, ensemble.sweeps) == (8, K_CRITICAL, 5)
    assert ensemble == Ising(8, K_CRITICAL, sweeps=5) != Ising(8, 0.4)
    assert hash(ensemble) == hash(Ising(8))
    assert eval(repr(ensemble)) == ensemble
    with pytest.raises(dataclasses.FrozenInstanceError):
        ensemble.size = 4


def test_dream_is_a_small_frozen_value():
    ensemble = Dream(K3, 8)
    assert ensemble == Dream(K3, 8) != Dream(K3, 16)
    assert hash(ensemble) == hash(Dream(K3, 8))
    assert Dream(K5, 8, start=Dream(K3, 2)) != Dream(K5, 8)
    with pytest.raises(dataclasses.FrozenInstanceError):
        ensemble.size = 4


def test_dreams_from_arrays_can_be_compared():
    start = random_start(10, 4)
    assert Dream(K3, 8, start=start) == Dream(K3, 8, start=start.copy())
    assert Dream(K3, 8, start=start) != Dream(K3, 8, start=-start)
    assert Dream(K3, 8, start=start) != Dream(K3, 8)


def test_sizes():
    assert Ising(12).sizes == (12,)
    assert Dream(K3, 2).sizes == (2,)
    assert Dream(K3, 16).sizes == (2, 4, 8, 16)
    assert Dream(K3, 32, start=Ising(8)).sizes == (8, 16, 32)
    assert Dream(K5, 16, start=Dream(K3, 2)).sizes == (2, 4, 8, 16)
    assert Dream(K3, 12, start=random_start(3, 3)).sizes == (3, 6, 12)
    assert Dream(K3, 4, start=random_start(3, 1)).sizes == (2, 4)
    assert Dream(K3, 8, start=Ising(8)).sizes == (8,)


def test_labels():
    assert Ising(8).label == "Monte Carlo"
    assert "0.4" in Ising(8, 0.4).label
    assert Dream(K5, 8).label == "k=5"
    assert Dream(SingleLayer(K5), 8).label == "k=5"


def test_ising_samples_are_those_of_swendsen_wang():
    expected = sample_ising(100, 8, rng=3, coupling=0.4, sweeps=2)
    np.testing.assert_array_equal(Ising(8, 0.4, 2).sample(100, rng=3), expected)


@pytest.mark.parametrize("kernel", [K3, SingleLayer(K3)], ids=["numba", "torch"])
def test_dream_samples_are_those_of_dream(kernel):
    expected = dream(kernel, 100, 8, rng=3)
    np.testing.assert_array_equal(Dream(kernel, 8).sample(100, rng=3), expected)
    start = random_start(100, 4)
    expected = dream(kernel, 100, 8, rng=3, start=start)
    np.testing.assert_array_equal(Dream(kernel, 8, start=start).sample(100, rng=3), expected)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("kernel", [K3, SingleLayer(K3)], ids=["numba", "torch"])
def test_samples(kernel, start):
    ensemble = Dream(kernel, 16, start=STARTS[start])
    spins = ensemble.sample(100, rng=4)
    assert spins.shape == (100, 16, 16)
    assert spins.dtype == np.int8
    assert set(np.unique(spins)) == {-1, 1}
    np.testing.assert_array_equal(spins, ensemble.sample(100, rng=4))
    assert not np.array_equal(spins, ensemble.sample(100, rng=5))
    generator = np.random.default_rng(4)
    first, second = (ensemble.sample(100, rng=generator) for _ in range(2))
    assert not np.array_equal(first, second)


def test_levels_come_from_the_start():
    # A kernel that repeats its coarse spins: what was drawn before shows below.
    own = Kernel(1, (30.0,))
    for start in (Ising(4), Dream(K3, 4)):
        spins = Dream(own, 8, start=start).sample(200, rng=4)
        coarse = spins[:, ::2, ::2]
        np.testing.assert_array_equal(spins, coarse.repeat(2, 1).repeat(2, 2))
        assert len(np.unique(coarse.reshape(200, -1), axis=0)) > 50


def test_the_callers_array_stays_as_it_was():
    start = random_start(10, 4)
    ensemble = Dream(K3, 4, start=start)
    assert start.flags.writeable
    before = start.copy()
    start *= -1  # a frozen value does not follow
    np.testing.assert_array_equal(ensemble.sample(10, rng=1), before)


def test_dreams_of_table_ii():
    assert paper_dream(K3, first=K3) == Dream(K3, 128)
    assert paper_dream(K5, first=K3) == Dream(K5, 128, start=Dream(K3, 2))
    assert paper_dream(K7, first=K3, size=64) == Dream(K7, 64, start=Dream(K3, 4))
    assert paper_dream(K7, first=K3, size=64).sizes == (2, 4, 8, 16, 32, 64)


@pytest.mark.parametrize("size", [0, 1, 4097])
def test_ising_size_has_bounds(size):
    with pytest.raises(ValueError, match=f"size must be at least 2 and at most 4096, got {size}"):
        Ising(size)


def test_ising_arguments():
    with pytest.raises(TypeError, match=r"size must be an integer, got 8\.0"):
        Ising(8.0)
    with pytest.raises(ValueError, match=r"coupling must be at least 0, got -0\.1"):
        Ising(8, -0.1)
    with pytest.raises(ValueError, match="coupling must be finite, got nan"):
        Ising(8, np.nan)
    with pytest.raises(ValueError, match="sweeps must be at least 1, got 0"):
        Ising(8, sweeps=0)


@pytest.mark.parametrize("size", [0, 3, 12, -8])
def test_dream_size(size):
    with pytest.raises(ValueError, match=f"size must be .*got {size}"):
        Dream(K3, size)


@pytest.mark.parametrize("start", [Ising(8), Dream(K3, 8), random_start(3, 8)])
def test_dream_size_is_the_starts_times_a_power_of_two(start):
    for size in (4, 12, 24):
        with pytest.raises(ValueError, match=rf"\(8, 16, 32, 64, \.\.\.\), got {size}"):
            Dream(K3, size, start=start)


@pytest.mark.parametrize("start", [np.zeros((2, 4, 4)), np.full((2, 4, 4), 2)])
def test_dream_start_holds_spins(start):
    with pytest.raises(ValueError, match=r"start must hold only \+1 and -1"):
        Dream(K3, 8, start=start)


def test_dream_start_is_an_ensemble_or_an_array():
    with pytest.raises(ValueError, match=r"start must have shape \(n, L, L\)"):
        Dream(K3, 8, start=8)
    with pytest.raises((TypeError, ValueError), match="start must"):
        Dream(K3, 8, start="ising")


@pytest.mark.parametrize("kernel", [None, "k3", np.ones((3, 3))])
def test_dream_wants_a_kernel(kernel):
    with pytest.raises(
        TypeError, match="kernel must be a Kernel, a ConditionalUpscaler or a torch module, got"
    ):
        Dream(kernel, 8)


def test_as_many_samples_as_starts():
    with pytest.raises(ValueError, match="start must hold n = 4 configurations, got 3"):
        Dream(K3, 8, start=random_start(3, 4)).sample(4, rng=1)


@pytest.mark.parametrize("ensemble", [Ising(4), Dream(K3, 4), Dream(K3, 8, start=Ising(4))])
def test_sample_guards(ensemble):
    with pytest.raises(ValueError, match="n must be at least 1, got 0"):
        ensemble.sample(0, rng=1)
    with pytest.raises(TypeError, match="rng must be an int seed"):
        ensemble.sample(2, rng=None)
    with pytest.raises(TypeError, match="rng"):
        ensemble.sample(2)
