"""The reference pages in a headless Chromium: no accessibility finding, no policy report, nothing wider than the window."""

import threading
from collections.abc import Iterator

import flask
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from tests.chromium import NO_CHROMIUM, find_chromium

PAGES = ("/api/docs", "/api/problems", "/api/problems/not_found")

pytestmark = [pytest.mark.browser, pytest.mark.skipif(find_chromium() is None, reason=NO_CHROMIUM)]


@pytest.fixture
def address(bare_app: flask.Flask) -> Iterator[str]:
    """The pages on a free loopback port."""
    server = make_server("127.0.0.1", 0, bare_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("theme", "width", "narrowest"), [("light", 1280, 1280), ("dark", 390, 320)])
def test_the_reference_reads_well_everywhere(chromium: Browser, address: str, theme: str, width: int, narrowest: int) -> None:
    complaints: list[str] = []
    page = chromium.new_page(viewport={"width": width, "height": 860}, color_scheme="dark" if theme == "dark" else "light")
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: None if request.url.startswith(address) else complaints.append(request.url))
    for path in PAGES:
        page.goto(address + path)
        complaints += [f"{path}: {each['id']}" for each in Axe().run(page).response["violations"]]
        page.set_viewport_size({"width": narrowest, "height": 860})
        if page.evaluate("document.documentElement.scrollWidth") > narrowest:
            complaints.append(f"{path} is wider than the window")
        page.set_viewport_size({"width": width, "height": 860})
    page.close()

    assert complaints == []


def test_the_reference_needs_no_script(chromium: Browser, address: str) -> None:
    page = chromium.new_page(java_script_enabled=False)
    page.goto(address + "/api/docs")
    page.get_by_role("link", name="POST /tasks/{id}/approve", exact=True).click()
    assert page.get_by_role("heading", name="Approve a task").is_visible()
    page.close()
