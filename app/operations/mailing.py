"""Mails as outbox rows: written in the turn, sent by a job, with a Message-ID that stays the same if one is ever sent twice."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from app.domain.money import amount_text
from app.operations.absences.standing_in import stand_ins_in
from app.operations.wording import step_name
from app.persistence import journal
from app.persistence.database import UnitOfWork

if TYPE_CHECKING:
    from app.operations.system import System
    from app.operations.turn import Turn

MAIL = "mail"
SECRET = "{secret}"


_LETTERS = {
    "locked_out": ("Your account is locked", "Your account was locked after three failed attempts to sign in."),
    "password_reset": ("Set a new password", "Here you can set a new password. The link works once, for two hours."),
    "password_changed": ("Your password was changed", "The password of your account was changed."),
    "activation": ("Your account is ready", "An account was made for you."),
    "standing_in": ("You stand in for a colleague", "A colleague is away, and you act in the meantime."),
    "pin_locked": ("Your PIN is locked", "Your PIN was locked after three wrong tries."),
    "pin_reset": ("Your PIN was reset", "An administrator took your PIN back."),
}


DIGESTED = frozenset(
    {
        "assignment",
        "reminder",
        "due_soon",
        "overdue",
        "escalation",
        "delegation",
        "reassignment",
        "addition",
        "returned",
        "question",
        "answer",
    }
)
"""Mails that say that something waits for somebody, which his list of the day says, too."""


def announce_assignments(turn: "Turn", task: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write one mail for each person who is newly assigned and wants to be told, and for each who stands in for him today and does.

    Source: TSK-03, ESC-05.
    """
    first_of_person: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        first_of_person.setdefault(row["user_id"], row)
    for user_id, row in first_of_person.items():
        if turn.person(user_id).notify_new_task:
            write_mail(turn, template="assignment", user_id=user_id, task=task, why=row["why"], key=f"assignment:{row['id']}")
    told = set(first_of_person)
    for user_id, row in first_of_person.items():
        for stand_in in stand_ins_in(turn, user_id):
            if stand_in.notify_new_task and stand_in.id not in told:
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

    Nothing for a person without an address, nor for one who gets one mail a day that names the task.
    """
    person = turn.person(user_id)
    if not person.email or (person.wants_digest and template in DIGESTED):
        return
    turn.outbox.append(
        {
            "id": turn.system.new_id(),
            "environment_id": turn.environment.id,
            "kind": MAIL,
            "key": key,
            "payload": {
                "template": template,
                "user_id": user_id,
                "address": person.email,
                "name": person.full_name,
                "task_id": task["id"],
                "task_name": task["name"],
                "step": task["step"],
                "why": why,
                "document": _document_title(turn),
            },
            "status": "waiting",
            "available_at": turn.now,
            "attempts": 0,
            "created_at": turn.now,
        }
    )


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
        template: names the words; see `_words`.
        facts: what the words and the mail name, `why` and `document` among them.
        path: where the mail leads, from the public address on; with a link, `{secret}` stands where its secret goes.
        key: the same mail is never written twice under it.
        link: kind, subject and lifetime of a single-use link, from `link_of`; its secret is made when the mail leaves, so that it stands nowhere.
    """
    if not person.email:
        return
    now = system.clock()
    payload = {
        "why": "",
        "document": "",
        **facts,
        "template": template,
        "user_id": person.id,
        "address": person.email,
        "name": person.full_name,
        "task_id": facts.get("task_id"),
        "path": path,
    }
    row = {
        "id": system.new_id(),
        "environment_id": environment_id,
        "kind": MAIL,
        "key": key,
        "payload": payload | ({"link": dict(link)} if link else {}),
        "status": "waiting",
        "available_at": now,
        "attempts": 0,
        "created_at": now,
    }
    journal.insert_outbox(work, [row])


def link_of(kind: str, *, lifetime: timedelta, subject: str | None = None) -> dict[str, Any]:
    """Return the single-use link of a mail: what it is for, about what, and for how long it holds from when the mail leaves."""
    return {"kind": kind, "subject": subject, "lifetime_seconds": int(lifetime.total_seconds())}


def compose_mail(payload: Mapping[str, Any], *, outbox_id: str, sender: str, public_url: str, secret: str | None = None) -> EmailMessage:
    """Return the mail that an outbox row stands for; `secret` is that of its single-use link."""
    subject, opening = _words(payload)
    message = EmailMessage()
    message["From"] = sender
    message["To"] = payload["address"]
    message["Subject"] = _one_line(subject)
    message["Message-ID"] = message_id(outbox_id)
    message["Auto-Submitted"] = "auto-generated"
    path = payload.get("path") or f"/tasks/{payload['task_id']}"
    if secret is not None:
        path = path.replace(SECRET, secret)
    lines = [f"{payload['name']},", "", opening, "", payload["why"], "", f"{public_url}{path}", ""]
    message.set_content("\n".join(lines))
    return message


def message_id(outbox_id: str) -> str:
    """Return the Message-ID of an outbox row, the same each time it is sent."""
    return f"<{outbox_id}@countersign>"


def _words(payload: Mapping[str, Any]) -> tuple[str, str]:
    document = payload["document"]
    if payload["template"] == "matrix_review":
        return f"To look at: {document}", f"The draft {document} of the approval matrix waits for you."
    if payload["template"] == "digest":
        return _words_of_digest(payload)
    if payload["template"] in _LETTERS:
        return _LETTERS[payload["template"]]
    what = step_name(payload["step"]) if payload["step"] else payload["task_name"]
    match payload["template"]:
        case "reminder":
            return f"Still open: {document}", f"{document} still waits for you: {what}."
        case "due_soon":
            return f"Due soon: {document}", f"{document} is due soon and still waits for you: {what}."
        case "overdue":
            return f"Overdue: {document}", f"{document} is overdue and still waits for you: {what}."
        case "escalation":
            return f"Escalated to you: {document}", f"{document} was escalated to you: {what}."
        case "question":
            return f"A question for you: {document}", f"You are asked about {document}."
        case "answer":
            return f"Answered: {document}", f"Your question about {document} was answered: {what}."
        case "delegation":
            return f"Delegated to you: {document}", f"{document} was delegated to you: {what}."
        case "returned":
            return f"Sent back to you: {document}", f"{document} was rejected and comes back to you: {what}."
        case "reassignment":
            return f"Now with you: {document}", f"An administrator gave {document} to you: {what}."
        case "reassigned":
            return f"No longer with you: {document}", f"An administrator gave {document} to somebody else: {what}."
        case "addition":
            return f"To sign as well: {document}", f"You were added to those who sign {document}: {what}."
        case "moved":
            return (
                f"No longer with you: {document}",
                f"An administrator moved {document} to another step, so this does not wait for you any more: {what}.",
            )
        case _:
            return f"To sign: {document}", f"{document} waits for you: {what}."


def _words_of_digest(payload: Mapping[str, Any]) -> tuple[str, str]:
    number = payload["count"]
    lines = [f"{number} {'task waits' if number == 1 else 'tasks wait'} for you:", ""]
    for each in payload["tasks"]:
        document = each["document"]
        what = each["name"] if document is None else f"{document['number']}, {document['total']['amount']} {document['total']['currency']}"
        lines.append(f"- {what}: {step_name(each['step']) if each['step'] else each['name']}{' (overdue)' if each['is_overdue'] else ''}")
    if number > len(payload["tasks"]):
        lines.append(f"- and {number - len(payload['tasks'])} more")
    return f"Waiting for you: {number}", "\n".join(lines)


def _document_title(turn: "Turn") -> str:
    document = turn.document
    if document is None:
        return turn.definition.name
    seller = f"{document.seller_name} " if document.seller_name else ""
    return f"{seller}{document.number}, {amount_text(document.total, document.currency)} {document.currency}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
