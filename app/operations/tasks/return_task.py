"""Delegate back: to who delegated it, without naming him."""

from collections import defaultdict
from typing import Any

from app.domain.errors import DelegationRefused, NotDelegated
from app.domain.people import Person
from app.operations import mailing
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.partners.seating import seat_at_task
from app.operations.settlement import settle
from app.operations.system import System
from app.operations.tasks.acting import check_shown, own_assignments
from app.operations.tasks.decision import check_length, task_body
from app.operations.tasks.delegations import RETURN, find_delegator
from app.operations.tasks.recounting import recount
from app.operations.tasks.shares import facts_of, move_shares
from app.operations.turn import Turn, turn_of_task


def return_task(
    system: System,
    caller: Caller,
    task_id: str,
    *,
    comment: str | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Give what somebody delegated to the caller back to him; his share is closed as delegated back.

    It is allowed however often the task was handed on, so that it is stuck with nobody.

    Raises:
        NotDelegated: it is the caller's by the route, or by an administrator.
        DelegationRefused: who delegated it is not active any more, nor is anybody his successor.
        SeparationOfDuty: he has signed another step of the transaction meanwhile.
    Source: HND-06, HND-07.
    """
    check_length(comment, field="comment")
    caller = seat_at_task(system, caller, task_id)

    def run(remember: Remember) -> Answer:
        with turn_of_task(system, task_id, caller=caller) as turn:
            task, mine = own_assignments(turn, caller, task_id, verb="return")
            check_shown(turn, task, mine, revision=revision, document_hash=None)
            for person, shares in _delegators(turn, task, mine):
                _give_back(turn, caller, task, shares, to=person, comment=comment)
            recount(turn, task)
            settle(turn)
            answer = Answer(body=task_body(turn, task_id), revision=mine[0].revision + 1)
            remember(turn.work, answer)
            turn.work.commit()
            return answer

    return answer_once(system, caller, request, run)


def _delegators(turn: Turn, task: Any, mine: list[Any]) -> list[tuple[Person, list[Any]]]:
    """Return who delegated the shares, each with his; what nobody delegated stays where it is."""
    by_id = {each.id: each for each in turn.assignments}
    found: dict[str, list[Any]] = defaultdict(list)
    for share in mine:
        delegator_id = find_delegator(share, by_id)
        if delegator_id is not None:
            found[delegator_id].append(share)
    if not found:
        raise NotDelegated(task=task.id)
    people = []
    for user_id, shares in found.items():
        delegator = turn.person(user_id)
        person = turn.directory.acting_for(delegator)
        if person is None:
            raise DelegationRefused(task=task.id, to=delegator.full_name, reason="this person is not active any more")
        people.append((person, shares))
    return people


def _give_back(turn: Turn, caller: Caller, task: Any, shares: list[Any], *, to: Person, comment: str | None) -> None:
    words = f": {comment}" if comment else "."
    why = f"{caller.full_name} delegated this back to you" + (f": {comment.rstrip('. ')}." if comment else ".")
    rows = move_shares(turn, task, shares, to=to, cause=RETURN, why=why, status="delegated", reason=comment, decided_by=caller.user_id)
    turn.tell(
        "task_delegated",
        f"{caller.full_name} delegated {task.name} back to {to.full_name}{words}",
        element=task.element,
        facts={"task": task.id, "to": to.username, "back": True, "comment": comment},
    )
    if rows:
        mailing.write_mail(turn, template="delegation", user_id=to.id, task=facts_of(task), why=why, key=f"delegation:{rows[0]['id']}")
