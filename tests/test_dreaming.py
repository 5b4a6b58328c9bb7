"""Interface of `dream`; its distribution is checked in exact/test_dreaming.py."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from inverse_rg.dreaming import LARGEST_SIZE, count_levels, dream
from inverse_rg.kernels import Kernel
from inverse_rg.models import SingleLayer

K3 = Kernel(3, (0.36, 0.15, 0.14))
K5 = Kernel(5, (0.34, 0.17, 0.14, -0.04, 0.03, -0.035))


def random_start(n: int, side: int) -> np.ndarray:
    return 2 * np.random.default_rng(side).integers(0, 2, (n, side, side), dtype=np.int8) - 1


@pytest.mark.parametrize("model", [K3, SingleLayer(K3)], ids=["numba", "torch"])
@pytest.mark.parametrize(("n", "size"), [(1, 1), (1, 2), (3, 8), (70, 4), (1, 64)])
def test_lattices_of_spins(model, n, size):
    spins = dream(model, n, size, rng=1)
    assert spins.shape == (n, size, size)
    assert spins.dtype == np.int8
    assert set(np.unique(spins)) <= {-1, 1}


@pytest.mark.parametrize("model", [K3, SingleLayer(K3)], ids=["numba", "torch"])
@pytest.mark.parametrize(("side", "size"), [(1, 4), (3, 12), (5, 5), (8, 16)])
def test_growing_from_a_start(model, side, size):
    spins = dream(model, 5, size, rng=1, start=random_start(5, side))
    assert spins.shape == (5, size, size)


def test_no_level_at_all_returns_the_start():
    start = random_start(200, 4)
    spins = dream(K3, 200, 4, rng=1, start=start)
    np.testing.assert_array_equal(spins, start)
    spins[0] = -spins[0]
    assert not np.array_equal(spins, start), "the result is an array of its own"


def test_a_strong_field_repeats_the_coarse_spins():
    # Every configuration grows from its own start, in order, also across blocks.
    start = random_start(200, 3)
    expected = start.repeat(4, axis=1).repeat(4, axis=2)
    own = Kernel(1, (30.0,))
    for model in (own, SingleLayer(own)):
        np.testing.assert_array_equal(dream(model, 200, 12, rng=1, start=start), expected)
    np.testing.assert_array_equal(
        dream(Kernel(1, (-30.0,)), 200, 6, rng=1, start=start),
        -start.repeat(2, axis=1).repeat(2, axis=2),
    )


@pytest.mark.parametrize("strength", [60.0, 1e3, 1e300])
def test_fields_of_any_size(strength):
    start = random_start(70, 2)
    expected = start.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_array_equal(
        dream(Kernel(1, (strength,)), 70, 4, rng=1, start=start), expected
    )


def test_starts_in_other_numbers_are_the_same():
    start = random_start(100, 4)
    expected = dream(K3, 100, 8, rng=2, start=start)
    for given in (start.astype(float), start.tolist(), np.asfortranarray(start)):
        np.testing.assert_array_equal(dream(K3, 100, 8, rng=2, start=given), expected)


@pytest.mark.parametrize("model", [K3, SingleLayer(K3)], ids=["numba", "torch"])
def test_a_start_that_cannot_be_written(model):
    start = random_start(20, 4)
    expected = dream(model, 20, 8, rng=2, start=start)
    start.flags.writeable = False
    np.testing.assert_array_equal(dream(model, 20, 8, rng=2, start=start), expected)


@pytest.mark.parametrize("model", [K3, K5, SingleLayer(K3)], ids=["k3", "k5", "torch"])
@pytest.mark.parametrize("n", [1, 20, 1000])
def test_same_seed_same_spins_for_any_workers(model, n):
    expected = dream(model, n, 8, rng=5)
    for workers in (1, 2, 3):
        np.testing.assert_array_equal(dream(model, n, 8, rng=5, workers=workers), expected)
    assert not np.array_equal(dream(model, 1000, 8, rng=6)[:n], expected)


@pytest.mark.parametrize("model", [K3, SingleLayer(K3)], ids=["numba", "torch"])
def test_a_generator_advances_and_a_seed_does_not(model):
    generator = np.random.default_rng(5)
    first, second = (dream(model, 50, 8, rng=generator) for _ in range(2))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, dream(model, 50, 8, rng=np.random.default_rng(5)))
    sequence = np.random.SeedSequence(5)
    for _ in range(2):
        np.testing.assert_array_equal(dream(model, 50, 8, rng=sequence), dream(model, 50, 8, rng=5))


def test_blocks_and_words_differ():
    # A stream or a word of replicas used twice would show as equal lattices.
    spins = dream(K3, 5000, 16, rng=7)
    assert len(np.unique(spins.reshape(5000, -1), axis=0)) == 5000


def test_float64_models_are_drawn_too():
    spins = dream(SingleLayer(K3, dtype=torch.float64), 10, 8, rng=1)
    assert spins.shape == (10, 8, 8)


@pytest.mark.parametrize("device", ["cpu", "auto", torch.device("cpu")])
def test_devices(device):
    assert dream(K3, 10, 8, rng=1, device=device).shape == (10, 8, 8)
    assert dream(SingleLayer(K3), 10, 8, rng=1, device=device).shape == (10, 8, 8)


def test_unknown_device():
    with pytest.raises(
        ValueError, match="device must be one that torch can use here, got 'abacus'"
    ):
        dream(K3, 10, 8, rng=1, device="abacus")


@pytest.mark.parametrize("size", [3, 6, 12, 100, 127])
def test_size_is_the_start_times_a_power_of_two(size):
    with pytest.raises(ValueError, match=rf"size must be the start's side times .*got {size}"):
        dream(K3, 1, size, rng=1)


@pytest.mark.parametrize("size", [3, 4, 8, 15])
def test_size_and_a_start_of_side_five(size):
    with pytest.raises(ValueError, match=rf"\(5, 10, 20, 40, \.\.\.\), got {size}"):
        dream(K3, 2, size, rng=1, start=random_start(2, 5))


@pytest.mark.parametrize("size", [0, -2, 2 * LARGEST_SIZE])
def test_size_has_bounds(size):
    with pytest.raises(ValueError, match=f"size must be at least 1 and at most .*got {size}"):
        dream(K3, 1, size, rng=1)


@pytest.mark.parametrize("size", [8.0, "8", None, True])
def test_size_is_an_integer(size):
    with pytest.raises(TypeError, match="size must be an integer"):
        dream(K3, 1, size, rng=1)


@pytest.mark.parametrize("n", [0, -1])
def test_n_is_positive(n):
    with pytest.raises(ValueError, match=f"n must be at least 1, got {n}"):
        dream(K3, n, 8, rng=1)


def test_n_is_an_integer():
    with pytest.raises(TypeError, match="n must be an integer, got 1000000"):
        dream(K3, 1e6, 8, rng=1)


def test_start_holds_n_configurations():
    with pytest.raises(ValueError, match="start must hold n = 3 configurations, got 2"):
        dream(K3, 3, 8, rng=1, start=random_start(2, 4))


@pytest.mark.parametrize("value", [0, 2, np.nan])
def test_start_holds_spins(value):
    with pytest.raises(ValueError, match=r"start must hold only \+1 and -1"):
        dream(K3, 2, 8, rng=1, start=np.full((2, 4, 4), value))


@pytest.mark.parametrize("shape", [(4, 4), (2, 4, 2), (2, 0, 0)])
def test_start_is_square(shape):
    with pytest.raises(ValueError, match=r"start must have shape \(n, L, L\)"):
        dream(K3, 2, 8, rng=1, start=np.ones(shape))


@pytest.mark.parametrize("kernel", [None, "k3", 3, np.ones((3, 3))])
def test_kernel_is_a_kernel_or_a_module(kernel):
    with pytest.raises(
        TypeError,
        match="kernel_or_model must be a Kernel, a ConditionalUpscaler or a torch module, got",
    ):
        dream(kernel, 2, 8, rng=1)


def test_seed_is_required():
    with pytest.raises(TypeError, match="rng"):
        dream(K3, 2, 8)
    with pytest.raises(TypeError, match="rng must be an int seed"):
        dream(K3, 2, 8, rng=None)


@pytest.mark.parametrize("workers", [0, -1])
def test_workers_are_positive(workers):
    with pytest.raises(ValueError, match=f"workers must be at least 1, got {workers}"):
        dream(K3, 2, 8, rng=1, workers=workers)


class Coarse(torch.nn.Module):
    """A module that forgets to double the side."""

    def forward(self, coarse):
        return torch.zeros_like(coarse)


def test_a_field_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match="kernel_or_model must map"):
        dream(Coarse(), 2, 8, rng=1)


def test_a_field_that_is_no_number_is_refused():
    model = SingleLayer(K3)
    with torch.no_grad():
        model.weights[0] = np.nan
    with pytest.raises(ValueError, match="finite"):
        dream(model, 2, 8, rng=1)


@pytest.mark.parametrize(("start", "size", "levels"), [(1, 1, 0), (1, 128, 7), (3, 12, 2)])
def test_count_levels(start, size, levels):
    assert count_levels(size, start) == levels


def test_modules_upscale_without_numba():
    program = """
import sys
for name in ("numba", "scipy", "xarray", "pandas", "tqdm", "matplotlib", "typer"):
    sys.modules[name] = None
import inverse_rg as irg
from inverse_rg.models import SingleLayer
k3 = irg.Kernel(3, (0.36, 0.15, 0.14))
print(irg.dream(SingleLayer(k3), 3, 8, rng=1).shape[1])
print(irg.dream(k3, 3, 4, rng=1, device="cpu").shape[1])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == ["8", "4"], done.stderr
