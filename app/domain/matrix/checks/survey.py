"""The matrix laid out for the checks: who acts for whom, which rows count today, the charts, the companies with their currencies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from app.domain.errors import ChartCycle
from app.domain.matrix.snapshot import MandateRow, Snapshot, Step

CODABLE_STATUSES = frozenset({"", "active"})

CenterKey = tuple[str | None, str]
"""The chart's company (None: the chart for all) and the cost center."""


class CompanyGroup(NamedTuple):
    """Companies that the matrix treats alike; whatever holds for the first holds for all."""

    companies: tuple[str | None, ...]
    scope: str | None

    @property
    def first(self) -> str | None:
        """Return the company that stands for the others."""
        return self.companies[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the matrix itself does not know.

    `statuses` of cost centers (a missing one is active; "blocked" and "dummy" ones are not coded), `backups` are the active
    backups by person, `copied_from` says from which mandate row a row was copied.
    """

    statuses: Mapping[CenterKey, str] = field(default_factory=dict)
    backups: Mapping[str, str] = field(default_factory=dict)
    copied_from: Mapping[str, str] = field(default_factory=dict)


class Survey:
    """One matrix on one day; what is derived is derived once."""

    def __init__(self, snapshot: Snapshot, *, on: date, around: Surroundings) -> None:
        self.snapshot = snapshot
        self.on = on
        self.around = around
        self.type = snapshot.approval_type
        self.active_steps = frozenset(step for step in Step if self.type.is_active(step))
        self.actors = {user: snapshot.find_actor(user).user for user in {row.user for row in snapshot.mandates}}
        self.rows_in_force = tuple(row for row in snapshot.mandates if self.is_in_force(row))
        self.parents: dict[str | None, dict[str, str]] = {}
        self.centers: dict[str | None, list[str]] = {}
        self._lay_out_charts()
        self.company_groups = self._group_companies()

    def is_in_force(self, row: MandateRow) -> bool:
        """Whether somebody may act on the row on the day of the check."""
        in_time = (row.starts_on is None or row.starts_on <= self.on) and (row.ends_on is None or self.on <= row.ends_on)
        return in_time and not row.expired and self.actors[row.user] is not None

    def scope_of(self, company: str | None) -> str | None:
        """Return which chart counts for a company."""
        return company if self.type.chart_scope == "company" else None

    def is_codable(self, scope: str | None, center: str) -> bool:
        """Whether lines may be coded on a cost center: it is neither blocked nor only structural."""
        statuses = self.around.statuses
        return statuses.get((scope, center), statuses.get((None, center), "")) in CODABLE_STATUSES

    def has_chain(self, company: str | None, center: str) -> bool:
        """Whether the way from the cost center to its root ends."""
        try:
            self.snapshot.find_chain(company, center)
        except ChartCycle:
            return False
        return True

    def _lay_out_charts(self) -> None:
        by_company = self.type.chart_scope == "company"
        centers: dict[str | None, set[str]] = {}
        for node in self.snapshot.chart:
            if by_company or node.company is None:
                centers.setdefault(node.company, set()).add(node.cost_center)
                if node.parent is not None:
                    centers[node.company].add(node.parent)
                    self.parents.setdefault(node.company, {})[node.cost_center] = node.parent
        for row in self.snapshot.mandates:
            if row.cost_center is None:
                continue
            scopes = [row.company] if by_company and row.company is not None else list(self.known_companies()) if by_company else [None]
            for scope in scopes:
                centers.setdefault(scope, set()).add(row.cost_center)
        self.centers = {scope: sorted(found) for scope, found in centers.items()}

    def known_companies(self) -> list[str | None]:
        """Return the companies that have a base currency or are named anywhere in the matrix; [None] where there are none."""
        snapshot = self.snapshot
        named: set[str] = set(snapshot.base_currencies)
        named.update(row.company for row in snapshot.mandates if row.company is not None)
        named.update(line.company for line in snapshot.rules if line.company is not None)
        if self.type.chart_scope == "company":
            named.update(node.company for node in snapshot.chart if node.company is not None)
        return list[str | None](sorted(named)) or [None]

    def _group_companies(self) -> tuple[CompanyGroup, ...]:
        """Put companies together that no row, limit, chart or base currency tells apart."""
        rows_by_company: dict[str | None, list[str]] = {}
        for row in self.snapshot.mandates:
            if row.company is not None:
                rows_by_company.setdefault(row.company, []).append(row.id)
        limits: dict[str | None, list[tuple[str, str, object]]] = {}
        for line in self.snapshot.rules:
            if line.company is not None:
                limits.setdefault(line.company, []).append((line.rule, line.currency, line.limit))
        groups: dict[object, list[str | None]] = {}
        for company in self.known_companies():
            scope = self.scope_of(company)
            has_chart = scope is not None and scope in self.centers
            alike = (
                tuple(sorted(rows_by_company.get(company, ()))),
                tuple(sorted(limits.get(company, ()), key=str)),
                self.snapshot.base_currencies.get(company) if company is not None else None,
                scope if has_chart else None,
            )
            groups.setdefault(alike, []).append(company)
        return tuple(CompanyGroup(tuple(companies), self.scope_of(companies[0])) for companies in groups.values())

    def currencies_of(self, company: str | None) -> list[str]:
        """Return the currencies in which the limits of a company are not all conversions of one another; its own first."""
        base = self.snapshot.base_currencies.get(company) if company is not None else None
        named = sorted({line.currency for line in self.snapshot.rules if line.company in {company, None}})
        return list(dict.fromkeys([*([base] if base else []), *named]))
