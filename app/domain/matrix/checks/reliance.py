"""What hangs on one person: single points of failure, and transactions that need one person in two steps (MATRIX 2.9)."""

from collections.abc import Iterator
from typing import NamedTuple

from app.domain.matrix.checks.finding import CounterExample, Finding, next_amount
from app.domain.matrix.checks.gaps import ask_resolve, name_place
from app.domain.matrix.checks.ladder import Ladder
from app.domain.matrix.checks.lineup import Lineup, can_sign, find_reach, remove_person
from app.domain.matrix.checks.reach import Field
from app.domain.matrix.snapshot import STEPS, Line, Transaction
from app.domain.matrix.wording import write_amount

EXAMPLES_MAX = 20
"""How many pairs of places are tried for one person needed in two steps; the first that resolve refuses is told."""


class _Reliance(NamedTuple):
    """Nobody but `person` can sign above `reach` (in `step`, when it is given); `center` stands for the class."""

    person: int
    reach: int
    center: str


def find_reliances(field: Field) -> Iterator[Finding]:
    """Give the people without whom amounts find nobody that otherwise find somebody, and the pairs of lines that need one in two steps.

    What can be signed without somebody can be signed for less without him, so one search by halves a class and person is exact.
    """
    alone: dict[tuple[int, int], list[str]] = {}
    forced: dict[int, dict[int, list[_Reliance]]] = {}
    for lineup, centers in field.classes.items():
        reach = field.judge(lineup).reach
        if reach < 0:
            continue
        for person in _list_indispensable(field, lineup, reach):
            without = find_reach(remove_person(lineup, person), field.demand, reach)
            alone.setdefault((person, without), []).extend(centers)
            for step, listed in enumerate(lineup):
                if any(each == person for _, each in listed):
                    elsewhere = find_reach(remove_person(lineup, person, step=step), field.demand, reach)
                    if elsewhere < reach:
                        forced.setdefault(person, {}).setdefault(step, []).append(_Reliance(person, elsewhere, centers[0]))
    yield from _write_alone(field, alone)
    yield from _write_pairs(field, forced)


def _list_indispensable(field: Field, lineup: Lineup, reach: int) -> list[int]:
    """Return who cannot be done without at the highest interval that can be signed.

    Only who stands in a step with fewer people than there are slots can be among them.
    """
    few = {person for listed in lineup if len(listed) < len(STEPS) for _, person in listed}
    few.update(person for listed in lineup for minus_reach, person in listed if -minus_reach >= reach)
    return [person for person in sorted(few) if not can_sign(remove_person(lineup, person), reach, field.demand)]


def _write_alone(field: Field, alone: dict[tuple[int, int], list[str]]) -> Iterator[Finding]:
    survey, ladder = field.survey, field.ladder
    for (person, reach), centers in sorted(alone.items(), key=lambda entry: (field.users[entry[0][0]], entry[0][1])):
        user = field.users[person]
        if user in survey.around.backups:
            continue
        centers.sort()
        amount = next_amount(ladder.amount_of(reach), ladder.currency)
        lines = (Line(amount=amount, company=field.group.first, cost_center=centers[0]),)
        transaction = Transaction(currency=ladder.currency, lines=lines, submitter=user if survey.type.exclude_submitter else None)
        code, _, _ = ask_resolve(survey.snapshot, transaction, on=survey.on)
        name = survey.snapshot.name_of(user)
        beginning = f"from {write_amount(amount, ladder.currency)} on " if reach >= 0 else ""
        yield Finding(
            code="single_point_of_failure",
            severity="warning",
            sentence=f"{name_place(field.group, centers, {})}: {beginning}nothing can be approved without {name}, who has no active backup.",
            remedy=f"Give a second person a mandate, or {name} a backup. The example is a transaction that {name} submitted.",
            subject={
                "users": [user],
                "companies": list(field.group.companies),
                "cost_centers": centers,
                "currency": ladder.currency,
                "smallest_amount": f"{amount:f}",
            },
            example=CounterExample(transaction=transaction, on=survey.on, answer=code),
        )


def _write_pairs(field: Field, forced: dict[int, dict[int, list[_Reliance]]]) -> Iterator[Finding]:
    """Give people who are needed in one step on some cost centers and in another elsewhere: one transaction cannot have both."""
    survey, ladder = field.survey, field.ladder
    for person, by_step in sorted(forced.items(), key=lambda entry: field.users[entry[0]]):
        steps = sorted(by_step)
        for first, second in ((one, other) for one in steps for other in steps if one < other):
            found = _find_pair(field, by_step[first], by_step[second])
            if found is None:
                continue
            transaction, code = found
            name = survey.snapshot.name_of(field.users[person])
            centers = [line.cost_center or "" for line in transaction.lines]
            amounts = " and ".join(f"{write_amount(line.amount, ladder.currency)} on {line.cost_center}" for line in transaction.lines)
            yield Finding(
                code="joint_dead_end",
                severity="warning",
                sentence=f"Each alone can be approved, but not {amounts} together: {name} is needed for {STEPS[first].label} and for {STEPS[second].label}.",
                remedy="Give a second person a mandate for one of the steps, or keep such lines on separate documents.",
                subject={
                    "users": [field.users[person]],
                    "companies": list(field.group.companies),
                    "cost_centers": centers,
                    "steps": [STEPS[first].value, STEPS[second].value],
                    "currency": ladder.currency,
                },
                example=CounterExample(transaction=transaction, on=survey.on, answer=code),
            )


def _find_pair(field: Field, first: list[_Reliance], second: list[_Reliance]) -> tuple[Transaction, str] | None:
    """Return two lines that resolve refuses together though it accepts each, the smallest amounts first."""
    survey, ladder = field.survey, field.ladder
    tried = 0
    for one in sorted(first, key=lambda each: (each.reach, each.center)):
        for other in sorted(second, key=lambda each: (each.reach, each.center)):
            if one.center == other.center:
                continue
            tried += 1
            if tried > EXAMPLES_MAX:
                return None
            lines = tuple(_line_above(field, ladder, each) for each in (one, other))
            whole = Transaction(currency=ladder.currency, lines=lines)
            code, _, _ = ask_resolve(survey.snapshot, whole, on=survey.on)
            if code == "no_role_players_found":
                return whole, code
    return None


def _line_above(field: Field, ladder: Ladder, reliance: _Reliance) -> Line:
    amount = next_amount(ladder.amount_of(reliance.reach), ladder.currency)
    return Line(amount=amount, company=field.group.first, cost_center=reliance.center)
