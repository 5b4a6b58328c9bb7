import math

import numpy as np
import pytest
import torch

from inverse_rg import training
from inverse_rg.blocking import count_ties
from inverse_rg.kernels import field
from inverse_rg.models import SingleLayer
from inverse_rg.swendsen_wang import sample_ising
from inverse_rg.training import train

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def single_thread():
    # Small tensors: threads only wait for each other, above all on a busy machine.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def spins():
    return sample_ising(400, 8, rng=11)


def weights_after(spins, **options):
    model, history = train(
        spins, SingleLayer(3), rng=options.pop("rng", 1), device="cpu", **options
    )
    return model.weights.detach().numpy().copy(), history


def test_same_seed_same_result(spins):
    first, history = weights_after(spins, batch_size=100, epochs=3)
    again, history_again = weights_after(spins, batch_size=100, epochs=3)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(history.training_loss, history_again.training_loss)
    np.testing.assert_array_equal(history.validation_loss, history_again.validation_loss)
    other, _ = weights_after(spins, batch_size=100, epochs=3, rng=2)
    assert (other != first).any()


def test_generator_is_a_seed_that_advances(spins):
    rng = np.random.default_rng(3)
    first, _ = weights_after(spins, rng=rng, batch_size=100, epochs=1)
    second, _ = weights_after(spins, rng=rng, batch_size=100, epochs=1)
    assert (first != second).any()


def test_global_generators_are_left_alone(spins):
    state = torch.get_rng_state()
    weights_after(spins, epochs=1)
    assert torch.equal(torch.get_rng_state(), state)


def test_history(spins):
    # 320 of 400 train, in batches of at most 100: four of 80 an epoch.
    _, history = weights_after(spins, batch_size=100, epochs=3)
    np.testing.assert_array_equal(history.step, range(12))
    np.testing.assert_array_equal(history.epoch, np.arange(12) / 4)
    np.testing.assert_array_equal(history.validation_epoch, range(4))
    assert history.training_loss.shape == (12,)
    assert history.validation_loss.shape == (4,)
    # A model of zeros is a fair coin: log 2 a spin.
    assert history.training_loss[0] == pytest.approx(math.log(2), abs=1e-6)
    assert history.validation_loss[0] == pytest.approx(math.log(2), abs=1e-6)
    assert (np.diff(history.validation_loss) < 0).all()


def test_batch_size_is_clipped(spins):
    _, history = weights_after(spins, batch_size=10**9, epochs=2)
    assert len(history.step) == 2


def test_nothing_held_out(spins):
    _, history = weights_after(spins, epochs=2, validation_fraction=0)
    assert np.isnan(history.validation_loss).all()
    assert np.isfinite(history.training_loss).all()


def test_held_out_configurations_are_the_last(spins):
    changed = spins.copy()
    changed[-80:] *= -1
    changed[-80:, ::2] *= -1
    first, history = weights_after(spins, epochs=2)
    second, history_changed = weights_after(changed, epochs=2)
    # The ties of the last fifth are drawn last, so that the rest is untouched.
    np.testing.assert_array_equal(first, second)
    assert history.validation_loss[-1] != history_changed.validation_loss[-1]


def test_majority_rule(spins, chi_square):
    sample = training._coarsen(spins, torch.Generator().manual_seed(5), CPU)
    sums = spins.reshape(400, 4, 2, 4, 2).astype(int).sum((2, 4))
    coarse = sample.coarse.numpy()
    assert coarse.dtype == np.int8
    np.testing.assert_array_equal(coarse[sums != 0], np.sign(sums)[sums != 0])
    np.testing.assert_array_equal(sample.ties.numpy(), count_ties(spins))
    tied = coarse[sums == 0]
    assert set(tied) == {-1, 1}
    assert chi_square([(tied == 1).sum(), (tied == -1).sum()], [0.5, 0.5]) > 1e-4


@pytest.mark.parametrize("weighted", [False, True])
def test_loss_is_the_definition(spins, weighted):
    sample = training._coarsen(spins, torch.Generator().manual_seed(5), CPU)
    model = SingleLayer(5, dtype=torch.float64)
    with torch.no_grad():
        model.weights[:] = torch.tensor([0.3, 0.2, 0.1, -0.05, 0.02, 0.01])
    fields = field(model.kernel, sample.coarse.numpy())
    probability = np.exp(spins * fields) / (2 * np.cosh(fields))
    each = -np.log(probability).mean(axis=(1, 2))
    weights = 2.0 ** -count_ties(spins) if weighted else np.ones(len(spins))
    expected = (weights / weights.mean() * each).mean()
    found = training._loss(model, sample, torch.float64, weighted)
    assert found == pytest.approx(expected, rel=1e-12)


def test_chunks_change_nothing(spins, monkeypatch):
    def gradient():
        sample = training._coarsen(spins, torch.Generator().manual_seed(5), CPU)
        model = SingleLayer(3, dtype=torch.float64)
        loss = training._loss(model, sample, torch.float64, True, backward=True)
        return loss, model.weights.grad.numpy()

    loss, slope = gradient()
    monkeypatch.setitem(training._CHUNK_SPINS, "cpu", 7 * 64)
    loss_in_chunks, slope_in_chunks = gradient()
    assert loss_in_chunks == pytest.approx(loss, rel=1e-12)
    np.testing.assert_allclose(slope_in_chunks, slope, rtol=1e-12)


def test_weights_do_not_underflow():
    # Random spins of side 128 have about 1536 ties, and 2^-1536 is 0.
    spins = np.random.default_rng(1).choice(np.array([-1, 1], np.int8), (5, 128, 128))
    assert count_ties(spins).min() > 1100
    _, history = weights_after(spins, epochs=2, weighted=True)
    assert np.isfinite(history.training_loss).all()


def test_read_only_and_float_spins(spins):
    frozen = spins.copy()
    frozen.setflags(write=False)
    expected, _ = weights_after(spins, epochs=1)
    np.testing.assert_array_equal(weights_after(frozen, epochs=1)[0], expected)
    np.testing.assert_array_equal(weights_after(spins.astype(float), epochs=1)[0], expected)


def test_one_cycle_and_decay_change_the_path(spins):
    fixed, _ = weights_after(spins, epochs=5)
    cycle, _ = weights_after(spins, epochs=5, schedule="one-cycle")
    decayed, _ = weights_after(spins, epochs=5, weight_decay=1.0)
    assert (fixed != cycle).any()
    assert np.abs(decayed).sum() < np.abs(fixed).sum()


def test_model_is_trained_in_place_and_returned(spins):
    model = SingleLayer(3)
    trained, _ = train(spins, model, rng=1, epochs=1, device="cpu")
    assert trained is model
    assert not model.training


def test_progress_is_shown(spins, capsys):
    weights_after(spins, epochs=2, progress=True)
    assert "training: 100%" in capsys.readouterr().err
    weights_after(spins, epochs=2)
    assert capsys.readouterr().err == ""


class Other(torch.nn.Module):
    """Any module from (n, H, H) to (n, 2H, 2H) can be trained."""

    def __init__(self, scale: int = 2):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
        self.scale = scale

    def forward(self, coarse):
        fine = coarse.repeat_interleave(self.scale, 1).repeat_interleave(self.scale, 2)
        return self.layer(fine[..., None])[..., 0]


def test_any_module_is_trained(spins):
    with torch.random.fork_rng():
        model = Other()
    _, history = train(spins, model, rng=1, epochs=50, learning_rate=0.1, device="cpu")
    assert history.validation_loss[-1] < history.validation_loss[0]


# Guards


def test_module_of_a_wrong_shape(spins):
    trouble = r"model must map coarse spins \(1, 4, 4\) to fields \(1, 8, 8\), got .*\(1, 12, 12\)"
    with pytest.raises(ValueError, match=trouble):
        train(spins, Other(3), rng=1, device="cpu")


def test_model_is_a_module(spins):
    with pytest.raises(TypeError, match="model must be a torch module, got int"):
        train(spins, 3, rng=1)


def test_model_has_parameters(spins):
    with pytest.raises(ValueError, match="model must have parameters to train"):
        train(spins, torch.nn.Identity(), rng=1)


class Steep(Other):
    """A module whose field overflows once its parameters have grown."""

    def forward(self, coarse):
        return torch.sinh(super().forward(coarse))


def test_loss_stays_finite(spins):
    with torch.random.fork_rng():
        model = Steep()
    with pytest.raises(ValueError, match=r"learning_rate 1000 made the loss (inf|nan) after"):
        train(spins, model, rng=1, learning_rate=1000, device="cpu")


@pytest.mark.parametrize(
    ("options", "trouble"),
    [
        ({"learning_rate": -1}, "learning_rate must be at least 0"),
        ({"learning_rate": 1e38}, "learning_rate must be at least 0.0 and at most 1000"),
        ({"learning_rate": math.nan}, "learning_rate must be finite"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"epochs": 0}, "epochs must be at least 1"),
        ({"weight_decay": -1}, "weight_decay must be at least 0"),
        ({"validation_fraction": -0.1}, "validation_fraction must be at least 0"),
        ({"validation_fraction": 1}, "validation_fraction must be below 1"),
        ({"validation_fraction": 0.9999}, "validation_fraction must be below 1 and leave"),
        ({"schedule": "cosine"}, "schedule must be one of 'fixed', 'one-cycle', got 'cosine'"),
        ({"device": "abacus"}, "device must be one that torch can use here, got 'abacus'"),
        ({"rng": -1}, "rng must be a non-negative seed"),
    ],
)
def test_options_out_of_range(spins, options, trouble):
    with pytest.raises(ValueError, match=trouble):
        train(spins, SingleLayer(3), **{"rng": 1, **options})


@pytest.mark.parametrize(
    ("options", "trouble"),
    [
        ({"epochs": 1.5}, "epochs must be an integer"),
        ({"learning_rate": "fast"}, "learning_rate must be a real number"),
        ({"rng": None}, "rng must be an int seed"),
    ],
)
def test_options_of_a_wrong_type(spins, options, trouble):
    with pytest.raises(TypeError, match=trouble):
        train(spins, SingleLayer(3), **{"rng": 1, **options})


@pytest.mark.parametrize(
    ("wrong", "trouble"),
    [
        (np.ones((4, 3, 3)), "spins must have an even side"),
        (np.zeros((4, 4, 4)), r"spins must hold only \+1 and -1"),
        (np.ones((0, 4, 4)), r"spins must have shape \(n, L, L\)"),
    ],
)
def test_wrong_spins(wrong, trouble):
    with pytest.raises(ValueError, match=trouble):
        train(wrong, SingleLayer(3), rng=1)
