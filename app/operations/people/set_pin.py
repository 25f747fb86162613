"""Setting one's PIN."""

from app.domain.access import pin_faults
from app.domain.access_errors import PinRequired
from app.domain.audit import AuditEntry
from app.domain.errors import InvalidRequest, NotSignedIn
from app.operations.answer import Answer, Caller
from app.operations.environment_story import tell_environment
from app.operations.people.check_pin import prove_pin
from app.operations.system import System
from app.persistence import access


def set_pin(system: System, caller: Caller, *, new: str, old: str | None = None) -> Answer:
    """Set the caller's PIN; who has one already gives it.

    Raises:
        InvalidRequest: the new PIN is no 4 to 12 digits, or guessed at once.
        PinRequired: he has a PIN and did not give it.
        PinWrong, PinLocked: the old PIN is wrong; it counts as a wrong try.
        NotSignedIn: another request set his first PIN meanwhile, or he is gone.
    Source: USR-38, USR-41.
    """
    faults = pin_faults(new)
    if faults:
        raise InvalidRequest(" ".join(faults), errors={"new": faults})
    with system.database.read() as reading:
        row = access.find_user(reading, caller.user_id)
    has_pin = row is not None and row.pin_hash is not None
    if has_pin:
        if old is None:
            raise PinRequired("You have a PIN: send it as `old`, together with the new one.")
        prove_pin(system, caller, old)
    hashed = system.passwords.hash(new)
    with system.database.write() as work:
        if row is None or not access.set_pin(work, caller.user_id, hashed, before=row.pin_hash):
            raise NotSignedIn("Your PIN was changed meanwhile. Sign in again.")
        entry = AuditEntry(
            at=system.clock(),
            kind="pin_set",
            text=f"{caller.full_name} set {'another' if has_pin else 'a'} PIN.",
            actor=caller.username,
            facts={"user": caller.username},
        )
        tell_environment(system, work, caller.environment_id, entry)
        work.commit()
    return Answer(body={"username": caller.username, "pin_set": True, "pin_required": caller.pin_required})
