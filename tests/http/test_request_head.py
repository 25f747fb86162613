"""What the head of a request says: tokens, request keys, revisions."""

from typing import Any

import flask
import pytest

from app.domain.errors import NotSignedIn
from app.http import request_head
from app.http.refusals import IdempotencyKeyMalformed, PreconditionMalformed
from app.operations.answer import RequestKey


@pytest.mark.parametrize("header", ["Bearer abc", "bearer abc", "BEARER  abc "])
def test_a_bearer_token_is_read(header: str) -> None:
    assert request_head.read_token(header) == "abc"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "abc", "Bearer a b", "Bearer é", "Bearer " + "a" * 201])
def test_anything_else_is_nobody(header: str | None) -> None:
    with pytest.raises(NotSignedIn):
        request_head.read_token(header)


@pytest.mark.parametrize(
    ("header", "revision"),
    [(None, None), ("*", None), (" * ", None), ('"7"', 7), ('W/"7"', 7), ('"0"', 0), ('"999999999999999999"', 2**31 - 1)],
)
def test_if_match_names_a_revision(header: str | None, revision: int | None) -> None:
    assert request_head.read_revision(header) == revision


@pytest.mark.parametrize("header", ["7", "", '"', '"x"', '"7", "8"', '"-1"', '"٧"', '"1234567890123456789"', "'7'"])
def test_a_malformed_if_match_is_told_so(header: str) -> None:
    with pytest.raises(PreconditionMalformed):
        request_head.read_revision(header)


def request_key(
    body: bytes = b"{}", *, path: str = "/things/1", key: str | None = "k-1", media_type: str = "application/json"
) -> RequestKey | None:
    """Return the key that a request makes."""
    app = flask.Flask("keys")
    app.add_url_rule("/things/<thing>", "things", lambda thing: thing, methods=["POST"])
    headers = {} if key is None else {"Idempotency-Key": key}
    with app.test_request_context(path, method="POST", data=body, headers=headers, content_type=media_type):
        return request_head.read_request_key(flask.request)


def test_the_same_request_makes_the_same_key() -> None:
    assert request_key() == request_key()
    assert request_key(key='"k-1"') == request_key(key="k-1")


@pytest.mark.parametrize("other", [{"body": b"{} "}, {"path": "/things/2"}, {"path": "/things/1?x=1"}, {"media_type": "application/xml"}])
def test_another_request_under_one_key_has_another_digest(other: dict[str, Any]) -> None:
    first, second = request_key(), request_key(**other)

    assert first is not None
    assert second is not None
    assert (first.key, first.route) == (second.key, second.route)
    assert first.digest != second.digest


def test_no_header_is_no_key() -> None:
    assert request_key(key=None) is None


@pytest.mark.parametrize("key", ["", '""', "a b", "é", "x" * 201])
def test_a_malformed_key_is_told_so(key: str) -> None:
    with pytest.raises(IdempotencyKeyMalformed):
        request_key(key=key)
