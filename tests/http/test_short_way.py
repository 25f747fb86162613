"""A request to the API is answered without Flask's contexts, and exactly as with them; what is odd about a request goes the way of Flask."""

import json
import sys
from dataclasses import replace
from typing import Any

import flask
import pytest
from werkzeug.test import EnvironBuilder, TestResponse

from app import create_app
from app.domain.errors import NotFound
from app.operations.answer import Answer
from app.operations.system import System
from app.settings import Settings
from tests.http.people import Api

SHORT, OF_FLASK = "localhost", "[::1]:8080"
"""Hosts by which a request goes the one way or the other."""
ID = "0190a000-0000-7000-8000-000000000001"
OTHER = "0190a000-0000-7000-8000-000000000002"
REQUESTS: list[dict[str, Any]] = [
    {"path": "/tasks"},
    {"path": "/tasks", "method": "HEAD"},
    {"path": "/tasks", "method": "OPTIONS"},
    {"path": "/tasks", "method": "DELETE"},
    {"path": "/tasks", "method": "BREW"},
    {"path": "/tasks?limit=0&colour=red"},
    {"path": "/tasks", "headers": {"Authorization": ""}},
    {"path": "/tasks/"},
    {"path": "/nothing"},
    {"path": f"/tasks/{ID}"},
    {"path": "/tasks/nonsense"},
    {"path": f"/tasks/{ID}/approve", "method": "POST", "json": {"comment": 5}},
    {"path": f"/tasks/{ID}/approve", "method": "POST", "data": b"{", "content_type": "application/json"},
    {"path": f"/tasks/{ID}/approve", "method": "POST", "data": b"x", "content_type": "text/plain"},
    {"path": f"/tasks/{ID}/approve", "method": "POST", "data": b" " * 1_100_000, "content_type": "application/json"},
    {"path": f"/tasks/{ID}/approve", "method": "POST", "json": {}, "headers": {"If-Match": "seven"}},
    {"path": f"/tasks/{ID}/approve", "method": "POST", "json": {}, "headers": {"Idempotency-Key": "a b"}},
    {"path": "/process-definitions/check", "method": "POST", "data": {"tag": "x y"}},
    {"path": "/password-reset", "method": "POST", "json": {"login": "nobody"}},
    {"path": f"/users/{ID}/avatar"},
]


def inbox_answers(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    """Put `answer` in the place of the operation that lists the inbox."""
    monkeypatch.setattr(sys.modules["app.http.approvers"], "list_tasks", answer)


def ask(app: flask.Flask, host: str, **request: Any) -> TestResponse:
    """Send a request to the API by a way."""
    headers = {"Authorization": "Bearer demo-marc", "X-Request-Id": "request-1", "Host": host, **request.pop("headers", {})}
    return app.test_client().open(f"/api/v1{request.pop('path')}", headers=headers, **request)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda each: f"{each.get('method', 'GET')} {each['path']}")
def test_both_ways_give_the_same_answer(app: flask.Flask, request_: dict[str, Any]) -> None:
    short, of_flask = (ask(app, host, **request_) for host in (SHORT, OF_FLASK))

    assert (short.status, short.data) == (of_flask.status, of_flask.data)
    assert list(short.headers) == list(of_flask.headers)


def test_a_path_that_differs_from_another_in_its_ids_names_its_own(app: flask.Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[tuple[str, ...]] = []
    monkeypatch.setattr(
        sys.modules["app.http.absences"],
        "end_absence",
        lambda _system, _caller, absence, **more: named.append((more["user_id"], absence)) or Answer(body={}),
    )
    paths = [(ID, ID), (ID, OTHER), (OTHER, ID), (ID.upper(), OTHER), (OTHER, OTHER)]

    for user, absence in paths:
        ask(app, SHORT, path=f"/users/{user}/absences/{absence}", method="DELETE")

    assert named == [(user.lower(), absence) for user, absence in paths]


def test_a_route_known_by_ids_is_not_taken_for_other_text_or_another_method(app: flask.Flask) -> None:
    known = ask(app, SHORT, path=f"/tasks/{ID}")

    odd = [f"/tasks/{ID}/", f"/tasks/{ID}x", f"/tasks/{ID}\n", "/tasks/*", "/tasks/", f"/tasks/{ID}/nothing"]
    answers = {path: [ask(app, host, path=path) for host in (SHORT, OF_FLASK)] for path in odd}
    put = [ask(app, host, path=f"/tasks/{ID}", method="PUT") for host in (SHORT, OF_FLASK)]

    assert known.status_code == 404
    assert [(short.status, short.data) for short, _ in answers.values()] == [(other.status, other.data) for _, other in answers.values()]
    assert [each.status_code for each in put] == [405, 405]


@pytest.mark.parametrize(("host", "has_context"), [(SHORT, False), (OF_FLASK, True)])
def test_the_short_way_has_no_context(app: flask.Flask, monkeypatch: pytest.MonkeyPatch, host: str, has_context: bool) -> None:
    found = []
    inbox_answers(monkeypatch, lambda *_, **_query: found.append(flask.has_app_context()) or Answer(body={}))

    ask(app, host, path="/tasks")

    assert found == [has_context]


@pytest.mark.parametrize("host", [SHORT, OF_FLASK])
def test_a_fault_is_a_problem_and_an_event_without_its_text(
    app: flask.Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    def fail(*_: Any, **_query: Any) -> None:
        raise ValueError("a name")

    inbox_answers(monkeypatch, fail)

    answer = ask(app, host, path="/tasks")

    assert (answer.status_code, answer.json["instance"]) == (500, "request-1")
    output = capsys.readouterr().out
    failed, answered = (json.loads(line) for line in output.splitlines()[-2:])
    assert (failed["event"], failed["error"], failed["request_id"]) == ("request_failed", ["ValueError"], "request-1")
    assert (answered["event"], answered["status"], answered["route"]) == ("request_answered", 500, "/api/v1/tasks")
    assert "a name" not in output + answer.text


def test_a_refusal_that_cannot_be_written_is_a_fault(app: flask.Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unwritable:
        def __str__(self) -> str:
            raise ValueError("no text")

    def refuse(*_: Any, **_query: Any) -> None:
        raise NotFound(what="task", id="1", why=Unwritable())

    inbox_answers(monkeypatch, refuse)

    assert ask(app, SHORT, path="/tasks").status_code == 500


def test_a_request_and_its_environ_do_not_hold_each_other_in_the_end(api: Api) -> None:
    environ = EnvironBuilder("/api/v1/tasks", headers={"Authorization": "Bearer demo-marc"}).get_environ()

    b"".join(api.app(environ, lambda _status, _headers: bytes))

    assert environ["werkzeug.request"] is None


@pytest.mark.parametrize(("proxies", "believed"), [(0, ("127.0.0.1", False)), (1, ("203.0.113.5", True))])
def test_a_proxy_before_the_server_is_believed_on_the_short_way(
    settings: Settings, system: System, monkeypatch: pytest.MonkeyPatch, proxies: int, believed: tuple[str, bool]
) -> None:
    app, addresses = create_app(replace(settings, proxies=proxies), system), []
    monkeypatch.setattr(
        sys.modules["app.http.access"],
        "request_password_reset",
        lambda _system, _login, address: addresses.append(address) or Answer(body={}, status=202),
    )
    headers = {"X-Forwarded-For": "198.51.100.7, 203.0.113.5", "X-Forwarded-Proto": "https"}

    answer = ask(app, SHORT, path="/password-reset", method="POST", json={"login": "marc"}, headers=headers)

    assert (addresses[0], "Strict-Transport-Security" in answer.headers) == believed


def test_a_scheme_that_a_proxy_makes_up_is_as_good_as_none(settings: Settings, system: System) -> None:
    app = create_app(replace(settings, proxies=1), system)

    answer = ask(app, SHORT, path="/tasks", headers={"Authorization": "Bearer demo-marc", "X-Forwarded-Proto": "gopher"})

    assert (answer.status_code, "Strict-Transport-Security" in answer.headers) == (200, False)
