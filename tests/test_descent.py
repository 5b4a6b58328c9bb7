"""Full-batch AdamW on pattern counts."""

import numpy as np
import pytest

from inverse_rg.descent import descend
from inverse_rg.optimum import count_patterns, loss, optimum
from inverse_rg.swendsen_wang import sample_ising
from inverse_rg.training import train


@pytest.fixture(scope="module")
def patterns():
    return count_patterns(sample_ising(500, 16, rng=1), window=3, rng=2)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("size", [3, 5])
def test_descent_starts_at_a_coin_toss_and_ends_near_the_optimum(patterns, size, weighted):
    path = descend(patterns, size, steps=1500, weighted=weighted)
    best = optimum(patterns, size, weighted=weighted)
    assert len(path) == 1501
    assert loss(patterns, path[0], weighted=weighted) == pytest.approx(np.log(2), rel=1e-12)
    excess = [loss(patterns, kernel, weighted=weighted) - best.loss for kernel in path[::500]]
    assert excess[0] > excess[1] > excess[2] > excess[3] > -1e-12
    assert excess[-1] < 1e-4


def test_first_step_is_that_of_train():
    from inverse_rg.models import SingleLayer

    spins = sample_ising(64, 8, rng=3)
    # AdamW's first step has the size of the learning rate and the sign of the gradient.
    _, history = train(spins, SingleLayer(3), rng=4, epochs=1, validation_fraction=0.0)
    path = descend(count_patterns(spins, window=2, rng=5), 3, steps=1)
    np.testing.assert_allclose(path[1].parameters, history.parameters[1], rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": 0}, "steps must be at least 1"),
        ({"steps": 10, "learning_rate": 0.0}, "learning_rate must be at least"),
        ({"steps": 10, "learning_rate": float("nan")}, "learning_rate must be finite"),
    ],
)
def test_bad_arguments_are_named(patterns, arguments, message):
    with pytest.raises(ValueError, match=message):
        descend(patterns, 3, **arguments)


def test_too_small_a_window_is_named(patterns):
    with pytest.raises(ValueError, match="size must be at most 5"):
        descend(patterns, 7, steps=1)


def test_sampled_patterns_are_the_sum_of_their_chunks(monkeypatch):
    from inverse_rg import patterns as module
    from inverse_rg.ensembles import Ising

    monkeypatch.setattr(module, "CHUNK", 100)
    total = module.sample_patterns(Ising(8), 250, window=2, rng=1, groups=4)
    again = module.sample_patterns(Ising(8), 250, window=2, rng=1, groups=4)
    assert total.configurations == 250
    assert total.counts.sum() == 250 * 64
    np.testing.assert_array_equal(total.counts, again.counts)
    with pytest.raises(ValueError, match="n must be at least 4, got 3"):
        module.sample_patterns(Ising(8), 3, window=2, rng=1, groups=4)
