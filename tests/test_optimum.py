import dataclasses

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from inverse_rg import _patterns, training
from inverse_rg._random import seed_sequence
from inverse_rg.blocking import block, count_ties
from inverse_rg.kernels import Kernel, field, offset_classes, window_steps
from inverse_rg.models import SingleLayer
from inverse_rg.optimum import PatternCounts, count_patterns, fit, loss, optimum
from inverse_rg.swendsen_wang import sample_ising


@pytest.fixture(autouse=True)
def single_thread():
    # Small tensors: threads only wait for each other, above all on a busy machine.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def spins():
    return sample_ising(300, 8, rng=21)


@pytest.fixture(scope="module")
def patterns(spins):
    return count_patterns(spins, window=4, rng=22)


def count_slowly(spins, coarse, weights, window):
    """Walk through every fine spin and read off its window."""
    n, side, _ = spins.shape
    half = side // 2
    histogram = np.zeros((2, 1 << window**2, 2))
    steps = window_steps(window)
    for i in range(n):
        for y in range(side):
            for x in range(side):
                rows = (y // 2 + (1 if y % 2 else -1) * steps) % half
                columns = (x // 2 + (1 if x % 2 else -1) * steps) % half
                seen = coarse[i][np.ix_(rows, columns)].ravel() > 0
                pattern = int("".join("1" if up else "0" for up in seen), 2)
                histogram[int(spins[i, y, x] > 0), pattern] += (1, weights[i])
    return histogram


def from_coarse(spins, coarse, window, groups=4) -> PatternCounts:
    """Counts of configurations whose coarse spins are given instead of drawn."""
    ties = count_ties(spins)
    weights = 2.0 ** (ties.min() - ties)
    total = np.zeros((groups, 2, 1 << window**2, 2))
    for group, part in enumerate(np.array_split(np.arange(len(spins)), groups)):
        _patterns.count(spins[part], coarse[part], weights[part], window, total[group])
    return PatternCounts(
        window,
        spins.shape[1],
        total[..., 0].copy(),
        total[..., 1].copy(),
        len(spins),
        weights.sum(),
        (weights**2).sum(),
        int(ties.min()),
    )


# Counting


@pytest.mark.parametrize("window", [1, 2, 3, 4])
@pytest.mark.parametrize("side", [2, 4, 6, 10])
def test_counts_are_those_of_a_walk(window, side):
    spins = np.random.default_rng(side).choice(np.array([-1, 1], np.int8), (12, side, side))
    found = count_patterns(spins, window=window, rng=5, groups=5)
    ties = count_ties(spins)
    weights = 2.0 ** (ties.min() - ties)
    expected = count_slowly(spins, block(spins, rng=5), weights, window)
    np.testing.assert_array_equal(found.counts.sum(0), expected[..., 0])
    np.testing.assert_allclose(found.weighted_counts.sum(0), expected[..., 1], rtol=1e-13)
    assert found.groups == 5
    assert found.fewest_ties == ties.min()
    assert found.configurations == 12
    assert found.weight_sum == pytest.approx(weights.sum(), rel=1e-13)
    assert found.weight_square_sum == pytest.approx((weights**2).sum(), rel=1e-13)


def test_groups_are_runs_of_configurations(spins):
    found = count_patterns(spins, window=1, rng=3, groups=7)
    coarse = block(spins, rng=3)
    sizes = []
    first = 0
    for group in range(7):
        last = -(-(group + 1) * 300 // 7)
        part = slice(first, last)
        expected = count_slowly(spins[part], coarse[part], np.ones(last - first), 1)
        np.testing.assert_array_equal(found.counts[group], expected[..., 0])
        sizes.append(last - first)
        first = last
    assert max(sizes) - min(sizes) <= 1


def test_no_more_groups_than_configurations(spins):
    assert count_patterns(spins[:3], window=1, rng=3).groups == 3


def test_workers_change_nothing():
    spins = sample_ising(5000, 4, rng=1)
    first = count_patterns(spins, window=3, rng=2, workers=1)
    for again in (
        count_patterns(spins, window=3, rng=2, workers=3),
        count_patterns(spins, window=3, rng=2),
    ):
        for name, value in vars(first).items():
            np.testing.assert_array_equal(getattr(again, name), value)
    other = count_patterns(spins, window=3, rng=3)
    assert (other.counts != first.counts).any()


def test_weights_are_measured_in_the_largest_whatever_the_order():
    # 128 configurations are two blocks; the one with fewest ties comes last or first.
    spins = np.random.default_rng(1).choice(np.array([-1, 1], np.int8), (128, 8, 8))
    spins[-1] = 1
    late = count_patterns(spins, window=2, rng=2)
    early = count_patterns(spins[::-1], window=2, rng=2)
    ties = count_ties(spins)
    assert late.fewest_ties == early.fewest_ties == 0
    assert late.weight_sum == pytest.approx((2.0**-ties).sum(), rel=1e-13)
    assert early.weight_sum == pytest.approx(late.weight_sum, rel=1e-13)
    assert late.weighted_counts.sum() == pytest.approx(64 * late.weight_sum, rel=1e-12)


@pytest.mark.parametrize("window", [1, 2, 3, 4])
def test_marginal_is_a_smaller_window(spins, patterns, window):
    expected = count_patterns(spins, window=window, rng=22)
    found = patterns.marginal(window)
    for name, value in vars(expected).items():
        np.testing.assert_allclose(getattr(found, name), value, rtol=1e-12)


def test_runs_merge(spins):
    coarse = block(spins, rng=3)
    first = from_coarse(spins[:100], coarse[:100], 2)
    second = from_coarse(spins[100:], coarse[100:], 2)
    whole = from_coarse(spins, coarse, 2)
    for merged in (first + second, second + first):
        np.testing.assert_array_equal(merged.counts.sum(0), whole.counts.sum(0))
        np.testing.assert_allclose(merged.weighted_counts.sum(0), whole.weighted_counts.sum(0))
        assert merged.configurations == 300
        assert merged.fewest_ties == whole.fewest_ties
        assert merged.weight_square_sum == pytest.approx(whole.weight_square_sum)


def test_effective_configurations(patterns, spins):
    assert patterns.effective_configurations() == 300
    weights = 2.0 ** -count_ties(spins)
    expected = weights.sum() ** 2 / (weights**2).sum()
    assert patterns.effective_configurations(weighted=True) == pytest.approx(expected)


# The optimum


@pytest.mark.parametrize("size", [1, 3, 5, 7])
@pytest.mark.parametrize("weighted", [False, True])
def test_loss_is_the_mean_over_spins(spins, patterns, size, weighted):
    count = len(offset_classes(size))
    kernel = Kernel(size, tuple(0.3 * np.random.default_rng(size).normal(size=count)))
    weights = 2.0 ** -count_ties(spins) if weighted else np.ones(len(spins))
    expected = direct_loss(kernel.parameters, size, spins, block(spins, rng=22), weights)
    assert loss(patterns, kernel, weighted=weighted) == pytest.approx(expected, rel=1e-12)


def direct_loss(parameters, size, spins, coarse, weights):
    fields = field(Kernel(size, tuple(parameters)), coarse)
    each = np.logaddexp(0, -2 * spins * fields).mean(axis=(1, 2))
    return np.average(each, weights=weights)


@pytest.mark.parametrize(("size", "weighted"), [(1, False), (3, False), (3, True), (5, False)])
def test_optimum_is_that_of_a_direct_minimiser(spins, patterns, size, weighted):
    weights = 2.0 ** -count_ties(spins) if weighted else np.ones(len(spins))
    coarse = block(spins, rng=22)
    start = np.zeros(len(offset_classes(size)))
    direct = minimize(
        direct_loss,
        start,
        args=(size, spins, coarse, weights),
        method="BFGS",
        options={"gtol": 1e-7},
    )
    best = optimum(patterns, size, weighted=weighted)
    assert best.loss == pytest.approx(direct.fun, abs=1e-10)
    np.testing.assert_allclose(best.kernel.parameters, direct.x, rtol=0, atol=1e-5)


@pytest.mark.parametrize("size", [1, 3, 5, 7])
@pytest.mark.parametrize("weighted", [False, True])
def test_gradient_vanishes(patterns, size, weighted):
    # A parameter moves a field by at most 8, so that the third derivative is below 8^3 and central
    # differences of 1e-5 know the slope to 8^3 1e-10 / 6 = 1e-8.
    best = optimum(patterns, size, weighted=weighted)
    assert loss(patterns, best.kernel, weighted=weighted) == pytest.approx(best.loss, rel=1e-13)
    for direction in np.eye(len(best.kernel.parameters)):
        moved = [
            loss(
                patterns,
                Kernel(size, tuple(np.array(best.kernel.parameters) + sign * 1e-5 * direction)),
                weighted=weighted,
            )
            for sign in (1, -1)
        ]
        assert abs(moved[0] - moved[1]) / 2e-5 < 1e-7
        assert min(moved) > best.loss


def coarse_of_training(spins, seed):
    """The coarse configurations that ``train(spins, ..., rng=seed)`` draws."""
    generator = training._generator(seed_sequence(seed), 0)
    return training._coarsen(spins, generator, torch.device("cpu"))


@pytest.mark.parametrize("size", [1, 3, 5, 7])
@pytest.mark.parametrize("weighted", [False, True])
def test_torch_has_the_same_loss_and_no_slope_at_the_optimum(spins, size, weighted):
    sample = coarse_of_training(spins, 32)
    counts = from_coarse(spins, sample.coarse.numpy(), (size + 1) // 2)
    best = optimum(counts, size, weighted=weighted)
    model = SingleLayer(best.kernel, dtype=torch.float64)
    value = training._loss(model, sample, torch.float64, weighted, backward=True)
    assert value == pytest.approx(best.loss, rel=1e-12)
    assert model.weights.grad.abs().max() < 1e-12


@pytest.mark.parametrize(("size", "weighted"), [(3, False), (3, True), (5, False)])
def test_adamw_descends_to_the_optimum(spins, size, weighted):
    # The same configurations and the same coarse spins for both. Bounds set beforehand: within
    # 1e-6 nats of the least loss, and no parameter off by more than 0.01.
    # The entries of a kernel are nearly collinear (curvatures of 0.017 to 5.4 for k = 3, 0.005 to
    # 22 for k = 5) and AdamW remembers its first steep steps for a thousand more, so that one run
    # of 1000 steps stops short of the bounds. Runs that continue with a fresh memory get there.
    model = SingleLayer(size, dtype=torch.float64)
    for learning_rate, epochs in ((0.1, 100), (0.03, 300), (0.03, 300), (0.01, 300), (0.003, 300)):
        model, history = training.train(
            spins,
            model,
            rng=32,
            device="cpu",
            epochs=epochs,
            learning_rate=learning_rate,
            weighted=weighted,
            validation_fraction=0,
        )
    counts = from_coarse(spins, coarse_of_training(spins, 32).coarse.numpy(), (size + 1) // 2)
    best = optimum(counts, size, weighted=weighted)
    excess = loss(counts, model.kernel, weighted=weighted) - best.loss
    assert -1e-14 < excess < 1e-6
    assert history.training_loss[-1] == pytest.approx(best.loss, abs=1e-6)
    np.testing.assert_allclose(model.kernel.parameters, best.kernel.parameters, rtol=0, atol=0.01)


def test_newton_converges_on_little_data():
    # A stopping rule on the size of the step once mistook rounding for a loss that still falls.
    for seed in range(8):
        spins = sample_ising(64, 8, rng=seed)
        best = optimum(count_patterns(spins, window=4, rng=seed), 7, weighted=True)
        assert best.iterations < 20


def test_fit_tells_where_it_comes_from(patterns):
    kernel = fit(patterns, 3, weighted=True)
    best = optimum(patterns, 3, weighted=True)
    assert kernel == best.kernel
    np.testing.assert_allclose(kernel.standard_errors, np.sqrt(np.diag(best.covariance)))
    assert kernel.provenance["training_lattice"] == 8
    assert kernel.provenance["training_configurations"] == 300
    assert kernel.provenance["weighted"] is True
    assert kernel.provenance["loss_per_spin"] == best.loss
    assert kernel.provenance["effective_configurations"] == best.effective_configurations < 300


def test_larger_kernels_fit_better(patterns):
    losses = [optimum(patterns, size).loss for size in (1, 3, 5, 7)]
    assert (np.diff(losses) < 0).all()


def test_no_errors_from_a_single_group(spins):
    best = optimum(count_patterns(spins, window=2, rng=1, groups=1), 3)
    assert np.isnan(best.covariance).all()
    assert np.isnan(best.loss_error)
    assert best.kernel.standard_errors is None
    assert np.isfinite(best.fisher_covariance).all()


# Guards


@pytest.mark.parametrize(
    ("options", "trouble"),
    [
        ({"window": 0}, "window must be at least 1 and at most 4, got 0"),
        ({"window": 5}, "window must be at least 1 and at most 4, got 5"),
        ({"groups": 0}, "groups must be at least 1"),
        ({"workers": 0}, "workers must be at least 1"),
        ({"rng": -1}, "rng must be a non-negative seed"),
    ],
)
def test_counting_options(spins, options, trouble):
    with pytest.raises(ValueError, match=trouble):
        count_patterns(spins, **{"window": 2, "rng": 1, **options})


def test_counting_wants_even_sides():
    with pytest.raises(ValueError, match="spins must have an even side"):
        count_patterns(np.ones((1, 3, 3)), window=1, rng=1)


@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        ({"window": 3}, "must have the same window, got 4 and 3"),
        ({"size": 6}, "must have the same size, got 8 and 6"),
        ({"counts": np.zeros((1, 2, 2))}, "must have the same groups, got 32 and 1"),
    ],
)
def test_only_like_counts_merge(patterns, change, trouble):
    with pytest.raises(ValueError, match=trouble):
        patterns + dataclasses.replace(patterns, **change)
    with pytest.raises(TypeError, match="unsupported operand"):
        patterns + 1


def test_marginal_is_not_wider(patterns):
    with pytest.raises(ValueError, match="window must be at least 1 and at most 4, got 5"):
        patterns.marginal(5)


@pytest.mark.parametrize(
    ("size", "trouble"),
    [(4, "size must be odd"), (0, "size must be at least 1"), (9, "at most 7"), (-3, "at least 1")],
)
def test_kernel_size(patterns, size, trouble):
    with pytest.raises(ValueError, match=trouble):
        optimum(patterns, size)


def test_window_must_hold_the_kernel(patterns):
    small = patterns.marginal(2)
    with pytest.raises(ValueError, match=r"size must be at most 3 .* window = 2, got 5"):
        fit(small, 5)
    with pytest.raises(ValueError, match=r"size must be at most 3 .* window = 2, got 5"):
        loss(small, Kernel(5, (0.0,) * 6))


def test_types(patterns, spins):
    with pytest.raises(TypeError, match="patterns must be PatternCounts, got ndarray"):
        optimum(spins, 3)
    with pytest.raises(TypeError, match="kernel must be a Kernel, got tuple"):
        loss(patterns, (1, 2, 3))


def test_ordered_spins_do_not_determine_a_kernel():
    counts = count_patterns(np.ones((10, 8, 8)), window=2, rng=1)
    with pytest.raises(ValueError, match="patterns do not determine a 3 x 3 kernel"):
        optimum(counts, 3)


def test_a_window_that_wraps_onto_itself_does_not_determine_a_kernel():
    counts = count_patterns(sample_ising(100, 4, rng=1), window=3, rng=1)
    optimum(counts, 3)
    with pytest.raises(ValueError, match="window that wraps onto itself"):
        optimum(counts, 5)


def test_spins_that_follow_their_coarse_ones_have_no_optimum():
    coarse = np.random.default_rng(1).choice([-1, 1], (10, 4, 4))
    counts = count_patterns(coarse.repeat(2, 1).repeat(2, 2), window=1, rng=1)
    with pytest.raises(ValueError, match="patterns have no finite optimum for a 1 x 1 kernel"):
        optimum(counts, 1)


def test_empty_counts(patterns):
    empty = dataclasses.replace(patterns, counts=np.zeros_like(patterns.counts))
    with pytest.raises(ValueError, match="patterns must hold at least one configuration"):
        optimum(empty, 3)
