"""Requests and answers about documents."""

from marshmallow import Schema, fields, validate

from app.http.fields import Choice, Currency, Day, LineAmount, MoneyValue, NameOrNested, Object, Quantity, Text
from app.http.schemas.common import DefinitionVersion, Page, Person, Request, code_text, id_text, next_cursor

LINES_MAX = 10_000
LINES_TEXT = f"Expected 1 to {LINES_MAX} lines."


class JsonLine(Request):
    """One line of a document that is sent as JSON."""

    id = code_text(allow_none=True, metadata={"description": "The line's number when left out."})
    amount = LineAmount(required=True)
    cost_center = code_text(allow_none=True)
    organisation = code_text(allow_none=True)
    parameter_3 = code_text(allow_none=True)
    parameter_4 = code_text(allow_none=True)
    description = Text(length_max=1000, allow_none=True)
    type = code_text(allow_none=True, metadata={"description": "Expense claim type."})
    quantity = Quantity(allow_none=True, metadata={"description": "Shown, never computed with: `12 pcs`."})


class Seller(Request):
    """Who sells, with what identifies him."""

    name = Text(length_min=1, length_max=300, allow_none=True)
    legal_id = code_text(allow_none=True)
    endpoint = code_text(allow_none=True)
    tax_id = code_text(allow_none=True)


class JsonDocument(Request):
    """An order, an expense claim or another document. Invoices and credit notes are sent as UBL 2.1."""

    kind = Choice("order", "expense_claim", "other", required=True)
    number = Text(required=True, length_min=1, length_max=200)
    issued_on = Day(required=True)
    due_on = Day(allow_none=True)
    currency = Currency(required=True)
    company = code_text(required=True, metadata={"description": "The key of the company that it is for."})
    seller = NameOrNested(Seller, allow_none=True, metadata={"description": "A name, or who it is."})
    order_number = Text(length_min=1, length_max=200, allow_none=True)
    lines = fields.List(fields.Nested(JsonLine), required=True, validate=[validate.Length(min=1, max=LINES_MAX, error=LINES_TEXT)])
    facts = Object(allow_none=True, metadata={"description": "Whatever rules and people want to know."})


class LineCoding(Request):
    """The coding of one line; several with the same `id` split it, and then `amount` is required."""

    id = Text(required=True, length_min=1, length_max=200)
    amount = LineAmount()
    cost_center = code_text(allow_none=True)
    organisation = code_text(allow_none=True)
    parameter_3 = code_text(allow_none=True)
    parameter_4 = code_text(allow_none=True)


class CodeLines(Request):
    """The new coding of some lines; the others stay as they are."""

    lines = fields.List(fields.Nested(LineCoding), required=True, validate=[validate.Length(min=1, max=LINES_MAX, error=LINES_TEXT)])


class SetDocumentStatus(Request):
    """A status from outside, such as `Paid`."""

    status = Text(required=True, length_min=1, length_max=64)
    reason = Text(allow_none=True)


class DocumentFilter(Page):
    """Which documents are wanted."""

    status = Text(length_min=1, length_max=64)


class Line(Schema):
    """One coded line; its amount includes its share of the document's charges and allowances."""

    id = fields.String(required=True)
    amount = MoneyValue(required=True)
    company = fields.String(required=True, allow_none=True)
    cost_center = fields.String(required=True, allow_none=True)
    organisation = fields.String(required=True, allow_none=True)
    parameter_3 = fields.String(required=True, allow_none=True)
    parameter_4 = fields.String(required=True, allow_none=True)
    description = fields.String(allow_none=True)
    quantity = fields.String(allow_none=True)
    type = fields.String(allow_none=True)


class Finding(Schema):
    """What a check of the document found."""

    code = fields.String(required=True)
    severity = fields.String(required=True, validate=[validate.OneOf(["error", "warning", "info"])])
    area = fields.String(required=True)
    text = fields.String(required=True)
    facts = fields.Dict(required=True, metadata={"description": "The values that were compared."})


class Party(Schema):
    """A seller or a buyer as the document names it, with the key it has here."""

    name = fields.String(required=True, allow_none=True)
    legal_id = fields.String(required=True, allow_none=True)
    tax_id = fields.String(required=True, allow_none=True)
    organisation = fields.String(allow_none=True, metadata={"description": "Key of a seller's organisation, if it is known here."})
    company = fields.String(allow_none=True, metadata={"description": "Key of a buyer's company, if it is known here."})


class DocumentHead(Schema):
    """What every view shows of a document."""

    id = id_text("The document's id.")
    kind = fields.String(required=True, validate=[validate.OneOf(["invoice", "credit_note", "order", "expense_claim", "other"])])
    number = fields.String(required=True)
    status = fields.String(required=True)
    currency = fields.String(required=True)
    total = MoneyValue(required=True, metadata={"description": "What is approved: the tax-exclusive total."})
    company = fields.String(required=True, allow_none=True)
    held = fields.Boolean(required=True, metadata={"description": "Held as a possible duplicate until somebody confirms it is none."})
    issued_on = fields.Date(required=True, allow_none=True)
    received_at = fields.DateTime(required=True)
    revision = fields.Integer(required=True)


class InstanceOfDocument(Schema):
    """A process instance that runs or ran for the document."""

    id = id_text("The process instance's id.")
    status = fields.String(required=True)
    outcome = fields.String(required=True, allow_none=True)
    definition = fields.Nested(DefinitionVersion, required=True)


class DocumentRow(DocumentHead):
    """What lists show of a document."""

    seller = fields.String(required=True, allow_none=True)


class Document(DocumentHead):
    """A document as it was received, with its coding and findings."""

    seller = fields.Nested(Party, required=True)
    buyer = fields.Nested(Party, required=True)
    payable = MoneyValue(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True)
    order_number = fields.String(required=True, allow_none=True)
    lines = fields.List(fields.Nested(Line), required=True)
    facts = fields.Dict(required=True)
    hash = fields.String(required=True, metadata={"description": "SHA-256 of the bytes that were sent."})
    duplicate_of = fields.String(required=True, allow_none=True, metadata={"format": "uuid"})
    findings = fields.List(fields.Nested(Finding), required=True)
    process_instances = fields.List(fields.Nested(InstanceOfDocument))
    can = fields.List(fields.String(), metadata={"description": "What the caller could do with it now."})


class Documents(Schema):
    """A page of documents."""

    items = fields.List(fields.Nested(DocumentRow), required=True)
    next_cursor = next_cursor()


class TimelineItem(Schema):
    """One thing that happened to the document."""

    at = fields.DateTime(required=True)
    kind = fields.String(required=True)
    actor = fields.String(required=True, allow_none=True)
    on_behalf_of = fields.String(required=True, allow_none=True)
    element = fields.String(required=True, allow_none=True)
    text = fields.String(required=True)
    facts = fields.Dict(required=True)


class StatusChange(Schema):
    """One status that the document had, or a signature that led to it."""

    at = fields.DateTime(required=True)
    status = fields.String(required=True)
    step = fields.String(required=True, allow_none=True, metadata={"description": "The approval step that was signed."})
    actor = fields.Nested(Person, required=True, allow_none=True, metadata={"description": "Null where nobody acted."})
    on_behalf_of = fields.Nested(Person, required=True, allow_none=True)
    text = fields.String(required=True)


class StatusHistory(Schema):
    """What the document was, oldest first."""

    items = fields.List(fields.Nested(StatusChange), required=True)
    next_cursor = next_cursor()


class Timeline(Schema):
    """Everything that happened to the document, oldest first."""

    items = fields.List(fields.Nested(TimelineItem), required=True)
    next_cursor = next_cursor()


class Attachment(Schema):
    """A file that belongs to a document."""

    id = id_text("The attachment's id.")
    name = fields.String(required=True)
    media_type = fields.String(required=True, metadata={"description": "By its content, whatever its sender called it."})
    size = fields.Integer(required=True, metadata={"description": "Bytes."})
    hash = fields.String(required=True, metadata={"description": "SHA-256 of its bytes."})
    is_embedded = fields.Boolean(required=True, metadata={"description": "Whether it stands inside the document itself."})
    added_by = fields.Nested(Person, required=True, allow_none=True)
    added_at = fields.DateTime(required=True)


class Attachments(Schema):
    """The attachments of a document."""

    items = fields.List(fields.Nested(Attachment), required=True)
    next_cursor = next_cursor()
