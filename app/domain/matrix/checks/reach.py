"""How far transactions can go on every cost center: complete over the breakpoints, each class of cost centers looked at once.

A cost center's candidates are those of its parent and its own rows, so one walk down the chart gives them all; cost centers without
rows are of their parent's class. Rows that name an organisation or a parameter only add candidates to the lines that carry it. Where
more candidates never make a signature impossible (everywhere but under `approver_limit` chain and `secretary_optional`, see
`variants.py`), a line without these values is therefore the hardest of its cost center, and looking at it alone is exact.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from app.domain.matrix.checks.ladder import Ladder
from app.domain.matrix.checks.lineup import EMPTY, SECRETARY, Demand, Lineup, add_people, find_reach, read_demand
from app.domain.matrix.checks.survey import CompanyGroup, Survey
from app.domain.matrix.snapshot import MandateRow

Entry = tuple[int, str, str]
"""Step, acting user, rule of a row."""


class Outlook(NamedTuple):
    """What is known about one class: who could sign, how far that goes, and how far it could go if one of them alone were asked."""

    lineup: Lineup
    reach: int
    ceiling: int


class Field:
    """The reach of all codable cost centers of one company group in one currency."""

    def __init__(self, survey: Survey, group: CompanyGroup, ladder: Ladder) -> None:
        self.survey = survey
        self.group = group
        self.ladder = ladder
        self.demand: Demand = read_demand(survey.type, ladder)
        self.users: list[str] = []
        self._numbers: dict[str, int] = {}
        self._outlooks: dict[Lineup, Outlook] = {}
        self.outlooks: dict[str, Outlook] = dict(self._walk())

    def number_of(self, user: str) -> int:
        """Return the number that stands for a person in lineups."""
        number = self._numbers.get(user)
        if number is None:
            number = self._numbers[user] = len(self.users)
            self.users.append(user)
        return number

    def judge(self, lineup: Lineup) -> Outlook:
        """Return the outlook of a lineup, remembered by its content."""
        outlook = self._outlooks.get(lineup)
        if outlook is None:
            reach = find_reach(lineup, self.demand, self.ladder.last)
            limits = [-listed[0][0] for step, listed in enumerate(lineup) if listed and step != SECRETARY]
            outlook = self._outlooks[lineup] = Outlook(lineup, reach, max(limits, default=-1))
        return outlook

    @property
    def classes(self) -> dict[Lineup, list[str]]:
        """Return the cost centers by class, in the order of their names."""
        found: dict[Lineup, list[str]] = {}
        for center, outlook in sorted(self.outlooks.items()):
            found.setdefault(outlook.lineup, []).append(center)
        return found

    def _walk(self) -> Iterator[tuple[str, Outlook]]:
        """Give every codable cost center with its outlook, parents before children."""
        survey, scope = self.survey, self.group.scope
        rows = _index_rows(survey, self.group.first)
        parents = survey.parents.get(scope, {})
        children: dict[str, list[str]] = {}
        roots = []
        for center in survey.centers.get(scope, ()):
            parent = parents.get(center)
            if parent is None:
                roots.append(center)
            else:
                children.setdefault(parent, []).append(center)
        anywhere = self._extend(EMPTY, rows.get(None, ()))
        needs_link = survey.type.link_cost_center_required
        stack = [(center, anywhere) for center in reversed(roots)]
        while stack:
            center, inherited = stack.pop()
            own = rows.get(center)
            if needs_link:
                # Secretary and lines are signed by who is mandated on the cost center itself; only overall steps walk up (MXT-06).
                inherited = (anywhere[0], anywhere[1], anywhere[2], inherited[3], inherited[4])
            lineup = inherited if own is None else self._extend(inherited, own)
            if survey.is_codable(scope, center):
                yield center, self.judge(lineup)
            stack.extend((child, lineup) for child in reversed(children.get(center, ())))

    def _extend(self, lineup: Lineup, rows: "list[Entry] | tuple[()]") -> Lineup:
        """Return the lineup with the people of more rows."""
        by_step: dict[int, list[tuple[int, int]]] = {}
        reach_of_rule = self.ladder.reach_of_rule
        for step, user, rule in rows:
            reach = self.ladder.last if step == SECRETARY else reach_of_rule.get(rule)
            if reach is not None:
                by_step.setdefault(step, []).append((-reach, self.number_of(user)))
        if not by_step:
            return lineup
        first, second, third, fourth, fifth = (
            add_people(listed, by_step[step]) if step in by_step else listed for step, listed in enumerate(lineup)
        )
        return (first, second, third, fourth, fifth)


def _index_rows(survey: Survey, company: str | None) -> Mapping[str | None, list[Entry]]:
    """Return the rows that a line of the company sees without naming an organisation or parameter, by cost center."""
    found: dict[str | None, list[Entry]] = {}
    for row in survey.rows_in_force:
        if is_plain(row) and row.company in {None, company}:
            actor = survey.actors[row.user]
            assert actor is not None, "rows in force have somebody who acts"
            found.setdefault(row.cost_center, []).extend((step.order, actor, row.rule) for step in row.steps & survey.active_steps)
    return found


def is_plain(row: MandateRow) -> bool:
    """Whether a row names neither organisation nor parameters."""
    return row.organisation is None and row.parameter_3 is None and row.parameter_4 is None
