"""The published numbers; those written here were read off the paper's tables again."""

import math
from collections import Counter

import pytest

from inverse_rg import paper
from inverse_rg.kernels import Kernel


def test_numbers_in_each_table():
    assert {name: len(paper.table(name)) for name in paper.TABLES} == {
        "II": 42,
        "III": 12,
        "IV": 28,
    }


def test_every_row_is_complete():
    counts = Counter((one.quantity, one.model) for one in paper.table("II"))
    models = {"MC", *paper.MODELS}
    assert set(counts) == {(q, m) for q in ("gamma_over_nu", "one_over_nu") for m in models}
    assert set(counts.values()) == {3}
    assert Counter(one.quantity for one in paper.table("III")) == {
        "y_h": 4,
        "one_over_nu": 4,
        "omega": 4,
    }
    assert set(Counter(one.model for one in paper.table("IV")).values()) == {4}


@pytest.mark.parametrize(
    ("quantity", "model", "size", "expected"),
    [
        ("gamma_over_nu", "MC", 32, 1.754),
        ("gamma_over_nu", "k=3", 128, 1.805),
        ("gamma_over_nu", "k=5", 64, 1.782),
        ("gamma_over_nu", "k=7", 32, 1.777),
        ("gamma_over_nu", "k=3, w.", 64, 1.835),
        ("gamma_over_nu", "k=7, w.", 128, 1.812),
        ("one_over_nu", "MC", 128, 1.020),
        ("one_over_nu", "k=3", 32, 1.163),
        ("one_over_nu", "k=5", 64, 1.120),
        ("one_over_nu", "k=7", 128, 1.096),
        ("one_over_nu", "k=5, w.", 128, 1.107),
        ("one_over_nu", "k=7, w.", 64, 1.103),
    ],
)
def test_table_ii(quantity, model, size, expected):
    number = paper.value("II", quantity, model, size)
    assert number.value == expected
    assert number.text == f"{expected:.3f}"
    assert number.small == size // 4
    assert number.error == pytest.approx(0.0005 / math.sqrt(3))


@pytest.mark.parametrize(
    ("quantity", "size", "expected", "error", "text"),
    [
        ("y_h", 32, 1.87537, 5e-5, "1.87537"),
        ("y_h", 1024, 1.876, 4e-5, "1.87600"),
        ("one_over_nu", 32, 0.931, 0.002, "0.931"),
        ("one_over_nu", 1024, 0.997, 0.002, "0.997"),
        ("omega", 32, -1.35, 0.05, "-1.35"),
        ("omega", 512, -1.04, 0.04, "-1.04"),
    ],
)
def test_table_iii(quantity, size, expected, error, text):
    number = paper.value("III", quantity, "MC", size)
    assert (number.value, number.error, number.small) == (expected, error, None)
    assert number.text == text


@pytest.mark.parametrize(
    ("quantity", "model", "expected"),
    [
        ("eta_fss", "MC", 0.251),
        ("eta_rsrg", "MC", 0.248),
        ("one_over_nu_rsrg", "MC", 0.973),
        ("eta_rsrg", "k=3", 0.282),
        ("one_over_nu_rsrg", "k=3", 1.111),
        ("eta_fss", "k=7", 0.222),
        ("one_over_nu_fss", "k=5, w.", 1.107),
        ("one_over_nu_rsrg", "k=7, w.", 1.059),
    ],
)
def test_table_iv(quantity, model, expected):
    assert paper.value("IV", quantity, model, 128).value == expected


@pytest.mark.parametrize("model", ["MC", *paper.MODELS])
def test_table_iv_repeats_table_ii(model):
    # eta = 2 - gamma/nu, and 1/nu as it stands, at (128, 32).
    ours = paper.value("II", "gamma_over_nu", model, 128).value
    assert paper.value("IV", "eta_fss", model, 128).value == pytest.approx(2 - ours, abs=1e-9)
    same = paper.value("II", "one_over_nu", model, 128).value
    assert paper.value("IV", "one_over_nu_fss", model, 128).value == same


@pytest.mark.parametrize("name", ["I", "V", "ii", 2, None])
def test_unknown_table(name):
    with pytest.raises(ValueError, match="name must be one of 'II', 'III', 'IV', got"):
        paper.table(name)


@pytest.mark.parametrize(
    ("quantity", "model", "size"),
    [("gamma", "MC", 32), ("gamma_over_nu", "k=9", 32), ("gamma_over_nu", "k=3", 8)],
)
def test_unknown_number(quantity, model, size):
    with pytest.raises(ValueError, match=f"Table II has no .*{model}.* at size {size}; it has"):
        paper.value("II", quantity, model, size)


def test_names_of_kernels():
    names = ["k3", "k5", "k7", "k3-weighted", "k5-weighted", "k7-weighted"]
    assert [paper.kernel_name(model) for model in paper.MODELS] == names


@pytest.mark.parametrize("model", ["MC", "k=9", "k3", ""])
def test_rows_without_a_kernel(model):
    with pytest.raises(ValueError, match=r"model must be one of 'k=3', .*got"):
        paper.kernel_name(model)


def test_released_kernels_are_there():
    assert {"k3-released", "k5-released"} <= set(Kernel.names())
