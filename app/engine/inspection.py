"""What an instance in memory is at: its user tasks, timers, events and active elements, as plain values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from app.engine.correlation import by_name, expected_values
from app.engine.events import BoundaryEvent, catch_of, is_waiting, next_timer
from app.engine.library import TaskState
from app.engine.repeats import Repeated
from app.engine.tokens import Process, Token
from app.engine.values import ActiveElement, EventWait, TimerWait, UserTaskWait

_NOT_EVENTS = ("timer", "none", "link", "compensate", "cancel")


def waiting_tokens(process: Process) -> list[Token]:
    """Return the tokens that wait for a trigger."""
    return [token for token in process.everywhere() if is_waiting(token)]


def describe_user_task(token: Token) -> UserTaskWait:
    """Return what a person must know of a task."""
    element = token.task_spec.element
    return UserTaskWait(token.id, element.id, element.name, element.kind, element.properties, flatten(token), token.entered_at)


def document_order(process: Process, timers: Collection[Any]) -> Mapping[str, int]:
    """Return the places of the elements in the diagram, by which timers that are due at one instant follow each other."""
    return {name: place for place, name in enumerate(process.run.definition.elements)} if len(timers) > 1 else {}


def list_timers(process: Process) -> list[TimerWait]:
    """Return the timers that wait, in the order in which they are due, then of the diagram; of an event with several the next one."""
    found = [(timer[0], token) for token in waiting_tokens(process) if (timer := next_timer(token)) is not None]
    if not found:
        return []
    order = document_order(process, found)
    return [
        TimerWait(element_instance=token.id, element=token.task_spec.element.id, kind=token.task_spec.element.kind, due_at=due)
        for due, token in sorted(found, key=lambda entry: (entry[0], order.get(entry[1].task_spec.element.id, 0)))
    ]


def list_waits(process: Process) -> Iterator[EventWait]:
    """Yield what waits for a message, a signal, an error, an escalation or a condition."""
    model = process.run.definition.correlations
    for token in waiting_tokens(process):
        node = catch_of(token)
        for at, trigger in enumerate(node.triggers):
            if trigger.kind in _NOT_EVENTS or at in token.internal_data.get("seen", ()):
                continue
            values = expected_values(process, trigger.name) if trigger.kind == "message" and model.keys else []
            yield EventWait(
                element_instance=token.id,
                element=node.element.id,
                event=trigger.kind,
                name=trigger.name,
                correlation={name: value for each in values for name, value in by_name(model, each).items()},
            )


def list_active(process: Process) -> list[ActiveElement]:
    """Return the element instances that have not ended, in order of their beginning within each scope."""
    found = []
    for token in process.everywhere():
        node, failed = token.task_spec, token.state == TaskState.ERROR
        if not failed and (isinstance(node, (Repeated, BoundaryEvent)) or token.is_standing_by or token.is_hidden):
            continue
        since = datetime.fromisoformat(token.internal_data["failed_at"]) if failed else token.entered_at
        element = node.element
        found.append(ActiveElement(token.id, element.id, element.name, element.kind, "failed" if failed else "active", since))
    return found


def flatten(token: Token) -> dict[str, Any]:
    """Return all variables that a token sees, the inner ones winning."""
    seen: dict[str, Any] = {}
    for variables in reversed(token.scopes()):
        seen.update(variables)
    return seen
