"""Run the widgets' JavaScript from Python: in Node where there is one, else in Chromium."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from inverse_rg.widgets import _bundle

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ORIGIN = "http://widgets.test"
TIMEOUT = 300


def find_chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


def module_text(modules: list[str], body: str, arguments, base: str) -> str:
    """Return a module that runs `body` with `args` and the namespaces of `modules` in scope."""
    imports = [f'import * as {name.replace("-", "_")} from "{base}/{name}.js";' for name in modules]
    return (
        "\n".join(imports)
        + f"\nconst args = {json.dumps(arguments)};\n"
        + f"export const result = await (async () => {{\n{body}\n}})();\n"
    )


def run_in_node(modules, body, arguments):
    text = module_text(modules, body, arguments, Path(_bundle.SOURCES).as_uri())
    text += "process.stdout.write(JSON.stringify(result) ?? 'null');\n"
    done = subprocess.run(
        ["node", "--no-warnings", "--input-type=module", "-"],
        input=text,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def run_in_chromium(modules, body, arguments):
    from playwright.sync_api import sync_playwright

    pages = {f"{ORIGIN}/test.js": module_text(modules, body, arguments, ORIGIN)}

    def answer(route):
        url = route.request.url
        if url == f"{ORIGIN}/":
            route.fulfill(body="<!doctype html><title>test</title>", content_type="text/html")
        else:
            name = url.removeprefix(f"{ORIGIN}/")
            text = pages.get(url) or (Path(_bundle.SOURCES) / name).read_text(encoding="utf-8")
            route.fulfill(body=text, content_type="text/javascript")

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        page = browser.new_page()
        page.set_default_timeout(1000 * TIMEOUT)
        page.route(f"{ORIGIN}/**", answer)
        page.goto(f"{ORIGIN}/")
        result = page.evaluate("async () => JSON.stringify((await import('/test.js')).result)")
        browser.close()
    return json.loads(result if result is not None else "null")


@pytest.fixture(scope="session")
def javascript() -> Callable:
    """Return ``run(modules, body, **arguments)``: what the JavaScript `body` returns, through JSON.

    `modules` are names of sources without ``.js``, in scope as namespaces with ``-`` turned into
    ``_``; `arguments` are in scope as ``args``.
    """
    if shutil.which("node"):
        run = run_in_node
    elif find_chromium():
        run = run_in_chromium
    else:
        pytest.skip("neither Node nor Chromium is here")
    return lambda modules, body, **arguments: run(modules, body, arguments)


@pytest.fixture(scope="session")
def both_engines() -> tuple[Callable, Callable]:
    """Return the runners of Node and of Chromium, or skip where one of them is missing."""
    if not (shutil.which("node") and find_chromium()):
        pytest.skip("needs Node and Chromium")
    return (
        lambda modules, body, **arguments: run_in_node(modules, body, arguments),
        lambda modules, body, **arguments: run_in_chromium(modules, body, arguments),
    )


@pytest.fixture(scope="session")
def chromium() -> tuple[str, list[str]]:
    """Return the path of Chromium and its flags, or skip where there is none."""
    path = find_chromium()
    if path is None:
        pytest.skip("needs Chromium")
    return path, CHROMIUM_FLAGS


PAGE = """<!doctype html><html data-theme="light"><head><meta charset="utf-8"><title>test</title>
<link rel="icon" href="data:,"></head>
<body><main style="max-width: 800px"><div id="host"></div></main>
<script>%s</script><script type="module">
import { mount } from "./bundle.js";
const options = %s;
window.widget = mount(document.getElementById("host"), { widget: "dream", ...options });
</script></body></html>"""


@pytest.fixture(scope="session")
def wait_for_side() -> Callable:
    """Return ``wait(page, side)``: until the dream on display has this side and its numbers."""

    def wait(page, side):
        from playwright.sync_api import expect

        caption = page.locator("figcaption").first
        expect(caption).to_contain_text(f"L = {side}")
        expect(caption).to_contain_text("cluster")

    return wait


@pytest.fixture(scope="module")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path, flags = chromium
        running = playwright.chromium.launch(executable_path=path, args=flags)
        yield running
        running.close()


@pytest.fixture
def open_dream(browser, wait_for_side):
    """Return ``open(before="", width=900, motion="reduce", **options)``: a page with the widget.

    The test fails if the page made an error or asked for anything but itself.
    """
    troubles, pages = [], []

    def answer(route):
        url = route.request.url
        if url.endswith("/bundle.js"):
            route.fulfill(body=_bundle.bundle(), content_type="text/javascript")
        elif url == "http://widgets.test/":
            route.fulfill(body=pages[-1][1], content_type="text/html")
        elif url.startswith(("blob:", "data:")):
            route.continue_()
        else:
            troubles.append(f"asked for {url}")
            route.abort()

    def open_page(before="", width=900, motion="reduce", settle=True, **options):
        page = browser.new_page(viewport={"width": width, "height": 900}, reduced_motion=motion)
        pages.append((page, PAGE % (before, json.dumps({"size": 64, **options}))))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda text: text.type == "error" and troubles.append(text.text))
        page.route("**/*", answer)
        page.goto("http://widgets.test/")
        if settle:
            wait_for_side(page, options.get("size", 64))
        return page

    yield open_page
    for page, _ in pages:
        page.close()
    assert troubles == []
