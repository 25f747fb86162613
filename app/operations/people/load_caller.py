"""Who a session belongs to."""

from app.domain.errors import NotSignedIn
from app.operations.answer import Caller
from app.operations.people.callers import caller_of
from app.operations.system import System


def load_caller(system: System, user_id: str) -> Caller:
    """Return the active user with this id.

    Raises:
        NotSignedIn: there is none, or he is not active any more.
    """
    with system.database.read() as reading:
        caller = caller_of(reading, user_id)
    if caller is None:
        raise NotSignedIn
    return caller
