"""What a mail needs besides its row when it leaves: language, own text, time zone, and the secrets of its links."""

from datetime import timedelta
from typing import Any

from app.domain.environment_settings import ACTION_LINK_HOURS, ACTION_LINKS
from app.operations.environment_settings import settings_of
from app.operations.mailing import NEW_TASKS, REMINDERS
from app.operations.mails.compose import Frame
from app.operations.mails.texts import MailText, language_of
from app.operations.people.links import DECIDE, DECIDE_PATH, make_link
from app.operations.system import System
from app.operations.turn import environment_of
from app.persistence import mails, tasks, users
from app.persistence.database import Reading

_DECIDED = frozenset({"approval", "task", "manual"})
"""The kinds of tasks that are approved or rejected."""


def frame_mail(system: System, row: Any) -> Frame:
    """Return the frame of the mail that a row of the outbox stands for.

    Single-use links are made now and stored as a hash alone, so that a secret stands in this one mail and nowhere else; a mail that is
    sent again carries others.
    """
    payload = row.payload
    with system.database.read() as reading:
        found = mails.read_frame(
            reading, row.environment_id, user_id=payload["user_id"], company_key=payload.get("company"), template=payload["template"]
        )
        environment = environment_of(found[0])
        settings = settings_of(system, reading, environment)
        decides = bool(settings[ACTION_LINKS]) and _is_decision(payload)
        if decides:
            task = tasks.find_task(reading, environment.id, payload["task_id"])
            decides = task is not None and task.status == "open" and task.kind in _DECIDED and _reaches_reader(reading, row)
    language = language_of(found[0].spoken)
    own = next((MailText(subject=each.subject, text=each.text) for each in found if each.language == language.key), None)
    lifetime = timedelta(hours=int(settings[ACTION_LINK_HOURS]))
    decide_secret = _make_link(system, row, kind=DECIDE, subject=subject_of(payload), lifetime=lifetime) if decides else None
    link = payload.get("link")
    secret = None
    if link is not None:
        secret = _make_link(system, row, kind=link["kind"], subject=link["subject"], lifetime=timedelta(seconds=link["lifetime_seconds"]))
    return Frame(
        sender=system.mail_from,
        public_url=system.public_url,
        zone=environment.zone,
        language=language,
        own_text=own,
        secret=secret,
        decide_path=None if decide_secret is None else DECIDE_PATH.format(secret=decide_secret),
        decide_until=None if decide_secret is None else system.clock() + lifetime,
    )


def _reaches_reader(reading: Reading, row: Any) -> bool:
    """Return whether the mail goes to the address that its reader has now: another could be that of a stranger."""
    reader = users.find_user(reading, row.environment_id, row.payload["user_id"])
    return reader is None or reader.email == row.payload["address"]


def subject_of(payload: Any) -> str:
    """Return what a link to decide is about: the task, and the document as the mail shows it."""
    document = payload["document"]
    return f"{payload['task_id']} {document['mark']}" if isinstance(document, dict) else str(payload["task_id"])


def _is_decision(payload: Any) -> bool:
    """Whether the mail asks its receiver to approve or reject, and says what as it was then."""
    document = payload.get("document")
    asks = payload["template"] in NEW_TASKS | REMINDERS and payload.get("task_id") is not None
    return asks and (isinstance(document, str) or "mark" in (document or ()))


def _make_link(system: System, row: Any, *, kind: str, subject: str | None, lifetime: timedelta) -> str:
    with system.database.write() as work:
        secret = make_link(
            system,
            work,
            environment_id=row.environment_id,
            user_id=row.payload["user_id"],
            kind=kind,
            subject=subject,
            lifetime=lifetime,
        )
        work.commit()
    return secret
