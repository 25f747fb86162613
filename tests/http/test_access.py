"""Getting in by the API: scopes of tokens, PINs, and what an unknown visitor may do."""

import re

import pytest

from app.http.audience import EXTENSION
from app.operations.people.callers import find_caller
from app.operations.people.create_token import create_token
from tests.http.people import Api, invoice

WRONG = "999999"


def ask(api: Api, method: str, path: str, token: str, **request):
    """Send a request with a token."""
    return api.call(method, path, headers={"Authorization": f"Bearer {token}"}, **request)


def token(api: Api, username: str, *scopes: str) -> str:
    """Return a new token with these scopes."""
    return create_token(api.app.extensions[EXTENSION], username, scopes=scopes)


@pytest.fixture
def signing(api: Api) -> Api:
    """The API where everyone signs with a PIN, and Marc has one."""
    settings = {"settings": [{"key": "Tasks.Decisions.PinRoles", "value": "everyone"}]}
    assert api.call("PATCH", "/settings", "adm", json=settings).status_code == 200
    assert api.post("/profile/pin", "marc", json={"new": "2580"}).status_code == 200
    return api


def test_a_scope_that_a_token_lacks_is_named(api: Api) -> None:
    reader = token(api, "marc", "read")
    assert ask(api, "GET", "/tasks", reader).status_code == 200

    answer = ask(api, "POST", f"/tasks/{api.task('marc')['id']}/approve", reader, json={})

    assert answer.status_code == 403
    assert answer.json["type"] == "/api/problems/token_scope"
    assert (answer.json["scope"], answer.json["granted"]) == ("approve", "read")
    assert "it lacks the scope `approve`" in answer.json["detail"]


NEEDS = (
    ("GET", "/tasks", "marc", "read"),
    ("GET", "/users", "adm", "read"),
    ("POST", "/tasks/x/approve", "marc", "approve"),
    ("POST", "/tasks/bulk", "marc", "approve"),
    ("POST", "/tasks/x/comments", "marc", "approve"),
    ("POST", "/tasks/x/hold", "marc", "approve"),
    ("PATCH", "/documents/x/lines", "eva", "approve"),
    ("POST", "/documents", "erp", "send"),
    ("POST", "/process-instances", "erp", "send"),
    ("POST", "/messages", "erp", "send"),
    ("POST", "/users", "adm", "administer"),
    ("PATCH", "/settings", "adm", "administer"),
    ("POST", "/process-instances/x/cancel", "adm", "administer"),
    ("POST", "/tasks/x/reassign", "adm", "administer"),
    ("POST", "/tasks", "adm", "administer"),
    ("POST", "/process-definitions", "adm", "administer"),
    ("POST", "/profile/tokens", "marc", "administer"),
    ("POST", "/profile/pin", "marc", "administer"),
)


def test_each_kind_of_request_needs_its_scope(api: Api) -> None:
    for method, path, username, scope in NEEDS:
        others = [each for each in ("read", "approve", "send", "administer") if each != scope]

        refused = ask(api, method, path, token(api, username, *others), json={})
        assert (refused.status_code, refused.json.get("scope")) == (403, scope), (method, path)

        assert "scope" not in (ask(api, method, path, token(api, username, scope), json={}).json or {}), (method, path)


def test_no_token_reassigns_in_bulk_what_it_may_not_one_by_one(api: Api) -> None:
    body = {"action": "reassign", "ids": ["x"], "to": "ann", "reason": "On leave"}

    refused = ask(api, "POST", "/tasks/bulk", token(api, "adm", "approve"), json=body)
    allowed = ask(api, "POST", "/tasks/bulk", token(api, "adm", "approve", "administer"), json=body)

    assert (refused.status_code, refused.json["scope"]) == (403, "administer")
    assert (allowed.status_code, allowed.json["results"][0]["status"]) == (200, 404)


def test_a_token_of_a_program_sends_and_does_nothing_else(api: Api) -> None:
    sender = token(api, "erp", "send")

    sent = ask(api, "POST", "/documents", sender, data=invoice(), content_type="application/xml")

    assert sent.status_code == 201
    assert ask(api, "GET", f"/documents/{sent.json['id']}", sender).status_code == 403


def test_a_secret_is_answered_once(api: Api) -> None:
    request = {"json": {"label": "x", "scopes": ["read"]}, "headers": {"Idempotency-Key": "k-1"}}

    first, second = (api.post("/profile/tokens", "marc", **request) for _ in range(2))

    assert first.json["token"].startswith("cs_")
    assert second.json["token"] is None
    assert ask(api, "GET", "/tasks", first.json["token"]).status_code == 200


def test_a_pin_is_asked_for_with_a_decision(signing: Api) -> None:
    """USR-41: PIN-required role, wrong PIN: 401; three wrong: locked."""
    task = signing.task("marc")["id"]
    answers = [
        signing.post(f"/tasks/{task}/approve", "marc", json=body)
        for body in ({}, {"pin": WRONG}, {"pin": WRONG}, {"pin": WRONG}, {"pin": "2580"})
    ]

    assert [answer.status_code for answer in answers] == [401] * 5
    kinds = [answer.json["type"].rsplit("/", 1)[-1] for answer in answers]
    assert kinds == ["pin_required", "pin_wrong", "pin_wrong", "pin_locked", "pin_locked"]
    assert [answer.json.get("tries_left") for answer in answers[1:3]] == [2, 1]
    assert answers[1].headers["WWW-Authenticate"].startswith("PIN ")

    assert signing.post(f"/users/{find_caller(signing.app.extensions[EXTENSION], 'marc').user_id}/reset-pin", "adm").status_code == 200
    assert signing.post(f"/tasks/{task}/approve", "marc", json={"pin": "2580"}).json["type"].endswith("pin_not_set")
    signing.post("/profile/pin", "marc", json={"new": "8046"})
    assert signing.post(f"/tasks/{task}/approve", "marc", json={"pin": "8046"}).status_code == 200


def test_one_pin_signs_many_tasks_and_a_wrong_one_counts_once(signing: Api) -> None:
    """USR-41."""
    ids = [signing.task("marc")["id"] for _ in range(3)]
    wrong = signing.post("/tasks/bulk", "marc", json={"action": "approve", "ids": ids, "pin": WRONG})
    assert [each["status"] for each in wrong.json["results"]] == [401] * 3
    assert {each["problem"]["tries_left"] for each in wrong.json["results"]} == {2}

    right = signing.post("/tasks/bulk", "marc", json={"action": "approve", "ids": ids, "pin": "2580"})

    assert [each["status"] for each in right.json["results"]] == [200] * 3


def test_where_no_pin_is_asked_for_one_may_be_sent(api: Api) -> None:
    """API.md: `pin?`."""
    assert api.post(f"/tasks/{api.task('marc')['id']}/approve", "marc", json={"pin": "1234"}).status_code == 200


BAD = (
    ("/password-reset", {}),
    ("/password-reset", {"login": ""}),
    ("/password-reset", {"login": "x" * 255}),
    ("/password-reset", {"login": 7}),
    ("/password-reset", {"login": "a\0b"}),
    ("/password-reset", {"login": "marc", "admin": True}),
    ("/password", {"secret": "x"}),
    ("/password", {"secret": "", "password": "y"}),
)


def test_bad_input_of_an_unknown_visitor_is_refused(api: Api) -> None:
    for path, body in BAD:
        assert api.post(path, json=body).status_code == 422, body


def test_an_unknown_visitor_sends_little(api: Api) -> None:
    answer = api.post("/password-reset", data=b'{"login": "' + b"x" * 20_000 + b'"}', content_type="application/json")

    assert answer.status_code == 413


def test_the_same_answer_for_every_account_until_there_are_too_many(api: Api) -> None:
    """USR-21."""
    answers = [api.post("/password-reset", json={"login": login}) for login in ("marc", "nobody", "otto", "marc@example.com")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, answers[0].text)}

    for _ in range(16):
        api.post("/password-reset", json={"login": "marc"})
    last = api.post("/password-reset", json={"login": "marc"})

    assert last.status_code == 429
    assert 0 < int(last.headers["Retry-After"]) <= 3600
    assert re.search(r"Try again in \d+ s", last.json["detail"])


def test_a_link_that_leads_nowhere_is_a_problem_of_its_own(api: Api) -> None:
    answer = api.post("/password", json={"secret": "guess", "password": "a sentence is easy"})

    assert (answer.status_code, answer.json["type"]) == (404, "/api/problems/link_unknown")


def test_a_changed_password_is_the_callers_own(api: Api) -> None:
    wrong = api.post("/profile/password", "marc", json={"old": "wrong", "new": "a sentence is easy"})
    assert wrong.status_code == 401

    right = api.post("/profile/password", "marc", json={"old": "countersign-demo", "new": "a sentence is easy"})

    assert right.json == {"username": "marc", "full_name": "Marc Anthony"}
