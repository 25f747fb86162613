"""Who could sign a single line, reduced to what decides whether anybody can: a few people a step.

A line needs at most five signatures by five people. A set of five candidates or more can always give one that nobody else needs, so of
each step the LISTED farthest-reaching people suffice: one more than five, so that one of them may be taken away.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from app.domain.matrix.checks.ladder import Ladder
from app.domain.matrix.snapshot import STEPS, ApprovalType, Step

LISTED = 6
SECRETARY, FIRST_LINE, SECOND_LINE, FIRST_OVERALL, SECOND_OVERALL = (step.order for step in Step)

Listed: TypeAlias = tuple[tuple[int, int], ...]
"""People of one step as (minus the last interval they reach, number of the person), the farthest-reaching first."""

Lineup: TypeAlias = tuple[Listed, Listed, Listed, Listed, Listed]
EMPTY: Lineup = ((), (), (), (), ())


def add_people(listed: Listed, people: Iterable[tuple[int, int]]) -> Listed:
    """Return the farthest-reaching people of both; a person counts once, with what reaches farthest."""
    reach: dict[int, int] = {}
    for minus_reach, person in (*listed, *people):
        known = reach.get(person)
        if known is None or minus_reach < known:
            reach[person] = minus_reach
    return tuple(sorted((minus_reach, person) for person, minus_reach in reach.items())[:LISTED])


def remove_person(lineup: Lineup, person: int, *, step: int | None = None) -> Lineup:
    """Return the lineup without a person, in all steps or in one."""
    first, second, third, fourth, fifth = (
        tuple(entry for entry in listed if entry[1] != person) if step in {None, number} else listed for number, listed in enumerate(lineup)
    )
    return (first, second, third, fourth, fifth)


class Demand(NamedTuple):
    """The switches and breakpoints that decide which signatures a line needs, as numbers of intervals; -1: in every one is never passed."""

    is_active: tuple[bool, bool, bool, bool, bool]
    secretary_optional: bool
    second_line_above: int
    first_overall_above: int
    second_overall_above: int
    refused_above: int


NEVER = 1 << 30


def read_demand(approval_type: ApprovalType, ladder: Ladder) -> Demand:
    """Return above which interval each step is forced, and above which a step is forced that is switched off."""
    active = [step for step in (Step.SECOND_LINE, Step.FIRST_OVERALL, Step.SECOND_OVERALL) if approval_type.is_active(step)]
    above: dict[Step, int] = dict.fromkeys(Step, NEVER)
    refused = NEVER

    def force(steps: Sequence[Step], interval: int) -> None:
        for step in steps:
            above[step] = min(above[step], interval)

    for setting, interval in ladder.forced_above.items():
        if setting in {"check_amount", "check_amount_additional"}:
            count = 1 if setting == "check_amount" else 2
            if len(active) < count:
                refused = min(refused, interval)
            force(active[:count], interval)
            continue
        step = Step.FIRST_OVERALL if setting == "threshold_1" else Step.SECOND_OVERALL
        if step not in active:
            refused = min(refused, interval)
        force([each for each in (Step.FIRST_OVERALL, step) if each in active], interval)
    first, second, third, fourth, fifth = (approval_type.is_active(step) for step in STEPS)
    return Demand(
        is_active=(first, second, third, fourth, fifth),
        secretary_optional=approval_type.secretary_optional,
        second_line_above=above[Step.SECOND_LINE],
        first_overall_above=above[Step.FIRST_OVERALL],
        second_overall_above=above[Step.SECOND_OVERALL],
        refused_above=refused,
    )


def can_sign(lineup: Lineup, interval: int, demand: Demand, *, one_step_each: bool = True) -> bool:
    """Whether the signatures that a line of this interval needs can be given, one step a person.

    1. The ways in which a line gets its authority: first line alone, with second line, or not on the lines at all.
    2. For each, the ways of the overall steps.
    3. One of them must have somebody for each slot, all different.

    With `one_step_each` false people may play several steps: the difference tells a conflict from a lack.
    """
    if interval > demand.refused_above:
        return False
    start: list[list[int]] = []
    if demand.is_active[SECRETARY] and (lineup[SECRETARY] or not demand.secretary_optional):
        start.append([person for _, person in lineup[SECRETARY]])
    for on_lines, is_short in _list_line_ways(lineup, interval, demand):
        for overall in _list_overall_ways(lineup, interval, demand, is_short=is_short):
            slots = [*start, *on_lines, *overall]
            if all(slots) and (not one_step_each or _are_distinct(slots)):
                return True
    return False


def find_reach(lineup: Lineup, demand: Demand, last: int) -> int:
    """Return the highest interval whose amounts can be signed, -1 for none; what can sign an amount can sign any smaller one."""
    if not can_sign(lineup, 0, demand):
        return -1
    low, high = 0, last + 1
    while high - low > 1:
        middle = (low + high) // 2
        if can_sign(lineup, middle, demand):
            low = middle
        else:
            high = middle
    return low


def _list_line_ways(lineup: Lineup, interval: int, demand: Demand) -> list[tuple[list[list[int]], bool]]:
    first, first_sufficient = _people(lineup[FIRST_LINE], interval)
    if not demand.is_active[SECOND_LINE]:
        return [([first_sufficient], False), ([first], True)]
    second, second_sufficient = _people(lineup[SECOND_LINE], interval)
    if interval > demand.second_line_above:
        return [([first_sufficient, second], False), ([first, second_sufficient], False), ([first, second], True)]
    return [([first_sufficient], False), ([first, second_sufficient], False), ([first, second], True)]


def _list_overall_ways(lineup: Lineup, interval: int, demand: Demand, *, is_short: bool) -> list[list[list[int]]]:
    second, second_sufficient = _people(lineup[SECOND_OVERALL], interval)
    is_second_forced = interval > demand.second_overall_above
    if not demand.is_active[FIRST_OVERALL]:
        if is_short:
            return [[second_sufficient]] if demand.is_active[SECOND_OVERALL] else []
        return [[second]] if is_second_forced else [[]]
    if not is_short and interval <= demand.first_overall_above:
        return [[second]] if is_second_forced else [[]]
    first, first_sufficient = _people(lineup[FIRST_OVERALL], interval)
    ways = [[first_sufficient, second] if is_second_forced else [first_sufficient]]
    return [*ways, [first, second_sufficient]] if demand.is_active[SECOND_OVERALL] else ways


def _people(listed: Listed, interval: int) -> tuple[list[int], list[int]]:
    """Return everybody of a step, and those who reach the interval."""
    return [person for _, person in listed], [person for minus_reach, person in listed if -minus_reach >= interval]


def _are_distinct(slots: Sequence[list[int]]) -> bool:
    """Whether each slot can have a person of its own."""
    open_slots = sorted(slots, key=len)
    while open_slots and len(open_slots[-1]) >= len(open_slots):
        open_slots.pop()
    return not open_slots or _place(open_slots, 0, set())


def _place(slots: Sequence[list[int]], number: int, taken: set[int]) -> bool:
    if number == len(slots):
        return True
    for person in slots[number]:
        if person not in taken:
            taken.add(person)
            if _place(slots, number + 1, taken):
                return True
            taken.remove(person)
    return False
