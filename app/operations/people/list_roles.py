"""The roles that users can hold."""

from app.domain.roles import DESCRIPTIONS, KEEPERS, may_give
from app.operations.answer import Answer, Caller, page
from app.operations.system import System
from app.operations.visibility import require_role
from app.persistence import users


def list_roles(system: System, caller: Caller) -> Answer:
    """Return every role with what it is for, how many active users hold it, and whether the caller may give it to others.

    Raises:
        NotPermitted: the caller does not keep users.
    Source: USR-29.
    """
    require_role(caller, *KEEPERS, verb="read roles")
    with system.database.read() as reading:
        counts = users.count_roles(reading, caller.environment_id)
    return Answer(
        body=page(
            [
                {
                    "role": role,
                    "description": text,
                    "users": counts.get(role, 0),
                    "can_give": may_give(caller.roles, role, to_himself=False),
                }
                for role, text in DESCRIPTIONS.items()
            ]
        )
    )
