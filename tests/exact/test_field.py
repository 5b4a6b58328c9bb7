"""The field of Eq. (9) against the convolution written out, and its symmetries."""

import numpy as np
import pytest
import torch

from inverse_rg.kernels import Kernel, field, offset_classes
from inverse_rg.models import SingleLayer

SIZES = [1, 3, 5, 7, 9]
SIDES = [1, 2, 3, 4, 5, 8]


def random_kernel(size: int) -> Kernel:
    count = len(offset_classes(size))
    return Kernel(size, tuple(np.random.default_rng(size).normal(size=count)))


def random_spins(n: int, side: int) -> np.ndarray:
    return 2 * np.random.default_rng(side).integers(0, 2, (n, side, side), dtype=np.int8) - 1


def convolve(matrix: np.ndarray, coarse: np.ndarray) -> np.ndarray:
    """Upscale, then sum k x k neighbours one by one around the torus."""
    fine = coarse.repeat(2, axis=1).repeat(2, axis=2).astype(float)
    side = fine.shape[1]
    reach = len(matrix) // 2
    result = np.zeros_like(fine)
    for y in range(side):
        for x in range(side):
            for dy in range(-reach, reach + 1):
                for dx in range(-reach, reach + 1):
                    weight = matrix[dy + reach, dx + reach]
                    result[:, y, x] += weight * fine[:, (y + dy) % side, (x + dx) % side]
    return result


def is_symmetric(field_of, coarse: np.ndarray) -> bool:
    """Whether a field follows its coarse spins through the square's rotations and reflections,
    shifts by a coarse spacing and the spin flip."""
    plain = field_of(coarse)

    def same(moved, expected):
        return np.allclose(field_of(moved), expected, rtol=0, atol=1e-5)

    return (
        same(-coarse, -plain)
        and same(coarse.transpose(0, 2, 1), plain.transpose(0, 2, 1))
        and same(np.flip(coarse, 2), np.flip(plain, 2))
        and same(np.rot90(coarse, axes=(1, 2)), np.rot90(plain, axes=(1, 2)))
        and same(np.roll(coarse, 1, 2), np.roll(plain, 2, 2))
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("side", SIDES)
def test_field_is_the_convolution(size, side):
    kernel, coarse = random_kernel(size), random_spins(3, side)
    expected = convolve(kernel.matrix, coarse)
    result = field(kernel, coarse)
    assert result.dtype == np.float64
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("side", SIDES)
def test_torch_field_is_the_numpy_field(size, side):
    kernel, coarse = random_kernel(size), random_spins(3, side)
    expected = field(kernel, coarse)
    scale = np.abs(kernel.window).sum()  # the largest field there can be
    for dtype, bound in ((torch.float32, 1e-6), (torch.float64, 1e-12)):
        with torch.no_grad():
            result = SingleLayer(kernel, dtype=dtype)(torch.from_numpy(coarse))
        assert result.dtype == dtype
        np.testing.assert_allclose(result.double().numpy(), expected, rtol=0, atol=bound * scale)


def test_single_spin_sees_itself_in_every_place():
    kernel = random_kernel(7)
    total = kernel.matrix.sum()
    np.testing.assert_allclose(field(kernel, np.ones((1, 1, 1))), total, rtol=1e-13)


@pytest.mark.parametrize("size", [3, 5, 7])
@pytest.mark.parametrize("side", [1, 2, 5])
def test_field_is_symmetric(size, side):
    kernel, coarse = random_kernel(size), random_spins(4, side)
    assert is_symmetric(lambda spins: field(kernel, spins), coarse)
    model = SingleLayer(kernel)
    assert is_symmetric(lambda spins: model(torch.tensor(spins.copy())).detach().numpy(), coarse)


@pytest.mark.parametrize("place", [(0, 0), (0, 1), (1, 2), (2, 2)])
def test_asymmetric_kernel_fails_the_symmetry_check(place):
    # Negative control: one entry put off by hand is noticed by the check that the others pass.
    coarse = random_spins(4, 5)
    matrix = random_kernel(3).matrix
    assert is_symmetric(lambda spins: convolve(matrix, spins), coarse)
    matrix[place] += 0.05
    assert not is_symmetric(lambda spins: convolve(matrix, spins), coarse)


def test_asymmetric_window_fails_the_symmetry_check():
    # The same for a torch module whose window lost its symmetry.
    model = SingleLayer(random_kernel(3))
    model.window_basis[1, 0, 1] += 0.5
    coarse = random_spins(4, 5)
    assert not is_symmetric(
        lambda spins: model(torch.tensor(spins.copy())).detach().numpy(), coarse
    )
