"""Fixture FX of REQUIREMENTS.md 1.0 as values of the matrix."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.matrix.snapshot import (
    ApprovalRuleLimit,
    ApprovalType,
    ChartNode,
    ExchangeRate,
    Line,
    MandateRow,
    Person,
    Signature,
    Snapshot,
    Step,
    Transaction,
)

TODAY = date(2026, 11, 2)
L1, L2, O1, O2, SEC = Step.FIRST_LINE, Step.SECOND_LINE, Step.FIRST_OVERALL, Step.SECOND_OVERALL, Step.SECRETARY


def mandate(user: str, rule: str, steps: Iterable[Step], cost_center: str | None = None, **values: Any) -> MandateRow:
    """Return a mandate row whose id follows from its content."""
    of_steps = frozenset(steps)
    identity = "-".join([user, rule, *sorted(of_steps), str(cost_center), *map(str, values.values())])
    return MandateRow(**{"id": identity, "user": user, "rule": rule, "steps": of_steps, "cost_center": cost_center, **values})


def limit(rule: str, amount: str | None, company: str | None = "NL01", currency: str = "EUR") -> ApprovalRuleLimit:
    """Return one line of a rule; None is unlimited."""
    return ApprovalRuleLimit(rule=rule, company=company, currency=currency, limit=None if amount is None else Decimal(amount))


RULES = (
    limit("DL", "10000"),
    limit("BM", "50000"),
    limit("MT", "250000"),
    limit("CFO", "1000000"),
    limit("DL", "8000", "UK01", "GBP"),
    limit("BM", "40000", "UK01", "GBP"),
)
MANDATES = (
    mandate("marc", "DL", [L1], "SALES"),
    mandate("carl", "DL", [L1], "CON"),
    mandate("ann", "DL", [L1], "SUP"),
    mandate("jeremy", "DL", [L1], "SUP", organisation="Informatique"),
    mandate("claire", "BM", [L2, O1], "GM"),
    mandate("donald", "MT", [L2, O1], "GM"),
    mandate("frank", "CFO", [O1, O2], "GM"),
)
PEOPLE = (
    Person(id="marc", full_name="Marc Anthony"),
    *(Person(id=name, full_name=name.capitalize()) for name in ("claire", "donald", "jeremy", "ann", "carl", "frank", "eva", "adm", "wfa")),
    Person(id="pia", full_name="Pia", kind="portal"),
    Person(id="otto", full_name="Otto", active=False, successor="marc"),
)
CHART = (
    ChartNode(cost_center="GM"),
    ChartNode(cost_center="SALES", parent="GM"),
    ChartNode(cost_center="CON", parent="GM"),
    ChartNode(cost_center="SUP", parent="GM"),
    ChartNode(cost_center="SUP-N", parent="SUP"),
    ChartNode(cost_center="SUP-N-1", parent="SUP-N"),
    ChartNode(cost_center="NEW"),
)
RATES = (
    ExchangeRate(source="EUR", target="GBP", rate=Decimal("0.80"), valid_on=TODAY),
    ExchangeRate(source="EUR", target="USD", rate=Decimal("1.10"), valid_on=TODAY),
)
BASES = {"NL01": "EUR", "DE01": "EUR", "UK01": "GBP"}
SNAPSHOT = Snapshot(
    approval_type=ApprovalType(parameter_3_label="project", parameter_4_label="ledger"),
    rules=RULES,
    mandates=MANDATES,
    people=PEOPLE,
    chart=CHART,
    exchange_rates=RATES,
    base_currencies=BASES,
    version="1",
)


def make_snapshot(*, mandates: Iterable[MandateRow] | None = None, added: Iterable[MandateRow] = (), **overrides: Any) -> Snapshot:
    """Return FX with other mandates, more mandates, other content, or other settings of the approval type."""
    content = {name: overrides.pop(name) for name in ("rules", "people", "chart", "exchange_rates", "base_currencies") if name in overrides}
    return replace(
        SNAPSHOT,
        mandates=(*(MANDATES if mandates is None else mandates), *added),
        approval_type=replace(SNAPSHOT.approval_type, **overrides),
        **content,
    )


def line(amount: str, cost_center: str | None = "SALES", company: str | None = "NL01", **values: Any) -> Line:
    """Return a coded line."""
    return Line(amount=Decimal(amount), cost_center=cost_center, company=company, **values)


def transaction(*lines: Line, currency: str = "EUR", signed: Iterable[tuple[str, Step]] = (), **values: Any) -> Transaction:
    """Return a transaction of the lines."""
    signatures = tuple(Signature(user=user, step=step) for user, step in signed)
    return Transaction(currency=currency, lines=lines, signed=signatures, **values)
