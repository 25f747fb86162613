"""Clients of the pages, with the fixture people signed in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.demo import PASSWORD
from app.operations.system import System
from app.web import register_pages
from tests.web.cast import Stage
from tests.web.stand_ins import make_app


@pytest.fixture
def stage() -> Stage:
    """The state behind the pages."""
    return Stage()


@pytest.fixture
def visitor(stage: Stage) -> Iterator[FlaskClient]:
    """A browser that nobody has signed in with."""
    with make_app(stage).test_client() as client:
        yield client


@pytest.fixture
def claire(visitor: FlaskClient) -> FlaskClient:
    """A browser with Claire signed in."""
    answer = send(visitor, "/login", page="/login", username="claire", password="right")
    assert answer.status_code == 303
    return visitor


def token_of(html: str) -> str:
    """Return the CSRF token of the first form of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert found, "the page has no form"
    return found.group(1)


def send(client: FlaskClient, path: str, *, page: str = "/help", htmx: bool = False, **fields: str | list[str]):
    """Send a form as the browser would: with the token of `page`."""
    token = token_of(client.get(page).text)
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(path, data={"csrf_token": token, **fields}, headers=headers)


@pytest.fixture
def real_app(system: System) -> Flask:
    """The pages alone, on the real operations and fixture FX."""
    application = Flask("pages_on_real_operations", static_folder=None)
    application.secret_key = "a secret of the tests"
    register_pages(application, system)
    return application


@pytest.fixture
def signed_in(real_app: Flask) -> Callable[[str], FlaskClient]:
    """A function that gives a browser with somebody of fixture FX signed in."""

    def sign_in(username: str) -> FlaskClient:
        browser = real_app.test_client()
        assert send(browser, "/login", page="/login", username=username, password=PASSWORD).status_code == 303
        return browser

    return sign_in
