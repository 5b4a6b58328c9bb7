"""The upscaling operator against the fields of random lattices, and against dreams."""

import numpy as np
import pytest

from inverse_rg import exact_exponents
from inverse_rg.dreaming import dream
from inverse_rg.ensembles import Dream
from inverse_rg.exact_exponents import (
    constant,
    exponents,
    lattice_sums,
    product,
    scaling_operators,
    upscaled,
)
from inverse_rg.kernels import Kernel, field
from inverse_rg.measurement import measure
from inverse_rg.scaling import two_size_exponent

K3 = Kernel(3, (0.36, 0.15, 0.14))
K5 = Kernel(5, (0.34, 0.17, 0.14, -0.04, 0.03, -0.035))
OTHER = Kernel(3, (0.36, 0.15, 0.15))


def lattice_sum(coefficients, spins):
    """Sum coefficients times products over all translations of one torus, one product at a time."""
    side = round(np.sqrt(np.log2(len(coefficients))))
    total = 0.0
    for bits in np.flatnonzero(coefficients):
        one = np.ones(spins.shape)
        for site in range(side**2):
            if bits >> (side**2 - 1 - site) & 1:
                one = one * np.roll(spins, (-(site // side), -(site % side)), axis=(0, 1))
        total += coefficients[bits] * one.sum()
    return total


def random_spins(size, seed):
    return np.random.default_rng(seed).choice([-1.0, 1.0], size=(size, size))


def conditional_mean(kernel, coefficients, coarse):
    """Return E[S | coarse] of a sum of products: fine spins are independent with mean tanh h."""
    return lattice_sum(coefficients, np.tanh(field(kernel, coarse[None])[0]))


def random_coefficients(side, odd, seed):
    values = np.random.default_rng(seed).normal(size=1 << side**2)
    counts = np.array([bits.bit_count() for bits in range(values.size)])
    return np.where(counts % 2 == odd, values, 0.0)


@pytest.mark.parametrize("size", [3, 4, 5])
def test_even_sums_are_mapped_exactly_with_their_constant(size):
    coefficients = random_coefficients(3, False, seed=2)
    coefficients[0] = 0
    coarse = random_spins(size, seed=size)
    expected = conditional_mean(K3, coefficients, coarse)
    mapped = lattice_sum(upscaled(K3, coefficients), coarse)
    every = size**2 * constant(K3, coefficients)
    assert mapped + every == pytest.approx(expected, rel=1e-11)
    assert mapped != pytest.approx(expected, rel=1e-3)


def test_odd_sums_have_no_constant():
    coefficients = random_coefficients(3, True, seed=1)
    assert constant(K3, coefficients) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("size", [3, 4, 5])
def test_odd_sums_are_mapped_exactly(size):
    coefficients = random_coefficients(3, True, seed=1)
    coarse = random_spins(size, seed=size)
    expected = conditional_mean(K3, coefficients, coarse)
    found = lattice_sum(upscaled(K3, coefficients), coarse)
    assert found == pytest.approx(expected, rel=1e-11)
    # Negative control: a parameter off by 0.01.
    assert lattice_sum(upscaled(OTHER, coefficients), coarse) != pytest.approx(expected, rel=1e-4)


def test_even_sums_are_mapped_up_to_a_constant_a_site():
    coefficients = random_coefficients(3, False, seed=2)
    constants = []
    for seed, size in enumerate((3, 4, 5, 5)):
        coarse = random_spins(size, seed)
        image = lattice_sum(upscaled(K3, coefficients), coarse)
        constants.append((conditional_mean(K3, coefficients, coarse) - image) / size**2)
    np.testing.assert_allclose(constants, constants[0], rtol=1e-10)


@pytest.mark.parametrize("sites", [[(0, 0)], [(0, 0), (0, 1)], [(0, 0), (1, 1), (1, 0)]])
def test_small_products_of_a_wider_kernel(sites):
    # 2 x 2 fine patches see 4 x 4 coarse ones through a 3 x 3 window.
    coefficients = product(*sites, side=2)
    image = upscaled(K5, coefficients, side=4)
    differences = [
        conditional_mean(K5, coefficients, coarse) - lattice_sum(image, coarse)
        for coarse in (random_spins(5, seed=1), random_spins(5, seed=2))
    ]
    assert differences[0] == pytest.approx(differences[1], abs=1e-11)


def test_lattice_sums():
    spins = np.stack([random_spins(5, seed) for seed in range(3)])
    for side in (1, 2, 3):
        coefficients = random_coefficients(side, True, seed=side)
        expected = [lattice_sum(coefficients, one) for one in spins]
        np.testing.assert_allclose(lattice_sums(coefficients, spins), expected, rtol=1e-11)


def test_parents_measure_the_eigenvalue(distance):
    # E[O(fine) O(coarse)] = lambda E[O(coarse)^2], with any distribution of coarse lattices.
    operator = scaling_operators(K3, parity="odd")
    coarse = np.random.default_rng(1).choice(np.array([-1, 1], np.int8), size=(6400, 4, 4))
    fine = dream(K3, 6400, 8, rng=2, start=coarse)
    up, down = (lattice_sums(operator.operator, spins) for spins in (coarse, fine))
    blocks = (up * down - operator.eigenvalues[0].real * up**2).reshape(64, -1).mean(axis=1)
    assert distance(blocks, 0) < 4
    shifted = blocks - 0.1 * (up**2).mean()
    assert distance(shifted, 0) > 4  # negative control: another eigenvalue


@pytest.mark.parametrize("parity", ["odd", "even"])
def test_scaling_operator_is_an_eigenvector_on_every_lattice(parity):
    found = scaling_operators(K3, parity=parity)
    assert found.closed
    assert found.lost == 0
    assert found.residual < 1e-12
    values = []
    for seed in (1, 2):
        coarse = random_spins(4, seed)
        mean = conditional_mean(K3, found.operator, coarse)
        values.append(mean - found.eigenvalues[0].real * lattice_sum(found.operator, coarse))
    # Odd: zero. Even: the constant of the identity, the same for both.
    assert values[0] == pytest.approx(values[1], abs=1e-10)
    if parity == "odd":
        assert values[0] == pytest.approx(0, abs=1e-10)


def test_sectors_together_have_the_spectrum_of_the_whole_operator():
    # The matrix column by column, without symmetries, and its eigenvalues.
    shapes = np.flatnonzero(sum(one != 0 for one in map(_shape, range(1, 512))))
    columns = np.array([upscaled(K3, np.eye(512)[bits])[shapes] for bits in shapes])
    whole = np.abs(np.linalg.eigvals(columns))
    for parity in ("odd", "even"):
        for symmetry in exact_exponents.SYMMETRIES:
            found = scaling_operators(K3, parity=parity, symmetry=symmetry, steps=20)
            leading = abs(found.eigenvalues[0])
            assert np.abs(whole - leading).min() < 1e-6 * leading, (parity, symmetry)
    assert whole.max() == pytest.approx(
        abs(scaling_operators(K3, parity="odd").eigenvalues[0]), rel=1e-9
    )


def _shape(bits):
    """Return a product moved to the corner, as coefficients."""
    from inverse_rg import _local_operators

    return _local_operators.gather(np.eye(512)[bits], 3, 3, 3)[0]


def test_truncation_is_reported_and_improves():
    exact = scaling_operators(K3, parity="odd", side=3)
    near = scaling_operators(K3, parity="odd", side=2)
    crude = scaling_operators(K3, parity="odd", side=1)
    assert not near.closed
    assert near.lost > 0
    errors = [abs(one.exponents[0] - exact.exponents[0]) for one in (near, crude)]
    assert 0 < errors[0] < errors[1]


def test_a_larger_patch_changes_nothing():
    # Closed at side 3, so that products of a 4 x 4 patch add only smaller eigenvalues.
    small = scaling_operators(K3, parity="even", side=3)
    large = scaling_operators(K3, parity="even", side=4, steps=9)
    assert large.eigenvalues[0].real == pytest.approx(small.eigenvalues[0].real, rel=1e-7)


def test_exponents_of_dreams():
    # Corrections at L = 32, about 10^-3 in gamma / nu, stay below the error of 8192 dreams.
    dataset = measure(Dream(K3, 64), 8192, rng=3)
    found = two_size_exponent(dataset, "chi", 64, 32)
    exact = exponents(K3)["gamma_over_nu"]
    assert abs(found.value - exact) < 4 * found.error
    assert abs(found.value - 1.75) > 4 * found.error  # negative control: the true exponent


def test_start_and_same_result_twice():
    first = scaling_operators(K3, parity="odd")
    again = scaling_operators(K3, parity="odd", start=first.operator, steps=2)
    assert again.eigenvalues[0].real == pytest.approx(first.eigenvalues[0].real, rel=1e-12)
    np.testing.assert_array_equal(first.operator, scaling_operators(K3, parity="odd").operator)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: scaling_operators("k3", parity="odd"), TypeError, "kernel must be a Kernel"),
        (lambda: scaling_operators(K3, parity="both"), ValueError, "parity must be one of"),
        (lambda: scaling_operators(K3, parity="odd", symmetry="E"), ValueError, "symmetry must"),
        (lambda: scaling_operators(K3, parity="odd", side=6), ValueError, "side must be"),
        (lambda: scaling_operators(K3, parity="odd", steps=0), ValueError, "steps must be"),
        (lambda: scaling_operators(K3, parity="even", side=1), ValueError, "no even A1 product"),
        (lambda: upscaled(K3, np.ones(5)), ValueError, "coefficients must have"),
        (lambda: lattice_sums(np.ones(2), [[[0]]]), ValueError, "spins must hold only"),
        (lambda: product((0, 0), (0, 0), side=2), ValueError, "sites must be different"),
        (lambda: product((0, 0), (0, 2), side=2), ValueError, "sites must fit"),
    ],
)
def test_bad_arguments_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
