import numpy as np
import pytest
import xarray as xr

from inverse_rg import observables
from inverse_rg.scaling import TABLE_II_SIZES, table_ii_exponents, two_size_exponent

SIZES = [8, 16, 32, 64, 128]


def synthetic(m2, c_me, noise=0.0, groups=16, each=100) -> xr.Dataset:
    """Return sums of moments whose chi is L^2 m2(L) and whose c_me is c_me(L), up to noise.

    The noise is one factor a group, the same at all sizes.
    """
    factor = 1 + noise * np.random.default_rng(1).normal(size=groups)
    moments = np.zeros((groups, len(SIZES), 8))
    for index, size in enumerate(SIZES):
        # <m> = 0, <|m|> = 1, <|e|> = 0: chi = L^2 <m^2> and c_me = L^2 <|m||e|>.
        means = {"|m|": 1.0, "m^2": m2(size), "m^4": 1.0, "|m||e|": c_me(size) / size**2}
        for name, value in means.items():
            place = observables.MOMENTS.index(name)
            scale = factor if name in ("m^2", "|m||e|") else 1
            moments[:, index, place] = each * value * scale
    variables = {
        "moments": (("group", "size", "moment"), moments),
        "count": ("group", np.full(groups, each)),
    }
    return xr.Dataset(variables, {"size": SIZES, "moment": list(observables.MOMENTS)})


@pytest.fixture(scope="module")
def power_law():
    return synthetic(lambda size: 1.3 * size**-0.25, lambda size: 0.7 * size)


@pytest.mark.parametrize(("size", "small"), [(32, 8), (128, 32), (16, 8), (8, 128)])
def test_exponent_of_a_power_law(power_law, size, small):
    value, error = two_size_exponent(power_law, "chi", size, small)
    assert value == pytest.approx(1.75, abs=1e-12)
    assert error == pytest.approx(0, abs=1e-12)
    assert two_size_exponent(power_law, "c_me", size, small).value == pytest.approx(1, abs=1e-12)


def test_exponents_of_table_ii(power_law):
    exponents = table_ii_exponents(power_law)
    assert set(exponents) == {
        (exponent, size) for exponent in ("gamma_over_nu", "one_over_nu") for size in (32, 64, 128)
    }
    for (exponent, _), estimate in exponents.items():
        assert estimate.value == pytest.approx({"g": 1.75, "o": 1.0}[exponent[0]], abs=1e-12)


def test_sizes_of_table_ii():
    assert TABLE_II_SIZES == ((32, 8), (64, 16), (128, 32))


def test_common_fluctuations_of_both_sizes_cancel():
    noisy = synthetic(lambda size: size**-0.25, lambda size: size, noise=0.1)
    assert two_size_exponent(noisy, "chi", 32, 8).error == pytest.approx(0, abs=1e-12)


def test_error_of_independent_sizes_is_the_delta_method():
    noisy = synthetic(lambda size: size**-0.25, lambda size: size, noise=1e-3)
    quiet = synthetic(lambda size: size**-0.25, lambda size: size)
    mixed = noisy.copy(deep=True)  # noise at L = 32 alone
    mixed["moments"].loc[{"size": 8}] = quiet["moments"].sel(size=8)
    m2 = mixed["moments"].sel(size=32, moment="m^2").values
    relative = m2.std(ddof=1) / np.sqrt(len(m2)) / m2.mean()
    result = two_size_exponent(mixed, "chi", 32, 8)
    assert result.error == pytest.approx(relative / np.log(4), rel=1e-2)


@pytest.mark.parametrize("observable", ["xi", "chi_error", "", None])
def test_unknown_observable(power_law, observable):
    with pytest.raises(ValueError, match="observable must be one of e, chi, c, c_me, U4, got"):
        two_size_exponent(power_law, observable, 32, 8)


def test_unknown_sizes(power_law):
    with pytest.raises(ValueError, match=r"size must be one of the measured sizes \[8, .*got 256"):
        two_size_exponent(power_law, "chi", 256, 8)
    with pytest.raises(ValueError, match=r"small must be one of the measured sizes \[8, .*got 4"):
        two_size_exponent(power_law, "chi", 32, 4)


def test_equal_sizes_have_no_exponent(power_law):
    with pytest.raises(ValueError, match="small must"):
        two_size_exponent(power_law, "chi", 32, 32)
