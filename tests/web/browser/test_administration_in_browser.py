"""The pages about people and of who administers, on the real operations: accessible, as wide as the screen, with the keyboard alone."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from app.demo import PASSWORD
from tests.web.browser.conftest import visit
from tests.web.browser.test_pages_in_browser import findings

SignIn = Callable[..., Page]
PATHS = [
    "/profile",
    "/profile/absences",
    "/profile/tokens",
    "/security",
    "/people",
    "/people?kind=none&name=nobody",
    "/people/new",
    "/groups",
    "/calendars",
    "/calendars/new",
    "/settings",
    "/partnerships",
]


@pytest.fixture
def address(real_app: Flask) -> Iterator[str]:
    """The address of the pages on the real operations, on a free loopback port."""
    server = make_server("127.0.0.1", 0, real_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


@pytest.fixture
def open_real(browser: Browser, address: str) -> Iterator[SignIn]:
    """A function that gives a page with the application manager signed in; afterwards the browser may have complained about nothing."""
    complaints: list[str] = []
    contexts = []

    def open_one(*, width: int = 1280, scheme: str = "light", scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 860},
            color_scheme=scheme,
            reduced_motion="reduce",
            base_url=address,
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None)
        page.goto("/login")
        page.fill("#username", "adm")
        page.fill("#password", PASSWORD)
        page.click("button.you")
        page.wait_for_url("**/inbox")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


def user_path(page: Page, username: str) -> str:
    """Return the address of a user's page."""
    visit(page, f"/people?username={username}")
    found = page.get_attribute("tr.row a.open", "href")
    assert found
    return found


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_pages_are_accessible_fit_and_obey_the_policy(open_real: SignIn, scheme: str, width: int) -> None:
    page = open_real(width=width, scheme=scheme)
    marc = user_path(page, "marc")

    for path in [*PATHS, marc, f"{marc}/absences", f"{marc}/tokens", f"{marc}/deactivate?successor=claire"]:
        visit(page, path)
        assert findings(page) == [], path
        for each in (width, 320):
            page.set_viewport_size({"width": each, "height": 860})
            assert page.evaluate("document.documentElement.scrollWidth") <= each, path
        page.set_viewport_size({"width": width, "height": 860})


def test_a_refused_form_is_accessible_and_leads_to_its_fields(open_real: SignIn) -> None:
    page = open_real(scheme="dark")
    visit(page, "/people/new")
    page.fill("#user-username", "nora")
    page.fill("#user-phone", "no number")
    page.fill("#user-cost_center", "NOWHERE")
    page.click("button:text-is('Save')")

    assert findings(page) == []
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    page.click(".faults a:has-text('phone number')")
    assert page.evaluate("location.hash") == "#user-phone"
    assert page.input_value("#user-cost_center") == "NOWHERE"


def test_people_are_found_and_opened_with_the_keyboard_alone(open_real: SignIn) -> None:
    page = open_real()
    page.keyboard.press("g")
    page.keyboard.press("u")
    page.wait_for_url("**/people")
    page.keyboard.press("/")
    page.keyboard.type("marc")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("name=marc"))
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url(re.compile("/people/[0-9a-f-]{36}"))

    assert page.inner_text("h1") == "Marc Anthony marc"


def test_choosing_a_successor_shows_at_once_what_would_happen(open_real: SignIn) -> None:
    """USR-36: the preview is the operation itself."""
    page = open_real()
    visit(page, f"{user_path(page, 'marc')}/deactivate")
    page.select_option("#who-successor", "claire")
    page.wait_for_selector("#preview-title")

    assert page.inner_text("#preview-title") == "Claire would take over"
    assert "successor=claire" in page.url
    assert findings(page) == []
    page.click("button:has-text('Deactivate, Claire takes over')")
    page.wait_for_selector(".note.yes")
    assert "is not active any more" in page.inner_text(".note.yes")


def test_without_scripts_a_user_is_made_and_gets_a_role(open_real: SignIn) -> None:
    page = open_real(scripts=False)
    page.goto("/people/new")
    page.fill("#user-username", "nora")
    page.fill("#user-last_name", "Nys")
    page.click("button:text-is('Save')")
    page.select_option("#give-role", "coding")
    page.click("button:has-text('Add')")

    assert "has the role Coding now." in page.inner_text(".note.yes")
