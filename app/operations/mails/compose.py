"""A mail as it leaves: a row of the outbox, in words and in the language of who reads it."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.operations.mails.texts import Language, MailText, fill

_PLACE = "{secret}"
_GAPS = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a mail is put together with.

    `own_text` is the environment's own text of the template, None where it has none. `secret` is that of the single-use link in its path,
    `decide_path` leads to a decision without signing in, until `decide_until`; None where the mail has no such link.
    """

    sender: str
    public_url: str
    zone: ZoneInfo
    language: Language
    own_text: MailText | None = None
    secret: str | None = None
    decide_path: str | None = None
    decide_until: datetime | None = None


def compose_mail(payload: Mapping[str, Any], *, outbox_id: str, written_at: datetime, frame: Frame) -> EmailMessage:
    """Return the mail that an outbox row stands for: as plain text, and the same as HTML that loads nothing.

    The same row gives the same mail each time, but for the secrets in its links.
    """
    text = frame.own_text or frame.language.templates[payload["template"]]
    values = values_of(payload, language=frame.language, zone=frame.zone)
    subject = _one_line(fill(text.subject, values))
    paragraphs, links = _paragraphs(payload, text, values, frame), _links(payload, frame)
    words = frame.language.words
    footer = words["footer_contact" if payload["user_id"] is None else "footer"]
    message = EmailMessage()
    message["From"] = frame.sender
    message["To"] = payload["address"]
    message["Subject"] = subject
    message["Date"] = format_datetime(written_at)
    message["Message-ID"] = message_id(outbox_id)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    plain = [*paragraphs, *(f"{label}:\n{address}" for label, address in links), f"-- \n{footer}"]
    message.set_content("\n\n".join(plain) + "\n", cte="quoted-printable")
    message.add_alternative(_html(subject, paragraphs, links, footer=footer, language=frame.language.key), "html", cte="quoted-printable")
    message["Content-Language"] = frame.language.key  # here, since content replaces what is said of it
    message.set_boundary(f"=_{outbox_id}")  # else a random one: a mail that is sent again is the same mail
    return message


def message_id(outbox_id: str) -> str:
    """Return the Message-ID of an outbox row, the same each time it is sent."""
    return f"<{outbox_id}@countersign>"


def values_of(payload: Mapping[str, Any], *, language: Language, zone: ZoneInfo) -> dict[str, str]:
    """Return what the placeholders of a text stand for."""
    values = {name: str(value) for name, value in payload.items() if isinstance(value, str | int)}
    values |= {
        "document": _document(payload.get("document"), language),
        "task": language.step(payload["step"]) if payload.get("step") else str(payload.get("task_name") or ""),
        "due": _instant(payload.get("due_at"), language, zone),
        "status": _status(payload, language),
        "tasks": "\n".join(_lines_of_digest(payload, language)) if "tasks" in payload else "",
    }
    return values


def _paragraphs(payload: Mapping[str, Any], text: MailText, values: Mapping[str, str], frame: Frame) -> list[str]:
    words = frame.language.words
    body = _GAPS.sub("\n\n", fill(text.text, values).replace("\r\n", "\n")).strip()
    found = [fill(words["greeting"], values)] if payload.get("name") else []
    found += [part for part in body.split("\n\n") if part.strip()]
    if values["due"] and "due" not in text.placeholders:
        found.append(fill(words["due"], values))
    return found


def _links(payload: Mapping[str, Any], frame: Frame) -> list[tuple[str, str]]:
    """Return what the mail leads to, each with its label: where the thing is, and a decision without signing in."""
    words, links = frame.language.words, []
    path = payload.get("path") or (f"/tasks/{payload['task_id']}" if payload.get("task_id") else None)
    if path is not None:
        links.append((words["open"], f"{frame.public_url}{path if frame.secret is None else path.replace(_PLACE, frame.secret)}"))
    if frame.decide_path is not None and frame.decide_until is not None:
        until = {"until": frame.language.instant(frame.decide_until, frame.zone)}
        links.append((fill(words["decide"], until), f"{frame.public_url}{frame.decide_path}"))
    return links


def _html(subject: str, paragraphs: list[str], links: list[tuple[str, str]], *, footer: str, language: str) -> str:
    """Return the mail as HTML: escaped, and without anything that is loaded from elsewhere or tells that it was read."""
    written = [f"<p>{html.escape(each).replace(chr(10), '<br>')}</p>" for each in paragraphs]
    written += [f'<p><a href="{html.escape(address)}">{html.escape(label)}</a></p>' for label, address in links]
    body = "\n".join([*written, f"<hr><p><small>{html.escape(footer)}</small></p>"])
    head = f'<meta charset="utf-8"><title>{html.escape(subject)}</title>'
    style = "font-family:sans-serif;font-size:16px;line-height:1.5;max-width:40em"
    return f'<!doctype html>\n<html lang="{language}"><head>{head}</head><body style="{style}">\n{body}\n</body></html>\n'


def _document(document: Any, language: Language) -> str:
    """Return the document in a few words; rows of the outbox from before there were languages have it as a text."""
    if not isinstance(document, Mapping):
        return str(document or "")
    seller = f"{document['seller']} " if document["seller"] else ""
    return f"{seller}{document['number']}, {language.amount(Decimal(document['total']), document['currency'])}"


def _instant(text: Any, language: Language, zone: ZoneInfo) -> str:
    return language.instant(datetime.fromisoformat(text), zone) if text else ""


def _status(payload: Mapping[str, Any], language: Language) -> str:
    """Return the new status of a document; after a step that is its name and what came of it."""
    status = str(payload.get("status") or "")
    if payload.get("after") is None:
        return status
    return f"{payload['after']}: {language.words.get(status, status)}"


def _lines_of_digest(payload: Mapping[str, Any], language: Language) -> list[str]:
    lines = []
    for each in payload["tasks"]:
        document = each["document"]
        total = None if document is None else language.amount(Decimal(document["total"]["amount"]), document["total"]["currency"])
        what = each["name"] if document is None else f"{document['number']}, {total}"
        late = f" ({language.words['overdue']})" if each["is_overdue"] else ""
        lines.append(f"- {what}: {language.step(each['step']) if each['step'] else each['name']}{late}")
    if payload["count"] > len(payload["tasks"]):
        lines.append(f"- {fill(language.words['more'], {'count': str(payload['count'] - len(payload['tasks']))})}")
    return lines


def _one_line(text: str) -> str:
    return " ".join(text.split())
