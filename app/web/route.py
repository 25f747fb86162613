"""Who signs: the route of a transaction as a rail of slots, signed, now and ahead. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.web.formatting import Calendar, initial, join_names, limit_text, person_name, username_of, words

APPROVED = "Approved for payment"
_STATES = {"signed": "done", "rejected": "not", "now": "now", "skipped": "skip"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RailSlot:
    """One signature of the route."""

    state: str
    step: str
    lines: str
    who: str
    mark: str
    meta: str
    why: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rail:
    """All signatures, how many are given, and what follows this one."""

    slots: tuple[RailSlot, ...]
    signed: int
    following: str
    ends: str
    ended: bool


def show_rail(route: Mapping[str, Any] | None, *, me: str, calendar: Calendar, lines_total: int = 0, outcome: str = "") -> Rail:
    """Return the route as a rail that ends at the outcome, or at the approval that it leads to."""
    slots = tuple(
        _slot(slot, step=str(step.get("step")), me=me, calendar=calendar, lines_total=lines_total)
        for step in (route or {}).get("steps", ())
        for slot in step.get("slots", ())
    )
    signed = sum(slot.state == "done" for slot in slots)
    following = "" if outcome or any(slot.state == "not" for slot in slots) else _following(slots)
    return Rail(slots=slots, signed=signed, following=following, ends=outcome or APPROVED, ended=bool(outcome))


def _slot(slot: Mapping[str, Any], *, step: str, me: str, calendar: Calendar, lines_total: int) -> RailSlot:
    state = _STATES.get(str(slot.get("state")), "")
    decided_by = slot.get("decided_by")
    mine = bool(slot.get("mine", username_of(slot.get("role_player")) == me))
    who = _who(slot, me=me, mine=mine)
    if state in {"done", "not"}:
        meta = calendar.moment(slot.get("decided_at")) if slot.get("decided_at") else ("signed" if state == "done" else "rejected")
        if slot.get("on_behalf_of"):
            meta = f"for {person_name(slot['on_behalf_of'])}, {meta}"
    else:
        meta = limit_text(slot.get("limit"))
    return RailSlot(
        state=state,
        step=words(step),
        lines=lines_text(slot, lines_total),
        who=who,
        mark=initial(person_name(decided_by or slot.get("role_player"))),
        meta=meta,
        why=str(slot.get("why") or ""),
        mine=mine,
    )


def _who(slot: Mapping[str, Any], *, me: str, mine: bool) -> str:
    decided_by = slot.get("decided_by")
    if decided_by:
        return "You" if username_of(decided_by) == me else person_name(decided_by)
    pool = [person for person in slot.get("assignees") or slot.get("pool") or () if username_of(person)] or [slot.get("role_player")]
    others = [person_name(person) for person in pool if username_of(person) != me]
    if mine:
        return join_names(["You", *others], last="or")
    return join_names(others or [person_name(slot.get("role_player"))], last="or")


def lines_text(slot: Mapping[str, Any], lines_total: int) -> str:
    """Return the coding or the lines that a slot signs: "SALES", "line 1", "lines 1 and 3", "whole document"."""
    if slot.get("coding"):
        return str(slot["coding"])
    numbers = [str(number) for number in slot.get("lines") or ()]
    if not numbers or (lines_total > 1 and len(numbers) == lines_total):
        return "whole document" if lines_total != 1 else ""
    if len(numbers) > 4:
        return f"{len(numbers)} lines"
    return f"{'line' if len(numbers) == 1 else 'lines'} {join_names(numbers)}"


def _following(slots: tuple[RailSlot, ...]) -> str:
    ahead = [slot for slot in slots if slot.state == ""]
    if not ahead:
        return ""
    step = ahead[0].step
    names = join_names(sorted({slot.who for slot in ahead if slot.step == step}))
    return f"{step.lower()}, {names}"
