"""Slots that compete for people in the shape of monotone 3-SAT, which is hard for any search (MATRIX 2.6)."""

from datetime import date
from decimal import Decimal
from random import Random

from app.domain.matrix.snapshot import ApprovalRuleLimit, ApprovalType, Line, MandateRow, Person, Snapshot, Step, Transaction

ON = date(2026, 11, 2)
GROUPS_PER_PERSON = (1.8, 2.0, 2.15, 2.25)
"""From mostly solvable to mostly not; the hardest lie between. A group has two slots."""


def make_adversarial_case(seed: int, *, people: int, groups: int) -> tuple[Snapshot, Transaction]:
    """Return a matrix in which each group has three people for first line and three for second line, at random."""
    random = Random(seed)  # noqa: S311 - made-up rows, no secret
    users = [f"u{number:03}" for number in range(people)]
    mandates: list[MandateRow] = []
    for group in range(groups):
        for step in (Step.FIRST_LINE, Step.SECOND_LINE):
            for user in random.sample(users, 3):
                number = len(mandates)
                mandates.append(MandateRow(id=str(number), user=user, rule="R", steps=frozenset({step}), parameter_3=str(group)))
    snapshot = Snapshot(
        approval_type=ApprovalType(check_amount=Decimal(0), first_overall=False, second_overall=False),
        rules=(ApprovalRuleLimit(rule="R", currency="EUR", limit=Decimal(100)),),
        mandates=tuple(mandates),
        people=tuple(Person(id=user) for user in users),
    )
    lines = tuple(Line(amount=Decimal(50), parameter_3=str(group)) for group in range(groups))
    return snapshot, Transaction(currency="EUR", lines=lines)
