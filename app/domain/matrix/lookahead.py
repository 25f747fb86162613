"""A search that looks ahead: each choice is allowed only if it can be completed, so that the preferred assignment is found directly.

A choice only adds clauses (see `feasibility.py`). A witness, the last complete colouring found, answers most questions without
another search; a colour that was once impossible stays impossible, and what follows from that is kept.
"""

from collections.abc import Iterable, Sequence

from app.domain.matrix.candidates import FIRST_LINE, FIRST_OVERALL, SECOND_LINE, Case, Option
from app.domain.matrix.colouring import STEPS_COUNT, Clause, Colouring, NodeBudget, Position
from app.domain.matrix.feasibility import Clauses
from app.domain.matrix.search import SlotKey


class FeasibilityLookahead:
    """The lookahead of `search.Search`; `is_feasible` tells whether there is any assignment at all."""

    def __init__(self, case: Case, budget: NodeBudget) -> None:
        self._budget = budget
        self._clauses = Clauses(case)
        self._colouring = Colouring()
        common = self._add(requirement.clause for requirement in self._clauses.list_requirements())
        modes = self._clauses.list_modes()
        signed = [self._clauses.literal(signature.user, signature.step.order) for signature in case.transaction.signed]
        self._modes = tuple(modes)
        self._positions = [self._start(common | self._add(found.clause for found in of_mode), signed) for of_mode in modes.values()]
        self._first_line_suffices: dict[int, bool] = {}
        self._witness = (0, 0)
        self._taken: list[list[Position | None]] = []
        self.is_feasible = self._find_witness(self._positions)

    def allows(self, slot: SlotKey, option: Option) -> bool:
        """Whether the choice can be completed; if so it counts as taken."""
        literal = self._clauses.literal(option.user, slot.step)
        added = [self._add(clauses) for clauses in self._list_added(slot, option)]
        positions = [
            None if position is None else self._take(position, literal, clauses)
            for position, clauses in zip(self._positions, added, strict=True)
        ]
        if not self._fits_witness(literal, positions, added) and not self._find_witness(positions):
            if not any(added):
                self._positions = [position and self._colouring.rule_out(position, literal) for position in self._positions]
            return False
        self._taken.append(self._positions)
        self._positions = positions
        if slot.step == FIRST_LINE:
            self._first_line_suffices[slot.group] = option.sufficient
        return True

    def undo(self) -> None:
        """Take back the choice allowed last; the witness stays good, for it satisfied more."""
        self._positions = self._taken.pop()

    def _add(self, clauses: Iterable[Clause]) -> int:
        bits = 0
        for clause in clauses:
            bits |= self._colouring.add_clause(clause)
        return bits

    def _start(self, clauses: int, signed: Sequence[int]) -> Position | None:
        position = self._colouring.start(clauses)
        return None if position is None else self._colouring.choose(position, signed)

    def _take(self, position: Position, literal: int, clauses: int) -> Position | None:
        following = self._colouring.choose(position, [literal])
        return None if following is None else self._colouring.demand(following, clauses)

    def _list_added(self, slot: SlotKey, option: Option) -> list[list[Clause]]:
        """Return, mode by mode, the clauses that an insufficient choice adds."""
        step, group, level = slot
        if option.sufficient or step not in {FIRST_LINE, SECOND_LINE, FIRST_OVERALL}:
            return [[] for _ in self._modes]
        if step == FIRST_OVERALL:
            return [[] if mode == "second_overall" else [()] for mode in self._modes]
        needs = self._clauses.needs
        following = 0 if step == FIRST_LINE else level + 1
        common: list[Clause] = []
        if needs.is_active[SECOND_LINE] and not (step == FIRST_LINE and needs.is_forced[SECOND_LINE]):
            common = self._clauses.list_second_line(group, level=following, guard=())
        authority = None
        if step == FIRST_LINE or not self._first_line_suffices[group]:
            authority = self._clauses.find_second_line_authority(group, level=following)
        return [[*common, authority] if mode == "lines" and authority is not None else common for mode in self._modes]

    def _fits_witness(self, literal: int, positions: Sequence[Position | None], added: Sequence[int]) -> bool:
        """Whether the last colouring found, with the choice, still satisfies everything."""
        mode, chosen = self._witness
        colour = chosen >> literal - literal % STEPS_COUNT & (1 << STEPS_COUNT) - 1
        if positions[mode] is None or colour not in {0, 1 << literal % STEPS_COUNT}:
            return False
        chosen |= 1 << literal
        if not self._colouring.holds(added[mode], chosen):
            return False
        self._witness = (mode, chosen)
        return True

    def _find_witness(self, positions: Sequence[Position | None]) -> bool:
        """Look for a complete colouring in each mode, first in the one that worked last."""
        last, hint = self._witness
        for mode in sorted(range(len(positions)), key=lambda mode: mode != last):
            position = positions[mode]
            if position is not None and (found := self._colouring.complete(position, self._budget, hint)) is not None:
                self._witness = (mode, found.chosen)
                return True
        return False
