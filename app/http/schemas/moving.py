"""Requests and answers about moving and migrating process instances."""

from marshmallow import Schema, fields, validate

from app.http.fields import Choice, Count, Id, Object, Text
from app.http.schemas.common import Page, Request, id_text, next_cursor
from app.http.schemas.instances import ActiveElement, StartedInstance

ELEMENTS_MAX = 100
IDS_MAX = 1_000
RUNNING = ["active", "suspended", "incident"]


def element_ids() -> fields.List[str]:
    """Return the field of a list of elements, or of element instances."""
    return fields.List(Text(length_min=1, length_max=200), load_default=list, validate=[validate.Length(max=ELEMENTS_MAX)])


class Move(Request):
    """Which elements end and which begin, and why."""

    cancel = element_ids()
    activate = element_ids()
    reason = Text(required=True, length_min=1)
    variables = Object(allow_none=True)
    dry_run = fields.Boolean(load_default=False)


class MovedTask(Schema):
    """An open task before or after a move."""

    element = fields.String(required=True)
    name = fields.String(required=True)
    step = fields.String(required=True, allow_none=True)
    assignees = fields.List(fields.String(), required=True, metadata={"description": "User names."})


class Moment(Schema):
    """Where an instance stands before or after a move."""

    status = fields.String(required=True)
    revision = fields.Integer(required=True)
    active = fields.List(fields.Nested(ActiveElement), required=True)
    tasks = fields.List(fields.Nested(MovedTask), required=True)


class Superseded(Schema):
    """An approval that was taken back, since its step is asked again."""

    step = fields.String(required=True)
    username = fields.String(required=True)


class MovedInstance(StartedInstance):
    """An instance after a move, with what it was before; after a dry run, what it would be."""

    before = fields.Nested(Moment, required=True)
    after = fields.Nested(Moment, required=True)
    superseded = fields.List(fields.Nested(Superseded), required=True)
    dry_run = fields.Boolean(required=True)


class RestartedInstance(StartedInstance):
    """The new instance, and the one that it was started anew from."""

    restart_of = id_text("The instance before.")


class MigrationFilter(Request):
    """Which running instances are meant; all of the version when nothing is said."""

    status = Choice(*RUNNING, allow_none=True)
    business_key = Text(length_min=1, length_max=200, allow_none=True)
    document_id = Id(allow_none=True)
    ids = fields.List(Id(), allow_none=True, validate=[validate.Length(max=IDS_MAX)])


class Migrate(Request):
    """From which version to which, and what is called otherwise there."""

    from_version = Count(least=1, most=2**31 - 1, required=True)
    to_version = Count(least=1, most=2**31 - 1, required=True)
    mapping = Object(load_default=dict, metadata={"description": "Element by element; null drops a boundary event that waits."})
    filter = fields.Nested(MigrationFilter, load_default=dict)
    reason = Text(required=True, length_min=1)
    dry_run = fields.Boolean(load_default=False)


class MigrationPage(Page):
    """Which part of the results is wanted."""


class MigrationRefusal(Schema):
    """Why an instance cannot be migrated."""

    code = fields.String(required=True)
    element = fields.String(allow_none=True)
    element_instance = fields.String(allow_none=True)
    message = fields.String(required=True)
    remedy = fields.String()


class MigrationItem(Schema):
    """What became of one instance."""

    process_instance_id = id_text("The process instance's id.")
    status = fields.String(required=True, validate=[validate.OneOf(["migrated", "refused", "gone"])])
    refusals = fields.List(fields.Nested(MigrationRefusal), required=True)
    before = fields.List(fields.Nested(ActiveElement), required=True)
    after = fields.List(fields.Nested(ActiveElement), required=True)


class Migration(Schema):
    """A migration: how far it is, and what became of each instance."""

    id = id_text("The migration's id.")
    key = fields.String(required=True)
    from_version = fields.Integer(required=True)
    to_version = fields.Integer(required=True)
    mapping = fields.Dict(required=True)
    reason = fields.String(required=True)
    dry_run = fields.Boolean(required=True)
    status = fields.String(required=True, validate=[validate.OneOf(["running", "done"])])
    created_at = fields.DateTime(required=True)
    finished_at = fields.DateTime(required=True, allow_none=True)
    counts = fields.Dict(required=True, metadata={"description": "Number of instances by what became of them."})
    items = fields.List(fields.Nested(MigrationItem), required=True)
    next_cursor = next_cursor()
