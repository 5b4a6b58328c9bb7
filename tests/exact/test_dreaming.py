"""Growing 1 -> 2 -> 4 against enumeration, in Numba and in torch.

The probability of every configuration follows from Eq. (9) with the k x k convolution written out
here, one neighbour at a time. Both paths draw all spins of all configurations independently.
"""

import functools

import numpy as np
import pytest
import torch

from inverse_rg.dreaming import dream
from inverse_rg.ensembles import Dream
from inverse_rg.ising import enumerate_states
from inverse_rg.kernels import Kernel
from inverse_rg.measurement import measure
from inverse_rg.models import SingleLayer

RIGHT = 1e-4
BROKEN = 1e-6
DRAWS = {"numba": 200_000, "torch": 40_000}
"""Enough for a parameter off by a tenth to move a chi-square by more than its bound."""
FEW = 20_000
"""Enough for a field that is wrong altogether."""

KERNELS = {
    "large": Kernel.from_window([[30.0, -10.0], [-10.0, -9.0]]),  # too large for packed replicas
    3: Kernel(3, (0.36, 0.15, 0.14)),
    5: Kernel(5, (0.34, 0.17, 0.14, -0.04, 0.03, -0.035)),
    7: Kernel(7, (0.34, 0.17, 0.14, -0.04, 0.03, -0.03, 0.012, -0.006, 0.009, -0.011)),
}
PATHS = {
    "numba": lambda kernel: kernel,
    "torch": lambda kernel: SingleLayer(kernel),
}


class Skewed(torch.nn.Module):
    """A field whose columns see further than its rows: not symmetric under a transposition."""

    def __init__(self, kernel):
        super().__init__()
        self.right = SingleLayer(kernel)
        self.right.window_basis[1, 0, 1] += 0.5

    def forward(self, coarse):
        return self.right(coarse)


class Unwrapped(torch.nn.Module):
    """The convolution with zeros beyond the border: a lattice that is no torus."""

    def __init__(self, kernel):
        super().__init__()
        matrix = torch.tensor(kernel.matrix, dtype=torch.float32)
        self.matrix = torch.nn.Parameter(matrix[None, None])

    def forward(self, coarse):
        fine = coarse.repeat_interleave(2, 1).repeat_interleave(2, 2)[:, None]
        return torch.nn.functional.conv2d(fine, self.matrix, padding="same")[:, 0]


def literal_field(matrix, coarse):
    """Repeat every coarse spin on 2 x 2 and sum its k x k neighbours around the torus."""
    fine = np.kron(coarse, np.ones((2, 2)))
    side, reach = len(fine), len(matrix) // 2
    result = np.zeros((side, side))
    for y, x in np.ndindex(side, side):
        for dy, dx in np.ndindex(matrix.shape):
            result[y, x] += matrix[dy, dx] * fine[(y + dy - reach) % side, (x + dx - reach) % side]
    return result


def conditional(matrix, coarse):
    """Return the probabilities of all fine configurations given one coarse one."""
    h = literal_field(matrix, coarse)
    states = enumerate_states(2 * len(coarse)).astype(float)
    return np.exp((states * h - np.log(2 * np.cosh(h))).sum(axis=(1, 2)))


@functools.cache
def exact(size):
    """Return the probabilities of all configurations at L = 2 and at L = 4."""
    matrix = KERNELS[size].matrix
    half = [conditional(matrix, np.full((1, 1), spin)) for spin in (1, -1)]
    two = np.mean(half, axis=0)
    fine = [conditional(matrix, coarse) for coarse in enumerate_states(2)]
    return two, two @ fine


def state_index(spins, states):
    """Return where each configuration stands among `states`, by the bits of both."""
    bits = 1 << np.arange(states[0].size)
    order = (states.reshape(len(states), -1) > 0) @ bits
    place = np.empty(len(states), np.int64)
    place[order] = np.arange(len(states))
    return place[(spins.reshape(len(spins), -1) > 0) @ bits]


def magnetisation_and_energy(spins):
    spins = spins.astype(np.int64)
    total = spins.sum(axis=(1, 2))
    return 1000 * total + (spins * (np.roll(spins, 1, 1) + np.roll(spins, 1, 2))).sum(axis=(1, 2))


def rows_and_columns(spins):
    """Bonds along either axis: what a symmetric kernel cannot tell apart, and a skewed one can."""
    spins = spins.astype(np.int64)
    along = [(spins * np.roll(spins, 1, axis)).sum(axis=(1, 2)) for axis in (1, 2)]
    return 100 * along[0] + along[1]


def by_class(spins, probabilities, classify):
    """Return counts and probabilities of the classes that configurations fall into."""
    labels, inverse = np.unique(classify(enumerate_states(4)), return_inverse=True)
    expected = np.bincount(inverse, weights=probabilities)
    counts = np.bincount(np.searchsorted(labels, classify(spins)), minlength=len(labels))
    return counts, expected


def check_two(model, size, seed, n=FEW):
    spins = dream(model, n, 2, rng=seed)
    states = enumerate_states(2)
    counts = np.bincount(state_index(spins, states), minlength=len(states))
    return counts, exact(size)[0]


def check_four(model, size, seed, n=FEW, classify=magnetisation_and_energy):
    return by_class(dream(model, n, 4, rng=seed), exact(size)[1], classify)


def test_probabilities_sum_to_one():
    for size in KERNELS:
        for probabilities in exact(size):
            assert probabilities.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("size", KERNELS)
def test_side_two(size, path, chi_square):
    counts, expected = check_two(PATHS[path](KERNELS[size]), size, seed=51, n=DRAWS[path])
    assert chi_square(counts, expected) > RIGHT


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("size", KERNELS)
def test_side_four(size, path, chi_square):
    model = PATHS[path](KERNELS[size])
    spins = dream(model, DRAWS[path], 4, rng=52)
    for classify in (magnetisation_and_energy, rows_and_columns):
        assert chi_square(*by_class(spins, exact(size)[1], classify)) > RIGHT


@pytest.mark.parametrize("size", KERNELS)
def test_kernel_with_a_device_is_drawn_in_torch(size, chi_square):
    spins = dream(KERNELS[size], FEW, 4, rng=54, device="cpu")
    assert chi_square(*by_class(spins, exact(size)[1], magnetisation_and_energy)) > RIGHT


@pytest.mark.parametrize("size", KERNELS)
def test_every_configuration_at_side_four(size, chi_square):
    states = enumerate_states(4)  # all 65536 of them
    spins = dream(KERNELS[size], 500_000, 4, rng=55)
    counts = np.bincount(state_index(spins, states), minlength=len(states))
    assert chi_square(counts, exact(size)[1]) > RIGHT


@pytest.mark.parametrize("n", [1, 15, 100])
def test_small_numbers_of_configurations(n, chi_square):
    # As many as there are, not as many as a computer word holds.
    states = enumerate_states(2)
    spins = np.concatenate([dream(KERNELS[3], n, 2, rng=seed) for seed in range(1000)])
    counts = np.bincount(state_index(spins, states), minlength=len(states))
    assert counts.sum() == 1000 * n
    assert chi_square(counts, exact(3)[0]) > RIGHT


def measured(kernel, n, seed):
    """Return counts of M at L = 4 from a measured P(m), and the mean moments there."""
    at = measure(Dream(kernel, 4), n, rng=seed).sel(size=4).dropna("bin")
    counts = at["P"].values * n * (2 / 16)
    np.testing.assert_allclose(counts, counts.round(), rtol=0, atol=1e-6)
    groups = at["moments"].values / at["count"].values[:, None]
    return counts.round(), groups


def exact_moments(size):
    """Return P(M) and the moments at L = 4."""
    states = enumerate_states(4)
    total = states.sum(axis=(1, 2), dtype=int)
    bonds = (states * (np.roll(states, 1, 1) + np.roll(states, 1, 2))).sum(axis=(1, 2), dtype=int)
    m, e = total / 16, bonds / 16
    each = [m, abs(m), m**2, m**4, e, abs(e), e**2, abs(m) * abs(e)]
    weights = exact(size)[1]
    return np.bincount((total + 16) // 2, weights=weights), np.array(each) @ weights


@pytest.mark.parametrize("size", KERNELS)
def test_measured_density_and_moments(size, chi_square, distance):
    counts, groups = measured(KERNELS[size], 131_089, seed=65)
    density, moments = exact_moments(size)
    assert chi_square(counts, density) > RIGHT
    assert distance(groups, moments) < 4


def test_measuring_a_wrong_kernel_is_found(chi_square, distance):
    parameters = np.array(KERNELS[3].parameters) * [1, 1, 1.1]
    counts, groups = measured(Kernel(3, tuple(parameters)), 131_089, seed=66)
    density, moments = exact_moments(3)
    assert chi_square(counts, density) < BROKEN
    assert distance(groups, moments) > 8


@pytest.mark.parametrize(
    ("path", "wrong"), [("numba", 0), ("numba", 1), ("numba", 2), ("torch", 1)]
)
def test_a_parameter_off_by_ten_percent_is_found(wrong, path, chi_square):
    parameters = list(KERNELS[3].parameters)
    parameters[wrong] *= 1.1
    model = PATHS[path](Kernel(3, tuple(parameters)))
    assert chi_square(*check_two(model, 3, 56, DRAWS[path])) < BROKEN
    assert chi_square(*check_four(model, 3, 57, DRAWS[path])) < BROKEN


@pytest.mark.parametrize("size", [3, 5, 7])
def test_a_skewed_field_is_found(size, chi_square):
    assert chi_square(*check_four(Skewed(KERNELS[size]), size, seed=58)) < BROKEN
    by_axis = check_four(Skewed(KERNELS[size]), size, seed=59, classify=rows_and_columns)
    assert chi_square(*by_axis) < BROKEN


@pytest.mark.parametrize("size", [3, 7])
def test_a_lattice_without_its_border_is_found(size, chi_square):
    assert chi_square(*check_two(Unwrapped(KERNELS[size]), size, 60, n=FEW // 4)) < BROKEN
    assert chi_square(*check_four(Unwrapped(KERNELS[size]), size, 61, n=FEW // 4)) < BROKEN


def given_start(model, side, seed, n=FEW):
    """Grow many fine lattices from one coarse one without symmetry; return it and the spins up."""
    coarse = 2 * np.random.default_rng(side).integers(0, 2, (side, side), dtype=np.int8) - 1
    start = np.repeat(coarse[None], n, axis=0)
    return coarse, dream(model, len(start), 2 * side, rng=seed, start=start)


def site_p_value(coarse, fine, matrix):
    """Return p of all sites and neighbouring pairs together: sums of squared normal deviates."""
    from scipy.stats import chi2

    up = 1 / (1 + np.exp(-2 * literal_field(matrix, coarse)))
    n = len(fine)
    sites = ((fine > 0).sum(axis=0) - n * up) / np.sqrt(n * up * (1 - up))
    unit = (fine - (2 * up - 1)) / np.sqrt(4 * up * (1 - up))  # mean 0, variance 1
    pairs = [(unit * np.roll(unit, 1, axis)).sum(axis=0) / np.sqrt(n) for axis in (1, 2)]
    squares = np.concatenate([np.ravel(sites), *map(np.ravel, pairs)]) ** 2
    return chi2.sf(squares.sum(), squares.size)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("size", [3, 5, 7])
@pytest.mark.parametrize("side", [1, 3, 8])
def test_every_spin_given_its_coarse_lattice(side, size, path):
    # Larger lattices tell left from right, which those that wrap onto themselves do not.
    n = FEW if path == "numba" else FEW // 10
    coarse, fine = given_start(PATHS[path](KERNELS[size]), side, seed=62, n=n)
    assert site_p_value(coarse, fine, KERNELS[size].matrix) > RIGHT


@pytest.mark.parametrize("path", PATHS)
def test_a_mirrored_or_shifted_lattice_is_found(path):
    coarse, fine = given_start(PATHS[path](KERNELS[3]), 5, seed=63)
    for wrong in (fine[:, ::-1], fine[:, :, ::-1], fine.transpose(0, 2, 1), np.roll(fine, 1, 1)):
        assert site_p_value(coarse, wrong, KERNELS[3].matrix) < BROKEN


def test_correlated_draws_are_found():
    # Half the configurations repeated: every mean stays right, the draws are not independent.
    coarse, fine = given_start(KERNELS[3], 5, seed=64)
    repeated = np.repeat(fine[::2], 2, axis=0)
    assert site_p_value(coarse, repeated, KERNELS[3].matrix) < BROKEN
