"""Kaufman's torus against enumeration and 110 digits; enumeration; the constants."""

import math
import time

import numpy as np
import pytest

from inverse_rg import _kaufman, ising
from inverse_rg.ising import (
    K_CRITICAL,
    boltzmann_weights,
    enumerate_states,
    exact_energy,
    exact_heat_capacity,
)

# (L, K, e, c): Kaufman's ln Z as printed in the paper of 1949, in mpmath with 110 digits, and its
# central differences of step 1e-20 K: nothing in common with the derivatives under test.
REFERENCE = [
    (2, 0.3, 1.2776120050802058, 3.8613530619546483),
    (5, 0.001, 0.0020000033353376515, 2.0000100080216416),
    (5, 2.0, 1.999999098811657, 7.21313818043922e-06),
    (7, 1e-12, 2e-12, 2.0),
    (8, K_CRITICAL, 1.4915891074397065, 5.898715918002169),
    (12, 0.4, 1.1600898911367385, 7.048518367584632),
    (32, K_CRITICAL, 1.4336584661462484, 9.509379350142519),
    (33, 0.45, 1.513737325223674, 7.67347547952911),
    (64, 3.0, 1.9999999996979836, 2.4161529122379646e-09),
    (128, K_CRITICAL, 1.4190762720849854, 13.060082358649419),
    (512, 0.4, 1.106079203745791, 5.385614730192274),
    (512, K_CRITICAL, 1.4154292629050036, 16.59540405363616),
    (512, 1.2, 1.9994444531137794, 0.004500640154160613),
]


@pytest.mark.parametrize(("size", "coupling", "energy", "heat_capacity"), REFERENCE)
def test_against_many_digits(size, coupling, energy, heat_capacity):
    assert exact_energy(size, coupling) == pytest.approx(energy, rel=1e-11, abs=0)
    assert exact_heat_capacity(size, coupling) == pytest.approx(heat_capacity, rel=1e-9, abs=0)


def sums_over_states(size, coupling):
    states = enumerate_states(size).astype(int)
    bonds = (states * (np.roll(states, -1, 1) + np.roll(states, -1, 2))).sum(axis=(1, 2))
    weights = np.exp(coupling * bonds)
    weights /= weights.sum()
    mean = weights @ bonds
    return mean / size**2, weights @ (bonds - mean) ** 2 / size**2


@pytest.mark.parametrize("coupling", [0.05, 0.2, 0.4, 0.44, K_CRITICAL, 0.4407, 0.5, 0.8, 1.2])
@pytest.mark.parametrize("size", [2, 3, 4])
def test_kaufman_against_enumeration(size, coupling):
    energy, heat_capacity = sums_over_states(size, coupling)
    # Kaufman's products themselves, whichever road the public functions take at this size.
    products = _kaufman.kaufman(size, *_kaufman.small_parameter(coupling))
    assert products == pytest.approx((energy, heat_capacity), rel=1e-11)
    assert exact_energy(size, coupling) == pytest.approx(energy, rel=1e-11)
    assert exact_heat_capacity(size, coupling) == pytest.approx(heat_capacity, rel=1e-11)


def test_the_sign_of_the_even_product_matters():
    # Negative control: the ordered phase's sign in the disordered phase.
    t, ordered = _kaufman.small_parameter(0.4)
    right = sums_over_states(4, 0.4)
    assert _kaufman.kaufman(4, t, ordered) == pytest.approx(right, rel=1e-11)
    assert _kaufman.kaufman(4, t, not ordered) != pytest.approx(right, rel=1e-2)


@pytest.mark.parametrize("size", [2, 5, 32, 512])
def test_both_phases_meet_at_the_critical_coupling(size):
    below, above = np.nextafter(K_CRITICAL, 0), np.nextafter(K_CRITICAL, 1)
    for function in (exact_energy, exact_heat_capacity):
        values = [function(size, coupling) for coupling in (below, K_CRITICAL, above)]
        assert values == pytest.approx([values[0]] * 3, rel=1e-11)
    assert exact_energy(512, K_CRITICAL) == pytest.approx(math.sqrt(2), rel=1e-3)


@pytest.mark.parametrize("size", [2, 3, 4, 5, 8, 64])
def test_the_roads_meet(size):
    disordered = math.atanh(_kaufman.SMALLEST_DISORDERED)
    ordered = -math.log(_kaufman.SMALLEST_ORDERED) / 2
    for border in (disordered, ordered):
        low, high = border * (1 - 1e-9), border * (1 + 1e-9)
        assert exact_energy(size, low) == pytest.approx(exact_energy(size, high), rel=2.1e-9)
        # Where c falls like exp(-8 K) it changes by 8 K 2e-9 over the gap, a tenth of the bound.
        c = [exact_heat_capacity(size, coupling) for coupling in (low, high)]
        assert c[0] == pytest.approx(c[1], rel=4e-7)


@pytest.mark.parametrize("size", [2, 3, 4, 5, 64, 512])
def test_heat_capacity_is_the_slope_of_the_energy(size):
    for coupling in (0.1, 0.43, K_CRITICAL, 0.45, 0.7):
        step = 1e-5 / size  # the error is c'' step^2 / 6, and c'' is of order L^2 c
        slope = exact_energy(size, coupling + step) - exact_energy(size, coupling - step)
        assert slope / (2 * step) == pytest.approx(exact_heat_capacity(size, coupling), rel=1e-6)


@pytest.mark.parametrize("size", [2, 3, 4, 5, 64, 512])
def test_limits(size):
    for coupling in (5.0, 20.0, 80.0):
        c = exact_heat_capacity(size, coupling)
        # One flipped spin breaks four bonds, E falls by 8, and there are L^2 of them. At L = 2 a
        # row or a column costs the same: six states in place of four.
        leading = 64 if size > 2 else 96
        assert c == pytest.approx(leading * math.exp(-8 * coupling), rel=1e-3)
    assert exact_energy(size, 800.0) == 2
    assert exact_heat_capacity(size, 800.0) == 0
    slope = 4 if size == 2 else 2  # doubled bonds
    for coupling in (1e-300, 1e-12, 1e-6):
        assert exact_energy(size, coupling) == pytest.approx(slope * coupling, rel=1e-5)
        assert exact_heat_capacity(size, coupling) == pytest.approx(slope, rel=1e-5)


def test_a_single_site_is_its_own_neighbour():
    assert (exact_energy(1, 0.3), exact_heat_capacity(1, 0.3)) == (2, 0)


def test_every_size_and_coupling_is_finite_and_monotonic():
    couplings = np.geomspace(1e-6, 20, 60)
    for size in (1, 2, 3, 5, 17, 100, 512):
        energies = [exact_energy(size, coupling) for coupling in couplings]
        assert np.isfinite(energies).all()
        assert (np.diff(energies) >= 0).all()
        capacities = np.array([exact_heat_capacity(size, coupling) for coupling in couplings])
        assert np.isfinite(capacities).all()
        assert (capacities > 0).all() or size == 1


def test_the_largest_torus_is_quick():
    started = time.perf_counter()
    exact_heat_capacity(512, K_CRITICAL)
    assert time.perf_counter() - started < 0.5  # 1 ms; the bound forgives a busy machine


def test_all_states_in_order():
    for size in (1, 2, 3, 4):
        states = enumerate_states(size)
        assert states.shape == (2 ** (size**2), size, size)
        assert states.dtype == np.int8
        bits = (states.reshape(len(states), -1) > 0).astype(int)
        assert np.array_equal(bits @ (1 << np.arange(size**2)), np.arange(len(states)))


def test_boltzmann_weights():
    states = enumerate_states(2)
    weights = boltzmann_weights(states, 0.4)
    assert weights.sum() == pytest.approx(1)
    # E is 8 at full order and 0 after one flip.
    assert weights[0] / weights[1] == pytest.approx(math.exp(0.4 * 8))
    assert boltzmann_weights(states, 0.0) == pytest.approx(np.full(16, 1 / 16))
    assert boltzmann_weights(states, 1e4)[[0, 15]] == pytest.approx([0.5, 0.5])
    antiferromagnet = boltzmann_weights(states, -1e4)
    assert antiferromagnet.argmax() in (0b0110, 0b1001)


def test_constants():
    assert math.sinh(2 * K_CRITICAL) == pytest.approx(1, abs=1e-15)
    assert pytest.approx(2 - ising.GAMMA / ising.NU) == ising.ETA
    assert pytest.approx((4 - ising.ETA) / 2) == ising.Y_H
    assert pytest.approx((2 - ising.Y_H) / ising.Y_T) == ising.BETA
    assert pytest.approx(1 - 1.1679229 / 3, abs=1e-6) == ising.BINDER_CRITICAL


@pytest.mark.parametrize("function", [exact_energy, exact_heat_capacity])
@pytest.mark.parametrize(
    ("size", "coupling", "error", "message"),
    [
        (0, 0.4, ValueError, "size must be at least 1 and at most 512, got 0"),
        (513, 0.4, ValueError, "size must be at least 1 and at most 512, got 513"),
        (8.0, 0.4, TypeError, "size must be an integer"),
        (8, 0.0, ValueError, "coupling must be positive, got 0.0"),
        (8, -0.4, ValueError, "coupling must be positive, got -0.4"),
        (8, math.nan, ValueError, "coupling must be finite, got nan"),
        (8, "0.4", TypeError, "coupling must be a real number"),
    ],
)
def test_guards_of_the_torus(function, size, coupling, error, message):
    with pytest.raises(error, match=message):
        function(size, coupling)


def test_guards_of_the_enumeration():
    with pytest.raises(ValueError, match="size must be at least 1 and at most 4, got 5"):
        enumerate_states(5)
    with pytest.raises(ValueError, match=r"states must have shape \(n, L, L\)"):
        boltzmann_weights(np.ones((4, 4), np.int8), 0.4)
    with pytest.raises(ValueError, match="coupling must be finite, got inf"):
        boltzmann_weights(enumerate_states(2), math.inf)
