"""A mail leaves."""

import smtplib
from datetime import timedelta
from typing import Any

from app.operations.mails.compose import compose_mail, message_id
from app.operations.mails.framing import frame_mail
from app.operations.mails.outdated import find_outdated
from app.operations.system import System
from app.persistence import journal
from app.persistence.database import UnitOfWork

ATTEMPTS_MAX = 8
BACK_OFF = timedelta(seconds=15)
SUBJECT_LENGTH_MAX = 300


def deliver_mail(system: System, outbox_id: str) -> bool:
    """Hand the mail of an outbox row to the mail server and return whether it was taken.

    No lock is held while the mail server is asked; the lease of the row keeps other workers away. When the process dies between server and
    commit the mail is sent again with the same Message-ID.
    A failure is retried with back-off; after 8 attempts the row is failed and stands in the mail log, as does a mail that is wrong by now.
    Source: LOG-02.
    """
    with system.database.read() as reading:
        row = journal.find_outbox(reading, outbox_id)
    return row is not None and row.status == "waiting" and send_mail(system, row)


def send_mail(system: System, row: Any) -> bool:
    """Do it for a row of the outbox that was just read and waits."""
    outdated = find_outdated(system, row)
    if outdated is not None:
        _keep(system, row, subject="", result=f"not sent: {outdated}", status="done")
        return False
    subject = ""
    try:
        mail = compose_mail(row.payload, outbox_id=row.id, written_at=row.created_at, frame=frame_mail(system, row))
        subject = mail["Subject"]
        system.send_mail(mail)
    except (OSError, ValueError, smtplib.SMTPException) as error:
        result, status = f"failed: {type(error).__name__}", "failed" if row.attempts + 1 >= ATTEMPTS_MAX else "waiting"
    else:
        result, status = "sent", "done"
    _keep(system, row, subject=subject, result=result, status=status)
    return status == "done"


def _keep(system: System, row: Any, *, subject: str, result: str, status: str) -> None:
    """Store what became of a mail; it stands in the mail log unless it is tried again."""
    now, attempts = system.clock(), row.attempts + 1
    with system.database.write() as work:
        journal.update_outbox(
            work, row.id, status=status, attempts=attempts, available_at=now + BACK_OFF * 2**attempts, lease_until=None, done_at=now
        )
        if status != "waiting":
            _log(system, work, row, subject, result)
        work.commit()


def _log(system: System, work: UnitOfWork, row: Any, subject: str, result: str) -> None:
    payload = row.payload
    journal.insert_mail_log(
        work,
        id=system.new_id(),
        environment_id=row.environment_id,
        outbox_id=row.id,
        message_id=message_id(row.id),
        template=payload["template"],
        user_id=payload["user_id"],
        address=payload["address"],
        subject=subject[:SUBJECT_LENGTH_MAX],
        task_id=payload["task_id"],
        result=result,
        created_at=system.clock(),
    )
