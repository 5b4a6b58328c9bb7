"""book/build.py: what is executed again and what is not, and what stops the build."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "book" / "build.py"


@pytest.fixture(scope="module")
def builder():
    spec = importlib.util.spec_from_file_location("book_build", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["book_build"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["book_build"]


@pytest.fixture
def layout(builder, tmp_path):
    """Return a tiny project: two chapters, a package of one module, a file of data."""
    for folder in ("book", "lib/package/__pycache__", "data"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "lib/package/module.py").write_text("ANSWER = 42\n")
    (tmp_path / "data/table.csv").write_text("1\n")
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: book/intro\nparts:\n- chapters:\n"
        "  - file: book/one\n    sections:\n    - file: book/two\n"
    )
    (tmp_path / "book/intro.md").write_text("# Intro\n")
    write(tmp_path / "book/one.ipynb", "print(n)")
    write(tmp_path / "book/two.ipynb", "print(n + 1)")
    profile(tmp_path, "{}")
    return builder.Layout(tmp_path)


def write(path: Path, code: str) -> None:
    parameters = new_code_cell("n = 1  # a number", id="a", metadata={"tags": ["parameters"]})
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [parameters, new_code_cell(code, id="b")]
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)


def profile(root: Path, text: str) -> None:
    (root / "book/profile.yml").write_text(text)


def test_chapters_are_the_notebooks_of_the_table_of_contents(builder, layout):
    assert builder.pages(layout.root) == ["book/intro", "book/one", "book/two"]
    assert builder.chapters(layout.root) == ["one", "two"]


def test_the_key_changes_with_what_the_chapter_depends_on(builder, layout):
    keys = [builder.key(layout, "one", {})]

    def changed() -> bool:
        keys.append(builder.key(layout, "one", {}))
        return keys[-1] not in keys[:-1]

    assert builder.key(layout, "one", {"n": 2}) != keys[0]
    write(layout.notebook("one"), "print(n, n)")
    assert changed()
    (layout.root / "lib/package/module.py").write_text("ANSWER = 43\n")
    assert changed()
    (layout.root / "lib/package/new.py").write_text("")
    assert changed()
    (layout.root / "data/table.csv").write_text("2\n")
    assert changed()


def test_the_key_ignores_what_the_chapter_does_not_depend_on(builder, layout):
    before = builder.key(layout, "one", {})
    write(layout.notebook("two"), "print(0)")
    (layout.root / "lib/package/__pycache__/module.nbi").write_text("compiled")
    (layout.root / "book/intro.md").write_text("# Another\n")
    (layout.root / "lib/package/js").mkdir()
    (layout.root / "lib/package/js/widget.js").write_text("export const x = 1;\n")
    (layout.root / "data/widgets").mkdir()
    (layout.root / "data/widgets/sample.json").write_text("[]")
    assert builder.key(layout, "one", {}) == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("three: {n: 2}", r"unknown chapter 'three'; known: one, two"),
        ("one: {m: 2}", r"chapter one: unknown parameter 'm'; known: n"),
    ],
)
def test_an_unknown_name_stops_the_build_before_any_execution(builder, layout, text, message):
    profile(layout.root, text)
    with pytest.raises(builder.BuildError, match=message):
        builder.build(layout)
    assert not layout.executed.exists()


def test_an_unknown_chapter_to_build_alone_is_named(builder, layout):
    with pytest.raises(builder.BuildError, match=r"--only: unknown chapter 'six'; known: one, two"):
        builder.build(layout, only="six")


def test_the_quick_profile_passes_nothing(builder, layout):
    profile(layout.root, "one: {n: 5}")
    assert builder.profile_parameters(layout) == {"one": {"n": 5}}
    assert builder.profile_parameters(builder.Layout(layout.root, "quick")) == {}


def test_an_executed_chapter_is_clean_and_not_executed_twice(builder, layout):
    assert builder.execute(layout, "one", {"n": 7})
    executed = nbformat.read(layout.executed / "one.ipynb", as_version=4)
    injected, shown = executed.cells[1:]
    assert injected.source.startswith("# for this page")
    assert shown.outputs[0].text == "7\n"
    assert "papermill" not in executed.metadata
    assert not any({"papermill", "execution"} & set(cell.metadata) for cell in executed.cells)
    assert not builder.execute(layout, "one", {"n": 7})


def test_a_failing_chapter_is_named_and_keeps_the_others(builder, layout, capsys):
    write(layout.notebook("one"), "raise ArithmeticError('no such exponent')")
    with pytest.raises(builder.BuildError, match=r"one failed.*ArithmeticError: no such exponent"):
        builder.build(layout)
    names = {path.name for path in layout.executed.iterdir()}
    assert names == {"one.failed.ipynb", "two.ipynb", "two.key"}
    assert not (layout.root / "_build/html").exists()
    assert "failed after" in capsys.readouterr().out


def test_a_chapter_that_fails_after_it_passed_is_executed_again(builder, layout):
    assert builder.execute(layout, "one", {})
    write(layout.notebook("one"), "raise ArithmeticError")
    with pytest.raises(builder.BuildError):
        builder.execute(layout, "one", {})
    write(layout.notebook("one"), "print(n)")
    assert builder.execute(layout, "one", {})


def test_a_second_build_of_the_same_tree_is_refused(builder, layout):
    with builder.alone(layout.root):
        with pytest.raises(builder.BuildError, match="another build of this folder is running"):
            builder.build(layout, "one")
    with builder.alone(layout.root):  # the lock is free again
        pass


def test_the_staged_pages_hold_the_bundle_of_now(builder, layout, monkeypatch):
    (layout.root / "_config.yml").write_text("title: Tiny\n")
    assert builder.execute(layout, "one", {})
    executed = nbformat.read(layout.executed / "one.ipynb", as_version=4)
    states = {
        "box": {"state": {"children": ["IPY_MODEL_ours", "IPY_MODEL_another"]}},
        "ours": {"state": {"_widget": "dream", "_esm": "old", "engine": "numba"}},
        "another": {"state": {"_esm": "old"}},
        "hidden": {"state": {"value": "of a cell that shows nothing here"}},
    }
    for model, tags in (("box", []), ("hidden", ["remove-output"])):
        view = nbformat.v4.new_output("display_data", {builder.WIDGET_VIEW: {"model_id": model}})
        cell = new_code_cell("", id=model, outputs=[view], metadata={"tags": tags})
        executed.cells.append(cell)
    executed.metadata["widgets"] = {builder.WIDGET_STATE: {"state": states}}
    nbformat.write(executed, layout.executed / "one.ipynb")

    text = 'const x = "</script>"; // new\n'
    monkeypatch.setattr("inverse_rg.widgets._bundle.bundle", lambda: text)
    staged = builder.stage(layout)
    static = staged / "book/_static"
    assert (static / "inverse-rg-widgets.js").read_text() == text
    held = (static / "inverse-rg-widgets.text.js").read_text()
    assert json.loads(held.removeprefix("globalThis.inverseRgWidgets = ").rstrip(";\n")) == text
    saved = nbformat.read(staged / "book/one.ipynb", as_version=4)
    models = saved.metadata["widgets"][builder.WIDGET_STATE]["state"]
    assert models["ours"]["state"] == {"_widget": "dream", "_esm": text, "engine": "browser"}
    assert models["another"]["state"]["_esm"] == "old"
    assert models.keys() == {"box", "ours", "another"}
    assert not builder.execute(layout, "one", {}), "a new bundle executes no chapter"


def test_a_page_that_shows_no_widget_loads_no_manager(builder, layout):
    (layout.root / "_config.yml").write_text("title: Tiny\n")
    assert builder.execute(layout, "one", {})
    executed = nbformat.read(layout.executed / "one.ipynb", as_version=4)
    executed.metadata["widgets"] = {builder.WIDGET_STATE: {"state": {"hidden": {"state": {}}}}}
    nbformat.write(executed, layout.executed / "one.ipynb")
    staged = builder.stage(layout)
    assert "widgets" not in nbformat.read(staged / "book/one.ipynb", as_version=4).metadata


def test_no_repository_no_launch_buttons(builder, monkeypatch):
    monkeypatch.delenv("BOOK_REPOSITORY", raising=False)
    config = builder.configuration(ROOT)
    assert config == yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert "launch_buttons" not in config
    assert "repository" not in config


@pytest.mark.parametrize("where", ["environment", "file"])
@pytest.mark.parametrize("host", ["github.com", "codeberg.org"])
def test_a_repository_brings_launch_buttons(builder, tmp_path, monkeypatch, where, host):
    url = f"https://{host}/owner/name"
    monkeypatch.delenv("BOOK_REPOSITORY", raising=False)
    text = "title: Tiny\n"
    if where == "environment":
        monkeypatch.setenv("BOOK_REPOSITORY", f"{url}/")
    else:
        text += f"repository: {{url: {url}, branch: next}}\n"
    (tmp_path / "_config.yml").write_text(text)
    config = builder.configuration(tmp_path)
    branch = "next" if where == "file" else "main"
    assert config["repository"] == {"url": url, "branch": branch}
    buttons = config["launch_buttons"]
    assert buttons["binderhub_url"].startswith("https://")
    assert ("colab_url" in buttons) == (host == "github.com"), "Colab reads from GitHub alone"


@pytest.mark.parametrize(
    "url", ["github.com/owner/name", "https://github.com/owner", "https:///a/b"]
)
def test_a_bad_repository_is_named(builder, monkeypatch, url):
    monkeypatch.setenv("BOOK_REPOSITORY", url)
    with pytest.raises(builder.BuildError, match=f"must be like https://github.com/.*{url}"):
        builder.configuration(ROOT)


@pytest.mark.parametrize("url", ["", "https://github.com/owner/name"])
def test_launch_buttons_in_a_page(builder, layout, monkeypatch, url):
    """The project's own configuration, on a book of three tiny pages."""
    monkeypatch.setenv("BOOK_REPOSITORY", url)
    shutil.copy2(ROOT / "_config.yml", layout.root / "_config.yml")
    shutil.copy2(ROOT / "book/references.bib", layout.root / "book/references.bib")
    static = layout.root / "book/_static"
    static.mkdir()
    for path in ROOT.glob("book/_static/*.*"):
        shutil.copy2(path, static / path.name)
    for name in ("one", "two"):
        notebook = nbformat.read(layout.notebook(name), as_version=4)
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell("# A chapter", id="title"))
        nbformat.write(notebook, layout.notebook(name))
    builder.render(layout, builder.stage(layout))
    page = (layout.root / "_build/html/book/one.html").read_text()
    found = [f"{place}/" in page for place in ("https://mybinder.org", "colab.research.google.com")]
    assert found == [bool(url)] * 2
    if url:
        assert "https://mybinder.org/v2/gh/owner/name/main?urlpath=lab/tree/book/one.ipynb" in page
        assert "/github/owner/name/blob/main/book/one.ipynb" in page
