"""Interface, symmetries, gradients and training of two-layer networks."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
import torch

from inverse_rg import _network_field, neighbourhoods, training
from inverse_rg.blocking import block
from inverse_rg.campaign import describe
from inverse_rg.dreaming import dream
from inverse_rg.ensembles import Dream, Ising, paper_dream
from inverse_rg.kernels import Kernel
from inverse_rg.models import SingleLayer, TwoLayer
from inverse_rg.neighbourhoods import FieldTable, count_neighbourhoods, log_odds, loss, table_of
from inverse_rg.training_by_counts import count_loss, train_by_counts

DEVICES = ["cpu"] + [f"cuda:{index}" for index in range(torch.cuda.device_count())]


def random_spins(n, side, seed=1):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (n, side, side))


@pytest.fixture(scope="module")
def spins():
    return Ising(8).sample(600, rng=3)


@pytest.mark.parametrize("size", [1, 3, 7])
def test_parameters(size):
    model = TwoLayer(size, rng=1)
    assert {name: tuple(part.shape) for name, part in model.named_parameters()} == {
        "first": (32, size, size),
        "bias": (32,),
        "second": (32, size, size),
    }
    again, other = TwoLayer(size, rng=1), TwoLayer(size, rng=2)
    assert torch.equal(model.first, again.first)
    assert not torch.equal(model.first, other.first)
    assert repr(model) == f"TwoLayer(size={size}, channels=32, symmetrised=False)"


def test_the_global_generator_is_left_alone():
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    TwoLayer(3, rng=5)
    assert torch.equal(torch.rand(1), expected)


def test_a_symmetrised_field_follows_the_symmetries():
    coarse = torch.from_numpy(random_spins(4, 6))
    model = TwoLayer(3, 6, symmetrised=True, rng=1, dtype=torch.float64)
    field = model(coarse)
    torch.testing.assert_close(model(-coarse), -field)
    torch.testing.assert_close(model(coarse.rot90(1, (1, 2))), field.rot90(1, (1, 2)))
    torch.testing.assert_close(model(coarse.transpose(1, 2)), field.transpose(1, 2))
    plain = TwoLayer(3, 6, rng=1, dtype=torch.float64)
    for moved, back in (
        (-coarse, lambda h: -h),
        (coarse.rot90(1, (1, 2)), lambda h: h.rot90(1, (1, 2))),
    ):
        assert (plain(moved) - back(plain(coarse))).abs().max() > 0.01, "the paper's has none"
    torch.testing.assert_close(plain.symmetrise()(coarse), field)


@pytest.mark.parametrize("size", [3, 5, 7])
def test_how_far_a_fine_spin_sees(size):
    # k x k coarse spins, and not one more: what tables and windows rely on.
    model = TwoLayer(size, 4, rng=2, dtype=torch.float64)
    side = size + 4
    coarse = torch.from_numpy(random_spins(1, side)).double().requires_grad_()
    model.bias.data += 10  # every channel takes part
    middle = side // 2
    model.field(coarse)[
        0, 2 * middle : 2 * middle + 2, 2 * middle : 2 * middle + 2
    ].sum().backward()
    seen = coarse.grad[0].abs().amax(0) > 1e-12
    reach = size // 2
    assert seen.nonzero().ravel().tolist() == list(range(middle - reach, middle + reach + 1))


@pytest.mark.parametrize(
    ("size", "channels", "side"), [(3, 32, 1), (5, 3, 3), (7, 32, 8), (9, 7, 2)]
)
def test_compiled_gradients(size, channels, side):
    model = TwoLayer(size, channels, rng=3)
    assert _network_field.can_compile(model)
    coarse = torch.from_numpy(random_spins(70, side))
    slopes = torch.randn(70, 2 * side, 2 * side, generator=torch.Generator().manual_seed(1))
    found = []
    for evaluate in (model, model.field):
        model.zero_grad()
        field = evaluate(coarse)
        (field * slopes).sum().backward()
        found.append([field.detach(), *(part.grad.clone() for part in model.parameters())])
    for compiled, plain in zip(*found, strict=True):
        scale = plain.abs().max()
        torch.testing.assert_close(compiled / scale, plain / scale, rtol=0, atol=3e-5)


@pytest.mark.parametrize("n", [1, 64, 200])
def test_compiled_fields_do_not_depend_on_the_workers(n, monkeypatch):
    model = TwoLayer(7, rng=3)
    coarse = torch.from_numpy(random_spins(n, 4))
    results = []
    for cores in (1, 4):
        monkeypatch.setattr(_network_field.os, "cpu_count", lambda cores=cores: cores)
        model.zero_grad()
        field = model(coarse)
        field.square().sum().backward()
        results.append((field.detach(), model.first.grad.clone(), model.second.grad.clone()))
    for one, many in zip(*results, strict=True):
        assert torch.equal(one, many)


# Training


@pytest.mark.parametrize("weighted", [False, True])
def test_counts_have_the_loss_of_the_lattices(spins, weighted):
    coarse = block(spins, rng=4)
    counts = count_neighbourhoods(spins, rng=4)
    assert counts.counts.sum() == spins.size
    model = TwoLayer(3, rng=5, dtype=torch.float64)
    sample = training._Sample(
        torch.from_numpy(spins),
        torch.from_numpy(coarse),
        torch.from_numpy((spins.reshape(-1, 4, 2, 4, 2).sum((2, 4)) == 0).sum((1, 2))),
    )
    whole = training._loss(model, sample, torch.float64, weighted, backward=True)
    slopes = [part.grad.clone() for part in model.parameters()]
    model.zero_grad()
    shares = counts.chosen(weighted) / counts.chosen(weighted).sum()
    by_counts = count_loss(model, torch.from_numpy(shares))
    by_counts.backward()
    assert float(by_counts.detach()) == pytest.approx(whole, rel=1e-10)
    assert loss(counts, model, weighted=weighted) == pytest.approx(whole, rel=1e-10)
    for slope, part in zip(slopes, model.parameters(), strict=True):
        torch.testing.assert_close(part.grad, slope)


@pytest.mark.parametrize("device", DEVICES)
def test_mini_batches_and_counts_reach_the_same_loss(spins, device):
    counts = count_neighbourhoods(spins, rng=4)
    by_counts, losses = train_by_counts(counts, TwoLayer(3, rng=6), steps=300)
    assert losses[-1] < losses[0]
    assert losses[-1] == pytest.approx(loss(counts, by_counts), abs=1e-6)
    by_batches, _ = training.train(
        spins, TwoLayer(3, rng=6), rng=6, batch_size=50, epochs=15, schedule="one-cycle",
        validation_fraction=0, device=device,
    )  # fmt: skip
    # No function of the neighbourhood is below this on these counts.
    down, up = counts.counts.swapaxes(0, 1)
    both = np.maximum(down + up, 1)
    share = np.clip(up / both, 1e-300, 1 - 1e-16)
    floor = -(up * np.log(share) + down * np.log1p(-share)).sum() / counts.counts.sum()
    assert floor < losses[-1] < loss(counts, Kernel.load("k5"))
    start = losses[0] - floor
    for reached in (losses[-1], loss(counts, by_batches.cpu())):
        assert 0 < reached - floor < 0.05 * start


def test_a_symmetrised_network_is_trained_symmetric(spins):
    counts = count_neighbourhoods(spins, rng=4)
    model, losses = train_by_counts(counts, TwoLayer(3, symmetrised=True, rng=6), steps=50)
    assert losses[-1] == pytest.approx(loss(counts, model), abs=1e-6)
    table = table_of(model)
    np.testing.assert_allclose(table[:, ::-1], -table, atol=1e-12)


def test_counts_add_up_and_do_not_depend_on_workers(spins):
    one = count_neighbourhoods(spins, rng=4, workers=1)
    two = count_neighbourhoods(spins, rng=4, workers=2)
    np.testing.assert_array_equal(one.weighted_counts, two.weighted_counts)
    both = one + two
    np.testing.assert_array_equal(both.counts, 2 * one.counts)
    assert both.effective_configurations(weighted=True) == pytest.approx(
        2 * one.effective_configurations(weighted=True)
    )
    sampled = neighbourhoods.sample_neighbourhoods(Ising(8), 200, rng=1)
    assert sampled.configurations == 200


def test_single_layers_have_tables_too(spins):
    counts = count_neighbourhoods(spins, rng=4)
    for name in ("k3", "k5"):
        kernel = Kernel.load(name)
        table = table_of(kernel)
        np.testing.assert_allclose(table_of(SingleLayer(kernel, dtype=torch.float64)), table)
        assert loss(counts, kernel) == loss(counts, table)
    assert loss(counts, log_odds(counts)) < loss(counts, Kernel.load("k5"))


def test_resampled_configurations_are_ordered(spins):
    drawn = training.resample(spins, 5000, rng=1)
    ties = (spins.reshape(-1, 4, 2, 4, 2).sum((2, 4)) == 0).sum((1, 2))
    weights = np.exp2(-ties.astype(float))
    expected = np.average(spins.mean((1, 2)) ** 2, weights=weights)
    values = drawn.mean((1, 2)) ** 2
    assert abs(values.mean() - expected) < 4 * values.std() / np.sqrt(len(values))
    np.testing.assert_array_equal(drawn, training.resample(spins, 5000, rng=1))


# Dreams


@pytest.mark.parametrize("size", [3, 7])
@pytest.mark.parametrize("n", [1, 70])
def test_same_seed_same_spins(size, n):
    model = TwoLayer(size, rng=1)
    expected = dream(model, n, 16, rng=5)
    np.testing.assert_array_equal(dream(model, n, 16, rng=5, workers=2), expected)
    np.testing.assert_array_equal(Dream(model, 16).sample(n, rng=5), expected)
    assert not np.array_equal(dream(model, 500, 16, rng=6)[:n], expected)


def test_the_start_of_the_paper():
    narrow, wide = TwoLayer(3, rng=1), TwoLayer(7, rng=1)
    found = paper_dream(wide, narrow, 32)
    assert found.start.size == 4
    assert found.label == "two-layer k=7"
    assert paper_dream(narrow, narrow, 32).start is None


def test_descriptions_hold_networks_and_tables():
    from inverse_rg._descriptions import from_description, short

    narrow = TwoLayer(3, 8, symmetrised=True, rng=1)
    for ensemble in (
        Dream(narrow, 16),
        paper_dream(TwoLayer(7, 8, rng=1), narrow, 16),
        Dream(FieldTable(table_of(narrow)), 16),
    ):
        text = json.dumps(describe(ensemble))
        again = from_description(json.loads(text))
        assert json.dumps(describe(again)) == text
        np.testing.assert_array_equal(again.sample(70, rng=3), ensemble.sample(70, rng=3))
    assert short(describe(Dream(narrow, 16))) == "two-layer k=3 symmetrised to 16 from one spin"


def test_descriptions_of_something_else():
    from inverse_rg._descriptions import from_description

    good = describe(Dream(TwoLayer(3, 2, rng=1), 16))
    for part, trouble in (
        ({"kind": "?"}, "kind must be 'two-layer' or 'table'"),
        ({"bias": ""}, r"an array must have shape \(2,\), got 0 numbers"),
    ):
        with pytest.raises(ValueError, match=trouble):
            from_description({**good, "kernel": {**good["kernel"], **part}})
    with pytest.raises(TypeError, match="ensemble must grow with a Kernel"):
        describe(Dream(torch.nn.Identity(), 16))


# Files


@pytest.mark.parametrize(
    ("call", "error", "trouble"),
    [
        (lambda: TwoLayer(4, rng=1), ValueError, "size must be odd"),
        (lambda: TwoLayer(3, 0, rng=1), ValueError, "channels must be at least 1, got 0"),
        (lambda: TwoLayer(3, symmetrised=1, rng=1), TypeError, "symmetrised must be True or"),
        (lambda: TwoLayer(3, rng=None), TypeError, "rng must be an int seed"),
        (lambda: TwoLayer(3, rng=1, dtype=torch.int8), ValueError, "dtype must be a floating"),
        (lambda: TwoLayer(3, rng=1)(torch.ones(1, 2, 3)), ValueError, "coarse must have shape"),
        (lambda: table_of(Kernel.load("k7")), ValueError, "must see 3 x 3 .*got 5 x 5"),
        (lambda: table_of(TwoLayer(5, rng=1)), ValueError, "must see 3 x 3 .*got 5 x 5"),
        (lambda: table_of(3), TypeError, "kernel_or_model must be a FieldTable, a Kernel"),
        (lambda: FieldTable(np.zeros((4, 3))), ValueError, r"table must have shape \(4, 512\)"),
        (lambda: FieldTable(np.full((4, 512), np.nan)), ValueError, "table must hold finite"),
        (
            lambda: Dream(3, 8),
            TypeError,
            "kernel must be a Kernel, a ConditionalUpscaler or a torch module, got int",
        ),
        (lambda: training.resample(np.ones((2, 3, 3)), 4, rng=1), ValueError, "an even side"),
    ],
)
def test_bad_arguments(call, error, trouble):
    with pytest.raises(error, match=trouble):
        call()


@pytest.mark.parametrize(
    ("model", "options", "error", "trouble"),
    [
        (TwoLayer(5, rng=1), {}, ValueError, "model must have k = 3 .*got k = 5"),
        (SingleLayer(3), {}, TypeError, "model must be a TwoLayer, got SingleLayer"),
        (TwoLayer(3, rng=1), {"steps": 0}, ValueError, "steps must be at least 2"),
        (TwoLayer(3, rng=1), {"learning_rate": -1}, ValueError, "learning_rate must be at least"),
    ],
)
def test_bad_training(spins, model, options, error, trouble):
    counts = count_neighbourhoods(spins[:4], rng=1)
    with pytest.raises(error, match=trouble):
        train_by_counts(counts, model, **options)


def test_counts_of_different_lattices(spins):
    counts = count_neighbourhoods(spins[:4], rng=1)
    with pytest.raises(ValueError, match="must have the same size, got 8 and 4"):
        counts + count_neighbourhoods(spins[:4, :4, :4], rng=1)
    with pytest.raises(ValueError, match="prior must be positive where"):
        log_odds(counts, prior=0.0)


def test_the_torch_path_needs_numpy_and_torch_alone():
    program = """
import sys
for name in ("numba", "llvmlite", "scipy", "xarray", "safetensors", "tqdm", "matplotlib", "h5py"):
    sys.modules[name] = None
import numpy as np
from inverse_rg.device_measurement import measure_moments
from inverse_rg.dreaming import dream
from inverse_rg.ensembles import Dream
from inverse_rg.models import SingleLayer, TwoLayer
from inverse_rg.training import train
spins = np.random.default_rng(1).choice([-1, 1], (20, 4, 4))
narrow, wide = TwoLayer(3, rng=1), TwoLayer(7, rng=1)
for model in (narrow, wide):
    train(spins, model, rng=1, epochs=1, device="cpu")
    assert dream(model, 3, 8, rng=1).shape == (3, 8, 8)
found = measure_moments(Dream(wide, 8, start=Dream(narrow, 4)), 128, rng=1, device="cpu")
print(found.sizes, len(found.observables()))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split("\n")[0] == "(2, 4, 8) 5", done.stderr


def test_sampling_never_imports_torch():
    program = """
import sys
import inverse_rg as irg
irg.Dream(irg.Kernel.load("k3"), 8).sample(3, rng=1)
irg.neighbourhoods.count_neighbourhoods(irg.sample_ising(2, 4, rng=1), rng=1)
print("torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def test_a_message_names_what_upscales():
    with pytest.raises(TypeError, match=re.escape("got SimpleName")):
        dream(type("SimpleName", (), {})(), 3, 8, rng=1)
