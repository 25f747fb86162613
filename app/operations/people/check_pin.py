"""The PIN of who signs: asked for before a decision, counted in a transaction of its own, so that a refusal does not take the count back."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from app.domain.access import PINS_MAX
from app.domain.access_errors import PinLocked, PinNotSet, PinRequired, PinWrong
from app.domain.audit import AuditEntry
from app.operations.answer import Caller
from app.operations.environment_story import tell_environment
from app.operations.mailing import write_letter
from app.operations.system import System
from app.operations.wording import instant
from app.persistence import access, people
from app.persistence.database import UnitOfWork

_PIN_LENGTH_LOOKED_AT = 20


def check_pin(system: System, caller: Caller, pin: str | None) -> Caller:
    """Return the caller as one who may sign: his roles need no PIN, which costs no statement, or this is his.

    Whom it returns is asked for no PIN again: what decides on many tasks calls it once and goes on with him. It is called before the
    transaction of the decision. The try is counted as wrong before the PIN is looked at, and taken
    back where it is right: of many at the same time no more than PINS_MAX are looked at.

    Raises:
        PinRequired: there is none in the request.
        PinNotSet: he has none yet.
        PinWrong: it is not his; says how many tries are left.
        PinLocked: there were PINS_MAX wrong ones in a row; only an administrator can reset it.
    Source: USR-41.
    """
    if not caller.pin_required:
        return caller
    if pin is None:
        with system.database.read() as reading:
            row = access.find_user(reading, caller.user_id)
        if row is not None and row.pin_hash is None:
            raise PinNotSet
        raise PinRequired
    prove_pin(system, caller, pin)
    return replace(caller, pin_required=False)


def prove_pin(system: System, caller: Caller, pin: str) -> None:
    """Return nothing when this is the caller's PIN, whether his roles need one or not.

    Raises:
        PinNotSet, PinWrong, PinLocked: as `check_pin`.
    """
    with system.database.write() as work:
        counted = access.count_failed_pin(work, caller.user_id, most=PINS_MAX)
        if counted is None:
            raise PinLocked(failures=PINS_MAX)
        if counted.pin_hash is None:
            raise PinNotSet
        work.commit()
    if not system.passwords.verify(counted.pin_hash, pin[:_PIN_LENGTH_LOOKED_AT]):
        _refuse(system, caller, counted.failed_pins)
    with system.database.write() as work:
        people.update_user(work, caller.user_id, failed_pins=0)
        work.commit()


def _refuse(system: System, caller: Caller, tries: int) -> None:
    """Refuse a wrong PIN; the last one tells its owner and the audit chain that it is locked."""
    if tries < PINS_MAX:
        raise PinWrong(tries_left=PINS_MAX - tries)
    now = system.clock()
    with system.database.write() as work:
        row = access.find_user(work, caller.user_id)
        assert row is not None, "users are never deleted"
        if row.failed_pins < PINS_MAX:  # the right one came at the same moment, or an administrator reset it
            raise PinWrong(tries_left=PINS_MAX - row.failed_pins)
        _write_letter(system, work, row, now)
        text = f"The PIN of {row.full_name} was locked after {PINS_MAX} wrong tries."
        entry = AuditEntry(at=now, kind="pin_locked", text=text, actor=caller.username, facts={"user": row.username})
        tell_environment(system, work, row.environment_id, entry)
        work.commit()
    raise PinLocked(failures=PINS_MAX)


def _write_letter(system: System, work: UnitOfWork, row: Any, now: datetime) -> None:
    write_letter(
        system,
        work,
        environment_id=row.environment_id,
        person=row,
        template="pin_locked",
        facts={},
        path="/security",
        key=f"pin_locked:{row.id}:{instant(now)}",
    )
