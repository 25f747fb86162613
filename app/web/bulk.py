"""What is shown before and after the same is done to many tasks: how much by currency, and what became of each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from app.domain.errors import CountersignError
from app.operations.answer import Caller
from app.web.errors import status_of
from app.web.formatting import Calendar, amount_text, join_names, money_text, seller_name
from app.web.inbox import step_name
from app.web.lost import describe_lost, is_lost

SELECTED_MAX = 200
ACTIONS = ("approve", "reject", "delegate", "hold", "release", "claim", "unclaim")
_DONE = {
    "approve": "approved",
    "reject": "rejected",
    "delegate": "delegated",
    "hold": "put on hold",
    "release": "released",
    "claim": "claimed",
    "unclaim": "given back",
}
_ICONS = {
    "approve": "check",
    "reject": "x",
    "delegate": "forward",
    "hold": "pause",
    "release": "play",
    "claim": "hand",
    "unclaim": "undo-2",
}
_WORDS = {"hold": "Put on hold", "unclaim": "Give back"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """One task that was selected, as the question names it."""

    id: str
    revision: str
    label: str
    supplier: str
    step: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is about to be done: to which tasks, for how much."""

    action: str
    verb: str
    icon: str
    rows: tuple[Selected, ...]
    totals: str
    gone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one task; `head` and `text` say why nothing was done."""

    id: str
    label: str
    head: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of all: failures first, then what was done, with the totals of that."""

    head: str
    failed: tuple[Outcome, ...]
    done: tuple[Outcome, ...]
    totals: str


def ask_about(items: Iterable[Mapping[str, Any]], *, action: str, marked: Mapping[str, str]) -> Question:
    """Return the question about the tasks that are marked; `marked` has the revision that was shown, by id."""
    found = [item for item in items if str(item.get("id")) in marked]
    rows = tuple(
        Selected(
            id=str(item["id"]),
            revision=marked[str(item["id"])],
            label=str((item.get("document") or {}).get("number") or step_name(item)),
            supplier=seller_name(item.get("document") or {}),
            step=step_name(item),
            amount=money_text(money) if (money := _money(item)) else "",
        )
        for item in found
    )
    return Question(
        action=action,
        verb=_WORDS.get(action, action.capitalize()),
        icon=_ICONS[action],
        rows=rows,
        totals=totals_text(_money(item) for item in found),
        gone=len(marked) - len(rows),
    )


def _money(item: Mapping[str, Any]) -> Mapping[str, Any] | None:
    money = item.get("to_sign") or (item.get("document") or {}).get("total")
    return money if isinstance(money, Mapping) else None


def totals_text(amounts: Iterable[Mapping[str, Any] | None]) -> str:
    """Return the sum of each currency: "EUR 25,840.00 and GBP 8,500.00". Different currencies are never added up."""
    sums: dict[str, Decimal] = {}
    for money in amounts:
        try:
            if money is not None:
                sums[str(money["currency"])] = sums.get(str(money["currency"]), Decimal(0)) + Decimal(str(money["amount"]))
        except (InvalidOperation, KeyError):
            continue
    return join_names([f"{currency} {amount_text(f'{total:f}')}" for currency, total in sorted(sums.items())])


def describe_refused(error: CountersignError, *, me: Caller, calendar: Calendar) -> dict[str, Any]:
    """Return a refusal as the result keeps it: the status, what happened and what it means."""
    if is_lost(error):
        lost = describe_lost(error, me=me, calendar=calendar)
        return {"status": status_of(error), "head": lost.head, "text": lost.text}
    return {"status": status_of(error), "head": error.detail, "text": "Nothing was signed in your name."}


def show_result(body: Mapping[str, Any], *, action: str, labels: Mapping[str, str]) -> Result:
    """Return what became of each task, those that were refused first."""
    failed: list[Outcome] = []
    done: list[Outcome] = []
    for each in body.get("results") or ():
        task_id = str(each.get("id"))
        problem = each.get("problem")
        outcome = Outcome(
            id=task_id,
            label=labels.get(task_id) or "This task",
            head=str((problem or {}).get("head") or ""),
            text=str((problem or {}).get("text") or ""),
        )
        (done if problem is None else failed).append(outcome)
    return Result(
        head=_head(done, failed, action),
        failed=tuple(failed),
        done=tuple(done),
        totals=join_names([money_text(each["total"]) for each in body.get("totals") or ()]),
    )


def _head(done: Sequence[Outcome], failed: Sequence[Outcome], action: str) -> str:
    """Return "2 approved, 1 not."."""
    word = _DONE.get(action, "done")
    if not failed:
        return f"{len(done)} {word}."
    return f"{len(done)} {word}, {len(failed)} not." if done else f"None of {len(failed)} {word}."


def needs_pin(body: Mapping[str, Any]) -> str:
    """Return why the PIN was refused when that is what stopped everything; nothing otherwise."""
    results = body.get("results") or ()
    refused = [each for each in results if each.get("status") == 401]
    return str(refused[0]["problem"]["head"]) if refused and len(refused) == len(results) else ""
