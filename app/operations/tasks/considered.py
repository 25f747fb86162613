"""Whom the route considered for a slot of a task, as it was when the task was opened."""

from collections.abc import Mapping, Sequence
from typing import Any


def considered_of(task: Any, slot: int) -> Sequence[Mapping[str, Any]]:
    """Return everybody who was considered for the slot, the preferred one first; nobody where the matrix did not give it."""
    if task.considered is not None:
        return task.considered[slot] if slot < len(task.considered) else ()
    found: Sequence[Mapping[str, Any]] = task.slots[slot].get("considered", ())
    return found
