"""Small random matrices and transactions: solvable and not, dense and sparse, with every setting."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

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

ON = date(2026, 11, 2)
CENTERS = ["A", "B", "C", "D", "E"]
YESTERDAY, TOMORROW = date(2026, 11, 1), date(2026, 11, 3)
DATES = [(YESTERDAY, None), (ON, None), (TOMORROW, None), (None, YESTERDAY), (None, ON), (YESTERDAY, ON), (ON, ON), (ON, TOMORROW)]
AMOUNTS = [Decimal(text) for text in ("1", "5", "9.99", "10", "10.01", "20", "50", "50.5", "100")]


def make_case(seed: int, *, simple: bool = False) -> tuple[Snapshot, Transaction]:
    """Return the case of a seed; a simple one has one currency, no exclusions and no cycles, so that only people conflict."""
    random = Random(seed)
    people = _make_people(random, simple=simple)
    users = [person.id for person in people]
    currencies = ["EUR"] if simple else ["EUR", "USD", "GBP"]
    snapshot = Snapshot(
        approval_type=_make_type(random, simple=simple),
        rules=_make_rules(random, currencies),
        mandates=tuple(_make_mandate(random, number, users, simple=simple) for number in range(random.choice([4, 8, 16, 28, 40]))),
        people=people,
        chart=_make_chart(random, simple=simple),
        exchange_rates=_make_rates(random, simple=simple),
        base_currencies={"X": "EUR", "Y": random.choice(currencies)},
    )
    return snapshot, _make_transaction(random, users, currencies, simple=simple)


def shuffle_rows(snapshot: Snapshot, seed: int) -> Snapshot:
    """Return the same matrix with all rows in another order."""
    random = Random(seed)
    names = ("rules", "mandates", "people", "chart", "exchange_rates")
    return replace(snapshot, **{name: tuple(random.sample(rows := getattr(snapshot, name), len(rows))) for name in names})


def _make_people(random: Random, *, simple: bool) -> tuple[Person, ...]:
    users = [f"u{number}" for number in range(random.randint(2, 7))]
    if simple:
        return tuple(Person(id=user) for user in users)
    return tuple(
        Person(
            id=user,
            active=random.random() < 0.85,
            kind=random.choice(["full"] * 8 + ["portal", "none"]),
            successor=random.choice([None, *users]),
        )
        for user in users
    )


def _make_type(random: Random, *, simple: bool) -> ApprovalType:
    def amount() -> Decimal | None:
        return random.choice([None, None, None, Decimal(10), Decimal(60)])

    return ApprovalType(
        check_amount=amount(),
        check_amount_additional=amount(),
        threshold_1=amount(),
        threshold_2=amount(),
        currency="EUR" if simple else random.choice(["EUR", "EUR", "USD"]),
        link_cost_center_required=random.random() < 0.15,
        priority=random.choice([(2, 3, 4), (3, 2, 4), (4, 3, 2), (3, 4, 2)]),
        secretary=random.random() < 0.3,
        second_line=random.random() < 0.85,
        first_overall=random.random() < 0.85,
        second_overall=random.random() < 0.7,
        chart_scope=random.choice(["all", "all", "company"]),
        exclude_submitter=random.random() < 0.7,
        aggregate=random.choice(["line", "line", "coding", "approver"]),
        approver_limit=random.choice(["lowest_sufficient", "lowest_sufficient", "chain"]),
        secretary_optional=random.random() < 0.5,
        rate_on=random.choice(["document", "resolution"]),
    )


def _make_rules(random: Random, currencies: list[str]) -> tuple[ApprovalRuleLimit, ...]:
    lines = []
    for rule in ("R1", "R2", "R3", "R4"):
        for company in ("X", "Y", None):
            for currency in currencies:
                if random.random() < (0.6 if company else 0.35):
                    limit = None if random.random() < 0.08 else random.choice(AMOUNTS) * random.choice([1, 1, 5])
                    lines.append(ApprovalRuleLimit(rule=rule, company=company, currency=currency, limit=limit))
    return tuple(lines)


def _make_mandate(random: Random, number: int, users: list[str], *, simple: bool) -> MandateRow:
    def maybe(values: list[str], share: float) -> str | None:
        return random.choice(values) if random.random() < share else None

    named = 0.0 if simple else 0.15
    starts_on, ends_on = random.choice([*[(None, None)] * 16, *DATES])
    return MandateRow(
        id=str(number),
        user=random.choice(users),
        rule=random.choice(["R1", "R2", "R3", "R4"]),
        steps=frozenset(random.sample(list(Step), random.randint(1, 4))),
        company=maybe(["X", "Y"], named),
        cost_center=maybe([*CENTERS, "A", "A", "B"], 0.85),
        organisation=maybe(["o1", "o2"], named),
        parameter_3=maybe(["p"], named),
        parameter_4=maybe(["q"], named),
        starts_on=starts_on,
        ends_on=ends_on,
        expired=not simple and random.random() < 0.05,
    )


def _make_chart(random: Random, *, simple: bool) -> tuple[ChartNode, ...]:
    nodes = []
    for company in (None, "X", "Y"):
        for number, center in enumerate(CENTERS):
            above = CENTERS if not simple and random.random() < 0.03 else CENTERS[:number]
            parent = random.choice(above) if above and random.random() < 0.85 else None
            nodes.append(ChartNode(cost_center=center, parent=parent, company=company))
    return tuple(nodes)


def _make_rates(random: Random, *, simple: bool) -> tuple[ExchangeRate, ...]:
    rates = []
    for source, target, rate in (("EUR", "USD", "1.10"), ("GBP", "EUR", "1.3"), ("USD", "GBP", "0.7"), ("USD", "EUR", "0.9")):
        if simple or random.random() < 0.93:
            valid_on = None if simple else random.choice([None, None, YESTERDAY, ON])
            rates.append(ExchangeRate(source=source, target=target, rate=Decimal(rate), valid_on=valid_on))
        if not simple and random.random() < 0.3:
            rates.append(ExchangeRate(source=source, target=target, rate=Decimal(rate) * 2, valid_on=TOMORROW))
    return tuple(rates)


def _make_transaction(random: Random, users: list[str], currencies: list[str], *, simple: bool) -> Transaction:
    lines = tuple(
        Line(
            amount=random.choice(AMOUNTS) * random.choice([1, 1, 1, 1, 5, -1, 0]),
            company=random.choice(["X", "X", "X", "Y"]),
            cost_center=random.choice([*CENTERS, *CENTERS, None]),
            organisation=random.choice([None, "o1", "o2"]),
            parameter_3=random.choice([None, None, "p"]),
            parameter_4=random.choice([None, None, "q"]),
        )
        for _ in range(random.choice([1, 1, 2, 3, 4]))
    )
    signers = random.sample(users, random.choice([0, 0, 0, 1, min(2, len(users))]))
    return Transaction(
        currency=random.choice(currencies),
        lines=lines,
        submitter=None if simple else random.choice([None, None, *users]),
        coders=() if simple else tuple(random.sample(users, random.choice([0, 0, 0, 1]))),
        issued_on=None if simple else random.choice([None, YESTERDAY, ON, TOMORROW]),
        signed=tuple(Signature(user=user, step=random.choice(list(Step))) for user in signers),
    )
