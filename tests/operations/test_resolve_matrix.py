"""Asking the matrix: the same answer as the process gets, and nothing is stored."""

from datetime import date

import pytest

from app.domain.errors import InvalidInput, NoRolePlayersFound, NotFound
from app.operations.matrix.resolve_matrix import resolve_matrix

LINE = {"amount": "12000.00", "company": "NL01", "cost_center": "SALES"}


def ask(office, *, as_user="marc", lines=(LINE,), **fields):
    """Return who would approve these lines, by step."""
    given = {"currency": "EUR", "lines": list(lines), **fields}
    body = resolve_matrix(office.system, office.caller(as_user), transaction=given, on=date(2026, 11, 2)).body
    return {step["step"]: [slot["pool"] for slot in step["slots"]] for step in body["steps"]}


def test_a_made_up_transaction_is_resolved(office):
    """MXR-10."""
    assert ask(office) == {"first_line": [["marc"]], "second_line": [["claire", "donald"]]}


def test_a_document_gets_the_answer_that_its_process_gets(office):
    """MXR-10."""
    document = office.send("invoice_sales_12000")

    asked = resolve_matrix(office.system, office.caller("erp"), document_id=document).body["steps"]

    instance = office.start(document)
    route = office.instance(instance["id"])["route"]["steps"]
    assert [slot["why"] for step in asked for slot in step["slots"]] == [slot["why"] for step in route for slot in step["slots"]]


def test_submitter_coders_and_signers_count(office):
    """MXR-01, MXR-05."""
    with pytest.raises(NoRolePlayersFound):
        ask(office, submitter="marc")
    with pytest.raises(NoRolePlayersFound):
        ask(office, coders=["marc"])
    assert ask(office, signed=[{"user": "claire", "step": "first_line"}])["second_line"] == [["donald"]]


@pytest.mark.parametrize(
    "fields",
    [
        {"lines": []},
        {"lines": [LINE | {"amount": "NaN"}]},
        {"lines": [LINE | {"amount": "1E+99999999"}]},
        {"lines": [LINE | {"amount": 12.5}]},
        {"lines": [{"cost_center": "SALES"}]},
        {"lines": [LINE | {"colour": "red"}]},
        {"currency": "euro"},
        {"signed": [{"user": "marc", "step": "third_line"}]},
    ],
)
def test_what_is_no_transaction_is_refused(office, fields):
    with pytest.raises(InvalidInput):
        ask(office, **fields)


def test_a_document_that_one_may_not_see_is_not_resolved(office):
    document = office.send("invoice_sales_12000")

    for name in ("carl", "kim"):
        with pytest.raises(NotFound):
            resolve_matrix(office.system, office.caller(name), document_id=document)
    with pytest.raises(InvalidInput):
        resolve_matrix(office.system, office.caller("marc"))
