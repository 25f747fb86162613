"""Business calendars: working hours and days off, by which deadlines are counted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.domain.business_calendar import WEEKDAYS
from app.domain.errors import InvalidRequest
from app.operations.calendars.change_calendar import change_calendar
from app.operations.calendars.changing import KEEPERS
from app.operations.calendars.create_calendar import create_calendar
from app.operations.calendars.list_calendars import list_calendars
from app.operations.calendars.read_calendar import read_calendar
from app.operations.visibility import require_role
from app.web.context import caller, new_key, render_part, request_key
from app.web.forms import NOTHING_SENT, Sent, answer_form, perform, seen_revision, ticked, typed, typed_key
from app.web.people import company_options

ROWS = 50
DAYS_MAX = 500
NAMES = {**{f"hours.{day}": day for day in WEEKDAYS}, "hours": WEEKDAYS[0]}
_BETWEEN = re.compile(r"[\s,;]+")
_SPAN = re.compile(r"\d\d:\d\d-\d\d:\d\d\Z", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}\Z", re.ASCII)


def add_calendar_routes(blueprint: Blueprint) -> None:
    """Add the pages of business calendars."""
    blueprint.add_url_rule("/calendars", "calendars", show_calendars)
    blueprint.add_url_rule("/calendars/new", "new_calendar", show_new_calendar)
    blueprint.add_url_rule("/calendars/new", "create_calendar", create_one, methods=["POST"])
    blueprint.add_url_rule("/calendars/<calendar_id>", "calendar", show_calendar)
    blueprint.add_url_rule("/calendars/<calendar_id>", "change_calendar", change_one, methods=["POST"])


def show_calendars() -> str:
    """Show the business calendars."""
    body = perform(list_calendars, limit=ROWS, cursor=request.args.get("cursor") or None)
    rows = [item | {"week": _week(item["hours"])} for item in body["items"]]
    return render_part("calendars/list.html", area="calendars", rows=rows, next_cursor=body["next_cursor"])


def show_new_calendar(sent: Sent = NOTHING_SENT) -> str:
    """Show the form of a new calendar: nine to five from Monday to Friday, until somebody says otherwise."""
    require_role(caller(), *KEEPERS, verb="keep business calendars")
    hours = {day: ["09:00-17:00"] if day in WEEKDAYS[:5] else [] for day in WEEKDAYS}
    return _page({"hours": hours, "holidays": [], "exceptions": [], "companies": []}, sent)


def show_calendar(calendar_id: str, sent: Sent = NOTHING_SENT) -> str:
    """Show one calendar with its hours, days off and companies."""
    return _page(perform(read_calendar, calendar_id), sent)


def _page(shown: Mapping[str, Any], sent: Sent) -> str:
    return render_part(
        "calendars/calendar.html",
        area="calendars",
        calendar=shown,
        hours={day: ", ".join(spans) for day, spans in shown["hours"].items()},
        holidays="\n".join(f"{each['on']} {each['name']}".strip() for each in shown["holidays"]),
        exceptions="\n".join(" ".join([each["on"], ",".join(each["hours"]), each["name"]]).strip() for each in shown["exceptions"]),
        company_boxes=company_options()[1:],
        weekdays=WEEKDAYS,
        sent=sent,
        key=new_key,
    )


def create_one() -> BaseResponse:
    """Make a calendar."""
    made: dict[str, Any] = {}

    def change() -> str:
        key = typed_key("key", fault="A calendar needs a key; the calendar of the key default is that of all companies without one.")
        made.update(perform(create_calendar, key=key, **_typed_fields(), request=request_key()))
        return f"The calendar {made['name']} is made."

    return answer_form(
        "calendar", change, target=lambda: url_for("web.calendar", calendar_id=made["id"]), show=show_new_calendar, names=NAMES
    )


def change_one(calendar_id: str) -> BaseResponse:
    """Change a calendar; deadlines that are set already stay."""

    def change() -> str:
        body = perform(change_calendar, calendar_id, **_typed_fields(), revision=seen_revision(), request=request_key())
        return f"The calendar {body['name']} is saved. Deadlines that are set already stay."

    def show(sent: Sent) -> str:
        return show_calendar(calendar_id, sent)

    return answer_form("calendar", change, target=url_for("web.calendar", calendar_id=calendar_id), show=show, names=NAMES)


def _typed_fields() -> dict[str, Any]:
    """Return the fields of the form.

    Raises:
        InvalidRequest: names every field that cannot be read.
    """
    errors: dict[str, list[str]] = {}
    name, country = typed("name", length_max=200), typed("holiday_country").upper()
    if not name:
        errors["name"] = ["A calendar needs a name."]
    if country and not _COUNTRY.match(country):
        errors["holiday_country"] = ["Give two letters, such as NL."]
    hours = {day: [span for span in _BETWEEN.split(typed(day)) if span] for day in WEEKDAYS}
    for day, spans in hours.items():
        if not all(_SPAN.match(span) for span in spans) or len(spans) > 8:
            errors[day] = ["Give hours such as 09:00-12:30, 13:00-17:00, or nothing."]
    holidays = _typed_days("holidays", errors)
    exceptions = [_with_hours(each) for each in _typed_days("exceptions", errors)]
    if errors:
        raise InvalidRequest(" ".join(text for (text,) in errors.values()), errors=errors)
    return {
        "name": name,
        "time_zone": typed("time_zone", length_max=64) or "UTC",
        "hours": hours,
        "holiday_country": country or None,
        "holiday_subdivision": typed("holiday_subdivision", length_max=64) or None,
        "holidays": holidays,
        "exceptions": exceptions,
        "companies": ticked("companies"),
    }


def _typed_days(field: str, errors: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Return the days of a field, one a line: the date, then words."""
    found: list[dict[str, Any]] = []
    lines = [line.strip() for line in typed(field, length_max=100_000).splitlines() if line.strip()]
    for line in lines[:DAYS_MAX]:
        day, _, rest = line.partition(" ")
        try:
            found.append({"on": date.fromisoformat(day), "name": rest.strip()[:200]})
        except ValueError:
            errors.setdefault(field, [f"Begin each line with a day, such as 2026-12-24, unlike {line[:40]!r}."])
    if len(lines) > DAYS_MAX:
        errors[field] = [f"Give at most {DAYS_MAX} lines."]
    return found


def _with_hours(day: dict[str, Any]) -> dict[str, Any]:
    """Return a day whose words begin with its hours: "09:00-12:00 Christmas Eve"."""
    first, _, rest = day["name"].partition(" ")
    spans = [span for span in first.split(",") if span]
    if spans and all(_SPAN.match(span) for span in spans):
        return day | {"hours": spans, "name": rest.strip()}
    return day | {"hours": []}


def _week(hours: Mapping[str, list[str]]) -> str:
    """Return the hours of a week in short: neighbours with the same hours together."""
    parts: list[tuple[str, str, str]] = []
    for day in WEEKDAYS:
        text = ", ".join(hours[day])
        if parts and parts[-1][2] == text:
            parts[-1] = (parts[-1][0], day, text)
        else:
            parts.append((day, day, text))
    return "; ".join(
        f"{first[:3].capitalize()}{'' if first == last else f' to {last[:3].capitalize()}'} {text}" for first, last, text in parts if text
    )
