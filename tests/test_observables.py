import numpy as np
import pytest

from inverse_rg import observables
from inverse_rg.spins import energy, magnetisation


@pytest.fixture(scope="module")
def measured():
    """Return M and E of correlated random numbers, of the right parity."""
    draw = np.random.default_rng(1)
    total = 2 * draw.integers(-30, 32, 5000)
    return total, abs(total) + 4 * draw.integers(-5, 6, 5000)


def means(total, bonds, size):
    return observables.moment_sums(total, bonds, size) / len(total)


def test_moment_sums(measured):
    total, bonds = measured
    m, e = total / 64, bonds / 64
    expected = [sum(x) for x in (m, abs(m), m**2, m**4, e, abs(e), e**2, abs(m) * abs(e))]
    result = observables.moment_sums(total, bonds, 8)
    assert result.shape == (len(observables.MOMENTS),) == (8,)
    assert result.dtype == np.float64
    np.testing.assert_allclose(result, expected, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_moments_of_the_largest_lattices(dtype):
    total = np.array([2**30, -(2**30)], dtype)  # M of L = 32768
    result = observables.moment_sums(total, total, 1 << 15)
    np.testing.assert_array_equal(result, [0, 2, 2, 2, 0, 2, 2, 2])


def test_observables_are_those_of_equation_14(measured):
    total, bonds = measured
    m, e = total / 64, bonds / 64
    result = observables.evaluate(means(total, bonds, 8), 8)
    assert tuple(result) == observables.OBSERVABLES
    expected = {
        "e": e.mean(),
        "chi": 64 * m.var(),
        "c": 64 * e.var(),
        "c_me": 64 * np.cov(abs(m), abs(e), bias=True)[0, 1] / abs(m).mean(),
        "U4": 1 - (m**4).mean() / (3 * (m**2).mean() ** 2),
    }
    assert result == pytest.approx(expected, rel=1e-9)


def test_susceptibility_takes_the_mean_of_m_and_not_of_its_modulus():
    # Half up, half down: <m> = 0, while <|m|> = 1 would give zero.
    result = observables.evaluate(means(np.array([16, -16]), np.array([32, 32]), 4), 4)
    assert result["chi"] == 16
    assert result["c"] == 0
    assert result["U4"] == pytest.approx(2 / 3)


def test_several_sizes_at_once(measured):
    total, bonds = measured
    each = [means(total, bonds, size) for size in (8, 16)]
    together = observables.evaluate(np.array(each), np.array([8, 16]))
    for row, size in enumerate((8, 16)):
        alone = observables.evaluate(each[row], size)
        assert {name: together[name][row] for name in together} == pytest.approx(alone)


def test_energy_of_full_order_is_two():
    spins = np.ones((3, 4, 4), np.int8)
    result = observables.evaluate(means(magnetisation(spins), energy(spins), 4), 4)
    assert result["e"] == 2
    assert result["chi"] == result["c"] == result["c_me"] == 0


@pytest.mark.parametrize("size", [1, 2, 3, 8, 11, 12, 16, 32, 128])
def test_bin_centres(size):
    centres = observables.bin_centres(size)
    assert len(centres) == min(observables.BINS, size**2 + 1)
    np.testing.assert_allclose(centres, -centres[::-1], atol=1e-15)
    assert (centres[0], centres[-1]) == (-1, 1)
    np.testing.assert_allclose(np.diff(centres), 2 / (len(centres) - 1))


def every_magnetisation(size):
    return np.arange(-(size**2), size**2 + 1, 2)


@pytest.mark.parametrize("size", [1, 2, 3, 8, 11])
def test_small_lattices_have_a_bin_for_every_value(size):
    values = every_magnetisation(size)
    counts = observables.bin_magnetisation(np.repeat(values, 1 + np.arange(len(values))), size)
    np.testing.assert_array_equal(counts, 1 + np.arange(len(values)))
    np.testing.assert_allclose(observables.bin_centres(size), values / size**2, atol=1e-15)


@pytest.mark.parametrize("size", [2, 8, 11, 12, 13, 16, 32, 100, 128])
def test_binning_keeps_counts_and_mean_and_is_symmetric(size):
    draw = np.random.default_rng(size)
    values = draw.choice(every_magnetisation(size), 3000)
    counts = observables.bin_magnetisation(values, size)
    assert counts.dtype == np.float64
    assert (counts >= 0).all()
    assert counts.sum() == pytest.approx(3000, rel=1e-13)
    np.testing.assert_allclose(
        counts, observables.bin_magnetisation(-values, size)[::-1], atol=1e-9
    )


@pytest.mark.parametrize("size", [16, 32, 128])
def test_each_value_falls_into_the_bins_next_to_it(size):
    centres = observables.bin_centres(size)
    for value in np.random.default_rng(3).choice(every_magnetisation(size), 50):
        counts = observables.bin_magnetisation(np.array([value]), size)
        (filled,) = np.nonzero(counts)
        assert (abs(centres[filled] - value / size**2) <= 1 / 64).all()


def test_a_value_on_a_border_counts_half_in_each():
    # L = 16: m = 1/128 lies between the centres 0 and 1/64.
    counts = observables.bin_magnetisation(np.array([2]), 16)
    assert counts[64] == counts[65] == 0.5
    counts = observables.bin_magnetisation(np.array([4]), 16)  # m = 1/64 is a centre
    assert counts[65] == 1


@pytest.mark.parametrize("size", [2, 8, 12, 16, 64])
def test_density_integrates_to_one(size):
    values = np.random.default_rng(4).choice(every_magnetisation(size), (3, 1000))
    counts = np.array([observables.bin_magnetisation(row, size) for row in values])
    density = observables.density(counts, size)
    np.testing.assert_allclose(density @ observables.bin_widths(size), 1, rtol=1e-12)


@pytest.mark.parametrize("size", [16, 32, 128])
def test_density_of_uniform_magnetisations_is_flat(size):
    values = every_magnetisation(size)
    density = observables.density(observables.bin_magnetisation(values, size), size)
    np.testing.assert_allclose(density, density[64], rtol=1e-9)
