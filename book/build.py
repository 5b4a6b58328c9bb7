"""Build the book: execute the chapters that changed, then render every page.

`make book` runs this file. The notebooks in `book/` hold quick parameters; the book's own, from
`book/profile.yml`, are injected by papermill. An executed chapter is kept in `_build/executed/`
with a key made of everything it depends on, and is executed again only when that key changes.
The live widgets' JavaScript is no part of that key: it is bundled anew for the pages each time.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # the debugger's note in each kernel

import nbformat
import papermill
import yaml
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

logging.getLogger("papermill").setLevel(logging.ERROR)  # it reports by its exceptions


WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
"""Where a notebook's metadata keep the state of its Jupyter widgets."""

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
"""What a cell's output holds where it shows one of them."""


class BuildError(Exception):
    """What stops the build, in words for the reader of the terminal."""


@dataclass(frozen=True)
class Layout:
    """Where everything lies, from the project's `root` and the `profile` that is built."""

    root: Path
    profile: str = "book"

    @property
    def executed(self) -> Path:
        """Executed chapters, each with its key; one folder a profile."""
        return self.root / "_build" / "executed" / self.profile

    def notebook(self, chapter: str) -> Path:
        """Return the source of `chapter`."""
        return self.root / "book" / f"{chapter}.ipynb"


def pages(root: Path) -> list[str]:
    """Return the files that `_toc.yml` lists, in reading order and without their endings."""

    def walk(node: Mapping) -> Iterator[str]:
        yield from (node[name] for name in ("root", "file") if name in node)
        for name in ("parts", "chapters", "sections"):
            for child in node.get(name, ()):
                yield from walk(child)

    return list(walk(yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))))


def chapters(root: Path) -> list[str]:
    """Return the names of the pages that are notebooks, such as ``"03_models"``."""
    return [Path(page).name for page in pages(root) if (root / f"{page}.ipynb").exists()]


def profile_parameters(layout: Layout) -> dict[str, dict[str, object]]:
    """Return what the profile passes to each chapter, checked against the notebooks.

    Raises
    ------
    BuildError
        If the profile names a chapter or a parameter that does not exist; the known are listed.
    """
    if layout.profile == "quick":
        return {}
    text = (layout.root / "book" / "profile.yml").read_text(encoding="utf-8")
    profile = yaml.safe_load(text) or {}
    check_names("book/profile.yml: unknown chapter", profile, chapters(layout.root))
    for chapter, parameters in profile.items():
        known = papermill.inspect_notebook(layout.notebook(chapter))
        check_names(f"book/profile.yml: chapter {chapter}: unknown parameter", parameters, known)
    return profile


def check_names(trouble: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Raise a `BuildError` that lists `known` if one of `names` is not among them."""
    known = list(known)
    for name in sorted(set(names) - set(known)):
        raise BuildError(f"{trouble} {name!r}; known: {', '.join(known) or 'none'}")


def key(layout: Layout, chapter: str, parameters: Mapping[str, object]) -> str:
    """Return the SHA-256 of what `chapter` depends on: notebook, parameters, package and data."""
    digest = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode())
    package_and_data = [
        path
        for part in ("lib", "data", "benchmarks/results")
        for path in _files(layout.root / part)
        if not _only_in_pages(path.relative_to(layout.root))
    ]
    for path in [layout.notebook(chapter), *package_and_data]:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(layout.root).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    """Return the files below `folder` in a fixed order, without Python's and Numba's caches."""
    found = (path for path in folder.rglob("*") if "__pycache__" not in path.parts)
    return sorted(path for path in found if path.is_file())


def _only_in_pages(path: Path) -> bool:
    """Return whether a file goes into the widgets' bundle alone, so that no chapter reads it."""
    return path.suffix == ".js" or path.parts[:2] == ("data", "widgets")


def execute(layout: Layout, chapter: str, parameters: Mapping[str, object]) -> bool:
    """Execute `chapter` if its key changed; return whether it was executed.

    The executed notebook is written whole or not at all. A chapter that fails leaves its
    notebook, with the traceback, as `<chapter>.failed.ipynb` beside the others.

    Raises
    ------
    BuildError
        Naming the chapter, the cell and its error.
    """
    wanted = key(layout, chapter, parameters)
    target = layout.executed / f"{chapter}.ipynb"
    key_file, failed = target.with_suffix(".key"), target.with_suffix(".failed.ipynb")
    if target.exists() and key_file.exists() and key_file.read_text() == wanted:
        return False
    layout.executed.mkdir(parents=True, exist_ok=True)
    key_file.unlink(missing_ok=True)
    try:
        papermill.execute_notebook(
            layout.notebook(chapter),
            failed,
            dict(parameters),
            kernel_name="python3",
            cwd=layout.root / "book",
            progress_bar=sys.stderr.isatty(),
            config=Config({"KernelManager": {"transport": "ipc"}}),  # no open TCP port
        )
    except PapermillExecutionError as error:
        raise BuildError(
            f"{chapter} failed in cell {error.exec_count}: {error.ename}: {error.evalue}\n"
            f"  the notebook up to there: {failed.relative_to(layout.root)}"
        ) from error
    except Exception as error:
        raise BuildError(f"{chapter} failed: {type(error).__name__}: {error}") from error
    nbformat.write(_clean(nbformat.read(failed, as_version=4)), failed)
    os.replace(failed, target)
    key_file.write_text(wanted)
    return True


def _clean(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Drop papermill's own records, which carry times and paths; name the injected cell."""
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        for entry in ("papermill", "execution"):
            cell.metadata.pop(entry, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.source = cell.source.replace("# Parameters", "# for this page")
    return notebook


def stage(layout: Layout) -> Path:
    """Lay out the sources of the pages, with the executed chapters, and return their folder."""
    staged = layout.root / "_build" / "stage"
    shutil.rmtree(staged, ignore_errors=True)
    ignored = shutil.ignore_patterns(
        "__pycache__", ".ipynb_checkpoints", "*.py", "profile.yml", "kernel*-ipc-*"
    )
    shutil.copytree(layout.root / "book", staged / "book", ignore=ignored)
    shutil.copy2(layout.root / "_toc.yml", staged / "_toc.yml")
    text = yaml.safe_dump(configuration(layout.root), allow_unicode=True, sort_keys=False)
    (staged / "_config.yml").write_text(text, encoding="utf-8")
    bundle = write_bundle(staged / "book" / "_static")
    for chapter in chapters(layout.root):
        done = layout.executed / f"{chapter}.ipynb"
        if done.exists():  # with --only the others stay as they were executed last, or as written
            notebook = nbformat.read(done, as_version=4)
            nbformat.write(_with_bundle(notebook, bundle), staged / "book" / done.name)
    return staged


def configuration(root: Path) -> dict:
    """Return `_config.yml`, with launch buttons if it or BOOK_REPOSITORY names a repository.

    Raises
    ------
    BuildError
        If the repository is no https address of the form host/owner/name.
    """
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8")) or {}
    repository = dict(config.get("repository") or {})
    url = os.environ.get("BOOK_REPOSITORY") or repository.get("url")
    if not url:
        return config
    place = urlsplit(str(url))
    if place.scheme != "https" or not place.netloc or place.path.strip("/").count("/") != 1:
        raise BuildError(f"the repository must be like https://github.com/OWNER/NAME, got {url!r}")
    buttons = {"notebook_interface": "jupyterlab", "binderhub_url": "https://mybinder.org"}
    if place.netloc == "github.com":  # Colab opens notebooks from nowhere else
        buttons["colab_url"] = "https://colab.research.google.com"
    config["repository"] = {"branch": "main", **repository, "url": str(url).rstrip("/")}
    config["launch_buttons"] = buttons
    return config


def write_bundle(folder: Path) -> str:
    """Write the live widgets' JavaScript into `folder` and return it.

    It is written twice: as a module, and as a script that holds the module's text, since a page
    that was opened as a file, without a server, may not import modules.
    """
    from inverse_rg.widgets._bundle import bundle

    text = bundle()
    folder.mkdir(exist_ok=True)
    (folder / "inverse-rg-widgets.js").write_text(text, encoding="utf-8")
    held = f"globalThis.inverseRgWidgets = {json.dumps(text)};\n"
    (folder / "inverse-rg-widgets.text.js").write_text(held, encoding="utf-8")
    return text


def _with_bundle(notebook: nbformat.NotebookNode, bundle: str) -> nbformat.NotebookNode:
    """Keep the widgets that the page shows, with today's JavaScript and no kernel to wait for."""
    saved = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    shown = _shown_models(notebook, saved)
    for name, model in list(saved.items()):
        if name not in shown:
            del saved[name]  # an explorer's, whose cell shows nothing here
        elif "_widget" in model["state"] and "_esm" in model["state"]:
            model["state"] |= {"_esm": bundle, "engine": "browser"}
    if not saved:
        notebook.metadata.pop("widgets", None)
    return notebook


def _shown_models(notebook: nbformat.NotebookNode, saved: Mapping) -> set[str]:
    """Return the names of the saved models that a page shows, or that those refer to."""
    waiting = [
        output.data[WIDGET_VIEW]["model_id"]
        for cell in notebook.cells
        if not {"remove-output", "remove-cell"} & set(cell.metadata.get("tags", []))
        for output in cell.get("outputs", [])
        if WIDGET_VIEW in output.get("data", {})
    ]
    shown: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in saved and name not in shown:
            shown.add(name)
            waiting += re.findall(r"IPY_MODEL_(\w+)", json.dumps(saved[name]["state"]))
    return shown


def render(layout: Layout, staged: Path) -> Path:
    """Turn the staged pages into HTML with Jupyter Book, warnings as errors.

    Raises
    ------
    BuildError
        If a page has a warning.
    """
    script = Path(sys.executable).with_name("jupyter-book")
    for made in ("html", ".doctrees"):
        shutil.rmtree(layout.root / "_build" / made, ignore_errors=True)
    command = [script, "build", staged, "--path-output", layout.root, "-W", "-n", "--keep-going"]
    done = subprocess.run([*command, "-q"], text=True, capture_output=True, check=False)
    if done.returncode:
        raise BuildError(f"the pages have warnings:\n{done.stdout}{done.stderr}")
    return layout.root / "_build" / "html" / "index.html"


@contextlib.contextmanager
def alone(root: Path) -> Iterator[None]:
    """Keep other builds of the same tree out; the lock ends with the process, however it ends.

    Raises
    ------
    BuildError
        If another build is running.
    """
    (root / "_build").mkdir(exist_ok=True)
    with (root / "_build" / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BuildError("another build of this folder is running: wait for its end") from error
        yield


def build(layout: Layout, only: str | None = None) -> str:
    """Execute what changed, render the pages and return the line that says where they are.

    Raises
    ------
    BuildError
        If a name is unknown, a chapter fails (the others are kept), a page has a warning, or
        another build of the same tree is running.
    """
    with alone(layout.root):
        return _build(layout, only)


def _build(layout: Layout, only: str | None) -> str:
    start = time.monotonic()
    every = chapters(layout.root)
    if only is not None:
        check_names("--only: unknown chapter", [only], every)
    parameters = profile_parameters(layout)
    chosen = [only] if only else every
    done, troubles = 0, []
    for number, chapter in enumerate(chosen, 1):
        print(f"[{number}/{len(chosen)}] {chapter:<26}", end="", flush=True)
        began = time.monotonic()
        try:
            executed = execute(layout, chapter, parameters.get(chapter, {}))
        except BuildError as error:
            troubles.append(str(error))
            print(f"failed after {time.monotonic() - began:.0f} s")
        else:
            done += executed
            print(f"executed in {time.monotonic() - began:.0f} s" if executed else "unchanged")
    if troubles:
        raise BuildError("\n".join(troubles))
    print("rendering the pages", flush=True)
    index = render(layout, stage(layout)).relative_to(layout.root)
    return (
        f"The book is at {index} ({len(every)} chapters, {done} executed, "
        f"{time.monotonic() - start:.0f} s); read it with: make serve"
    )


def main() -> int:
    """Run from the command line; the exit status is 1 if the book was not built."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", choices=("book", "quick"), default="book")
    parser.add_argument("--only", metavar="CHAPTER", help="execute this chapter alone")
    options = parser.parse_args()
    try:
        print(build(Layout(Path(__file__).resolve().parents[1], options.profile), options.only))
    except BuildError as error:
        print(f"The book was not built.\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
