"""Checking the matrix, simulating with it and what-if, over HTTP."""

import json

import pytest

from tests.http.people import invoice

TRANSACTION = {"currency": "EUR", "lines": [{"amount": "12000.00", "company": "NL01", "cost_center": "SALES"}]}
MATRIX = {
    "approval_rules": {"DL": [{"company": "NL01", "currency": "EUR", "limit": "20000"}]},
    "mandates": [{"id": "1", "user": "ann", "rule": "DL", "steps": ["first_line"], "cost_center": "SALES"}],
    "users": [{"id": "ann"}],
    "chart": [{"cost_center": "SALES"}],
    "base_currencies": {"NL01": "EUR"},
}


def test_check_finds_the_gaps_of_fixture_fx_and_each_example_reproduces(api):
    """Issue 3 part 5: MATRIX 2.9."""
    body = api.post("/approval-matrix/check", "wfa", json={}).json

    assert body["counts"]["error"] == sum(each["severity"] == "error" for each in body["findings"])
    gap = next(each for each in body["findings"] if each["code"] == "authority_ends" and each["subject"]["companies"] == ["NL01"])
    assert gap["subject"]["smallest_amount"] == "1000000.01"
    for finding in body["findings"]:
        if finding["example"] is not None:
            example = finding["example"]
            answer = api.post("/approval-matrix/resolve", "adm", json={"transaction": example["transaction"], "on": example["on"]})
            assert ("resolved" if answer.status_code == 200 else answer.json["type"].rpartition("/")[2]) == example["answer"]


def test_check_takes_a_matrix_that_is_sent_along(api):
    body = api.post("/approval-matrix/check", "wfa", json={"matrix": MATRIX}).json

    assert body["matrix"] == "the matrix sent along"
    assert {each["code"] for each in body["findings"]} >= {"single_point_of_failure", "authority_ends", "step_without_mandate"}


@pytest.mark.parametrize("route", ["check", "simulate", "what-if"])
def test_a_matrix_that_cannot_be_read_is_refused_with_its_place(api, route):
    body = {"matrix": {"mandates": [{"id": 1}]}} | (
        {}
        if route == "check"
        else {"transaction" if route == "simulate" else "transactions": TRANSACTION if route == "simulate" else [TRANSACTION]}
    )

    answer = api.post(f"/approval-matrix/{route}", "wfa", json=body)

    assert answer.status_code == 422
    assert "mandates" in answer.json["detail"]


def test_a_draft_that_is_not_there_is_not_found(api):
    body = {"draft_id": "01a20288-2594-7fdf-b8f6-10159f22d0bd"}

    assert api.post("/approval-matrix/check", "wfa", json=body).status_code == 404


def test_simulate_tells_who_would_approve_and_who_was_considered(api):
    """Issue 3 part 6: for any transaction and date."""
    body = api.post("/approval-matrix/simulate", "wfa", json={"transaction": TRANSACTION, "on": "2027-01-01"}).json

    assert [step["step"] for step in body["steps"]] == ["first_line", "second_line"]
    assert body["steps"][1]["slots"][0]["considered"]
    assert body["on"] == "2027-01-01"


def test_simulate_answers_a_refusal_with_its_facts(api):
    lines = [{"amount": "500.00", "company": "NL01", "cost_center": "NEW"}]

    body = api.post("/approval-matrix/simulate", "wfa", json={"transaction": {"currency": "EUR", "lines": lines}}).json

    assert body["steps"] is None
    assert body["error"]["code"] == "no_role_players_found"
    assert body["error"]["facts"]["step"] == "first_line"


def test_simulate_asks_for_a_document_as_its_process_would(api):
    document_id = api.document_id()

    body = api.post("/approval-matrix/simulate", "wfa", json={"document_id": document_id, "matrix": MATRIX}).json

    assert [slot["role_player"] for slot in body["steps"][0]["slots"]] == ["ann"]


@pytest.mark.parametrize("body", [{}, {"document_id": "01a20288-2594-7fdf-b8f6-10159f22d0bd", "transaction": TRANSACTION}])
def test_simulate_needs_a_document_or_a_transaction(api, body):
    assert api.post("/approval-matrix/simulate", "wfa", json=body).status_code == 422


def test_what_if_tells_what_changes_for_stored_documents(api):
    """MXC-06."""
    changed, failing = api.document_id(invoice("12000.00")), api.document_id(invoice("30000.00"))

    body = api.post("/approval-matrix/what-if", "wfa", json={"matrix": MATRIX}).json

    assert body["transactions"] == 2
    assert body["counts"] == {
        "unchanged": 0, "people_changed": 0, "steps_changed": 1, "fails_now": 1, "resolves_now": 0, "fails_still": 0,
    }  # fmt: skip
    assert {each["name"]: each["effect"] for each in body["examples"]} == {changed: "steps_changed", failing: "fails_now"}
    assert body["loaded"] == [{"user": "ann", "name": "ann", "before": 0, "after": 1}]
    assert {each["user"] for each in body["relieved"]} == {"marc", "claire", "donald"}


def test_what_if_takes_transactions_and_filters_documents(api):
    api.document_id(invoice("12000.00"))

    sent = api.post("/approval-matrix/what-if", "wfa", json={"matrix": MATRIX, "transactions": [TRANSACTION] * 3}).json
    none = api.post("/approval-matrix/what-if", "wfa", json={"matrix": MATRIX, "kind": "order"}).json
    other = api.post("/approval-matrix/what-if", "wfa", json={"matrix": MATRIX, "received_to": "2026-11-01"}).json
    day = api.post(
        "/approval-matrix/what-if", "wfa", json={"matrix": MATRIX, "received_from": "2026-11-02", "received_to": "2026-11-02"}
    ).json

    assert [each["transactions"] for each in (sent, none, other, day)] == [3, 0, 0, 1]


def test_what_if_streams_its_progress_line_by_line(api):
    headers = {"Accept": "application/jsonl"}
    body = {"matrix": MATRIX, "transactions": [TRANSACTION] * 600}

    answer = api.client.post(
        "/api/v1/approval-matrix/what-if", json=body, headers=headers | {"Authorization": "Bearer demo-wfa"}, buffered=True
    )

    lines = [json.loads(line) for line in answer.data.splitlines()]
    assert lines[0] == {"done": 0, "of": 600}
    assert [each["done"] for each in lines[1:-1]] == [500, 600]
    assert lines[-1]["result"]["transactions"] == 600


def test_a_simulation_that_is_given_up_lets_the_next_one_run(api):
    """Cancellable: closing the answer ends it; meanwhile another one is refused."""
    headers = {"Accept": "application/jsonl", "Authorization": "Bearer demo-wfa"}
    body = {"matrix": MATRIX, "transactions": [TRANSACTION] * 600}
    first = api.client.post("/api/v1/approval-matrix/what-if", json=body, headers=headers)

    assert api.post("/approval-matrix/what-if", "wfa", json=body).status_code == 503
    first.close()

    assert api.post("/approval-matrix/what-if", "wfa", json=body).status_code == 200


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "draft_id"),
        ({"matrix": MATRIX, "transactions": [{"currency": "EUR", "lines": [{"amount": 5}]}]}, "transactions"),
        ({"matrix": MATRIX, "transactions": [{"hostile": True}]}, "transactions"),
    ],
)
def test_what_if_refuses_what_it_cannot_compare(api, body, place):
    answer = api.post("/approval-matrix/what-if", "wfa", json=body)

    assert answer.status_code == 422
    assert place in json.dumps(answer.json)


@pytest.mark.parametrize("route", ["check", "simulate", "what-if"])
def test_who_does_not_keep_the_matrix_learns_nothing_of_it(api, route):
    assert (
        api.post(f"/approval-matrix/{route}", "marc", json={"transaction": TRANSACTION} if route == "simulate" else {}).status_code == 403
    )


def test_reset_answers_before_and_after(api):
    """MXR-07, ADM-07: POST /process-instances/{id}/reset."""
    instance = api.instance()

    body = api.post(f"/process-instances/{instance['id']}/reset", "wfa", json={"reason": "New matrix", "dry_run": True}).json

    assert body["dry_run"]
    assert body["route_change"]["before"] == body["route_change"]["after"]
    assert api.get(f"/process-instances/{instance['id']}", "wfa").json["matrix_changed"] is False
