"""How the votes on an open task stand, slot by slot."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

from app.domain.voting import Outcome, decide_slot, decide_step, is_reachable
from app.operations.tasks.duty import COUNTED
from app.operations.turn import Turn

VOTED = frozenset({"approved", "rejected"})


class Tally(NamedTuple):
    """What every slot has come to, and what that makes of the task.

    Attributes:
        blocked: the slots that those who are left could never decide.
        doubled: the share that counts for each that gives no vote of its own, see `find_doubled`.
    """

    outcomes: tuple[Outcome, ...]
    blocked: tuple[int, ...]
    doubled: Mapping[str, Any]
    outcome: Outcome


def tally_votes(turn: Turn, task: Any) -> Tally:
    """Return how the votes on an open task stand now.

    A slot is blocked when its mode needs more people than still have a share of it: nobody could decide it, so nobody may decide it for
    them. A rejection by somebody with a veto rejects the task at once, whatever its mode and its other slots.
    """
    doubled = find_doubled(turn, task)
    votes: list[list[str]] = [[] for _ in task.slots]
    is_vetoed = False
    for each in turn.assignments:
        if each.task_id == task.id and each.status in COUNTED and each.id not in doubled:
            votes[each.slot].append(each.status)
            is_vetoed = is_vetoed or _is_veto(turn, task, each)
    outcomes: list[Outcome] = []
    blocked: list[int] = []
    for slot, of_slot in enumerate(votes):
        mode = mode_of(task, slot)
        if is_reachable(mode, voters=len(of_slot)):
            outcomes.append(decide_slot(mode, of_slot, fail_fast=task.fail_fast))
        else:
            outcomes.append("undecided")
            blocked.append(slot)
    outcome: Outcome = "rejected" if is_vetoed else decide_step(outcomes, mode=task.mode, fail_fast=task.fail_fast)
    return Tally(tuple(outcomes), tuple(blocked), doubled, outcome)


def find_doubled(turn: Turn, task: Any) -> dict[str, Any]:
    """Return the share that counts for each open share that gives no vote of its own, by the id of the latter.

    A share that was added to another that still stands, as an escalation that leaves it does, gives the same vote: of such shares the one
    that has voted counts, else the first. Source: ESC-03, MUL-05.
    """
    standing = {each.id: each for each in turn.assignments if each.task_id == task.id and each.status in COUNTED}
    if not any(each.previous_id in standing for each in standing.values()):
        return {}
    together: dict[str, list[Any]] = defaultdict(list)
    for each in standing.values():
        first = each
        while first.previous_id in standing:
            first = standing[first.previous_id]
        together[first.id].append(each)
    doubled: dict[str, Any] = {}
    for shares in together.values():
        counts = next((each for each in shares if each.status in VOTED), shares[0])
        doubled |= {each.id: counts for each in shares if each is not counts}
    return doubled


def mode_of(task: Any, slot: int) -> str:
    """Return the mode in which a slot of a task is decided; that of an added approver is his own."""
    return str(task.slots[slot].get("mode") or task.mode)


def last_voter(turn: Turn, task: Any, *, slot: int | None = None) -> str | None:
    """Return the id of who voted last on a task, or in one slot of it; None when nobody has."""
    votes = [each for each in turn.assignments if each.task_id == task.id and each.status in VOTED and (slot is None or each.slot == slot)]
    last = max(votes, key=lambda each: (each.decided_at, each.id), default=None)
    return None if last is None else str(last.decided_by)


def _is_veto(turn: Turn, task: Any, share: Any) -> bool:
    """Whether this is the rejection of somebody with a veto, his own or one given on his behalf."""
    return share.status == "rejected" and turn.person(share.principal_id).username in (task.veto or ())
