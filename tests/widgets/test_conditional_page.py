"""Conditional models in the Dream widget on a bare page: chosen, left, grown further."""

import pytest

from inverse_rg.conditional_models import MODELS
from inverse_rg.kernels import Kernel

playwright_api = pytest.importorskip("playwright.sync_api")
expect = playwright_api.expect


def caption(page):
    return page.locator("figcaption").first.inner_text()


def picture(page):
    """Return the pixels of the dream on display."""
    page.wait_for_timeout(150)
    return page.evaluate("document.querySelector('canvas.irg-lattice').toDataURL()")


def kernel_choice(page):
    return page.get_by_label("Kernel", exact=True)


def test_the_menu_names_every_model_with_its_parameters(open_dream):
    page = open_dream()
    group = page.locator("optgroup[label^='Beyond the paper']")
    assert group.locator("option").all_text_contents() == [
        f"{model.label} ({model.parameters})" for model in MODELS.values()
    ]
    assert page.locator("optgroup").last.get_attribute("label") == "Your own"


@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_words_instead_of_sliders(name, open_dream, wait_for_side):
    page = open_dream()
    before = picture(page)
    assert page.get_by_role("slider").count() == 3
    kernel_choice(page).focus()
    kernel_choice(page).select_option(name)
    expect(page.get_by_role("slider")).to_have_count(0)
    wait_for_side(page, 64)
    assert picture(page) != before
    for tool in ("Back to the optimum", "Open a kernel file", "Save this kernel"):
        expect(page.get_by_role("button", name=tool)).to_have_count(0)
    model = MODELS[name]
    heading = f"What draws: {model.label}, {model.parameters} parameters"
    expect(page.locator("summary").filter(has_text=heading)).to_be_visible()
    expect(page.locator(".irg-about")).to_contain_text("majority rule")
    expect(page.locator(".irg-about")).to_contain_text("Independence is the bottleneck")
    assert page.locator(".irg-about a").count() == 0  # no page of the book, no link
    kernel_choice(page).select_option("k3")
    expect(page.get_by_role("slider")).to_have_count(3)
    expect(page.locator(".irg-about")).to_be_hidden()
    page.wait_for_timeout(300)
    assert picture(page) == before


def test_a_page_may_name_the_chapter_and_begin_with_a_model(open_dream):
    page = open_dream(kernel="conditional", chapter="14_independence.html")
    assert kernel_choice(page).input_value() == "conditional"
    link = page.get_by_role("link", name="Independence is the bottleneck")
    assert link.get_attribute("href") == "14_independence.html"
    expect(page.locator(".irg-about")).to_contain_text(
        "one level more draws the two before it anew"
    )
    # From here to a kernel that was never shown.
    kernel_choice(page).select_option("k5")
    expect(page.get_by_role("slider")).to_have_count(6)


@pytest.mark.parametrize("name", ["conditional", "renormalized-2"])
def test_a_dream_grown_further_is_the_one_grown_at_once(name, open_dream, wait_for_side):
    whole = picture(open_dream(kernel=name, size=128))
    page = open_dream(kernel=name, size=64)
    page.get_by_label("Largest side L").select_option("128")
    wait_for_side(page, 128)
    assert "1 → 128, computed in" in caption(page)
    assert picture(page) == whole


def test_down_and_up_again_with_the_chain(open_dream, wait_for_side):
    page = open_dream(kernel="conditional")
    page.get_by_role("radio", name="L = 16", exact=True).click()
    wait_for_side(page, 16)
    page.get_by_role("button", name="Dream up").click()
    wait_for_side(page, 32)
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Dream up").press("Enter")
    wait_for_side(page, 64)
    assert "1 → 64 → 16 → 64" in caption(page)
    assert "gives back" in page.locator(".irg-status").inner_text()


def test_it_grows_level_by_level_only_what_is_new(open_dream, wait_for_side):
    page = open_dream(kernel="conditional", motion="no-preference", size=64)
    page.evaluate("""() => {
      window.seen = new Set();
      new MutationObserver(() => {
        const head = document.querySelector("figcaption span")?.textContent;
        if (head) window.seen.add(head);
      }).observe(document, { childList: true, subtree: true });
    }""")
    page.get_by_label("Largest side L").select_option("128")
    expect(page.locator("figcaption").first).to_contain_text("1 → 128, computed in")
    seen = page.evaluate("[...window.seen]")
    assert seen == ["Dream, L = 64", "Dream, L = 128"]


def test_a_kernel_file_takes_over_from_a_model(open_dream, tmp_path):
    page = open_dream(kernel="conditional")
    Kernel(5, (0.3, 0.2, 0.1, -0.05, 0.02, -0.01)).save(tmp_path / "mine.json")
    page.locator("input[type=file]").set_input_files(tmp_path / "mine.json")
    expect(kernel_choice(page)).to_have_value("own-5")
    expect(page.get_by_role("slider")).to_have_count(6)


@pytest.mark.parametrize("start", ["up", "drawn", "monte-carlo"])
def test_other_starts(start, open_dream):
    page = open_dream(kernel="conditional", start=start)
    assert f"{1 if start == 'up' else 8} → 64" in caption(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_a_phone_in_both_themes(theme, open_dream):
    page = open_dream(width=390, kernel="conditional")
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator(".irg-about").bounding_box()
    assert box["x"] + box["width"] <= 390


@pytest.mark.parametrize("name", MODELS)
def test_512_takes_less_than_a_tenth_of_a_second(name, open_dream):
    """The time of drawing 1 to 512 that the page itself reports, once it is warm."""
    page = open_dream(size=512, kernel=name)
    times = []
    for seed in range(2, 9):
        field = page.get_by_label("Seed", exact=True)
        before = caption(page)
        field.fill(str(seed))
        field.press("Enter")
        page.wait_for_function(
            "old => /computed/.test(document.querySelector('figcaption').innerText)"
            " && document.querySelector('figcaption').innerText !== old",
            arg=before,
        )
        times.append(float(caption(page).split("computed in ")[1].split(" ms")[0]))
    assert min(times) < 100
