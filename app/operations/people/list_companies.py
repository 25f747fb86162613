"""The companies of an environment."""

from app.operations.answer import Answer, Caller, page
from app.operations.system import System
from app.persistence import users


def list_companies(system: System, caller: Caller) -> Answer:
    """Return all companies by key; their names are no secret to who works here."""
    with system.database.read() as reading:
        rows = users.list_companies(reading, caller.environment_id)
    shown = ("key", "name", "legal_id", "base_currency", "language")
    return Answer(body=page([{name: getattr(row, name) for name in shown} for row in rows]))
