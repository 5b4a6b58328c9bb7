import math

import numpy as np
import pytest

from inverse_rg import exact_energy, exact_heat_capacity, stored_exponents, tables
from inverse_rg.ensembles import Dream, Ising
from inverse_rg.kernels import Kernel
from inverse_rg.measurement import measure
from inverse_rg.statistics import Estimate
from inverse_rg.tables import Table

K3 = Kernel(3, (0.36312, 0.146967, 0.143286), standard_errors=(0.0004, 0.0003, 0.00015))
K5 = Kernel(5, (0.344206, 0.173896, 0.138321, -0.037345, 0.026374, -0.035307))
EXACT = {"gamma_over_nu": 1.75, "one_over_nu": 1}


@pytest.fixture(scope="module")
def dreams():
    return measure(Dream(K3, 128), 256, rng=6)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (1.80432, 0.0009, "1.8043(9)"),
        (12.31, 0.15, "12.31(15)"),
        (12.31, 0.16, "12.31(16)"),
        (1.80431, 0.00014, "1.80431(14)"),
        (1.8043, 0.0023, "1.804(2)"),
        (-1.35, 0.05, "-1.35(5)"),
        (0.5, 0.3, "0.5(3)"),
        (2, 0.0005, "2.0000(5)"),
        (1234.5, 23, "1234(23)"),
        (1.5, 0, "1.5"),
        (1.5, math.nan, "1.5"),
        (1.23456789, math.inf, "1.23457"),
    ],
)
def test_number(value, error, text):
    assert tables.number(Estimate(value, error)) == text


@pytest.mark.parametrize("digits", range(-3, 6))
@pytest.mark.parametrize("leading", [1.0, 1.04, 1.5, 1.94, 2.0, 3.6, 9.4, 9.6, 9.96])
def test_number_says_its_error_within_rounding(leading, digits):
    error = leading * 10.0**-digits
    text = tables.number(Estimate(0.0, error))
    value, _, bracket = text.partition("(")
    decimals = len(value.partition(".")[2])
    # One digit rounds by half a unit of it, at most a quarter of an error that begins with 2.
    assert int(bracket[:-1]) * 10.0**-decimals == pytest.approx(error, rel=0.26)


def test_arrays_of_no_dimension_are_numbers():
    assert tables.number(Estimate(np.array(1.80432), np.array(0.0009))) == "1.8043(9)"


@pytest.mark.parametrize(
    ("sigmas", "word"),
    [
        (0, "agrees"),
        (2, "agrees"),
        (-2, "agrees"),
        (2.01, "within 4 σ"),
        (-4, "within 4 σ"),
        (4, "within 4 σ"),
        (4.01, "differs"),
        (-7, "differs"),
    ],
)
def test_verdict(sigmas, word):
    assert tables.verdict(sigmas) == word


def test_difference():
    assert tables.difference(Estimate(1.0, 3.0), Estimate(11.0, 4.0)) == -2


def test_table_as_text_and_as_html():
    table = Table([{"L": 8, "χ": "1.8(2)"}, {"L": 16, "χ": "<b>"}], "100 configurations, seed 6")
    text = repr(table)
    assert text.splitlines()[-1] == "(100 configurations, seed 6)"
    assert text.splitlines()[0].split() == ["L", "χ"]
    assert text.splitlines()[1].split() == ["8", "1.8(2)"]
    page = table._repr_html_()
    assert "<table" in page
    assert "1.8(2)" in page
    assert "&lt;b&gt;" in page
    assert "100 configurations, seed 6" in page


def test_table_without_a_note():
    assert "(" not in repr(Table([{"L": 8}]))
    assert "<p" not in Table([{"L": 8}])._repr_html_()


def test_missing_cells_stay_empty_and_numbers_as_they_are():
    table = Table([{"L": 8, "a": "x"}, {"L": 16}, {"L": 32, "b": 5}])
    lines = [line.split() for line in repr(table).splitlines()]
    assert lines == [["L", "a", "b"], ["8", "x"], ["16"], ["32", "5"]]


@pytest.mark.parametrize(
    ("seeds", "text"),
    [
        (["6"], "seed 6"),
        (["6", "6"], "seed 6"),
        (["8", "6"], "seeds 6, 8"),
        (["6", "7"], "seeds 6, 7"),
        (["6", "7", "8"], "seeds 6 to 8"),
        (["601", "602", "603", "701", "703", "704", "705"], "seeds 601 to 603, 701, 703 to 705"),
    ],
)
def test_seeds(dreams, seeds, text):
    measured = [dreams.assign_attrs(seed=seed) for seed in seeds]
    assert tables.statistics(*measured) == f"256 configurations a point, {text}"


def test_statistics(dreams):
    assert tables.statistics(dreams) == "256 configurations a point, seed 6"
    many = dreams.assign_attrs(n=100_000)
    assert tables.statistics(many) == "100,000 configurations a point, seed 6"


def test_beside_paper(dreams):
    theirs, ours = tables.beside_paper(dreams, "gamma_over_nu", "k=3", 128)
    assert theirs.value == 1.805
    fixed = tables.beside_paper(dreams, "gamma_over_nu", "k=3", 128, trained=False)
    # Our error scaled to 10^6 configurations, and the rounding of the third decimal.
    scaled = fixed[1].error * math.sqrt(256 / 1e6)
    assert fixed[0].error == pytest.approx(math.hypot(scaled, 0.0005 / math.sqrt(3)))
    training = stored_exponents.training_error("k=3", "gamma_over_nu", 128)
    assert theirs.error == pytest.approx(math.hypot(fixed[0].error, training))
    assert ours.error == pytest.approx(math.hypot(fixed[1].error, training))
    chi = dreams["chi"]
    expected = np.log(chi.sel(size=128) / chi.sel(size=32)) / np.log(4)
    assert ours.value == pytest.approx(float(expected))


def test_beside_paper_wants_a_number_of_the_paper(dreams):
    with pytest.raises(ValueError, match=r"Table II has no quantity 'gamma_over_nu' .*'k=9'"):
        tables.beside_paper(dreams, "gamma_over_nu", "k=9", 128)


def test_against_exact():
    dataset = measure([Ising(8), Ising(16)], 1024, rng=6)
    table = tables.against_exact(dataset, e=exact_energy, c=exact_heat_capacity)
    assert table.frame["L"].tolist() == [8, 16]
    assert table.frame["e exact"].tolist()[0] == f"{exact_energy(8, 0.5 * math.log1p(2**0.5)):.6f}"
    assert table.note == "1,024 configurations a point, seed 6"
    ours = Estimate(float(dataset["c"][1]), float(dataset["c_error"][1]))
    assert table.frame["c measured"].tolist()[1] == tables.number(ours)
    sigmas = (ours.value - exact_heat_capacity(16, 0.5 * math.log1p(2**0.5))) / ours.error
    assert table.frame["difference / σ of c"].tolist()[1] == f"{sigmas:+.1f}"


def test_table_ii(dreams):
    table = tables.table_ii({"k=3": dreams}, EXACT)
    frame = table.frame
    assert frame["exponent"].tolist() == ["γ/ν"] * 3 + ["1/ν"] * 3
    assert frame["sizes"].tolist() == ["32, 8", "64, 16", "128, 32"] * 2
    assert frame["paper"].tolist() == ["1.803", "1.804", "1.805", "1.163", "1.157", "1.155"]
    assert frame["exact"].tolist() == ["1.75"] * 3 + ["1"] * 3
    behind = "256 configurations a point, seed 6; errors contain those of training"
    assert table.note == behind
    fixed = tables.table_ii({"k=3": dreams}, EXACT, trained=False)
    assert fixed.note == "256 configurations a point, seed 6; kernels held fixed"
    _, held = tables.beside_paper(dreams, "gamma_over_nu", "k=3", 32, trained=False)
    assert fixed.frame["here"][0] == tables.number(held)
    theirs, ours = tables.beside_paper(dreams, "one_over_nu", "k=3", 32)
    assert frame["here"][3] == tables.number(ours)
    sigmas = tables.difference(ours, theirs)
    assert frame["(here − paper) / σ"][3] == f"{sigmas:+.1f}"
    assert frame["verdict"][3] == tables.verdict(sigmas)


def test_count_verdicts(dreams):
    table = tables.table_ii({"k=3": dreams, "k=5": dreams}, EXACT)
    counts = tables.count_verdicts(table).frame
    assert counts["model"].tolist() == ["k=3", "k=5"]
    assert counts.drop(columns="model").to_numpy().sum(axis=1).tolist() == [6, 6]


def test_values():
    table = tables.values("L", {8: Estimate(1.80432, 0.0009)}, "γ/ν", "a note")
    assert table.frame.to_dict("records") == [{"L": 8, "γ/ν": "1.8043(9)"}]
    assert table.note == "a note"


def test_offset_classes():
    frame = tables.offset_classes([3, 5]).frame
    assert frame["parameters"].tolist() == [3, 6]
    assert frame["offset classes"][0] == "(0,0) (1,0) (1,1)"


def test_window_probabilities():
    frame = tables.window_probabilities(K3).frame
    assert len(frame) == 6
    own, near, corner = K3.window[0, 0], K3.window[0, 1], K3.window[1, 1]
    h = own + 2 * near - corner  # both near spins up, the corner down
    row = frame[(frame["near spins"] == "both up") & (frame["corner spin"] == "down")].iloc[0]
    assert row["field h"] == f"{h:+.4f}"
    assert row["P(up | own spin up)"] == f"{math.exp(h) / (2 * math.cosh(h)):.4f}"


def test_parameters():
    frame = tables.parameters({"ours": K3, "theirs": K5}).frame
    assert frame["offset"].tolist() == ["(0,0)", "(1,0)", "(1,1)", "(2,0)", "(2,1)", "(2,2)"]
    assert frame["ours"].tolist() == ["0.3631(4)", "0.1470(3)", "0.14329(15)", "", "", ""]
    assert frame["theirs"][3] == "-0.0373"
