"""The approval matrix of one version, immutable and indexed once; it answers every question of resolution without a search."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeAlias

from app.domain.errors import ChartCycle
from app.domain.matrix.authority import Authority, Rates, RuleLimits, find_limit, index_rule_limits
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

Entry: TypeAlias = tuple[str, str, date | None, date | None, MandateRow]
"""A mandate row in the index: acting user, rule, first day, last day, the row itself."""

Index: TypeAlias = dict[tuple[int, str | None, str | None, str | None, str | None], dict[str | None, list[Entry]]]
"""Step, company, organisation, parameter 3, parameter 4 -> cost center -> rows; None stands for any."""


class SignatureClass(NamedTuple):
    """Which parameters the rows of a class name; a smaller `key` is tried first (MXP-04)."""

    key: int
    company: bool
    organisation: bool
    parameter_3: bool
    parameter_4: bool


class Actor(NamedTuple):
    """Who acts for a user: himself, a successor, or nobody with the reason."""

    user: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One approval type with its rules, mandates, people, chart and rates as of one version.

    Built once and shared by threads; the derived fields are an index and memoised chains, never part of its value.
    """

    approval_type: ApprovalType = field(default_factory=ApprovalType)
    rules: tuple[ApprovalRuleLimit, ...] = ()
    mandates: tuple[MandateRow, ...] = ()
    people: tuple[Person, ...] = ()
    chart: tuple[ChartNode, ...] = ()
    exchange_rates: tuple[ExchangeRate, ...] = ()
    base_currencies: Mapping[str, str] = field(default_factory=dict)
    version: str = ""

    rates: Rates = field(init=False, repr=False, compare=False)
    rule_limits: RuleLimits = field(init=False, repr=False, compare=False)
    people_by_id: Mapping[str, Person] = field(init=False, repr=False, compare=False)
    index: Index = field(init=False, repr=False, compare=False)
    refused: Index = field(init=False, repr=False, compare=False)
    signature_classes: tuple[tuple[SignatureClass, ...], ...] = field(init=False, repr=False, compare=False)
    refused_classes: tuple[tuple[SignatureClass, ...], ...] = field(init=False, repr=False, compare=False)
    _parents: Mapping[str | None, Mapping[str, str]] = field(init=False, repr=False, compare=False)
    _chains: dict[tuple[str | None, str], tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        people = {person.id: person for person in self.people}
        index, refused = _index_mandates(self.mandates, people)
        derived: dict[str, object] = {
            "rates": Rates(self.exchange_rates),
            "rule_limits": index_rule_limits(self.rules),
            "people_by_id": people,
            "index": index,
            "refused": refused,
            "signature_classes": _list_signature_classes(index, self.approval_type.priority),
            "refused_classes": _list_signature_classes(refused, self.approval_type.priority),
            "_parents": _index_parents(self.chart),
            "_chains": {},
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def name_of(self, user: str) -> str:
        """Return the person's full name, or the user name where none is known."""
        person = self.people_by_id.get(user)
        return person.name if person else user

    def find_actor(self, user: str) -> Actor:
        """Return who acts for the user today, following successors (MXU-01, MXU-03)."""
        return _find_actor(user, self.people_by_id)

    def find_limit(self, rule: str, *, company: str | None, currency: str, on: date) -> Authority | None:
        """Return how far a rule reaches, or None when it gives no authority; see `authority.find_limit`."""
        base = self.base_currencies.get(company) if company is not None else None
        return find_limit(self.rule_limits.get(rule, {}), company=company, base=base, currency=currency, on=on, rates=self.rates)

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
            chain = _walk_chain(self._parents.get(scope, {}), cost_center)
            self._chains[scope, cost_center] = chain
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


def _index_mandates(mandates: Iterable[MandateRow], people: Mapping[str, Person]) -> tuple[Index, Index]:
    """Return the rows that somebody can act on, and those that nobody can (kept to explain a refusal)."""
    index: Index = {}
    refused: Index = {}
    actors: dict[str, Actor] = {}
    for row in mandates:
        actor = actors.get(row.user)
        if actor is None:
            actor = actors[row.user] = _find_actor(row.user, people)
        target = refused if actor.user is None or row.expired else index
        entry = (actor.user or row.user, row.rule, row.starts_on, row.ends_on, row)
        for step in row.steps:
            key = (step.order, row.company, row.organisation, row.parameter_3, row.parameter_4)
            centers = target.get(key)
            if centers is None:
                centers = target[key] = {}
            entries = centers.get(row.cost_center)
            if entries is None:
                centers[row.cost_center] = [entry]
            else:
                entries.append(entry)
    return index, refused


def _list_signature_classes(index: Index, priority: tuple[int, int, int]) -> tuple[tuple[SignatureClass, ...], ...]:
    classes: list[set[SignatureClass]] = [set() for _ in STEPS]
    for step, company, organisation, parameter_3, parameter_4 in index:
        named = {2: organisation is not None, 3: parameter_3 is not None, 4: parameter_4 is not None}
        key = signature_key(named, priority)
        classes[step].add(SignatureClass(key, company is not None, named[2], named[3], named[4]))
    return tuple(tuple(sorted(of_step)) for of_step in classes)


def signature_key(named: Mapping[int, bool], priority: tuple[int, int, int]) -> int:
    """Return the place of a signature class: rows naming the first priority come first, among them those naming the second, and so on."""
    key = 0
    for parameter in priority:
        key = key * 2 + (0 if named[parameter] else 1)
    return key


def _index_parents(chart: Iterable[ChartNode]) -> dict[str | None, dict[str, str]]:
    parents: dict[str | None, dict[str, str]] = {}
    for node in chart:
        if node.parent is not None:
            parents.setdefault(node.company, {})[node.cost_center] = node.parent
    return parents
