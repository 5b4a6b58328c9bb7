"""Exact moments against sums over all 65536 coarse lattices, and against dreams."""

import numpy as np
import pytest

from inverse_rg.ensembles import Dream
from inverse_rg.exact_exponents import product, scaling_operators
from inverse_rg.exact_moments import ENERGY, MAGNETISATION, moments, root_distribution
from inverse_rg.ising import enumerate_states
from inverse_rg.kernels import Kernel, field
from inverse_rg.measurement import measure

K3 = Kernel(3, (0.36, 0.15, 0.14))


@pytest.fixture(scope="module")
def exact():
    return {"M": moments(K3, MAGNETISATION, 32), "E": moments(K3, ENERGY, 32)}


def grown_twice():
    """Return all 4 x 4 states and their probabilities, from Eq. (9) spin by spin."""
    small, large = enumerate_states(2), enumerate_states(4)
    up = 1 / (1 + np.exp(-2 * field(K3, np.ones((1, 1, 1)))))
    two = np.where(small > 0, up, 1 - up).prod(axis=(1, 2)) / 2
    two += np.where(small < 0, up, 1 - up).prod(axis=(1, 2)) / 2
    four = np.zeros(len(large))
    for weight, h in zip(two, field(K3, small), strict=True):
        four += weight * (1 / (1 + np.exp(-2 * large * h))).prod(axis=(1, 2))
    return large, four


def test_root_distribution():
    states, expected = grown_twice()
    bits = (states.reshape(-1, 16) > 0) @ (1 << np.arange(16)[::-1])
    np.testing.assert_allclose(root_distribution(K3)[bits], expected, rtol=1e-12)


def bonds(values):
    """Return the products over right and lower neighbours of (n, L, L), two arrays."""
    return values * np.roll(values, -1, 2), values * np.roll(values, -1, 1)


def test_next_level_is_the_sum_over_all_coarse_lattices(exact):
    states, weights = grown_twice()
    t = np.tanh(field(K3, states))
    mean = t.sum(axis=(1, 2))
    variance = weights @ ((1 - t**2).sum(axis=(1, 2)) + mean**2)
    assert exact["M"][8].mean == pytest.approx(0, abs=1e-10)
    assert exact["M"][8].variance == pytest.approx(variance, rel=1e-12)

    energy = sum(one.sum(axis=(1, 2)) for one in bonds(t))
    noise = sum((1 - one**2).sum(axis=(1, 2)) for one in bonds(t))
    around = [np.roll(t, shift, axis) for axis in (1, 2) for shift in (1, -1)]
    for first in range(4):  # two bonds that share the spin in the middle
        for second in range(first):
            noise += 2 * (around[first] * around[second] * (1 - t**2)).sum(axis=(1, 2))
    total = weights @ energy
    variance = weights @ (noise + (energy - total) ** 2)
    assert exact["E"][8].mean == pytest.approx(total, rel=1e-12)
    assert exact["E"][8].variance == pytest.approx(variance, rel=1e-12)


def test_dreams_have_these_moments(exact):
    dataset = measure(Dream(K3, 32), 32_768, rng=5)
    for size in (4, 8, 16, 32):
        at = dataset.sel(size=size)
        for name, expected in (
            ("chi", exact["M"][size].variance / size**2),
            ("e", exact["E"][size].mean / size**2),
            ("c", exact["E"][size].variance / size**2),
        ):
            assert abs(float(at[name]) - expected) < 4 * float(at[f"{name}_error"]), (name, size)


def test_another_kernel_is_noticed(exact):
    # Negative control for the test above.
    at = measure(Dream(Kernel(3, (0.36, 0.15, 0.145)), 32), 32_768, rng=5).sel(size=32)
    assert abs(float(at["chi"]) - exact["M"][32].variance / 32**2) > 4 * float(at["chi_error"])


def test_growth_tends_to_the_eigenvalue():
    found = moments(K3, MAGNETISATION, 1024)
    growth = [np.log2(found[2 * size].variance / found[size].variance) for size in (128, 512)]
    twice = 2 * scaling_operators(K3, parity="odd").exponents[0]
    # Corrections fall by about 4 / lambda^2 = 0.29 a level, here over two levels.
    assert abs(growth[1] - twice) < 0.15 * abs(growth[0] - twice) < 1e-4


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((Kernel(1, (0.5,)), MAGNETISATION, 8), ValueError, "kernel must be 3 x 3"),
        (("k3", MAGNETISATION, 8), TypeError, "kernel must be a Kernel"),
        ((K3, MAGNETISATION[:16], 8), ValueError, "coefficients must have shape"),
        ((K3, product((0, 0), (0, 1), side=3), 8), ValueError, "symmetries of the square"),
        ((K3, MAGNETISATION + ENERGY, 8), ValueError, "an odd or of an even number"),
        ((K3, MAGNETISATION, 12), ValueError, "size must be a power of two"),
        ((K3, MAGNETISATION, 2), ValueError, "size must be at least 4"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        moments(*arguments)
