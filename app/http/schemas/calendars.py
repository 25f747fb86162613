"""Requests and answers about business calendars."""

from typing import Any

from marshmallow import Schema, fields, validate

from app.http.fields import Day, Text
from app.http.schemas.common import Request, code_text, id_text, next_cursor

DAYS_MAX = 500
SPANS_MAX = 8
_SPAN = r"\d\d:\d\d-\d\d:\d\d"
_HOURS = {"description": "Working hours in the calendar's zone; a night ends at 24:00 and goes on at 00:00.", "example": ["09:00-17:00"]}


def _spans(**options: object) -> fields.List[Any]:
    few = validate.Length(max=SPANS_MAX, error=f"Expected at most {SPANS_MAX}.")
    return fields.List(Text(length_max=11, pattern=_SPAN), validate=[few], metadata=_HOURS, **options)  # type: ignore[arg-type]  # options of marshmallow's field


def _of_days(schema: type[Schema], **options: object) -> fields.List[Any]:
    few = validate.Length(max=DAYS_MAX, error=f"Expected at most {DAYS_MAX} days.")
    return fields.List(fields.Nested(schema), validate=[few], **options)  # type: ignore[arg-type]  # options of marshmallow's field


class Week(Request):
    """Working hours by weekday; a day that is not named is free."""

    monday = _spans()
    tuesday = _spans()
    wednesday = _spans()
    thursday = _spans()
    friday = _spans()
    saturday = _spans()
    sunday = _spans()


class DayOff(Request):
    """A day off of the company's own."""

    on = Day(required=True)
    name = Text(length_max=200, load_default="")


class DayWithHours(Request):
    """A day with hours of its own, which count whatever else the day is; without any it is free."""

    on = Day(required=True)
    name = Text(length_max=200, load_default="")
    hours = _spans(required=True)


class CalendarFields(Request):
    """What a business calendar says."""

    name = Text(length_min=1, length_max=200)
    time_zone = Text(length_min=1, length_max=64, metadata={"description": "An IANA time zone, such as Europe/Amsterdam."})
    hours = fields.Nested(Week)
    holiday_country = Text(
        length_max=2,
        pattern="[A-Z]{2}",
        allow_none=True,
        metadata={"description": "Its public holidays are days off: ISO 3166, such as NL."},
    )
    holiday_subdivision = Text(
        length_max=64, length_min=1, allow_none=True, metadata={"description": "The part of the country, such as BY in DE."}
    )
    holidays = _of_days(DayOff)
    exceptions = _of_days(DayWithHours)
    companies = fields.List(
        code_text(),
        validate=[validate.Length(max=1000, error="Expected at most 1000 companies.")],
        metadata={"description": "The companies whose documents are due by this calendar; all of them, whoever had it before."},
    )


class CreateCalendar(CalendarFields):
    """A new business calendar; the one of the key `default` is that of every company without one."""

    key = code_text(required=True)
    name = Text(length_min=1, length_max=200, required=True)
    hours = fields.Nested(Week, required=True)
    holiday_country = Text(length_max=2, pattern="[A-Z]{2}", allow_none=True, load_default=None)
    holiday_subdivision = Text(length_max=64, length_min=1, allow_none=True, load_default=None)
    holidays = _of_days(DayOff, load_default=list)
    exceptions = _of_days(DayWithHours, load_default=list)
    companies = fields.List(code_text(), load_default=list, validate=[validate.Length(max=1000, error="Expected at most 1000 companies.")])


class ChangeCalendar(CalendarFields):
    """What changes of a business calendar; the key stays."""


class PublicHoliday(Schema):
    """A day off by law or custom of the country."""

    on = fields.String(required=True)
    name = fields.String(required=True)


class Calendar(Schema):
    """A business calendar."""

    id = id_text("The calendar's id.")
    key = fields.String(required=True)
    name = fields.String(required=True)
    time_zone = fields.String(required=True)
    hours = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)
    holiday_country = fields.String(required=True, allow_none=True)
    holiday_subdivision = fields.String(required=True, allow_none=True)
    holidays = fields.List(fields.Dict(), required=True)
    exceptions = fields.List(fields.Dict(), required=True)
    companies = fields.List(fields.String(), required=True)
    public_holidays = fields.List(fields.Nested(PublicHoliday), required=True, metadata={"description": "Those of this year and the next."})
    revision = fields.Integer(required=True)
    created_at = fields.String(required=True)


class Calendars(Schema):
    """A page of business calendars."""

    items = fields.List(fields.Nested(Calendar), required=True)
    next_cursor = next_cursor()
