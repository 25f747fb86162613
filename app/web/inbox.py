"""What the inbox shows: rows grouped by when they are due, made from the tasks of the caller. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from app.web.formatting import (
    Badge,
    Calendar,
    amount_text,
    currency_of,
    join_names,
    kind_text,
    person_name,
    seller_name,
    username_of,
    words,
)

TABS = (("open", "Open"), ("completed", "Completed"), ("escalated", "Escalated"))
ROWS = 50
_OUTCOMES = {
    "approved": ("check", "yes"),
    "rejected": ("x", "no"),
    "delegated": ("forward", ""),
    "delegated_back": ("forward", ""),
    "escalated": ("arrow-up-right", "esc"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pip:
    """One approval step of the route as a dot: done, now or ahead."""

    state: str
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """One task as the inbox shows it; `mark` is id and revision, as a selection sends them."""

    id: str
    mark: str
    supplier: str
    number: str
    kind: str
    step: str
    why: str
    pips: tuple[Pip, ...]
    pips_text: str
    amount: str
    currency: str
    badges: tuple[Badge, ...]
    group: str
    group_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskGroup:
    """Rows that are due in the same stretch of time."""

    key: str
    title: str
    rows: tuple[TaskRow, ...]


def show_groups(
    items: Iterable[Mapping[str, Any]], *, status: str, me: str, calendar: Calendar, is_by_due: bool = True
) -> tuple[TaskGroup, ...]:
    """Return the tasks in their order, grouped by due date when they are open and by the day of decision when not.

    In another order than by due date they are one group without a title.
    """
    rows = [show_row(item, status=status, me=me, calendar=calendar) for item in items]
    if not is_by_due:
        return (TaskGroup(key="all", title="", rows=tuple(rows)),) if rows else ()
    return tuple(
        TaskGroup(key=key, title=title, rows=tuple(members))
        for (key, title), members in groupby(rows, key=lambda row: (row.group, row.group_title))
    )


def show_row(item: Mapping[str, Any], *, status: str, me: str, calendar: Calendar) -> TaskRow:
    """Return one task as a row."""
    document = item.get("document") or {}
    money = item.get("to_sign") or document.get("total")
    pips = show_pips(item.get("route") or ())
    if status == "open":
        group, title = calendar.due_group(item.get("due_at"))
    else:
        group, title = _day_group(item.get("my_decided_at") or item.get("decided_at"), calendar)
    return TaskRow(
        id=str(item.get("id")),
        mark=f"{item.get('id')}.{item.get('revision') or 1}",
        supplier=seller_name(document),
        number=str(document.get("number") or ""),
        kind=kind_text(document.get("kind")),
        step=step_text(item, me=me),
        why=why_short(item),
        pips=pips,
        pips_text=pips_text(pips),
        amount=amount_text(money),
        currency=currency_of(money, str(document.get("currency") or "")),
        badges=tuple(_badges(item, status=status, me=me, calendar=calendar)),
        group=group,
        group_title=title,
    )


def _day_group(instant: object, calendar: Calendar) -> tuple[str, str]:
    local = calendar.local(instant)
    if local is None:
        return "none", "Earlier"
    if local.date() == calendar.today:
        return "today", "Today"
    return local.date().isoformat(), calendar.moment(instant).rsplit(" ", 1)[0]


def step_name(item: Mapping[str, Any]) -> str:
    """Return the approval step's name, or the task's own for other tasks."""
    return words(item.get("step") or item.get("name") or item.get("element"))


def step_text(item: Mapping[str, Any], *, me: str) -> str:
    """Return "Second line, you or Donald" or "Second line, on behalf of Donald"."""
    step = step_name(item)
    principal = item.get("on_behalf_of")
    if principal:
        return f"{step}, on behalf of {person_name(principal)}"
    others = [person_name(person) for person in item.get("pool") or () if username_of(person) != me]
    if not others:
        return step
    shown = others if len(others) < 4 else [*others[:2], f"{len(others) - 2} others"]
    return f"{step}, {join_names(['you', *shown], last='or' if one_is_enough(item) else 'and')}"


def one_is_enough(item: Mapping[str, Any]) -> bool:
    """Return whether one signature of the pool decides."""
    return str(item.get("mode") or "any").strip().lower() == "any"


def pool_text(item: Mapping[str, Any], *, me: str) -> str:
    """Return who else may or must sign: "You or Donald: one signature is enough."; nothing for one who is alone."""
    others = [person_name(person) for person in item.get("pool") or () if username_of(person) != me]
    if not others:
        return ""
    mode = str(item.get("mode") or "any").strip().lower()
    names = join_names(["You", *others], last="or" if mode == "any" else "and")
    if mode == "any":
        return f"{names}: {'one signature' if item.get('step') else 'one of you'} is enough."
    if mode == "all":
        return f"{names}: everybody signs."
    needed = mode.removesuffix("of").strip()
    return f"{names}: {needed} must sign." if "%" in mode else f"{names}: {needed} signatures are needed."


def why_short(item: Mapping[str, Any]) -> str:
    """Return the reason in a few words. The amount stands in its own column, so a sentence that only names line and amount is left out."""
    why = item.get("why")
    whole = str((why.get("text") if isinstance(why, Mapping) else why) or "")
    sentences = re.split(r"(?<=\.)\s+(?=[A-Z])", whole)
    if len(sentences) > 1 and re.match(r"Lines? ", sentences[0]):
        whole = " ".join(sentences[1:])
    return str(item.get("why_short") or whole)


def show_pips(route: Iterable[Mapping[str, Any]]) -> tuple[Pip, ...]:
    """Return a dot for each approval step."""
    states = {"signed": "done", "now": "now", "ahead": ""}
    return tuple(Pip(state=states.get(str(step.get("state")), ""), step=words(step.get("step"))) for step in route)


def pips_text(pips: tuple[Pip, ...]) -> str:
    """Return what the dots say: "1 of 3 steps signed, second line is next"."""
    if not pips:
        return ""
    signed = sum(pip.state == "done" for pip in pips)
    text = f"{signed} of {len(pips)} {'step' if len(pips) == 1 else 'steps'} signed"
    following = next((pip.step for pip in pips if pip.state == "now"), "")
    return f"{text}, {following.lower()} is next" if following else text


def _badges(item: Mapping[str, Any], *, status: str, me: str, calendar: Calendar) -> Iterable[Badge]:
    if status == "completed":
        yield outcome_badge(item, me=me, calendar=calendar)
    elif due := due_badge(item, calendar=calendar):
        yield due
    if status == "escalated" and item.get("escalated_to"):
        yield Badge(text=f"Escalated to {person_name(item['escalated_to'])}", icon="arrow-up-right", tone="esc")
    elif status == "open":
        yield from _open_badges(item, me=me)
    if item.get("on_behalf_of"):
        yield Badge(text=f"For {person_name(item['on_behalf_of'])}", icon="user-check", tone="you")
    if item.get("environment"):
        yield Badge(text=f"From {item['environment']}", icon="external-link", tone="line")
    comments = item.get("comments")
    if isinstance(comments, int) and comments > 0:
        yield Badge(text="1 comment" if comments == 1 else f"{comments} comments", icon="message-square", tone="line")


def _open_badges(item: Mapping[str, Any], *, me: str) -> Iterable[Badge]:
    if item.get("escalated_from"):
        yield Badge(text="Escalated", icon="arrow-up-right", tone="esc")
    if item.get("reminded_at"):
        yield Badge(text="Reminded", icon="bell", tone="line")
    if pause := pause_badge(item):
        yield pause
    if item.get("question"):
        yield Badge(text=f"{person_name(item['question'].get('asker'))} asks", icon="message-square", tone="you")
    claimer = item.get("claimed_by")
    if claimer:
        name = "you" if username_of(claimer) == me else person_name(claimer)
        yield Badge(text=f"Claimed by {name}", icon="hand", tone="line")
    if "matrix_changed" in (item.get("flags") or ()):
        yield Badge(text="Matrix changed", icon="scale", tone="warn")


def due_badge(item: Mapping[str, Any], *, calendar: Calendar) -> Badge | None:
    """Return when the task is due; one whose clock stands still is never overdue."""
    badge = calendar.due_badge(item.get("due_at"))
    return None if badge and badge.tone == "no" and item.get("paused_at") else badge


def pause_badge(item: Mapping[str, Any]) -> Badge | None:
    """Return why the clock of the task stands still: it is on hold, or waits for an answer."""
    if item.get("hold"):
        return Badge(text="On hold", icon="pause", tone="warn")
    return Badge(text="Waits for an answer", icon="pause", tone="warn") if item.get("paused_at") else None


def outcome_badge(item: Mapping[str, Any], *, me: str, calendar: Calendar) -> Badge:
    """Return how and by whom a task, or my share of it, was completed."""
    mine = str(item.get("my_status") or "")
    outcome = mine if mine in _OUTCOMES else str(item.get("outcome") or item.get("status") or "completed")
    outcome = "closed" if outcome == "open" else outcome  # for him alone; somebody else is asked still
    icon, tone = _OUTCOMES.get(outcome, ("circle-check", ""))
    local = calendar.local(item.get("decided_at"))
    moved_to = item.get("delegated_to") or item.get("escalated_to")
    if mine in ("delegated", "delegated_back", "escalated") and moved_to:
        return Badge(text=f"{words(outcome)} to {person_name(moved_to)}", icon=icon, tone=tone)
    who = item.get("decided_by")
    stand_in = item.get("stand_in")
    name = "you" if mine in ("approved", "rejected") or username_of(who) == me else person_name(who) if who else ""
    if stand_in and username_of(stand_in) != me:
        name = f"{person_name(stand_in)} on your behalf"
    parts = [words(outcome), f"by {name}" if name else "", f"{local:%H:%M}" if local else ""]
    return Badge(text=" ".join(part for part in parts if part), icon=icon, tone=tone)
