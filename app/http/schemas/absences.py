"""Requests and answers about absences and backups."""

from typing import Any

from marshmallow import Schema, fields, validate

from app.http.fields import Choice, Day, MoneyValue, Text
from app.http.schemas.common import Person, Request, code_text, id_text, next_cursor
from app.operations.absences.entering import NOTE_LENGTH_MAX, PROCESSES_MAX

STATES = ("planned", "in_force", "over", "ended")


def _username(**options: object) -> Text:
    return Text(length_min=1, length_max=64, **options)  # type: ignore[arg-type]  # options of marshmallow's field


def _processes(**options: object) -> fields.List[Any]:
    return fields.List(
        code_text(),
        validate=[validate.Length(max=PROCESSES_MAX, error=f"Expected at most {PROCESSES_MAX} processes.")],
        metadata={"description": "Keys of the process definitions that the stand-in acts in; none for all."},
        **options,  # type: ignore[arg-type]  # options of marshmallow's field
    )


_FIRST = {"description": "The first day, in the environment's time zone."}
_LAST = {"description": "The last day, inclusive."}
_CAP = {"description": "The most that the total of a document may come to, without its sign; null for any amount."}


class CreateAbsence(Request):
    """Days on which a colleague acts for a user."""

    stand_in = _username(required=True, metadata={"description": "The user name of the colleague."})
    starts_on = Day(required=True, metadata=_FIRST)
    ends_on = Day(required=True, metadata=_LAST)
    amount_max = MoneyValue(load_default=None, allow_none=True, metadata=_CAP)
    processes = _processes(load_default=list)
    note = Text(length_max=NOTE_LENGTH_MAX, load_default=None, allow_none=True)


class ChangeAbsence(Request):
    """Other days, another stand-in, or another extent; what is not named stays."""

    stand_in = _username()
    starts_on = Day(metadata=_FIRST)
    ends_on = Day(metadata=_LAST)
    amount_max = MoneyValue(allow_none=True, metadata=_CAP)
    processes = _processes()
    note = Text(length_max=NOTE_LENGTH_MAX, allow_none=True)


class Absence(Schema):
    """Days on which a colleague acts for a user."""

    id = id_text("The absence's id.")
    user = fields.Nested(Person, required=True)
    stand_in = fields.Nested(Person, required=True)
    starts_on = fields.String(required=True)
    ends_on = fields.String(required=True)
    amount_max = MoneyValue(required=True, allow_none=True)
    processes = fields.List(fields.String(), required=True)
    note = fields.String(required=True, allow_none=True)
    state = Choice(*STATES, required=True)
    created_by = fields.Nested(Person, required=True)
    created_at = fields.String(required=True)
    ended_by = fields.Nested(Person, required=True, allow_none=True)
    ended_at = fields.String(required=True, allow_none=True)
    revision = fields.Integer(required=True)


class Absences(Schema):
    """A page of absences, the latest first."""

    items = fields.List(fields.Nested(Absence), required=True)
    next_cursor = next_cursor()


class ChangeBackup(Request):
    """Another backup, or the same switched on or off; what is not named stays."""

    backup = _username(allow_none=True, metadata={"description": "The user name of the backup; null for none."})
    active = fields.Boolean(truthy={True}, falsy={False}, metadata={"description": "Whether the backup acts for the user now."})


class Backup(Schema):
    """Who acts for a user while he is switched on."""

    backup = fields.Nested(Person, required=True, allow_none=True)
    active = fields.Boolean(required=True)
