"""Delegate to a colleague."""

from collections.abc import Sequence
from typing import Any

from app.domain.errors import DelegationRefused, InvalidRequest
from app.domain.people import INTEGRATOR, Person
from app.operations import mailing
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.assigning import assignment_row
from app.operations.idempotency import Remember, answer_once
from app.operations.settlement import settle
from app.operations.system import System
from app.operations.tasks.acting import check_shown, own_assignments
from app.operations.tasks.decision import check_length, task_body
from app.operations.tasks.duty import check_duty, find_counted
from app.operations.turn import Turn, turn_of_task

HOPS_MAX = 10


def delegate_task(
    system: System,
    caller: Caller,
    task_id: str,
    *,
    to: str,
    comment: str | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Hand the caller's share of a task to a colleague, who acts on behalf of the one whose authority it is.

    Raises:
        InvalidRequest: there is no such colleague, it is the caller, or the comment is too long.
        DelegationRefused: he has a share already, is not an active full user, or the task was handed on too often.
        SeparationOfDuty: he plays another step in this transaction.
    Source: HND-04, HND-07, MUL-05, MXR-08.
    """
    check_length(comment, field="comment")

    def run(remember: Remember) -> Answer:
        with turn_of_task(system, task_id, caller=caller) as turn:
            task, mine = own_assignments(turn, caller, task_id, verb="delegate")
            check_shown(turn, task, mine, revision=revision, document_hash=None)
            delegate = _find_delegate(turn, caller, task, to)
            _check_delegate(turn, task, mine, delegate)
            _hand_over(turn, caller, task, mine, delegate=delegate, comment=comment)
            settle(turn)
            answer = Answer(body=task_body(turn, task_id), revision=mine[0].revision + 1)
            remember(turn.work, answer)
            turn.work.commit()
            return answer

    return answer_once(system, caller, request, run)


def _find_delegate(turn: Turn, caller: Caller, task: Any, username: str) -> Person:
    person = turn.directory.find(username)
    if person is None:
        raise InvalidRequest(
            f"There is no user {username}.", errors={"to": [f"Expected the user name of a colleague, but got {username!r}."]}
        )
    if person.id == caller.user_id:
        raise InvalidRequest("A task cannot be delegated to oneself.", errors={"to": ["Name a colleague."]})
    if not person.active or person.kind != "full" or INTEGRATOR in person.roles:
        raise DelegationRefused(task=task.id, to=person.full_name, reason="only an active full user can act on it")
    return person


def _check_delegate(turn: Turn, task: Any, mine: Sequence[Any], delegate: Person) -> None:
    by_id = {each.id: each for each in turn.assignments}
    if delegate.id in find_counted(turn, task, {each.slot for each in mine}, beside={each.id for each in mine}):
        raise DelegationRefused(task=task.id, to=delegate.full_name, reason="the task is assigned to this person already")
    for assignment in mine:
        hops, each = 0, assignment
        while each.previous_id is not None:
            hops, each = hops + 1, by_id[each.previous_id]
        if hops >= HOPS_MAX:
            raise DelegationRefused(task=task.id, to=delegate.full_name, reason=f"it was handed on {HOPS_MAX} times already")
        check_duty(turn, task, assignment, actor=delegate)


def _hand_over(turn: Turn, caller: Caller, task: Any, mine: Sequence[Any], *, delegate: Person, comment: str | None) -> None:
    earlier = {each.user_id for each in turn.assignments if each.task_id == task.id}
    turn.change_assignments(
        {each.id for each in mine},
        status="delegated",
        reason=comment,
        decided_by=caller.user_id,
        decided_at=turn.now,
        claimed_at=None,
    )
    facts = {"id": task.id, "name": task.name, "step": task.step, "due_at": task.due_at}
    why = f"{caller.full_name} delegated this to you" + (f": {comment.rstrip('. ')}." if comment else ".")
    rows = [
        assignment_row(
            turn,
            task=facts,
            slot=each.slot,
            user_id=delegate.id,
            principal_id=each.principal_id,
            cause="delegation",
            why=f"{why} {each.why}".strip(),
            previous_id=each.id,
        )
        for each in mine
    ]
    turn.add_assignments(rows)
    turn.tell(
        "task_delegated",
        f"{caller.full_name} delegated {task.name} {'back ' if delegate.id in earlier else ''}to {delegate.full_name}"
        + (f": {comment}" if comment else "."),
        element=task.element,
        facts={"task": task.id, "to": delegate.username, "back": delegate.id in earlier, "comment": comment},
    )
    if delegate.notify_new_task:
        mailing.write_mail(turn, template="delegation", user_id=delegate.id, task=facts, why=why, key=f"delegation:{rows[0]['id']}")
