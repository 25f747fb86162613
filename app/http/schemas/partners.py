"""Requests and answers about partnerships between environments."""

from marshmallow import Schema, fields

from app.http.fields import Choice
from app.http.schemas.common import Page, Request, code_text, id_text, next_cursor

STATUSES = ("invited", "active", "revoked")


class InvitePartner(Request):
    """Who is to be a partner."""

    partner = code_text(required=True, metadata={"description": "The key of the other environment."})


class PartnershipFilter(Page):
    """Which partnerships are wanted."""

    status = Choice(*STATUSES)


class Partner(Schema):
    """The other environment."""

    key = fields.String(required=True)
    name = fields.String(required=True)


class Partnership(Schema):
    """A partnership as the caller's side sees it."""

    id = id_text("The partnership's id.")
    partner = fields.Nested(Partner, required=True)
    direction = Choice(
        "sent", "received", required=True, metadata={"description": "Which side has invited: the caller's sent it, or received it."}
    )
    status = Choice(*STATUSES, required=True)
    invited_at = fields.DateTime(required=True)
    accepted_at = fields.DateTime(required=True, allow_none=True)
    revoked_at = fields.DateTime(required=True, allow_none=True)
    can = fields.List(fields.String(), required=True, metadata={"description": "What the caller's side can do with it now."})


class Partnerships(Schema):
    """A page of partnerships."""

    items = fields.List(fields.Nested(Partnership), required=True)
    next_cursor = next_cursor()
