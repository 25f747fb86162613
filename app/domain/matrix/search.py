"""The assignment of people to slots, one step a person: a depth-first search in the order of preference (MATRIX 2.4)."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple, Protocol

from app.domain.matrix.candidates import (
    FIRST_LINE,
    FIRST_OVERALL,
    SECOND_LINE,
    SECOND_OVERALL,
    SECRETARY,
    WHOLE,
    Case,
    Option,
    sort_options,
)
from app.domain.matrix.snapshot import STEPS
from app.domain.money import EXACT

_NONE_FORCED = [False] * len(STEPS)


class SlotKey(NamedTuple):
    """Which slot: step, group (WHOLE for overall steps), level (only second line under `chain` has more than level 0)."""

    step: int
    group: int
    level: int = 0


class Placement(NamedTuple):
    """A slot with the person chosen for it."""

    slot: SlotKey
    option: Option


class DeadEnd(NamedTuple):
    """The deepest slot that nobody could fill, and which step each person played at that moment."""

    slot: SlotKey
    roles: Mapping[str, int]
    needs_authority: bool
    is_inactive: bool


class BudgetExceeded(Exception):
    """The preferred search used up its nodes: nothing is known yet about the transaction."""


class Lookahead(Protocol):
    """Tells whether a choice still leaves a complete assignment, and follows the search back."""

    def allows(self, slot: SlotKey, option: Option) -> bool:
        """Whether the choice can be completed; if so it counts as taken."""

    def undo(self) -> None:
        """Take back the choice allowed last."""


class Needs:
    """Which slots the choices made so far make necessary; the choices are reported as they are made and taken back."""

    __slots__ = (
        "_chain_mode",
        "_group_count",
        "_levels",
        "_loads",
        "case",
        "first_line_suffices",
        "first_overall_suffices",
        "is_active",
        "is_forced",
        "second_line_suffices",
        "sums_count",
    )

    def __init__(self, case: Case) -> None:
        approval_type = case.snapshot.approval_type
        self.case = case
        self.is_active = case.snapshot.active_steps
        self.is_forced = [order in case.forced for order in range(len(STEPS))] if case.forced else _NONE_FORCED
        self.sums_count = approval_type.aggregate == "approver"
        self._chain_mode = approval_type.approver_limit == "chain"
        self._group_count = len(case.groups)
        self.first_line_suffices = [False] * self._group_count
        self.second_line_suffices = [False] * self._group_count
        self.first_overall_suffices: bool | None = None
        self._loads: dict[tuple[int, str], Decimal] = {}
        self._levels: dict[int, tuple[tuple[Option, ...], ...]] = {}

    def first(self) -> SlotKey:
        """Return the slot to fill first."""
        if self.is_active[SECRETARY] and (found := self._next_secretary(0)):
            return found
        return SlotKey(FIRST_LINE, 0)

    def next(self, slot: SlotKey) -> SlotKey | None:
        """Return the slot after `slot` that the choices so far make necessary; None when the assignment is complete."""
        step, group, level = slot
        if step == SECRETARY:
            return self._next_secretary(group + 1) or SlotKey(FIRST_LINE, 0)
        if step == FIRST_LINE:
            return SlotKey(FIRST_LINE, group + 1) if group + 1 < self._group_count else self._next_second_line(0)
        if step == SECOND_LINE:
            if self._chain_mode and not self.second_line_suffices[group] and level + 1 < len(self.list_levels(group)):
                return SlotKey(SECOND_LINE, group, level + 1)
            return self._next_second_line(group + 1)
        return self._next_second_overall() if step == FIRST_OVERALL else None

    def iterate_options(self, slot: SlotKey) -> Iterator[Option]:
        """Give the candidates of the slot in the order of preference, as the choices so far leave it."""
        step, group, level = slot
        if step == SECOND_OVERALL and self.needs_authority:
            return (option for option in self.case.list_options(step, group) if option.sufficient)
        if step == SECOND_LINE and self._chain_mode:
            levels = self.list_levels(group)
            options = levels[level] if levels else ()
        elif self.sums_count and FIRST_LINE <= step <= SECOND_LINE:
            options = self.case.list_options(step, group)
        else:
            return self._iterate_all(step, group)
        return iter(self._weigh_sums(slot, options) if self.sums_count else options)

    def _iterate_all(self, step: int, group: int) -> Iterator[Option]:
        preferred = self.case.list_preferred(step, group)
        yield from preferred
        yield from self.case.list_options(step, group)[len(preferred) :]

    def list_levels(self, group: int) -> tuple[tuple[Option, ...], ...]:
        """Return the second-line candidates of a group level by level, nearest first."""
        levels = self._levels.get(group)
        if levels is None:
            by_rank: dict[int, list[Option]] = {}
            for option in self.case.list_options(SECOND_LINE, group):
                by_rank.setdefault(option.rank, []).append(option)
            levels = self._levels[group] = tuple(tuple(by_rank[rank]) for rank in sorted(by_rank))
        return levels

    @property
    def needs_authority(self) -> bool:
        """Whether second overall must itself reach the total, because nobody before it does."""
        if self.is_active[FIRST_OVERALL]:
            return self.first_overall_suffices is False
        return self.is_short

    @property
    def is_short(self) -> bool:
        """Whether some group exceeds the limits of all who sign it on the lines."""
        return any(not first and not second for first, second in zip(self.first_line_suffices, self.second_line_suffices, strict=True))

    def take(self, slot: SlotKey, option: Option) -> None:
        """Report that a slot is filled."""
        step, group, _ = slot
        if step == FIRST_LINE:
            self.first_line_suffices[group] = option.sufficient
        elif step == SECOND_LINE:
            self.second_line_suffices[group] = option.sufficient
        elif step == FIRST_OVERALL:
            self.first_overall_suffices = option.sufficient
        if self.sums_count and group != WHOLE:
            key = (step, option.user)
            self._loads[key] = EXACT.add(self._loads.get(key, Decimal(0)), self.case.groups[group].amount)

    def take_back(self, slot: SlotKey, option: Option) -> None:
        """Report that a slot is empty again."""
        step, group, _ = slot
        if step == SECOND_LINE:
            self.second_line_suffices[group] = False
        elif step == FIRST_OVERALL:
            self.first_overall_suffices = None
        if self.sums_count and group != WHOLE:
            key = (step, option.user)
            self._loads[key] = EXACT.subtract(self._loads[key], self.case.groups[group].amount)

    def _next_secretary(self, group: int) -> SlotKey | None:
        optional = self.case.snapshot.approval_type.secretary_optional
        for following in range(group, self._group_count):
            if not optional or self.case.list_preferred(SECRETARY, following):
                return SlotKey(SECRETARY, following)
        return None

    def _next_second_line(self, group: int) -> SlotKey | None:
        if self.is_active[SECOND_LINE]:
            for following in range(group, self._group_count):
                if self.is_forced[SECOND_LINE] or not self.first_line_suffices[following]:
                    return SlotKey(SECOND_LINE, following)
        if self.is_active[FIRST_OVERALL] and (self.is_forced[FIRST_OVERALL] or self.is_short):
            return SlotKey(FIRST_OVERALL, WHOLE)
        return self._next_second_overall()

    def _next_second_overall(self) -> SlotKey | None:
        if self.is_forced[SECOND_OVERALL] or self.needs_authority:
            return SlotKey(SECOND_OVERALL, WHOLE)
        return None

    def _weigh_sums(self, slot: SlotKey, options: tuple[Option, ...]) -> tuple[Option, ...]:
        """Count as insufficient whoever would sign, within the step, more in sum than his limit (MXS-09)."""
        step, group, _ = slot
        amount = self.case.groups[group].amount
        weighed = []
        for option in options:
            load = EXACT.add(self._loads.get((step, option.user), Decimal(0)), amount)
            weighed.append(option._replace(sufficient=load <= option.limit))
        return tuple(weighed) if weighed == list(options) else sort_options(step, weighed)


class Search:
    """One depth-first search; the first complete assignment is the lexicographically preferred one."""

    def __init__(self, case: Case, *, nodes_max: int, lookahead: Lookahead | None = None) -> None:
        self.dead_end: DeadEnd | None = None
        self.nodes = 0
        self._needs = Needs(case)
        self._nodes_max = nodes_max
        self._lookahead = lookahead
        self._roles: dict[str, int] = {signature.user: signature.step.order for signature in case.transaction.signed}

    def run(self) -> tuple[Placement, ...] | None:
        """Return the preferred complete assignment, or None when there is none; `dead_end` then tells how far it came.

        Raises:
            BudgetExceeded: more than `nodes_max` candidates were looked at.
        """
        needs = self._needs
        frames: list[tuple[SlotKey, Iterator[Option], Option, bool]] = []
        slot = needs.first()
        options = self._open(slot)
        while True:
            option = self._choose(slot, options)
            if option is None:
                self._note_dead_end(slot)
                if not frames:
                    return None
                slot, options, option, is_new = frames.pop()
                self._take_back(slot, option, is_new=is_new)
                continue
            is_new = option.user not in self._roles
            self._roles[option.user] = slot.step
            needs.take(slot, option)
            frames.append((slot, options, option, is_new))
            following = needs.next(slot)
            if following is None:
                return tuple(Placement(frame[0], frame[2]) for frame in frames)
            slot = following
            options = self._open(slot)

    def _open(self, slot: SlotKey) -> Iterator[Option]:
        """Return the candidates of a slot; a slot of a step that is switched off has none."""
        return self._needs.iterate_options(slot) if self._needs.is_active[slot.step] else iter(())

    def _choose(self, slot: SlotKey, options: Iterator[Option]) -> Option | None:
        """Return the next candidate who may fill the slot."""
        step, roles, lookahead = slot.step, self._roles, self._lookahead
        for option in options:
            self.nodes += 1
            if self.nodes > self._nodes_max:
                raise BudgetExceeded
            if roles.get(option.user, step) == step and (lookahead is None or lookahead.allows(slot, option)):
                return option
        return None

    def _take_back(self, slot: SlotKey, option: Option, *, is_new: bool) -> None:
        self._needs.take_back(slot, option)
        if is_new:
            del self._roles[option.user]
        if self._lookahead is not None:
            self._lookahead.undo()

    def _note_dead_end(self, slot: SlotKey) -> None:
        if self.dead_end is None or slot > self.dead_end.slot:
            needs = self._needs
            self.dead_end = DeadEnd(
                slot=slot,
                roles=dict(self._roles),
                needs_authority=slot.step == SECOND_OVERALL and needs.needs_authority,
                is_inactive=not needs.is_active[slot.step],
            )
