"""Delegate to a colleague, or to somebody of a partner environment."""

from collections.abc import Sequence
from typing import Any

from app.domain.environment_settings import DELEGATION_HOPS_MAX
from app.domain.errors import DelegationRefused, InvalidRequest
from app.domain.people import GUEST, INTEGRATOR, Person
from app.operations import mailing
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.environment_settings import settings_of
from app.operations.idempotency import Remember, answer_once
from app.operations.partners.delegates import Outsider, check_still_partners, find_outsider
from app.operations.partners.seating import seat_at_task
from app.operations.settlement import settle
from app.operations.system import System
from app.operations.tasks.acting import check_shown, own_assignments
from app.operations.tasks.decision import check_length, task_body
from app.operations.tasks.delegations import DELEGATION, RETURN, chain_of
from app.operations.tasks.duty import check_duty, find_counted
from app.operations.tasks.shares import facts_of, move_shares
from app.operations.turn import Turn, turn_of_task


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

    `kim@ACC` is somebody of a partner environment, who finds it in her own inbox. A guest hands it on to her own colleagues, or back to
    who held it before.

    Raises:
        InvalidRequest: there is no such colleague, it is the caller, or the comment is too long.
        DelegationRefused: he has a share already, is not an active full user, or the task was handed on too often.
        PartnershipNotActive: `to` is of an environment that is no partner now.
        SeparationOfDuty: he plays another step in this transaction.
    Source: HND-04, HND-05, HND-06, HND-07, MUL-05, MXR-08.
    """
    check_length(comment, field="comment")
    caller = seat_at_task(system, caller, task_id)
    outsider = find_outsider(system, caller, task_id, to)

    def run(remember: Remember) -> Answer:
        with turn_of_task(system, task_id, caller=caller) as turn:
            task, mine = own_assignments(turn, caller, task_id, verb="delegate")
            check_shown(turn, task, mine, revision=revision, document_hash=None)
            delegate = _find_delegate(turn, caller, task, mine, to=to, outsider=outsider)
            _check_fit(caller, task, delegate)
            _check_delegate(turn, task, mine, delegate)
            _hand_over(turn, caller, task, mine, delegate=delegate, comment=comment)
            settle(turn)
            answer = Answer(body=task_body(turn, task_id), revision=mine[0].revision + 1)
            remember(turn.work, answer)
            turn.work.commit()
            return answer

    return answer_once(system, caller, request, run)


def _find_delegate(turn: Turn, caller: Caller, task: Any, mine: Sequence[Any], *, to: str, outsider: Outsider | None) -> Person:
    """Return whom `to` names: a colleague, somebody of a partner, or, for a guest, one of those who held his shares before."""
    name = to.removesuffix(f"@{turn.environment.key}")
    inside = turn.directory.find(name) or turn.directory.find(to)
    if caller.home_id is not None and inside is not None:
        by_id = {each.id: each for each in turn.assignments}
        held = {each.user_id for share in mine for each in chain_of(share, by_id)[1:]}
        inside = inside if inside.id in held else None
    if outsider is not None and inside is not None and "@" not in to:
        ours, theirs = f"{to}@{turn.environment.key}", f"{to}@{outsider.key}"
        raise InvalidRequest(f"{to} may be {ours} or {theirs}.", errors={"to": [f"Expected {ours} or {theirs}."]})
    if outsider is not None:
        check_still_partners(turn, task, outsider)
        return turn.person(outsider.user_id)
    if inside is None:
        hint = "Expected the user name of a colleague, or of somebody at a partner, such as kim@ACC"
        raise InvalidRequest(f"There is no user {to}.", errors={"to": [f"{hint}, but got {to!r}."]})
    return inside


def _check_fit(caller: Caller, task: Any, delegate: Person) -> None:
    if delegate.id == caller.user_id:
        raise InvalidRequest("A task cannot be delegated to oneself.", errors={"to": ["Name a colleague."]})
    if not delegate.active or delegate.kind not in ("full", GUEST) or INTEGRATOR in delegate.roles:
        raise DelegationRefused(task=task.id, to=delegate.full_name, reason="only an active full user can act on it")


def _check_delegate(turn: Turn, task: Any, mine: Sequence[Any], delegate: Person) -> None:
    by_id = {each.id: each for each in turn.assignments}
    if delegate.id in find_counted(turn, task, {each.slot for each in mine}, beside={each.id for each in mine}):
        raise DelegationRefused(task=task.id, to=delegate.full_name, reason="the task is assigned to this person already")
    hops_max = int(settings_of(turn.system, turn.work, turn.environment)[DELEGATION_HOPS_MAX])
    for assignment in mine:
        if len(chain_of(assignment, by_id)) > hops_max:
            raise DelegationRefused(task=task.id, to=delegate.full_name, reason=f"it was handed on {hops_max} times already")
        check_duty(turn, task, assignment, actor=delegate)


def _hand_over(turn: Turn, caller: Caller, task: Any, mine: Sequence[Any], *, delegate: Person, comment: str | None) -> None:
    by_id = {each.id: each for each in turn.assignments}
    is_back = any(each.user_id == delegate.id for share in mine for each in chain_of(share, by_id))
    why = f"{caller.full_name} delegated this to you" + (f": {comment.rstrip('. ')}." if comment else ".")
    rows = move_shares(
        turn,
        task,
        mine,
        to=delegate,
        cause=RETURN if is_back else DELEGATION,
        why=why,
        status="delegated",
        reason=comment,
        decided_by=caller.user_id,
    )
    turn.tell(
        "task_delegated",
        f"{caller.full_name} delegated {task.name} {'back ' if is_back else ''}to {delegate.full_name}"
        + (f": {comment}" if comment else "."),
        element=task.element,
        facts={"task": task.id, "to": delegate.username, "back": is_back, "comment": comment},
    )
    mailing.write_mail(turn, template="delegation", user_id=delegate.id, task=facts_of(task), why=why, key=f"delegation:{rows[0]['id']}")
