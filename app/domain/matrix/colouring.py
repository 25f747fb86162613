"""Colour people with steps so that every clause holds: MRV branching with unit propagation (MATRIX 2.6).

A clause is a tuple of literals `person * STEPS_COUNT + step`; it holds when one of its people has that step for a colour. Every
person has at most one colour. The problem is NP-complete, so the work is bounded by a budget of nodes, never by a clock.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from app.domain.errors import SearchExhausted

STEPS_COUNT = 5
UNCOLOURED = -1

Clause: TypeAlias = tuple[int, ...]


class NodeBudget:
    """How many nodes a resolution may still look at; shared by all searches of one transaction."""

    __slots__ = ("limit", "used")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0

    def spend(self) -> None:
        """Count one node.

        Raises:
            SearchExhausted: the budget is used up.
        """
        self.used += 1
        if self.used > self.limit:
            raise SearchExhausted(limit=self.limit)


def holds(clause: Clause, colours: Sequence[int]) -> bool:
    """Whether a colouring satisfies the clause."""
    for literal in clause:  # noqa: SIM110 - asked so often that the cost of any() shows
        if colours[literal // STEPS_COUNT] == literal % STEPS_COUNT:
            return True
    return False


def find_colouring(clauses: Sequence[Clause], colours: Sequence[int], budget: NodeBudget, hints: Sequence[int] = ()) -> list[int] | None:
    """Return colours that extend `colours` and satisfy all clauses, or None when there are none.

    Args:
        clauses: what must hold.
        colours: of every person, UNCOLOURED where it is free.
        budget: nodes left.
        hints: a colouring that was good for almost the same clauses; its colours are tried first.

    Raises:
        SearchExhausted: the budget is used up before an answer is known.
    """
    solver = _Solver(colours, hints)
    return list(solver.colours) if solver.add_clauses(clauses) and solver.run(budget) else None


class _Solver:
    """Working state: which literals are dead, which clauses hold, and a trail to take everything back."""

    def __init__(self, colours: Sequence[int], hints: Sequence[int]) -> None:
        self.colours = list(colours)
        self._hints = hints
        self._clauses: list[Clause] = []
        self._live: list[int] = []
        self._held_by: list[int] = []
        self._occurrences: dict[int, list[int]] = {}
        self._literals: dict[int, list[int]] = {}
        self._dead: set[int] = set()
        self._trail: list[tuple[int, int]] = []
        self._units: list[int] = []

    def add_clauses(self, clauses: Sequence[Clause]) -> bool:
        """Take in what is still open of the clauses; False when one cannot hold any more."""
        colours = self.colours
        for clause in dict.fromkeys(clauses):
            if holds(clause, colours):
                continue
            open_literals = tuple(literal for literal in clause if colours[literal // STEPS_COUNT] == UNCOLOURED)
            if not open_literals:
                return False
            number = len(self._clauses)
            self._clauses.append(open_literals)
            self._live.append(len(open_literals))
            self._held_by.append(0)
            for literal in open_literals:
                self._occurrences.setdefault(literal, []).append(number)
        for literal in self._occurrences:
            self._literals.setdefault(literal // STEPS_COUNT, []).append(literal)
        self._units = [clause[0] for clause in self._clauses if len(clause) == 1]
        return self._propagate()

    def run(self, budget: NodeBudget) -> bool:
        """Search until every clause holds; False when that is impossible."""
        decisions: list[tuple[int, int]] = []
        while True:
            literal = self._choose()
            if literal is None:
                return True
            budget.spend()
            decisions.append((len(self._trail), literal))
            possible = self._colour(literal) and self._propagate()
            while not possible:
                if not decisions:
                    return False
                mark, failed = decisions.pop()
                self._undo(mark)
                possible = self._kill(failed) and self._propagate()

    def _choose(self) -> int | None:
        """Return the literal to try next, None when every clause holds.

        A clause with fewer people left weighs more. Whoever can help with one colour alone gets it at once; else the person whose
        colours weigh most, taken together, is decided first.
        """
        dead, colours = self._dead, self.colours
        while weights := self._weigh():
            best, most = None, 0
            for person, literals in self._literals.items():
                if colours[person] != UNCOLOURED:
                    continue
                wanted = [literal for literal in literals if literal in weights and literal not in dead]
                if len(wanted) == 1:
                    # He is wanted for nothing else, so this takes nothing away from anybody.
                    self._colour(wanted[0])
                elif wanted:
                    merit = math.prod([weights[literal] for literal in wanted])
                    if merit > most:
                        best, most = wanted, merit
            self._units.clear()
            if best is not None:
                return self._prefer(best, weights)
        return None

    def _prefer(self, literals: list[int], weights: Mapping[int, int]) -> int:
        """Return the colour to try first: that of the hint, else the one that helps most."""
        for literal in literals:
            person = literal // STEPS_COUNT
            if person < len(self._hints) and self._hints[person] == literal % STEPS_COUNT:
                return literal
        return max(literals, key=lambda literal: (weights[literal], -literal))

    def _weigh(self) -> dict[int, int]:
        """Return literal -> weight of the clauses that do not hold yet; counting afresh costs less than keeping count."""
        weights: dict[int, int] = {}
        for clause, held, left in zip(self._clauses, self._held_by, self._live, strict=True):
            if not held:
                weight = _WEIGHTS[left] if left < 4 else 1
                for literal in clause:
                    if literal in weights:
                        weights[literal] += weight
                    else:
                        weights[literal] = weight
        return weights

    def _propagate(self) -> bool:
        while self._units:
            literal = self._units.pop()
            if self.colours[literal // STEPS_COUNT] == literal % STEPS_COUNT:
                continue
            if literal in self._dead or not self._colour(literal):
                self._units.clear()
                return False
        return True

    def _colour(self, literal: int) -> bool:
        person = literal // STEPS_COUNT
        self.colours[person] = literal % STEPS_COUNT
        self._trail.append((_COLOURED, literal))
        for clause in self._occurrences[literal]:
            self._held_by[clause] += 1
        return all(self._kill(other) for other in self._literals[person] if other != literal and other not in self._dead)

    def _kill(self, literal: int) -> bool:
        """Rule a literal out; False when a clause has nobody left."""
        self._dead.add(literal)
        self._trail.append((_KILLED, literal))
        possible = True
        for clause in self._occurrences[literal]:
            left = self._live[clause] = self._live[clause] - 1
            if self._held_by[clause]:
                continue
            if left == 0:
                possible = False
            elif left == 1 and possible:
                self._units.append(next(other for other in self._clauses[clause] if other not in self._dead))
        if not possible:
            self._units.clear()
        return possible

    def _undo(self, mark: int) -> None:
        self._units.clear()
        while len(self._trail) > mark:
            kind, literal = self._trail.pop()
            if kind == _COLOURED:
                self.colours[literal // STEPS_COUNT] = UNCOLOURED
                for clause in self._occurrences[literal]:
                    self._held_by[clause] -= 1
            else:
                self._dead.discard(literal)
                for clause in self._occurrences[literal]:
                    self._live[clause] += 1


_COLOURED, _KILLED = 0, 1
_WEIGHTS = (0, 125, 25, 5)
"""Weight of an open clause by the number of people left for it; a larger clause weighs 1."""
