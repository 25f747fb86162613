"""What the page of one task shows: lines, reasons, facts and what the decision bar says. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from app.web.attachments import AttachmentRow, show_attachments
from app.web.conversation import Said, show_conversation
from app.web.document import DocumentView, show_document
from app.web.formatting import (
    Badge,
    Calendar,
    amount_text,
    currency_of,
    initial,
    join_names,
    limit_text,
    money_text,
    names_in,
    person_name,
    username_of,
)
from app.web.inbox import due_badge, one_is_enough, outcome_badge, pause_badge, pool_text, step_name
from app.web.route import Rail, show_rail

DELEGATES_MAX = 200
PRIORITY_NORMAL = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """One line of the document, and whether it is mine to sign."""

    number: int
    title: str
    meta: str
    cost_center: str
    project: str
    amount: str
    currency: str
    mine: bool
    badge: Badge | None
    id: str
    ledger: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """One person that the resolution looked at."""

    name: str
    mark: str
    username: str
    chosen: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A hold: by whom and when, until when, why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a task of kind question asks, who does, and about which task."""

    asker: str
    text: str
    task_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """All that the page of a task shows; `revision` is that of the reader's own share, `instance_revision` that of all of it."""

    id: str
    revision: str
    instance_revision: str
    is_mine: bool
    step: str
    is_open: bool
    is_signature: bool
    kind: str
    badges: tuple[Badge, ...]
    document: DocumentView
    lines: tuple[LineRow, ...]
    lines_mine: int
    to_sign: str
    to_sign_currency: str
    sentence: str
    why: str
    pool: str
    rail: Rail
    considered: tuple[Considered, ...]
    comments: tuple[Said, ...]
    attachments: tuple[AttachmentRow, ...]
    hold: Held | None
    is_paused: bool
    question: Asked | None
    due_at: str
    due_field: str
    priority: int
    can: frozenset[str]
    can_decide: bool
    reason_required: bool
    delegates: tuple[tuple[str, str], ...]
    decided: str


def show_task(task: Mapping[str, Any], *, me: str, calendar: Calendar, steers: bool = False) -> TaskView:
    """Return the task as its page shows it; `steers` says that the reader administers the workflow."""
    document = show_document(task.get("document") or {}, calendar=calendar)
    raw_lines = task.get("lines") or (task.get("document") or {}).get("lines") or ()
    is_mine = str(task.get("status")) == "open" and task.get("my_status") == "open"
    is_open = str(task.get("status")) == "open" and task.get("my_status") in (None, "open")
    names = names_in(task)
    refused = _refused_lines(task)
    lines = tuple(
        _line(line, position, document.currency, me=me, is_open=is_open, refused=refused) for position, line in enumerate(raw_lines, 1)
    )
    to_sign = task.get("to_sign") or _sum_mine(raw_lines, document.currency)
    why = task.get("why")
    outcome = str((task.get("process_instance") or {}).get("outcome") or "")
    can = frozenset(str(verb) for verb in task.get("can") or ())
    if not one_is_enough(task) or len(task.get("pool") or task.get("assignees") or ()) < 2:
        can -= {"claim"}
    if is_open and (steers or is_mine) and can:
        can |= {"change"}
    instance_revision = (task.get("process_instance") or {}).get("revision")
    return TaskView(
        id=str(task.get("id")),
        revision=str(task.get("revision") if task.get("revision") is not None else ""),
        instance_revision=str(instance_revision if instance_revision is not None else ""),
        is_mine=is_mine,
        step=step_name(task),
        is_open=is_open,
        is_signature=bool(task.get("step")),
        kind=str(task.get("kind") or "approval"),
        badges=tuple(_badges(task, me=me, is_open=is_open, is_mine=is_mine, calendar=calendar)),
        document=document,
        lines=lines,
        lines_mine=sum(line.mine for line in lines),
        to_sign=amount_text(to_sign) if to_sign else "",
        to_sign_currency=str(to_sign.get("currency")) if to_sign else "",
        sentence=_sentence(lines, to_sign),
        why=str(why.get("text", "") if isinstance(why, Mapping) else why or ""),
        pool=pool_text(task, me=me),
        rail=show_rail(task.get("signing_route"), me=me, calendar=calendar, lines_total=len(lines), outcome=outcome),
        considered=tuple(_considered(entry, me=me) for entry in task.get("considered") or ()),
        comments=show_conversation(task.get("comments_list") or (), me=me, calendar=calendar, names=names, may_withdraw=steers),
        attachments=show_attachments(task.get("attachments") or (), calendar=calendar),
        hold=_hold(task.get("hold"), me=me, calendar=calendar),
        is_paused=bool(task.get("hold") or task.get("paused_at")),
        question=_question(task.get("question")),
        due_at=calendar.moment(task["due_at"]) if task.get("due_at") else "",
        due_field=f"{local:%Y-%m-%dT%H:%M}" if (local := calendar.local(task.get("due_at"))) else "",
        priority=task["priority"] if isinstance(task.get("priority"), int) else PRIORITY_NORMAL,
        can=can,
        can_decide=not can.isdisjoint(("approve", "reject", "delegate", "answer")),
        reason_required=bool(task.get("reason_required")),
        delegates=tuple((username_of(person), person_name(person)) for person in (task.get("delegates") or ())[:DELEGATES_MAX]),
        decided="" if is_open else _decided(task, me=me, calendar=calendar),
    )


def show_lines(document: Mapping[str, Any]) -> tuple[LineRow, ...]:
    """Return the lines of a document that is not being signed here."""
    currency = currency_of(document.get("total"), str(document.get("currency") or ""))
    return tuple(_line(line, position, currency, me="", is_open=False) for position, line in enumerate(document.get("lines") or (), 1))


def _refused_lines(task: Mapping[str, Any]) -> dict[int, object]:
    """Return by number the lines that somebody rejected in the task's step, with who did."""
    steps = (task.get("signing_route") or {}).get("steps", ())
    slots = [slot for step in steps if step.get("step") == task.get("step") for slot in step.get("slots", ())]
    return {number: slot.get("decided_by") for slot in slots if slot.get("state") == "rejected" for number in slot.get("lines", ())}


def _line(
    line: Mapping[str, Any], position: int, currency: str, *, me: str, is_open: bool, refused: Mapping[int, object] | None = None
) -> LineRow:
    amount = line.get("amount")
    mine = bool(line.get("mine")) and is_open
    number = line.get("number")
    details = [str(line["quantity"])] if line.get("quantity") else []
    if line.get("parameter_4"):
        details.append(f"ledger {line['parameter_4']}")
    return LineRow(
        number=number if isinstance(number, int) else position,
        title=str(line.get("description") or f"Line {line.get('id') or position}"),
        meta=", ".join(details),
        cost_center=str(line.get("cost_center") or ""),
        project=str(line.get("parameter_3") or ""),
        amount=amount_text(amount),
        currency=str(amount.get("currency", currency)) if isinstance(amount, Mapping) else currency,
        mine=mine,
        badge=_refusal(refused[position], me=me) if refused and position in refused else _line_badge(line, me=me, mine=mine),
        id=str(line.get("id") or position),
        ledger=str(line.get("parameter_4") or ""),
    )


def _refusal(person: object, *, me: str) -> Badge:
    return Badge(text=f"{'You' if username_of(person) == me else person_name(person)} rejected", icon="x", tone="no")


def _line_badge(line: Mapping[str, Any], *, me: str, mine: bool) -> Badge | None:
    if mine:
        return Badge(text="You", icon="pencil", tone="fill")
    signed = ["You" if username_of(person) == me else person_name(person) for person in line.get("signed_by") or ()]
    waiting = [person_name(person) for person in line.get("waiting_for") or ()]
    if waiting:
        return Badge(text=f"{join_names(waiting, last='or')} to sign", icon="clock")
    return Badge(text=f"{join_names(signed)} signed", icon="check", tone="yes") if signed else None


def _sum_mine(lines: Sequence[Mapping[str, Any]], currency: str) -> dict[str, str] | None:
    amounts = [line.get("amount") for line in lines if line.get("mine")]
    try:
        values = [Decimal(str(amount["amount"] if isinstance(amount, Mapping) else amount)) for amount in amounts]
    except (InvalidOperation, KeyError):
        return None
    return {"amount": f"{sum(values):f}", "currency": currency} if values else None


def _badges(task: Mapping[str, Any], *, me: str, is_open: bool, is_mine: bool, calendar: Calendar) -> list[Badge]:
    if not is_open:
        return [outcome_badge(task, me=me, calendar=calendar)]
    badges = []
    if is_mine:
        badges.append(Badge(text=f"{step_name(task)} is yours", icon="pencil", tone="you"))
    else:
        names = join_names([person_name(person) for person in task.get("assignees") or ()])
        badges.append(Badge(text=f"{step_name(task)}, with {names or 'nobody'}", icon="user"))
    if due := due_badge(task, calendar=calendar):
        badges.append(due)
    if pause := pause_badge(task):
        badges.append(pause)
    if task.get("escalated_from"):
        badges.append(Badge(text=f"Escalated from {person_name(task['escalated_from'])}", icon="arrow-up-right", tone="esc"))
    if task.get("on_behalf_of"):
        badges.append(Badge(text=f"For {person_name(task['on_behalf_of'])}", icon="user-check", tone="you"))
    if task.get("claimed_by"):
        name = "you" if username_of(task["claimed_by"]) == me else person_name(task["claimed_by"])
        badges.append(Badge(text=f"Claimed by {name}", icon="hand", tone="line"))
    return badges


def _hold(hold: Mapping[str, Any] | None, *, me: str, calendar: Calendar) -> Held | None:
    if not hold:
        return None
    who = "You" if username_of(hold.get("by")) == me else person_name(hold.get("by"))
    until = f" until {calendar.clock(hold['until'])}" if hold.get("until") else ""
    return Held(text=f"{who} put this on hold{_at(hold.get('at'), calendar)}{until}.", reason=str(hold.get("reason") or ""))


def _question(question: Mapping[str, Any] | None) -> Asked | None:
    if not question:
        return None
    return Asked(asker=person_name(question.get("asker")), text=str(question.get("text") or ""), task_id=str(question.get("task_id") or ""))


def _sentence(lines: tuple[LineRow, ...], to_sign: Mapping[str, Any] | None) -> str:
    """Return what a signature is for: "for line 1, EUR 300,000.00"."""
    mine = [str(line.number) for line in lines if line.mine]
    if not mine or not to_sign:
        return ""
    if len(mine) == len(lines) and len(lines) > 1:
        scope = f"all {len(lines)} lines"
    elif len(mine) > 4:
        scope = f"{len(mine)} of {len(lines)} lines"
    else:
        scope = f"{'line' if len(mine) == 1 else 'lines'} {join_names(mine)}"
    return f"for {scope}, {money_text(to_sign)}"


def _considered(entry: Mapping[str, Any], *, me: str) -> Considered:
    person = entry.get("person") or entry.get("user")
    name = person_name(person)
    reason = str(entry.get("reason") or ("chosen" if entry.get("chosen") else ""))
    limit = limit_text(entry.get("limit")) if entry.get("limit") is not None or entry.get("unlimited") else ""
    return Considered(
        name="You" if username_of(person) == me else name,
        mark=initial(name),
        username=username_of(person),
        chosen=bool(entry.get("chosen")),
        text=", ".join(part for part in (limit, reason) if part),
    )


def _decided(task: Mapping[str, Any], *, me: str, calendar: Calendar) -> str:
    """Return what became of the task or of my share of it: "Donald approved this at 10:31"."""
    share = next((each for each in reversed(task.get("assignments") or ()) if username_of(each.get("user")) == me), None)
    verbs = {"delegated": "You delegated this", "delegated_back": "You delegated this back", "escalated": "This was escalated"}
    for moved, verb in verbs.items():
        to = task.get("escalated_to" if moved == "escalated" else "delegated_to")
        if task.get("my_status") == moved and to:
            return f"{verb} to {person_name(to)}{_at(share.get('decided_at') if share else None, calendar)}."
    if share and share.get("status") in ("approved", "rejected"):
        return f"You {share['status']} this{_at(share.get('decided_at'), calendar)}."
    outcome = str(task.get("outcome") or task.get("status") or "completed")
    if str(task.get("status")) == "open":
        return "This task is with somebody else."
    who = task.get("decided_by")
    name = "You" if who and username_of(who) == me else person_name(who) if who else ""
    text = f"{name} {outcome} this" if name else f"This task is {outcome}"
    return f"{text}{_at(task.get('decided_at'), calendar)}."


def _at(instant: object, calendar: Calendar) -> str:
    when = calendar.clock(instant) if instant else ""
    return f" {'at' if len(when) == 5 else 'on'} {when}" if when else ""
