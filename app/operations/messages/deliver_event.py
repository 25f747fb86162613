"""What instances threw, or what was kept, goes on: each outbox row to whom it is for, in a turn of its own."""

from datetime import timedelta
from typing import Any

from app.domain.errors import CountersignError, DatabaseBusy
from app.domain.people import ADMINISTRATOR, WORKFLOW_ADMINISTRATOR
from app.operations.answer import Caller
from app.operations.instances.birth import Birth, bear_instance
from app.operations.messages.content import read_content
from app.operations.messages.correlate_message import DEFAULT_TIME_TO_LIVE
from app.operations.messages.delivery import Delivery, Given, deliver_message, find_targets, message_row
from app.operations.messages.keys import without_own
from app.operations.messages.waiting import CORRELATE, MESSAGE, SIGNAL, outbox_row
from app.operations.people.callers import caller_of
from app.operations.settlement import settle
from app.operations.story import json_value
from app.operations.system import System
from app.operations.turn import turn_of_instance
from app.persistence import journal, messages, people
from app.persistence.database import Reading, UnitOfWork

SIGNAL_TO = "signal_to"
SIGNAL_START = "signal_start"
EVENTS = frozenset({CORRELATE, MESSAGE, SIGNAL, SIGNAL_TO, SIGNAL_START})
BUFFERED_BATCH = 100
SUSPENDED_RETRY = timedelta(minutes=5)


def deliver_event(system: System, row: Any) -> None:
    """Deliver the event of an outbox row, and mark the row as done in the same transaction."""
    match row.kind:
        case "correlate":
            _correlate_kept(system, row)
        case "message":
            _pass_message(system, row)
        case "signal":
            _fan_out(system, row)
        case "signal_to":
            _give_signal(system, row)
        case "signal_start":
            _start_by_signal(system, row)


def sender_of(reading: Reading, environment_id: int, user_id: str | None) -> Caller:
    """Return in whose name an event goes on: who began it, else, when he is not active any more, an administrator."""
    found = caller_of(reading, user_id) if user_id is not None else None
    if found is not None:
        return found
    for each in people.users_with_role(reading, (WORKFLOW_ADMINISTRATOR, ADMINISTRATOR)):
        caller = caller_of(reading, each)
        if caller is not None and caller.environment_id == environment_id:
            return caller
    raise CountersignError("Nobody is active in whose name an event could go on.")


def _done(system: System, work: UnitOfWork, row: Any) -> None:
    """Mark the row as done, or roll everything back when another worker was faster."""
    if not journal.finish_outbox(work, row.id, now=system.clock()):
        raise DatabaseBusy(retry_after=1)


def _sender(system: System, row: Any) -> Caller:
    with system.database.read() as reading:
        return sender_of(reading, row.environment_id, row.payload.get("sent_by"))


def _pass_message(system: System, row: Any) -> None:
    correlation, payload = read_content(row.payload["content"])
    given = Given(name=row.payload["name"], correlation=correlation, payload=payload, thrown_by=row.payload["thrown_by"])
    sender = _sender(system, row)

    def finish(work: UnitOfWork, delivery: Delivery) -> None:
        now = system.clock()
        content = row.payload["content"]
        kept = message_row(system, sender, given, content=content, delivery=delivery, now=now, expires_at=now + DEFAULT_TIME_TO_LIVE)
        messages.claim_message_id(work, kept)
        if delivery.outcome == "buffered":
            key = f"{CORRELATE}:{kept['id']}"
            look = outbox_row(system.new_id(), row.environment_id, CORRELATE, {"name": given.name}, key=key, now=now)
            journal.insert_outbox(work, [look])
        _done(system, work, row)

    deliver_message(system, sender, given, finish=finish, take_oldest=True)


def _correlate_kept(system: System, row: Any) -> None:
    """Deliver the messages of a name that were kept before somebody began to wait; each goes to the one that has waited longest."""
    name, after = row.payload["name"], None
    while True:
        with system.database.read() as reading:
            kept = messages.buffered_messages(
                reading, environment_id=row.environment_id, name=name, now=system.clock(), after=after, limit=BUFFERED_BATCH
            )
        for each in kept:
            _deliver_kept(system, each)
            after = each.id
        if len(kept) < BUFFERED_BATCH:
            break
    with system.database.write() as work:
        _done(system, work, row)
        work.commit()


def _deliver_kept(system: System, kept: Any) -> None:
    correlation, payload = read_content(kept.content)
    given = Given(name=kept.name, correlation=correlation, payload=payload, thrown_by=kept.thrown_by)
    for instance_id in find_targets(system, kept.environment_id, given):
        with turn_of_instance(system, instance_id, caller=None) as turn:
            if turn.instance.status not in ("active", "incident") or messages.lock_buffered(turn.work, kept.id) is None:
                continue
            if not turn.execution.catch_message(given.name, given.payload, without_own(given.correlation)):
                continue
            turn.tell("message_received", f"The message {given.name}, which had come before, was taken.", facts={"message": kept.id})
            settle(turn)
            messages.update_message(turn.work, kept.id, status="delivered", delivered_to=instance_id, delivered_at=turn.now)
            turn.work.commit()
            return


def _fan_out(system: System, row: Any) -> None:
    """Write one outbox row for each instance that waits for a signal, and for each start event; a second try writes none twice."""
    name = row.payload["name"]
    with system.database.write() as work:
        waiting = messages.waiting_instances(work, environment_id=row.environment_id, kind=SIGNAL, name=name)
        starts = messages.find_starts(work, environment_id=row.environment_id, kind=SIGNAL, name=name)
        now = system.clock()
        targets = [(SIGNAL_TO, each) for each in dict.fromkeys(each.instance_id for each in waiting) if each != row.payload["thrown_by"]]
        targets += [(SIGNAL_START, each.id) for each in starts]
        journal.insert_outbox(
            work,
            [
                outbox_row(
                    system.new_id(), row.environment_id, kind, {**row.payload, "target": each}, key=f"{kind}:{row.id}:{each}", now=now
                )
                for kind, each in targets
            ],
        )
        _done(system, work, row)
        work.commit()


def _give_signal(system: System, row: Any) -> None:
    _, payload = read_content(row.payload["content"])
    with turn_of_instance(system, row.payload["target"], caller=None) as turn:
        name = row.payload["name"]
        if turn.instance.status == "suspended":
            journal.update_outbox(turn.work, row.id, available_at=turn.now + SUSPENDED_RETRY, lease_until=None)
            turn.work.commit()
            return
        if turn.instance.status in ("active", "incident") and turn.execution.catch_signal(name, payload):
            turn.tell(
                "signal_received",
                f"The signal {name} came.",
                facts={"signal": name, "thrown_by": row.payload["thrown_by"], "payload": json_value(payload)},
            )
            settle(turn)
        _done(system, turn.work, row)
        turn.work.commit()


def _start_by_signal(system: System, row: Any) -> None:
    _, payload = read_content(row.payload["content"])
    sender = _sender(system, row)
    with system.database.write() as work:
        start = messages.lock_start(work, row.payload["target"])
        if start is not None:
            name = row.payload["name"]
            document_id = payload.get("document_id") if isinstance(payload, dict) else None
            birth = Birth(
                key=start.definition_key,
                document_id=document_id if isinstance(document_id, str) else None,
                start_event=start.element,
                trigger=(SIGNAL, name),
                payload=payload,
            )
            bear_instance(system, work, sender, birth, text=f"{{name}} started by the signal {name}.")
        _done(system, work, row)
        work.commit()
