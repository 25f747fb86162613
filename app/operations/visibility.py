"""The one visibility filter: whom a person acts for, and which transactions he may see."""

from app.domain.errors import NotFound, NotPermitted
from app.domain.people import SEES_ALL_TRANSACTIONS, Directory
from app.operations.answer import Caller
from app.persistence import tasks
from app.persistence.database import Reading


def acting_ids(directory: Directory, caller: Caller) -> list[str]:
    """Return the caller's id and those of the people whose active backup he is."""
    return [caller.user_id, *(person.id for person in directory.covered_by(caller.user_id))]


def sees_all(caller: Caller) -> bool:
    """Return whether the caller's roles show him every transaction of the environment."""
    return caller.has_role(*SEES_ALL_TRANSACTIONS)


def check_may_see(
    reading: Reading, caller: Caller, directory: Directory, *, document_id: str | None, instance_id: str | None, what: str, given_id: str
) -> None:
    """Return nothing when the caller may see the transaction; who may not see it is told that it does not exist.

    Raises:
        NotFound: the caller neither received nor started it, was never asked to act on it, and has no role that sees all.
    """
    if sees_all(caller):
        return
    if not tasks.is_involved(reading, user_ids=acting_ids(directory, caller), document_id=document_id, instance_id=instance_id):
        raise NotFound(what=what, id=given_id)


def require_role(caller: Caller, *roles: str, verb: str) -> None:
    """Raise NotPermitted unless the caller holds one of the roles."""
    if not caller.has_role(*roles):
        raise NotPermitted(verb=verb, roles=sorted(roles))
