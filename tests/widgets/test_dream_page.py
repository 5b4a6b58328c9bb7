"""The Dream widget alone in a page of Chromium: what a reader does, and what goes wrong."""

import pytest

from inverse_rg.kernels import Kernel

playwright_api = pytest.importorskip("playwright.sync_api")


def caption(page):
    return page.locator("figcaption").first.inner_text()


def status(page):
    return page.locator(".irg-status").inner_text()


def picture(page):
    """Return the pixels of the dream on display."""
    page.wait_for_timeout(100)
    return page.evaluate("document.querySelector('canvas.irg-lattice').toDataURL()")


def test_it_grows_at_once_where_motion_is_unwelcome(open_dream):
    page = open_dream()
    assert "1 → 64" in caption(page)
    assert "gives back" in status(page)
    label = page.locator("canvas.irg-lattice").first.get_attribute("aria-label")
    assert label.startswith("Dream of side 64: magnetisation")
    playwright_api.expect(page.locator("figcaption").nth(1)).to_contain_text("Swendsen–Wang")


WATCH = """window.seen = new Set();
new MutationObserver(() => {
  const head = document.querySelector("figcaption span")?.textContent;
  if (head) window.seen.add(head);
}).observe(document, { childList: true, subtree: true });"""


def test_it_grows_level_by_level(open_dream, wait_for_side):
    page = open_dream(before=WATCH, motion="no-preference", settle=False)
    wait_for_side(page, 64)
    seen = page.evaluate("[...window.seen]")
    assert seen == [f"Dream, L = {side}" for side in (1, 2, 4, 8, 16, 32, 64)]


BEND_EARLY = """() => {
  const found = /L = (4|8|16)/.test(document.querySelector("figcaption").textContent);
  const slider = document.querySelector("input[type=range]");
  if (found) {
    slider.stepUp();
    slider.dispatchEvent(new Event("input"));
  }
  return found;
}"""


def test_a_reader_need_not_wait_for_the_growth(open_dream, wait_for_side):
    page = open_dream(before=WATCH, motion="no-preference", settle=False, size=512)
    page.wait_for_function(BEND_EARLY)
    wait_for_side(page, 512)
    seen = page.evaluate("[...window.seen]")
    assert seen[-1] == "Dream, L = 512"
    assert not {"Dream, L = 128", "Dream, L = 256"} & set(seen)


def test_the_same_seed_gives_the_same_picture(open_dream):
    first, second, other = (open_dream(seed=seed) for seed in (3, 3, 4))
    assert picture(first) == picture(second)
    assert picture(first) != picture(other)


def test_up_and_down(open_dream, wait_for_side):
    page = open_dream()
    before = picture(page)
    page.get_by_role("button", name="Block down").click()
    wait_for_side(page, 32)
    assert "Blocked from 64 to 32" in status(page)
    page.get_by_role("button", name="Dream up").click()
    wait_for_side(page, 64)
    assert "1 → 64 → 32 → 64" in caption(page)
    assert picture(page) != before
    page.get_by_role("button", name="Grow from the start").click()
    playwright_api.expect(page.locator("figcaption").first).to_contain_text("1 → 64, computed")
    assert picture(page) == before


def test_the_axis_of_scale_by_click_and_by_key(open_dream, wait_for_side):
    page = open_dream()
    page.get_by_role("radio", name="L = 8", exact=True).click()
    wait_for_side(page, 8)
    page.keyboard.press("ArrowRight")
    wait_for_side(page, 16)
    assert (
        page.get_by_role("radio", name="L = 16", exact=True).get_attribute("aria-checked") == "true"
    )


def test_a_parameter_bends_the_picture_and_goes_back(open_dream):
    page = open_dream()
    before = picture(page)
    slider = page.get_by_role("slider").nth(1)
    slider.focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    playwright_api.expect(page.get_by_label("Kernel", exact=True)).to_have_value("own-3")
    page.wait_for_timeout(300)
    assert picture(page) != before
    page.get_by_role("button", name="Back to the optimum").click()
    page.wait_for_timeout(300)
    assert picture(page) == before
    assert page.get_by_label("Kernel", exact=True).input_value() == "k3"


@pytest.mark.parametrize(("size", "sliders"), [(5, 6), (7, 10), (11, 21)])
def test_a_kernel_of_ones_own(size, sliders, open_dream, wait_for_side):
    page = open_dream()
    page.get_by_label("Kernel", exact=True).select_option(f"own-{size}")
    playwright_api.expect(page.get_by_role("slider")).to_have_count(sliders)
    wait_for_side(page, 64)


@pytest.mark.parametrize("text", ["", "abc", "1e99", "0.2.1", "--"])
def test_a_parameter_that_is_no_number(text, open_dream):
    page = open_dream()
    before = picture(page)
    field = page.get_by_label("exact value").first
    field.fill(text)
    field.press("Enter")
    problem = page.get_by_role("alert").filter(has_text="number" if text != "1e99" else "allowed")
    playwright_api.expect(problem).to_be_visible()
    assert field.get_attribute("aria-invalid") == "true"
    assert picture(page) == before
    field.fill("0.40")
    field.press("Enter")
    playwright_api.expect(problem).to_have_count(0)
    page.wait_for_timeout(300)
    assert picture(page) != before


def test_a_seed_that_is_no_seed(open_dream):
    page = open_dream()
    field = page.get_by_label("Seed", exact=True)
    for text in ("-1", "1.5", "dog"):
        field.fill(text)
        field.press("Enter")
        assert field.get_attribute("aria-invalid") == "true"
    field.fill("12")
    field.press("Enter")
    assert field.get_attribute("aria-invalid") is None


DROP = """([text, name]) => {
  const transfer = new DataTransfer();
  if (name) transfer.items.add(new File([text], name, { type: "application/json" }));
  const event = new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
  document.querySelector(".irg").dispatchEvent(event);
}"""


def test_a_kernel_file_dropped_on_it(open_dream, tmp_path):
    page = open_dream()
    kernel = Kernel(5, (0.3, 0.2, 0.1, -0.05, 0.02, -0.01))
    kernel.save(tmp_path / "mine.json")
    page.evaluate(DROP, [(tmp_path / "mine.json").read_text(), "mine.json"])
    playwright_api.expect(page.get_by_label("Kernel", exact=True)).to_have_value("own-5")
    assert page.get_by_label("exact value").nth(3).input_value() == "-0.0500"
    with page.expect_download() as download:
        page.get_by_role("button", name="Save this kernel").click()
    download.value.save_as(tmp_path / "saved.json")
    assert Kernel.load(tmp_path / "saved.json") == kernel


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("GIF89a", "cat.json", "cat.json: this file is not a kernel: it is not valid JSON"),
        ("[]", "list.json", "list.json: this file is not a kernel: its format"),
        ('{"format": "inverse_rg kernel", "version": 1, "size": 4}', "even.json", "must be odd"),
        ("", "", "what was dropped is not a file"),
    ],
)
def test_a_file_that_is_no_kernel(text, name, message, open_dream, wait_for_side):
    page = open_dream()
    before = picture(page)
    page.evaluate(DROP, [text, name])
    playwright_api.expect(page.locator(".irg-status")).to_contain_text(message)
    assert picture(page) == before
    page.get_by_role("button", name="Block down").click()  # the rest still works
    wait_for_side(page, 32)


def test_a_drawn_start(open_dream):
    page = open_dream(start="drawn")
    assert "8 → 64" in caption(page)
    before = picture(page)
    cell = page.get_by_label("row 1, column 1: spin up")
    cell.click()
    assert cell.get_attribute("aria-pressed") == "true"
    page.wait_for_timeout(300)
    after = picture(page)
    assert after != before
    cell.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.wait_for_timeout(300)
    assert page.get_by_label("row 1, column 2: spin up").get_attribute("aria-pressed") == "true"
    assert picture(page) != after


def test_other_starts(open_dream):
    page = open_dream()
    for start in ("up", "down", "monte-carlo"):
        page.get_by_label("Start from").select_option(start)
    playwright_api.expect(page.locator("figcaption").first).to_contain_text("8 → 64, computed")


def test_zoom_and_pan_by_key_and_wheel(open_dream):
    page = open_dream()
    whole = picture(page)
    canvas = page.locator("canvas.irg-lattice").first
    canvas.hover()
    page.mouse.wheel(0, -300)
    assert picture(page) == whole  # the page scrolls, the picture stays, until it has the focus
    canvas.focus()
    page.keyboard.press("+")
    zoomed = picture(page)
    page.keyboard.press("ArrowLeft")
    panned = picture(page)
    page.mouse.wheel(0, -300)
    assert len({whole, zoomed, panned, picture(page)}) == 4
    page.keyboard.press("0")
    assert picture(page) == whole


@pytest.mark.parametrize(
    "before",
    [
        "delete window.Worker;",
        "window.Worker = class { constructor() { throw new Error('forbidden'); } };",
        "window.Worker = class { postMessage() {} terminate() {} "
        "constructor() { setTimeout(() => this.onerror(new Event('error')), 50); } };",
    ],
    ids=["missing", "refused", "broken"],
)
def test_without_a_worker(before, open_dream):
    with_worker = picture(open_dream())
    page = open_dream(before=before)
    playwright_api.expect(page.get_by_text("No Web Worker here")).to_be_visible()
    assert picture(page) == with_worker
    playwright_api.expect(page.locator("figcaption").nth(1)).to_contain_text(
        "Swendsen–Wang sweeps in"
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_a_phone_in_both_themes(theme, open_dream):
    page = open_dream(width=390, kernel="k7")
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.evaluate(
        """() => [...document.querySelectorAll(".irg :is(button, select, input:not([type=file]))")]
          .filter((node) => node.checkVisibility() && node.getBoundingClientRect().height < 40)
          .map((node) => node.outerHTML)"""
    )
    assert small == []


def test_everything_has_a_name(open_dream):
    page = open_dream(start="drawn", kernel="k5")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll(".irg button, .irg select, .irg input, .irg canvas")]
          .filter((node) => !node.closest("[aria-hidden=true]"))
          .filter((node) => !node.getAttribute("aria-label") && !node.labels?.length)
          .filter((node) => !node.textContent.trim())
          .map((node) => node.outerHTML)"""
    )
    assert nameless == []


def test_it_can_be_taken_down(open_dream):
    page = open_dream()
    page.evaluate("window.widget.destroy()")
    assert page.locator(".irg").count() == 0
    page.wait_for_timeout(300)


def test_bad_options_fall_back(open_dream):
    page = open_dream(seed="dog", start="nowhere", kernel="k4", size=64)
    assert page.get_by_label("Seed", exact=True).input_value() == "1"
    assert "1 → 64" in caption(page)


def test_512_takes_less_than_a_tenth_of_a_second(open_dream):
    """The time of drawing 1 to 512 that the page itself reports, once it is warm."""
    page = open_dream(size=512)
    times = []
    for seed in range(2, 7):
        field = page.get_by_label("Seed", exact=True)
        before = caption(page)
        field.fill(str(seed))
        field.press("Enter")
        page.wait_for_function(
            "old => document.querySelector('figcaption').innerText !== old", arg=before
        )
        times.append(float(caption(page).split("computed in ")[1].split(" ms")[0]))
    assert min(times) < 100
