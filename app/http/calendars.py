"""Routes of who keeps the business calendars."""

from typing import Any

from app.domain.errors import NotFound, NotPermitted
from app.http.audience import Audience, Call
from app.http.schemas.calendars import Calendar, Calendars, ChangeCalendar, CreateCalendar
from app.http.schemas.common import Page
from app.operations.answer import Answer
from app.operations.calendars.change_calendar import change_calendar
from app.operations.calendars.create_calendar import create_calendar
from app.operations.calendars.list_calendars import list_calendars
from app.operations.calendars.read_calendar import read_calendar

calendars = Audience("calendars", description="Administrators who keep the working hours and days off of companies.")


@calendars.route("/calendars")
@calendars.signed_in()
@calendars.refuses(NotPermitted)
@calendars.query(Page)
@calendars.answers(Calendars)
def get_calendars(call: Call, query: dict[str, Any]) -> Answer:
    """List the business calendars, by which deadlines with `calendar` business are counted."""
    return list_calendars(call.system, call.caller, **query)


@calendars.route("/calendars", methods=("POST",))
@calendars.signed_in()
@calendars.idempotent
@calendars.refuses(NotPermitted)
@calendars.body(CreateCalendar)
@calendars.answers(Calendar, 201, location="/api/v1/calendars/{id}")
def post_calendar(call: Call, body: dict[str, Any]) -> Answer:
    """Make a business calendar and give it to companies."""
    return create_calendar(call.system, call.caller, **body, request=call.request)


@calendars.route("/calendars/<id:calendar_id>")
@calendars.signed_in()
@calendars.refuses(NotFound, NotPermitted)
@calendars.answers(Calendar)
def get_calendar(call: Call, calendar_id: str) -> Answer:
    """Read a business calendar."""
    return read_calendar(call.system, call.caller, calendar_id)


@calendars.route("/calendars/<id:calendar_id>", methods=("PATCH",))
@calendars.signed_in()
@calendars.idempotent
@calendars.revised
@calendars.refuses(NotFound, NotPermitted)
@calendars.body(ChangeCalendar)
@calendars.answers(Calendar)
def patch_calendar(call: Call, body: dict[str, Any], calendar_id: str) -> Answer:
    """Change a business calendar; what is due already stays so."""
    return change_calendar(call.system, call.caller, calendar_id, **body, revision=call.revision, request=call.request)
