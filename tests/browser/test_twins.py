"""Where a live widget cannot be, its picture is: on paper, without scripts, on failure."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]


def prose(path: Path) -> str:
    """Return the Markdown of a page or of a chapter."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    cells = nbformat.reads(text, 4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


SOURCES = [*(ROOT / "book").glob("*.md"), *(ROOT / "book").glob("*.ipynb")]
PAGES = [path for path in SOURCES if 'class="irg-widget"' in prose(path)]


def widgets_and_twins(page):
    return page.locator(".irg-widget"), page.locator("figure.irg-twin img")


@pytest.fixture(params=sorted(path.stem for path in PAGES))
def path(request):
    return f"book/{request.param}.html"


def test_every_widget_is_followed_by_its_twin():
    assert {path.stem for path in PAGES} >= {"intro", "dream", "14_independence"}
    for path in PAGES:
        text = prose(path)
        pairs = re.findall(
            r'<div class="irg-widget"[^>]*></div>\n\n```{figure} _static/(\w+.png)', text
        )
        assert len(pairs) == text.count('class="irg-widget"')
        assert len(pairs) == text.count(":figclass: irg-twin")
        for name in pairs:
            assert (ROOT / "book/_static" / name).is_file()


def test_without_scripts_the_pictures_stand(open_page, path):
    page = open_page(path, java_script_enabled=False)
    widgets, twins = widgets_and_twins(page)
    assert widgets.count() == twins.count() > 0
    for twin in twins.all():
        twin.scroll_into_view_if_needed()
        assert twin.is_visible()
        assert len(twin.get_attribute("alt")) > 40
    assert all(widget.inner_text() == "" for widget in widgets.all())


def test_on_paper_the_pictures_stand(open_page, path):
    page = open_page(path)
    widgets, twins = widgets_and_twins(page)
    widgets.first.scroll_into_view_if_needed()
    page.locator(".irg-widget.irg-live").first.wait_for()
    assert not twins.first.is_visible()
    assert page.locator("figure.irg-twin figcaption").first.is_visible()
    page.emulate_media(media="print")
    assert twins.first.is_visible()
    assert page.locator("figure.irg-twin .irg-still").first.is_visible()
    assert not widgets.first.is_visible()


def test_a_page_opened_as_a_file_is_live(open_page, book):
    page = open_page("book/intro.html", base=book.as_uri())
    page.locator('.irg-widget.irg-live[data-widget="zoom"] canvas').first.wait_for()


def test_a_missing_bundle_is_said_in_place(open_page):
    page = open_page("book/intro.html", clean=False)
    page.route("**/inverse-rg-widgets.js", lambda route: route.abort())
    page.reload()
    page.get_by_text("The live widget could not start").wait_for()
    _, twins = widgets_and_twins(page)
    assert twins.first.is_visible()


def test_an_unknown_widget_is_said_in_place(open_page):
    page = open_page("book/dream.html", clean=False)
    page.route(
        "**/dream.html",
        lambda route: route.fulfill(
            body='<script src="../_static/widgets-page.js" defer></script>'
            '<div class="irg-widget" data-widget="horoscope"></div>',
            content_type="text/html",
        ),
    )
    page.reload()
    page.get_by_text("widget must be one of").wait_for()
    page.get_by_text("horoscope").wait_for()


def test_the_answer_under_the_guessing_picture_is_right():
    spec = importlib.util.spec_from_file_location("pictures", ROOT / "book" / "pictures.py")
    pictures = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pictures)
    letters = iter("abcdef")
    dreams = []
    for first in pictures.DREAM_FIRST:
        pair = [next(letters), next(letters)]
        dreams.append(pair[0] if first else pair[1])
    caption = f"The dreams are {dreams[0]}, {dreams[1]} and {dreams[2]}."
    assert caption in (ROOT / "book" / "dream.md").read_text(encoding="utf-8")
