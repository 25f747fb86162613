"""One piece of due work, whatever it is."""

from app.operations.schedules.claim_due import DueWork
from app.operations.schedules.deliver_outbox import deliver_outbox
from app.operations.schedules.fire_start import fire_start
from app.operations.schedules.fire_timer import fire_timer
from app.operations.schedules.write_digest import write_digest
from app.operations.system import System


def do_due_work(system: System, work: DueWork) -> bool:
    """Do a piece of work that is due, and return whether there was something to do."""
    match work.kind:
        case "timer":
            return fire_timer(system, work.id)
        case "start":
            return fire_start(system, work.id)
        case "outbox" | "mail":
            return deliver_outbox(system, work.id)
        case "digest":
            return write_digest(system, work.id)
