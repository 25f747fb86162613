"""Why a task is with somebody, hand by hand, and why it is not. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.web.formatting import Calendar, initial, join_names, limit_text, person_name, username_of

_CAUSES = {
    "route": "By the approval matrix",
    "delegation": "Delegated",
    "return": "Given back",
    "escalation": "Escalated",
    "reassignment": "Reassigned",
    "addition": "Added",
    "backup": "As backup",
    "absence": "As stand-in",
    "successor": "As successor",
    "chain": "As stand-in",
    "question": "Asked",
    "manual": "By hand",
    "assignee": "By the process",
    "stand_in": "As stand-in",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """One hand that a share of the task went through."""

    title: str
    mark: str
    username: str
    at: str
    text: str
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyView:
    """How the task came to who looks at it, and by which matrix."""

    hands: tuple[Hand, ...]
    matrix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNotView:
    """Why the task is not with who looks at it, and with whom it is."""

    asked: str
    reasons: tuple[str, ...]


def show_why(body: Mapping[str, Any], *, me: str, calendar: Calendar) -> WhyView:
    """Return the hands, oldest first; several shares that came the same way are told once."""
    hands = tuple(dict.fromkeys(_hand(link, me=me, calendar=calendar) for share in body.get("shares") or () for link in share["chain"]))
    matrix = body.get("matrix") or {}
    version = matrix.get("version")
    return WhyView(hands=hands, matrix=f"Matrix version {version}, for {calendar.day(matrix.get('resolved_on'))}" if version else "")


def _hand(link: Mapping[str, Any], *, me: str, calendar: Calendar) -> Hand:
    person = link.get("person")
    name = "You" if username_of(person) == me else person_name(person)
    cause = _CAUSES.get(str(link.get("cause")), str(link.get("cause") or "").replace("_", " ").capitalize())
    evidence = link.get("evidence") or {}
    limit = limit_text(evidence["limit"]) if evidence.get("limit") is not None else ""
    text = str(link.get("text") or "")
    comment = str(link.get("comment") or "")
    return Hand(
        title=f"{cause} · {name}" + (f", {limit}" if limit else ""),
        mark=initial(person_name(person)),
        username=username_of(person),
        at=calendar.moment(link["at"]) if link.get("at") else "",
        text=text,
        comment="" if comment in text else comment,
    )


def show_why_not(body: Mapping[str, Any]) -> WhyNotView:
    """Return the reasons, each once, and who is asked."""
    asked = join_names([person_name(person) for person in body.get("asked") or ()], last="and")
    return WhyNotView(asked=asked, reasons=tuple(dict.fromkeys(str(each.get("text")) for each in body.get("reasons") or ())))


def due_words(body: Mapping[str, Any], *, due_at: str, paused: bool) -> str:
    """Return when the task is due and how much working time that is: "Due Thu 5 Nov 17:00, 3 working days left."."""
    minutes, days = body.get("working_minutes"), body.get("working_days")
    if paused or minutes is None:
        return f"Due {due_at}." if not paused else f"Due {due_at}; its clock stands still."
    if minutes < 0:
        return f"Was due {due_at}, {_working(-minutes)} of working time ago."
    if minutes == 0:
        return f"Due {due_at}, no working time left."
    if not days:
        return f"Due {due_at}, {_working(minutes)} of working time left."
    return f"Due {due_at}, {days} working {'day' if days == 1 else 'days'} from today."


def _working(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else ""]
    return " ".join(part for part in parts if part)
