"""Many tasks at once with the keyboard, and axe on what opens on the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.web.browser.conftest import until, visit
from tests.web.browser.test_pages_in_browser import findings
from tests.web.cast import Stage


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_many_are_approved_with_the_keyboard_and_each_state_is_accessible(
    open_page: Callable[..., Page], stage: Stage, scheme: str, width: int
) -> None:
    page = open_page(width=width, height=844, scheme=scheme)
    stage.lost_in_bulk = {"46"}

    for key in ("j", "j", "x", "j", "j", "j", "X"):
        page.keyboard.press(key)
    assert page.inner_text("#bulk .say") == "4 selected EUR 13,840.00 and GBP 8,500.00"
    assert page.locator("tr.on").count() == 4
    assert findings(page) == []
    page.keyboard.press("a")
    page.wait_for_selector(".bulk-form button.yes:focus")
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.keyboard.press("Enter")
    page.wait_for_selector(".result:focus")

    assert "3 approved, 1 not." in page.inner_text(".result")
    assert "INF-UK-3107: Donald approved this at 10:31, before you." in page.inner_text(".result")
    assert page.inner_text("#count-open") == "7"
    assert page.locator("#bulk").is_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert findings(page) == []


def test_selecting_all_clearing_and_cancelling(open_page: Callable[..., Page], stage: Stage) -> None:
    page = open_page()

    page.check("[data-all]")
    assert page.inner_text("#bulk .n") == "10 selected"
    page.uncheck("#t45 td.pick input")
    assert page.evaluate("document.querySelector('[data-all]').indeterminate") is True
    page.click("#bulk button[value=delegate]")
    page.wait_for_selector(".bulk-form select:focus")
    page.keyboard.press("Escape")
    assert page.locator(".bulk-form").count() == 0
    page.click("#bulk button[value=approve]")
    page.click(".bulk-form [data-close]")
    assert page.locator(".bulk-form").count() == 0
    page.click("#bulk [type=reset]")
    page.wait_for_selector("#bulk", state="hidden")

    assert len(stage.tasks) == 11


def test_holding_asking_and_more_by_keyboard(open_page: Callable[..., Page], stage: Stage) -> None:
    page = open_page(scheme="dark")
    visit(page, "/tasks/42")

    page.keyboard.press("h")
    page.wait_for_selector("details[open] [name=until]:focus")
    assert findings(page) == []
    page.click("details[open] .panel button")
    page.wait_for_selector("#why .note >> text=You put this on hold")
    until(page, "document.activeElement.tagName === 'H1'")
    page.keyboard.press("h")
    page.wait_for_selector("#why .note", state="detached")
    page.keyboard.press("q")
    page.wait_for_selector("#ask select:focus")
    for summary in page.locator("#more summary, #files summary, #why summary").all():
        summary.click()
    assert findings(page) == []
    page.keyboard.press("Escape")

    assert "/tasks/42" in page.url


def test_who_goes_on_while_the_answer_is_put_in_keeps_the_field(open_page: Callable[..., Page], stage: Stage) -> None:
    page = open_page()
    visit(page, "/tasks/42")
    page.evaluate("""() => {
        const goOn = () => document.querySelector("#why .note") && document.getElementById("comment-text").focus();
        new MutationObserver(goOn).observe(document.getElementById("main"), { childList: true, subtree: true });
        document.addEventListener("htmx:after:swap", () => setTimeout(() => (window.swapped = true)));
    }""")

    page.keyboard.press("h")
    page.wait_for_selector("details[open] [name=until]:focus")
    page.click("details[open] .panel button")
    until(page, "window.swapped")

    assert page.evaluate("document.activeElement.id") == "comment-text"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_further_pages_are_accessible_and_fit(open_page: Callable[..., Page], stage: Stage, width: int, scheme: str) -> None:
    page = open_page("wfa", width=width, scheme=scheme)
    stage.tasks["43"] |= {"my_status": None, "can": ["reassign"]}

    for path in ("/inbox?organisation=Acme", "/inbox?amount_from=x", "/tasks/43", "/documents/d-A-2026-1187/tasks/new"):
        visit(page, path)
        assert findings(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    visit(page, "/inbox?organisation=Acme")
    page.click(".filters summary")
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_many_are_rejected_and_a_filter_is_saved(open_page: Callable[..., Page], stage: Stage) -> None:
    page = open_page(scripts=False)

    page.check("#t43 td.pick input")
    page.check("#t44 td.pick input")
    page.click("#bulk button[value=reject]")
    page.fill(".bulk-form [name=text]", "Not ordered.")
    page.click(".bulk-form button.no")
    assert "2 rejected." in page.inner_text(".result")

    page.goto("/inbox?q=1187")
    page.click("text=Save this filter")
    page.fill(".saved [name=name]", "That one")
    page.click(".saved .panel button")

    assert "That one" in page.inner_text(".saved .chips")
    assert len(stage.tasks) == 9
