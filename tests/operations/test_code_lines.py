"""Coding: who codes, what a split must add up to, and that a coder never signs."""

import pytest

from app.domain.errors import CodingClosed, InvalidRequest, NotPermitted, StaleRevision
from app.operations.documents.code_lines import code_lines
from app.operations.tasks.approve_task import approve_task


def test_an_invoice_without_cost_center_goes_to_the_role_coding_first(office):
    """COD-01."""
    document = office.send("invoice_without_cost_center")
    instance = office.start(document)
    assert [each["element"] for each in instance["active"]] == ["CodeInvoice"]

    line = office.document(document)["lines"][0]["id"]
    code_lines(office.system, office.caller("eva"), document, lines=[{"id": line, "cost_center": "SALES"}])
    answer = approve_task(office.system, office.caller("eva"), office.task("eva"))

    assert [each["element"] for each in answer.body["process_instance"]["active"]] == ["ApproveFirstLine"]


def test_the_coding_task_comes_back_while_a_line_is_uncoded(office):
    """COD-01."""
    office.begin("invoice_without_cost_center")

    answer = approve_task(office.system, office.caller("eva"), office.task("eva"))

    assert [each["element"] for each in answer.body["process_instance"]["active"]] == ["CodeInvoice"]
    assert len(office.inbox("eva")) == 1


def test_a_split_must_add_up_exactly(office):
    """COD-02."""
    document = office.send("invoice_without_cost_center")
    office.start(document)
    line = office.document(document)["lines"][0]
    amount = line["amount"]["amount"]
    part = "600.00"
    rest = f"{float(amount) - 600:.2f}"
    eva = office.caller("eva")

    with pytest.raises(InvalidRequest, match="coding"):
        entries = [{"id": line["id"], "amount": part, "cost_center": "SALES"}, {"id": line["id"], "amount": f"{float(rest) + 1:.2f}"}]
        code_lines(office.system, eva, document, lines=entries)
    entries = [{"id": line["id"], "amount": part, "cost_center": "SALES"}, {"id": line["id"], "amount": rest, "cost_center": "CON"}]
    coded = code_lines(office.system, eva, document, lines=entries).body["lines"]

    assert [each["cost_center"] for each in coded[:2]] == ["SALES", "CON"]
    assert coded[0]["id"] != coded[1]["id"]


def test_unknown_cost_centers_and_lines_are_refused_all_at_once(office):
    """COD-02, MXO-05."""
    document = office.send("invoice_without_cost_center")
    office.start(document)

    with pytest.raises(InvalidRequest) as refusal:
        code_lines(office.system, office.caller("eva"), document, lines=[{"id": "none", "cost_center": "NOWHERE"}])

    assert set(refusal.value.facts["errors"]) == {"lines.0.id", "lines.0.cost_center"}


def test_only_the_role_coding_codes(office):
    with pytest.raises(NotPermitted):
        code_lines(office.system, office.caller("marc"), office.send("invoice_without_cost_center"), lines=[])


def test_a_stale_revision_is_refused(office):
    document = office.send("invoice_without_cost_center")
    office.start(document)

    with pytest.raises(StaleRevision):
        code_lines(office.system, office.caller("eva"), document, lines=[], revision=99)


def test_coding_is_closed_once_the_document_is_being_approved(office):
    document = office.send("invoice_without_cost_center")
    office.start(document)
    line = office.document(document)["lines"][0]["id"]
    eva = office.caller("eva")
    code_lines(office.system, eva, document, lines=[{"id": line, "cost_center": "SALES"}])
    approve_task(office.system, eva, office.task("eva"))

    with pytest.raises(CodingClosed):
        code_lines(office.system, eva, document, lines=[{"id": line, "cost_center": "CON"}])


def test_the_coder_plays_no_approval_role(office):
    """COD-03, MXR-05."""
    document = office.send("invoice_without_cost_center")
    instance = office.start(document)
    line = office.document(document)["lines"][0]["id"]
    eva = office.caller("eva")
    code_lines(office.system, eva, document, lines=[{"id": line, "cost_center": "SALES"}])
    approve_task(office.system, eva, office.task("eva"))

    route = office.instance(instance["id"])["route"]

    assert "eva" not in {person["username"] for step in route["steps"] for slot in step["slots"] for person in slot["pool"]}
