"""Every page of the built book, on a narrow screen and with the network blocked."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATHS = [*re.findall(r"(?:file|root): (book/\w+)", (ROOT / "_toc.yml").read_text(encoding="utf-8"))]

MOUNTED = """() => [...document.querySelectorAll(".irg-widget[data-widget]")].every(
    (one) => one.classList.contains("irg-live") || one.querySelector(".irg-message"))"""

TYPESET = """() => window.MathJax === undefined || MathJax.startup.promise.then(() => true)"""

SEEN = """() => ({
    wide: document.documentElement.scrollWidth - window.innerWidth,
    formulas: document.querySelectorAll(".math").length,
    typeset: document.querySelectorAll("mjx-container").length,
    badFormulas: document.querySelectorAll("mjx-merror").length,
    badImages: [...document.images]
        .filter((one) => one.complete && !one.naturalWidth).map((one) => one.src),
    messages: [...document.querySelectorAll(".irg-message")].map((one) => one.textContent),
    noAlt: [...document.querySelectorAll("article img:not([alt])")].map((one) => one.src),
})"""


class Page(HTMLParser):
    """Links, sources and ids of a page."""

    def __init__(self, path: Path):
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        """Keep what refers and what can be referred to."""
        found = dict(attributes)
        self.ids.update(filter(None, (found.get("id"), found.get("name"))))
        if tag in ("a", "link"):
            self.links.append(found.get("href") or "")
        elif tag in ("img", "script", "source", "iframe"):
            self.links.append(found.get("src") or "")


def broken_links(folder: Path) -> list[str]:
    """Return every internal link of the pages below `folder` that leads nowhere."""
    pages = {path: Page(path) for path in folder.rglob("*.html") if "_static" not in path.parts}
    broken = []
    for path, page in pages.items():
        for link in page.links:
            address = urlsplit(link)
            if address.scheme or address.netloc or not link:
                continue
            target = (path.parent / unquote(address.path)).resolve() if address.path else path
            if not target.is_file():
                broken.append(f"{path.relative_to(folder)}: {link}")
            elif address.fragment and target in pages:
                # The fragment of a live widget's link is read by the widget.
                fragment = unquote(address.fragment)
                if not fragment.startswith("zoom") and fragment not in pages[target].ids:
                    broken.append(f"{path.relative_to(folder)}: {link}")
    return broken


def test_the_pages_are_found():
    assert len(PATHS) > 8
    assert "book/intro" in PATHS


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_complete_without_a_network(open_page, path):
    page = open_page(f"{path}.html", width=390)
    page.wait_for_function(TYPESET)
    # Go through the page, so that what waits to come into view does.
    page.evaluate(
        """async () => {
            for (let y = 0; y < document.body.scrollHeight; y += 700) {
                window.scrollTo(0, y);
                await new Promise(requestAnimationFrame);
            }
        }"""
    )
    page.wait_for_function(MOUNTED)
    seen = page.evaluate(SEEN)
    assert seen["messages"] == []
    assert seen["badImages"] == []
    assert seen["noAlt"] == []
    assert seen["badFormulas"] == 0
    assert seen["typeset"] >= seen["formulas"]
    assert seen["wide"] <= 0, f"{seen['wide']} px wider than the screen"


def test_no_internal_link_is_broken(book):
    assert broken_links(book) == []


def test_a_broken_link_would_be_found(tmp_path):
    (tmp_path / "a.html").write_text(
        '<p id="x"><a href="b.html">b</a><a href="#y">y</a><img src="no.png"><a href="#x">x</a></p>'
    )
    assert broken_links(tmp_path) == ["a.html: b.html", "a.html: #y", "a.html: no.png"]


def test_search_finds_something(open_page):
    page = open_page("search.html?q=Binder")
    # Results are listed one after the other: wait for the one that must be among them.
    page.locator('#search-results li a[href*="06_finite_size_scaling"]').first.wait_for()
    assert page.locator("#search-results li").count() >= 2


def test_a_request_that_leaves_the_site_would_be_seen(open_page):
    page = open_page("search.html", clean=False)
    page.evaluate("fetch('https://example.org/').catch(() => {})")
    page.wait_for_timeout(100)
    assert page.troubles.outside == ["https://example.org/"]
    page.evaluate("setTimeout(() => { throw new Error('on purpose') })")
    page.wait_for_timeout(100)
    assert page.troubles.errors == ["on purpose"]
    with pytest.raises(AssertionError):
        page.troubles.check()


def test_no_page_names_a_place_to_load_from(book):
    """Not even where a browser would ask for it only in some situation."""
    loads = re.compile(
        r"""(?:\bsrc=|rel="(?:stylesheet|preload|preconnect|icon)"[^>]*href=|@import |\burl\()"""
        r"""(?:url\()?["']?(?:https?:)?//"""
    )
    for path in [*book.rglob("*.html"), *(book / "_static").glob("*.css")]:
        found = loads.search(path.read_text(encoding="utf-8"))
        assert not found, f"{path.relative_to(book)}: {found[0]}"
    assert loads.search('<script defer="" src="https://x.org/y.js">')
    assert loads.search("@import url(//x.org/y.css)")
