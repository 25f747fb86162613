"""What a user sees of himself."""

from app.domain.errors import NotFound
from app.operations.answer import Answer, Caller, JsonObject
from app.operations.people.read_user import names_in
from app.operations.people.view import own_view
from app.operations.system import System
from app.persistence import users
from app.persistence.database import Reading
from app.persistence.people import LANGUAGE


def read_profile(system: System, caller: Caller) -> Answer:
    """Return the caller's own fields; what others note about him is not among them."""
    with system.database.read() as reading:
        body = profile_body(reading, caller)
    return Answer(body=body, revision=body["revision"])


def profile_body(reading: Reading, caller: Caller) -> JsonObject:
    """Return the caller's fields as they are stored now."""
    row = users.find_user(reading, caller.environment_id, caller.user_id)
    if row is None:
        raise NotFound(what="user", id=caller.user_id)
    body = own_view(row, names_in(reading, row), roles=users.roles_of(reading, [row.id]).get(row.id, []))
    spoken = {each.key: each.language for each in users.list_companies(reading, caller.environment_id)}
    return body | {"language_in_force": row.language or spoken.get(row.company) or LANGUAGE}
