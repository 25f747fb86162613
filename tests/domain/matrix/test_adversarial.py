"""Slots that compete for people in the shape of monotone 3-SAT, which is hard for any search (MATRIX 2.6)."""

from collections import Counter
from contextlib import suppress
from decimal import Decimal

import pytest

from app.bench.matrices.adversarial import GROUPS_PER_PERSON, ON, make_adversarial_case
from app.domain.errors import NoRolePlayersFound, SearchExhausted
from app.domain.matrix import resolution
from app.domain.matrix.colouring import NodeBudget
from app.domain.matrix.resolution import resolve_role_players
from app.domain.matrix.snapshot import ApprovalRuleLimit, Line, MandateRow, Person, Snapshot, Step, Transaction


@pytest.mark.parametrize("people", [20, 60, 100])
def test_competing_slots_are_answered_within_the_budget(people):
    """MXR-03: a complete assignment, or a reason why there is none; never a wrong one."""
    outcomes = Counter()
    for seed in range(12):
        snapshot, transaction = make_adversarial_case(seed, people=people, groups=int(people * GROUPS_PER_PERSON[seed % 4]))
        try:
            route = resolve_role_players(snapshot, transaction, on=ON, detail="people")
        except NoRolePlayersFound:
            outcomes["nobody"] += 1
            continue
        steps = {}
        assert [len(step.slots) for step in route.steps] == [len(transaction.lines)] * 2
        for step in route.steps:
            for slot in step.slots:
                for user in slot.pool:
                    assert steps.setdefault(user, step.step) is step.step
        outcomes["found"] += 1
    assert outcomes["found"] > 0


def test_search_looks_at_few_nodes_and_always_at_the_same(monkeypatch):
    """MATRIX 2.4: budgets count nodes, never time, so that the same input gives the same answer everywhere."""
    budgets = []

    class Counted(NodeBudget):
        def __init__(self, limit):
            super().__init__(limit)
            budgets.append(self)

    monkeypatch.setattr(resolution, "NodeBudget", Counted)
    counts = []
    for _ in range(2):
        budgets.clear()
        for seed in range(8):
            snapshot, transaction = make_adversarial_case(seed, people=60, groups=int(60 * GROUPS_PER_PERSON[seed % 4]))
            with suppress(NoRolePlayersFound):
                resolve_role_players(snapshot, transaction, on=ON)
        counts.append([budget.used for budget in budgets])

    assert counts[0] == counts[1]
    assert max(counts[0]) < resolution.COLOURING_NODES_MAX // 20


def test_exhausted_search_says_so_and_answers_nothing(monkeypatch):
    """MATRIX 2.4: fail closed."""
    monkeypatch.setattr(resolution, "COLOURING_NODES_MAX", 1)
    snapshot, transaction = make_adversarial_case(3, people=60, groups=120)

    with pytest.raises(SearchExhausted):
        resolve_role_players(snapshot, transaction, on=ON, nodes_max=1)


def test_large_transaction_without_conflicts_is_answered():
    users = [f"u{number}" for number in range(50)]
    rules = (ApprovalRuleLimit(rule="R", currency="EUR", limit=Decimal(100)),)
    mandates = tuple(
        MandateRow(id=f"{user}{step}", user=f"{user}{step}", rule="R", steps=frozenset({step}), parameter_4=user)
        for user in users
        for step in (Step.FIRST_LINE, Step.SECOND_LINE, Step.FIRST_OVERALL)
    )
    whole = MandateRow(id="all", user="boss", rule="B", steps=frozenset({Step.FIRST_OVERALL}))
    snapshot = Snapshot(
        rules=(*rules, ApprovalRuleLimit(rule="B", currency="EUR", limit=None)),
        mandates=(*mandates, whole),
        people=(*(Person(id=row.user) for row in mandates), Person(id="boss")),
    )
    lines = tuple(Line(amount=Decimal(150), parameter_3=str(number), parameter_4=users[number % 50]) for number in range(2_000))

    route = resolve_role_players(snapshot, Transaction(currency="EUR", lines=lines), on=ON)

    assert [len(step.slots) for step in route.steps] == [2_000, 2_000, 1]
    assert route.steps[2].slots[0].role_player == "boss"
