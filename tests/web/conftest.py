"""Clients of the pages, with the fixture people signed in."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

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
