"""The optimum by passes against the one from counts, and pairs (P_n, P_(n+1))."""

import numpy as np
import pytest

from inverse_rg import _random
from inverse_rg.blocking import block
from inverse_rg.ensembles import Ising
from inverse_rg.kernels import Kernel
from inverse_rg.optimum import optimum
from inverse_rg.patterns import count_patterns, sample_patterns
from inverse_rg.wide_optimum import embed, optimum_by_passes

K3 = Kernel(3, (0.36, 0.15, 0.14))


class Given:
    """Configurations that every pass finds again, by group."""

    size = 8

    def __init__(self, groups):
        self.groups = groups

    def sample(self, n, *, rng):
        spins = self.groups[_random.seed_sequence(rng).spawn_key[-2]]
        assert len(spins) == n
        return spins


@pytest.fixture(scope="module")
def sample():
    spins = np.random.default_rng(1).choice(np.array([-1, 1], np.int8), size=(4, 200, 8, 8))
    return np.where(np.random.default_rng(2).random(spins.shape) < 0.6, 1, spins).astype(np.int8)


@pytest.mark.parametrize("size", [1, 3, 5])
def test_it_is_the_optimum_of_the_counts(sample, size):
    root = _random.seed_sequence(7)
    start = Kernel.from_window(np.zeros(((size + 1) // 2,) * 2))
    found = optimum_by_passes(Given(sample), 800, start, rng=7, groups=4, curvature=4)
    window = (size + 1) // 2
    parts = [
        count_patterns(spins, window=window, rng=_random.child(root, group, 1), groups=1)
        for group, spins in enumerate(sample)
    ]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    expected = optimum(total, size)
    # The last step is below a hundredth of the error.
    off = np.subtract(found.kernel.parameters, expected.kernel.parameters)
    assert (np.abs(off) < 0.02 * np.array(found.kernel.standard_errors)).all()
    assert found.loss == pytest.approx(expected.loss, abs=1e-6)


def test_errors_are_those_from_counts():
    found = optimum_by_passes(Ising(8), 3200, K3, rng=3, groups=32, curvature=32)
    expected = optimum(sample_patterns(Ising(8), 3200, window=2, rng=4), 3)
    ratio = np.divide(found.kernel.standard_errors, expected.kernel.standard_errors)
    assert (np.abs(np.log(ratio)) < 4 * np.sqrt(2 / 62)).all()  # 31 degrees of freedom each
    off = np.subtract(found.kernel.parameters, expected.kernel.parameters)
    both = np.hypot(found.kernel.standard_errors, expected.kernel.standard_errors)
    assert (np.abs(off) < 4 * both).all()
    assert abs(found.loss - expected.loss) < 4 * np.hypot(found.loss_error, expected.loss_error)


def test_part_of_the_curvature_and_another_start_change_nothing():
    whole = optimum_by_passes(Ising(8), 1600, K3, rng=3, groups=8, curvature=8)
    part = optimum_by_passes(Ising(8), 1600, Kernel(3, (0.2, 0.2, 0.0)), rng=3, groups=8)
    off = np.subtract(whole.kernel.parameters, part.kernel.parameters)
    assert (np.abs(off) < 0.03 * np.array(whole.kernel.standard_errors)).all()
    again = optimum_by_passes(Ising(8), 1600, Kernel(3, (0.2, 0.2, 0.0)), rng=3, groups=8)
    assert again.kernel == part.kernel


def test_embedding_keeps_the_window():
    wide = embed(K3, 9)
    assert wide.size == 9
    np.testing.assert_allclose(wide.window[:2, :2], K3.window, atol=1e-15)
    assert np.abs(wide.window).sum() == pytest.approx(np.abs(K3.window).sum(), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: optimum_by_passes(Ising(8), 64, "k3", rng=1), TypeError, "start must be"),
        (lambda: optimum_by_passes(Ising(8), 100, K3, rng=1), ValueError, "multiple of groups"),
        (lambda: optimum_by_passes(Ising(8), 64, K3, rng=1, groups=1), ValueError, "groups must"),
        (lambda: optimum_by_passes(Ising(7), 64, K3, rng=1), ValueError, "an even side"),
        (
            lambda: optimum_by_passes(Ising(8), 64, K3, rng=1, curvature=40),
            ValueError,
            "curvature must be",
        ),
        (lambda: embed(K3, 1), ValueError, "size must be at least 3"),
        (lambda: embed(K3, 4), ValueError, "size must be odd"),
        (lambda: embed("k3", 5), TypeError, "kernel must be a Kernel"),
    ],
)
def test_bad_arguments_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_blocked_patterns_are_those_of_blocked_configurations():
    counts = sample_patterns(Ising(16), 64, window=2, rng=5, groups=4, blocked=1)
    root = _random.seed_sequence(5)
    spins = Ising(16).sample(64, rng=_random.child(root, 0, 0))
    fine = block(spins, rng=_random.child(root, 0, 2))
    expected = count_patterns(fine, window=2, rng=_random.child(root, 0, 1), groups=4)
    assert counts.size == 8
    np.testing.assert_array_equal(counts.counts, expected.counts)
    plain = sample_patterns(Ising(16), 64, window=2, rng=5, groups=4)
    assert plain.size == 16


def test_blocking_changes_the_optimum():
    # P_1 is not P_0: the parameters differ by many errors.
    kernels = [
        optimum(sample_patterns(Ising(16), 4096, window=2, rng=6, blocked=n), 3).kernel
        for n in (0, 1)
    ]
    off = np.subtract(*(kernel.parameters for kernel in kernels))
    errors = np.hypot(*(kernel.standard_errors for kernel in kernels))
    assert (np.abs(off) > 4 * errors).any()


@pytest.mark.parametrize(("blocked", "message"), [(-1, "blocked must be"), (4, "halved 5 times")])
def test_bad_numbers_of_blockings_are_named(blocked, message):
    with pytest.raises(ValueError, match=message):
        sample_patterns(Ising(16), 64, window=2, rng=5, blocked=blocked)
