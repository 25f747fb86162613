"""The business calendars."""

from app.operations.answer import Answer, Caller, page
from app.operations.calendars.changing import KEEPERS
from app.operations.calendars.content import calendar_view
from app.operations.cursors import read_cursor, read_key, write_cursor
from app.operations.system import System
from app.operations.visibility import require_role
from app.persistence import calendars


def list_calendars(system: System, caller: Caller, *, limit: int = 50, cursor: str | None = None) -> Answer:
    """Return one page of the business calendars of the environment, by key.

    Raises:
        NotPermitted: the caller is no administrator.
    """
    require_role(caller, *KEEPERS, verb="read business calendars")
    position = read_cursor(cursor, read_key)
    year = system.clock().year
    with system.database.read() as reading:
        after = position[0] if position else None
        rows = calendars.list_calendars(reading, caller.environment_id, after=after, limit=limit + 1)
        companies = calendars.read_company_calendars(reading, caller.environment_id)
    items = [calendar_view(row, companies=companies, year=year) for row in rows[:limit]]
    return Answer(body=page(items, next_cursor=write_cursor(rows[limit - 1].key) if len(rows) > limit else None))
