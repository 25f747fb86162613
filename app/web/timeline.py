"""A document's timeline by day, with its filters. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from app.web.formatting import Calendar, day_long, person_name, words

FILTERS = (("all", "Everything"), ("decisions", "Decisions"), ("checks", "Checks"))
_ICONS = (
    ("approved", "check", "yes"),
    ("rejected", "x", "no"),
    ("delegat", "forward", ""),
    ("escalat", "arrow-up-right", "esc"),
    ("remind", "bell", ""),
    ("incident", "circle-alert", "no"),
    ("failed", "circle-alert", "no"),
    ("comment", "message-square", ""),
    ("question", "message-square", ""),
    ("held", "pause", ""),
    ("released", "play", ""),
    ("attachment", "file-text", ""),
    ("approver_added", "plus", ""),
    ("mail", "mail", ""),
    ("finding", "file-warning", "warn"),
    ("check", "file-check", ""),
    ("decision", "scale", ""),
    ("rule", "scale", ""),
    ("coded", "braces", ""),
    ("duplicate", "file-check", ""),
    ("route", "users", ""),
    ("role_player", "users", ""),
    ("timer", "timer", ""),
    ("task", "user", ""),
    ("instance", "workflow", ""),
    ("status", "circle-dot", ""),
    ("document", "file-text", ""),
)
_DECISIONS = (
    "approved",
    "rejected",
    "delegat",
    "claim",
    "status",
    "escalat",
    "comment",
    "question",
    "held",
    "released",
    "added",
    "withdrawn",
    "reassigned",
    "returned",
)
_CHECKS = ("check", "duplicate", "coded", "finding", "decision", "rule", "route", "role_player", "incident")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened."""

    at: str
    time: str
    icon: str
    tone: str
    actor: str
    text: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What happened on one day."""

    title: str
    entries: tuple[Entry, ...]


def show_timeline(
    items: Iterable[Mapping[str, Any]], *, calendar: Calendar, only: str = "all", names: Mapping[str, str] | None = None
) -> tuple[Day, ...]:
    """Return the timeline, which comes oldest first, newest first by day, filtered to decisions or checks when asked."""
    shown = [item for item in reversed(list(items)) if belongs(str(item.get("kind")), only)]
    shown.sort(key=lambda item: str(item.get("at")), reverse=True)
    days = groupby(shown, key=lambda item: _day(item, calendar))
    return tuple(Day(title=title, entries=tuple(_entry(item, calendar, names or {}) for item in members)) for title, members in days)


def belongs(kind: str, only: str) -> bool:
    """Return whether an entry of this kind passes the filter."""
    family = {"decisions": _DECISIONS, "checks": _CHECKS}.get(only)
    return family is None or any(word in kind for word in family)


def _day(item: Mapping[str, Any], calendar: Calendar) -> str:
    local = calendar.local(item.get("at"))
    if local is None:
        return "Undated"
    title = day_long(local.date())
    return title if local.year == calendar.today.year else f"{title} {local.year}"


def _entry(item: Mapping[str, Any], calendar: Calendar, names: Mapping[str, str]) -> Entry:
    """Return one entry; texts name who acted, so that only comments, which are his own words, have an actor beside them."""
    kind = str(item.get("kind"))
    icon, tone = next(((icon, tone) for word, icon, tone in _ICONS if word in kind), ("circle", ""))
    local = calendar.local(item.get("at"))
    facts = item.get("facts")
    detail = str(facts.get("reason") or facts.get("comment") or "") if isinstance(facts, Mapping) else ""
    text = str(item.get("text") or words(kind))
    return Entry(
        at=str(item.get("at")),
        time=f"{local:%H:%M}" if local else "",
        icon=icon,
        tone=tone,
        actor=actor_name(item.get("actor"), names) if kind == "comment" else "",
        text=text,
        detail="" if detail in text else detail,
    )


def actor_name(actor: object, names: Mapping[str, str]) -> str:
    """Return the full name of an actor that is given as a person or as a user name."""
    return names.get(str(actor)) or person_name(actor)
