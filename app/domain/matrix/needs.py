"""What a transaction asks of the matrix: groups of lines, amounts to compare, forced steps (MATRIX 2.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from app.domain.errors import StepNotActive
from app.domain.matrix.authority import Authority, add_exactly
from app.domain.matrix.snapshot import ApprovalType, Line, Snapshot, Step, Transaction
from app.domain.matrix.values import Aggregate

ForcedBy = Literal["check_amount", "check_amount_additional", "threshold_1", "threshold_2"]
_ADDITIONAL_STEPS = (Step.SECOND_LINE, Step.FIRST_OVERALL, Step.SECOND_OVERALL)


class Group(NamedTuple):
    """The lines of one coding; `amount` is what a limit is compared with, `line` stands for the coding of all."""

    line: Line
    lines: tuple[int, ...]
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ForcedStep:
    """A setting of the approval type that makes a step necessary whatever the limits are, with its amount in the type's currency."""

    setting: ForcedBy
    amount: Decimal


def group_lines(lines: tuple[Line, ...], aggregate: Aggregate) -> tuple[Group, ...]:
    """Return the groups in the order of their first lines.

    The amount of a group is its largest absolute line; with `coding` the absolute sum of its lines; with `approver`, where sums
    count too, whichever of the two is larger.
    """
    if len(lines) == 1:
        return (Group(lines[0], (0,), lines[0].amount.copy_abs()),)
    positions: dict[tuple[str | None, ...], list[int]] = {}
    for position, line in enumerate(lines):
        positions.setdefault(line.coding, []).append(position)
    groups = []
    for of_group in positions.values():
        largest = max(lines[position].amount.copy_abs() for position in of_group)
        if len(of_group) > 1 and aggregate != "line":
            total = add_exactly(lines[position].amount for position in of_group).copy_abs()
            largest = total if aggregate == "coding" else max(total, largest)
        groups.append(Group(lines[of_group[0]], tuple(of_group), largest))
    return tuple(groups)


def find_total(lines: tuple[Line, ...], groups: tuple[Group, ...]) -> Decimal:
    """Return the amount of the whole transaction: the absolute sum, but never less than the largest group (MXS-10)."""
    if len(lines) == 1:
        return groups[0].amount
    return max(add_exactly(line.amount for line in lines).copy_abs(), *(group.amount for group in groups))


def find_forced_steps(snapshot: Snapshot, transaction: Transaction, *, total: Decimal, on: date) -> Mapping[int, ForcedStep]:
    """Return the steps that the total forces, by their order, each with the setting that does.

    A check amount forces the first active of second line, first overall, second overall; the additional one forces the first two;
    a threshold forces its own overall step, the second one first overall too where that is on.

    Raises:
        StepNotActive: a step that is switched off, or that does not exist, is forced.
        NoExchangeRate: the total cannot be compared with an amount in the type's currency.
    Source: MXT-04, MXT-05, MXT-07, MXT-11.
    """
    approval_type = snapshot.approval_type
    settings: tuple[tuple[ForcedBy, Decimal | None], ...] = (
        ("check_amount", approval_type.check_amount),
        ("check_amount_additional", approval_type.check_amount_additional),
        ("threshold_1", approval_type.threshold_1),
        ("threshold_2", approval_type.threshold_2),
    )
    amounts = {setting: amount for setting, amount in settings if amount is not None}
    if not amounts:
        return {}
    value = snapshot.rates.convert(total, transaction.currency, approval_type.currency, on)
    forced: dict[int, ForcedStep] = {}
    for setting, amount in amounts.items():
        if _is_higher(value, amount):
            for step in _forced_by(setting, approval_type):
                forced.setdefault(step.order, ForcedStep(setting, amount))
    return forced


def _is_higher(value: Authority, amount: Decimal) -> bool:
    return amount < value


def _forced_by(setting: ForcedBy, approval_type: ApprovalType) -> list[Step]:
    active = [step for step in _ADDITIONAL_STEPS if approval_type.is_active(step)]
    if setting in {"check_amount", "check_amount_additional"}:
        count = 1 if setting == "check_amount" else 2
        if len(active) < count:
            raise StepNotActive(step=next(step for step in _ADDITIONAL_STEPS if step not in active).value, setting=setting)
        return active[:count]
    step = Step.FIRST_OVERALL if setting == "threshold_1" else Step.SECOND_OVERALL
    if step not in active:
        raise StepNotActive(step=step.value, setting=setting)
    return [step] if step is Step.FIRST_OVERALL or Step.FIRST_OVERALL not in active else [Step.FIRST_OVERALL, step]
