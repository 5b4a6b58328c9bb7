"""Correlation functions against NumPy, against each other and against exact answers."""

import math

import numpy as np
import pytest
import torch
import xarray as xr

from inverse_rg import correlations
from inverse_rg._bits import pack_sites
from inverse_rg._packed_correlations import correlation_sums
from inverse_rg._packed_observables import site_magnetisation_energy
from inverse_rg.ensembles import Dream, Ising
from inverse_rg.ising import K_CRITICAL, boltzmann_weights, enumerate_states
from inverse_rg.kernels import Kernel
from inverse_rg.measurement import measure

K3 = Kernel(3, (0.36, 0.15, 0.14))
SIZES = [1, 2, 3, 4, 5, 8, 31, 32, 33, 63, 64, 65, 70, 96, 128, 130, 200]
SIGMAS = 4


def random_spins(n, size, seed=1):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (n, size, size))


def plain_sums(spins, radii):
    spins = spins.astype(np.int64)
    pairs = [spins * (np.roll(spins, -r, 1) + np.roll(spins, -r, 2)) for r in radii]
    return np.stack([pair.sum(axis=(1, 2)) for pair in pairs], axis=1)


def power_law(size, exponent, groups=4):
    """A measurement without noise whose G is r^-exponent."""
    r = np.arange(size // 2 + 1)
    sums = np.tile(2.0 * size**2 * np.maximum(r, 1.0) ** -exponent, (groups, 1))
    variables = {"G": ("r", sums[0] / (2 * size**2)), "sums": (("group", "r"), sums)}
    variables["count"] = ("group", np.ones(groups, np.int64))
    return xr.Dataset(variables, {"r": r}, {"size": size})


@pytest.mark.parametrize("size", SIZES)
def test_sums_equal_numpy(size):
    spins = random_spins(3, size)
    expected = plain_sums(spins, range(size // 2 + 1))
    assert np.array_equal(correlation_sums(pack_sites(spins)), expected)
    values = correlations.correlation(spins)
    assert values.dtype == np.float64
    assert np.array_equal(values, expected / (2 * size**2))


def test_chosen_distances_and_the_energy():
    rows = pack_sites(random_spins(2, 96))
    radii = np.array([0, 1, 64, 95, 96])
    sums = correlation_sums(rows, radii)
    assert (sums[:, [0, 4]] == 2 * 96**2).all()
    assert np.array_equal(sums[:, 1], site_magnetisation_energy(rows)[1])
    assert np.array_equal(sums[:, 1], sums[:, 3])


def test_a_checkerboard():
    spins = np.where(np.indices((6, 6)).sum(axis=0) % 2, 1, -1)
    assert correlations.correlation(spins[None]).tolist() == [[1, -1, 1, -1]]


def test_measured_at_one_step_is_the_energy():
    dataset = correlations.measure_correlation(Ising(16), 256, rng=3)
    assert 2 * float(dataset["G"][1]) == pytest.approx(
        float(measure(Ising(16), 256, rng=3)["e"].item()), rel=1e-13
    )
    assert dataset.attrs["size"] == 16
    assert dataset.attrs["seed"] == "3"
    assert (dataset["G"][0], dataset["G_error"][0]) == (1, 0)


@pytest.mark.parametrize(
    "ensemble",
    [Ising(8), Ising(12), Dream(K3, 16), Dream(K3, 8, Ising(2)), Dream(K3, 8, Dream(K3, 2))],
    ids=["packed", "plain", "dream", "from Monte Carlo", "from a dream"],
)
def test_workers_do_not_change_a_measurement(ensemble):
    one, three = (
        correlations.measure_correlation(ensemble, 200, rng=7, workers=workers)
        for workers in (1, 3)
    )
    assert one.identical(three)
    assert one["count"].values.tolist() == [64, 64, 64, 8]
    assert (one["sums"][:, 0] == 2 * ensemble.size**2 * one["count"]).all()
    other = correlations.measure_correlation(ensemble, 200, rng=8)
    assert not np.array_equal(one["sums"], other["sums"])


def test_given_starts_and_no_levels():
    start = random_spins(130, 4)
    dataset = correlations.measure_correlation(Dream(K3, 4, start), 130, rng=1)
    expected = plain_sums(start, range(3))
    assert np.array_equal(dataset["sums"][0], expected[:64].sum(axis=0))
    assert np.array_equal(dataset["sums"].sum("group"), expected.sum(axis=0))


class Frozen(torch.nn.Module):
    """A field that copies the coarse spin."""

    def forward(self, coarse):
        return 50.0 * coarse.repeat_interleave(2, 1).repeat_interleave(2, 2)


@pytest.mark.parametrize(
    "kernel", [Frozen(), Kernel(1, (50.0,))], ids=["torch", "fields too large to pack"]
)
def test_what_cannot_be_packed(kernel):
    dataset = correlations.measure_correlation(Dream(kernel, 4), 128, rng=1)
    assert (dataset["G"] == 1).all()


@pytest.mark.parametrize("coupling", [0.2, K_CRITICAL])
def test_small_torus_against_enumeration(coupling):
    states = enumerate_states(4)
    exact = boltzmann_weights(states, coupling) @ correlations.correlation(states)
    dataset = correlations.measure_correlation(Ising(4, coupling), 8192, rng=11)
    distance = np.abs(dataset["G"] - exact)[1:] / dataset["G_error"][1:]
    assert distance.max() < SIGMAS


def test_amplitude_and_plane():
    assert correlations.AMPLITUDE == pytest.approx(0.70338016, abs=5e-9)
    # McCoy and Wu: 0.6450024485 N^(-1/4) for N steps along the diagonal.
    diagonal = correlations.plane_correlation(math.sqrt(2) * np.arange(1, 4))
    assert diagonal == pytest.approx(0.6450024485 * np.arange(1, 4) ** -0.25, rel=1e-9)


def test_torus_is_periodic_and_becomes_the_plane():
    r = np.arange(1, 64)
    values = correlations.torus_correlation(r, 64)
    assert values == pytest.approx(values[::-1], rel=1e-12)
    assert (np.diff(values[:32]) < 0).all()
    near = correlations.torus_correlation(8, 1 << 30)
    assert near == pytest.approx(correlations.plane_correlation(8), rel=1e-6)
    # At a fixed r / L everything scales with the power 1/4.
    doubled = correlations.torus_correlation(2 * r, 128)
    assert doubled == pytest.approx(2**-0.25 * values, rel=1e-12)


def test_torus_is_a_sum_over_theta_functions():
    """The thetas as products, an independent formula (Whittaker and Watson, section 21.3)."""

    def thetas(z):
        q = math.exp(-math.pi)
        even, odd = (np.array([q ** (2 * n - shift) for n in range(1, 9)]) for shift in (0, 1))
        common = np.prod(1 - even)
        two = np.cos(2 * np.pi * z)
        return common * np.array(
            [
                2 * q**0.25 * np.sin(np.pi * z) * np.prod(1 - 2 * even * two + even**2),
                2 * q**0.25 * np.cos(np.pi * z) * np.prod(1 + 2 * even * two + even**2),
                np.prod(1 + 2 * odd * two + odd**2),
                np.prod(1 - 2 * odd * two + odd**2),
            ]
        )

    step = 1e-6
    slope = thetas(step)[0] / step
    for z in (0.1, 0.25, 0.5, 0.7):
        expected = (slope / thetas(z)[0]) ** 0.25 * thetas(z / 2).sum() / thetas(0).sum()
        value = correlations.torus_correlation(1000 * z, 1000) * 1000**0.25
        assert value == pytest.approx(correlations.AMPLITUDE * expected, rel=1e-9)


@pytest.mark.parametrize("exponent", [0.1, 0.25])
def test_eta_of_a_power_law(exponent):
    large, small = power_law(64, exponent), power_law(16, exponent)
    for parts in (2, 4):
        value, error = correlations.eta_from_sizes(large, small, parts=parts)
        assert value == pytest.approx(exponent)
        assert error == pytest.approx(0, abs=1e-12)
    value, error = correlations.eta_from_window(large, 2, 20, shape="plane")
    assert value == pytest.approx(exponent)
    assert error == pytest.approx(0, abs=1e-12)


def test_eta_of_the_exact_torus():
    dataset = power_law(64, 0.25)
    r = np.arange(1, 33)
    dataset["sums"][:, 1:] = 2 * 64**2 * correlations.torus_correlation(r, 64)
    dataset["G"][1:] = correlations.torus_correlation(r, 64)
    assert correlations.eta_from_window(dataset, 2, 32).value == pytest.approx(0.25)


def test_guards():
    dataset, function = power_law(16, 0.25), correlations.measure_correlation
    with pytest.raises(ValueError, match="n must be at least 128"):
        function(Ising(8), 127, rng=1)
    with pytest.raises(TypeError, match="ensemble must be Ising or Dream, got str"):
        function("Ising(8)", 128, rng=1)
    with pytest.raises(TypeError, match="rng must be"):
        function(Ising(8), 128, rng=None)
    with pytest.raises(ValueError, match="spins must hold only"):
        correlations.correlation(np.zeros((1, 2, 2)))
    with pytest.raises(ValueError, match="r must be positive, got 0"):
        correlations.plane_correlation([1, 0])
    with pytest.raises(ValueError, match="r must be positive"):
        correlations.torus_correlation(-1, 8)
    with pytest.raises(ValueError, match="r must be below size = 8"):
        correlations.torus_correlation(8, 8)
    with pytest.raises(ValueError, match="parts must divide the size of small, 8"):
        correlations.eta_from_sizes(power_law(12, 0.25), power_law(8, 0.25), parts=3)
    with pytest.raises(ValueError, match="parts must be at least 2"):
        correlations.eta_from_sizes(dataset, dataset, parts=1)
    with pytest.raises(ValueError, match="must differ in size, got 16 twice"):
        correlations.eta_from_sizes(dataset, dataset)
    with pytest.raises(ValueError, match="shape must be one of 'torus', 'plane'"):
        correlations.eta_from_window(dataset, 1, 4, shape="sphere")
    with pytest.raises(ValueError, match="nearest must be at least 1"):
        correlations.eta_from_window(dataset, 0, 4)
    with pytest.raises(ValueError, match="farthest must be at least 5 and at most 8"):
        correlations.eta_from_window(dataset, 4, 4)
    dataset["G"][8] = -0.01
    with pytest.raises(ValueError, match="farthest must be where G is positive, got 8"):
        correlations.eta_from_window(dataset, 4, 8)
