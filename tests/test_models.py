import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import save

from inverse_rg.kernels import Kernel
from inverse_rg.models import FORMAT, SingleLayer

K3 = Kernel(3, (0.36312, 0.146967, 0.143286))


@pytest.mark.parametrize(("size", "count"), [(1, 1), (3, 3), (5, 6), (7, 10)])
def test_size_starts_from_zeros(size, count):
    model = SingleLayer(size)
    assert model.kernel == Kernel(size, (0.0,) * count)
    assert sum(parameter.numel() for parameter in model.parameters()) == count
    assert model.weights.dtype == torch.float32
    assert set(model.state_dict()) == {"weights"}


def test_kernel_goes_in_and_out():
    assert SingleLayer(K3, dtype=torch.float64).kernel == K3
    np.testing.assert_allclose(SingleLayer(K3).kernel.parameters, K3.parameters, rtol=1e-7)


@pytest.mark.parametrize("shape", [(3, 4, 4), (3, 1, 4, 4)])
def test_channel_axis_is_kept(shape):
    coarse = torch.ones(shape, dtype=torch.int8)
    fields = SingleLayer(K3)(coarse)
    assert fields.shape == (*shape[:-2], 8, 8)
    assert fields.dtype == torch.float32
    torch.testing.assert_close(fields, torch.full(fields.shape, float(K3.matrix.sum())))


def test_parameters_have_gradients():
    model = SingleLayer(5, dtype=torch.float64)
    coarse = torch.tensor(np.random.default_rng(1).choice([-1, 1], (2, 3, 3)))
    assert torch.autograd.gradcheck(
        lambda weights: torch.func.functional_call(model, {"weights": weights}, coarse),
        torch.randn(
            6, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
        ).requires_grad_(),
    )


def test_dtype_moves_with_the_module():
    model = SingleLayer(K3).double()
    assert model(torch.ones(1, 1, 1)).dtype == torch.float64


@pytest.mark.parametrize("size", [0, 4])
def test_bad_size(size):
    with pytest.raises(ValueError, match=f"size must be .*got {size}"):
        SingleLayer(size)


def test_neither_kernel_nor_size():
    with pytest.raises(TypeError, match="size must be an integer, got 'k3'"):
        SingleLayer("k3")


def test_dtype_is_floating():
    with pytest.raises(ValueError, match=r"dtype must be a floating torch type, got torch\.int8"):
        SingleLayer(3, dtype=torch.int8)


@pytest.mark.parametrize("shape", [(3,), (1, 2, 3), (1, 0, 0)])
def test_coarse_is_square(shape):
    with pytest.raises(
        ValueError, match=re.escape(f"coarse must have shape (n, H, H), got {shape}")
    ):
        SingleLayer(3)(torch.ones(shape))


# Files


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_file_round_trip(tmp_path, dtype):
    model = SingleLayer(K3, dtype=dtype)
    model.save(tmp_path / "model.safetensors")
    again = SingleLayer.load(tmp_path / "model.safetensors")
    assert again.kernel == model.kernel
    assert again.weights.dtype == dtype


def test_missing_and_corrupt_files(tmp_path):
    with pytest.raises(ValueError, match=r"model file .*gone cannot be read"):
        SingleLayer.load(tmp_path / "gone")
    whole = tmp_path / "whole"
    SingleLayer(3).save(whole)
    (tmp_path / "cut").write_bytes(whole.read_bytes()[:-3])
    with pytest.raises(ValueError, match=r"model file .*cut cannot be read"):
        SingleLayer.load(tmp_path / "cut")
    (tmp_path / "text").write_text("nothing of the kind")
    with pytest.raises(ValueError, match=r"model file .*text cannot be read"):
        SingleLayer.load(tmp_path / "text")


GOOD = {"format": FORMAT, "version": "1", "size": "3"}
WRONG = [
    ({"weights": torch.ones(3)}, {**GOOD, "format": "?"}, "its format must be"),
    ({"weights": torch.ones(3)}, None, "its format must be"),
    ({"weights": torch.ones(3)}, {**GOOD, "version": "2"}, "its version must be 1, got '2'"),
    ({"bias": torch.ones(3)}, GOOD, "must hold the tensor 'weights' alone"),
    ({"weights": torch.ones(4)}, GOOD, "parameters must hold 3 numbers"),
    ({"weights": torch.ones(3, 1)}, GOOD, r"must have one axis, got shape \(3, 1\)"),
    ({"weights": torch.tensor([1.0, np.nan, 1.0])}, GOOD, "must be finite"),
    ({"weights": torch.ones(3)}, {**GOOD, "size": "4"}, "size must be odd"),
    ({"weights": torch.ones(3)}, {**GOOD, "size": "x"}, "invalid literal"),
    ({"weights": torch.ones(3, dtype=torch.int8)}, GOOD, "dtype must be a floating"),
]


@pytest.mark.parametrize(("tensors", "metadata", "trouble"), WRONG)
def test_wrong_file_is_named(tmp_path, tensors, metadata, trouble):
    (tmp_path / "bad").write_bytes(save(tensors, metadata))
    with pytest.raises(ValueError, match=rf"model file .*bad is not usable: .*{trouble}"):
        SingleLayer.load(tmp_path / "bad")


def test_unwritable_output(tmp_path):
    with pytest.raises(OSError, match=r"cannot write .*nowhere"):
        SingleLayer(3).save(tmp_path / "nowhere" / "model")


def test_torch_path_needs_no_numba():
    # A GPU node has numpy and torch alone: training and its field must run there.
    program = """
import sys
for name in ("numba", "scipy", "xarray", "safetensors", "tqdm", "matplotlib"):
    sys.modules[name] = None
import numpy as np
from inverse_rg.models import SingleLayer
from inverse_rg.training import train
spins = np.random.default_rng(1).choice([-1, 1], (20, 4, 4))
model, history = train(spins, SingleLayer(3), rng=1, epochs=2, device="cpu")
print(len(history.step), model.kernel.size)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == ["2", "3"], done.stderr
