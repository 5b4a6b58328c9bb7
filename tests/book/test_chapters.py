"""What every chapter keeps to: parameters, figures with words, nothing heavy in git."""

from __future__ import annotations

import ast
import io
import json
import tokenize
from pathlib import Path

import pytest
import yaml

BOOK = Path(__file__).resolve().parents[2] / "book"
NOTEBOOKS = sorted(BOOK.glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return json.loads(request.param.read_text(encoding="utf-8"))


def source(cell) -> str:
    return "".join(cell["source"])


def parameter_cells(notebook) -> list:
    return [cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", [])]


def code_cells(notebook) -> list:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def assert_literals_with_comments(text: str) -> dict:
    """Return the parameters of `text`; fail if one is no literal or has no comment."""
    comments = {
        token.start[0]
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
    }
    found = {}
    for statement in ast.parse(text).body:
        assert isinstance(statement, ast.Assign), f"no assignment: {ast.unparse(statement)}"
        (target,) = statement.targets
        assert isinstance(target, ast.Name), f"no plain name: {ast.unparse(statement)}"
        found[target.id] = ast.literal_eval(statement.value)
        lines = range(statement.lineno, statement.end_lineno + 1)
        assert comments.intersection(lines), f"{target.id} has no comment"
    return found


def assert_figure_in_words(cell) -> None:
    """Fail if a cell shows a figure without alt text, caption and name."""
    entry = cell["metadata"].get("mystnb", {})
    alt = entry.get("image", {}).get("alt", "")
    caption = entry.get("figure", {}).get("caption", "")
    name = entry.get("figure", {}).get("name", "")
    assert alt.strip(), "a figure has no alt text"
    assert caption.rstrip().endswith("."), f"a caption does not end in a period: {caption!r}"
    assert name.startswith("fig-"), f"a figure's name does not begin with fig-: {name!r}"


def test_the_table_of_contents_lists_every_notebook():
    text = (BOOK.parent / "_toc.yml").read_text(encoding="utf-8")
    assert NOTEBOOKS
    for path in NOTEBOOKS:
        assert f"file: book/{path.stem}\n" in text


def test_parameters_are_commented_literals(notebook):
    (cell,) = parameter_cells(notebook)
    assert assert_literals_with_comments(source(cell))


def test_parameters_are_checked_in_the_next_code_cell(notebook):
    code = code_cells(notebook)
    (cell,) = parameter_cells(notebook)
    following = source(code[code.index(cell) + 1])
    calls = [node for node in ast.walk(ast.parse(following)) if isinstance(node, ast.Call)]
    checks = [call for call in calls if getattr(call.func, "id", "") == "check"]
    assert len(checks) == 1
    assert {keyword.arg for keyword in checks[0].keywords} == set(
        assert_literals_with_comments(source(cell))
    )


def test_figures_have_alt_text_and_caption(notebook):
    for cell in code_cells(notebook):
        if "plt.show()" in source(cell):
            assert_figure_in_words(cell)


def test_no_picture_and_no_run_record_is_kept(notebook):
    assert "papermill" not in notebook["metadata"]
    for cell in code_cells(notebook):
        assert not {"papermill", "execution"} & set(cell["metadata"])
        for output in cell["outputs"]:
            assert not [kind for kind in output.get("data", {}) if kind.startswith("image/")]


def test_the_profile_names_existing_parameters():
    profile = yaml.safe_load((BOOK / "profile.yml").read_text(encoding="utf-8")) or {}
    for chapter, parameters in profile.items():
        notebook = json.loads((BOOK / f"{chapter}.ipynb").read_text(encoding="utf-8"))
        (cell,) = parameter_cells(notebook)
        assert set(parameters) <= set(assert_literals_with_comments(source(cell)))


@pytest.mark.parametrize("text", ["n = 5", "n = 2 * 3  # a product", "import os  # a module"])
def test_a_bad_parameters_cell_would_be_caught(text):
    with pytest.raises((AssertionError, ValueError)):
        assert_literals_with_comments(text)


def test_a_figure_without_words_would_be_caught():
    figure = {"caption": "No period", "name": "fig-x"}
    for entry in ({}, {"image": {"alt": "A line"}}, {"image": {"alt": "A"}, "figure": figure}):
        with pytest.raises(AssertionError):
            assert_figure_in_words({"metadata": {"mystnb": entry}})
