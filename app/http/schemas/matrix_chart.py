"""Requests and answers about cost centers and the organisation chart."""

from marshmallow import Schema, fields, validate

from app.http.fields import Choice, Count, Id
from app.http.schemas.common import Page, Request, id_text, next_cursor
from app.http.schemas.matrix import CENTER_STATUSES, Edit, KeyFilter, key_text, name_text

COMPANIES_MAX = 1000
CENTERS_MAX = 200
DEPTH_MAX = 50


class CreateCostCenter(Request):
    """A new cost center, not linked yet."""

    key = key_text(required=True)
    name = name_text(required=True)
    company = key_text(load_default=None, allow_none=True, metadata={"description": "null is the chart for all companies."})
    status = Choice(*CENTER_STATUSES, load_default="active")


class ChangeCostCenter(Request):
    """Another name or status; its place in the chart changes by link and unlink."""

    name = name_text()
    status = Choice(*CENTER_STATUSES)


class LinkCostCenter(Request):
    """The place that a cost center gets."""

    parent = key_text(required=True, allow_none=True, metadata={"description": "Key of the parent; null makes it a root."})


class UnlinkAll(Request):
    """Whether the caller has seen how many it unlinks."""

    confirm = fields.Boolean(truthy={True}, falsy={False}, load_default=False)


class CostCenterBody(Schema):
    """A cost center."""

    id = id_text("The cost center's id.")
    company = fields.String(required=True, allow_none=True)
    key = fields.String(required=True)
    name = fields.String(required=True)
    parent = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=[validate.OneOf(CENTER_STATUSES)])
    is_root = fields.Boolean(required=True)
    linked = fields.Boolean(required=True)
    revision = fields.Integer(required=True)


class CostCenter(CostCenterBody, Edit):
    """A cost center, and where it stands."""


class UnlinkedAll(CostCenter):
    """A cost center, and all that was unlinked with it."""

    unlinked = fields.List(fields.String(), required=True)
    unlinked_count = fields.Integer(required=True)


class CostCenterRow(CostCenterBody):
    """A cost center in force."""

    pending = fields.String(required=True, allow_none=True)


class CostCenters(Schema):
    """A page of cost centers."""

    items = fields.List(fields.Nested(CostCenterRow), required=True)
    next_cursor = next_cursor()


class CostCenterFilter(KeyFilter):
    """Which cost centers are wanted."""

    company = key_text(load_default=None)
    status = Choice(*CENTER_STATUSES, load_default=None)
    parent = key_text(load_default=None)


class ChartFilter(Request):
    """Which part of the organisation chart is wanted."""

    company = key_text(load_default=None, metadata={"description": "Whose chart; the one for all companies when left out."})
    cost_center = key_text(load_default=None, metadata={"description": "Zoom to this cost center."})
    show_from = Choice("cost_center", "parent", "root", load_default="cost_center")
    depth = Count(least=0, most=DEPTH_MAX, load_default=3)
    draft = Id(load_default=None)


class ChartNode(CostCenterBody):
    """A cost center in the chart."""

    level = fields.Integer(required=True)
    has_children = fields.Boolean(required=True)
    children = fields.Integer(required=True)
    mandates = fields.Integer(required=True, metadata={"description": "How many mandate rows in force name it."})


class Chart(Schema):
    """A part of the chart in the order in which a tree is drawn."""

    company = fields.String(required=True, allow_none=True)
    draft = fields.String(required=True, allow_none=True)
    path = fields.List(fields.String(), required=True, metadata={"description": "From where it begins up to the root."})
    items = fields.List(fields.Nested(ChartNode), required=True)
    truncated = fields.Boolean(required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class UnlinkedFilter(Page):
    """Which unlinked cost centers are wanted."""

    company = fields.List(key_text(), load_default=list, validate=[validate.Length(max=COMPANIES_MAX)])
    draft = Id(load_default=None)


class Unlinked(Schema):
    """A page of the cost centers that wait to be linked."""

    items = fields.List(fields.Nested(ChartNode), required=True)
    next_cursor = next_cursor()
    count = fields.Integer(required=True)
    companies = fields.List(fields.String(), required=True)
    warning = fields.String(required=True, allow_none=True)


class IntersectionFilter(Request):
    """The cost centers whose meeting point is wanted."""

    cost_center = fields.List(key_text(), required=True, validate=[validate.Length(min=1, max=CENTERS_MAX)])
    company = key_text(load_default=None)
    draft = Id(load_default=None)


class ChartPath(Schema):
    """The way from a cost center up to its root."""

    cost_center = fields.String(required=True)
    path = fields.List(fields.String(), required=True)


class Intersection(Schema):
    """The lowest cost center at or above all of them, null when they do not meet."""

    cost_center = fields.String(required=True, allow_none=True)
    paths = fields.List(fields.Nested(ChartPath), required=True)
