"""The absences of a user."""

from datetime import date

from app.operations.absences.entering import absence_view, check_keeper, find_person
from app.operations.answer import Answer, Caller, page
from app.operations.cursors import read_cursor, read_id, write_cursor
from app.operations.matrix.snapshots import resolution_day
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.persistence import absences


def list_absences(system: System, caller: Caller, *, user_id: str | None = None, limit: int = 50, cursor: str | None = None) -> Answer:
    """Return one page of a user's absences, the latest first; those that are over or ended stand among them.

    Raises:
        NotPermitted: another user's, and the caller does not keep the users.
        NotFound: there is no such user.
    """
    owner = check_keeper(caller, user_id)
    position = read_cursor(cursor, date.fromisoformat, read_id)
    with system.database.read() as reading:
        environment = read_environment(reading, caller.environment_id)
        directory = directory_of(system, reading, environment)
        find_person(directory, owner)
        rows = absences.list_absences(reading, owner, before=(position[0], position[1]) if position else None, limit=limit + 1)
    today = resolution_day(environment, system.clock())
    items = [absence_view(row, directory, today=today) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return Answer(body=page(items, next_cursor=write_cursor(last.starts_on.isoformat(), last.id) if last else None))
