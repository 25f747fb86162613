"""Shares that nobody may act on any more: each slot of an open task keeps somebody who can decide it, or an administrator is asked.

Somebody who was fit when he got a share may be so no longer: he has signed another step meanwhile, stands in the pool of one, or has left.
Looked at at the end of every turn (settlement.py), whatever it was that changed the people.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from app.domain.errors import MandateNotInForce, SeparationOfDuty
from app.domain.people import Person
from app.domain.teamwork_errors import SharesStuck
from app.domain.voting import parse_mode
from app.operations import mailing
from app.operations.tasks.acting import check_mandate
from app.operations.tasks.considered import find_alternatives
from app.operations.tasks.duty import check_duty, find_counted
from app.operations.tasks.pausing import QUESTION
from app.operations.tasks.shares import facts_of, move_shares
from app.operations.tasks.tally import find_doubled, mode_of, tally_votes
from app.operations.turn import Turn
from app.operations.wording import join_names

CAUSE = "stuck"
INCIDENT = "incident"


def mend_stuck_shares(turn: Turn) -> list[tuple[Any, SharesStuck]]:
    """Give the shares that nobody may act on to somebody who may, and return the tasks that stay stuck, with why.

    A share goes back to on whose authority it stands, else to the next whom the matrix considered for the slot and who has a mandate of his
    own. Only slots that those who may act could not decide are mended.
    Source: MXR-01, MXR-08, MXR-09.
    """
    stuck: list[tuple[Any, SharesStuck]] = []
    for task in list(turn.open_tasks.values()):
        shares = find_stuck_shares(turn, task)
        left = [each for each in shares if not _mend(turn, task, each)]
        if left:
            names = join_names(list(dict.fromkeys(turn.person(each.user_id).full_name for each in left)))
            stuck.append((task, SharesStuck(task=task.name, people=names)))
    return stuck


def find_stuck_shares(turn: Turn, task: Any) -> list[Any]:
    """Return the open shares that nobody may act on, of the slots that the others could not decide without them."""
    if task.kind in (INCIDENT, QUESTION):
        return []
    open_shares = [each for each in turn.assignments if each.task_id == task.id and each.status == "open"]
    unfit = {each.id for each in open_shares if not _is_fit(turn, task, each)}
    if not unfit:
        return []
    outcomes = tally_votes(turn, task).outcomes
    return [
        each
        for slot, outcome in enumerate(outcomes)
        if outcome == "undecided" and not _can_be_decided(turn, task, slot, unfit)
        for each in open_shares
        if each.slot == slot and each.id in unfit
    ]


def _is_fit(turn: Turn, task: Any, share: Any) -> bool:
    """Whether who has the share, or for good whoever succeeded him, may act on it; who stands in for days does not count."""
    person = turn.directory.acting_for(turn.person(share.user_id))
    if person is None or not person.acts:
        return False
    try:
        check_duty(turn, task, share, actor=person)
    except SeparationOfDuty:
        return False
    return True


def _can_be_decided(turn: Turn, task: Any, slot: int, unfit: set[str]) -> bool:
    """Whether those who may act and have not yet, and those who have approved, are enough; shares that give one vote count once."""
    doubled = find_doubled(turn, task)
    votes: dict[str, list[Any]] = defaultdict(list)
    for each in turn.assignments:
        if each.task_id == task.id and each.slot == slot and each.status in ("open", "approved", "rejected"):
            votes[doubled.get(each.id, each).id].append(each)
    able = sum(
        any(each.status == "approved" or (each.status == "open" and each.id not in unfit) for each in vote) for vote in votes.values()
    )
    is_waiting = any(all(each.id in unfit for each in vote) for vote in votes.values())
    return not is_waiting or able >= parse_mode(mode_of(task, slot)).approvals_needed(len(votes))


def _mend(turn: Turn, task: Any, share: Any) -> bool:
    """Give a stuck share to the first who may act on it; return whether there is one."""
    before = turn.person(share.user_id)
    taken = find_counted(turn, task, {share.slot}, beside={share.id}) | {before.id}
    for person in _find_candidates(turn, share, task):
        wanted = share._replace(principal_id=person.id)
        if person.id in taken or not person.may_stand_in or not _may_sign(turn, task, wanted, person):
            continue
        rows = move_shares(
            turn,
            task,
            [share],
            to=person,
            cause=CAUSE,
            why=f"{before.full_name} may not act on this any more.",
            status="closed",
            reason=f"{before.full_name} may not act on this any more; {person.full_name} can.",
            principal_id=person.id,
        )
        turn.tell(
            "task_handed_over",
            f"{task.name} goes from {before.full_name}, who may not act on it any more, to {person.full_name}.",
            actor="system",
            element=task.element,
            facts={"task": task.id, "from": before.username, "to": person.username},
        )
        mailing.announce_assignments(turn, facts_of(task), rows)
        return True
    return False


def _find_candidates(turn: Turn, share: Any, task: Any) -> Iterator[Person]:
    """Give who may be asked instead: the principal, then those whom the matrix considered."""
    principal = turn.directory.acting_for(turn.person(share.principal_id))
    if principal is not None:
        yield principal
    if task.step is not None:
        yield from find_alternatives(turn, task, share)


def _may_sign(turn: Turn, task: Any, share: Any, person: Person) -> bool:
    try:
        check_duty(turn, task, share, actor=person)
        check_mandate(turn, task, share)
    except (SeparationOfDuty, MandateNotInForce):
        return False
    return True
