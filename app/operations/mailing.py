"""Mails as outbox rows: written in the turn, sent by a job, with a Message-ID that stays the same if one is ever sent twice."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.domain.people import Person
from app.operations.absences.standing_in import stand_ins_in
from app.operations.tasks.acting import content_mark
from app.operations.wording import instant
from app.persistence import journal
from app.persistence.database import UnitOfWork

if TYPE_CHECKING:
    from app.operations.system import System
    from app.operations.turn import Turn

MAIL = journal.MAIL
NEW_TASKS = frozenset({"assignment", "delegation", "escalation", "reassignment", "addition"})
"""Mails that say that somebody has got a task, however it came to him."""
REMINDERS = frozenset({"reminder", "due_soon", "overdue"})
DIGESTED = NEW_TASKS | REMINDERS | {"returned", "arrived", "question", "answer"}
"""Mails that say that something waits for somebody, which his list of the day says, too."""


def announce_assignments(turn: "Turn", task: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write one mail for each person who is newly assigned and wants to be told, and for each who stands in for him today and does.

    Source: TSK-03, ESC-05.
    """
    first_of_person: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        first_of_person.setdefault(row["user_id"], row)
    for user_id, row in first_of_person.items():
        write_mail(turn, template="assignment", user_id=user_id, task=task, why=row["why"], key=f"assignment:{row['id']}")
    told = set(first_of_person)
    for user_id, row in first_of_person.items():
        for stand_in in stand_ins_in(turn, user_id):
            if stand_in.id not in told:
                told.add(stand_in.id)
                why = f"You stand in for {turn.person(user_id).full_name}. {row['why']}".strip()
                key = f"assignment:{row['id']}:{stand_in.id}"
                write_mail(turn, template="assignment", user_id=stand_in.id, task=task, why=why, key=key)


def announce_again(turn: "Turn", task: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], *, why: str) -> None:
    """Write a mail to everybody who is asked again what was signed before, since nobody expects it. Source: HND-02."""
    for user_id in dict.fromkeys(row["user_id"] for row in rows):
        write_mail(turn, template="returned", user_id=user_id, task=task, why=why, key=f"returned:{task['id']}:{user_id}")


def write_mail(turn: "Turn", *, template: str, user_id: str, task: Mapping[str, Any], why: str, key: str) -> None:
    """Add a mail about a task to the outbox of the turn.

    Nothing for a person who has left or is without an address, for one who does not want mails of this kind, nor for one who gets one mail
    a day that names the task. Source: TSK-03.
    """
    person = turn.person(user_id)
    if not _wants(person, template):
        return
    payload = {
        "template": template,
        "user_id": user_id,
        "address": person.email,
        "name": person.full_name,
        "task_id": task["id"],
        "task_name": task["name"],
        "step": task["step"],
        "due_at": instant(task.get("due_at")),
        "why": why,
        "document": document_facts(turn),
    }
    add_mail(turn, payload, key=key)


def add_mail(turn: "Turn", payload: Mapping[str, Any], *, key: str) -> None:
    """Add a mail to the outbox of the turn, whoever gets it; the same mail is never written twice under its key."""
    turn.outbox.append(mail_row(turn.system.new_id(), turn.environment.id, payload, key=key, now=turn.now))


def mail_row(row_id: str, environment_id: int, payload: Mapping[str, Any], *, key: str, now: datetime) -> dict[str, Any]:
    """Return the row of the outbox for a mail that waits to leave."""
    return {
        "id": row_id,
        "environment_id": environment_id,
        "kind": MAIL,
        "key": key,
        "payload": dict(payload),
        "status": "waiting",
        "available_at": now,
        "attempts": 0,
        "created_at": now,
    }


def write_letter(
    system: "System",
    work: UnitOfWork,
    *,
    environment_id: int,
    person: Any,
    template: str,
    facts: Mapping[str, Any],
    path: str,
    key: str,
    link: Mapping[str, Any] | None = None,
) -> None:
    """Add a mail outside of a turn to the outbox; nothing for a person without an address, nothing when the key is there already.

    Args:
        system: the clock and the ids.
        work: the transaction of what the mail tells.
        environment_id: whose mail it is.
        person: the receiver, a Person or the row of a user.
        template: names the texts in `mails/texts`.
        facts: what the placeholders of the texts stand for.
        path: where the mail leads, from the public address on; with a link, `{secret}` stands where its secret goes.
        key: the same mail is never written twice under it.
        link: kind, subject and lifetime of a single-use link, from `link_of`; its secret is made when the mail leaves, so that it stands nowhere.
    """
    if not person.email:
        return
    payload = {
        **facts,
        "template": template,
        "user_id": person.id,
        "address": person.email,
        "name": person.full_name,
        "task_id": facts.get("task_id"),
        "path": path,
    }
    row = mail_row(system.new_id(), environment_id, payload | ({"link": dict(link)} if link else {}), key=key, now=system.clock())
    journal.insert_outbox(work, [row])


def link_of(kind: str, *, lifetime: timedelta, subject: str | None = None) -> dict[str, Any]:
    """Return the single-use link of a mail: what it is for, about what, and for how long it holds from when the mail leaves."""
    return {"kind": kind, "subject": subject, "lifetime_seconds": int(lifetime.total_seconds())}


def _wants(person: Person, template: str) -> bool:
    """Whether somebody is still here, has an address and gets mails of this kind: by his profile, and not by one a day that names the task."""
    if not person.active or not person.email or (person.wants_digest and template in DIGESTED):
        return False
    if template in NEW_TASKS:
        return person.notify_new_task
    return person.notify_reminders if template in REMINDERS else True


def document_facts(turn: "Turn") -> dict[str, Any] | str:
    """Return what a mail says of the document; its own language writes the amount. Without a document the name of the process."""
    document = turn.document
    if document is None:
        return turn.definition.name
    return {
        "seller": document.seller_name,
        "number": document.number,
        "total": str(document.total),
        "currency": document.currency,
        "mark": content_mark(document),
    }
