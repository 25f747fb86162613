"""Requests and answers about mail templates."""

from marshmallow import Schema, fields

from app.http.fields import Flag, Text
from app.http.schemas.common import Request, next_cursor
from app.operations.mails.texts import SUBJECT_LENGTH_MAX, TEXT_LENGTH_MAX


class PutMailTemplate(Request):
    """The environment's own text of a mail."""

    subject = Text(required=True, length_max=SUBJECT_LENGTH_MAX, metadata={"description": "With placeholders such as ${document}."})
    text = Text(required=True, length_max=TEXT_LENGTH_MAX, metadata={"description": "An empty line begins a paragraph."})
    dry_run = Flag(load_default=False, metadata={"description": "Only return how a mail would look."})


class MailWords(Schema):
    """Subject and text."""

    subject = fields.String(required=True)
    text = fields.String(required=True)


class MailTemplate(MailWords):
    """What a mail says in one language."""

    template = fields.String(required=True)
    language = fields.String(required=True)
    is_own = fields.Boolean(required=True, metadata={"description": "Whether it is the environment's own text."})
    default = fields.Nested(MailWords, required=True, metadata={"description": "What the product says."})
    placeholders = fields.List(fields.String(), required=True, metadata={"description": "What may stand in it, as ${name}."})
    preview = fields.Nested(MailWords, required=True, metadata={"description": "With a made-up mail."})
    changed_at = fields.String(required=True, allow_none=True)
    revision = fields.Integer(required=True, metadata={"description": "0 where there is no own text."})


class MailTemplates(Schema):
    """Every template in every language."""

    items = fields.List(fields.Nested(MailTemplate), required=True)
    next_cursor = next_cursor()
