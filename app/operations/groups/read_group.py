"""One group."""

from app.domain.errors import NotFound
from app.operations.answer import Answer, Caller
from app.operations.groups.keeping import READERS, group_view
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import require_role
from app.persistence import groups


def read_group(system: System, caller: Caller, group_id: str) -> Answer:
    """Return a group with its members.

    Raises:
        NotPermitted: the caller administers nothing.
        NotFound: there is no such group.
    Source: MUL-01.
    """
    require_role(caller, *READERS, verb="read groups")
    with system.database.read() as reading:
        directory = directory_of(system, reading, read_environment(reading, caller.environment_id))
        row = groups.find_group(reading, caller.environment_id, group_id)
    if row is None:
        raise NotFound(what="group", id=group_id)
    return Answer(body=group_view(row, directory), revision=row.revision)
