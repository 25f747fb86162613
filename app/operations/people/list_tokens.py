"""Whose API tokens there are."""

from app.operations.answer import Answer, Caller, page
from app.operations.people.create_token import find_owner, token_view
from app.operations.system import System
from app.persistence import access

SHOWN_MAX = 200


def list_tokens(system: System, caller: Caller, *, user_id: str | None = None) -> Answer:
    """Return the tokens of the caller, or of a user whom he keeps, newest first; revoked ones are left out, secrets are never shown.

    Raises:
        NotPermitted: they are somebody else's, and the caller keeps no users.
        NotFound: there is no such user in his environment.
        UserProtected: the user has a role that the caller could not give.
    """
    with system.database.read() as reading:
        row = find_owner(reading, caller, user_id, verb="see the tokens of others")
        rows = access.list_tokens(reading, row.id, limit=SHOWN_MAX)
    return Answer(body=page([token_view(row) for row in rows]))
