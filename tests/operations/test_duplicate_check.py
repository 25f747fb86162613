"""A document that looks like a duplicate becomes a task, and what is said there lets it go on or keeps it held."""

import pytest

from app.domain.errors import DocumentHeld, StatusNotAllowed
from app.operations.definitions.deactivate_version import deactivate_version
from app.operations.documents.confirm_not_duplicate import confirm_not_duplicate
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.reject_task import reject_task


def send_twice(office):
    """Send an invoice and other bytes of the same seller and number; return the id of the second."""
    office.send("invoice_sales_12000")
    return office.send("invoice_sales_12000", **{"</Invoice>": "</Invoice>\n"})


def test_a_second_invoice_is_held_with_a_finding_and_a_task(office):
    """DOC-02."""
    held = send_twice(office)

    (item,) = office.inbox("wfa")
    shown = office.document(held)
    assert (shown["held"], shown["status"]) == (True, "Received")
    assert "duplicate_document" in [each["code"] for each in shown["findings"]]
    assert (item["document"]["id"], item["element"]) == (held, "ConfirmNotDuplicate")
    with pytest.raises(DocumentHeld):
        office.start(held)


def test_approving_the_task_lets_the_document_go_on(office):
    """DOC-02."""
    held = send_twice(office)

    approve_task(office.system, office.caller("wfa"), office.task("wfa"))

    shown = office.document(held)
    assert (shown["held"], shown["findings"]) == (False, [each for each in shown["findings"] if each["code"] != "duplicate_document"])
    assert [each["actor"] for each in office.timeline(held) if each["kind"] == "duplicate_denied"] == ["wfa"]
    assert office.start(held)["status"] == "active"


def test_rejecting_the_task_keeps_the_document_held(office):
    """DOC-02: never a silent second payment."""
    held = send_twice(office)

    reject_task(office.system, office.caller("wfa"), office.task("wfa"))

    assert office.document(held)["held"]
    with pytest.raises(DocumentHeld):
        office.start(held)


def test_confirming_on_the_document_ends_the_task_once(office):
    """DOC-02."""
    held = send_twice(office)

    answer = confirm_not_duplicate(office.system, office.caller("wfa"), held, reason="Another delivery")

    assert answer.body["held"] is False
    assert office.inbox("wfa") == []
    assert "Another delivery" in [each["text"] for each in office.timeline(held)]
    with pytest.raises(StatusNotAllowed):
        confirm_not_duplicate(office.system, office.caller("wfa"), held)


def test_without_the_process_the_document_is_held_all_the_same(office):
    """DOC-02."""
    deactivate_version(office.system, office.caller("adm"), "duplicate_check", 1)

    held = send_twice(office)

    assert office.document(held)["held"]
    assert office.inbox("wfa") == []
    assert confirm_not_duplicate(office.system, office.caller("wfa"), held).body["held"] is False
