"""Whose pictures there are, so that a page shows them next to names."""

from app.operations.answer import Answer, Caller
from app.operations.people.view import avatar_path
from app.operations.system import System
from app.operations.turn import directory_of, read_environment


def read_faces(system: System, caller: Caller) -> Answer:
    """Return the addresses of the avatars of the caller's environment by user name; who has none is not in it.

    Source: USR-14.
    """
    with system.database.read() as reading:
        directory = directory_of(system, reading, read_environment(reading, caller.environment_id))
    return Answer(body={each.username: avatar_path(each.id, each.avatar) for each in directory if each.avatar})
