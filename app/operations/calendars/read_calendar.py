"""One business calendar."""

from app.domain.errors import NotFound
from app.operations.answer import Answer, Caller
from app.operations.calendars.changing import KEEPERS
from app.operations.calendars.content import calendar_view
from app.operations.system import System
from app.operations.visibility import require_role
from app.persistence import calendars


def read_calendar(system: System, caller: Caller, calendar_id: str) -> Answer:
    """Return a business calendar with its companies and the public holidays of this year and the next.

    Raises:
        NotPermitted: the caller is no administrator.
        NotFound: there is no such calendar.
    """
    require_role(caller, *KEEPERS, verb="read business calendars")
    with system.database.read() as reading:
        row = calendars.find_calendar(reading, caller.environment_id, calendar_id)
        companies = calendars.read_company_calendars(reading, caller.environment_id)
    if row is None:
        raise NotFound(what="calendar", id=calendar_id)
    return Answer(body=calendar_view(row, companies=companies, year=system.clock().year), revision=row.revision)
