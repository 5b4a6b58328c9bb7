"""Stored exponents belong to the kernels of today, and are what the package computes."""

import csv
import itertools

import numpy as np
import pytest

import inverse_rg as irg
from inverse_rg import _files, exact_exponents, stored_exponents
from inverse_rg.kernels import Kernel


def rows():
    path = _files.data_folder("exponents") / "patches.csv"
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_row_belongs_to_the_kernel_that_is_bundled():
    for row in rows():
        found = stored_exponents.load(row["kernel"], row["quantity"])
        assert int(row["side"]) in [one.side for one in found]
        assert [one.side for one in found] == sorted({one.side for one in found})


@pytest.mark.parametrize("name", ["k3", "k3-weighted", "k5", "k5-weighted"])
@pytest.mark.parametrize("quantity", ["y_h", "one_over_nu"])
def test_the_smallest_patch_is_computed_again(name, quantity):
    stored = stored_exponents.load(name, quantity)[0]
    again = stored_exponents.compute(Kernel.load(name), quantity, stored.side)
    assert again.value == pytest.approx(stored.value, abs=1e-9)
    assert again.exact == stored.exact
    assert again.left_out == pytest.approx(stored.left_out, rel=2e-3, abs=1e-15)


def test_values_are_those_of_the_scaling_operators():
    kernel = Kernel.load("k3")
    both = exact_exponents.exponents(kernel)
    field, heat = (stored_exponents.load("k3", name)[-1] for name in ("y_h", "one_over_nu"))
    assert 2 * field.value - 2 == pytest.approx(both["gamma_over_nu"], abs=1e-12)
    assert heat.value == pytest.approx(both["one_over_nu"], abs=1e-12)
    assert field.exact
    assert field.left_out == 0


def test_what_is_left_out_bounds_the_next_correction():
    for name in {row["kernel"] for row in rows()}:
        for quantity in ("y_h", "one_over_nu"):
            found = stored_exponents.load(name, quantity)
            for smaller, larger in itertools.pairwise(found):
                assert larger.left_out < smaller.left_out
                assert abs(larger.value - smaller.value) < 4 * smaller.left_out


def test_exponents_of_other_parameters_are_refused(monkeypatch):
    other = Kernel(3, (0.1, 0.2, 0.3))
    monkeypatch.setattr(Kernel, "load", lambda name: other)
    with pytest.raises(ValueError, match=r"of k3 belong to other parameters .*compute_exponents"):
        stored_exponents.load("k3", "y_h")


@pytest.mark.parametrize(("name", "quantity"), [("k3-Lt4", "y_h"), ("k3", "eta")])
def test_what_is_not_stored_is_named(name, quantity):
    with pytest.raises(ValueError, match=f"must be stored ones, got '{name}' and '{quantity}'"):
        stored_exponents.load(name, quantity)


@pytest.mark.parametrize(
    ("quantity", "side", "message"),
    [("eta", 3, "quantity must be one of y_h, one_over_nu"), ("y_h", 6, "side must be")],
)
def test_bad_arguments(quantity, side, message):
    with pytest.raises(ValueError, match=message):
        stored_exponents.compute(Kernel.load("k3"), quantity, side)


def test_training_errors():
    error = stored_exponents.training_error
    assert error("MC", "gamma_over_nu", 128) == 0
    for k in (3, 5, 7):
        uniform, weighted = (error(f"k={k}{w}", "gamma_over_nu", 128) for w in ("", ", w."))
        # The literal weights leave one configuration in 150: errors are some 12 times larger.
        assert 4 < weighted / uniform < 40
        for operators in ("paper", "square"):
            assert 0 < error(f"k={k}", "eta_rsrg", 128, operators) < 0.01


def test_training_errors_are_those_of_the_covariance_of_a_fit():
    # k = 3 at L_t = 32: derivatives of the exact exponent, and the covariance of one fit.
    patterns = irg.patterns.sample_patterns(irg.Ising(32), 20_000, window=2, rng=8)
    found = irg.optimum.optimum(patterns, 3)
    theta = np.array(found.kernel.parameters)
    slopes = [(exponent(theta + step) - exponent(theta - step)) / 2e-4 for step in 1e-4 * np.eye(3)]
    expected = np.sqrt(slopes @ found.covariance @ slopes * 20_000 / 1e6)
    stored = stored_exponents.training_error("k=3", "gamma_over_nu", 128)
    # 32 groups and 24 fits: each error is known within 15 per cent.
    assert 0.6 < stored / expected < 1.7


def exponent(theta):
    return exact_exponents.exponents(Kernel(3, tuple(theta)))["gamma_over_nu"]


def test_a_training_error_that_is_not_stored_is_named():
    with pytest.raises(ValueError, match="must be stored ones, got 'k=9', 'gamma_over_nu', ''"):
        stored_exponents.training_error("k=9", "gamma_over_nu", 128)
