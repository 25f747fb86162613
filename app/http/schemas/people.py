"""Requests and answers about users."""

from marshmallow import Schema, fields

from app.http.fields import Choice
from app.http.schemas.common import Person, Request, id_text

KINDS = ("full", "portal", "none")


class ChangeUser(Request):
    """Another kind of user."""

    kind = Choice(*KINDS, required=True, metadata={"description": "Only full users hold mandates."})
    expire_mandates = fields.Boolean(
        truthy={True},
        falsy={False},
        load_default=False,
        metadata={"description": "Whether the caller has seen which mandates expire with it."},
    )


class ExpiredMandate(Schema):
    """A legal mandate that expired since its user is no full user any more."""

    id = id_text("The mandate's id.")
    approval_type = fields.String(required=True)
    rule = fields.String(required=True)
    steps = fields.List(fields.String(), required=True)
    starts_on = fields.String(required=True, allow_none=True)
    ends_on = fields.String(required=True, allow_none=True)


class ChangedUser(Person):
    """A user after the change, and what followed from it."""

    id = id_text("The user's id.")
    kind = Choice(*KINDS, required=True)
    active = fields.Boolean(required=True)
    version = fields.Integer(required=True, metadata={"description": "The version of the approval matrix in force."})
    expired = fields.List(
        fields.Nested(ExpiredMandate), required=True, metadata={"description": "The mandates that expired, at most the first 200."}
    )
    expired_count = fields.Integer(required=True)
    rechecked = fields.Integer(
        required=True, metadata={"description": "How many running process instances name the user and are looked at again."}
    )
