"""The backup of a user: who acts for him for as long as he is switched on."""

from collections.abc import Mapping
from typing import Any

from app.domain.errors import InvalidRequest
from app.domain.people import Directory, Person
from app.operations.absences.entering import check_keeper, desk_of, find_person, find_stand_in
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.instances.view import person_view
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.persistence import people


def change_backup(
    system: System, caller: Caller, *, changes: Mapping[str, Any], user_id: str | None = None, request: RequestKey | None = None
) -> Answer:
    """Name a backup, switch him on or off, or do without one; what is not named stays.

    A backup acts on everything of the user while he is switched on, and both may act. Without a backup nothing is switched on, so that
    clearing him switches him off.

    Args:
        system: the clock and the database.
        caller: the user himself, or who keeps the users.
        changes: `backup`, a user name or None for nobody, and `active`.
        user_id: whose backup; None for the caller's.
        request: the key of a request that may be sent again.

    Raises:
        NotPermitted: another user's, and the caller does not keep the users.
        NotFound: there is no such user.
        InvalidRequest: an unknown backup, oneself, or switched on without one.
        StandInRefused: the backup is not active, or no full user.
    Source: USR-25, USR-26.
    """
    owner = check_keeper(caller, user_id)

    def run(remember: Remember) -> Answer:
        with desk_of(system, caller, owner) as desk:
            user = desk.user
            backup_id = user.backup_id
            if "backup" in changes:
                backup_id = find_stand_in(desk, changes["backup"], field="backup").id if changes["backup"] is not None else None
            active = changes.get("active", user.backup_active and backup_id is not None)
            if active and backup_id is None:
                raise InvalidRequest("A backup is switched on once there is one.", errors={"active": ["Name a backup first."]})
            if (backup_id, active) != (user.backup_id, user.backup_active):
                people.update_user(desk.work, user.id, backup_id=backup_id, backup_active=active)
                name = desk.directory.name(backup_id)
                desk.tell("backup_changed", _say(desk.directory, user, backup_id, active=active), backup=name, active=active)
            answer = Answer(body=_view(desk.directory, backup_id, active=active))
            remember(desk.work, answer)
            desk.work.commit()
            return answer

    return answer_once(system, caller, request, run)


def read_backup(system: System, caller: Caller, *, user_id: str | None = None) -> Answer:
    """Return the backup of a user, and whether he is switched on.

    Raises:
        NotPermitted: another user's, and the caller does not keep the users.
        NotFound: there is no such user.
    """
    owner = check_keeper(caller, user_id)
    with system.database.read() as reading:
        directory = directory_of(system, reading, read_environment(reading, caller.environment_id))
    user = find_person(directory, owner)
    return Answer(body=_view(directory, user.backup_id, active=user.backup_active))


def _view(directory: Directory, backup_id: str | None, *, active: bool) -> JsonObject:
    return {"backup": person_view(directory, backup_id), "active": active}


def _say(directory: Directory, user: Person, backup_id: str | None, *, active: bool) -> str:
    if backup_id is None:
        return f"{user.full_name} has no backup any more."
    return f"{directory.get(backup_id).full_name} is the backup of {user.full_name}, and {'acts for him now' if active else 'is switched off'}."
