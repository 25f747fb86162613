"""Tasks in the form of API.md, as one person sees them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.domain.money import amount_json
from app.domain.people import Directory
from app.operations.answer import Caller, JsonObject
from app.operations.instances.view import named_person, person_view
from app.operations.tasks.delegations import DELEGATED_BACK, find_delegator, is_delegated_back
from app.operations.wording import instant
from app.persistence.tables.tasks import DONE_STATUSES

ACTED = frozenset({"approved", "rejected"})
COMPLETED = DONE_STATUSES
_ZERO = Decimal(0)
_PIP_STATES = {"open": "now", "completed": "signed"}
INBOX_STATUSES: Mapping[str, tuple[str, ...]] = {"open": ("open",), "completed": COMPLETED, "escalated": ("escalated",)}


def assignment_summary(row: Any, directory: Directory, shares: Sequence[Any]) -> JsonObject:
    """Return one person's share of a task; `shares` are all of the task."""
    return {
        "id": row.id,
        "slot": row.slot,
        "user": person_view(directory, row.user_id),
        "on_behalf_of": person_view(directory, row.principal_id) if row.principal_id != row.user_id else None,
        "cause": row.cause,
        "status": DELEGATED_BACK if is_delegated_back(row, shares) else row.status,
        "why": row.why,
        "reason": row.reason,
        "claimed_at": instant(row.claimed_at),
        "decided_by": person_view(directory, row.decided_by),
        "decided_at": instant(row.decided_at),
        "revision": row.revision,
    }


def task_item(
    task: Any, *, assignments: Sequence[Any], mine: Sequence[Any], directory: Directory, viewer_id: str | None = None
) -> JsonObject:
    """Return a task as a list shows it: `assignments` are all of the task, `mine` those on which `viewer_id` acts, his own or another's."""
    own = mine[0] if mine else None
    waiting = [each for each in assignments if each.status == "open"]
    last = _last_vote(assignments, own)
    return {
        "id": task.id,
        "name": task.name,
        "element": task.element,
        "kind": task.kind,
        "step": task.step,
        "status": task.status,
        "my_status": None if own is None else DELEGATED_BACK if is_delegated_back(own, assignments) else own.status,
        "mode": task.mode,
        "due_at": task.due_at and instant(task.due_at),
        "priority": task.priority,
        "process_instance_id": task.instance_id,
        "document": _document(task),
        "assignees": [person_view(directory, user_id) for user_id in _distinct([each.user_id for each in waiting])],
        "pool": [named_person(directory, name) for name in _pool(task, mine)],
        "why": " ".join(_distinct([each.why for each in mine])),
        "why_short": _why_short(task, own),
        "to_sign": _to_sign(task, mine),
        "on_behalf_of": person_view(directory, own.principal_id) if own and own.principal_id != (viewer_id or own.user_id) else None,
        "claimed_by": _claimer(waiting, directory),
        "reminded_at": own and own.reminded_at and instant(own.reminded_at),
        "hold": task.hold and hold_view(task, directory),
        "paused_at": task.paused_at and instant(task.paused_at),
        "question": question_view(task, directory) if task.kind == "question" else None,
        "escalated_to": _moved_to(own, assignments, directory) if own and own.status == "escalated" else None,
        "escalated_from": _escalated_from(own, assignments, directory) if own and own.previous_id else None,
        "delegated_to": _moved_to(own, assignments, directory) if own and own.status == "delegated" else None,
        "received_at": instant(task.received_at),
        "created_at": instant(task.created_at),
        "outcome": task.outcome,
        "decided_by": person_view(directory, _decider(own, last)),
        "stand_in": person_view(directory, own.decided_by) if own and own.status in ACTED and own.decided_by != own.user_id else None,
        "decided_at": task.decided_at and instant(task.decided_at),
        "my_decided_at": own and own.decided_at and instant(own.decided_at),
        "revision": own.revision if own else 1,
    }


def task_flags(task: Any, mine: Sequence[Any], *, changed_by_version: int | None, now: datetime) -> list[str]:
    """Return in single words what a row draws attention to; while the clock of a task stands still it is not overdue."""
    flags = []
    is_open = task.status == "open"
    if is_open and task.due_at is not None and task.due_at < now and task.paused_at is None:
        flags.append("overdue")
    if is_open and [each for each in mine if each.reminded_at]:
        flags.append("reminded")
    if [each for each in mine if each.cause == "escalation" or each.status == "escalated"]:
        flags.append("escalated")
    if task.hold is not None:
        flags.append("on_hold")
    if is_open and changed_by_version is not None:
        flags.append("matrix_changed")
    return flags


def hold_view(task: Any, directory: Directory) -> JsonObject | None:
    """Return who put the task on hold, when, until when and why; None when it is not."""
    if task.hold is None:
        return None
    return {
        "at": task.hold["at"],
        "by": person_view(directory, task.hold["by"]),
        "until": task.hold["until"],
        "reason": task.hold["reason"],
    }


def question_view(task: Any, directory: Directory) -> JsonObject | None:
    """Return what is asked, by whom and about which task; None for a task that is no question."""
    if task.kind != "question":
        return None
    question = task.slots[0]["question"]
    return {"text": question["text"], "asker": person_view(directory, question["asker"]), "task_id": question["about"]}


def _last_vote(assignments: Sequence[Any], own: Any | None) -> Any | None:
    """Return the share that voted last; of a slot that somebody else of the pool decided in the person's place, that slot's."""
    voted = [each for each in assignments if each.status in ACTED]
    if voted and own is not None and own.status == "closed":  # whatever came of other slots
        voted = [each for each in voted if each.slot == own.slot]
    return max(voted, key=lambda each: each.decided_at) if voted else None


def _decider(own: Any | None, last: Any | None) -> str | None:
    """Return who decided: for somebody who did not have to act any more who decided his part, else who voted last. Source: TSK-08."""
    if own is not None and own.status == "closed" and own.decided_by is not None:
        return str(own.decided_by)
    return None if last is None else str(last.decided_by)


def pips(step_names: Iterable[str], statuses: Mapping[str, str]) -> list[JsonObject]:
    """Return the steps of a route with their state: signed, now or ahead; `statuses` are those of the newest task of each step."""
    return [{"step": name, "state": _PIP_STATES.get(statuses.get(name, ""), "ahead")} for name in step_names]


def one_share_a_slot(shares: list[Any], caller: Caller) -> list[Any]:
    """Return the shares that the caller acts on at once: in each slot his own, else the first of those he stands in for."""
    if len(shares) < 2:  # as nearly always
        return shares
    ordered = sorted(shares, key=lambda each: (each.slot, each.user_id != caller.user_id, each.id))
    return list({each.slot: each for each in reversed(ordered)}.values())[::-1]


def lines_to_sign(slots: Sequence[Mapping[str, Any]], mine: Sequence[Any]) -> set[int]:
    """Return the positions of the document's lines that the person signs."""
    return {line for each in mine for line in slots[each.slot]["lines"]}


def verbs(task: Any, mine: Sequence[Any], shares: Sequence[Any]) -> list[str]:
    """Return what the caller may do with the task now; `shares` are all of the task."""
    own = [each for each in mine if each.status == "open"]
    outlives = task.kind in ("manual", "question") and task.instance_status == "completed"
    if task.status != "open" or not (outlives or task.instance_status in ("active", "incident")):
        return []
    if not own:
        return ["withdraw"] if _may_withdraw(mine, shares) else []
    if task.kind == "incident":
        return ["comment"]
    if task.kind == "question":
        return ["answer", "ask", "comment"]
    claim = "unclaim" if any(each.claimed_at for each in own) else "claim"
    by_id = {each.id: each for each in shares}
    back = ["return"] if any(find_delegator(each, by_id) is not None for each in own) else []
    return [
        "approve",
        "reject",
        "delegate",
        *back,
        claim,
        "comment",
        "release" if task.hold else "hold",
        "ask",
        *(["add_approver"] if task.kind != "returned" else []),
    ]


def administrator_verbs(task: Any) -> list[str]:
    """Return what an administrator of the workflow may do with a task that need not be his: re-route it, not decide it."""
    is_open = task.status == "open" and task.instance_status in ("active", "incident")
    return ["reassign", "add_approver"] if is_open and task.kind in ("approval", "task", "manual") else []


def _may_withdraw(mine: Sequence[Any], shares: Sequence[Any]) -> bool:
    """Whether a vote of the person has decided nothing yet: somebody is still asked in its slot."""
    waiting = {each.slot for each in shares if each.status == "open"}
    return any(each.status in ACTED and each.slot in waiting for each in mine)


def _document(task: Any) -> JsonObject | None:
    if task.document_id is None:
        return None
    return {
        "id": task.document_id,
        "number": task.number,
        "kind": task.document_kind,
        "currency": task.currency,
        "total": amount_json(task.total, task.currency),
        "seller": task.seller_name,
    }


def _why_short(task: Any, own: Any | None) -> str | None:
    """Return the amount and the limit in a few words; None where another sentence is the reason, such as a delegation."""
    if own is None or own.cause != "route":
        return None
    reason = task.slots[own.slot].get("why_short")
    return None if reason is None else str(reason)


def _to_sign(task: Any, mine: Sequence[Any]) -> JsonObject | None:
    if task.step is None or not mine or task.currency is None:
        return None
    amount = _ZERO
    for slot in {each.slot for each in mine}:
        amount += Decimal(task.slots[slot].get("amount", "0"))
    return amount_json(amount, task.currency)


def _pool(task: Any, mine: Sequence[Any]) -> list[str]:
    return _distinct([name for each in mine for name in task.slots[each.slot]["pool"]])


def _distinct(texts: list[str]) -> list[str]:
    """Return the texts in their order, each once; there is hardly ever more than one."""
    return texts if len(texts) < 2 else list(dict.fromkeys(texts))


def _claimer(waiting: Sequence[Any], directory: Directory) -> JsonObject | None:
    for each in waiting:
        if each.claimed_at:
            return person_view(directory, each.user_id)
    return None


def _moved_to(own: Any, assignments: Sequence[Any], directory: Directory) -> JsonObject | None:
    return next((person_view(directory, each.user_id) for each in assignments if each.previous_id == own.id), None)


def _escalated_from(own: Any, assignments: Sequence[Any], directory: Directory) -> JsonObject | None:
    found = (each for each in assignments if each.id == own.previous_id and each.status == "escalated")
    return next((person_view(directory, each.user_id) for each in found), None)
