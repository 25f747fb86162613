"""A row of the outbox is done: a mail leaves, an event goes on, a batch takes its next part."""

from datetime import timedelta

import structlog

from app.domain.errors import CountersignError, Unavailable
from app.operations.instances.migrate_instances import MIGRATION, continue_migration
from app.operations.matrix.mark_transactions import MATRIX_ACTIVATED, continue_marking
from app.operations.messages.deliver_event import EVENTS, deliver_event
from app.operations.partners.calling_back import CALL_BACK, call_back
from app.operations.people.handing_over import find_instances, hand_over
from app.operations.people.request_password_reset import PASSWORD_RESET, deliver_password_reset
from app.operations.people.role_effects import APPLY_ROLE, apply_role
from app.operations.schedules.deliver_mail import send_mail
from app.operations.system import System
from app.persistence import journal
from app.persistence.leaving import HAND_OVER, LEFT

ATTEMPTS_MAX = 8
BACK_OFF = timedelta(seconds=5)

log = structlog.get_logger()


def deliver_outbox(system: System, outbox_id: str) -> bool:
    """Do what a row of the outbox stands for and return whether it is done; quietly nothing when it was done before.

    An event that is refused is tried again with back-off; after 8 attempts its row is failed.
    """
    with system.database.read() as reading:
        row = journal.find_outbox(reading, outbox_id)
    if row is None or row.status != "waiting":
        return False
    if row.kind not in EVENTS and row.kind not in {MIGRATION, MATRIX_ACTIVATED, PASSWORD_RESET, CALL_BACK, APPLY_ROLE, LEFT, HAND_OVER}:
        return send_mail(system, row)
    try:
        if row.kind == MIGRATION:
            continue_migration(system, row)
        elif row.kind == MATRIX_ACTIVATED:
            continue_marking(system, row)
        elif row.kind == PASSWORD_RESET:
            deliver_password_reset(system, row)
        elif row.kind == CALL_BACK:
            call_back(system, row)
        elif row.kind == APPLY_ROLE:
            apply_role(system, row)
        elif row.kind == LEFT:
            find_instances(system, row)
        elif row.kind == HAND_OVER:
            hand_over(system, row)
        else:
            deliver_event(system, row)
    except CountersignError as error:
        log.warning("outbox_row_refused", outbox_id=outbox_id, kind=row.kind, code=error.code)
        attempts = row.attempts + 1
        status = "failed" if attempts >= ATTEMPTS_MAX and not isinstance(error, Unavailable) else "waiting"
        with system.database.write() as work:
            journal.update_outbox(
                work,
                outbox_id,
                status=status,
                attempts=attempts,
                available_at=system.clock() + BACK_OFF * 2 ** min(attempts, 10),
                lease_until=None,
            )
            work.commit()
        return False
    return True
