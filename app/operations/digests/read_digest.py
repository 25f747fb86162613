"""Whether the caller gets one mail a day."""

from typing import Any

from app.operations.answer import Answer, Caller, JsonObject
from app.operations.system import System
from app.operations.wording import instant
from app.persistence import digests


def read_digest(system: System, caller: Caller) -> Answer:
    """Return the hour of the caller's mail of the day, null when he gets a mail for each thing that happens."""
    with system.database.read() as reading:
        return Answer(body=digest_view(digests.find_digest(reading, caller.user_id)))


def digest_view(row: Any | None) -> JsonObject:
    """Return the setting in the form of the API."""
    return {"hour": None if row is None else row.hour, "next_at": None if row is None else instant(row.due_at)}
