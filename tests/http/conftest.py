"""What the tests of the API share."""

from typing import Any, cast

import flask
import pytest
from flask.testing import FlaskClient

from app.http import register_http
from tests.http.people import Api


@pytest.fixture
def api(app: flask.Flask, client: FlaskClient) -> Api:
    """The whole API on fixture FX, asked as our own server asks it: it ends the bodies of requests itself."""
    client.environ_base["wsgi.input_terminated"] = True
    return Api(app=app, client=client)


@pytest.fixture
def bare_app() -> flask.Flask:
    """An application with the API and nothing behind it: for what needs no operation."""
    app = flask.Flask("bare")
    register_http(app, cast("Any", None))
    return app


@pytest.fixture
def document(bare_app: flask.Flask) -> dict[str, Any]:
    """The OpenAPI document."""
    answer = bare_app.test_client().get("/api/openapi.json")
    return cast("dict[str, Any]", answer.get_json())
