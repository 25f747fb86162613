"""The status history of a document, and the status that a partner sets."""

import pytest

from app.domain.errors import NotFound, NotPermitted, PartnershipEnded, StatusNotAllowed
from app.operations.documents.read_status_history import read_status_history
from app.operations.documents.set_document_status import set_document_status
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.reject_task import reject_task
from app.operations.tasks.return_task import return_task
from tests.operations.partner_people import end_partnership


def history(office, document, who="adm"):
    """Return status, step and actor of each entry."""
    items = read_status_history(office.system, office.caller(who), document).body["items"]
    return [(each["status"], each["step"], each["actor"] and each["actor"]["username"]) for each in items]


@pytest.fixture
def shared(office):
    """Give a document that kim was asked about; marc signs it."""
    document = office.send("invoice_sales_12000")
    office.start(document)
    task = office.task("marc")
    delegate_task(office.system, office.caller("marc"), task, to="kim@ACC")
    return_task(office.system, office.caller("kim"), task)
    return document


def finish(office):
    """Let everybody who is asked sign."""
    for name in ("marc", "claire"):
        for item in office.inbox(name):
            approve_task(office.system, office.caller(name), item["id"])


def test_received_approved_approved_for_payment_and_paid_by_the_partner(office, shared):
    """TSK-12, TSK-13: the last step approved gives exactly `Approved for payment`; the partner may then set `Paid`."""
    document = shared
    finish(office)
    assert office.document(document)["status"] == "Approved for payment"

    set_document_status(office.system, office.caller("kim"), document, status="Paid")

    assert history(office, document) == [
        ("Received", None, "erp"),
        ("Approved", "first_line", "marc"),
        ("Approved", "second_line", "claire"),
        ("Approved for payment", None, None),
        ("Paid", None, "kim@ACC"),
    ]
    items = read_status_history(office.system, office.caller("kim"), document).body["items"]
    assert items[-1]["text"] == "Paid, by Kim (ACC)."
    assert [each["at"] for each in items] == sorted(each["at"] for each in items)
    assert office.document(document)["status"] == "Paid"


def test_nobody_sets_paid_before_it_is_approved(office, shared):
    """TSK-13, PAR-18."""
    for who in ("kim", "erp", "adm"):
        with pytest.raises(StatusNotAllowed, match="cannot become Paid: it is In process"):
            set_document_status(office.system, office.caller(who), shared, status="Paid")


def test_a_rejected_document_is_never_paid(office, shared):
    """PAR-18: kim sets Paid on Rejected: refused."""
    reject_task(office.system, office.caller("marc"), office.task("marc"), reason="Not ordered.")

    with pytest.raises(StatusNotAllowed, match="Rejected"):
        set_document_status(office.system, office.caller("kim"), shared, status="Paid")
    assert [each[0] for each in history(office, shared)][-1] == "Rejected"


def test_a_document_is_paid_once(office, shared):
    finish(office)
    set_document_status(office.system, office.caller("kim"), shared, status="Paid")

    with pytest.raises(StatusNotAllowed):
        set_document_status(office.system, office.caller("kim"), shared, status="Paid")


def test_a_partner_sets_no_status_of_what_was_not_delegated_to_him_or_after_the_end(office, shared):
    """PAR-18, PAR-20."""
    other = office.send("invoice_sales_12000", **{"A-2026-1201": "other"})
    for who, error in (("kim", NotFound), ("marc", NotPermitted), ("pia", NotPermitted)):
        with pytest.raises((error, NotPermitted)):
            set_document_status(office.system, office.caller(who), other, status="Paid")
    finish(office)
    end_partnership(office)

    with pytest.raises(PartnershipEnded):
        set_document_status(office.system, office.caller("kim"), shared, status="Paid")
    with pytest.raises(PartnershipEnded):
        read_status_history(office.system, office.caller("kim"), shared)


def test_the_history_is_for_who_may_see_the_document(office, shared):
    for who in ("pia", "carl"):
        with pytest.raises(NotFound):
            read_status_history(office.system, office.caller(who), shared)
