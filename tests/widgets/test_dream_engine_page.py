"""The Dream widget on a notebook's model: a kernel that draws, is late, or is not there."""

import json

import pytest

playwright_api = pytest.importorskip("playwright.sync_api")


def caption(page):
    return page.locator("figcaption").first.inner_text()


ENGINE = """
// A notebook's model as the widget sees it: the kernel answers with spins up, or not at all.
const values = { engine: "numba", size: 64, seed: 1, ...EXTRA };
const listeners = {};
window.model = {
  get: (name) => values[name],
  set(name, value) {
    values[name] = value;
    (listeners[`change:${name}`] ?? []).forEach((listener) => listener());
  },
  on: (name, listener) => (listeners[name] ??= []).push(listener),
  off() {},
  save_changes() {},
  send(content, callbacks, buffers) {
    window.sent = content;
    if (values.silent) throw new Error("no kernel");
    let side = content.side;
    const sides = content.moves.map((up) => (side = up ? 2 * side : side / 2));
    const lattices = sides.map((side) => new DataView(new Uint8Array(side * side).fill(1).buffer));
    const outcome = values.trouble ? { error: "ValueError: dogs" } : { milliseconds: 3 };
    const reply = { id: content.id, ...outcome };
    const answer = () => listeners["msg:custom"].forEach((listener) => listener(reply, lattices));
    setTimeout(answer, values.delay ?? 0);
    values.delay = 0;
  },
};
"""


def open_engine(open_dream, before="", **extra):
    """Open a page and mount a second widget there, on a notebook's model."""
    page = open_dream(before=before)
    page.evaluate("window.widget.destroy()")
    page.evaluate(ENGINE.replace("EXTRA", json.dumps({"_widget": "dream", **extra})))
    page.evaluate("""async () => {
      const { default: entry } = await import("/bundle.js");
      entry.render({ model: window.model, el: document.getElementById("host") });
    }""")
    return page


def test_the_kernel_draws(open_dream, wait_for_side):
    page = open_engine(open_dream)
    wait_for_side(page, 64)
    assert "m = 1.000   e = 2.000   1 cluster" in caption(page)
    assert "computed in 3 ms" in caption(page)
    page.get_by_label("Drawn by").select_option("browser")
    playwright_api.expect(page.locator("figcaption").first).not_to_contain_text("m = 1.000")
    page.wait_for_timeout(400)
    side, parameters = (page.evaluate(f"model.get('{name}')") for name in ("side", "parameters"))
    assert (side, len(parameters)) == (64, 3)
    assert page.evaluate("model.get('_spins').byteLength") == 4096


def test_the_kernel_draws_a_conditional_model(open_dream, wait_for_side):
    page = open_engine(open_dream, kernel_name="conditional")
    wait_for_side(page, 64)
    sent = page.evaluate("window.sent")
    assert (sent["model"], sent["moves"], "parameters" in sent) == (
        "conditional",
        [True] * 6,
        False,
    )
    page.evaluate("model.set('kernel_name', 'renormalized-2')")
    page.wait_for_function("window.sent.model === 'renormalized-2'")
    playwright_api.expect(page.get_by_label("Kernel", exact=True)).to_have_value("renormalized-2")
    page.get_by_label("Kernel", exact=True).select_option("k5")
    page.wait_for_function("window.sent.size === 5 && model.get('parameters').length === 6")
    assert page.evaluate("[model.get('kernel_name'), window.sent.model ?? null]") == ["k5", None]


def test_a_silent_kernel_is_replaced_by_the_browser(open_dream, wait_for_side):
    page = open_engine(open_dream, silent=True)
    wait_for_side(page, 64)
    assert "m = 1.000" not in caption(page)
    assert "this browser draws instead of numba" in page.get_by_role("note").inner_text()


def test_a_busy_kernel_takes_over_when_it_answers(open_dream, wait_for_side):
    page = open_engine(open_dream, delay=5000)
    wait_for_side(page, 64)
    assert "m = 1.000" not in caption(page)
    assert "this browser draws instead" in page.get_by_role("note").inner_text()
    assert page.evaluate("model.get('_spins')") is None  # it is not passed off as the kernel's
    playwright_api.expect(page.locator("figcaption").first).to_contain_text("m = 1.000")
    playwright_api.expect(page.get_by_role("note")).to_have_count(0)


def test_a_stored_notebook_does_not_wait_for_a_kernel(open_dream, wait_for_side):
    stored = '</script><script type="application/vnd.jupyter.widget-state+json">{}'
    page = open_engine(open_dream, before=stored, delay=60_000)
    wait_for_side(page, 64)
    assert "this browser draws instead" in page.get_by_role("note").inner_text()


def test_trouble_in_the_kernel_is_shown(open_dream):
    page = open_engine(open_dream, trouble=True)
    playwright_api.expect(page.locator(".irg-status")).to_contain_text("ValueError: dogs")
