"""Requests and answers about the objects of the approval matrix: types, rules, mandates, cost centers, organisations."""

from typing import Any

from marshmallow import Schema, fields, validate

from app.http.fields import AmountText, Choice, Currency, Day, Id, Text
from app.http.schemas.common import Page, Person, Request, id_text, next_cursor

STEPS = ("secretary", "first_line", "second_line", "first_overall", "second_overall")
STATUSES = ("active", "expired")
CENTER_STATUSES = ("active", "dummy", "blocked")
PARAMETER_TABLES = ("free", "project", "ledger", "cost_unit", "contract", "article_group")
ROWS_MAX = 1000
TRIMMED = r"\S(?:.*\S)?"


def key_text(**options: Any) -> Text:
    """Return the field of a key, which neither begins nor ends with a space."""
    return Text(length_min=1, length_max=64, pattern=TRIMMED, **options)


def name_text(length_max: int = 200, **options: Any) -> Text:
    """Return the field of a name or description."""
    return Text(length_min=1, length_max=length_max, pattern=TRIMMED, **options)


class Seen(Request):
    """As whose draft an object is wanted."""

    draft = Id(load_default=None, metadata={"description": "A draft; the caller's own open one when left out."})


class Edit:
    """What every answer about an object of the matrix tells besides it."""

    draft = fields.String(required=True, allow_none=True, metadata={"description": "The draft that it is shown in, null for in force."})
    version = fields.Integer(required=True, metadata={"description": "The version in force."})
    warnings = fields.List(fields.String(), metadata={"description": "What is allowed and yet hardly meant."})
    pending = fields.String(allow_none=True, metadata={"description": "What the caller's draft does to it: add, change or delete."})


class Settings(Request):
    """The settings of an approval type; what is left out stays as it is, or has its default."""

    currency = Currency()
    check_amount = AmountText(allow_none=True)
    check_amount_additional = AmountText(allow_none=True)
    threshold_1 = AmountText(allow_none=True)
    threshold_2 = AmountText(allow_none=True)
    link_cost_center_required = fields.Boolean(truthy={True}, falsy={False})
    priority = fields.List(fields.Integer(strict=True), metadata={"description": "The order of the parameters 2, 3 and 4."})
    secretary = fields.Boolean(truthy={True}, falsy={False})
    secretary_optional = fields.Boolean(truthy={True}, falsy={False})
    second_line = fields.Boolean(truthy={True}, falsy={False})
    first_overall = fields.Boolean(truthy={True}, falsy={False})
    second_overall = fields.Boolean(truthy={True}, falsy={False})
    chart_scope = Choice("all", "company")
    exclude_submitter = fields.Boolean(truthy={True}, falsy={False})
    aggregate = Choice("line", "coding", "approver")
    approver_limit = Choice("lowest_sufficient", "chain")
    amount_basis = Choice("net", "gross")
    rate_on = Choice("document", "resolution")
    parameter_3_table = Choice(*PARAMETER_TABLES)
    parameter_3_label = name_text(60)
    parameter_4_table = Choice(*PARAMETER_TABLES)
    parameter_4_label = name_text(60)


class CreateApprovalType(Settings):
    """A new approval type."""

    key = key_text(required=True)
    description = name_text(required=True)


class ChangeApprovalType(Settings):
    """Other settings of an approval type."""

    description = name_text()


class ApprovalTypeBody(Schema):
    """An approval type with all its settings; amounts are in its currency."""

    id = id_text("The approval type's id.")
    key = fields.String(required=True)
    description = fields.String(required=True)
    currency = fields.String(required=True)
    check_amount = fields.String(required=True, allow_none=True)
    check_amount_additional = fields.String(required=True, allow_none=True)
    threshold_1 = fields.String(required=True, allow_none=True)
    threshold_2 = fields.String(required=True, allow_none=True)
    link_cost_center_required = fields.Boolean(required=True)
    priority = fields.List(fields.Integer(), required=True)
    secretary = fields.Boolean(required=True)
    secretary_optional = fields.Boolean(required=True)
    second_line = fields.Boolean(required=True)
    first_overall = fields.Boolean(required=True)
    second_overall = fields.Boolean(required=True)
    chart_scope = fields.String(required=True)
    exclude_submitter = fields.Boolean(required=True)
    aggregate = fields.String(required=True)
    approver_limit = fields.String(required=True)
    amount_basis = fields.String(required=True)
    rate_on = fields.String(required=True)
    parameter_3_table = fields.String(required=True)
    parameter_3_label = fields.String(required=True)
    parameter_4_table = fields.String(required=True)
    parameter_4_label = fields.String(required=True)
    revision = fields.Integer(required=True)


class ApprovalType(ApprovalTypeBody, Edit):
    """An approval type, and where it stands."""


class ApprovalTypeRow(ApprovalTypeBody):
    """An approval type in force."""

    pending = fields.String(required=True, allow_none=True)


class ApprovalTypes(Schema):
    """A page of approval types."""

    items = fields.List(fields.Nested(ApprovalTypeRow), required=True)
    next_cursor = next_cursor()


class KeyFilter(Page):
    """Which objects are wanted."""

    key = key_text(load_default=None)


class Limit(Request):
    """A line of an approval rule: money up to which it reaches for a company, or no bound at all."""

    company = key_text(load_default=None, allow_none=True, metadata={"description": "null is any company."})
    currency = Currency(required=True)
    amount = AmountText(load_default=None, allow_none=True)
    unlimited = fields.Boolean(truthy={True}, falsy={False}, load_default=False)


class CreateApprovalRule(Request):
    """A new approval rule."""

    approval_type = key_text(required=True)
    key = key_text(required=True)
    description = name_text(required=True)
    limits = fields.List(fields.Nested(Limit), required=True, validate=[validate.Length(max=ROWS_MAX)])


class ChangeApprovalRule(Request):
    """Another description, or all lines anew."""

    description = name_text()
    limits = fields.List(fields.Nested(Limit), validate=[validate.Length(max=ROWS_MAX)])


class LimitBody(Schema):
    """A line of an approval rule."""

    company = fields.String(required=True, allow_none=True)
    currency = fields.String(required=True)
    amount = fields.String(required=True, allow_none=True)
    unlimited = fields.Boolean(required=True)


class ApprovalRuleBody(Schema):
    """An approval rule with its lines."""

    id = id_text("The approval rule's id.")
    approval_type = fields.String(required=True)
    key = fields.String(required=True)
    description = fields.String(required=True)
    limits = fields.List(fields.Nested(LimitBody), required=True)
    revision = fields.Integer(required=True)


class ApprovalRule(ApprovalRuleBody, Edit):
    """An approval rule, and where it stands."""


class ApprovalRuleRow(ApprovalRuleBody):
    """An approval rule in force."""

    pending = fields.String(required=True, allow_none=True)


class ApprovalRules(Schema):
    """A page of approval rules."""

    items = fields.List(fields.Nested(ApprovalRuleRow), required=True)
    next_cursor = next_cursor()


class RuleFilter(KeyFilter):
    """Which approval rules are wanted."""

    approval_type = key_text(load_default=None)


class Financial(Request):
    """A financial mandate: the steps it is for, and what it is narrowed to; null is any."""

    steps = fields.List(Choice(*STEPS), required=True, validate=[validate.Length(min=1, max=len(STEPS))])
    company = key_text(allow_none=True)
    cost_center = key_text(allow_none=True)
    organisation = key_text(allow_none=True)
    parameter_3 = key_text(allow_none=True)
    parameter_4 = key_text(allow_none=True)


class FinancialChange(Financial):
    """A financial mandate to add (without id), to change (what is named), or to delete."""

    id = Id()
    action = Choice("delete")
    steps = fields.List(Choice(*STEPS), validate=[validate.Length(min=1, max=len(STEPS))])


class CreateMandate(Request):
    """A new mandate: a user and an approval rule, with financial mandates."""

    user = key_text(required=True, metadata={"description": "User name; only full users hold mandates."})
    approval_type = key_text(required=True)
    rule = key_text(required=True)
    responsible = key_text(required=True, metadata={"description": "User name of who answers for it."})
    starts_on = Day(load_default=None, allow_none=True)
    ends_on = Day(load_default=None, allow_none=True, metadata={"description": "The last day on which it counts."})
    financial = fields.List(fields.Nested(Financial), required=True, validate=[validate.Length(min=1, max=ROWS_MAX)])


class ChangeMandate(Request):
    """Other dates, status, responsible person or financial mandates; user and rule stay."""

    responsible = key_text()
    starts_on = Day(allow_none=True)
    ends_on = Day(allow_none=True)
    status = Choice(*STATUSES)
    financial = fields.List(fields.Nested(FinancialChange), validate=[validate.Length(max=ROWS_MAX)])


class FinancialBody(Schema):
    """A financial mandate; null is any."""

    id = id_text("The row's id.")
    steps = fields.List(fields.String(), required=True)
    company = fields.String(required=True, allow_none=True)
    cost_center = fields.String(required=True, allow_none=True)
    organisation = fields.String(required=True, allow_none=True)
    parameter_3 = fields.String(required=True, allow_none=True)
    parameter_4 = fields.String(required=True, allow_none=True)


class MandateBody(Schema):
    """A legal mandate with its financial ones."""

    id = id_text("The mandate's id.")
    user = fields.Nested(Person, required=True)
    approval_type = fields.String(required=True)
    rule = fields.String(required=True)
    responsible = fields.Nested(Person, required=True, allow_none=True)
    starts_on = fields.String(required=True, allow_none=True)
    ends_on = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=[validate.OneOf(STATUSES)])
    copied_from = fields.String(required=True, allow_none=True)
    financial = fields.List(fields.Nested(FinancialBody), required=True)
    revision = fields.Integer(required=True)


class Mandate(MandateBody, Edit):
    """A mandate, and where it stands."""


class MandateItem(MandateBody):
    """A mandate in force."""

    pending = fields.String(required=True, allow_none=True)


class Mandates(Schema):
    """A page of mandates."""

    items = fields.List(fields.Nested(MandateItem), required=True)
    next_cursor = next_cursor()


class MandateFilter(Page):
    """Which mandates are wanted."""

    user = key_text(load_default=None)
    approval_type = key_text(load_default=None)
    rule = key_text(load_default=None)
    cost_center = key_text(load_default=None)
    status = Choice(*STATUSES, load_default=None)


class CreateOrganisation(Request):
    """A new supplier organisation."""

    key = key_text(required=True)
    name = name_text(required=True)
    legal_id = key_text(load_default=None, allow_none=True)


class ChangeOrganisation(Request):
    """Another name or legal id."""

    name = name_text()
    legal_id = key_text(allow_none=True)


class OrganisationBody(Schema):
    """A supplier organisation."""

    id = id_text("The organisation's id.")
    key = fields.String(required=True)
    name = fields.String(required=True)
    legal_id = fields.String(required=True, allow_none=True)
    revision = fields.Integer(required=True)


class Organisation(OrganisationBody, Edit):
    """A supplier organisation, and where it stands."""


class OrganisationRow(OrganisationBody):
    """A supplier organisation in force."""

    pending = fields.String(required=True, allow_none=True)


class Organisations(Schema):
    """A page of supplier organisations."""

    items = fields.List(fields.Nested(OrganisationRow), required=True)
    next_cursor = next_cursor()
