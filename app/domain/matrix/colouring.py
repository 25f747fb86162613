"""Colour people with steps so that every clause holds: branching with unit propagation on bit masks (MATRIX 2.6).

A clause is a tuple of literals `person * STEPS_COUNT + step`; it holds when one of its people has that step for a colour. Every
person has at most one colour. The problem is NP-complete, so the work is bounded by a budget of nodes, never by a clock.

Sets of clauses and sets of literals are integers used as bit masks: to colour somebody closes all clauses he helps in one operation and
takes one from the counts of all others in a few. A position is a value, so going back costs nothing.
"""

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from app.domain.errors import SearchExhausted

STEPS_COUNT = 5
_ALL_STEPS = (1 << STEPS_COUNT) - 1
_CLAUSES_PER_NODE = 1_024
"""A node of a larger problem counts for several, since its work grows with the clauses."""

Clause: TypeAlias = tuple[int, ...]


class NodeBudget:
    """How many nodes a resolution may still look at; shared by all searches of one transaction."""

    __slots__ = ("limit", "used")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0

    def spend(self, nodes: int) -> None:
        """Count nodes.

        Raises:
            SearchExhausted: the budget is used up.
        """
        self.used += nodes
        if self.used > self.limit:
            raise SearchExhausted(limit=self.limit)


class Position(NamedTuple):
    """How far a colouring is.

    `chosen` are the literals that hold, `closed` those nothing can be decided about any more (chosen ones too), `open` the clauses that do
    not hold yet. `counts` tells how many literals each open clause has left, as binary digits, the lowest first: bit c of digit d.
    """

    chosen: int
    closed: int
    open: int
    counts: tuple[int, ...]


class Colouring:
    """Clauses, to which more may be added, and the positions that lead to colourings under which they hold."""

    __slots__ = ("_clauses", "_numbers", "_occurrences", "_people")

    def __init__(self) -> None:
        self._clauses: list[int] = []
        self._numbers: dict[Clause, int] = {}
        self._occurrences: list[int] = []
        self._people: list[tuple[int, list[tuple[int, int]], int]] = []

    def add_clause(self, clause: Clause) -> int:
        """Return the bit of a clause, which is added unless it is known."""
        number = self._numbers.get(clause)
        if number is None:
            number = self._numbers[clause] = len(self._clauses)
            literals = 0
            for literal in clause:
                self._make_room(literal)
                person = literal // STEPS_COUNT
                mates, of_person, helps = self._people[person]
                if not self._occurrences[literal]:
                    of_person.append((literal, 1 << literal))
                self._people[person] = (mates, of_person, helps | 1 << number)
                self._occurrences[literal] |= 1 << number
                literals |= 1 << literal
            self._clauses.append(literals)
        return 1 << number

    def start(self, clauses: int) -> Position | None:
        """Return the position in which nobody has a colour, but whom a clause leaves no other; None when a clause cannot hold."""
        return self._propagate(self._open(Position(0, 0, 0, ()), clauses), [])

    def demand(self, position: Position, clauses: int) -> Position | None:
        """Return the position with clauses that are to hold from now on as well; None when that is impossible on the face of it."""
        return self._propagate(self._open(position, clauses), []) if clauses else position

    def choose(self, position: Position, literals: Iterable[int]) -> Position | None:
        """Return the position in which the literals hold, with all that follows; None when that is impossible on the face of it."""
        pending = [literal for literal in literals if not position.chosen >> literal & 1]
        if not pending:
            return position
        self._make_room(max(pending))
        return self._propagate(position, pending)

    def rule_out(self, position: Position, literal: int) -> Position | None:
        """Return the position in which a literal can hold no more, with all that follows; None when that is impossible on the face of it."""
        self._make_room(literal)
        bit = 1 << literal
        if position.closed & bit:
            return None if position.chosen & bit else position
        counts = list(position.counts)
        _take_one(counts, self._occurrences[literal] & position.open)
        return self._propagate(Position(position.chosen, position.closed | bit, position.open, tuple(counts)), [])

    def holds(self, clauses: int, chosen: int) -> bool:
        """Whether all the clauses hold when these literals do."""
        return all(self._clauses[number] & chosen for number in list_bits(clauses))

    def complete(self, position: Position, budget: NodeBudget, hint: int = 0) -> Position | None:
        """Return a position without open clauses that can be reached from this one, or None when there is none.

        Args:
            position: where to begin.
            budget: nodes left.
            hint: literals that held where almost the same was asked; they are tried first.

        Raises:
            SearchExhausted: the budget is used up before an answer is known.
        """
        cost = 1 + len(self._clauses) // _CLAUSES_PER_NODE
        decided: list[tuple[Position, int]] = []
        following: Position | None = position
        while True:
            while following is None:
                if not decided:
                    return None
                before, failed = decided.pop()
                following = self.rule_out(before, failed)
            position, literal = self._find_branch(following, hint)
            if literal is None:
                return position
            budget.spend(cost)
            decided.append((position, literal))
            following = self._propagate(position, [literal])

    def _make_room(self, literal: int) -> None:
        while len(self._occurrences) <= literal:
            first = len(self._occurrences)
            self._occurrences.extend([0] * STEPS_COUNT)
            self._people.append((_ALL_STEPS << first, [], 0))

    def _open(self, position: Position, clauses: int) -> Position:
        """Return the position with these clauses open, where they do not hold already, and with the number of their literals."""
        chosen, closed, opened, digits = position
        counts = list(digits)
        for number in list_bits(clauses & ~opened):
            literals = self._clauses[number]
            if literals & chosen:
                continue
            left = (literals & ~closed).bit_count()
            counts.extend([0] * (left.bit_length() - len(counts)))
            bit = 1 << number
            opened |= bit
            for place in range(len(counts)):
                counts[place] = counts[place] | bit if left >> place & 1 else counts[place] & ~bit
        return Position(chosen, closed, opened, tuple(counts))

    def _propagate(self, position: Position, pending: list[int]) -> Position | None:
        """Let the pending literals hold, then every last literal of an open clause; None when a clause has none left."""
        chosen, closed, opened, digits = position
        clauses, occurrences, people, counts = self._clauses, self._occurrences, self._people, list(digits)
        while True:
            while pending:
                literal = pending.pop()
                bit = 1 << literal
                if closed & bit:
                    if chosen & bit:
                        continue
                    return None
                mates, literals, _ = people[literal // STEPS_COUNT]
                chosen |= bit
                opened &= ~occurrences[literal]
                closed |= bit
                for other, other_bit in literals:
                    if not closed & other_bit:
                        _take_one(counts, occurrences[other] & opened)
                closed |= mates
            few = opened
            for digit in counts[1:]:
                few &= ~digit
            if not few:
                return Position(chosen, closed, opened, tuple(counts))
            if not counts or few & ~counts[0]:
                return None
            pending = [(clauses[number] & ~closed).bit_length() - 1 for number in list_bits(few)]

    def _find_branch(self, position: Position, hint: int) -> tuple[Position, int | None]:
        """Return the literal to try next, None when every clause holds, and the position with those chosen who hurt nobody.

        Of the people in the clauses with two literals left, else of all, the one whose colours weigh most is decided first. Whoever can
        help with one colour alone gets it at once.
        """
        while position.open:
            pairs = position.open
            for place, digit in enumerate(position.counts):
                pairs &= digit if place == 1 else ~digit
            best, harmless = self._weigh(position, pairs)
            if harmless:
                following = self._propagate(position, harmless)
                assert following is not None, "nobody else wants them"
                position = following
            if any(self._occurrences[literal] & position.open for _, literal in best):
                return position, next((literal for _, literal in best if hint >> literal & 1), max(best)[1])
        return position, None

    def _weigh(self, position: Position, pairs: int) -> tuple[list[tuple[int, int]], list[int]]:
        """Return the colours, with their weights, of the person to decide first, and the literals of those who can help with one colour."""
        free, opened = ~position.closed, position.open
        occurrences, asked = self._occurrences, pairs or opened
        best, most, harmless = list[tuple[int, int]](), 0, list[int]()
        for mates, literals, helps in self._people:
            if not mates & free or not helps & asked:
                continue
            wanted = []
            merit = 0
            for literal, bit in literals:
                helped = occurrences[literal] & opened
                if helped and free & bit:
                    weight = helped.bit_count() + 10 * (helped & pairs).bit_count()
                    merit += weight
                    wanted.append((weight, literal))
            if len(wanted) == 1:
                harmless.append(wanted[0][1])
            elif merit > most:
                best, most = wanted, merit
        return best, harmless


def list_bits(mask: int) -> list[int]:
    """Return the places of the bits set, the lowest first."""
    places = []
    while mask:
        lowest = mask & -mask
        places.append(lowest.bit_length() - 1)
        mask ^= lowest
    return places


def _take_one(counts: list[int], clauses: int) -> None:
    """Subtract one from the counts of some clauses, all at once: digit by digit, as one does on paper."""
    for place, digit in enumerate(counts):
        if not clauses:
            break
        counts[place] = digit ^ clauses
        clauses &= ~digit
