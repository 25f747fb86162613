"""What a proposed matrix would change for transactions: other steps, other people, new refusals, refusals that end (MXC-06)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

from app.domain.errors import ChartCycle, RuleError
from app.domain.matrix.resolution import resolve_role_players
from app.domain.matrix.snapshot import Line, MandateRow, Snapshot, Transaction

Effect = Literal["unchanged", "people_changed", "steps_changed", "fails_now", "resolves_now", "fails_still"]
EFFECTS: tuple[Effect, ...] = ("unchanged", "people_changed", "steps_changed", "fails_now", "resolves_now", "fails_still")
EXAMPLES_MAX = 50
"""How many transactions of each effect are kept as examples."""

Asked: TypeAlias = tuple[str, Transaction]
"""A transaction with the name by which its answer is told."""

SlotPeople: TypeAlias = tuple[str, tuple[int, ...], str, tuple[str, ...]]
"""Step, lines, role player and pool of one slot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one matrix answers to a transaction: the people of each slot, or the code and words of the refusal."""

    slots: tuple[SlotPeople, ...] = ()
    refusal: str | None = None
    detail: str = ""

    @property
    def people(self) -> frozenset[str]:
        """Return everybody who may sign."""
        return frozenset(user for _, _, _, pool in self.slots for user in pool)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One transaction with both answers."""

    name: str
    effect: Effect
    before: Outcome
    after: Outcome


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was counted so far: transactions by effect, and by person in how many he may sign before and after."""

    counts: dict[Effect, int] = field(default_factory=lambda: dict.fromkeys(EFFECTS, 0))
    people: dict[str, list[int]] = field(default_factory=dict)
    examples: dict[Effect, list[Example]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Return how many transactions were counted."""
        return sum(self.counts.values())

    def add(self, other: "Tally") -> None:
        """Count what another tally counted."""
        for effect, count in other.counts.items():
            self.counts[effect] += count
        for user, (before, after) in other.people.items():
            numbers = self.people.setdefault(user, [0, 0])
            numbers[0] += before
            numbers[1] += after
        for effect, examples in other.examples.items():
            kept = self.examples.setdefault(effect, [])
            kept.extend(examples[: EXAMPLES_MAX - len(kept)])


class Comparison:
    """Two matrices on one day, and what differs between them."""

    def __init__(self, current: Snapshot, proposed: Snapshot, *, on: date) -> None:
        self._current = current
        self._proposed = proposed
        self._on = on
        self._may_differ = _find_difference(current, proposed)

    def compare(self, transactions: Iterable[Asked]) -> Tally:
        """Return what the proposed matrix changes for the transactions.

        A transaction that no difference of the two matrices can touch is counted as unchanged without being resolved; its people count
        neither before nor after.
        """
        tally = Tally()
        for name, transaction in transactions:
            if not self._may_differ(transaction):
                tally.counts["unchanged"] += 1
                continue
            before, after = find_outcome(self._current, transaction, on=self._on), find_outcome(self._proposed, transaction, on=self._on)
            effect = _compare(before, after)
            tally.counts[effect] += 1
            if effect == "unchanged":
                continue
            for place, people in enumerate((before.people, after.people)):
                for user in people:
                    tally.people.setdefault(user, [0, 0])[place] += 1
            kept = tally.examples.setdefault(effect, [])
            if len(kept) < EXAMPLES_MAX:
                kept.append(Example(name=name, effect=effect, before=before, after=after))
        return tally


def find_outcome(snapshot: Snapshot, transaction: Transaction, *, on: date) -> Outcome:
    """Return who would sign a transaction, or why nobody can."""
    try:
        route = resolve_role_players(snapshot, transaction, on=on, detail="people")
    except RuleError as error:
        return Outcome(refusal=error.code, detail=error.detail)
    return Outcome(slots=tuple([(step.step.value, slot.lines, slot.role_player, slot.pool) for step in route.steps for slot in step.slots]))


def _compare(before: Outcome, after: Outcome) -> Effect:
    if before.refusal is not None:
        return "resolves_now" if after.refusal is None else "fails_still"
    if after.refusal is not None:
        return "fails_now"
    if before.slots == after.slots:
        return "unchanged"
    same_slots = [slot[:2] for slot in before.slots] == [slot[:2] for slot in after.slots]
    return "people_changed" if same_slots else "steps_changed"


def _find_difference(current: Snapshot, proposed: Snapshot) -> Callable[[Transaction], bool]:
    """Return a test that is true for every transaction which the two matrices may answer differently.

    Rows that differ touch the lines they match; a parent that differs touches what is coded below it; anything else touches everything.
    """
    for name in ("approval_type", "exchange_rates", "base_currencies"):
        if getattr(current, name) != getattr(proposed, name):
            return _always
    rows = _list_changed_rows(current, proposed)
    relinked = {(node.company, node.cost_center) for node in set(current.chart) ^ set(proposed.chart)}
    by_center: dict[str | None, list[MandateRow]] = {}
    for row in rows:
        by_center.setdefault(row.cost_center, []).append(row)
    if not rows and not relinked:
        return _never
    by_company = current.approval_type.chart_scope == "company"

    def touches(line: Line) -> bool:
        try:
            chain = current.find_chain(line.company, line.cost_center)
            other = proposed.find_chain(line.company, line.cost_center) if relinked else chain
        except ChartCycle:
            return True
        if chain != other:
            return True
        scope = line.company if by_company else None
        if relinked and any((scope, center) in relinked for center in chain):
            return True
        return any(_covers(row, line) for center in (*chain, None) for row in by_center.get(center, ()))

    return lambda transaction: any(touches(line) for line in transaction.lines)


def _list_changed_rows(current: Snapshot, proposed: Snapshot) -> Sequence[MandateRow]:
    """Return the mandate rows of either matrix that are not in the other with the same rule limits and the same person acting."""

    def describe(snapshot: Snapshot) -> dict[MandateRow, object]:
        limits: dict[str, set[object]] = {}
        for line in snapshot.rules:
            limits.setdefault(line.rule, set()).add(line)
        frozen = {rule: frozenset(lines) for rule, lines in limits.items()}
        actors = {user: snapshot.find_actor(user).user for user in {row.user for row in snapshot.mandates}}
        return {row: (frozen.get(row.rule), actors[row.user]) for row in snapshot.mandates}

    before, after = describe(current), describe(proposed)
    gone = [row for row, basis in before.items() if row not in after or after[row] != basis]
    return [*gone, *(row for row, basis in after.items() if row not in before or before[row] != basis)]


def _covers(row: MandateRow, line: Line) -> bool:
    return (
        row.company in {None, line.company}
        and row.organisation in {None, line.organisation}
        and row.parameter_3 in {None, line.parameter_3}
        and row.parameter_4 in {None, line.parameter_4}
    )


def _always(_transaction: Transaction) -> bool:
    return True


def _never(_transaction: Transaction) -> bool:
    return False
