"""The one mail of the day is due."""

from datetime import datetime
from typing import Any

from app.operations.answer import Caller
from app.operations.digests.hours import next_digest
from app.operations.mailing import write_letter
from app.operations.people.callers import caller_of
from app.operations.system import System
from app.operations.tasks.count_tasks import count_tasks
from app.operations.tasks.list_tasks import list_tasks
from app.operations.turn import directory_of, read_environment
from app.persistence import digests

TASKS_MAX = 50
DIGEST = "digest"


def write_digest(system: System, digest_id: str) -> bool:
    """Write the mail of the day to a user and return whether there is one; none when nothing waits for him, or he is not active.

    Its outbox row carries the tasks as they are now, soonest due first, at most TASKS_MAX of them. The day of the mail is in its key, so
    that a day has one mail however often this runs; what was missed while nobody ticked is not made up for.
    Source: ESC-08.
    """
    with system.database.read() as reading:
        row = digests.read_digest(reading, digest_id)
        caller = None if row is None or row.due_at > system.clock() else caller_of(reading, row.user_id)
    if row is None or row.due_at > system.clock():
        return False
    facts = _facts_of(system, caller) if caller is not None else None
    with system.database.write() as work:
        row = digests.lock_digest(work, digest_id)
        now = system.clock()
        if row is None or row.due_at > now:
            return False
        environment = read_environment(work, row.environment_id)
        if facts is not None:
            write_letter(
                system,
                work,
                environment_id=environment.id,
                person=directory_of(system, work, environment).get(row.user_id),
                template=DIGEST,
                facts=facts,
                path="/",
                key=f"digest:{row.user_id}:{now.astimezone(environment.zone).date().isoformat()}",
            )
        digests.update_digest(work, digest_id, due_at=next_digest(now, hour=row.hour, zone=environment.zone))
        work.commit()
    return facts is not None


def _facts_of(system: System, caller: Caller) -> dict[str, Any] | None:
    """Return what the mail names: how many tasks wait, and the first of them; None when none does."""
    now = system.clock()
    items = list_tasks(system, caller, limit=TASKS_MAX).body["items"]
    if not items:
        return None
    return {"count": count_tasks(system, caller).body["open"], "tasks": [_task_of(item, now=now) for item in items]}


def _task_of(item: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    document = item["document"]
    return {
        "id": item["id"],
        "name": item["name"],
        "step": item["step"],
        "why": item["why"],
        "due_at": item["due_at"],
        "is_overdue": item["due_at"] is not None and item["paused_at"] is None and datetime.fromisoformat(item["due_at"]) < now,
        "document": None if document is None else {"number": document["number"], "seller": document["seller"], "total": document["total"]},
    }
