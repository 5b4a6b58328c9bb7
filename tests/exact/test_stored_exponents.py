"""Stored exponents belong to the kernels of today, and are what the package computes."""

import csv
import itertools

import pytest

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
