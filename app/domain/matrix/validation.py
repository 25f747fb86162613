"""Faults in the content of a matrix or in a transaction, before anybody is looked for with it."""

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from typing import TypeVar

from app.domain.matrix.steps import Step
from app.domain.matrix.values import (
    ApprovalRuleLimit,
    ApprovalType,
    ChartNode,
    ExchangeRate,
    MandateRow,
    Person,
    Signature,
)

_AMOUNT_SETTINGS = ("check_amount", "check_amount_additional", "threshold_1", "threshold_2")
_T = TypeVar("_T")


def find_faults(
    approval_type: ApprovalType,
    *,
    rule_names: Collection[str],
    rules: Sequence[ApprovalRuleLimit],
    mandates: Sequence[MandateRow],
    people: Sequence[Person],
    chart: Sequence[ChartNode],
    exchange_rates: Sequence[ExchangeRate],
) -> Iterator[str]:
    """Give every fault of a matrix, in the words of its editor; a cycle in the chart is found when it is walked.

    `rule_names` are the rules that exist; one without a line is known and gives no authority.
    """
    yield from find_approval_type_faults(approval_type)
    yield from find_rule_faults(rules)
    yield from find_mandate_faults(mandates, rule_names=rule_names, people=people)
    yield from find_people_faults(people)
    yield from find_chart_faults(chart)
    yield from find_rate_faults(exchange_rates)


def find_approval_type_faults(approval_type: ApprovalType) -> Iterator[str]:
    """Give the settings that make no sense (MXP-08)."""
    if sorted(approval_type.priority) != [2, 3, 4]:
        yield f"Expected priority to hold 2, 3 and 4 once each, but got {list(approval_type.priority)}."
    for setting in _AMOUNT_SETTINGS:
        amount: Decimal | None = getattr(approval_type, setting)
        if amount is not None and amount < 0:
            yield f"Expected {setting} to be at least 0, but got {amount}."


def find_rule_faults(rules: Sequence[ApprovalRuleLimit]) -> Iterator[str]:
    """Give negative limits and a rule with two lines for the same company and currency."""
    for line in rules:
        if line.limit is not None and line.limit < 0:
            place = f"rule {line.rule} for {line.company or 'any company'} and {line.currency}"
            yield f"Expected the limit of {place} to be at least 0, but got {line.limit}."
    for rule, company, currency in _list_repeated([(line.rule, line.company, line.currency) for line in rules]):
        yield f"Expected one line of rule {rule} for {company or 'any company'} and {currency}, but got several."


def find_mandate_faults(mandates: Sequence[MandateRow], *, rule_names: Collection[str], people: Sequence[Person]) -> Iterator[str]:
    """Give mandates with an id used twice, an unknown rule or user, or an end before the start."""
    known_people = {person.id for person in people}
    for repeated in _list_repeated([row.id for row in mandates]):
        yield f"Expected mandate ids to be unique, but {repeated} stands twice."
    for row in mandates:
        if row.rule not in rule_names:
            yield f"Mandate {row.id} names rule {row.rule}, which does not exist."
        if row.user not in known_people:
            yield f"Mandate {row.id} names user {row.user}, who does not exist."
        if row.starts_on is not None and row.ends_on is not None and row.ends_on < row.starts_on:
            yield f"Mandate {row.id} ends on {row.ends_on.isoformat()}, before it starts on {row.starts_on.isoformat()}."


def find_people_faults(people: Sequence[Person]) -> Iterator[str]:
    """Give user names used twice and successors who do not exist."""
    known = {person.id for person in people}
    for repeated in _list_repeated([person.id for person in people]):
        yield f"Expected user names to be unique, but {repeated} stands twice."
    for person in people:
        if person.successor is not None and person.successor not in known:
            yield f"The successor of {person.id} is {person.successor}, who does not exist."


def find_chart_faults(chart: Sequence[ChartNode]) -> Iterator[str]:
    """Give cost centers that stand at two places of one chart."""
    for company, cost_center in _list_repeated([(node.company, node.cost_center) for node in set(chart)]):
        yield f"Expected one parent for cost center {cost_center} in the chart of {company or 'all companies'}, but got several."


def find_rate_faults(rates: Sequence[ExchangeRate]) -> Iterator[str]:
    """Give rates that are not positive, lead to their own currency, or contradict each other."""
    for rate in rates:
        if rate.rate <= 0 or rate.source == rate.target:
            yield f"Expected a positive rate between two currencies, but got {rate.rate} from {rate.source} to {rate.target}."
    for source, target, valid_on in _list_repeated([(rate.source, rate.target, rate.valid_on) for rate in set(rates)]):
        yield f"Expected one rate from {source} to {target}{f' on {valid_on.isoformat()}' if valid_on else ''}, but got several."


def find_signature_faults(signed: Sequence[Signature]) -> Iterator[str]:
    """Give people whose signatures stand in two steps."""
    roles: dict[str, Step] = {}
    for signature in signed:
        if roles.setdefault(signature.user, signature.step) is not signature.step:
            yield f"Expected one step a person, but {signature.user} signed {roles[signature.user]} and {signature.step}."


def _list_repeated(keys: Sequence[_T]) -> list[_T]:
    """Return what stands more than once, in the order of its first repetition."""
    seen: set[_T] = set()
    repeated: dict[_T, None] = {}
    for key in keys:
        if key in seen:
            repeated[key] = None
        seen.add(key)
    return list(repeated)
