"""Requests and answers about checking the approval matrix and simulating with it."""

from marshmallow import Schema, fields, validate

from app.http.fields import Choice, Day, Id, Text
from app.http.schemas.common import Request, code_text
from app.http.schemas.instances import SteeredInstance

SEVERITIES = ["error", "warning", "info"]
EFFECTS = ["unchanged", "people_changed", "steps_changed", "fails_now", "resolves_now", "fails_still"]
DOCUMENT_KINDS = ("invoice", "credit_note", "order", "expense_claim", "other")
_MATRIX = "A matrix in the form of `countersign matrix resolve`: approval_type, approval_rules, mandates, users, chart, exchange_rates, base_currencies."


class _AboutMatrix(Request):
    """Which matrix: the one in force, a draft's, or one that is sent along."""

    approval_type = code_text(allow_none=True)
    draft_id = Id(allow_none=True, metadata={"description": "A draft; without one, the matrix in force."})
    matrix = fields.Dict(keys=fields.String(), allow_none=True, metadata={"description": _MATRIX})
    on = Day(allow_none=True, metadata={"description": "The day to ask for; today when not given."})


class CheckMatrix(_AboutMatrix):
    """Which matrix to check, for which day."""


class SimulateMatrix(_AboutMatrix):
    """Which matrix to ask, for which day, about which document or transaction."""

    document_id = Id(allow_none=True)
    transaction = fields.Dict(keys=fields.String(), allow_none=True)


class WhatIfMatrix(_AboutMatrix):
    """Which other matrix to compare with the one in force, on what."""

    transactions = fields.List(
        fields.Dict(keys=fields.String()),
        allow_none=True,
        metadata={"description": "What to compare the matrices on; stored documents when not given."},
    )
    kind = Choice(*DOCUMENT_KINDS, allow_none=True)
    company = code_text(allow_none=True)
    received_from = Day(allow_none=True, metadata={"description": "First day of receipt of the stored documents."})
    received_to = Day(allow_none=True, metadata={"description": "Last day, included."})


class FindingExample(Schema):
    """A transaction that shows a finding: what resolve answers to it on that day (`resolved`, or the code of its refusal)."""

    transaction = fields.Raw(required=True)
    on = fields.Date(required=True)
    answer = fields.String(required=True)


class MatrixFinding(Schema):
    """One fault, risk or oddity of a matrix."""

    code = fields.String(required=True)
    severity = fields.String(required=True, validate=[validate.OneOf(SEVERITIES)])
    sentence = fields.String(required=True)
    remedy = fields.String(required=True)
    subject = fields.Raw(required=True)
    example = fields.Nested(FindingExample, required=True, allow_none=True)


class SeverityCounts(Schema):
    """How many findings of each severity there are."""

    error = fields.Integer(required=True)
    warning = fields.Integer(required=True)
    info = fields.Integer(required=True)


class MatrixFindings(Schema):
    """What the checks found, the gravest first; an empty list is a clean bill."""

    findings = fields.List(fields.Nested(MatrixFinding), required=True)
    counts = fields.Nested(SeverityCounts, required=True)
    on = fields.Date(required=True)
    matrix = fields.String(required=True)
    approval_type = fields.String(required=True, allow_none=True)


class SimulatedRoute(Schema):
    """Who would approve, with every candidate considered; or why nobody can."""

    steps = fields.List(fields.Raw(), required=True, allow_none=True)
    error = fields.Raw(required=True, allow_none=True)
    on = fields.Date(required=True)
    matrix = fields.String(required=True)
    approval_type = fields.String(required=True, allow_none=True)


class PersonShift(Schema):
    """In how many transactions somebody may sign, before and after."""

    user = fields.String(required=True)
    name = fields.String(required=True)
    before = fields.Integer(required=True)
    after = fields.Integer(required=True)


class WhatIfExample(Schema):
    """One document or transaction with the answers of both matrices."""

    name = fields.String(required=True, metadata={"description": "The document's id, or the place of the transaction from 0."})
    effect = fields.String(required=True, validate=[validate.OneOf(EFFECTS)])
    before = fields.Raw(required=True)
    after = fields.Raw(required=True)


class WhatIfResult(Schema):
    """What the other matrix would change."""

    on = fields.Date(required=True)
    current = fields.String(required=True)
    proposed = fields.String(required=True)
    transactions = fields.Integer(required=True)
    counts = fields.Dict(required=True, metadata={"description": f"Transactions by effect: {', '.join(EFFECTS)}."})
    loaded = fields.List(fields.Nested(PersonShift), required=True)
    relieved = fields.List(fields.Nested(PersonShift), required=True)
    examples = fields.List(fields.Nested(WhatIfExample), required=True)


class ResetRolePlayers(Request):
    """Why the role players are determined again; with `dry_run` nothing changes."""

    reason = Text(length_min=1, allow_none=True)
    dry_run = fields.Boolean(load_default=False)


class RouteDifference(Schema):
    """What determining the role players again changes."""

    changed = fields.Boolean(required=True)
    before = fields.Raw(required=True, allow_none=True)
    after = fields.Raw(required=True, allow_none=True)
    kept = fields.List(fields.Raw(), required=True, metadata={"description": "Signatures that hold."})
    dropped = fields.List(fields.Raw(), required=True, metadata={"description": "Signatures that have to be given again, and why."})
    error = fields.Raw(required=True, allow_none=True, metadata={"description": "Why nobody was found."})


class ResetInstance(SteeredInstance):
    """An instance whose role players were determined again."""

    route_change = fields.Nested(RouteDifference, required=True)
    dry_run = fields.Boolean(required=True)
