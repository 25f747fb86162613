"""Mails as outbox rows: written in the turn, sent by a job, with a Message-ID that stays the same if one is ever sent twice."""

from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from app.domain.money import amount_text
from app.operations.wording import step_name

if TYPE_CHECKING:
    from app.operations.turn import Turn

MAIL = "mail"


def announce_assignments(turn: "Turn", task: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write one mail for each person who is newly assigned and wants to be told. Source: TSK-03."""
    first_of_person: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        first_of_person.setdefault(row["user_id"], row)
    for user_id, row in first_of_person.items():
        if turn.person(user_id).notify_new_task:
            write_mail(turn, template="assignment", user_id=user_id, task=task, why=row["why"], key=f"assignment:{row['id']}")


def write_mail(turn: "Turn", *, template: str, user_id: str, task: Mapping[str, Any], why: str, key: str) -> None:
    """Add a mail about a task to the outbox of the turn; nothing for a person without an address."""
    person = turn.person(user_id)
    if not person.email:
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


def compose_mail(payload: Mapping[str, Any], *, outbox_id: str, sender: str, public_url: str) -> EmailMessage:
    """Return the mail that an outbox row stands for."""
    subject, opening = _words(payload)
    message = EmailMessage()
    message["From"] = sender
    message["To"] = payload["address"]
    message["Subject"] = _one_line(subject)
    message["Message-ID"] = message_id(outbox_id)
    message["Auto-Submitted"] = "auto-generated"
    path = payload.get("path") or f"/tasks/{payload['task_id']}"
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
    what = step_name(payload["step"]) if payload["step"] else payload["task_name"]
    match payload["template"]:
        case "reminder":
            return f"Still open: {document}", f"{document} still waits for you: {what}."
        case "escalation":
            return f"Escalated to you: {document}", f"{document} was escalated to you: {what}."
        case "delegation":
            return f"Delegated to you: {document}", f"{document} was delegated to you: {what}."
        case "moved":
            return (
                f"No longer with you: {document}",
                f"An administrator moved {document} to another step, so this does not wait for you any more: {what}.",
            )
        case _:
            return f"To sign: {document}", f"{document} waits for you: {what}."


def _document_title(turn: "Turn") -> str:
    document = turn.document
    if document is None:
        return turn.definition.name
    seller = f"{document.seller_name} " if document.seller_name else ""
    return f"{seller}{document.number}, {amount_text(document.total, document.currency)} {document.currency}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
