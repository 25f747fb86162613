"""Receiving: once, with findings, held when it may be a duplicate."""

import pytest

from app.domain.errors import (
    DocumentApproved,
    DocumentHeld,
    InstanceAlreadyRunning,
    NotParseable,
    NotPermitted,
    StatusNotAllowed,
    UnsupportedMedia,
)
from app.operations.documents.confirm_not_duplicate import confirm_not_duplicate
from app.operations.documents.list_documents import list_documents
from app.operations.documents.read_original import read_original
from app.operations.documents.receive_document import receive_document
from app.operations.documents.set_document_status import set_document_status
from app.operations.instances.cancel_instance import cancel_instance
from tests.operations.conftest import SAMPLES
from tests.operations.diagrams import chain, deploy, user_task


def test_the_same_bytes_are_one_document(office):
    content = (SAMPLES / "invoice_sales_12000.xml").read_bytes()
    first = receive_document(office.system, office.caller("erp"), content=content, media_type="application/xml")

    second = receive_document(office.system, office.caller("erp"), content=content, media_type="application/xml")

    assert (first.status, second.status) == (201, 200)
    assert first.body["id"] == second.body["id"]


def test_the_same_bytes_in_another_environment_are_another_document(office):
    """PAR-20."""
    here = office.send("invoice_sales_12000")

    there = office.send("invoice_sales_12000", as_user="kim")

    assert here != there


def test_the_original_is_kept_byte_by_byte(office):
    content = (SAMPLES / "invoice_sales_12000.xml").read_bytes()
    document = office.send("invoice_sales_12000")

    assert read_original(office.system, office.caller("erp"), document) == (content, "application/xml", "A-2026-1201.xml")


def test_a_second_invoice_of_the_same_seller_and_number_is_held_until_somebody_denies_it(office):
    """DOC-02."""
    office.send("invoice_sales_12000")
    second = office.send("invoice_sales_12000", **{"Keizersgracht 1": "Keizersgracht 2"})
    assert [finding["code"] for finding in office.document(second)["findings"]] == ["duplicate_document"]

    with pytest.raises(DocumentHeld):
        office.start(second)
    with pytest.raises(NotPermitted):
        confirm_not_duplicate(office.system, office.caller("erp"), second)
    confirm_not_duplicate(office.system, office.caller("wfa"), second, reason="Corrected address")

    assert office.start(second)["status"] == "active"


def test_one_live_instance_per_document_and_definition(office):
    """DOC-03."""
    document = office.send("invoice_sales_12000")
    first = office.start(document)

    with pytest.raises(InstanceAlreadyRunning) as refusal:
        office.start(document)

    assert refusal.value.facts["instance_id"] == first["id"]


def test_a_lines_organisation_is_the_key_of_the_supplier_here(office):
    document = office.document(office.send("invoice_sales_12000"))

    assert document["seller"]["organisation"] == "Acme"
    assert document["buyer"]["company"] == "NL01"
    assert {line["organisation"] for line in document["lines"]} == {"Acme"}


@pytest.mark.parametrize("name", ["invoice_wrong_tax", "invoice_wrong_totals"])
def test_wrong_arithmetic_is_a_finding_and_rejected_with_its_rule(office, name):
    """AUT-07, AUT-08."""
    document = office.send(name)

    instance = office.start(document)

    assert instance["outcome"] == "Rejected"
    assert office.document(document)["findings"]


def test_what_is_not_a_document_is_refused_and_nothing_is_stored(office):
    for content, media_type, error in [
        (b"hello", "application/xml", NotParseable),
        (b"{", "application/json", NotParseable),
        (b"%PDF", "application/pdf", UnsupportedMedia),
    ]:
        with pytest.raises(error):
            receive_document(office.system, office.caller("erp"), content=content, media_type=media_type)

    assert list_documents(office.system, office.caller("adm")).body["items"] == []


def test_paid_only_follows_approved_for_payment(office):
    """PAR-18, TSK-12."""
    approved, rejected = office.send("invoice_energy_480"), office.send("invoice_without_order_number")
    office.start(approved)
    office.start(rejected)

    answer = set_document_status(office.system, office.caller("erp"), approved, status="Paid")

    assert answer.body["status"] == "Paid"
    with pytest.raises(Exception, match="cannot become Paid"):
        set_document_status(office.system, office.caller("erp"), rejected, status="Paid")


def test_what_is_paid_stays_paid_and_is_not_approved_again(office):
    """DOC-02, PAR-18: never a silent second payment."""
    document = office.send("invoice_energy_480")
    deploy(office, chain("archive", user_task("File", assignees='["marc"]'), end="Filed"))
    beside = office.start(document, definition="archive")
    office.start(document)
    with pytest.raises(DocumentApproved):
        office.start(document)
    set_document_status(office.system, office.caller("erp"), document, status="Paid")

    with pytest.raises(StatusNotAllowed):
        office.start(document)
    cancel_instance(office.system, office.caller("wfa"), beside["id"])

    assert office.document(document)["status"] == "Paid"
