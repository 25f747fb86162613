"""The approval matrix of one version, immutable and indexed once; it answers every question of resolution without a search."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from sys import intern
from typing import NamedTuple

from app.domain.errors import ChartCycle
from app.domain.matrix.authority import Authority, Limits, LimitsOfDay, Rates
from app.domain.matrix.index import Entry, MandateIndex
from app.domain.matrix.rows import MandateRows
from app.domain.matrix.steps import STEPS, Step
from app.domain.matrix.values import (
    LINES_MAX,
    ApprovalRuleLimit,
    ApprovalType,
    ChartNode,
    ExchangeRate,
    Line,
    MandateRow,
    Person,
    Signature,
    Transaction,
)

__all__ = [
    "LINES_MAX",
    "STEPS",
    "ApprovalRuleLimit",
    "ApprovalType",
    "ChartNode",
    "ExchangeRate",
    "Line",
    "MandateRow",
    "Person",
    "Signature",
    "Snapshot",
    "Step",
    "Transaction",
]


class Actor(NamedTuple):
    """Who acts for a user: himself, a successor, or nobody with the reason."""

    user: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One approval type with its rules, mandates, people, chart and rates as of one version.

    Built once and shared by threads; the derived fields are indexes and memos, never part of its value. A change makes a new
    snapshot, `with_changes`, which shares with the old one whatever the change leaves alone.
    """

    approval_type: ApprovalType = field(default_factory=ApprovalType)
    rules: tuple[ApprovalRuleLimit, ...] = ()
    mandates: Sequence[MandateRow] = ()
    people: tuple[Person, ...] = ()
    chart: tuple[ChartNode, ...] = ()
    exchange_rates: tuple[ExchangeRate, ...] = ()
    base_currencies: Mapping[str, str] = field(default_factory=dict)
    version: str = ""

    active_steps: tuple[bool, ...] = field(init=False, repr=False, compare=False)
    people_by_id: Mapping[str, Person] = field(init=False, repr=False, compare=False)
    rates: Rates = field(init=False, repr=False, compare=False)
    index: MandateIndex = field(init=False, repr=False, compare=False)
    refused: MandateIndex = field(init=False, repr=False, compare=False)
    _limits: Limits = field(init=False, repr=False, compare=False)
    _parents: Mapping[str | None, Mapping[str, str]] = field(init=False, repr=False, compare=False)
    _chains: dict[tuple[str | None, str], tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        people = {person.id: person for person in self.people}
        acting, refused = _split_by_actor(self.mandates, people)
        rates = Rates(self.exchange_rates)
        self._set(
            active_steps=_list_active(self.approval_type),
            people_by_id=people,
            mandates=self.mandates if isinstance(self.mandates, MandateRows) else MandateRows(self.mandates),
            rates=rates,
            index=MandateIndex(acting, priority=self.approval_type.priority),
            refused=MandateIndex(refused, priority=self.approval_type.priority),
            _limits=Limits(self.rules, bases=self.base_currencies, rates=rates),
            _parents=_index_parents(self.chart),
            _chains={},
        )

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def with_changes(
        self,
        *,
        version: str,
        mandates: Iterable[MandateRow] = (),
        mandates_removed: Iterable[str] = (),
        people: Iterable[Person] = (),
        approval_type: ApprovalType | None = None,
        rules: Iterable[ApprovalRuleLimit] | None = None,
        chart: Iterable[ChartNode] | None = None,
        exchange_rates: Iterable[ExchangeRate] | None = None,
        base_currencies: Mapping[str, str] | None = None,
    ) -> "Snapshot":
        """Return the matrix of a later version; this one stays as it is, for whoever still reads it.

        A change of a few mandates costs the copying of a few dictionaries: about a millisecond, where building anew takes hundreds. A change
        of people looks at every row once; approval type, rules, chart and rates are small and indexed anew when they are given. The ids of
        mandates must be unique, which `validation.find_faults` tells.

        Args:
            version: of the matrix that comes out.
            mandates: rows to add, or to stand in the place of those with the same ids.
            mandates_removed: ids of rows that are no more; an id that is not known changes nothing.
            people: persons to add, or to stand in the place of those with the same ids.
            approval_type: the settings from now on; None where nothing changes, as for what follows.
            rules: all lines of all rules.
            chart: the whole chart.
            exchange_rates: all rates.
            base_currencies: of all companies.
        """
        changed = object.__new__(Snapshot)
        changed._set(**{each.name: getattr(self, each.name) for each in fields(self)})
        changed._set(version=version)
        if approval_type is not None:
            changed._set(
                approval_type=approval_type,
                active_steps=_list_active(approval_type),
                index=self.index.with_priority(approval_type.priority),
                refused=self.refused.with_priority(approval_type.priority),
            )
        if chart is not None:
            changed._set(chart=(nodes := tuple(chart)), _parents=_index_parents(nodes), _chains={})
        if rules is not None or exchange_rates is not None or base_currencies is not None:
            changed._change_authority(rules, exchange_rates, base_currencies)
        changed._change_mandates(tuple(mandates), tuple(mandates_removed), {person.id: person for person in people})
        return changed

    def _change_authority(
        self,
        rules: Iterable[ApprovalRuleLimit] | None,
        exchange_rates: Iterable[ExchangeRate] | None,
        base_currencies: Mapping[str, str] | None,
    ) -> None:
        if rules is not None:
            self._set(rules=tuple(rules))
        if exchange_rates is not None:
            self._set(exchange_rates=(of_all := tuple(exchange_rates)), rates=Rates(of_all))
        if base_currencies is not None:
            self._set(base_currencies=base_currencies)
        self._set(_limits=Limits(self.rules, bases=self.base_currencies, rates=self.rates))

    def _change_mandates(self, put: tuple[MandateRow, ...], removed_ids: tuple[str, ...], persons: Mapping[str, Person]) -> None:
        """Take rows out of the indexes and others in; rows whose acting user changes with the persons are taken out and in again."""
        rows = self.mandates
        assert isinstance(rows, MandateRows), "every snapshot has them so"
        before = self.people_by_id
        changed = rows.with_rows(put=put, removed=removed_ids)
        ids = {*removed_ids, *(row.id for row in put)}
        if persons:
            after = {**before, **persons}
            moved = {user for user in {row.user for row in rows} if _find_actor(user, before) != _find_actor(user, after)}
            ids.update(row.id for row in rows if row.user in moved)
            self._set(people=tuple(after.values()), people_by_id=after)
        of_before = _split_by_actor(filter(None, map(rows.find, ids)), before)
        of_after = _split_by_actor(filter(None, map(changed.find, ids)), self.people_by_id)
        self._set(
            mandates=changed,
            index=self.index.with_rows(added=of_after[0], removed=[entry[4] for entry in of_before[0]]),
            refused=self.refused.with_rows(added=of_after[1], removed=[entry[4] for entry in of_before[1]]),
        )

    def name_of(self, user: str) -> str:
        """Return the person's full name, or the user name where none is known."""
        person = self.people_by_id.get(user)
        return user if person is None else person.full_name or user

    def find_actor(self, user: str) -> Actor:
        """Return who acts for the user today, following successors (MXU-01, MXU-03)."""
        return _find_actor(user, self.people_by_id)

    def find_limit(self, rule: str, *, company: str | None, currency: str, on: date) -> Authority | None:
        """Return how far a rule reaches, or None when it gives no authority; see `authority.LimitsOfDay`."""
        return self._limits.of_day(company=company, currency=currency, on=on)[rule]

    def find_limits(self, *, company: str | None, currency: str, on: date) -> LimitsOfDay:
        """Return how far each rule reaches for a company in a currency; see `authority.LimitsOfDay`."""
        return self._limits.of_day(company=company, currency=currency, on=on)

    def find_chain(self, company: str | None, cost_center: str | None) -> tuple[str, ...]:
        """Return the cost center with its ancestors, nearest first, in the chart that counts for `company`.

        Raises:
            ChartCycle: the ancestors lead back to where they came from; `path` names them.
        """
        if cost_center is None:
            return ()
        scope = company if self.approval_type.chart_scope == "company" else None
        chain = self._chains.get((scope, cost_center))
        if chain is None:
            parents = self._parents.get(scope, {})
            if cost_center not in parents:
                return (cost_center,)  # not remembered, for such names come from anywhere
            chain = self._chains[scope, cost_center] = _walk_chain(parents, cost_center)
        return chain

    def is_in_chart(self, company: str | None, cost_center: str) -> bool:
        """Whether the cost center has a parent or a child in the chart that counts for `company`."""
        scope = company if self.approval_type.chart_scope == "company" else None
        parents = self._parents.get(scope, {})
        return cost_center in parents or cost_center in parents.values()


def _walk_chain(parents: Mapping[str, str], cost_center: str) -> tuple[str, ...]:
    chain = [cost_center]
    seen = {cost_center}
    while (parent := parents.get(chain[-1])) is not None:
        chain.append(parent)
        if parent in seen:
            raise ChartCycle(path=" > ".join(chain[chain.index(parent) :]))
        seen.add(parent)
    return tuple(chain)


def _find_actor(user: str, people: Mapping[str, Person]) -> Actor:
    """Follow successors from `user` to somebody active and full; who cannot act names the reason of the user himself."""
    seen: set[str] = set()
    current: str | None = user
    while current is not None and current not in seen:
        seen.add(current)
        person = people.get(current)
        if person is None:
            return Actor(None, f"user {current} is not known")
        if person.active and person.kind == "full":
            return Actor(current, "")
        current = person.successor
    first = people[user]
    if current is not None:
        return Actor(None, "successors lead in a circle")
    if first.successor is not None:
        return Actor(None, f"successor {first.successor} cannot act either")
    if not first.active:
        return Actor(None, "inactive without successor")
    return Actor(None, "portal user" if first.kind == "portal" else "not a full user")


def _list_active(approval_type: ApprovalType) -> tuple[bool, ...]:
    return tuple(approval_type.is_active(step) for step in STEPS)


def _split_by_actor(mandates: Iterable[MandateRow], people: Mapping[str, Person]) -> tuple[list[Entry], list[Entry]]:
    """Return the rows that somebody can act on, and those that nobody can (kept to explain a refusal)."""
    acting: list[Entry] = []
    refused: list[Entry] = []
    actors: dict[str, str | None] = {}
    for row in mandates:
        user = row.user
        if user in actors:
            actor = actors[user]
        else:
            actor = actors[user] = _find_actor(user, people).user
        if actor is None or row.expired:
            refused.append((actor or user, row.rule, row.starts_on, row.ends_on, row))
        else:
            acting.append((actor, intern(row.rule), row.starts_on, row.ends_on, row))
    return acting, refused


def _index_parents(chart: Iterable[ChartNode]) -> dict[str | None, dict[str, str]]:
    parents: dict[str | None, dict[str, str]] = {}
    for node in chart:
        if node.parent is not None:
            parents.setdefault(node.company, {})[node.cost_center] = intern(node.parent)
    return parents
