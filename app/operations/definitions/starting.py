"""The start events of a definition that create instances by themselves: by a message, a signal or a timer."""

from datetime import datetime
from typing import Any

from app.engine import Definition, Ports, StartSchedule, next_start
from app.operations.definitions.calling import load_definition
from app.operations.system import System
from app.operations.turn import read_environment
from app.persistence import definitions, messages
from app.persistence.database import Reading, UnitOfWork

ARMED = frozenset({"message", "signal", "timer"})


def arm_starts(system: System, work: UnitOfWork, environment_id: int, key: str) -> None:
    """Let the newest active version of a definition be started by its start events, and no other version of it.

    Timers are counted from now: those of an older version end with it.
    """
    now = system.clock()
    messages.end_starts(work, environment_id=environment_id, key=key, now=now)
    row = definitions.process_for(work, environment_id=environment_id, key=key)
    if row is None:
        return
    definition, _, _ = load_definition(system, work, row)
    triggers = [each for each in definition.start_triggers if each.kind in ARMED]
    if not triggers:
        return
    ports = Ports(now=now, zone=read_environment(work, environment_id).zone)
    rows: list[dict[str, Any]] = []
    for trigger in triggers:
        schedule = next_start(definition, trigger.element, ports) if trigger.kind == "timer" else None
        if trigger.kind == "timer" and schedule is None:
            continue
        rows.append(
            {
                "id": system.new_id(),
                "environment_id": environment_id,
                "definition_id": row.id,
                "definition_key": key,
                "element": trigger.element,
                "kind": trigger.kind,
                "reference": trigger.reference,
                "schedule": None if schedule is None else dict(schedule.state),
                "due_at": None if schedule is None else schedule.due_at,
                "attempts": 0,
                "created_at": now,
            }
        )
    messages.insert_starts(work, rows)


def schedule_after(system: System, reading: Reading, definition: Definition, row: Any) -> StartSchedule | None:
    """Return when a timer start event is due after the occurrence that its row holds, None when that was the last."""
    assert isinstance(row.due_at, datetime), "only a timer that is due has a next occurrence"
    ports = Ports(now=system.clock(), zone=read_environment(reading, row.environment_id).zone)
    return next_start(definition, row.element, ports, StartSchedule(due_at=row.due_at, state=row.schedule))
