"""Mail templates of an environment as its administrators see them: the text in force, the product's own, and how a mail would look."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.errors import InvalidRequest, NotFound
from app.domain.users import clean_lines, clean_text
from app.operations.answer import JsonObject
from app.operations.mails.compose import values_of
from app.operations.mails.texts import (
    SUBJECT_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    Language,
    MailText,
    faults_of,
    fill,
    language_of,
    languages,
    placeholders_of,
)
from app.operations.wording import instant

_DOCUMENT = {"seller": "Acme", "number": "A-2026-1201", "total": "12000.00", "currency": "EUR"}
_TASK = {
    "name": "Code invoice",
    "step": "first_line",
    "is_overdue": True,
    "document": {"number": "A-2026-1201", "total": {"amount": "12000.00", "currency": "EUR"}},
}


def find_template(template: str, language: str) -> Language:
    """Return the language of a template that there is.

    Raises:
        NotFound: there is no such template, or no such language.
    """
    if language not in languages() or template not in language_of(language).templates:
        raise NotFound(what="mail template", id=f"{template}/{language}"[:200])
    return language_of(language)


def read_text(template: str, *, subject: str, text: str) -> MailText:
    """Return an own text as it is stored.

    Raises:
        InvalidRequest: it is empty or too long, has characters that are not seen, or placeholders that the template does not know.
    """
    errors: dict[str, list[str]] = {}
    cleaned: dict[str, str] = {}
    for name, given, clean, length_max in (
        ("subject", subject, clean_text, SUBJECT_LENGTH_MAX),
        ("text", text, clean_lines, TEXT_LENGTH_MAX),
    ):
        try:
            cleaned[name] = clean(given)
        except ValueError as error:
            errors[name] = [str(error)]
            continue
        if not 0 < len(cleaned[name]) <= length_max:
            errors[name] = [f"Expected 1 to {length_max} characters."]
        elif faults := faults_of(cleaned[name], known=placeholders_of(template)):
            errors[name] = faults
    if errors:
        raise InvalidRequest(" ".join(f"{name}: {texts[0]}" for name, texts in errors.items()), errors=errors)
    return MailText(**cleaned)


def template_view(template: str, language: Language, row: Any | None, *, own: MailText | None, now: datetime, zone: ZoneInfo) -> JsonObject:
    """Return a template in the form of the API; `row` is the environment's own one, `own` its text or the one that is tried out."""
    default = language.templates[template]
    shown = own or default
    sample = values_of(_sample(template, now), language=language, zone=zone)
    return {
        "template": template,
        "language": language.key,
        "subject": shown.subject,
        "text": shown.text,
        "is_own": own is not None,
        "default": {"subject": default.subject, "text": default.text},
        "placeholders": [*placeholders_of(template)],
        "preview": {"subject": fill(shown.subject, sample), "text": fill(shown.text, sample)},
        "changed_at": None if row is None else instant(row.changed_at),
        "revision": 0 if row is None else row.revision,
    }


def text_of(row: Any | None) -> MailText | None:
    """Return the text of a stored row."""
    return None if row is None else MailText(subject=row.subject, text=row.text)


def _sample(template: str, now: datetime) -> JsonObject:
    """Return a made-up mail for the preview."""
    return {
        "name": "Marc Anthony",
        "document": "Draft 12" if template == "matrix_review" else _DOCUMENT,
        "step": "first_line",
        "why": "EUR 12,000.00",
        "due_at": instant(now + timedelta(days=2)),
        "status": "Approved for payment",
        "count": 2,
        "tasks": [_TASK, _TASK],
        "actor": "Claire",
        "username": "marc",
        "days": 7,
    }
