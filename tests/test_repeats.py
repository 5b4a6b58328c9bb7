import numpy as np
import pytest

import inverse_rg as irg
from inverse_rg import repeats, scaling


@pytest.fixture(scope="module")
def three():
    dream = irg.Dream(irg.Kernel.load("k3"), 32)
    return [irg.measure(dream, 640, rng=seed) for seed in (1, 2, 3)]


def test_mean_and_spread(three):
    found = repeats.over_repeats(three)
    values = np.array([one["c"].values for one in three])
    np.testing.assert_allclose(found["c"], values.mean(axis=0))
    larger = np.maximum(values.std(axis=0, ddof=1), three[0]["c_error"])
    np.testing.assert_allclose(found["c_error"], larger)
    apart = [one.assign(c=one["c"] + shift) for one, shift in zip(three, (0, 50, 100), strict=True)]
    assert (repeats.over_repeats(apart)["c_error"] > 40).all()
    assert found.attrs["repeats"] == 3
    assert found.attrs["seed"] == "1, 2, 3"
    np.testing.assert_array_equal(found["m"], three[0]["m"])


def test_one_alone_keeps_its_error(three):
    found = repeats.over_repeats(three[:1])
    np.testing.assert_array_equal(found["chi_error"], three[0]["chi_error"])
    exponent = repeats.exponent(three[:1], "gamma_over_nu", 32)
    assert exponent == pytest.approx(scaling.two_size_exponent(three[0], "chi", 32, 8))


def test_exponents_spread(three):
    found = repeats.exponent(three, "one_over_nu", 32)
    each = [scaling.two_size_exponent(one, "c_me", 32, 8) for one in three]
    values = [one.value for one in each]
    assert found == pytest.approx((np.mean(values), max(np.std(values, ddof=1), each[0].error)))


def test_nothing_and_different_sizes(three):
    with pytest.raises(ValueError, match="datasets must hold one measurement at least"):
        repeats.over_repeats([])
    other = irg.measure(irg.Dream(irg.Kernel.load("k3"), 8), 640, rng=1)
    with pytest.raises(ValueError, match="datasets must have the same sizes"):
        repeats.over_repeats([three[0], other])
