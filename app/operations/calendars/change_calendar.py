"""Other hours, days off or companies of a business calendar."""

from typing import Any

from app.domain.errors import NotFound, StaleRevision
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.calendars.changing import Changed, change_calendars
from app.operations.calendars.content import check_companies, columns_of
from app.operations.system import Environment, System
from app.persistence import calendars
from app.persistence.database import UnitOfWork


def change_calendar(
    system: System,
    caller: Caller,
    calendar_id: str,
    *,
    companies: list[str] | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
    **fields: Any,
) -> Answer:
    """Change what is named of a business calendar. Deadlines that are set already stay: the calendar counts for those that follow.

    Raises:
        NotPermitted: the caller is no administrator.
        NotFound: there is no such calendar.
        StaleRevision: it was changed since the caller read it.
        InvalidRequest: a field makes no sense; names each.
    """

    def change(work: UnitOfWork, environment: Environment) -> Changed:
        row = calendars.find_calendar(work, environment.id, calendar_id)
        if row is None:
            raise NotFound(what="calendar", id=calendar_id)
        if revision is not None and revision != row.revision:
            raise StaleRevision(what=f"calendar {row.key}", expected=revision, actual=row.revision)
        given = dict(fields)
        if given.keys() & {"holiday_country", "holiday_subdivision"}:
            given = {"holiday_country": row.holiday_country, "holiday_subdivision": row.holiday_subdivision} | given
        columns = columns_of(given, year=system.clock().year)
        before = {name: getattr(row, name) for name in columns}
        calendars.update_calendar(work, calendar_id, revision=row.revision + 1, **columns)
        if companies is not None:
            having = calendars.read_company_calendars(work, environment.id)
            check_companies(having, companies)
            before["companies"] = [company for company, key in having.items() if key == row.key]
            calendars.give_calendar(work, environment.id, row.key, companies)
        after = columns | ({"companies": companies} if companies is not None else {})
        text = f"changed the business calendar {row.key}"
        return Changed(calendar_id=calendar_id, kind="calendar_changed", text=text, facts={"before": before, "after": after})

    return change_calendars(system, caller, change, status=200, request=request)
