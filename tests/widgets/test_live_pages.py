"""Zoom, measure and guess alone in a page of Chromium: what a reader does, and what goes wrong."""

import json
import re

import pytest

from inverse_rg.widgets import _bundle

playwright_api = pytest.importorskip("playwright.sync_api")

PAGE = """<!doctype html><html data-theme="%s"><head><meta charset="utf-8"><title>test</title>
<link rel="icon" href="data:,"></head>
<body><main style="max-width: 760px; margin: auto"><div id="host"></div></main>
<script>%s</script><script type="module">
import { mount } from "./bundle.js";
window.widget = mount(document.getElementById("host"), %s);
</script></body></html>"""

SUM = """() => {
  const canvas = document.querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum = (Math.imul(sum, 31) + data[i]) >>> 0;
  return sum;
}"""


@pytest.fixture(scope="module")
def browser(chromium):
    with playwright_api.sync_playwright() as playwright:
        path, flags = chromium
        running = playwright.chromium.launch(executable_path=path, args=flags)
        yield running
        running.close()


@pytest.fixture
def open_widget(browser):
    """Return ``open(widget, before="", width=900, motion="reduce", ...)``: a page with it.

    The test fails if the page made an error or asked for anything but itself.
    """
    troubles, pages = [], []

    def answer(route):
        url = route.request.url
        if url.endswith("/bundle.js"):
            route.fulfill(body=_bundle.bundle(), content_type="text/javascript")
        elif url.split("#")[0] == "http://widgets.test/":
            route.fulfill(body=pages[-1][1], content_type="text/html")
        elif url.startswith(("blob:", "data:")):
            route.continue_()
        else:
            troubles.append(f"asked for {url}")
            route.abort()

    def open_page(
        widget, before="", width=900, motion="reduce", theme="light", fragment="", **options
    ):
        page = browser.new_page(viewport={"width": width, "height": 900}, reduced_motion=motion)
        state = json.dumps({"widget": widget, "kernel": "k3", "seed": 1, **options})
        pages.append((page, PAGE % (theme, before, state)))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda text: text.type == "error" and troubles.append(text.text))
        page.route("**/*", answer)
        page.goto(f"http://widgets.test/{fragment}")
        return page

    yield open_page
    for page, _ in pages:
        page.close()
    assert troubles == []


def rest(page):
    """Wait until the zoom has come to rest; return its level and the sum over its pixels."""
    label = "document.querySelector('canvas').getAttribute('aria-label')"
    page.wait_for_function(f"/level/.test({label})")
    seen = None
    for _ in range(60):
        before, seen = seen, (page.evaluate(label), page.evaluate(SUM))
        if seen == before:
            return int(re.search(r"level (\d+)", seen[0])[1]), seen[1]
        page.wait_for_timeout(500)
    pytest.fail("the picture never came to rest")


def press(page, key, times=1):
    for _ in range(times):
        page.keyboard.press(key)


def test_the_same_seed_shows_the_same_and_another_another(open_widget):
    first, second, third = (open_widget("zoom", seed=seed) for seed in (1, 1, 2))
    assert rest(first) == rest(second)
    assert rest(third)[1] != rest(first)[1]


def test_forty_levels_down_and_back_the_spins_are_the_same(open_widget):
    page = open_widget("zoom")
    home = rest(page)
    page.locator("canvas").focus()
    press(page, "PageDown", 40)
    deep = rest(page)
    assert deep[0] == home[0] + 40
    press(page, "ArrowRight", 3)
    assert rest(page)[1] != deep[1]
    press(page, "ArrowLeft", 3)
    assert rest(page)[1] == deep[1]
    press(page, "PageUp", 40)
    assert rest(page) == home
    press(page, "PageDown", 40)
    assert rest(page) == deep
    press(page, "Home")
    assert rest(page) == home


def test_a_bent_kernel_is_seen_and_said(open_widget):
    page = open_widget("zoom")
    page.locator("canvas").focus()
    press(page, "PageDown", 12)
    _, straight = rest(page)
    page.get_by_text("Every level looks like the last one").wait_for()
    page.get_by_text("Bend the kernel").click()
    factor = page.get_by_label("All together, times, exact value")
    factor.fill("0.5")
    factor.press("Enter")
    page.get_by_text("Too random: on the way down").wait_for()
    assert rest(page)[1] != straight
    factor.fill("1.6")
    factor.press("Enter")
    page.get_by_text("Too ordered: on the way down").wait_for()
    factor.fill("many")
    factor.press("Enter")
    page.get_by_text("“many” is not a number").wait_for()
    page.get_by_role("button", name="Back to the trained values").click()
    page.get_by_text("Every level looks like the last one").wait_for()
    assert rest(page)[1] == straight


def test_bending_below_a_level_leaves_what_is_in_view(open_widget):
    page = open_widget("zoom")
    page.locator("canvas").focus()
    press(page, "PageDown", 8)
    level, _ = rest(page)
    page.get_by_text("Bend the kernel").click()
    page.get_by_label("Bend only the levels below this one").check()
    page.get_by_text(f"Bend only the levels below level {level}").wait_for()
    factor = page.get_by_label("All together, times, exact value")
    factor.fill("0.5")
    factor.press("Enter")
    plain = open_widget("zoom")
    plain.locator("canvas").focus()
    press(plain, "PageDown", 8)
    rest(plain)
    for one in (page, plain):
        one.locator("canvas").focus()
        press(one, "PageUp", 1)
    assert rest(page)[1] == rest(plain)[1]
    for one in (page, plain):
        press(one, "PageDown", 4)
    assert rest(page)[1] != rest(plain)[1]


def test_a_kernel_or_a_seed_that_is_wrong_gets_a_message(open_widget):
    page = open_widget("zoom", fragment="#zoom&kernel=k4&z=3&x=8&y=8")
    page.get_by_text("This link cannot be followed: there is no kernel named “k4”").wait_for()
    _, before = rest(page)
    seed = page.get_by_label("Seed")
    seed.fill("one")
    seed.press("Enter")
    page.get_by_text("“one” is not a number").wait_for()
    page.get_by_label("Kernel").select_option("k7")
    page.wait_for_function(f"({SUM})() !== {before}")


def test_nothing_moves_by_itself_when_motion_is_reduced(open_widget):
    page = open_widget("zoom")
    level, before = rest(page)
    assert page.get_by_role("button", name="Dive").count() == 0
    page.get_by_role("button", name="One level deeper").click()
    assert rest(page)[0] == level + 1
    assert rest(page)[1] != before


@pytest.mark.parametrize("widget", ["zoom", "measure", "guess"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_wider_than_a_telephone(widget, theme, open_widget):
    page = open_widget(widget, width=390, theme=theme)
    page.locator("svg, canvas").first.wait_for()
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    heights = page.evaluate(
        "[...document.querySelectorAll('button, select, input[type=text]')]"
        ".filter((node) => node.offsetParent).map((node) => node.getBoundingClientRect().height)"
    )
    assert min(heights) >= 40


def test_widgets_change_with_the_theme_and_go_away(open_widget):
    page = open_widget("zoom")
    _, before = rest(page)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(f"({SUM})() !== {before}")
    page.evaluate("window.widget.destroy()")
    assert page.locator("canvas").count() == 0


@pytest.mark.parametrize("before", ["", "delete window.Worker;"])
def test_measuring_with_and_without_a_worker(before, open_widget):
    page = open_widget("measure", before=before)
    page.get_by_role("button", name="Measure", exact=True).click()
    page.get_by_text(re.compile(r"1\.80\d*\(\d+\)")).first.wait_for(timeout=60_000)
    assert page.get_by_text("No Web Worker here").is_visible() == bool(before)
    page.get_by_role("button", name="Pause").click()
    count = page.locator(".irg-measure-count")
    paused = count.inner_text()
    page.wait_for_timeout(500)
    assert count.inner_text().split(",")[0] == paused.split(",")[0]
    page.get_by_role("button", name="Go on").click()
    page.wait_for_function(
        "(before) => document.querySelector('.irg-measure-count').textContent !== before",
        arg=paused,
    )


def test_a_bent_kernel_is_measured_afresh(open_widget):
    page = open_widget("measure")
    page.get_by_role("button", name="Measure", exact=True).click()
    page.get_by_text(re.compile(r"1\.80\d*\(\d+\)")).first.wait_for(timeout=60_000)
    page.get_by_text("Bend the kernel").click()
    field = page.get_by_label("All together, times, exact value")
    field.fill("1.3")
    field.press("Enter")
    page.get_by_text(re.compile(r"1\.9\d*\(\d+\)")).first.wait_for(timeout=60_000)


def test_a_conditional_model_is_measured_where_the_kernel_is_not_right(open_widget):
    page = open_widget("measure", chapter="14_independence.html")
    about = page.locator(".irg-about")
    assert about.is_hidden()
    page.get_by_role("button", name="Measure", exact=True).click()
    page.get_by_text(re.compile(r"1\.80\d*\(\d+\)")).first.wait_for(timeout=60_000)
    page.get_by_label("Kernel").select_option("conditional")
    page.get_by_text(re.compile(r"1\.7[3-7]\d*\(\d+\)")).first.wait_for(timeout=60_000)
    page.get_by_text("agrees with the exact 7/4 so far").wait_for(timeout=60_000)
    assert page.get_by_text("Bend the kernel").is_hidden()
    assert "Every level has a Hamiltonian of its own" in about.inner_text()
    assert about.locator("a").get_attribute("href") == "14_independence.html"
    page.get_by_label("Kernel").select_option("k5")
    assert about.is_hidden()
    assert page.get_by_text("Bend the kernel").is_visible()
    again = open_widget("measure", kernel="ordered-fixed")
    assert again.get_by_label("Kernel").input_value() == "ordered-fixed"
    assert "no passes" in again.locator(".irg-about").inner_text()


def test_dreams_of_a_conditional_model_are_guessed(open_widget):
    page = open_widget("guess", kernel="conditional")
    page.locator(".irg-guess-choice").first.click()
    page.get_by_text(re.compile(r"^\d of 1$")).wait_for()
    assert "conditional chain (31)" in page.locator(".irg-guess-scores").inner_text()
    page.set_viewport_size({"width": 390, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_guesses_by_key_and_by_click_are_scored(open_widget):
    page = open_widget("guess")
    page.get_by_text("Which one is real?").wait_for()
    page.locator(".irg-guess-choice").first.focus()
    for _ in range(4):
        press(page, "1")
        page.get_by_text(re.compile("^(Right|No): picture [12] is from Monte Carlo")).wait_for()
        press(page, "Enter")
    page.get_by_text("of 4", exact=False).first.wait_for()
    page.locator(".irg-guess-choice").nth(1).click()
    page.get_by_text(re.compile(r"^\d of 5$")).wait_for()
    page.get_by_text("A few more guesses before that means anything").wait_for()
    page.get_by_label("Dreams of the kernel").select_option("k7")
    page.locator(".irg-guess-choice").first.click()
    page.get_by_text(re.compile(r"^\d of 1$")).wait_for()
    assert page.locator(".irg-guess-scores tbody tr").count() == 2
    again = open_widget("guess")
    again.get_by_text("Which one is real?").wait_for()
    assert again.locator(".irg-guess-scores tbody tr").count() == 0
