"""Every page in both themes and three widths: nothing for axe, no policy report, nothing wider than the screen."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from app.web.assets import DIST, manifest
from app.web.session import NO_MATCH
from tests.web.browser.conftest import Site, until, visit

PATHS = [
    "/inbox",
    "/inbox?status=completed",
    "/inbox?organisation=Nobody",
    "/tasks/42",
    "/tasks/42?decide=reject",
    "/documents",
    "/documents/d-A-2026-1187",
    "/documents/d-A-2026-1187/original",
    "/process-instances",
    "/process-instances/i-1",
    "/help",
    "/tasks/4711",
]


def findings(page: Page) -> list[str]:
    """Return what axe finds, each with its element."""
    return [f"{each['id']}: {node['html'][:160]}" for each in Axe().run(page).response["violations"] for node in each["nodes"]]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_pages_are_accessible_fit_and_obey_the_policy(open_page: Callable[..., Page], scheme: str, width: int) -> None:
    page = open_page(width=width, scheme=scheme)

    for path in PATHS:
        visit(page, path)
        if "i-1" in path:
            page.wait_for_selector(".canvas[data-ready]")
        assert findings(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_in_page_is_accessible(open_page: Callable[..., Page], scheme: str) -> None:
    page = open_page(scheme=scheme)
    page.click(".who [popovertarget=account]")
    page.click("text=Sign out")
    page.wait_for_url("**/login")
    assert findings(page) == []
    page.fill("#username", "claire")
    page.fill("#password", "wrong")
    page.click("button.you")

    assert page.inner_text("#password-error") == NO_MATCH
    assert page.evaluate("document.activeElement.id") == "password"
    assert findings(page) == []


@pytest.mark.parametrize("width", [320, 768, 1920])
def test_no_page_is_wider_than_the_screen(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(width=width)

    for path in PATHS:
        visit(page, path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize(("width", "height", "rows"), [(1280, 860, 10), (390, 844, 4)])
def test_enough_tasks_are_seen_without_scrolling(open_page: Callable[..., Page], width: int, height: int, rows: int) -> None:
    page = open_page(width=width, height=height)

    seen = page.evaluate(
        "[...document.querySelectorAll('tr.row')].filter((row) => row.getBoundingClientRect().bottom <= innerHeight).length"
    )
    assert seen >= rows


def test_styles_and_scripts_keep_their_budget(bundles: None) -> None:
    def size(name: str) -> int:
        return len(gzip.compress((Path(DIST) / manifest()[name]).read_bytes()))

    assert size("app.css") <= 12_000
    assert size("app.js") <= 20_000


def test_without_scripts_signing_in_and_deciding_work(open_page: Callable[..., Page]) -> None:
    page = open_page(scripts=False)

    page.click("tr.row a.open >> nth=0")
    page.click(".decide button.yes")
    assert "You approved this" in page.inner_text(".decide")

    page.goto("/tasks/43")
    page.click("summary:has-text('Reject')")
    page.fill("#reason", "Not ordered.")
    page.click("details[open] button")
    assert "You rejected this" in page.inner_text(".decide")

    page.goto("/tasks/44")
    page.click("summary:has-text('Delegate')")
    page.select_option("select[name=to]", "donald")
    page.click("details[open] button")
    assert "delegated" in page.inner_text(".decide")
    assert page.inner_text("#count-nav") == "8"


def test_a_theme_changes_page_and_diagram_without_loading_anew(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page()
    visit(page, "/process-instances/i-1")
    page.wait_for_selector(".canvas[data-ready]")
    shape = "getComputedStyle(document.querySelector('[data-element-id=CodeInvoice] .djs-visual rect')).fill"
    light = page.evaluate(shape)
    page.evaluate("window.sameDocument = true")

    page.click(".who [popovertarget=account]")
    with page.expect_response("**/preferences"):
        page.click("button[value=dark]")

    until(page, f"{shape} !== '{light}'")
    assert page.evaluate("window.sameDocument") is True
    assert page.is_visible(".bjs-powered-by")
    visit(page, "/inbox")
    page.wait_for_selector("html[data-theme=dark]")
