"""Whom the route considered for a slot of a task, as it was when the task was opened."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.domain.people import Person
from app.operations.turn import Turn


def considered_of(task: Any, slot: int) -> Sequence[Mapping[str, Any]]:
    """Return everybody who was considered for the slot, the preferred one first; nobody where the matrix did not give it."""
    if task.considered is not None:
        return task.considered[slot] if slot < len(task.considered) else ()
    found: Sequence[Mapping[str, Any]] = task.slots[slot].get("considered", ())
    return found


def find_alternatives(turn: Turn, task: Any, share: Any) -> Iterator[Person]:
    """Give the candidates whom the matrix considered for the slot and did not choose, in its order.

    Where the one it chose has a sufficient limit, so must they; nobody who may play another step is one. Source: ESC-04, MXR-01.
    """
    considered = considered_of(task, share.slot)
    needs_authority = any(each["sufficient"] for each in considered if each["outcome"] in ("chosen", "pool"))
    elsewhere = {
        username for step, entry in (turn.route or {}).items() if step != task.step for slot in entry["slots"] for username in slot["pool"]
    }
    for each in considered:
        is_open = each["outcome"] == "not_chosen" and each["mandate_of"] is None and each["user"] not in elsewhere
        person = turn.directory.find(each["user"]) if is_open else None
        if person is not None and (each["sufficient"] or not needs_authority):
            yield person
