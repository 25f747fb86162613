"""Findings about several lines on one transaction: limits evaded by splitting, sums beyond a limit, and nobody for the whole."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from app.domain.errors import CountersignError
from app.domain.matrix.authority import UNLIMITED
from app.domain.matrix.checks.finding import RESOLVED, CounterExample, Finding, next_amount
from app.domain.matrix.checks.gaps import ask_resolve, name_place
from app.domain.matrix.checks.lineup import FIRST_LINE, FIRST_OVERALL, SECOND_LINE, SECOND_OVERALL, Lineup, find_reach
from app.domain.matrix.checks.reach import Field
from app.domain.matrix.resolution import resolve_role_players
from app.domain.matrix.route import Route
from app.domain.matrix.snapshot import Line, Transaction
from app.domain.matrix.wording import write_amount
from app.domain.money import EXACT

TRIES_MAX = 40
"""How many transactions are tried to find an example of each kind."""


def find_splitting(field: Field) -> Iterator[Finding]:
    """Give an example of an amount that needs fewer signatures when it is split over lines of one coding. Source: MXS-02."""
    if field.survey.type.aggregate != "line":
        return
    for center, amount in _list_limits(field, (FIRST_LINE,)):
        whole = _transaction(field, [(center, EXACT.add(amount, amount))])
        parts = _transaction(field, [(center, amount), (center, amount)])
        needed, given = _resolve(field, whole), _resolve(field, parts)
        if needed is None or given is None or not _steps(given) < _steps(needed):
            continue
        currency = field.ladder.currency
        yield Finding(
            code="split_risk",
            severity="warning",
            sentence=f"{name_place(field.group, [center], {})}: one line of {write_amount(whole.lines[0].amount, currency)} needs "
            f"{len(_steps(needed))} steps, but two lines of {write_amount(amount, currency)} need only {len(_steps(given))}.",
            remedy="Compare limits with the sum of a coding (aggregate: coding), or set a check amount.",
            subject={"companies": list(field.group.companies), "cost_centers": [center], "currency": currency},
            example=CounterExample(transaction=parts, on=field.survey.on, answer=RESOLVED),
        )
        return


def find_sums(field: Field) -> Iterator[Finding]:
    """Give an example of a person who signs, within one step, more in sum than the own limit. Source: MXS-09."""
    if field.survey.type.aggregate == "approver":
        return
    centers = [of_class[0] for of_class in field.classes.values()][:TRIES_MAX]
    for center, amount in _list_limits(field, (FIRST_LINE, SECOND_LINE)):
        for other in [each for each in centers if each != center][:5]:
            transaction = _transaction(field, [(center, amount), (other, amount)])
            user = _find_overdrawn(field, transaction)
            if user is None:
                continue
            currency = field.ladder.currency
            name = field.survey.snapshot.name_of(user)
            yield Finding(
                code="sum_risk",
                severity="info",
                sentence=f"{name_place(field.group, [center, other], {})}: {name} alone may sign two lines of {write_amount(amount, currency)} in one "
                "step, more in sum than the limit.",
                remedy="Compare the limit with the sum that a person signs (aggregate: approver), or set a check amount.",
                subject={"companies": list(field.group.companies), "cost_centers": [center, other], "currency": currency, "users": [user]},
                example=CounterExample(transaction=transaction, on=field.survey.on, answer=RESOLVED),
            )
            return


def find_split_overall(field: Field) -> Iterator[Finding]:
    """Give lines that need an overall step, each alone with somebody for it, and together with nobody. Source: MXO-13, MXS-09."""
    needing: dict[frozenset[int], tuple[str, int]] = {}
    for lineup, centers in field.classes.items():
        people = frozenset(person for step in (FIRST_OVERALL, SECOND_OVERALL) for _, person in lineup[step])
        on_lines = _reach_without_overall(field, lineup)
        if people not in needing and on_lines < field.judge(lineup).reach:
            needing[people] = (centers[0], on_lines)
    entries = list(needing.items())
    tried = 0
    for place, (people, (center, reach)) in enumerate(entries):
        for others, (other, _) in entries[place + 1 :]:
            if people & others or tried >= TRIES_MAX:
                continue
            tried += 1
            lowest = next_amount(field.ladder.amount_of(reach), field.ladder.currency)
            transaction = _transaction(field, [(center, lowest), (other, next_amount(None, field.ladder.currency))])
            answers = [ask_resolve(field.survey.snapshot, each, on=field.survey.on)[0] for each in (*_alone(transaction), transaction)]
            if answers != [RESOLVED, RESOLVED, "no_role_players_found"]:
                continue
            yield Finding(
                code="no_common_overall",
                severity="warning",
                sentence=f"{name_place(field.group, [center, other], {})}: lines on both can be approved apart, but nobody may sign the whole.",
                remedy="Give somebody a mandate for an overall step that covers both, or keep such lines on separate documents.",
                subject={"companies": list(field.group.companies), "cost_centers": [center, other], "currency": field.ladder.currency},
                example=CounterExample(transaction=transaction, on=field.survey.on, answer=answers[-1]),
            )
            return


def _reach_without_overall(field: Field, lineup: Lineup) -> int:
    first, second, third, _, _ = lineup
    return find_reach((first, second, third, (), ()), field.demand, field.ladder.last)


def _alone(transaction: Transaction) -> list[Transaction]:
    return [Transaction(currency=transaction.currency, lines=(line,)) for line in transaction.lines]


def _list_limits(field: Field, steps: Sequence[int]) -> Iterator[tuple[str, Decimal]]:
    """Give cost centers with the limits, above zero, that somebody has there in one of the steps, as amounts in minor units."""
    given = 0
    for lineup, centers in field.classes.items():
        for reach in sorted({-minus_reach for step in steps for minus_reach, _ in lineup[step]}):
            limit = field.ladder.amount_of(reach)
            if limit is None or limit in {UNLIMITED, Decimal(0)} or given >= TRIES_MAX:
                continue
            given += 1
            beyond = next_amount(limit, field.ladder.currency)
            yield centers[0], EXACT.subtract(beyond, Decimal(1).scaleb(int(beyond.as_tuple().exponent)))


def _transaction(field: Field, lines: Sequence[tuple[str, Decimal]]) -> Transaction:
    company = field.group.first
    return Transaction(
        currency=field.ladder.currency, lines=tuple(Line(amount=amount, company=company, cost_center=center) for center, amount in lines)
    )


def _resolve(field: Field, transaction: Transaction) -> Route | None:
    try:
        return resolve_role_players(field.survey.snapshot, transaction, on=field.survey.on, detail="people")
    except CountersignError:
        return None


def _steps(route: Route) -> set[str]:
    return {step.step.value for step in route.steps}


def _find_overdrawn(field: Field, transaction: Transaction) -> str | None:
    """Return who signs several lines of a step with more in sum than the limit, and nobody signs overall."""
    route = _resolve(field, transaction)
    if route is None or any(step.step.is_overall for step in route.steps):
        return None
    for step in route.steps:
        sums: dict[str, Decimal] = {}
        for slot in step.slots:
            signed = (transaction.lines[line].amount for line in slot.lines)
            sums[slot.role_player] = sum(signed, sums.get(slot.role_player, Decimal(0)))
            if (
                slot.limit is not None
                and all(transaction.lines[line].amount <= slot.limit for line in slot.lines)
                and sums[slot.role_player] > slot.limit
            ):
                return slot.role_player
    return None
