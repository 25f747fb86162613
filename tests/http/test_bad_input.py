"""Bad input: each kind has its own clear problem, and nothing is half stored."""

import io
from pathlib import Path
from typing import Any

import flask
import pytest

from app.http.request_head import read_request_key
from app.operations.answer import Answer, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.people.callers import find_caller
from app.operations.system import System
from tests.formats.ubl_builder import Line, build_ubl
from tests.http.people import XML, Api, invoice

ORDER: dict[str, Any] = {
    "kind": "order",
    "number": "6001",
    "issued_on": "2026-11-02",
    "currency": "EUR",
    "company": "NL01",
    "seller": "Acme",
    "lines": [{"amount": "1250.00", "cost_center": "SALES"}],
}
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE i [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]><i>&d;</i>'
)
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE i [<!ENTITY x SYSTEM "file:///etc/hostname">]><i>&x;</i>'


def is_nothing_stored(api: Api) -> bool:
    """Return whether there is no document at all."""
    return bool(api.get("/documents", "adm").json["items"] == [])


@pytest.mark.parametrize("content", [b"hello", b"", b"<Invoice>", b"<Invoice/>", b"\x00\x01", b"%PDF-1.7"])
def test_what_is_no_ubl_is_told_so(api: Api, content: bytes) -> None:
    answer = api.post("/documents", "erp", data=content, content_type=XML)

    assert (answer.status_code, answer.json["type"]) == (400, "/api/problems/not_parseable")
    assert is_nothing_stored(api)


@pytest.mark.parametrize("content", [b'<!DOCTYPE Invoice><Invoice xmlns="urn:x"/>', BOMB, OUTSIDE])
def test_a_document_type_declaration_is_refused(api: Api, content: bytes) -> None:
    """No entity is expanded, no file is read, whatever the declaration holds."""
    answer = api.post("/documents", "erp", data=content, content_type=XML)

    assert (answer.status_code, answer.json["type"]) == (400, "/api/problems/not_parseable")
    assert "DOCTYPE" in answer.json["detail"]
    assert is_nothing_stored(api)


class Unread(io.RawIOBase):
    """A body of twenty megabytes that must not be read."""

    def seek(self, _position: int, _whence: int = 0) -> int:
        """Pretend."""
        return 0

    def tell(self) -> int:
        """Pretend."""
        return 0

    def read(self, _size: int = -1) -> bytes:
        """Fail the test."""
        raise AssertionError("the body was read")


@pytest.mark.parametrize("media_type", [XML, "application/json"])
def test_twenty_megabytes_are_refused_unread(api: Api, media_type: str) -> None:
    environment = {"CONTENT_LENGTH": "20000000"}
    answer = api.post(
        "/documents",
        "erp",
        input_stream=Unread(),
        content_type=media_type,
        environ_overrides=environment,
        headers={"Idempotency-Key": "large"},
    )

    assert (answer.status_code, answer.json["type"]) == (413, "/api/problems/too_large")
    assert "10 MB" in answer.json["detail"]
    assert is_nothing_stored(api)


def test_a_body_without_a_length_is_cut_off_at_the_limit(api: Api) -> None:
    """Half of a document is never taken for the whole: Werkzeug 3.1 cuts a chunked body off without a word."""
    endless = io.BytesIO(invoice() + b" " * 11 * 1024 * 1024)
    environment = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = api.post("/documents", "erp", input_stream=endless, content_type=XML, environ_overrides=environment)

    assert (answer.status_code, answer.json["type"]) == (413, "/api/problems/too_large")
    assert is_nothing_stored(api)


def test_a_body_without_a_length_is_read(api: Api) -> None:
    environment = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = api.post("/documents", "erp", input_stream=io.BytesIO(invoice()), content_type=XML, environ_overrides=environment)

    assert answer.status_code == 201


def test_other_bodies_are_smaller(api: Api) -> None:
    answer = api.post("/process-instances", "erp", data=b" " * 2_000_000, content_type="application/json")

    assert answer.status_code == 413
    assert "1 MB" in answer.json["detail"]


@pytest.mark.parametrize("amount", [1250.00, 1250, {"amount": 1250.5, "currency": "EUR"}])
def test_a_json_number_is_not_money(api: Api, amount: object) -> None:
    answer = api.post("/documents", "erp", json=ORDER | {"lines": [{"amount": amount}]})

    assert (answer.status_code, answer.json["type"]) == (422, "/api/problems/money_as_number")
    assert answer.json["errors"][0]["pointer"].startswith("#/lines/0/amount")
    assert is_nothing_stored(api)


def test_an_unknown_field_is_not_ignored(api: Api) -> None:
    answer = api.post("/documents", "erp", json=ORDER | {"colour": "red"})

    assert (answer.status_code, answer.json["type"]) == (422, "/api/problems/unknown_field")
    assert [each["pointer"] for each in answer.json["errors"]] == ["#/colour"]
    assert is_nothing_stored(api)


def test_an_unknown_query_parameter_is_not_ignored(api: Api) -> None:
    answer = api.get("/tasks?colour=red", "marc")

    assert (answer.status_code, answer.json["type"]) == (422, "/api/problems/unknown_field")
    assert answer.json["errors"][0]["parameter"] == "colour"


def test_reasons_of_validation_are_no_column_of_tasks(api: Api) -> None:
    """TSK-10."""
    api.task("marc")

    answer = api.get("/tasks?columns=validation_reason", "marc")

    assert (answer.status_code, answer.json["type"]) == (400, "/api/problems/unknown_column")
    assert "timeline" in answer.json["detail"]
    assert set(api.get("/tasks?columns=due_at,document", "marc").json["items"][0]) == {"id", "due_at", "document"}


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("received_from=2026-11-02&received_to=2026-11-01", "bad_period"),
        ("received_from=2026-02-30", "invalid_request"),
        ("amount_from=1e3", "invalid_request"),
        ("amount_from=2&amount_to=1", "invalid_request"),
        ("currency=euro", "invalid_request"),
        ("held=maybe", "invalid_request"),
        ("for=them", "invalid_request"),
        ("whose=mine", "unknown_field"),
        ("sort=colour", "invalid_request"),
        ("step=third_line", "invalid_request"),
        (f"q={'x' * 101}", "invalid_request"),
    ],
)
def test_a_filter_that_nothing_could_match_is_a_clear_problem(api: Api, query: str, problem: str) -> None:
    """TSK-09."""
    answer = api.get(f"/tasks?{query}", "marc")

    assert (answer.status_code, answer.json["type"]) == (422, f"/api/problems/{problem}")


def test_filters_and_their_numbers_by_http(api: Api) -> None:
    """TSK-09."""
    api.task("marc")
    query = {"amount_from": "12000.00", "currency": "EUR", "for": "mine", "held": False, "received_from": "2026-01-01"}

    made = api.post("/profile/filters", "marc", json={"name": "Large", "query": query})
    listed = api.get("/tasks?amount_from=12000.00&currency=EUR&for=mine&held=false&received_from=2026-01-01", "marc").json["items"]
    counted = api.get("/tasks/count?filters=true", "marc").json["filters"]

    assert made.status_code == 201
    assert query.items() <= made.json["query"].items()
    assert counted == [{"id": made.json["id"], "name": "Large", "count": len(listed)}]
    assert len(listed) >= 1
    stale = api.call("PATCH", f"/profile/filters/{made.json['id']}", "marc", json={"name": "Larger"}, headers={"If-Match": '"7"'})
    assert stale.status_code == 412


@pytest.mark.parametrize("limit", ["0", "201", "-1", "ten", "9" * 40])
def test_a_page_has_one_to_two_hundred_items(api: Api, limit: str) -> None:
    assert api.get(f"/tasks?limit={limit}", "marc").status_code == 422


@pytest.mark.parametrize("cursor", ["x", "!!", "bnVsbA", "WyJhIl0", "WzFd", "W10", "eyJhIjoxfQ", "WyIyMDI2LTExLTAyIiwieCJd"])
@pytest.mark.parametrize("path", ["/tasks", "/documents", "/process-instances", "/process-definitions", "/incidents"])
def test_a_made_up_cursor_is_a_clear_problem(api: Api, path: str, cursor: str) -> None:
    answer = api.get(f"{path}?cursor={cursor}", "adm")

    assert answer.status_code in {200, 422}, answer.text
    if cursor in {"x", "!!", "bnVsbA", "W10"}:
        assert answer.json["errors"][0]["parameter"] == "cursor"


@pytest.mark.parametrize("token", ["nonsense", "demo-nobody", "demo-otto", "", "demo-"])
def test_a_wrong_token_is_nobody(api: Api, token: str) -> None:
    """An unknown token and one of an inactive person read the same."""
    answer = api.get("/tasks", headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.json["type"]) == (401, "/api/problems/not_signed_in")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_somebody_elses_task_does_not_exist_for_a_stranger(api: Api) -> None:
    task = api.task("marc")

    answer = api.post(f"/tasks/{task['id']}/approve", "pia")

    assert (answer.status_code, answer.json["type"]) == (404, "/api/problems/not_found")


def test_somebody_elses_task_is_not_his_who_may_see_it(api: Api) -> None:
    task = api.task("marc")

    answer = api.post(f"/tasks/{task['id']}/approve", "wfa")

    assert (answer.status_code, answer.json["type"]) == (403, "/api/problems/not_a_role_player")


def test_a_stale_if_match_is_refused(api: Api) -> None:
    task = api.task("marc")
    api.post(f"/tasks/{task['id']}/claim", "marc")

    answer = api.post(f"/tasks/{task['id']}/approve", "marc", headers={"If-Match": f'"{task["revision"]}"'})

    assert (answer.status_code, answer.json["type"]) == (412, "/api/problems/stale_revision")
    assert answer.json["expected"] == task["revision"]
    assert answer.json["actual"] == task["revision"] + 1


@pytest.mark.parametrize("header", ["*", None])
def test_if_match_may_accept_any_revision(api: Api, header: str | None) -> None:
    task = api.task("marc")
    api.post(f"/tasks/{task['id']}/claim", "marc")

    answer = api.post(f"/tasks/{task['id']}/approve", "marc", headers={"If-Match": header} if header else {})

    assert answer.status_code == 200


def test_a_malformed_if_match_is_told_so(api: Api) -> None:
    task = api.task("marc")

    answer = api.post(f"/tasks/{task['id']}/approve", "marc", headers={"If-Match": "7"})

    assert (answer.status_code, answer.json["type"]) == (400, "/api/problems/precondition_malformed")


def test_the_same_request_again_gets_the_same_answer(api: Api) -> None:
    document_id = api.document_id()
    body = {"definition": "purchase_invoice", "document_id": document_id}

    first = api.post("/process-instances", "erp", json=body, headers={"Idempotency-Key": "start-1"})
    again = api.post("/process-instances", "erp", json=body, headers={"Idempotency-Key": "start-1"})
    without = api.post("/process-instances", "erp", json=body)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Location"] == first.headers["Location"] == f"/api/v1/process-instances/{first.json['id']}"
    assert (without.status_code, without.json["type"]) == (409, "/api/problems/instance_already_running")


def test_the_same_approval_again_gets_the_same_answer(api: Api) -> None:
    task = api.task("marc")
    path = f"/tasks/{task['id']}/approve"

    first = api.post(path, "marc", json={"comment": "Right."}, headers={"Idempotency-Key": "approve-1"})
    again = api.post(path, "marc", json={"comment": "Right."}, headers={"Idempotency-Key": "approve-1"})
    without = api.post(path, "marc", json={"comment": "Right."})

    assert first.status_code == 200
    assert again.json == first.json
    assert (without.status_code, without.json["type"]) == (409, "/api/problems/task_already_decided")


def test_a_key_is_not_used_for_another_body(api: Api) -> None:
    first = api.post("/documents", "erp", data=invoice(), content_type=XML, headers={"Idempotency-Key": "d-1"})
    other = api.post("/documents", "erp", data=invoice(), content_type=XML, headers={"Idempotency-Key": "d-1"})

    assert first.status_code == 201
    assert (other.status_code, other.json["type"]) == (422, "/api/problems/idempotency_key_reused")
    assert len(api.get("/documents", "adm").json["items"]) == 1


def test_a_key_belongs_to_its_caller_and_route(api: Api) -> None:
    task = api.task("marc", invoice("60000.00"))
    headers = {"Idempotency-Key": "mine"}

    claimed = api.post(f"/tasks/{task['id']}/claim", "marc", headers=headers)
    approved = api.post(f"/tasks/{task['id']}/approve", "marc", headers=headers)
    other = api.get("/tasks", "donald").json["items"][0]
    others = api.post(f"/tasks/{other['id']}/approve", "donald", headers=headers)

    assert [claimed.status_code, approved.status_code, others.status_code] == [200, 200, 200]


def test_a_key_whose_first_request_still_runs_is_refused(api: Api, app: flask.Flask, system: System) -> None:
    content = invoice()
    headers = {"Idempotency-Key": "slow"}
    with app.test_request_context("/api/v1/documents", method="POST", data=content, content_type=XML, headers=headers):
        request = read_request_key(flask.request)
    assert isinstance(request, RequestKey)
    meanwhile = []

    def run(_remember: Remember) -> Answer:
        meanwhile.append(api.post("/documents", "erp", data=content, content_type=XML, headers=headers))
        return Answer(body={})

    answer_once(system, find_caller(system, "erp"), request, run)

    assert (meanwhile[0].status_code, meanwhile[0].json["type"]) == (409, "/api/problems/idempotency_key_in_progress")
    assert is_nothing_stored(api)


def test_a_refused_request_frees_its_key(api: Api) -> None:
    headers = {"Idempotency-Key": "again"}
    refused = api.post("/process-instances", "erp", json={"definition": "no_such_process"}, headers=headers)
    corrected = api.post(
        "/process-instances", "erp", json={"definition": "purchase_invoice", "document_id": api.document_id()}, headers=headers
    )

    assert (refused.status_code, corrected.status_code) == (404, 201)


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (lambda: build_ubl(lines=[Line(amount="100.00"), Line(amount="50.00", currency="USD")]), {"mixed_currencies"}),
        (lambda: build_ubl(lines=[Line(amount="100.50")], currency="JPY"), {"too_many_decimals"}),
        (
            lambda: build_ubl(lines=[Line(amount="60.00"), Line(amount="40.00")], totals={"LineExtensionAmount": "110.00"}),
            {"line_total", "BR-CO-10"},
        ),
    ],
)
def test_money_that_does_not_add_up_is_a_finding(api: Api, content: Any, codes: set[str]) -> None:
    """The document is kept and shows what is wrong with it. Source: DOC-05."""
    answer = api.post("/documents", "erp", data=content(), content_type=XML)

    assert answer.status_code == 201
    errors = {each["code"] for each in answer.json["findings"] if each["severity"] == "error"}
    assert errors & codes, answer.json["findings"]


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "", "multipart/form-data; boundary=x"])
def test_another_media_type_is_told_what_is_accepted(api: Api, media_type: str) -> None:
    answer = api.post("/documents", "erp", data=b"x", content_type=media_type)

    assert (answer.status_code, answer.json["type"]) == (415, "/api/problems/unsupported_media")
    assert "application/xml" in answer.json["detail"]


def test_json_bodies_are_json(api: Api) -> None:
    answer = api.post("/process-instances", "erp", data=b"{}", content_type="text/plain")

    assert answer.status_code == 415


def test_a_malformed_id_names_nothing(api: Api) -> None:
    for path in ("/tasks/42", "/documents/nonsense", "/process-instances/'", "/tasks/%00", "/documents/" + "9" * 90):
        assert api.get(path, "marc").status_code == 404, path


def test_json_with_two_meanings_is_refused(api: Api) -> None:
    answer = api.post("/process-instances", "erp", data=b'{"definition": "a", "definition": "b"}', content_type="application/json")

    assert (answer.status_code, answer.json["type"]) == (400, "/api/problems/not_parseable")
    assert "definition" in answer.json["detail"]


def test_files_sent_again_are_the_same_request_whatever_divides_them(api: Api) -> None:
    """Clients draw the boundary of a multipart body anew for every attempt."""
    content = (Path(__file__).parents[2] / "processes" / "expense_claim" / "expense_claim.bpmn").read_bytes()

    def deploy(boundary: str, tag: str = "first") -> Any:
        parts = f'--{boundary}\r\nContent-Disposition: form-data; name="tag"\r\n\r\n{tag}\r\n'.encode()
        parts += f'--{boundary}\r\nContent-Disposition: form-data; name="f"; filename="expense_claim.bpmn"\r\n\r\n'.encode()
        body = parts + content + f"\r\n--{boundary}--\r\n".encode()
        headers = {"Idempotency-Key": "deploy-1"}
        return api.post("/process-definitions", "adm", data=body, content_type=f"multipart/form-data; boundary={boundary}", headers=headers)

    first, again, other = deploy("one"), deploy("two"), deploy("three", tag="second")

    assert (first.status_code, again.status_code) == (201, 201), first.text
    assert again.json == first.json
    assert (other.status_code, other.json["type"]) == (422, "/api/problems/idempotency_key_reused")
