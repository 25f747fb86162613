"""Messages past their time to live."""

from app.operations.system import System
from app.persistence import messages

BATCH = 1_000


def forget_old_messages(system: System) -> int:
    """Delete messages whose time to live has ended, delivered or not, and return their number; their ids may come again."""
    with system.database.write() as work:
        number = messages.forget_messages(work, before=system.clock(), limit=BATCH)
        work.commit()
    return number
