"""Requests and answers about messages and signals."""

from marshmallow import Schema, fields, validate

from app.http.fields import Object, Text
from app.http.schemas.common import Request, id_text


class Message(Request):
    """What comes, whom it is for, and what it brings."""

    name = Text(required=True, length_min=1, length_max=200)
    correlation = Object(
        load_default=dict,
        metadata={
            "description": "By correlation property or variable; also `business_key`, `document_id`, `process_instance_id`. Without any, "
            "whoever waits for the name."
        },
    )
    payload = Object(allow_none=True, metadata={"description": "Becomes variables of the instance that gets it."})
    message_id = Text(length_min=1, length_max=200, allow_none=True, metadata={"description": "The same id again is answered as before."})
    time_to_live = Text(
        length_min=2, length_max=40, allow_none=True, metadata={"description": "ISO 8601 duration for which it is kept; P7D when left out."}
    )


class AcceptedMessage(Schema):
    """What became of a message."""

    id = id_text("The message's id.")
    name = fields.String(required=True)
    message_id = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=[validate.OneOf(["delivered", "started", "buffered"])])
    process_instance_id = fields.String(required=True, allow_none=True, metadata={"format": "uuid"})
    expires_at = fields.DateTime(required=True, allow_none=True, metadata={"description": "Of a message that nobody waits for yet."})


class Signal(Request):
    """What is told to everybody who waits for it now."""

    name = Text(required=True, length_min=1, length_max=200)
    payload = Object(allow_none=True)


class AcceptedSignal(Schema):
    """How many wait for a signal; each gets it soon after."""

    id = id_text("The signal's id.")
    name = fields.String(required=True)
    waiting = fields.Integer(required=True, metadata={"description": "Process instances that wait for it."})
    starts = fields.Integer(required=True, metadata={"description": "Start events that it triggers."})
