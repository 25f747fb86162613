"""Mails that would be wrong by the time they leave."""

from typing import Any

from app.operations.mailing import REMINDERS
from app.operations.system import System
from app.persistence import tasks, users


def find_outdated(system: System, row: Any) -> str | None:
    """Return in a few words why the mail of an outbox row should not leave any more; None when it should.

    While the mail server is away its reader may leave, and a task of which it reminds may be decided.
    Source: ESC-01.
    """
    payload = row.payload
    if payload["user_id"] is None:
        return None
    with system.database.read() as reading:
        reader = users.find_user(reading, row.environment_id, payload["user_id"])
        if reader is not None and not reader.active:
            return "its reader has left"
        if reader is not None and payload.get("link") is not None and reader.email != payload["address"]:
            return "its link was for another address than its reader has now"
        if payload["template"] in REMINDERS:
            task = tasks.find_task(reading, row.environment_id, payload["task_id"])
            return None if task is not None and task.status == "open" else "the task is over"
    return None
