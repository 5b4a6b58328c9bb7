"""The optimum on the 4 x 4 torus, where all 65536 states and all ties can be summed."""

import itertools

import numpy as np
import pytest

from inverse_rg.ising import K_CRITICAL, boltzmann_weights, enumerate_states
from inverse_rg.optimum import PatternCounts, count_patterns, optimum

SIDE, HALF = 4, 2
STATES = enumerate_states(SIDE)


def exact_patterns(coupling: float) -> PatternCounts:
    """Probabilities of (fine spin, 2 x 2 window), uniform and with the weights 2^-ties."""
    probabilities = boltzmann_weights(STATES, coupling)
    sums = STATES.reshape(-1, HALF, 2, HALF, 2).astype(int).sum((2, 4))
    weights = 2.0 ** -(sums == 0).sum((1, 2))
    counts = np.zeros((2, 2, 16))  # uniform or weighted, fine spin, pattern
    for values in itertools.product((-1, 1), repeat=HALF**2):
        coarse = np.reshape(values, (HALF, HALF))
        allowed = np.where(sums == 0, 0.5, np.sign(sums) == coarse).prod(axis=(1, 2))
        joint = probabilities * allowed
        for y, x in np.ndindex(SIDE, SIDE):
            rows = [y // 2, (y // 2 + 1) % HALF]
            columns = [x // 2, (x // 2 + 1) % HALF]
            bits = (coarse[np.ix_(rows, columns)] > 0).ravel()
            pattern = int(bits @ (8, 4, 2, 1))
            up = STATES[:, y, x] > 0
            for fine, chosen in enumerate((~up, up)):
                counts[0, fine, pattern] += joint[chosen].sum()
                counts[1, fine, pattern] += (joint * weights)[chosen].sum()
    # Probabilities in place of counts, as one group.
    return PatternCounts(2, SIDE, counts[:1], counts[1:], 1, 1.0, 1.0, 0)


@pytest.fixture(scope="module")
def exact():
    return exact_patterns(K_CRITICAL)


def draw(n: int, coupling: float, seed: int) -> np.ndarray:
    """Draw independent configurations straight from the Boltzmann weights."""
    probabilities = boltzmann_weights(STATES, coupling)
    return STATES[np.random.default_rng(seed).choice(len(STATES), size=n, p=probabilities)]


def test_patterns_are_probabilities(exact):
    assert exact.counts.sum() == pytest.approx(SIDE**2, rel=1e-12)
    flipped = exact.counts[0, ::-1, ::-1]
    np.testing.assert_allclose(exact.counts[0], flipped, rtol=1e-12)


def test_pattern_counts(exact, chi_square):
    # One fine spin of each configuration, so that the draws are independent: its pattern has the
    # same law in every place, and every configuration is blocked with coins of its own.
    spins = draw(20_000, K_CRITICAL, seed=41)
    counts = count_patterns(spins, window=2, rng=42, groups=len(spins)).counts
    picks = np.random.default_rng(43).random((len(spins), 1))
    cumulative = counts.reshape(len(spins), -1).cumsum(axis=1) / SIDE**2
    observed = np.bincount((picks >= cumulative).sum(axis=1), minlength=32)
    assert chi_square(observed, exact.counts.ravel() / SIDE**2) > 1e-4


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_sampled_optimum_is_the_exact_one(exact, size, weighted):
    expected = optimum(exact, size, weighted=weighted)
    counts = count_patterns(draw(20_000, K_CRITICAL, seed=44), window=2, rng=45)
    found = optimum(counts, size, weighted=weighted)
    off = np.subtract(found.kernel.parameters, expected.kernel.parameters)
    assert (np.abs(off) < 4 * np.array(found.kernel.standard_errors)).all()
    off_window = np.abs(found.kernel.window - expected.kernel.window)
    assert (off_window < 4 * found.window_errors).all()
    assert abs(found.loss - expected.loss) < 4 * found.loss_error


def test_another_temperature_is_noticed(exact):
    # Negative control for the test above.
    counts = count_patterns(draw(20_000, 0.40, seed=44), window=2, rng=45)
    found = optimum(counts, 3)
    off = np.subtract(found.kernel.parameters, optimum(exact, 3).kernel.parameters)
    assert (np.abs(off) > 4 * np.array(found.kernel.standard_errors)).any()


def test_errors_are_those_of_repeated_runs(exact):
    # 200 runs know a variance to 10%, so that 4 sigma is a ratio between 0.6 and 1.4. The naive
    # errors fail: they take the fine spins of a lattice for independent given the coarse ones.
    expected = optimum(exact, 1)
    runs = [
        optimum(count_patterns(draw(320, K_CRITICAL, seed), window=1, rng=seed), 1)
        for seed in range(1000, 1200)
    ]
    off = np.array([run.kernel.parameters[0] for run in runs]) - expected.kernel.parameters[0]
    spread = (off**2).mean()
    sandwich = np.mean([run.covariance[0, 0] for run in runs]) / spread
    naive = np.mean([run.fisher_covariance[0, 0] for run in runs]) / spread
    assert 0.6 < sandwich < 1.4
    assert not 0.6 < naive < 1.4
