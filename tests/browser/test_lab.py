"""A real JupyterLab, driven from the browser: widget and kernel reach each other."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).resolve().parents[2]

CELLS = (
    """
import ipywidgets
import numpy as np
import inverse_rg as irg

reply = ipywidgets.Label("nothing yet")
reply
""",
    """
widget = irg.widgets.Dream(kernel=irg.Kernel.load("k3"), size=32, seed=1)

def answer(change):
    spins, first = widget.spins, np.ravel(widget.kernel.parameters)[0]
    reply.value = f"seed {widget.seed}, {spins.dtype} {spins.shape}, {first:.3f}, m {spins.mean()}"

widget.observe(answer, names=["_spins", "parameters"])
widget
""",
    "# typed by the test",
)

NO_NEWS = '{"fetchNews": "false", "checkForUpdates": false}'


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[str]:
    """Return the address of a JupyterLab with settings of its own."""
    place = tmp_path_factory.mktemp("lab")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [new_code_cell(text.strip(), id=f"cell-{n}") for n, text in enumerate(CELLS)]
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    (place / "work").mkdir()
    nbformat.write(notebook, place / "work" / "round.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    names = (*names, "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    environment = {**os.environ, **{name: str(place / name.lower()) for name in names}}
    environment["PYTHONPATH"] = str(ROOT / "lib")
    environment["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
    ]
    command += [
        "--IdentityProvider.token=",
        "--ServerApp.password=",
        "--ServerApp.open_browser=False",
    ]
    command += [f"--ServerApp.root_dir={place / 'work'}"]
    command += ["--LabApp.extension_manager=readonly"]
    command += [
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate"
    ]
    settings = place / "jupyterlab_settings_dir" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(NO_NEWS)
    log = (place / "log").open("w")
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=place)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/api", timeout=2).close()
                break
            except OSError:
                if server.poll() is not None:
                    pytest.fail(f"JupyterLab ended: {(place / 'log').read_text()[-2000:]}")
                time.sleep(0.1)
        else:
            pytest.fail("JupyterLab did not answer within 30 s")
        yield address
    finally:
        server.terminate()
        server.wait(20)
        log.close()


@pytest.fixture(scope="module")
def notebook(chromium, lab) -> Iterator:
    """Return the page of the notebook with every cell run, once for all tests."""
    context = chromium.new_context(viewport={"width": 1300, "height": 2000})
    page = context.new_page()
    page.set_default_timeout(60_000)
    outside, errors = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))

    def block(route):
        outside.append(route.request.url)
        route.abort()

    page.route(lambda url: url.startswith("http") and not url.startswith(lab), block)
    page.goto(f"{lab}/doc/tree/round.ipynb?reset")
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    yield page
    context.close()
    assert outside == []
    assert errors == []


@pytest.fixture
def widget(notebook):
    """Return the widget when it has drawn."""
    widget = notebook.locator(".irg").first
    widget.get_by_text("computed in").wait_for()
    return widget


def wait_for_reply(page, *words: str) -> str:
    """Return what the kernel answered, once it holds all of `words`."""
    label = page.locator(".widget-label")
    for word in words:
        label = label.filter(has_text=word)
    label.wait_for()
    return label.inner_text()


def test_the_kernel_hears_what_is_done_in_the_page(notebook, widget):
    seed = widget.get_by_label("Seed", exact=True)
    seed.fill("7")
    seed.press("Enter")
    first = wait_for_reply(notebook, "seed 7, int8 (32, 32), 0.353")
    # A bent parameter arrives as part of a Kernel, and so do the spins that it dreams.
    parameter = widget.locator("input[type=text]").nth(1)
    parameter.fill("0.2")
    parameter.press("Enter")
    wait_for_reply(notebook, "seed 7, int8 (32, 32), 0.200")
    notebook.wait_for_function(
        "old => document.querySelector('.widget-label').textContent.split(' m ')[1] !== old",
        arg=first.split(" m ")[1],
    )


def test_the_page_shows_what_the_kernel_sets(notebook, widget):
    notebook.locator(".jp-Notebook .jp-CodeCell").last.locator(".cm-content").click()
    notebook.keyboard.press("Control+End")
    notebook.keyboard.type('\nwidget.engine, widget.seed, widget.kernel = "numba", 23, "k5"')
    notebook.keyboard.press("Control+Enter")
    widget.get_by_text("The parameters of the 5 × 5 kernel").wait_for()
    assert widget.get_by_label("Seed", exact=True).input_value() == "23"
    # Numba drew what the page shows, and it is what `widget.spins` holds.
    reply = wait_for_reply(notebook, "seed 23, int8 (32, 32)")
    m = f"m = {float(reply.split(' m ')[1]):.3f}"
    widget.get_by_text(m.replace("-", "−")).wait_for()


def test_a_conditional_model_goes_both_ways(notebook, widget):
    notebook.locator(".jp-Notebook .jp-CodeCell").last.locator(".cm-content").click()
    notebook.keyboard.press("Control+End")
    notebook.keyboard.type(
        '\nwidget.engine, widget.seed, widget.kernel = "numba", 29, "conditional"'
    )
    notebook.keyboard.press("Control+Enter")
    widget.get_by_text("What draws: conditional chain, 31 parameters").wait_for()
    # Numba drew what the page shows, and it is what `widget.spins` holds.
    reply = wait_for_reply(notebook, "seed 29, int8 (32, 32), 31.000")
    m = f"m = {float(reply.split(' m ')[1]):.3f}"
    widget.get_by_text(m.replace("-", "−")).wait_for()
    assert widget.get_by_role("link").count() == 0  # there is no chapter to lead to
    widget.get_by_label("Kernel", exact=True).select_option("renormalized-2")
    wait_for_reply(notebook, "seed 29, int8 (32, 32), 9.000")
    widget.get_by_label("Kernel", exact=True).select_option("k3")
    wait_for_reply(notebook, "seed 29, int8 (32, 32), 0.353")


def test_an_explorer_answers_to_its_controls(notebook, widget):
    notebook.locator(".jp-Notebook .jp-CodeCell").last.locator(".cm-content").click()
    notebook.keyboard.press("Control+End")
    notebook.keyboard.type('\nwidget.close(); kernel = irg.Kernel.load("k3")')
    notebook.keyboard.type("\nirg.explorers.explore_flow(kernel, 128, size=16, rng=1)")
    notebook.keyboard.press("Control+Enter")
    picture = notebook.locator('.jp-OutputArea img[alt^="Energy or magnetisation"]')
    picture.wait_for()
    before = picture.get_attribute("src")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300
    notebook.get_by_label("quantity").select_option("m")
    notebook.wait_for_function(
        """old => document.querySelector('img[alt^="Energy"]').getAttribute("src") !== old""",
        arg=before,
    )
