"""A headless Chromium on the pages, watched for policy reports, script errors and requests off the site."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

import app.web
from app.web.assets import manifest
from tests.chromium import NO_CHROMIUM, find_chromium
from tests.web.cast import Stage
from tests.web.stand_ins import make_app

UI = Path(app.web.__file__).parent / "ui"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the browser tests where there is no browser, and say so."""
    if find_chromium():
        return
    for item in items:
        if "tests/web/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


def ready(page: Page) -> None:
    """Wait until forms are sent by script: that begins in a timer after the scripts; before, the browser sends them itself."""
    page.wait_for_load_state()
    page.evaluate("new Promise((done) => setTimeout(done))")


def visit(page: Page, path: str) -> None:
    """Go to a page of the site and wait until it is ready."""
    page.goto(path)
    ready(page)


def until(page: Page, condition: str) -> None:
    """Wait until a script condition is true; asked from here, since the pages' policy forbids the page to evaluate texts."""
    ends = time.monotonic() + 30
    while not page.evaluate(f"Boolean({condition})"):
        assert time.monotonic() < ends, f"not in 30 seconds: {condition}"
        page.wait_for_timeout(20)


@pytest.fixture(scope="session")
def bundles() -> None:
    """The built scripts and styles; built once when they are missing."""
    if manifest():
        return
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("NO NODE INSTALLED: the pages' scripts are not built here, so they are not tested in a browser")
    for command in (["ci"], ["run", "build"]):
        subprocess.run([npm, *command], cwd=UI, check=True, capture_output=True, timeout=300)
    manifest.cache_clear()


@pytest.fixture(scope="session")
def browser(chromium: Browser, bundles: None) -> Browser:
    """The running Chromium, with built scripts and styles for it."""
    return chromium


@dataclass
class Site:
    """The address of the pages, and what the browser complained about."""

    address: str
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def site(stage: Stage) -> Iterator[Site]:
    """The pages on a free loopback port; afterwards nothing may have been complained about."""
    server = make_server("127.0.0.1", 0, make_app(stage), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found = Site(address=f"http://127.0.0.1:{server.server_port}")
    yield found
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()
    assert found.complaints == []


@pytest.fixture
def open_page(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """A function that gives a page with somebody signed in."""
    contexts = []

    def open_one(username: str = "claire", *, width: int = 1280, height: int = 860, scheme: str = "light", scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            reduced_motion="reduce",
            java_script_enabled=scripts,
            base_url=site.address,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on(
            "console",
            lambda message: (
                site.complaints.append(message.text)
                if message.type in ("error", "warning") and "the server responded with a status of 4" not in message.text
                else None
            ),
        )
        page.on("pageerror", lambda error: site.complaints.append(str(error)))
        page.on(
            "request",
            lambda request: site.complaints.append(f"off the site: {request.url}") if not request.url.startswith(site.address) else None,
        )
        page.goto("/login")
        page.fill("#username", username)
        page.fill("#password", "right")
        page.click("button.you")
        page.wait_for_url("**/inbox")
        if scripts:
            ready(page)
        return page

    yield open_one
    for context in contexts:
        context.close()
