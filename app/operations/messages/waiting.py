"""Who waits for a message or a signal, as rows: an instance is found without being restored."""

from collections.abc import Mapping
from typing import Any

from app.engine import EventWait, Progress
from app.operations.messages.content import write_content
from app.operations.messages.keys import keys_of
from app.operations.turn import Turn
from app.persistence import messages

CORRELATE = "correlate"
MESSAGE = "message"
SIGNAL = "signal"
_AWAITED = frozenset({MESSAGE, SIGNAL})


def sync_waits(turn: Turn, progress: Progress) -> None:
    """Make the rows of waits equal to what the engine waits for, and send on what the instance threw.

    An element that begins to wait for a message asks, through the outbox, whether one came before it.
    """
    _send_on(turn, progress)
    now = {wait.element_instance: wait for wait in turn.execution.waits() if wait.event in _AWAITED}
    if not now and not turn.waited:
        return
    rows = {} if turn.instance.is_new else {row.element_instance: row for row in messages.waits_of_instance(turn.work, turn.instance.id)}
    messages.delete_waits(turn.work, turn.instance.id, [name for name in rows if name not in now])
    messages.insert_waits(turn.work, [_row(turn, wait) for name, wait in now.items() if name not in rows])
    for name, row in rows.items():
        if name in now and (keys := keys_of(turn.execution, now[name])) != row.correlation:
            messages.update_wait(turn.work, row.id, correlation=keys)
    announce_waits(turn, {name: wait for name, wait in now.items() if name not in rows})


def announce_waits(turn: Turn, waits: Mapping[str, EventWait]) -> None:
    """Ask, through the outbox, whether messages came before these waits began (or before their instance was resumed)."""
    for name, wait in waits.items():
        if wait.event == MESSAGE:
            put_out(turn, CORRELATE, {"name": wait.name}, key=f"{CORRELATE}:{name}:{turn.instance.revision}")


def put_out(turn: Turn, kind: str, payload: Mapping[str, Any], *, key: str) -> None:
    """Add a row to the outbox of the turn."""
    turn.outbox.append(outbox_row(turn.system.new_id(), turn.environment.id, kind, payload, key=key, now=turn.now))


def outbox_row(row_id: str, environment_id: int, kind: str, payload: Mapping[str, Any], *, key: str, now: Any) -> dict[str, Any]:
    """Return a row of the outbox that is due at once."""
    return {
        "id": row_id,
        "environment_id": environment_id,
        "kind": kind,
        "key": key,
        "payload": dict(payload),
        "status": "waiting",
        "available_at": now,
        "attempts": 0,
        "created_at": now,
    }


def _send_on(turn: Turn, progress: Progress) -> None:
    """Put the messages and signals that the instance threw into the outbox: other instances have turns of their own."""
    for number, event in enumerate(progress.events):
        if event.kind in _AWAITED:
            payload = {
                "name": event.name,
                "content": write_content(event.correlation, event.payload),
                "thrown_by": turn.instance.id,
                "sent_by": turn.instance.started_by,
            }
            put_out(turn, event.kind, payload, key=f"{event.kind}:{turn.instance.id}:{turn.instance.revision}:{number}")


def _row(turn: Turn, wait: EventWait) -> dict[str, Any]:
    return {
        "id": turn.system.new_id(),
        "environment_id": turn.environment.id,
        "instance_id": turn.instance.id,
        "element_instance": wait.element_instance,
        "element": wait.element,
        "kind": wait.event,
        "name": wait.name,
        "correlation": keys_of(turn.execution, wait),
        "created_at": turn.now,
    }
