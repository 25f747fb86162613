"""A user hands over his work and stays."""

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.people.leaving import leave
from app.operations.system import System


def transfer_user(
    system: System,
    caller: Caller,
    user_id: str,
    *,
    to: str,
    confirm: bool = False,
    dry_run: bool = False,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Move a user's mandates and worklist to somebody else, who gets his roles too; he keeps his login and his roles.

    The arguments are those of `deactivate_user`; `to` is the user name of who takes over.

    Raises: see `leave`.
    Source: USR-37, USR-40.
    """
    return leave(system, caller, user_id, successor=to, stays=True, confirm=confirm, dry_run=dry_run, revision=revision, request=request)
