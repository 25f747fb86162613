"""Attachments: who adds and reads them, once each, and those that stand inside the document."""

import base64

import pytest

from app.domain.errors import InvalidRequest, NotFound, TooLarge, UnsupportedMedia
from app.operations.answer import RequestKey
from app.operations.documents.list_attachments import list_attachments
from app.operations.documents.read_attachment import read_attachment
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.attach_file import attach_file
from app.operations.tasks.read_task import read_task
from app.persistence import documents
from tests.formats.test_attachments import PDF, PNG

REFERENCE = (
    "<cac:AdditionalDocumentReference><cbc:ID>Delivery note</cbc:ID><cac:Attachment><cbc:EmbeddedDocumentBinaryObject "
    f'mimeCode="application/pdf" filename="delivery.pdf">{base64.b64encode(PDF).decode()}</cbc:EmbeddedDocumentBinaryObject>'
    "</cac:Attachment></cac:AdditionalDocumentReference>"
)


def attach(office, task, content=PNG, *, as_user="marc", name="photo.png", request=None):
    """Attach a file and return the answer."""
    return attach_file(office.system, office.caller(as_user), task, content=content, name=name, request=request)


def names(office, document, as_user="marc"):
    """Return the names of a document's attachments."""
    return [each["name"] for each in list_attachments(office.system, office.caller(as_user), document).body["items"]]


def with_embedded(office):
    """Send an invoice with a PDF inside it, start it, and return its id."""
    document = office.send("invoice_sales_12000", **{"<cac:AccountingSupplierParty>": REFERENCE + "<cac:AccountingSupplierParty>"})
    office.start(document)
    return document


def test_the_task_shows_its_document_its_rendering_and_its_attachments(office):
    """TSK-07."""
    document = with_embedded(office)
    task = office.task("marc")

    attach(office, task)

    page = read_task(office.system, office.caller("marc"), task).body
    assert page["document"]["id"] == document
    assert page["document"]["due_on"] == "2026-11-25"
    assert len(page["lines"]) == len(page["document"]["lines"]) > 0
    assert [(each["name"], each["is_embedded"]) for each in page["attachments"]] == [("delivery.pdf", True), ("photo.png", False)]
    assert page["attachments"][1]["added_by"]["username"] == "marc"


def test_attachments_are_read_back_byte_by_byte_by_everybody_on_the_document(office):
    """TSK-07."""
    document = with_embedded(office)
    attach(office, office.task("marc"))
    inside, added = list_attachments(office.system, office.caller("erp"), document).body["items"]

    assert read_attachment(office.system, office.caller("erp"), document, inside["id"]) == (PDF, "application/pdf", "delivery.pdf")
    assert read_attachment(office.system, office.caller("marc"), document, added["id"]) == (PNG, "image/png", "photo.png")


def test_a_document_that_was_received_before_shows_what_stands_inside_it_too(office):
    """TSK-07: nothing was noted of it then."""
    document = with_embedded(office)
    with office.system.database.write() as work:
        row = documents.find_document(work, 1, document)
        facts = {name: value for name, value in row.facts.items() if name != "attachments"}
        documents.update_document(work, document, facts=facts)
        work.commit()

    assert names(office, document) == ["delivery.pdf"]


def test_the_same_bytes_are_one_attachment_whatever_they_are_called(office):
    document = with_embedded(office)
    task = office.task("marc")

    first, again, inside = attach(office, task), attach(office, task, name="other.png"), attach(office, task, PDF, name="mine.pdf")

    assert (first.status, again.status, inside.status) == (201, 200, 200)
    assert first.body["id"] == again.body["id"]
    assert inside.body["is_embedded"]
    assert names(office, document) == ["delivery.pdf", "photo.png"]
    assert [each["kind"] for each in office.timeline(document)].count("attachment_added") == 1


def test_the_same_request_is_answered_once(office):
    office.begin("invoice_sales_12000")
    key = RequestKey(key="1", route="attach", digest="d")

    assert attach(office, office.task("marc"), request=key) == attach(office, office.task("marc"), request=key)


def test_a_decided_task_still_takes_attachments_and_its_document_is_as_it_was(office):
    document = office.send("invoice_sales_12000")
    office.start(document)
    task = office.task("marc")
    before = office.document(document)["hash"]
    approve_task(office.system, office.caller("marc"), task)

    attach(office, task)

    assert names(office, document) == ["photo.png"]
    assert office.document(document)["hash"] == before


@pytest.mark.parametrize("name", ["jeremy", "kim", "pia"])
def test_who_is_not_on_the_document_neither_adds_nor_reads(office, name):
    document = with_embedded(office)
    task = office.task("marc")
    added = attach(office, task).body["id"]

    with pytest.raises(NotFound):
        attach(office, task, as_user=name)
    with pytest.raises(NotFound):
        names(office, document, as_user=name)
    with pytest.raises(NotFound):
        read_attachment(office.system, office.caller(name), document, added)


def test_an_attachment_is_read_at_its_own_document_alone(office):
    with_embedded(office)
    added = attach(office, office.task("marc")).body["id"]
    other = office.send("invoice_energy_480")

    with pytest.raises(NotFound):
        read_attachment(office.system, office.caller("erp"), other, added)
    with pytest.raises(NotFound):
        read_attachment(office.system, office.caller("erp"), other, "no id at all")


@pytest.mark.parametrize(
    ("content", "error"), [(b"", InvalidRequest), (b"MZ\x00", UnsupportedMedia), (PDF + b"x" * (10 * 2**20), TooLarge)]
)
def test_unfit_files_are_refused(office, content, error):
    office.begin("invoice_sales_12000")

    with pytest.raises(error):
        attach(office, office.task("marc"), content)
