"""How a play begins: which start events there are, and when a timer or a condition creates the instance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.engine import Definition, Ports, StartTrigger, next_start, start_condition_holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """A start event that could begin the process: at an instant, or when a message or signal of that name comes."""

    element: str | None
    kind: str
    name: str | None = None
    due_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what the process waits for as long as it has not begun."""
        more = {} if self.name is None else {"event": self.name}
        return {"element": self.element, "name": self.element, "kind": "startEvent", **more}


def find_beginnings(definition: Definition, variables: Mapping[str, Any], ports: Ports) -> list[Beginning]:
    """Return the start events by which the process can begin.

    One without a trigger (or none at all) begins it at once, and the others are for those who trigger them.
    """
    triggers = definition.start_triggers
    if not triggers or any(each.kind == "none" for each in triggers):
        return [Beginning(element=None, kind="none", due_at=ports.now)]
    return [_read(definition, each, variables, ports) for each in triggers]


def _read(definition: Definition, trigger: StartTrigger, variables: Mapping[str, Any], ports: Ports) -> Beginning:
    if trigger.kind in ("message", "signal"):
        return Beginning(element=trigger.element, kind=trigger.kind, name=trigger.reference)
    if trigger.kind == "timer":
        schedule = next_start(definition, trigger.element, ports)
        return Beginning(element=trigger.element, kind="timer", due_at=None if schedule is None else schedule.due_at)
    is_true = start_condition_holds(definition, trigger.element, variables, ports)
    return Beginning(element=trigger.element, kind=trigger.kind, due_at=ports.now if is_true else None)
