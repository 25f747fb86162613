"""Whether a complete assignment exists, as clauses over "this person plays this step" (MATRIX 2.6).

The slots that are needed depend on who is chosen, yet a complete assignment exists if and only if people can be coloured with steps
so that a set of clauses holds, in one of at most three modes in which the transaction gets its authority:

* `lines`: every group has somebody sufficient on first or second line;
* `first_overall`: somebody on first overall reaches the total;
* `second_overall`: somebody on second overall does.

Under `aggregate=approver` sufficiency depends on sums; the clauses are then necessary, not sufficient.
"""

from collections.abc import Iterable
from typing import NamedTuple

from app.domain.errors import ChartCycle, NoExchangeRate
from app.domain.matrix.candidates import FIRST_LINE, FIRST_OVERALL, SECOND_LINE, SECOND_OVERALL, SECRETARY, WHOLE, Case, Option
from app.domain.matrix.colouring import STEPS_COUNT, Clause
from app.domain.matrix.search import Needs, SlotKey


class Requirement(NamedTuple):
    """A clause with the slot that asks for it."""

    slot: SlotKey
    clause: Clause


class Clauses:
    """The clauses of a case; people are numbered as they are met.

    A slot whose candidates cannot be compared (no rate, a cycle in the chart) is taken to be fillable: the search looks at it only when
    it is needed, and then says what is wrong.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.needs = Needs(case)
        self.people: dict[str, int] = {}
        self._is_chain = case.snapshot.approval_type.approver_limit == "chain"

    def literal(self, user: str, step: int) -> int:
        """Return the literal "this person plays this step"."""
        return self.people.setdefault(user, len(self.people)) * STEPS_COUNT + step

    def list_requirements(self) -> list[Requirement]:
        """Return what every mode asks for before any choice is made."""
        needs, found = self.needs, list[Requirement]()
        optional = self.case.snapshot.approval_type.secretary_optional
        for group in range(len(self.case.groups)):
            if needs.is_active[SECRETARY] and not (optional and self._find_options(SECRETARY, group) == ()):
                found.extend(self._require(SECRETARY, group))
            found.extend(self._require(FIRST_LINE, group))
            if needs.is_active[SECOND_LINE]:
                guard = () if needs.is_forced[SECOND_LINE] else self._clause(FIRST_LINE, group, sufficient_only=True)
                if guard is not None:
                    slot = SlotKey(SECOND_LINE, group)
                    found.extend(Requirement(slot, clause) for clause in self.list_second_line(group, level=0, guard=guard))
        for step in (FIRST_OVERALL, SECOND_OVERALL):
            if needs.is_forced[step]:
                found.extend(self._require(step, WHOLE))
        return found

    def list_modes(self) -> dict[str, list[Requirement]]:
        """Return what each way of getting authority asks for in addition."""
        needs = self.needs
        modes: dict[str, list[Requirement]] = {}
        if not needs.is_forced[FIRST_OVERALL]:
            modes["lines"] = [found for group in range(len(self.case.groups)) for found in self._require_line_authority(group)]
        if needs.is_active[FIRST_OVERALL]:
            modes["first_overall"] = self._require(FIRST_OVERALL, WHOLE, sufficient_only=True)
        if needs.is_active[SECOND_OVERALL]:
            modes["second_overall"] = self._require(SECOND_OVERALL, WHOLE, sufficient_only=True)
            if needs.is_active[FIRST_OVERALL]:
                modes["second_overall"] += self._require(FIRST_OVERALL, WHOLE)
        return modes

    def list_second_line(self, group: int, *, level: int, guard: Clause) -> list[Clause]:
        """Return the clauses "somebody signs second line, unless the guard holds" for the levels from `level` on.

        Under `chain` a level must be filled unless one before it (from `level` on) has somebody sufficient.
        """
        found = []
        for options in self._find_levels(group)[level:]:
            found.append(guard + self._any_of(SECOND_LINE, options))
            guard += self._any_of(SECOND_LINE, options, sufficient_only=True)
        return found

    def find_second_line_authority(self, group: int, *, level: int) -> Clause | None:
        """Return the clause "somebody sufficient signs second line" for the levels from `level` on; None when that is unknown."""
        if not self.needs.is_active[SECOND_LINE]:
            return ()
        if self._find_options(SECOND_LINE, group) is None:
            return None
        options = [option for of_level in self._find_levels(group)[level:] for option in of_level]
        return self._any_of(SECOND_LINE, options, sufficient_only=True)

    def _require_line_authority(self, group: int) -> list[Requirement]:
        first = self._clause(FIRST_LINE, group, sufficient_only=True)
        second = self.find_second_line_authority(group, level=0)
        return [] if first is None or second is None else [Requirement(SlotKey(SECOND_LINE, group), first + second)]

    def _require(self, step: int, group: int, *, sufficient_only: bool = False) -> list[Requirement]:
        clause = self._clause(step, group, sufficient_only=sufficient_only)
        return [] if clause is None else [Requirement(SlotKey(step, group), clause)]

    def _clause(self, step: int, group: int, *, sufficient_only: bool = False) -> Clause | None:
        options = self._find_options(step, group)
        return None if options is None else self._any_of(step, options, sufficient_only=sufficient_only)

    def _any_of(self, step: int, options: Iterable[Option], *, sufficient_only: bool = False) -> Clause:
        return tuple(self.literal(option.user, step) for option in options if option.sufficient or not sufficient_only)

    def _find_levels(self, group: int) -> tuple[tuple[Option, ...], ...]:
        options = self._find_options(SECOND_LINE, group)
        if options is None:
            return ()
        return (self.needs.list_levels(group) or ((),)) if self._is_chain else (options,)

    def _find_options(self, step: int, group: int) -> tuple[Option, ...] | None:
        try:
            return self.case.list_options(step, group)
        except (NoExchangeRate, ChartCycle):
            return None
