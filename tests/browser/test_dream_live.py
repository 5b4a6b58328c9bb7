"""The page "Dream live": its three widgets used as a reader uses them.

What each control of a widget does is tested on a bare page, in `tests/widgets`; here they stand
in the book, among its styles and scripts.
"""

from __future__ import annotations

import re

import pytest

PAGE = "book/dream.html"


@pytest.fixture
def dream(open_widget):
    """Return a page and the grown dream on it."""
    page, widget = open_widget(PAGE, "dream", reduced_motion="reduce")
    wait_for_side(widget, 256)
    return page, widget


def wait_for_side(widget, side: int) -> str:
    """Wait until the dream has the given side; return its caption."""
    caption = widget.locator("figcaption").filter(has_text="Dream").filter(has_text="computed in")
    caption = caption.filter(has_text=re.compile(rf"L = {side}(?!\d)"))
    caption.wait_for()
    return caption.inner_text()


def type_into(field, text: str) -> None:
    field.fill(text)
    field.press("Enter")


def wait_for_change(page, pixels, widget: str, before: str) -> str:
    """Wait until the first canvas of a widget shows something else; return a sum over it."""
    canvas = f"document.querySelector('[data-widget={widget}] canvas')"
    page.wait_for_function(f"({pixels.script})({canvas}) !== '{before}'")
    return pixels(page.locator(f"[data-widget={widget}] canvas").first)


def test_a_dream_says_what_it_is(dream):
    _, widget = dream
    caption = wait_for_side(widget, 256)
    assert re.search(r"m = [−\d.]+\s+e = [\d.]+\s+[\d,\u202f]+ clusters", caption), caption
    assert "256" in widget.locator("canvas").first.get_attribute("aria-label")


def test_clicked_changed_zoomed_and_drawn_on(dream, pixels):
    page, widget = dream
    seen = [pixels(widget.locator("canvas").first)]

    def changed(act):
        act()
        seen.append(wait_for_change(page, pixels, "dream", seen[-1]))

    seed = widget.get_by_label("Seed", exact=True)
    changed(lambda: widget.get_by_role("button", name="New seed").click())
    changed(lambda: type_into(seed, "1"))
    assert seen[2] == seen[0], "the same seed, the same picture"
    changed(lambda: widget.get_by_label("Kernel", exact=True).select_option("k5"))
    changed(lambda: type_into(widget.locator(".irg-slider input[type=text]").first, "0.1"))
    changed(lambda: widget.get_by_role("button", name="Block down").click())
    wait_for_side(widget, 128)
    changed(lambda: widget.get_by_role("button", name="Zoom in").click())
    changed(lambda: widget.get_by_role("button", name="Show the whole lattice").click())
    changed(lambda: widget.get_by_label("Start from").select_option("drawn"))
    cell = widget.locator("[data-cell]").first
    pressed = cell.get_attribute("aria-pressed")
    changed(cell.click)
    assert cell.get_attribute("aria-pressed") != pressed


def test_bad_input_gets_a_message_and_nothing_stops(dream, pixels):
    page, widget = dream
    before = pixels(widget.locator("canvas").first)
    type_into(widget.locator(".irg-slider input[type=text]").first, "strong")
    widget.get_by_text("“strong” is not a number").wait_for()
    file = {"name": "even.json", "mimeType": "application/json", "buffer": b'{"size": 4}'}
    widget.locator("input[type=file]").set_input_files(file)
    widget.locator('[data-kind="problem"]').filter(has_text="even.json").wait_for()
    widget.get_by_role("button", name="New seed").click()
    wait_for_change(page, pixels, "dream", before)


def test_measuring_shrinks_the_error_and_begins_anew(open_widget):
    page, widget = open_widget(PAGE, "measure")
    widget.get_by_role("button", name="Measure", exact=True).click()
    shown = (
        "[...document.querySelectorAll('[data-widget=measure] .irg-measure-count')][0].textContent"
    )
    count = f"Number(({shown}.match(/^[\\d\u202f ,]+/) ?? ['0'])[0].replace(/\\D/g, ''))"
    page.wait_for_function(f"{count} > 3000")
    first = widget.inner_text()
    page.wait_for_function(f"{count} > 20000")
    second = widget.inner_text()

    def error(text: str) -> float:
        value, digits = re.search(r"γ/ν, from L = 64 and 16\s+([\d.]+)\((\d+)\)", text).groups()
        return int(digits) * 10.0 ** -len(value.partition(".")[2])

    assert error(second) < error(first)
    assert "7/4" in second
    widget.get_by_role("button", name="Measure afresh from nothing").click()
    page.wait_for_function(f"{count} < 20000")
    widget.get_by_role("button", name="Pause").click()


def test_the_page_leads_to_the_chapter_on_conditional_models(dream):
    page, widget = dream
    widget.get_by_label("Kernel", exact=True).select_option("conditional")
    link = widget.get_by_role("link", name="Independence is the bottleneck")
    link.click()
    page.wait_for_url("**/14_independence.html")
    page.get_by_role("heading", name="Independence is the bottleneck").first.wait_for()


def test_the_chapter_measures_its_own_model(open_widget):
    _, widget = open_widget("book/14_independence.html", "measure")
    assert widget.get_by_label("Kernel").input_value() == "conditional"
    widget.get_by_role("button", name="Measure", exact=True).click()
    widget.get_by_text("agrees with the exact 7/4 so far").wait_for()
    widget.get_by_role("button", name="Pause").click()
    assert widget.get_by_role("link").count() == 0  # it would lead where the reader is


def test_guessing_keeps_the_score(open_widget):
    page, widget = open_widget(PAGE, "guess")
    for trial in range(1, 4):
        widget.get_by_role("button", name=re.compile(r"^Picture [12]: this one")).first.click()
        widget.get_by_text(re.compile(r"^(Right|No): picture [12] is from Monte Carlo")).wait_for()
        widget.get_by_text(re.compile(rf"^[0-3] of {trial}$")).wait_for()
        widget.get_by_role("button", name="Next pair", exact=True).click()
    widget.locator("button").first.focus()
    page.keyboard.press("1")
    widget.get_by_text(re.compile(r"^[0-4] of 4$")).wait_for()


def test_a_dream_made_in_a_notebook_lives_on_in_its_page(open_page, pixels):
    page = open_page("book/widgets.html", reduced_motion="reduce")
    widget = page.locator(".cell_output .irg").first
    widget.locator("canvas").first.scroll_into_view_if_needed()
    wait_for_side(widget, 64)
    canvas = widget.locator("canvas").first
    before = pixels(canvas)
    widget.get_by_role("button", name="New seed").click()
    page.wait_for_function(
        f"({pixels.script})(document.querySelector('.cell_output .irg canvas')) !== '{before}'"
    )
