"""How far transactions can go where more candidates may make a signature impossible, so that every coding must be looked at by itself.

Under `approver_limit` chain each nearer mandate adds a signature, and under `secretary_optional` a mandate adds the secretary's. There,
lines that name an organisation or parameter are no easier than lines that do not: every combination of the values that rows on the way
to the root name is asked of the resolution itself, one amount an interval, each class of cost centers once.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

from app.domain.errors import RuleError
from app.domain.matrix.checks.finding import next_amount
from app.domain.matrix.checks.ladder import Ladder
from app.domain.matrix.checks.lineup import Lineup, add_people, find_reach, read_demand
from app.domain.matrix.checks.survey import CompanyGroup, Survey
from app.domain.matrix.resolution import resolve_role_players
from app.domain.matrix.snapshot import STEPS, Line, MandateRow, Step, Transaction
from app.domain.matrix.values import ApprovalType

VARIANTS_MAX = 200
"""How many combinations of values are looked at for one class of cost centers."""

ASKED_MAX = 2_000
"""How many combinations that name a value are looked at in one company and currency; lines that name none always are."""

NO_PARAMETERS = (None, None, None)
Parameters = tuple[str | None, str | None, str | None]
PARAMETER_NAMES = ("organisation", "parameter_3", "parameter_4")


class Variant(NamedTuple):
    """One coding of a class: the cost centers, the values named besides, how far it goes and how far its limits reach."""

    centers: tuple[str, ...]
    parameters: Parameters
    reach: int
    ceiling: int


def needs_variants(approval_type: ApprovalType) -> bool:
    """Whether more candidates may make a signature impossible."""
    return approval_type.approver_limit == "chain" or (approval_type.secretary and approval_type.secretary_optional)


class Variants:
    """The codings of one company group in one currency; `left_out` counts classes of which not every combination was looked at."""

    def __init__(self, survey: Survey, group: CompanyGroup, ladder: Ladder) -> None:
        self._survey = survey
        self._group = group
        self._ladder = ladder
        self._demand = read_demand(survey.type, ladder)
        self._asked = 0
        self.left_out = 0

    def __iter__(self) -> Iterator[Variant]:
        rows: dict[str | None, list[MandateRow]] = {}
        for row in self._survey.rows_in_force:
            if row.company in {None, self._group.first} and row.steps & self._survey.active_steps:
                rows.setdefault(row.cost_center, []).append(row)
        for centers, visible in _list_classes(self._survey, self._group, rows):
            for number, parameters in enumerate(iterate_parameters(visible)):
                if number and (number >= VARIANTS_MAX or self._asked >= ASKED_MAX):
                    self.left_out += 1
                    break
                self._asked += number > 0
                yield self._look_at(centers, parameters, [row for row in visible if _matches(row, parameters)])

    def _look_at(self, centers: list[str], parameters: Parameters, rows: list[MandateRow]) -> Variant:
        lineup, ceiling = _line_up(self._survey, self._ladder, centers[0], rows)
        reach = find_reach(lineup, self._demand, self._ladder.last)
        if self._survey.type.approver_limit == "chain" and reach >= 0:
            reach = _ask_reach(self._survey, self._group, self._ladder, centers[0], parameters, at_most=reach)
        return Variant(tuple(centers), parameters, reach, ceiling)


def iterate_parameters(rows: list[MandateRow]) -> Iterator[Parameters]:
    """Give every combination of the values that the rows name, that of none first."""
    values: list[list[str | None]] = [
        [None, *sorted({value for row in rows if (value := getattr(row, name)) is not None})] for name in PARAMETER_NAMES
    ]
    yield from product(values[0], values[1], values[2])


def _line_up(survey: Survey, ladder: Ladder, center: str, rows: list[MandateRow]) -> tuple[Lineup, int]:
    """Return who the rows bring for a line on a cost center, and the last interval that any of them reaches."""
    people: list[list[tuple[int, int]]] = [[] for _ in STEPS]
    numbers: dict[str, int] = {}
    ceiling = -1
    for row in rows:
        number = numbers.setdefault(survey.actors[row.user] or "", len(numbers))
        reach = ladder.reach_of_rule.get(row.rule)
        for step in row.steps & survey.active_steps:
            if survey.type.link_cost_center_required and not step.is_overall and row.cost_center not in {None, center}:
                continue
            if step is Step.SECRETARY:
                people[step.order].append((-ladder.last, number))
            elif reach is not None:
                people[step.order].append((-reach, number))
                ceiling = max(ceiling, reach)
    first, second, third, fourth, fifth = (add_people((), of_step) for of_step in people)
    return (first, second, third, fourth, fifth), ceiling


def _list_classes(
    survey: Survey, group: CompanyGroup, rows: dict[str | None, list[MandateRow]]
) -> Iterator[tuple[list[str], list[MandateRow]]]:
    """Give the codable cost centers that see the same rows in the same order, with these rows."""
    classes: dict[tuple[object, ...], list[str]] = {}
    chains: dict[str, tuple[str, ...]] = {}
    for center in survey.centers.get(group.scope, ()):
        if not survey.is_codable(group.scope, center) or not survey.has_chain(group.first, center):
            continue
        chains[center] = survey.snapshot.find_chain(group.first, center)
        seen = tuple(each for each in chains[center] if each in rows)
        own = center if survey.type.link_cost_center_required and center in rows else None
        classes.setdefault((own, seen) if survey.type.link_cost_center_required else seen, []).append(center)
    for centers in classes.values():
        yield centers, [row for center in (*chains[centers[0]], None) for row in rows.get(center, ())]


def _matches(row: MandateRow, parameters: Parameters) -> bool:
    return all(getattr(row, name) in {None, value} for name, value in zip(PARAMETER_NAMES, parameters, strict=True))


def _ask_reach(survey: Survey, group: CompanyGroup, ladder: Ladder, center: str, parameters: Parameters, *, at_most: int) -> int:
    """Return the highest interval up to `at_most` that resolves: by halves, since what can be approved can be approved for less.

    `at_most` is what could be approved if one signature of second line were enough: more signatures are never easier to get.
    """
    named: dict[str, Any] = dict(zip(PARAMETER_NAMES, parameters, strict=True))

    def resolves(interval: int) -> bool:
        amount = next_amount(ladder.amount_of(interval - 1), ladder.currency)
        line = Line(amount=amount, company=group.first, cost_center=center, **named)
        try:
            resolve_role_players(survey.snapshot, Transaction(currency=ladder.currency, lines=(line,)), on=survey.on, detail="people")
        except RuleError:
            return False
        return True

    if resolves(at_most):
        return at_most
    low, high = -1, at_most
    while high - low > 1:
        middle = (low + high) // 2
        if resolves(middle):
            low = middle
        else:
            high = middle
    return low
