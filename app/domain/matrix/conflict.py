"""Why nobody fits: a minimal set of slots that cannot all be filled (MATRIX 2.6)."""

from collections.abc import Iterable, Sequence

from app.domain.errors import SearchExhausted
from app.domain.matrix.candidates import Case
from app.domain.matrix.colouring import STEPS_COUNT, Colouring, NodeBudget
from app.domain.matrix.feasibility import Clauses, Requirement
from app.domain.matrix.route import ConflictingSlot
from app.domain.matrix.search import SlotKey
from app.domain.matrix.snapshot import STEPS

CLAUSES_MAX = 30_000
"""How many clauses the looks for a smaller set may read in all; beyond it the smallest set so far is reported."""

NODES_MAX = 100
_AUTHORITY = None


def find_conflict(case: Case) -> tuple[ConflictingSlot, ...]:
    """Return slots that cannot all be filled while any fewer of them could; empty when sums, not people, are the cause.

    Call it for a case that has no assignment.

    Drops slots in ever smaller portions and keeps what is needed. The need for sufficient authority counts as one of them and is
    reported by the overall steps that could give it.
    """
    conflict = _Conflict(case)
    kept = conflict.list_keys()
    if case.snapshot.approval_type.aggregate == "approver" and conflict.is_feasible(kept) is not False:
        return ()
    portion = max(1, len(kept) // 2)
    while True:
        start = 0
        while start < len(kept):
            trial = kept[:start] + kept[start + portion :]
            feasible = conflict.is_feasible(trial)
            if feasible is None:
                return conflict.describe(kept)
            if feasible:
                start += portion
            else:
                kept = trial
        if portion == 1:
            return conflict.describe(kept)
        portion //= 2


class _Conflict:
    def __init__(self, case: Case) -> None:
        self._case = case
        self._clauses = Clauses(case)
        self._requirements = self._clauses.list_requirements()
        self._modes = self._clauses.list_modes()
        self._colouring = Colouring()
        self._bits: dict[SlotKey, int] = {}
        for requirement in self._requirements:
            self._bits[requirement.slot] = self._bits.get(requirement.slot, 0) | self._colouring.add_clause(requirement.clause)
        self._bits_of_modes = [self._add(of_mode) for of_mode in self._modes.values()]
        self._signed = [self._clauses.literal(signature.user, signature.step.order) for signature in case.transaction.signed]
        self._read = 0
        self._budget = NodeBudget(NODES_MAX)

    def list_keys(self) -> list[SlotKey | None]:
        """Return what may be dropped, the deepest first, so that the earliest slots are the ones reported."""
        return [_AUTHORITY, *sorted({requirement.slot for requirement in self._requirements}, reverse=True)]

    def is_feasible(self, keys: Sequence[SlotKey | None]) -> bool | None:
        """Whether the slots can all be filled; None when the work allowed is used up."""
        common = 0
        for key in keys:
            if key is not _AUTHORITY:
                common |= self._bits[key]
        for of_mode in self._bits_of_modes if _AUTHORITY in keys else [0]:
            self._read += (common | of_mode).bit_count()
            if self._read > CLAUSES_MAX:
                return None
            position = self._colouring.start(common | of_mode)
            position = position and self._colouring.choose(position, self._signed)
            try:
                if position is not None and self._colouring.complete(position, self._budget) is not None:
                    return True
            except SearchExhausted:
                return None
        return False

    def _add(self, requirements: Iterable[Requirement]) -> int:
        bits = 0
        for requirement in requirements:
            bits |= self._colouring.add_clause(requirement.clause)
        return bits

    def describe(self, keys: Sequence[SlotKey | None]) -> tuple[ConflictingSlot, ...]:
        """Return the slots with those who could fill them, in the order of the steps; those that lack authority last."""
        wanted = set(keys)
        found = self._list_slots((requirement for requirement in self._requirements if requirement.slot in wanted), needs_authority=False)
        if _AUTHORITY in wanted:
            reaching = [of_mode if name == "lines" else of_mode[:1] for name, of_mode in self._modes.items()]
            found += self._list_slots((requirement for of_mode in reaching for requirement in of_mode), needs_authority=True)
        return tuple(found)

    def _list_slots(self, requirements: Iterable[Requirement], *, needs_authority: bool) -> list[ConflictingSlot]:
        names = list(self._clauses.people)
        users_by_slot: dict[SlotKey, set[str]] = {}
        for slot, clause in requirements:
            users = (names[literal // STEPS_COUNT] for literal in clause if needs_authority or literal % STEPS_COUNT == slot.step)
            users_by_slot.setdefault(slot, set()).update(users)
        return [
            ConflictingSlot(
                step=STEPS[slot.step], lines=self._case.lines_of(slot.group), users=tuple(sorted(users)), needs_authority=needs_authority
            )
            for slot, users in sorted(users_by_slot.items())
        ]
