"""A new API token."""

from app.domain.errors import NotFound
from app.operations.people.authenticate_token import token_hash
from app.operations.system import System
from app.persistence import people

PREFIX_LENGTH = 6


def create_token(system: System, username: str, *, label: str = "command line") -> str:
    """Make a token for an active user and return it; only its hash is stored, so it is shown this once.

    Raises:
        NotFound: there is no active user of this name.
    """
    with system.database.write() as work:
        rows = [row for row in people.find_users(work, username=username) if row.active]
        if not rows:
            raise NotFound(what="active user", id=username)
        token = system.new_secret()
        people.insert_token(
            work,
            id=system.new_id(),
            environment_id=rows[0].environment_id,
            user_id=rows[0].id,
            hash=token_hash(token),
            prefix=token[:PREFIX_LENGTH],
            label=label,
            created_at=system.clock(),
        )
        work.commit()
    return token
