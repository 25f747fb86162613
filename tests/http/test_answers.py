"""Responses: what stands in their head, and how they are sent."""

import flask
import pytest

from app.http import answers
from app.operations.answer import Answer


def test_an_answer_carries_its_etag_and_the_address_of_what_it_created() -> None:
    created = answers.write_answer(Answer(body={"id": "x1"}, status=201, revision=3), location="/things/{id}")
    again = answers.write_answer(Answer(body={"id": "x1"}, status=200, revision=3), location="/things/{id}")

    assert created.status == "201 CREATED"
    assert {("ETag", '"3"'), ("Location", "/things/x1"), ("Cache-Control", "no-store")} <= set(created.headers)
    assert (again.status, dict(again.headers).get("Location")) == ("200 OK", None)


def test_a_download_is_never_run_by_a_browser() -> None:
    answer = answers.write_download((b"<x/>", "application/xml", "a b.xml"))

    assert answer.headers["Content-Disposition"] == 'attachment; filename="a b.xml"'
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("method", "content"), [("GET", b'{"id":"x1"}'), ("HEAD", b"")])
def test_an_answer_is_sent_with_the_length_of_its_content(method: str, content: bytes) -> None:
    app = flask.Flask("answers")
    app.add_url_rule("/thing", "thing", lambda: answers.write_answer(Answer(body={"id": "x1"})))

    answer = app.test_client().open("/thing", method=method)

    assert (answer.status, answer.mimetype, answer.data) == ("200 OK", "application/json", content)
    assert answer.headers["Content-Length"] == "11"


def test_an_address_of_what_was_created_is_written_as_an_uri() -> None:
    created = answers.write_answer(Answer(body={"id": "Käse 1"}, status=201), location="/things/{id}")

    assert ("Location", "/things/K%C3%A4se%201") in created.headers
