"""A chapter's parameters: what is unknown or not allowed is named before any computing."""

from __future__ import annotations

import math

import pytest

from inverse_rg.parameters import (
    boolean,
    check,
    choice,
    integer,
    list_of,
    power_of_two,
    real,
    text,
)


def test_check_passes_over_what_is_no_parameter():
    namespace = {
        "n": 64, "math": math, "check": check, "_": 1, "_i1": "", "In": [], "Out": {},
        "get_ipython": None, "exit": None, "quit": None, "open": None, "__name__": "__main__",
    }  # fmt: skip
    check(namespace, n=integer(minimum=64))


def test_unknown_parameter_is_named_with_the_known():
    with pytest.raises(ValueError, match=r"unknown parameter 'sede'.*: n, seed$"):
        check({"n": 1, "seed": 0, "sede": 5}, n=integer(), seed=integer())


def test_missing_parameter_is_named():
    with pytest.raises(ValueError, match=r"parameter 'seed' is not set.*n, seed"):
        check({"n": 1}, n=integer(), seed=integer())


@pytest.mark.parametrize(
    ("spec", "value"),
    [
        (integer(minimum=1, maximum=3), 3),
        (real(0.0, 1.0), 1),
        (real(), -2.5),
        (power_of_two(), 1),
        (power_of_two(8, 512), 512),
        (choice("uniform", "weighted"), "weighted"),
        (choice(3, 5, 7), 5),
        (boolean(), False),
        (text(), "k3"),
        (list_of(choice("k3", "k5")), ["k5", "k3"]),
        (list_of(integer(), minimum_length=0), []),
    ],
)
def test_allowed_values_pass(spec, value):
    check({"name": value}, name=spec)


@pytest.mark.parametrize(
    ("spec", "value", "error", "message"),
    [
        (integer(), 1e5, TypeError, r"name must be an integer, got 100000\.0 \(float\)"),
        (integer(), True, TypeError, r"name must be an integer, got True"),
        (integer(minimum=64), 63, ValueError, r"name must be at least 64, got 63"),
        (integer(maximum=9), 10, ValueError, r"name must be at most 9, got 10"),
        (real(), "1", TypeError, r"name must be a real number, got '1'"),
        (real(), math.nan, ValueError, r"name must be finite, got nan"),
        (real(minimum=0), -0.5, ValueError, r"name must be at least 0, got -0\.5"),
        (power_of_two(8, 512), 12, ValueError, r"name must be a power of two, got 12"),
        (power_of_two(8, 512), 4, ValueError, r"name must be at least 8 and at most 512, got 4"),
        (power_of_two(-4), 0, ValueError, r"name must be a power of two, got 0"),
        (choice("a", "b"), "c", ValueError, r"name must be one of 'a', 'b', got 'c'"),
        (choice(1, 2), True, ValueError, r"name must be one of 1, 2, got True"),
        (boolean(), 1, TypeError, r"name must be True or False, got 1 \(int\)"),
        (text(), 3, TypeError, r"name must be a string, got 3 \(int\)"),
        (text(), "  ", ValueError, r"name must not be blank, got '  '"),
        (list_of(text()), "k3", TypeError, r"name must be a list, got 'k3' \(str\)"),
        (list_of(text()), [], ValueError, r"name must have at least 1 entries, got 0"),
        (list_of(choice(3, 5)), [3, 4], ValueError, r"name\[1\] must be one of 3, 5, got 4"),
    ],
)
def test_what_is_not_allowed_is_named(spec, value, error, message):
    with pytest.raises(error, match=message):
        check({"name": value}, name=spec)
