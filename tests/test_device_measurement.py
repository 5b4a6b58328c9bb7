"""Dreams and moments on a torch device: guards, memory, dtypes, and the benchmark script."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import inverse_rg as irg
from inverse_rg import _device_draw, device_measurement
from inverse_rg._device_draw import UpProbability, field_in_chunks, probability_error
from inverse_rg.device_measurement import measure_moments
from inverse_rg.ensembles import Dream, Ising
from inverse_rg.kernels import Kernel
from inverse_rg.models import SingleLayer, TwoLayer

K3, K7 = Kernel.load("k3"), Kernel.load("k7")
DEVICES = ["cpu"] + [f"cuda:{index}" for index in range(torch.cuda.device_count())]
SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "device.py"

# The most that a probability of up may be off, by the type of the field.
ERRORS = {torch.float32: 1e-6, torch.float16: 4e-3, torch.bfloat16: 4e-2}


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("kernel", [K3, K7, SingleLayer(K7)], ids=["k3", "k7", "module"])
def test_the_same_dreams_as_the_packed_kernels(kernel, device):
    n = 20_000
    found = measure_moments(Dream(kernel, 16), n, rng=1, device=device)
    packed = irg.measure(Dream(kernel, 16), n, rng=2)
    for name, (value, error) in found.observables().items():
        gap = value - packed[name].values
        assert (abs(gap) < 4.5 * np.hypot(error, packed[f"{name}_error"].values)).all(), name
    assert found.counts.sum() == n
    assert all(histogram.sum() == n for histogram in found.histograms)


def test_measure_with_a_device_returns_a_dataset():
    found = irg.measure(Dream(K3, 8), 640, rng=1, device="cpu")
    direct = measure_moments(Dream(K3, 8), 640, rng=1, device="cpu")
    np.testing.assert_array_equal(found["moments"], direct.moments)
    assert found.attrs["device"] == "cpu"
    assert float(found["P"].sel(size=8).sum() * 2 / 64) == pytest.approx(1)
    with pytest.raises(ValueError, match="scheduler must be None where a device is given"):
        irg.measure(Dream(K3, 8), 640, rng=1, device="cpu", scheduler="tcp://nowhere:1")


@pytest.mark.parametrize("device", DEVICES)
def test_the_batch_changes_nothing(device):
    narrow, wide = TwoLayer(3, rng=1), TwoLayer(7, rng=1)
    for ensemble in (Dream(K3, 16), Dream(wide, 16, start=Dream(narrow, 4))):
        one, three = (
            measure_moments(ensemble, 1000, rng=3, device=device, batch=batch) for batch in (1, 3)
        )
        np.testing.assert_array_equal(one.counts, three.counts)
        for mine, theirs in zip(one.histograms, three.histograms, strict=True):
            np.testing.assert_array_equal(mine, theirs)
        np.testing.assert_allclose(one.moments, three.moments, rtol=1e-12, atol=1e-12)


def test_starts_of_every_kind():
    start = Ising(4).sample(200, rng=1)
    given = measure_moments(Dream(K3, 4, start=start), 200, rng=1, device="cpu")
    assert given.sizes == (4,)
    expected = (start.sum((1, 2)) / 16) ** 2
    assert given.moments[:, 0, 2].sum() == pytest.approx(expected.sum())
    drawn = measure_moments(Dream(K3, 8, start=Ising(4)), 200, rng=1, device="cpu")
    assert drawn.sizes == (4, 8)


class Greedy(SingleLayer):
    """A model that runs out of memory with more than a few configurations at a time."""

    most = 100
    none_to_train = False
    calls = 0

    def forward(self, coarse):
        Greedy.calls += 1
        if len(coarse) > self.most or (self.none_to_train and torch.is_grad_enabled()):
            raise torch.OutOfMemoryError("no memory left")
        return super().forward(coarse)


def test_out_of_memory_means_fewer_at_a_time():
    coarse = torch.ones(300, 2, 2, dtype=torch.int8)
    field = field_in_chunks(Greedy(K7), coarse, torch.float32)
    torch.testing.assert_close(field, SingleLayer(K7)(coarse).detach(), check_dtype=True)
    Greedy.most = 0
    try:
        with pytest.raises(ValueError, match="device cpu has no memory for 64 lattices of side 8"):
            measure_moments(Dream(Greedy(K7), 8), 128, rng=1, device="cpu", batch=2)
        with pytest.raises(torch.OutOfMemoryError):
            field_in_chunks(Greedy(K7), coarse, torch.float32)
    finally:
        Greedy.most = 100


def test_out_of_memory_outside_the_field(monkeypatch):
    expected = measure_moments(Dream(K3, 8), 640, rng=1, device="cpu", batch=1)
    draw = _device_draw.draw

    def scarce(up, uniform):
        if len(up) > 64:
            raise torch.OutOfMemoryError("no memory left")
        return draw(up, uniform)

    monkeypatch.setattr(device_measurement._device_draw, "draw", scarce)
    found = measure_moments(Dream(K3, 8), 640, rng=1, device="cpu", batch=8)
    np.testing.assert_array_equal(found.moments, expected.moments)


def test_training_out_of_memory_takes_smaller_chunks(monkeypatch):
    from inverse_rg import training

    spins = Ising(8).sample(300, rng=1)
    expected, _ = training.train(spins, SingleLayer(3), rng=1, epochs=1, device="cpu")
    Greedy.calls = 0
    model, _ = training.train(spins, Greedy(3), rng=1, epochs=1, device="cpu")
    assert Greedy.calls > 3
    np.testing.assert_allclose(model.kernel.parameters, expected.kernel.parameters, rtol=1e-5)
    model = Greedy(3)
    model.none_to_train = True
    with pytest.raises(ValueError, match="device cpu has no memory to train on one"):
        training.train(spins, model, rng=1, epochs=1, device="cpu")


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", ERRORS)
@pytest.mark.parametrize("model", [K3, K7, TwoLayer(3, rng=1), TwoLayer(7, rng=1)], ids=repr)
def test_probability_errors(model, dtype, device):
    error = probability_error(model, dtype, device=device, n=8, rng=1)
    assert error < ERRORS[dtype]


def test_a_low_dtype_can_be_told_from_a_high_one():
    # The bounds are of the right size, and a looked-up field needs no low one.
    assert probability_error(K7, torch.bfloat16, device="cpu") > 1e-4
    assert probability_error(K7, torch.float64, device="cpu") == 0
    assert probability_error(K3, torch.bfloat16, device="cpu") < 1e-7


def test_half_precision_is_drawn_with_whole_random_numbers():
    # A uniform number of 8 bits would never be below a probability of 1e-4.
    rare = Kernel(1, (-4.6,))
    model = SingleLayer(rare, dtype=torch.bfloat16)
    fine = irg.dream(model, 400, 64, rng=1, start=np.ones((400, 32, 32), np.int8), device="cpu")
    expected = fine.size / (1 + np.exp(2 * 4.59375))  # the field as bfloat16 holds it
    assert abs((fine == 1).sum() - expected) < 4 * np.sqrt(expected)


def test_half_precision_that_a_device_lacks(monkeypatch):
    def lacking(*_, **options):
        raise RuntimeError("not implemented for 'Half'")

    monkeypatch.setattr(_device_draw.torch, "ones", lacking)
    with pytest.raises(ValueError, match=r"dtype torch\.float16 cannot be used on device cpu: not"):
        UpProbability(K7, torch.device("cpu"), torch.float16)


@pytest.mark.parametrize(
    ("options", "error", "trouble"),
    [
        ({"ensemble": Ising(8)}, TypeError, "ensemble must be a Dream, got Ising"),
        ({"ensemble": Dream(K3, 1)}, ValueError, "ensemble must have a size of at least 2"),
        ({"n": 100}, ValueError, "n must be at least 128"),
        ({"batch": 0}, ValueError, "batch must be at least 1"),
        ({"device": "abacus"}, ValueError, "device must be one that torch can use here"),
        ({"device": "cuda:99"}, ValueError, "device must be one that torch can use here"),
        (
            {"dtype": torch.int8},
            ValueError,
            r"dtype must be one of torch\.float64, .*got torch\.int8",
        ),
        ({"ensemble": Dream(K3, 8, start=np.ones((3, 4, 4)))}, ValueError, "start must hold n"),
    ],
)
def test_bad_arguments(options, error, trouble):
    arguments = {"ensemble": Dream(K3, 8), "n": 128, "rng": 1, "device": "cpu", **options}
    with pytest.raises(error, match=trouble):
        measure_moments(arguments.pop("ensemble"), arguments.pop("n"), **arguments)


class Wrong(SingleLayer):
    def forward(self, coarse):
        return coarse


@pytest.mark.parametrize(
    ("model", "trouble"),
    [
        (Wrong(K7), r"must map coarse spins \(64, 1, 1\) to fields \(64, 2, 2\)"),
        (TwoLayer(7, rng=1), "must have finite parameters"),
    ],
)
def test_modules_that_do_not_fit(model, trouble):
    if "finite" in trouble:
        model.bias.data[0] = np.nan
    with pytest.raises(ValueError, match=trouble):
        measure_moments(Dream(model, 8), 128, rng=1, device="cpu")


def test_the_benchmark_script_runs_with_numpy_and_torch_alone(tmp_path):
    program = f"""
import runpy, sys
for name in ("numba", "llvmlite", "scipy", "xarray", "safetensors", "tqdm", "matplotlib", "h5py"):
    sys.modules[name] = None
sys.argv = ["device.py", "--quick", "--repeats", "1", "--device", "cpu", "--out", "record.json"]
runpy.run_path({str(SCRIPT)!r}, run_name="__main__")
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "record.json").read_text())
    assert record["device"]
    assert [row["limit"] for row in record["rows"]] == ["memory"] * 3 + ["products"]
    for row in record["rows"]:
        assert row["per_second"] > 0
        assert row["fraction_of_limit"] > 0
        assert row["packed_per_second"] is None
    command = [sys.executable, str(SCRIPT), "--quick", "--device", "cuda:99"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert "error: device must be one that torch can use here, got 'cuda:99'" in done.stderr
