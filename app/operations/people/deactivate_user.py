"""A user leaves: a successor takes over, and he is out at once."""

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.people.leaving import leave
from app.operations.system import System


def deactivate_user(
    system: System,
    caller: Caller,
    user_id: str,
    *,
    successor: str,
    confirm: bool = False,
    dry_run: bool = False,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Deactivate a user in favour of a successor, who gets his roles, copies of his mandates and his worklist.

    Args:
        system: the clock and the database.
        caller: who keeps the users.
        user_id: who leaves.
        successor: the user name of who takes over; tasks that come later go to him too.
        confirm: whether the caller has seen in which transactions the successor plays another role; those are determined again.
        dry_run: only say what would happen.
        revision: as of which the caller saw the user.
        request: the key of a request that may be sent again.

    Raises: see `leave`.
    Source: USR-27, USR-36, USR-39.
    """
    return leave(
        system, caller, user_id, successor=successor, stays=False, confirm=confirm, dry_run=dry_run, revision=revision, request=request
    )
