"""Colour people with steps so that every clause holds: MRV branching with unit propagation (MATRIX 2.6).

A clause is a tuple of literals `person * STEPS_COUNT + step`; it holds when one of its people has that step for a colour. Every
person has at most one colour. The problem is NP-complete, so the work is bounded by a budget of nodes, never by a clock.
"""

from collections.abc import Sequence
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
    return any(colours[literal // STEPS_COUNT] == literal % STEPS_COUNT for literal in clause)


def find_colouring(clauses: Sequence[Clause], colours: Sequence[int], budget: NodeBudget) -> list[int] | None:
    """Return colours that extend `colours` and satisfy all clauses, or None when there are none.

    Raises:
        SearchExhausted: the budget is used up before an answer is known.
    """
    solver = _Solver(colours)
    return list(solver.colours) if solver.add_clauses(clauses) and solver.run(budget) else None


class _Branch:
    """A clause that is being branched on: where the trail stood, literals left to try (best last), the one tried now."""

    __slots__ = ("current", "literals", "mark")

    def __init__(self, mark: int, literals: list[int]) -> None:
        self.mark = mark
        self.literals = literals
        self.current = -1


class _Solver:
    """Working state: which literals are dead, which clauses hold, and a trail to take everything back."""

    def __init__(self, colours: Sequence[int]) -> None:
        self.colours = list(colours)
        self._clauses: list[Clause] = []
        self._live: list[int] = []
        self._held_by: list[int] = []
        self._occurrences: dict[int, list[int]] = {}
        self._literals: dict[int, list[int]] = {}
        self._dead: set[int] = set()
        self._trail: list[tuple[str, int]] = []
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
        self._units += [literals[0] for literals in self._literals.values() if len(literals) == 1]
        return self._propagate()

    def run(self, budget: NodeBudget) -> bool:
        """Search until every clause holds; False when that is impossible."""
        branches: list[_Branch] = []
        while True:
            clause = self._tightest_clause()
            if clause is None:
                return True
            literals = sorted((literal for literal in self._clauses[clause] if literal not in self._dead), key=self._merit)
            branches.append(_Branch(len(self._trail), literals))
            if not self._advance(branches, budget):
                return False

    def _advance(self, branches: list[_Branch], budget: NodeBudget) -> bool:
        """Colour the next literal that leads on, going back where none does; False when nothing is left to go back to."""
        while branches:
            branch = branches[-1]
            if not branch.literals:
                branches.pop()
                if branches:
                    self._fail(branches[-1])
                continue
            branch.current = branch.literals.pop()
            if branch.current in self._dead:
                continue
            budget.spend()
            if self._colour(branch.current) and self._propagate():
                return True
            self._fail(branch)
        return False

    def _fail(self, branch: _Branch) -> None:
        """Rule out the branch's current literal, for good as far as the branch goes, so that no colouring is looked at twice."""
        self._undo(branch.mark)
        self._units.clear()
        if self._kill(branch.current) and self._propagate():
            branch.mark = len(self._trail)
        else:
            branch.literals.clear()

    def _tightest_clause(self) -> int | None:
        tightest, fewest = None, 1 << 30
        for number, held in enumerate(self._held_by):
            if not held and self._live[number] < fewest:
                tightest, fewest = number, self._live[number]
                if fewest <= 2:
                    break
        return tightest

    def _merit(self, literal: int) -> int:
        """Return how much the literal helps: clauses it makes hold, less those its person's other colours could."""
        helped = sum(not self._held_by[clause] for clause in self._occurrences[literal])
        lost = sum(
            not self._held_by[clause]
            for other in self._literals[literal // STEPS_COUNT]
            if other != literal and other not in self._dead
            for clause in self._occurrences[other]
        )
        return helped - lost

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
        self._trail.append(("colour", person))
        for clause in self._occurrences[literal]:
            self._held_by[clause] += 1
        self._trail.append(("hold", literal))
        return all(self._kill(other) for other in self._literals[person] if other != literal and other not in self._dead)

    def _kill(self, literal: int) -> bool:
        """Rule a literal out; False when a clause has nobody left."""
        self._dead.add(literal)
        self._trail.append(("kill", literal))
        possible = True
        for clause in self._occurrences[literal]:
            self._live[clause] -= 1
            if self._held_by[clause] or not possible:
                continue
            if self._live[clause] == 0:
                possible = False
            elif self._live[clause] == 1:
                self._units.append(next(other for other in self._clauses[clause] if other not in self._dead))
        if not possible:
            self._units.clear()
        return possible

    def _undo(self, mark: int) -> None:
        while len(self._trail) > mark:
            kind, value = self._trail.pop()
            if kind == "colour":
                self.colours[value] = UNCOLOURED
            elif kind == "hold":
                for clause in self._occurrences[value]:
                    self._held_by[clause] -= 1
            else:
                self._dead.discard(value)
                for clause in self._occurrences[value]:
                    self._live[clause] += 1
