"""The reason of a slot in a few words, for a row of the inbox: the amount and the limit that decided."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.domain.matrix.steps import STEPS, Step
from app.domain.matrix.values import Transaction
from app.domain.matrix.wording import write_amount

_NOTHING = Decimal(0)


def short_reason(
    step: Step, slot: Mapping[str, Any], steps: Mapping[str, Any], *, transaction: Transaction, name_of: Callable[[str], str]
) -> str:
    """Return for instance "SALES 300,000.00 is above Marc's 10,000.00"; where no limit decided it, the own limit."""
    lines: Sequence[int] = slot["lines"]
    amount = _amount(lines, transaction)
    shown = f"{_place(step, lines, transaction)} {write_amount(amount, transaction.currency, with_currency=False)}"
    before = _limit_before(step, lines, steps)
    if before is not None and before[0] < abs(amount):
        first_name = name_of(before[1]).split()[0]
        return f"{shown} is above {first_name}’s {write_amount(before[0], transaction.currency, with_currency=False)}"
    if slot["limit"] is None:
        return shown
    return f"{shown}, limit {write_amount(Decimal(slot['limit']), transaction.currency, with_currency=False)}"


def _amount(lines: Sequence[int], transaction: Transaction) -> Decimal:
    return sum([transaction.lines[index].amount for index in lines], _NOTHING)


def _place(step: Step, lines: Sequence[int], transaction: Transaction) -> str:
    if step.is_overall:
        return "Whole document"
    return transaction.lines[lines[0]].cost_center or "No cost center"


def _limit_before(step: Step, lines: Sequence[int], steps: Mapping[str, Any]) -> tuple[Decimal, str] | None:
    """Return the largest limit, and whose it is, among the slots of the step before that cover one of these lines."""
    before = next((each for each in reversed(STEPS[1 : step.order]) if each in steps), None)
    if before is None:
        return None
    limits = [
        (Decimal(slot["limit"]), str(slot["role_player"]))
        for slot in steps[before]["slots"]
        if slot["limit"] is not None and not set(slot["lines"]).isdisjoint(lines)
    ]
    return max(limits, default=None)
