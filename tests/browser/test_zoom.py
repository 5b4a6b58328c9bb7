"""The zoom on the front page: wheel, keys, fingers, links, frames a second."""

from __future__ import annotations

import re

import pytest

PAGE = "book/intro.html"
LABEL = "document.querySelector('[data-widget=zoom] canvas').getAttribute('aria-label')"
LEVEL = f"Number(({LABEL}.match(/level (\\d+)/i) ?? [0, -1])[1])"

FRAMES = """(duration) => new Promise((resolve) => {
    const times = [];
    const tick = (time) => {
        times.push(time);
        if (time - times[0] < duration) requestAnimationFrame(tick);
        else resolve((times.length - 1) / (time - times[0]) * 1000);
    };
    requestAnimationFrame(tick);
})"""


def wait_for_level(page, condition: str = ">= 0") -> tuple[int, str]:
    """Wait until the picture rests at such a level; return the level and m, as it says them."""
    page.wait_for_function(f"{LEVEL} {condition}")
    words = page.evaluate(LABEL)
    found = re.search(r"level (\d+), side .*, magnetisation of the view ([−\d.]+)", words, re.I)
    return int(found[1]), found[2]


def press(page, key: str, times: int) -> None:
    for _ in range(times):
        page.keyboard.press(key)


@pytest.fixture
def open_zoom(open_widget):
    """Return ``open_zoom(**context)``: a page, its canvas, and the level at which it rests."""

    def open_zoom(**context):
        page, widget = open_widget(PAGE, "zoom", **context)
        level, _ = wait_for_level(page, ">= 5")
        return page, widget.locator("canvas").first, level

    return open_zoom


@pytest.fixture
def zoom(open_zoom):
    """Return the zoom as it is for those who want no motion: at once where it is going."""
    return open_zoom(reduced_motion="reduce")


def test_it_is_above_the_fold(zoom):
    _, canvas, _ = zoom
    box = canvas.bounding_box()
    assert box["y"] < 400
    assert box["y"] + 0.9 * box["height"] < 900


def test_wheel_keys_and_buttons_zoom(open_zoom):
    page, canvas, home = open_zoom()
    canvas.click()
    page.mouse.wheel(0, -200)
    page.mouse.wheel(0, -200)
    turned, _ = wait_for_level(page, f"> {home}")
    press(page, "PageDown", 4)
    level, _ = wait_for_level(page, f"> {turned + 2}")
    press(page, "-", 4)
    wait_for_level(page, f"=== {level - 2}")
    page.get_by_role("button", name="Zoom in one level").click()
    wait_for_level(page, f"=== {level - 1}")
    page.get_by_role("button", name="Zoom out one level").click()
    wait_for_level(page, f"=== {level - 2}")
    canvas.focus()
    page.keyboard.press("Home")
    wait_for_level(page, f"=== {home}")


def test_arrows_and_a_drag_move_the_view(zoom, pixels):
    page, canvas, _ = zoom
    before = pixels(canvas)
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        f"({pixels.script})(document.querySelector('[data-widget=zoom] canvas')) !== '{before}'"
    )
    moved = pixels(canvas)
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 220, box["y"] + 150, steps=4)
    page.mouse.up()
    page.wait_for_function(
        f"({pixels.script})(document.querySelector('[data-widget=zoom] canvas')) !== '{moved}'"
    )


def drag(page, start, shift, steps: int = 5) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + shift[0], start[1] + shift[1], steps=steps)
    page.mouse.up()


def wait_for_picture(page, pixels, seen: str, same: bool = True) -> str:
    """Wait until the picture is the one that was `seen`, or another; return a sum over it."""
    canvas = "document.querySelector('[data-widget=zoom] canvas')"
    sign = "===" if same else "!=="
    page.wait_for_function(f"({pixels.script})({canvas}) {sign} '{seen}'")
    return pixels(page.locator("[data-widget=zoom] canvas").first)


def test_the_view_follows_the_mouse(zoom, pixels):
    """A drag by 48 pixels is one press of an arrow key, and a drag back undoes it."""
    page, canvas, home = zoom
    canvas.focus()
    press(page, "PageDown", 3)
    wait_for_level(page, f"=== {home + 3}")
    before = pixels(canvas)
    box = canvas.bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.keyboard.press("ArrowRight")
    arrow = wait_for_picture(page, pixels, before, same=False)
    page.keyboard.press("ArrowLeft")
    wait_for_picture(page, pixels, before)
    drag(page, middle, (-48, 0))
    wait_for_picture(page, pixels, arrow)
    drag(page, middle, (48, 0), steps=1)
    wait_for_picture(page, pixels, before)
    drag(page, middle, (31, -57))
    wait_for_picture(page, pixels, before, same=False)
    drag(page, middle, (-31, 57))
    wait_for_picture(page, pixels, before)
    assert wait_for_level(page)[0] == home + 3


def test_a_double_click_goes_one_level_deeper(zoom):
    page, canvas, home = zoom
    canvas.click(position={"x": 200, "y": 130})
    page.wait_for_timeout(400)
    level, m = wait_for_level(page, f"=== {home}")
    canvas.dblclick(position={"x": 200, "y": 130})
    wait_for_level(page, f"=== {home + 1}")
    page.wait_for_timeout(400)
    canvas.dblclick(position={"x": 200, "y": 130}, modifiers=["Shift"])
    assert wait_for_level(page, f"=== {home}") == (level, m), "about the same place, in and out"


def test_clicks_that_are_no_double_click(zoom):
    page, canvas, home = zoom
    canvas.click(position={"x": 200, "y": 130})
    page.wait_for_timeout(500)  # too slow
    canvas.click(position={"x": 200, "y": 130})
    page.wait_for_timeout(400)
    canvas.click(position={"x": 100, "y": 130})
    canvas.click(position={"x": 260, "y": 130})  # too far away
    page.wait_for_timeout(400)
    box = canvas.bounding_box()
    start = (box["x"] + 200, box["y"] + 130)
    drag(page, start, (60, 0))
    drag(page, start, (60, 0))  # it moved
    page.wait_for_timeout(400)
    assert wait_for_level(page)[0] == home


def test_the_wheel_belongs_to_the_page_until_the_picture_is_clicked(zoom):
    page, canvas, home = zoom
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.wheel(0, 300)
    page.wait_for_function("window.scrollY > 100")
    assert wait_for_level(page)[0] == home


def test_out_and_back_shows_the_same_spins(zoom):
    page, canvas, home = zoom
    canvas.click(position={"x": 200, "y": 130})
    press(page, "PageDown", 45)
    level, m = wait_for_level(page, f">= {home + 45}")
    assert level >= 50, "a side of more than 10^12 spins"
    press(page, "PageUp", 10)
    assert wait_for_level(page, f"=== {level - 10}")[1] != m
    press(page, "PageDown", 10)
    assert wait_for_level(page, f"=== {level}")[1] == m


def test_a_link_shows_the_same_view(zoom, open_widget, pixels):
    page, canvas, home = zoom
    canvas.click(position={"x": 300, "y": 200})
    press(page, "PageDown", 20)
    level, m = wait_for_level(page, f"=== {home + 20}")
    page.get_by_role("button", name="Copy a link").click()
    page.wait_for_function("location.hash.startsWith('#zoom')")
    fragment = page.evaluate("location.hash")
    seen = pixels(canvas)
    other, _ = open_widget(f"{PAGE}{fragment}", "zoom", reduced_motion="reduce")
    assert wait_for_level(other, f"=== {level}") == (level, m)
    other.wait_for_function(
        f"({pixels.script})(document.querySelector('[data-widget=zoom] canvas')) === '{seen}'"
    )
    fragment = fragment.replace("seed=1&", "seed=2&")
    another, _ = open_widget(f"{PAGE}{fragment}", "zoom", reduced_motion="reduce")
    assert wait_for_level(another, f"=== {level}") != (level, m)


@pytest.mark.parametrize("fragment", ["kernel=none&z=1", "seed=x", "z=abc", "p=1,two,3&z=9"])
def test_a_bad_link_is_named_and_the_rest_works(open_widget, fragment):
    page, widget = open_widget(f"{PAGE}#zoom&{fragment}", "zoom", reduced_motion="reduce")
    widget.get_by_text("This link cannot be followed").wait_for()
    wait_for_level(page, ">= 7")


def test_two_fingers_pinch(open_zoom):
    page, canvas, home = open_zoom(width=390, has_touch=True, is_mobile=True)
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)

    def touch(kind: str, gap: float | None):
        points = [] if gap is None else [{"x": x - gap, "y": y}, {"x": x + gap, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 20)
    for gap in range(30, 150, 10):
        touch("touchMove", gap)
    touch("touchEnd", None)
    wait_for_level(page, f">= {home + 2}")


def test_one_finger_drags_and_taps_twice(open_zoom, pixels):
    """The first touch gives the picture the focus; then a finger moves it and not the page."""
    page, canvas, home = open_zoom(
        width=390, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points):
        places = [{"x": x + dx, "y": y + dy} for dx, dy in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    def tap(dx: float = 0, dy: float = 0):
        touch("touchStart", (dx, dy))
        touch("touchEnd")

    tap()
    assert canvas.evaluate("(canvas) => canvas.matches(':focus')")
    before, scrolled = pixels(canvas), page.evaluate("window.scrollY")
    touch("touchStart", (0, 0))
    for step in range(1, 7):
        touch("touchMove", (-10 * step, 8 * step))
    touch("touchEnd")
    wait_for_picture(page, pixels, before, same=False)
    assert page.evaluate("window.scrollY") == scrolled
    assert wait_for_level(page)[0] == home
    page.wait_for_timeout(400)
    tap()
    tap()
    wait_for_level(page, f"=== {home + 1}")
    page.wait_for_timeout(400)
    tap(-80)
    tap(80)  # two places
    page.wait_for_timeout(400)
    assert wait_for_level(page)[0] == home + 1


def test_diving_is_smooth(open_zoom, capsys):
    page, _, home = open_zoom()
    page.get_by_role("button", name="Dive").click()
    rate = page.evaluate(FRAMES, 2500)
    with capsys.disabled():
        print(f"\nzoom: {rate:.0f} frames a second while diving")
    page.get_by_role("button", name="Stop").click()
    wait_for_level(page, f"> {home}")
    assert rate > 3, "frozen"  # 30 is the aim on a quiet machine: read the line above


def test_motion_is_reduced_for_those_who_ask(zoom):
    page, _, level = zoom
    page.get_by_role("button", name="One level deeper").click()
    wait_for_level(page, f"=== {level + 1}")
