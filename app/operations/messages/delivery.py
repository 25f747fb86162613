"""Where a message goes: to the one that waits for it, else to the start event it triggers, else into the buffer."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from app.domain.errors import DatabaseBusy, MessageAmbiguous
from app.operations.answer import Caller
from app.operations.instances.birth import Birth, bear_instance
from app.operations.messages.keys import may_match, without_own
from app.operations.messages.waiting import MESSAGE
from app.operations.settlement import settle
from app.operations.system import System
from app.operations.turn import turn_of_instance
from app.persistence import messages
from app.persistence.database import UnitOfWork

LOOKS_MAX: Final = 3
RESTORED_MAX: Final = 200
Outcome = Literal["delivered", "started", "buffered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A message on its way; `thrown_by` is the instance that threw it, None for one from outside."""

    name: str
    correlation: Mapping[str, Any]
    payload: Any
    thrown_by: str | None = None

    @property
    def document_id(self) -> str | None:
        """The document that an instance which it starts is about."""
        for part in (self.correlation, self.payload):
            if isinstance(part, Mapping) and isinstance(part.get("document_id"), str):
                return str(part["document_id"])
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of a message."""

    outcome: Outcome
    instance_id: str | None = None


Finish = Callable[[UnitOfWork, Delivery], None]


def deliver_message(system: System, sender: Caller, given: Given, *, finish: Finish, take_oldest: bool) -> None:
    """Deliver a message once, in one transaction with what `finish` stores about it.

    1. Who waits for its name, and does not contradict its correlation, gets it: one instance, in a turn of its own.
    2. Nobody waits: the start event of that name creates an instance.
    3. There is none: it is kept until somebody waits, or its time to live ends.

    Args:
        system: the system.
        sender: in whose name it goes on.
        given: the message.
        finish: stores the outcome in the transaction of the delivery.
        take_oldest: let the one that has waited longest get it when several would; else that is refused.

    Raises:
        MessageAmbiguous: several instances, or several definitions, would get it.
        DatabaseBusy: whoever was found waiting had gone on, several times.
    """
    for _ in range(LOOKS_MAX):
        found = find_targets(system, sender.environment_id, given)
        if len(found) > 1 and not take_oldest:
            raise MessageAmbiguous(name=given.name, number=len(found))
        if not found:
            _start_or_keep(system, sender, given, finish=finish, take_oldest=take_oldest)
            return
        if any(_hand_over(system, sender, given, instance_id, finish=finish) for instance_id in found):
            return
    raise DatabaseBusy(retry_after=1)


def find_targets(system: System, environment_id: int, given: Given) -> list[str]:
    """Return the instances that wait for a message, the one that has waited longest first.

    Raises:
        MessageAmbiguous: far too many to be looked at.
    """
    with system.database.read() as reading:
        rows = messages.waiting_instances(reading, environment_id=environment_id, kind=MESSAGE, name=given.name)
    fitting = list(dict.fromkeys(row.instance_id for row in rows if may_match(row, given.correlation)))
    if len(fitting) > RESTORED_MAX:
        raise MessageAmbiguous(name=given.name, number=len(fitting))
    return [instance_id for instance_id in fitting if instance_id != given.thrown_by and _fits(system, instance_id, given)]


def _fits(system: System, instance_id: str, given: Given) -> bool:
    with turn_of_instance(system, instance_id, caller=None) as turn:
        correlation = without_own(given.correlation)
        return turn.instance.status in ("active", "incident") and bool(
            turn.execution.message_targets(given.name, given.payload, correlation)
        )


def _hand_over(system: System, sender: Caller, given: Given, instance_id: str, *, finish: Finish) -> bool:
    """Return whether the instance still waited for the message and has got it."""
    with turn_of_instance(system, instance_id, caller=None) as turn:
        if turn.instance.status not in ("active", "incident"):
            return False
        if not turn.execution.catch_message(given.name, given.payload, without_own(given.correlation)):
            return False
        turn.tell("message_received", f"The message {given.name} came.", actor=sender.username, facts=_facts(given))
        settle(turn)
        finish(turn.work, Delivery(outcome="delivered", instance_id=instance_id))
        turn.work.commit()
        return True


def _start_or_keep(system: System, sender: Caller, given: Given, *, finish: Finish, take_oldest: bool) -> None:
    with system.database.write() as work:
        starts = messages.find_starts(work, environment_id=sender.environment_id, kind=MESSAGE, name=given.name)
        if len({row.definition_key for row in starts}) > 1 and not take_oldest:
            raise MessageAmbiguous(
                f"{len(starts)} process definitions start by message {given.name}. Deactivate all but one.",
                name=given.name,
                number=len(starts),
            )
        if not starts:
            finish(work, Delivery(outcome="buffered"))
            work.commit()
            return
        start = starts[0]
        birth = Birth(
            key=start.definition_key,
            binding=f"version:{start.version}",
            document_id=given.document_id,
            business_key=_business_key(given),
            start_event=start.element,
            trigger=(MESSAGE, given.name),
            payload=given.payload,
        )
        turn = bear_instance(system, work, sender, birth, text=f"{{name}} started by the message {given.name}.")
        finish(work, Delivery(outcome="started", instance_id=turn.instance.id))
        work.commit()


def _business_key(given: Given) -> str | None:
    value = given.correlation.get("business_key")
    return value if isinstance(value, str) else None


def _facts(given: Given) -> dict[str, Any]:
    return {"message": given.name, "thrown_by": given.thrown_by}


def digest_of(name: str, content: str) -> str:
    """Return the hash by which the same message is known again."""
    return hashlib.sha256(f"{name}\n{content}".encode()).hexdigest()


def message_row(
    system: System,
    sender: Caller,
    given: Given,
    *,
    content: str,
    delivery: Delivery,
    now: datetime,
    expires_at: datetime,
    message_id: str | None = None,
    answer: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the row of a message that was delivered, or waits."""
    return {
        "id": (answer or {}).get("id") or system.new_id(),
        "environment_id": sender.environment_id,
        "name": given.name,
        "message_id": message_id,
        "digest": digest_of(given.name, content),
        "content": content,
        "status": "waiting" if delivery.outcome == "buffered" else delivery.outcome,
        "sent_by": sender.user_id,
        "thrown_by": given.thrown_by,
        "delivered_to": delivery.instance_id,
        "answer": dict(answer or {}),
        "expires_at": expires_at,
        "delivered_at": None if delivery.outcome == "buffered" else now,
        "created_at": now,
    }
