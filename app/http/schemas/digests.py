"""Requests and answers about the one mail a day."""

from marshmallow import Schema, fields

from app.http.fields import Count
from app.http.schemas.common import Request


class ChangeDigest(Request):
    """Whether one mail a day is wanted, and when."""

    hour = Count(
        least=0,
        most=23,
        required=True,
        allow_none=True,
        metadata={"description": "The full hour in the environment's time zone; null for a mail for each thing that happens."},
    )


class Digest(Schema):
    """Whether somebody gets one mail a day."""

    hour = fields.Integer(required=True, allow_none=True)
    next_at = fields.String(required=True, allow_none=True, metadata={"description": "When the next one is written."})
