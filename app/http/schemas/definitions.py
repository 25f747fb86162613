"""Requests and answers about process definitions, decisions and the approval matrix."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.http.faults import Fault
from app.http.fields import AmountText, Count, Currency, Day, Id, Object, Text
from app.http.schemas.common import Page, Person, Request, code_text, next_cursor
from app.http.schemas.documents import LINES_MAX


class DefinitionFilter(Page):
    """Which part of the definitions is wanted."""


class Context(Request):
    """The values that a decision reads; numbers are exact."""

    context = Object(required=True)
    decision = Text(length_min=1, length_max=200, allow_none=True)
    version = Count(least=1, most=2**31 - 1, allow_none=True)


class SignedBefore(Request):
    """Who signed already, and which step."""

    user = Text(required=True, length_min=1, length_max=200)
    step = Text(required=True, length_min=1, length_max=64)


class TransactionLine(Request):
    """One coded line of a transaction."""

    amount = AmountText(required=True, metadata={"description": "Tax-exclusive, in the transaction's currency."})
    company = code_text(load_default=None, allow_none=True)
    cost_center = code_text(load_default=None, allow_none=True)
    organisation = code_text(load_default=None, allow_none=True)
    parameter_3 = code_text(load_default=None, allow_none=True)
    parameter_4 = code_text(load_default=None, allow_none=True)


class Transaction(Request):
    """What would be approved."""

    currency = Currency(required=True)
    submitter = Text(length_min=1, length_max=200, load_default=None, allow_none=True)
    coders = fields.List(Text(length_min=1, length_max=200), load_default=list)
    signed = fields.List(fields.Nested(SignedBefore), load_default=list)
    lines = fields.List(fields.Nested(TransactionLine), required=True, validate=[validate.Length(min=1, max=LINES_MAX)])


class ResolveMatrix(Request):
    """A document or a transaction whose role players are wanted."""

    document_id = Id(allow_none=True)
    transaction = fields.Nested(Transaction, allow_none=True)
    on = Day(allow_none=True, metadata={"description": "Today when left out."})

    @validates_schema
    def check_one_subject(self, loaded: dict[str, Any], **_context: Any) -> None:
        """Refuse both or neither."""
        if (loaded.get("document_id") is None) == (loaded.get("transaction") is None):
            raise ValidationError(Fault("Expected either document_id or transaction."))


class ResolvedSlot(Schema):
    """One place to fill in a step, and who would fill it."""

    lines = fields.List(fields.Integer(), required=True, metadata={"description": "Positions of the lines, from 0."})
    role_player = fields.String(required=True, metadata={"description": "User name."})
    pool = fields.List(fields.String(), required=True, metadata={"description": "Equal role players; one suffices."})
    limit = fields.String(required=True, allow_none=True, metadata={"description": "In `currency`; null is unlimited."})
    currency = fields.String(required=True)
    why = fields.String(required=True)
    why_short = fields.String(required=True)
    considered = fields.List(fields.Dict(), required=True, metadata={"description": "Everybody who was considered, and why not chosen."})
    names = fields.Dict(required=True, metadata={"description": "Full names by user name."})


class ResolvedStep(Schema):
    """One approval step of the resolved route."""

    step = fields.String(required=True)
    slots = fields.List(fields.Nested(ResolvedSlot), required=True)


class ResolvedRoute(Schema):
    """Who would have to approve, step by step, with the reason for every choice."""

    steps = fields.List(fields.Nested(ResolvedStep), required=True)
    on = fields.Date(required=True)
    matrix_version = fields.Integer(required=True)


class DiagnosticItem(Schema):
    """One finding about a file."""

    kind = fields.String(required=True, data_key="class")
    severity = fields.String(required=True, validate=[validate.OneOf(["error", "warning", "info"])])
    file = fields.String(required=True)
    line = fields.Integer(required=True, allow_none=True)
    element = fields.String(required=True, allow_none=True)
    code = fields.String(required=True)
    message = fields.String(required=True)
    remedy = fields.String(required=True)


class DeployedVersion(Schema):
    """One definition of a deployment."""

    kind = fields.String(required=True, validate=[validate.OneOf(["process", "decision"])])
    key = fields.String(required=True)
    version = fields.Integer(required=True)
    hash = fields.String(required=True)


class Deployed(DeployedVersion):
    """What a deployment made: the process definition, and beside it every definition of the files."""

    deployed = fields.List(fields.Nested(DeployedVersion), required=True)
    diagnostics = fields.List(fields.Nested(DiagnosticItem), required=True)


class Diagnostics(Schema):
    """What a check found; an empty list is a clean bill."""

    diagnostics = fields.List(fields.Nested(DiagnosticItem), required=True)
    deployable = fields.Boolean(required=True)


class Definition(Schema):
    """The newest version of a process definition."""

    key = fields.String(required=True)
    version = fields.Integer(required=True)
    version_tag = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    file_name = fields.String(required=True)
    hash = fields.String(required=True)
    deployed_at = fields.DateTime(required=True)


class Definitions(Schema):
    """A page of process definitions."""

    items = fields.List(fields.Nested(Definition), required=True)
    next_cursor = next_cursor()


class DecisionAnswer(Schema):
    """What the decision gives, and which rules matched."""

    outputs = fields.Raw(required=True, allow_none=True)
    inputs = fields.Raw(required=True)
    matched_rules = fields.List(fields.Raw(), required=True)
    warnings = fields.List(fields.String(), required=True)
    version = fields.Integer(required=True)


class Version(Schema):
    """One version of a process definition."""

    key = fields.String(required=True)
    version = fields.Integer(required=True)
    version_tag = fields.String(required=True, allow_none=True)
    hash = fields.String(required=True)
    name = fields.String(required=True)
    file_name = fields.String(required=True)
    active = fields.Boolean(required=True, metadata={"description": "Whether instances may be started with it."})
    deactivated_at = fields.DateTime(required=True, allow_none=True)
    deployed_at = fields.DateTime(required=True)
    deployed_by = fields.Nested(Person, required=True, allow_none=True)
    document_kinds = fields.List(fields.String(), required=True, allow_none=True, metadata={"description": "null is any document."})
    instances = fields.Dict(required=True, metadata={"description": "Number of its process instances by status."})


class Versions(Schema):
    """A page of the versions of a definition, newest first."""

    items = fields.List(fields.Nested(Version), required=True)
    next_cursor = next_cursor()


class ElementChange(Schema):
    """One thing about an element that is not as it was."""

    what = fields.String(required=True, metadata={"description": "name, condition, timer, assignment, event, flow, decision, service, ..."})
    name = fields.String(required=True)
    before = fields.String(required=True, allow_none=True)
    after = fields.String(required=True, allow_none=True)


class DiffElement(Schema):
    """An element that was added, removed or changed."""

    element = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    changes = fields.List(fields.Nested(ElementChange))


class Diff(Schema):
    """What an instance would notice of the change from one version to another."""

    key = fields.String(required=True)
    before = fields.Integer(required=True)
    after = fields.Integer(required=True)
    added = fields.List(fields.Nested(DiffElement), required=True)
    removed = fields.List(fields.Nested(DiffElement), required=True)
    changed = fields.List(fields.Nested(DiffElement), required=True)
