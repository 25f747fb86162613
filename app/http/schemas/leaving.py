"""Requests and answers about users who leave, hand over and come back."""

from marshmallow import Schema, fields

from app.http.fields import Text
from app.http.schemas.common import Person, Request, id_text


def _username(description: str) -> Text:
    return Text(length_min=1, length_max=64, required=True, metadata={"description": description})


class _HandOver(Request):
    """How a user's work is handed over."""

    confirm = fields.Boolean(
        truthy={True},
        falsy={False},
        load_default=False,
        metadata={"description": "Whether the caller has seen in which transactions the successor plays another role."},
    )
    dry_run = fields.Boolean(truthy={True}, falsy={False}, load_default=False, metadata={"description": "Only show what would happen."})


class DeactivateUser(_HandOver):
    """Who takes over from a user who leaves."""

    successor = _username("The user name of an active colleague; a full user where there are mandates.")


class TransferUser(_HandOver):
    """Who takes over from a user who stays."""

    to = _username("The user name of an active colleague; a full user where there are mandates.")


class LeftMandate(Schema):
    """A mandate that expired."""

    id = id_text("The mandate's id.")
    approval_type = fields.String(required=True)
    rule = fields.String(required=True)
    steps = fields.List(fields.String(), required=True)
    starts_on = fields.String(required=True, allow_none=True)
    ends_on = fields.String(required=True, allow_none=True)


class CopiedMandate(LeftMandate):
    """The successor's copy of a mandate."""

    id = fields.String(required=True, allow_none=True, metadata={"format": "uuid", "description": "Null in a dry run."})
    copied_from = id_text("The mandate that it is a copy of.")


class HandoverConflict(Schema):
    """A running transaction in which the successor plays another step; its role players are determined again."""

    process_instance_id = id_text("The process instance's id.")
    document_id = id_text("The document's id.")
    number = fields.String(required=True, allow_none=True)
    steps = fields.List(fields.String(), required=True, metadata={"description": "The steps that the successor plays already."})


class HandedOver(Person):
    """What went from a user to his successor; the worklist follows within moments."""

    id = id_text("The user's id.")
    active = fields.Boolean(required=True)
    successor = fields.Nested(Person, required=True)
    roles = fields.List(fields.String(), required=True, metadata={"description": "The roles that the successor has now as well."})
    expired = fields.List(fields.Nested(LeftMandate), required=True, metadata={"description": "At most the first 200."})
    expired_count = fields.Integer(required=True)
    copies = fields.List(fields.Nested(CopiedMandate), required=True, metadata={"description": "At most the first 200."})
    copied_count = fields.Integer(
        required=True, metadata={"description": "Fewer than expired where the successor holds the same mandate already."}
    )
    tasks = fields.Integer(required=True, metadata={"description": "In how many open tasks the user had a share."})
    conflicts = fields.List(fields.Nested(HandoverConflict), required=True, metadata={"description": "At most the first 200."})
    conflict_count = fields.Integer(required=True)
    version = fields.Integer(required=True, metadata={"description": "The version of the approval matrix in force."})
    dry_run = fields.Boolean(required=True)
