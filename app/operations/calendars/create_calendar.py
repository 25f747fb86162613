"""A new business calendar."""

from typing import Any

from app.domain.errors import InvalidRequest
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.calendars.changing import Changed, change_calendars
from app.operations.calendars.content import check_companies, columns_of
from app.operations.system import Environment, System
from app.persistence import calendars
from app.persistence.database import UnitOfWork


def create_calendar(
    system: System, caller: Caller, *, key: str, companies: list[str], request: RequestKey | None = None, **fields: Any
) -> Answer:
    """Keep a business calendar and give it to companies; the one of the key `default` is that of all others.

    Raises:
        NotPermitted: the caller is no administrator.
        InvalidRequest: the key is taken, or a field makes no sense; names each.
    """

    def create(work: UnitOfWork, environment: Environment) -> Changed:
        now = system.clock()
        if calendars.key_is_taken(work, environment.id, key):
            raise InvalidRequest(f"There is a calendar {key} already.", errors={"key": [f"{key} exists already."]})
        check_companies(calendars.read_company_calendars(work, environment.id), companies)
        columns = columns_of({"time_zone": environment.zone.key} | fields, year=now.year)
        calendar_id = system.new_id()
        calendars.insert_calendar(work, id=calendar_id, environment_id=environment.id, key=key, revision=1, created_at=now, **columns)
        calendars.give_calendar(work, environment.id, key, companies)
        return Changed(calendar_id=calendar_id, kind="calendar_created", text=f"made the business calendar {key}", facts={"after": columns})

    return change_calendars(system, caller, create, status=201, request=request)
