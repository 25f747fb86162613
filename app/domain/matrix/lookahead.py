"""A search that looks ahead: each choice is allowed only if it can be completed, so that the preferred assignment is found directly.

A choice only adds clauses (see `feasibility.py`). A witness, the last complete colouring found, answers most questions without
another search; a colour that was once impossible stays impossible.
"""

from app.domain.matrix.candidates import FIRST_LINE, FIRST_OVERALL, SECOND_LINE, Case, Option
from app.domain.matrix.colouring import STEPS_COUNT, UNCOLOURED, Clause, NodeBudget, find_colouring, holds
from app.domain.matrix.feasibility import Clauses
from app.domain.matrix.search import SlotKey


class FeasibilityLookahead:
    """The lookahead of `search.Search`; `is_feasible` tells whether there is any assignment at all."""

    def __init__(self, case: Case, budget: NodeBudget) -> None:
        self._budget = budget
        self._clauses = Clauses(case)
        self._is_exact = case.snapshot.approval_type.aggregate != "approver"
        common = [requirement.clause for requirement in self._clauses.list_requirements()]
        modes = self._clauses.list_modes()
        self._modes = list(modes)
        self._lists = [common + [requirement.clause for requirement in of_mode] for of_mode in modes.values()]
        self._first_line_suffices: dict[int, bool] = {}
        self._colours: list[int] = []
        self._witness: tuple[int, list[int]] = (0, [])
        self._ruled_out: set[tuple[int, int]] = set()
        self._taken: list[tuple[int, int, list[int]]] = []
        for signature in case.transaction.signed:
            self._colours[self._person(signature.user)] = signature.step.order
        self._grow()
        self.is_feasible = self._find_witness()

    def allows(self, slot: SlotKey, option: Option) -> bool:
        """Whether the choice can be completed; if so it counts as taken."""
        person = self._person(option.user)
        before = self._colours[person]
        added = self._list_added(slot, option)
        if before == UNCOLOURED or any(added):
            question = (person, slot.step)
            is_plain = self._is_exact and not any(added)
            if is_plain and question in self._ruled_out:
                return False
            if not self._fits_witness(person, slot.step, added) and not self._is_possible(person, slot.step, added):
                if is_plain:
                    self._ruled_out.add(question)
                return False
        self._taken.append((person, before, [len(clauses) for clauses in self._lists]))
        self._colours[person] = slot.step
        for clauses, new in zip(self._lists, added, strict=True):
            clauses.extend(new)
        if slot.step == FIRST_LINE:
            self._first_line_suffices[slot.group] = option.sufficient
        return True

    def undo(self) -> None:
        """Take back the choice allowed last; the witness stays good, for it satisfied more."""
        person, before, lengths = self._taken.pop()
        self._colours[person] = before
        for clauses, length in zip(self._lists, lengths, strict=True):
            del clauses[length:]

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

    def _fits_witness(self, person: int, step: int, added: list[list[Clause]]) -> bool:
        mode, colours = self._witness
        before = colours[person]
        if before not in {UNCOLOURED, step}:
            return False
        colours[person] = step
        if all(holds(clause, colours) for clause in added[mode]):
            return True
        colours[person] = before
        return False

    def _is_possible(self, person: int, step: int, added: list[list[Clause]]) -> bool:
        if self._is_exact:
            # The search never goes back then, so what holds by now holds for good.
            self._lists = [[clause for clause in clauses if not holds(clause, self._colours)] for clauses in self._lists]
        before = self._colours[person]
        self._colours[person] = step
        found = self._find_witness(added)
        self._colours[person] = before
        return found

    def _find_witness(self, added: list[list[Clause]] | None = None) -> bool:
        """Look for a complete colouring in each mode, first in the one that worked last."""
        last = self._witness[0]
        for mode in sorted(range(len(self._modes)), key=lambda mode: mode != last):
            clauses = self._lists[mode] + added[mode] if added else self._lists[mode]
            colours = find_colouring(clauses, self._colours, self._budget, hints=self._witness[1])
            if colours is not None:
                self._witness = (mode, colours)
                return True
        return False

    def _person(self, user: str) -> int:
        person = self._clauses.literal(user, 0) // STEPS_COUNT
        self._grow()
        return person

    def _grow(self) -> None:
        missing = len(self._clauses.people) - len(self._colours)
        self._colours.extend([UNCOLOURED] * missing)
        self._witness[1].extend([UNCOLOURED] * (len(self._clauses.people) - len(self._witness[1])))
