"""Chromium, the built book behind a web server of its own, and pages that must stay clean.

Where there is no browser these tests are skipped with that reason; with INVERSE_RG_BROWSER=required
in the environment, as `.ci/run` has it, a missing browser is a failure.
"""

from __future__ import annotations

import functools
import http.server
import importlib.util
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

SOURCES = (
    "book",
    "lib",
    "data/kernels",
    "data/upscalers",
    "data/widgets",
    "_config.yml",
    "_toc.yml",
)
"""What the pages are made of."""


def find_browser() -> str | None:
    """Return the path of the browser that INVERSE_RG_CHROMIUM or the system offers."""
    named = os.environ.get("INVERSE_RG_CHROMIUM")
    found = (
        [named] if named else map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    )
    return next((path for path in found if path and Path(path).is_file()), None)


@pytest.fixture(scope="module")
def chromium() -> Iterator:
    """Return a running Chromium; it ends with the module, so that its event loop does too."""
    path, reason = find_browser(), ""
    if path is None:
        reason = "no Chromium: neither on the PATH nor named by INVERSE_RG_CHROMIUM"
    elif importlib.util.find_spec("playwright") is None:
        reason = "no playwright: it comes with the extra inverse-rg[test]"
    if reason and os.environ.get("INVERSE_RG_BROWSER") == "required":
        pytest.fail(f"{reason}, and INVERSE_RG_BROWSER=required")
    if reason:
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def load_builder():
    """Return `book/build.py` as a module."""
    spec = importlib.util.spec_from_file_location("book_build_pages", ROOT / "book" / "build.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def is_current(index: Path) -> bool:
    """Return whether the built book is younger than everything that its pages are made of."""
    if not index.exists():
        return False
    built = index.stat().st_mtime
    for name in SOURCES:
        place = ROOT / name
        files = place.rglob("*") if place.is_dir() else [place]
        for path in files:
            if path.is_file() and "__pycache__" not in path.parts and path.stat().st_mtime > built:
                return False
    return True


@pytest.fixture(scope="session")
def book(tmp_path_factory) -> Path:
    """Return the folder of the built book: `make book`'s, or a quick one if that is out of date."""
    named = os.environ.get("INVERSE_RG_BOOK")  # any built book, whatever its age
    built = Path(named) if named else ROOT / "_build" / "html"
    if named or is_current(built / "index.html"):
        return built
    place = tmp_path_factory.mktemp("project")
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "blocks")
    for name in ("book", "lib", "data", "benchmarks/results", "_build/executed/quick"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place / name, ignore=ignored)
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy2(ROOT / name, place / name)
    builder = load_builder()
    builder.build(builder.Layout(place, "quick"))
    return place / "_build" / "html"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A handler that logs nothing and lets nothing be kept."""

    def log_message(self, *_):
        """Say nothing."""

    def end_headers(self):
        self.send_header("Cache-Control", "no-store")
        super().end_headers()


@pytest.fixture(scope="session")
def site(book) -> Iterator[str]:
    """Return the address of the book on a server of this test session."""
    handler = functools.partial(Quiet, directory=str(book))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Troubles:
    """What went wrong in a browser: nothing should."""

    outside: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def watch(self, page, allowed: str) -> None:
        """Record what `page` does; every request that leaves `allowed` is recorded and blocked."""

        def route(route):
            address = urlsplit(route.request.url)
            if address.scheme in ("http", "https", "ws", "wss") and address.netloc != allowed:
                self.outside.append(route.request.url)
                route.abort()
            else:
                route.continue_()

        page.route("**/*", route)
        page.on("console", lambda one: one.type == "error" and self.console.append(one.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "response",
            lambda one: one.status >= 400 and self.failed.append(f"{one.status} {one.url}"),
        )

    def check(self) -> None:
        """Fail if anything was recorded."""
        assert self == Troubles(), self


@pytest.fixture
def open_page(chromium, site) -> Iterator:
    """Return ``open_page(path, width=1200, clean=True, **context)``: a page of the book.

    The network beyond the book's own server is blocked. A test fails at its end if a page that
    had to stay clean asked for something outside, wrote an error, or missed a file.
    """
    contexts, watched = [], []

    def open_page(path: str, *, width: int = 1200, clean: bool = True, base: str = site, **options):
        script = options.pop("script", None)
        context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.troubles = Troubles()
        page.troubles.watch(page, urlsplit(site).netloc)
        if clean:
            watched.append(page.troubles)
        if script:
            page.add_init_script(script)
        page.goto(f"{base}/{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    for troubles in watched:
        troubles.check()


@pytest.fixture
def open_widget(open_page):
    """Return ``open_widget(path, name)``: the page, and the mounted widget `name` on it."""

    def open_widget(path: str, name: str, **options):
        page = open_page(path, **options)
        widget = page.locator(f'.irg-widget[data-widget="{name}"]')
        widget.scroll_into_view_if_needed()
        page.locator(f'.irg-widget.irg-live[data-widget="{name}"]').wait_for()
        return page, widget

    return open_widget


class Pixels:
    """Call with a canvas: a sum over its pixels, equal for equal pictures."""

    script = """(canvas) => {
        const { width, height } = canvas;
        const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
        let sum = 0;
        for (let i = 0; i < data.length; i++) sum = (Math.imul(sum, 31) + data[i]) >>> 0;
        return `${width} ${height} ${sum}`;
    }"""

    def __call__(self, canvas) -> str:
        return canvas.evaluate(self.script)


@pytest.fixture
def pixels() -> Pixels:
    """Return ``pixels(canvas)``."""
    return Pixels()
