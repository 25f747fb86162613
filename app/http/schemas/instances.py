"""Requests and answers about process instances and incidents."""

from marshmallow import INCLUDE, Schema, fields, validate

from app.http.fields import Choice, Count, Id, MoneyValue, Object, Text
from app.http.schemas.common import DefinitionVersion, DocumentReference, Page, Person, Request, id_text, next_cursor

STATUSES = ["active", "suspended", "incident", "completed", "cancelled"]
ELEMENT_STATES = ["active", "completed", "cancelled", "failed"]
INCIDENT_STATUSES = ["open", "resolved"]


class StartInstance(Request):
    """What to start: the newest active version of a definition, or the one that is named, for a document."""

    definition = Text(required=True, length_min=1, length_max=128)
    document_id = Id(load_default=None, allow_none=True)
    business_key = Text(length_min=1, length_max=200, allow_none=True)
    variables = Object(allow_none=True)
    version = Count(least=1, most=2**31 - 1)
    version_tag = Text(length_min=1, length_max=64)


class InstanceFilter(Page):
    """Which process instances are wanted."""

    definition = Text(length_min=1, length_max=128)
    status = Choice(*STATUSES)
    business_key = Text(length_min=1, length_max=200)
    document_id = Id()


class Reason(Request):
    """Why an administrator intervenes; it stands in the timeline for ever."""

    reason = Text(length_min=1, allow_none=True)


class IncidentFilter(Page):
    """Which incidents are wanted."""

    status = Choice(*INCIDENT_STATUSES)


class ActiveElement(Schema):
    """Where the instance waits, or failed."""

    element = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True)
    state = fields.String(required=True, validate=[validate.OneOf(["active", "failed"])])
    since = fields.DateTime(required=True)


class StartedInstance(Schema):
    """One run of a process definition."""

    id = id_text("The process instance's id.")
    status = fields.String(required=True, validate=[validate.OneOf(STATUSES)])
    outcome = fields.String(required=True, allow_none=True, metadata={"description": "Name of the end event of a finished instance."})
    revision = fields.Integer(required=True)
    definition = fields.Nested(DefinitionVersion, required=True)
    business_key = fields.String(required=True, allow_none=True)
    document_id = fields.String(required=True, allow_none=True, metadata={"format": "uuid"})
    started_at = fields.DateTime(required=True)
    ended_at = fields.DateTime(required=True, allow_none=True)
    active = fields.List(fields.Nested(ActiveElement), required=True)


class InstanceMoment(Schema):
    """An instance's status and revision at one moment."""

    status = fields.String(required=True)
    revision = fields.Integer(required=True)


class SteeredInstance(StartedInstance):
    """An instance after an administrator steered it, with what it was before."""

    before = fields.Nested(InstanceMoment, required=True)
    after = fields.Nested(InstanceMoment, required=True)


class RolePlayer(Person):
    """Somebody who fills a slot, or could."""

    phone = fields.String(allow_none=True, metadata={"description": "Where the environment shows it."})


class RouteSlot(Schema):
    """One place to fill in a step, who fills it, and how far it is."""

    lines = fields.List(fields.Integer(), required=True, metadata={"description": "Numbers of the lines, from 1."})
    role_player = fields.Nested(RolePlayer, required=True)
    pool = fields.List(fields.Nested(RolePlayer), required=True, metadata={"description": "Equal role players; one suffices."})
    assignees = fields.List(fields.Nested(Person), required=True, metadata={"description": "With whom it is now, delegates included."})
    limit = MoneyValue(required=True, allow_none=True, metadata={"description": "null is unlimited."})
    why = fields.String(required=True)
    state = fields.String(required=True, validate=[validate.OneOf(["signed", "rejected", "now", "ahead", "skipped"])])
    decided_by = fields.Nested(Person, required=True, allow_none=True)
    decided_at = fields.DateTime(required=True, allow_none=True)
    on_behalf_of = fields.Nested(Person, required=True, allow_none=True)
    mine = fields.Boolean(required=True)
    considered = fields.List(fields.Dict(), required=True, metadata={"description": "Everybody who was considered, and why not chosen."})


class RouteStep(Schema):
    """One approval step of the route."""

    step = fields.String(required=True)
    slots = fields.List(fields.Nested(RouteSlot), required=True)


class Route(Schema):
    """Who must approve, step by step, with the reason for every choice and what was decided."""

    steps = fields.List(fields.Nested(RouteStep), required=True)


class InstanceRow(StartedInstance):
    """What lists show of a process instance."""

    started_by = fields.Nested(Person, required=True, allow_none=True)
    document = fields.Nested(DocumentReference, required=True, allow_none=True)


class Instances(Schema):
    """A page of process instances."""

    items = fields.List(fields.Nested(InstanceRow), required=True)
    next_cursor = next_cursor()


class ElementRun(Schema):
    """How often and when an element ran."""

    element = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True)
    state = fields.String(required=True, validate=[validate.OneOf(ELEMENT_STATES)])
    started_at = fields.DateTime(required=True, allow_none=True)
    ended_at = fields.DateTime(required=True, allow_none=True)
    count = fields.Integer(required=True)


class ElementRuns(Schema):
    """All elements that the instance entered."""

    items = fields.List(fields.Nested(ElementRun), required=True)
    next_cursor = fields.String(allow_none=True)


class Variables(Schema):
    """The variables of a process instance, by name."""

    class Meta:
        """Any name."""

        unknown = INCLUDE


class Incident(Schema):
    """What stopped a process instance, and what became of it."""

    id = id_text("The incident's id.")
    status = fields.String(required=True, validate=[validate.OneOf(INCIDENT_STATUSES)])
    process_instance_id = id_text("The process instance that is stuck.")
    document_id = fields.String(required=True, allow_none=True, metadata={"format": "uuid"})
    element = fields.String(required=True)
    element_name = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "The kind of error, such as `no_role_players_found`."})
    title = fields.String(required=True)
    detail = fields.String(required=True)
    facts = fields.Dict(required=True)
    created_at = fields.DateTime(required=True)
    resolved_at = fields.DateTime(required=True, allow_none=True)
    resolution = fields.String(required=True, allow_none=True)


class Incidents(Schema):
    """A page of incidents."""

    items = fields.List(fields.Nested(Incident), required=True)
    next_cursor = next_cursor()


class IncidentAnswer(Schema):
    """The incident and its process instance after the administrator acted."""

    incident = fields.Nested(Incident, required=True)
    process_instance = fields.Nested(StartedInstance, required=True)


class Instance(InstanceRow):
    """A process instance with its route and its open incidents."""

    route = fields.Nested(Route, required=True, allow_none=True)
    matrix_changed = fields.Boolean(
        required=True, metadata={"description": "Whether the approval matrix in force would route it otherwise; `reset` applies it."}
    )
    incidents = fields.List(fields.Nested(Incident), required=True)
    can = fields.List(fields.String(), required=True, metadata={"description": "What the caller could do with it now."})
