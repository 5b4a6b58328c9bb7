import math

import numpy as np
import pytest

from inverse_rg import _check


@pytest.mark.parametrize("value", [3, np.int8(3), np.uint64(3)])
def test_integer(value):
    result = _check.integer("n", value, minimum=3, maximum=3)
    assert result == 3
    assert type(result) is int


@pytest.mark.parametrize("value", [3.0, "3", None, True, np.True_, [3], np.float64(3)])
def test_what_is_no_integer(value):
    with pytest.raises(TypeError, match="n must be an integer, got "):
        _check.integer("n", value)


@pytest.mark.parametrize(
    ("bounds", "allowed"),
    [
        ({"minimum": 4}, "at least 4"),
        ({"maximum": 2}, "at most 2"),
        ({"minimum": 4, "maximum": 9}, "at least 4 and at most 9"),
    ],
)
def test_bounds(bounds, allowed):
    for check in (_check.integer, _check.real):
        with pytest.raises(ValueError, match=f"n must be {allowed}, got 3"):
            check("n", 3, **bounds)


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.int16(2)])
def test_real(value):
    result = _check.real("coupling", value, minimum=2, maximum=2)
    assert result == 2.0
    assert type(result) is float


@pytest.mark.parametrize("value", ["2", None, True, 2j, [2.0]])
def test_what_is_no_real_number(value):
    with pytest.raises(TypeError, match="coupling must be a real number, got "):
        _check.real("coupling", value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float32("nan")])
def test_numbers_are_finite(value):
    with pytest.raises(ValueError, match="coupling must be finite, got "):
        _check.real("coupling", value)


def test_choice():
    assert _check.choice("method", "newton", ("newton", "adamw")) == "newton"
    with pytest.raises(ValueError, match="method must be one of 'newton', 'adamw', got 'sgd'"):
        _check.choice("method", "sgd", ("newton", "adamw"))


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.float32, np.float64])
def test_spins(dtype):
    given = np.array([[[1, -1], [-1, -1]]], dtype)
    result = _check.spins("start", given, even=True)
    assert result.dtype == np.int8
    assert result.flags.c_contiguous
    np.testing.assert_array_equal(result, given)


def test_spins_of_any_layout():
    given = np.ones((2, 3, 3), np.int8)
    given[0, 0, 1] = -1
    turned = given.transpose(0, 2, 1)
    result = _check.spins("start", turned)
    assert result.flags.c_contiguous
    np.testing.assert_array_equal(result, turned)
    np.testing.assert_array_equal(_check.spins("start", given.tolist()), given)


@pytest.mark.parametrize("shape", [(), (4,), (4, 4), (1, 4, 2), (0, 4, 4), (2, 0, 0), (1, 1, 2, 2)])
def test_shape_of_spins(shape):
    with pytest.raises(ValueError, match=r"start must have shape \(n, L, L\) .*got \("):
        _check.spins("start", np.ones(shape))


@pytest.mark.parametrize("value", [0, 2, -3, 0.5, math.nan, math.inf])
def test_values_of_spins(value):
    given = np.ones((2, 3, 3))
    given[1, 2, 2] = value
    with pytest.raises(ValueError, match=r"start must hold only \+1 and -1, got "):
        _check.spins("start", given)


def test_a_wrong_spin_is_found_at_the_end_of_a_large_array():
    given = np.ones((5, 2048, 2048), np.int8)
    given[-1, -1, -1] = 0
    with pytest.raises(ValueError, match="start must hold only"):
        _check.spins("start", given)


def test_unsigned_bytes_hold_no_minus_one():
    with pytest.raises(ValueError, match="start must hold only"):
        _check.spins("start", np.full((1, 2, 2), 255, np.uint8))


@pytest.mark.parametrize("dtype", [bool, complex, "U2"])
def test_spins_are_numbers(dtype):
    with pytest.raises(TypeError, match=r"start must hold the numbers \+1 and -1, got dtype"):
        _check.spins("start", np.ones((1, 2, 2), dtype))


def test_odd_sides_cannot_be_blocked():
    assert _check.spins("spins", np.ones((1, 3, 3))).shape == (1, 3, 3)
    with pytest.raises(ValueError, match=r"spins must have an even side .*got L = 3"):
        _check.spins("spins", np.ones((1, 3, 3)), even=True)
