"""Findings about the organisation chart and about people who stand in for each other."""

from collections.abc import Iterator, Mapping

from app.domain.matrix.checks.finding import CounterExample, Finding, name_some, next_amount
from app.domain.matrix.checks.gaps import ask_resolve
from app.domain.matrix.checks.mandates import Ladders
from app.domain.matrix.checks.survey import Survey
from app.domain.matrix.snapshot import Line, Transaction


def find_chart_findings(survey: Survey, ladders: Ladders) -> Iterator[Finding]:
    """Give circles, parents that are no cost centers, cost centers that are linked to nothing, and blocked ones that hold mandates."""
    for scope, of_scope in survey.parents.items():
        for cycle in find_circles(of_scope):
            yield Finding(
                code="chart_cycle",
                severity="error",
                sentence=f"The chart{_of(scope)} leads in a circle: {' > '.join([*cycle, cycle[0]])}.",
                remedy="Link one of them to another parent.",
                subject={"chart": scope, "cost_centers": cycle},
                example=_example(survey, ladders, scope, cycle[0]),
            )
    by_scope: dict[str | None, set[str]] = {}
    for node in survey.snapshot.chart:
        by_scope.setdefault(node.company, set()).add(node.cost_center)
    for scope, parents in survey.parents.items():
        orphans: dict[str, list[str]] = {}
        for center, parent in sorted(parents.items()):
            if parent not in by_scope.get(scope, ()):
                orphans.setdefault(parent, []).append(center)
        for parent, centers in orphans.items():
            yield Finding(
                code="unknown_parent",
                severity="warning",
                sentence=f"{name_some(centers)} stand{'s' if len(centers) == 1 else ''} under {parent}, which is no cost center{_of(scope)}.",
                remedy=f"Create {parent}, or link them elsewhere.",
                subject={"chart": scope, "cost_centers": centers, "parent": parent},
                example=_example(survey, ladders, scope, centers[0]),
            )
    yield from _find_unlinked(survey, ladders)
    yield from _find_blocked(survey, ladders)


def _find_unlinked(survey: Survey, ladders: Ladders) -> Iterator[Finding]:
    """Give cost centers with neither parent nor children, by whether they have mandates of their own. Source: MXO-03."""
    held = {row.cost_center for row in survey.rows_in_force}
    for scope, centers in survey.centers.items():
        parents = survey.parents.get(scope, {})
        linked = set(parents) | set(parents.values())
        if not linked:
            continue
        alone = [center for center in centers if center not in linked and survey.is_codable(scope, center)]
        for has_mandate in (False, True):
            found = [center for center in alone if (center in held) is has_mandate]
            if found:
                yield Finding(
                    code="unlinked_cost_center",
                    severity="info" if has_mandate else "warning",
                    sentence=f"{name_some(found)} {'is' if len(found) == 1 else 'are'} not linked in the chart{_of(scope)}"
                    + (" and rel" + ("ies" if len(found) == 1 else "y") + " on own mandates alone." if has_mandate else "."),
                    remedy="Link them to a parent.",
                    subject={"chart": scope, "cost_centers": found},
                    example=_example(survey, ladders, scope, found[0]),
                )


def _find_blocked(survey: Survey, ladders: Ladders) -> Iterator[Finding]:
    """Give cost centers on which nothing may be coded, though they hold mandates. Source: MXO-05."""
    held = {row.cost_center for row in survey.rows_in_force}
    for scope, centers in survey.centers.items():
        found = [center for center in centers if center in held and not survey.is_codable(scope, center)]
        if found:
            yield Finding(
                code="mandate_on_blocked_cost_center",
                severity="info",
                sentence=f"{name_some(found)} {'takes' if len(found) == 1 else 'take'} no lines; mandates there count only for what is below.",
                remedy="Nothing, if that is meant; else move the mandates.",
                subject={"chart": scope, "cost_centers": found},
                example=_example(survey, ladders, scope, found[0]),
            )


def find_people_findings(survey: Survey) -> Iterator[Finding]:
    """Give successors and backups who lead in a circle. Source: MXU-03, USR-27."""
    successors = {person.id: person.successor for person in survey.snapshot.people if person.successor is not None}
    for cycle in find_circles(successors):
        yield Finding(
            code="successor_cycle",
            severity="error",
            sentence=f"Successors lead in a circle: {' > '.join([*cycle, cycle[0]])}.",
            remedy="Name a successor who is active.",
            subject={"users": cycle},
        )
    for cycle in find_circles(survey.around.backups):
        yield Finding(
            code="backup_cycle",
            severity="info",
            sentence=f"Backups lead in a circle: {' > '.join([*cycle, cycle[0]])}; if all are away, nobody acts for them.",
            remedy="Name one backup outside the circle.",
            subject={"users": cycle},
        )


def find_circles(following: Mapping[str, str]) -> list[list[str]]:
    """Return every circle in "who follows whom" once, from its smallest name on."""
    circles, done = [], set[str]()
    for start in sorted(following):
        path: dict[str, None] = {}
        current: str | None = start
        while current is not None and current not in done and current not in path:
            path[current] = None
            current = following.get(current)
        if current is not None and current in path:
            members = list(path)
            circle = members[members.index(current) :]
            first = circle.index(min(circle))
            circles.append(circle[first:] + circle[:first])
        done.update(path)
    return circles


def _of(scope: str | None) -> str:
    return f" of {scope}" if scope is not None else ""


def _example(survey: Survey, ladders: Ladders, scope: str | None, center: str) -> CounterExample:
    """Return the smallest line on a cost center, for a company whose chart it is in, with what resolve answers."""
    company = scope if scope is not None else next(iter(ladders))
    of_company = ladders.get(company) or next(iter(ladders.values()))
    currency = of_company[0].currency if of_company else survey.type.currency
    line = Line(amount=next_amount(None, currency), company=company, cost_center=center)
    transaction = Transaction(currency=currency, lines=(line,))
    return CounterExample(transaction=transaction, on=survey.on, answer=ask_resolve(survey.snapshot, transaction, on=survey.on)[0])
