"""A timer start event creates an instance."""

from datetime import timedelta
from typing import Any, Final

import structlog

from app.domain.errors import CountersignError
from app.engine import Ports, StartSchedule, next_start
from app.operations.definitions.calling import load_definition
from app.operations.instances.birth import Birth, bear_instance
from app.operations.messages.deliver_event import sender_of
from app.operations.system import System
from app.operations.turn import read_environment
from app.persistence import definitions, messages
from app.persistence.database import UnitOfWork

ATTEMPTS_MAX: Final = 5
BACK_OFF: Final = timedelta(seconds=30)
SKIPPED_MAX: Final = 100_000

log = structlog.get_logger()


def fire_start(system: System, start_id: str) -> bool:
    """Start the instance that a timer start event is due for and return whether there is one; nothing when it is not due (any more).

    1. Whoever deployed the definition starts it, else an administrator.
    2. What was missed while nobody ticked is not made up for: one instance starts, the next when it is due again.
    3. A start that is refused is tried again; after 5 attempts the occurrence is left out.
    """
    with system.database.write() as work:
        row = messages.lock_start(work, start_id)
        if row is None or row.due_at is None or row.due_at > system.clock():
            return False
        definition = definitions.process_by_id(work, row.definition_id)
        assert definition is not None, "start events keep their definition"
        try:
            caller = sender_of(work, row.environment_id, definition.deployed_by)
            birth = Birth(key=row.definition_key, binding=f"version:{definition.version}", start_event=row.element, trigger=("timer", ""))
            bear_instance(system, work, caller, birth, text="{name} started by its timer.")
        except CountersignError as error:
            refused: CountersignError | None = error
        else:
            refused = None
            _arm_next(system, work, row, definition)
            work.commit()
    if refused is not None:
        _push_forward(system, start_id, refused)
    return refused is None


def _arm_next(system: System, work: UnitOfWork, row: Any, definition: Any) -> None:
    parsed, _, _ = load_definition(system, work, definition)
    now = system.clock()
    ports = Ports(now=now, zone=read_environment(work, row.environment_id).zone)
    schedule: StartSchedule | None = StartSchedule(due_at=row.due_at, state=row.schedule)
    for _ in range(SKIPPED_MAX):
        schedule = next_start(parsed, row.element, ports, schedule)
        if schedule is None or schedule.due_at > now:
            break
    messages.update_start(
        work,
        row.id,
        due_at=None if schedule is None else schedule.due_at,
        schedule=None if schedule is None else dict(schedule.state),
        ended_at=now if schedule is None else None,
        lease_until=None,
        attempts=0,
    )


def _push_forward(system: System, start_id: str, error: CountersignError) -> None:
    with system.database.write() as work:
        row = messages.lock_start(work, start_id)
        if row is None:
            return
        attempts = row.attempts + 1
        log.warning("start_refused", definition=row.definition_key, element=row.element, code=error.code, attempts=attempts)
        if attempts >= ATTEMPTS_MAX:
            definition = definitions.process_by_id(work, row.definition_id)
            _arm_next(system, work, row, definition)
        else:
            messages.update_start(work, row.id, lease_until=system.clock() + BACK_OFF * 2**attempts, attempts=attempts)
        work.commit()
