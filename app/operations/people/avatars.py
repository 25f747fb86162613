"""The picture of a user: set, read and taken away."""

import hashlib
from dataclasses import dataclass

from app.domain.audit import AuditEntry
from app.domain.errors import AvatarRefused, NotFound
from app.domain.pictures import AVATAR_BYTES_MAX, picture_type
from app.operations.answer import Answer, Caller
from app.operations.environment_story import tell_environment
from app.operations.people.keeping import find_kept
from app.operations.people.view import avatar_path
from app.operations.system import System
from app.operations.turn import check_current, read_environment
from app.persistence import people, users
from app.persistence.database import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Avatar:
    """A picture with its media type; `mark` is another one for another picture."""

    content: bytes
    media_type: str
    mark: str


def set_avatar(system: System, caller: Caller, user_id: str, *, content: bytes) -> Answer:
    """Make a PNG or JPEG picture a user's avatar, told by its content alone.

    Raises:
        NotPermitted, UserProtected: it is not himself, and the caller does not keep him.
        NotFound: there is no such user in his environment.
        AvatarRefused: it is larger than 100 * 1024 bytes, or neither a PNG nor a JPEG picture.
    Source: USR-14.
    """
    if len(content) > AVATAR_BYTES_MAX:
        raise AvatarRefused(reason=f"it has {len(content)} bytes", limit=AVATAR_BYTES_MAX)
    media_type = picture_type(content)
    if media_type is None:
        raise AvatarRefused(reason="it is neither a PNG nor a JPEG picture", limit=AVATAR_BYTES_MAX)
    mark = hashlib.sha256(content).hexdigest()
    with system.database.write() as work:
        username = _lock(work, caller, user_id)
        now = system.clock()
        users.put_avatar(
            work,
            user_id=user_id,
            environment_id=caller.environment_id,
            content=content,
            media_type=media_type,
            hash=mark,
            created_at=now,
        )
        _finish(system, work, caller, username, text="set the picture")
        work.commit()
    return Answer(body={"avatar": avatar_path(user_id, mark), "media_type": media_type, "bytes": len(content)})


def delete_avatar(system: System, caller: Caller, user_id: str) -> Answer:
    """Take a user's picture away; without one nothing changes.

    Raises:
        NotPermitted, UserProtected: it is not himself, and the caller does not keep him.
        NotFound: there is no such user in his environment.
    """
    with system.database.write() as work:
        username = _lock(work, caller, user_id)
        if users.delete_avatar(work, user_id):
            _finish(system, work, caller, username, text="took away the picture")
        work.commit()
    return Answer(body={"avatar": None, "media_type": None, "bytes": 0})


def read_avatar(system: System, caller: Caller, user_id: str) -> Avatar:
    """Return the picture of somebody of the caller's environment.

    Raises:
        NotFound: there is no such user, or he has no picture.
    """
    with system.database.read() as reading:
        row = users.find_avatar(reading, caller.environment_id, user_id)
    if row is None:
        raise NotFound(what="avatar", id=user_id)
    return Avatar(content=bytes(row.content), media_type=row.media_type, mark=row.hash)


def _lock(work: UnitOfWork, caller: Caller, user_id: str) -> str:
    """Lock the environment and return the name of the user, when it is himself or the caller keeps him."""
    people.lock_environment(work, caller.environment_id)
    check_current(caller, read_environment(work, caller.environment_id))
    if user_id == caller.user_id:
        return caller.username
    row, _ = find_kept(work, caller, user_id, verb="change the picture of others")
    return str(row.username)


def _finish(system: System, work: UnitOfWork, caller: Caller, username: str, *, text: str) -> None:
    people.raise_authority_version(work, caller.environment_id)
    entry = AuditEntry(
        at=system.clock(),
        kind="avatar_changed",
        text=f"{caller.full_name} {text} of {username}.",
        actor=caller.username,
        facts={"user": username},
    )
    tell_environment(system, work, caller.environment_id, entry)
