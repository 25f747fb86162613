"""The matrix of a large company: a deep chart, many people, mandates on every level, and invoices against it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from app.domain.matrix.snapshot import Snapshot
from app.domain.matrix.steps import Step
from app.domain.matrix.values import (
    ApprovalRuleLimit,
    ApprovalType,
    ChartNode,
    ExchangeRate,
    Line,
    MandateRow,
    Person,
    Transaction,
)

ON = date(2026, 11, 2)
COMPANIES = ("NL01", "DE01", "UK01")
_DEPTH_MAX = 25
_STEPS = (
    *[frozenset({Step.FIRST_LINE})] * 11,
    *[frozenset({Step.SECOND_LINE})] * 4,
    *[frozenset({Step.SECOND_LINE, Step.FIRST_OVERALL})] * 3,
    frozenset({Step.FIRST_OVERALL}),
    frozenset({Step.SECOND_OVERALL}),
)
_LIMITS = [1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixContent:
    """What a snapshot is built from; `centers` are the cost centers with their depth."""

    approval_type: ApprovalType
    rules: tuple[ApprovalRuleLimit, ...]
    mandates: tuple[MandateRow, ...]
    people: tuple[Person, ...]
    chart: tuple[ChartNode, ...]
    exchange_rates: tuple[ExchangeRate, ...]
    base_currencies: dict[str, str]
    centers: dict[str, int]


def make_matrix(*, rows: int, cost_centers: int, people: int, seed: int = 1) -> MatrixContent:
    """Return a matrix of `rows` mandates.

    The chart is about 12 levels deep on average and 25 at most. Three mandates in four name a cost center alone; the others name an
    organisation or a company on top, or only a project or a ledger. Limits grow towards the root. The board may sign everything.
    """
    random = Random(seed)  # noqa: S311 - made-up rows, no secret
    chart, centers = _make_chart(random, cost_centers)
    users = [f"user{number:05}" for number in range(people)]
    names = list(centers)
    mandates = [_make_mandate(random, number, users, names, centers) for number in range(rows - len(Step) * 2)]
    mandates += [
        MandateRow(id=f"board{step}{place}", user=f"board{place}{step}", rule="R10", steps=frozenset({step}), cost_center=names[0])
        for step in Step
        for place in range(2)
    ]
    return MatrixContent(
        approval_type=ApprovalType(),
        rules=_make_rules(),
        mandates=tuple(mandates),
        people=(
            *(Person(id=user, full_name=user.capitalize()) for user in users),
            *(Person(id=row.user, full_name=row.user.capitalize()) for row in mandates[-len(Step) * 2 :]),
        ),
        chart=chart,
        exchange_rates=(ExchangeRate(source="EUR", target="GBP", rate=Decimal("0.80")),),
        base_currencies={"NL01": "EUR", "DE01": "EUR", "UK01": "GBP"},
        centers=centers,
    )


def build_snapshot(content: MatrixContent) -> Snapshot:
    """Return the content as a snapshot."""
    return Snapshot(
        approval_type=content.approval_type,
        rules=content.rules,
        mandates=content.mandates,
        people=content.people,
        chart=content.chart,
        exchange_rates=content.exchange_rates,
        base_currencies=content.base_currencies,
        version="1",
    )


def make_transactions(content: MatrixContent, *, count: int, lines: int, seed: int = 1) -> list[Transaction]:
    """Return invoices whose lines have distinct codings at random places of the chart; amounts from 100 to 300,000."""
    random = Random(seed * 1000 + lines)  # noqa: S311 - made-up invoices, no secret
    names = list(content.centers)
    return [
        Transaction(
            currency="EUR",
            submitter=random.choice(content.people).id,
            lines=tuple(_make_line(random, center) for center in random.sample(names, lines)),
        )
        for _ in range(count)
    ]


def _make_chart(random: Random, count: int) -> tuple[tuple[ChartNode, ...], dict[str, int]]:
    centers = {"C00000": 0}
    names = ["C00000"]
    nodes = [ChartNode(cost_center="C00000")]
    for number in range(1, count + 1):
        parent = random.choice(names)
        if random.random() < 0.25:
            parent = max(parent, random.choice(names), key=centers.__getitem__)
        if centers[parent] >= _DEPTH_MAX:
            parent = names[0]
        name = f"C{number:05}"
        centers[name] = centers[parent] + 1
        names.append(name)
        nodes.append(ChartNode(cost_center=name, parent=parent))
    return tuple(nodes), centers


def _make_mandate(random: Random, number: int, users: list[str], names: list[str], centers: dict[str, int]) -> MandateRow:
    center: str | None = random.choice(names)
    assert center is not None, "every name is one"
    level = 6 - centers[center] * 10 // _DEPTH_MAX + random.choice([-1, 0, 0, 1])
    kind = random.random()
    company = random.choice(COMPANIES) if kind < 0.05 else None
    organisation = f"O{random.randrange(500)}" if 0.05 <= kind < 0.15 else None
    project = f"P{random.randrange(1000)}" if 0.15 <= kind < 0.20 else None
    ledger = f"L{random.randrange(500)}" if 0.20 <= kind < 0.25 else None
    if project or ledger:
        center = None
    return MandateRow(
        id=f"m{number}",
        user=random.choice(users),
        rule=f"R{min(9, max(1, level))}",
        steps=random.choice(_STEPS),
        company=company,
        cost_center=center,
        organisation=organisation,
        parameter_3=project,
        parameter_4=ledger,
        starts_on=date(2026, 1, 1) if number % 10 == 0 else None,
        ends_on=date(2027, 12, 31) if number % 20 == 0 else None,
    )


def _make_rules() -> tuple[ApprovalRuleLimit, ...]:
    rules = [
        ApprovalRuleLimit(rule=f"R{number}", company=company, currency="GBP" if company == "UK01" else "EUR", limit=Decimal(amount))
        for number, amount in enumerate(_LIMITS)
        for company in COMPANIES
    ]
    return (*rules, ApprovalRuleLimit(rule="R10", currency="EUR", limit=None))


def _make_line(random: Random, center: str) -> Line:
    return Line(
        amount=Decimal(round(100 * 3_000 ** random.random() * 100)) / 100,
        company=random.choice(COMPANIES),
        cost_center=center,
        organisation=f"O{random.randrange(500)}" if random.random() < 0.5 else None,
        parameter_3=f"P{random.randrange(1000)}" if random.random() < 0.3 else None,
        parameter_4=f"L{random.randrange(500)}" if random.random() < 0.3 else None,
    )
