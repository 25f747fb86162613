"""Expense claims: the same automation and the same people as invoices."""

import orjson
import pytest

from app.domain.errors import InvalidRequest
from app.operations.documents.receive_document import receive_document
from app.operations.tasks.approve_task import approve_task

LINE = {"amount": "30.00", "cost_center": "SALES", "description": "Train to Utrecht", "type": "travel"}


def send(office, *, as_user="erp", **fields):
    """Send an expense claim and return the answer."""
    claim = {"kind": "expense_claim", "number": "E-1", "issued_on": "2026-11-01", "currency": "EUR", "company": "NL01", "lines": [LINE]}
    content = orjson.dumps(claim | fields)
    return receive_document(office.system, office.caller(as_user), content=content, media_type="application/json")


def test_a_small_claim_is_approved_by_its_rule(office):
    """CNV-07, AUT-14."""
    document = send(office).body["id"]

    instance = office.start(document, definition="expense_claim")

    assert (instance["status"], instance["outcome"]) == ("completed", "Approved for payment")
    assert [item["kind"] for item in office.timeline(document)].count("task_opened") == 0


@pytest.mark.parametrize(("amount", "is_automatic"), [("50.00", True), ("50.01", False)])
def test_the_cap_is_inclusive(office, amount, is_automatic):
    """AUT-02, CNV-07."""
    document = send(office, lines=[LINE | {"amount": amount}]).body["id"]

    instance = office.start(document, definition="expense_claim")

    assert (instance["status"] == "completed") is is_automatic
    assert bool(office.inbox("marc")) is not is_automatic


def test_a_larger_claim_goes_to_the_holder_of_the_budget(office):
    """CNV-07."""
    document = send(office, lines=[LINE | {"amount": "400.00"}]).body["id"]
    office.start(document, definition="expense_claim")

    answer = approve_task(office.system, office.caller("marc"), office.task("marc"))

    assert answer.body["process_instance"]["outcome"] == "Approved for payment"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("company", "XX99"),
        ("currency", "euro"),
        ("lines", []),
        ("lines", [LINE | {"amount": 30.5}]),
        ("number", "x" * 201),
        ("number", "a\0b"),
    ],
)
def test_a_claim_that_cannot_be_read_is_refused_whole(office, field, value):
    with pytest.raises(InvalidRequest):
        send(office, **{field: value})

    assert office.instance  # the database is still there to be asked
    assert send(office).status == 201
