"""The reason of a slot in a few words, for a row of the inbox: the amount and the limit that decided."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from app.domain.matrix.route import Slot
from app.domain.matrix.steps import Step
from app.domain.matrix.values import Transaction
from app.domain.matrix.wording import write_amount

_NOTHING = Decimal(0)


def short_reason(step: Step, slot: Slot, before: Sequence[Slot], *, transaction: Transaction, name_of: Callable[[str], str]) -> str:
    """Return for instance "SALES 300,000.00 is above Marc's 10,000.00"; where no limit decided it, the own limit.

    `before` are the slots of the step before, of which a secretary's is none.
    """
    currency = transaction.currency
    amount = sum([transaction.lines[index].amount for index in slot.lines], _NOTHING)
    shown = f"{_place(step, slot.lines, transaction)} {write_amount(amount, currency, with_currency=False)}"
    exceeded = _limit_before(slot.lines, before)
    if exceeded is not None and exceeded[0] < abs(amount):
        first_name = name_of(exceeded[1]).split()[0]
        return f"{shown} is above {first_name}’s {write_amount(exceeded[0], currency, with_currency=False)}"
    if slot.limit is None:
        return shown
    return f"{shown}, limit {write_amount(slot.limit, currency, with_currency=False)}"


def _place(step: Step, lines: Sequence[int], transaction: Transaction) -> str:
    if step.is_overall:
        return "Whole document"
    return transaction.lines[lines[0]].cost_center or "No cost center"


def _limit_before(lines: Sequence[int], before: Sequence[Slot]) -> tuple[Decimal, str] | None:
    """Return the largest limit, and whose it is, among the slots of the step before that cover one of these lines."""
    limits = [
        (slot.limit, slot.role_player)
        for slot in before
        if slot.limit is not None and (slot.lines == lines or not set(slot.lines).isdisjoint(lines))
    ]
    return max(limits, default=None)
