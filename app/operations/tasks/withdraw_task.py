"""Withdraw a vote while others still have to vote."""

from collections.abc import Sequence
from typing import Any

from app.domain.errors import NotARolePlayer, TaskNotOpen, VoteStands
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.assigning import FAR_FUTURE
from app.operations.idempotency import Remember, answer_once
from app.operations.partners.seating import seat_at_task
from app.operations.schedules.clocks import restart_reminder
from app.operations.settlement import settle
from app.operations.system import System
from app.operations.tasks.acting import check_active, check_shown, check_visible_task
from app.operations.tasks.decision import check_length, task_body
from app.operations.tasks.tally import VOTED, tally_votes
from app.operations.turn import Turn, turn_of_task
from app.operations.wording import step_name
from app.persistence import tasks


def withdraw_task(
    system: System,
    caller: Caller,
    task_id: str,
    *,
    comment: str | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Take the caller's own votes on a task back, in the slots that are not decided; he may vote again.

    A vote that has decided its slot stands: others have been told so. What was withdrawn stays in the timeline, and counts no more for the
    role that the voter, and on whose behalf he voted, play in the transaction.

    Raises:
        NotFound: there is no such task, or the caller may not see it.
        NotARolePlayer: he has not voted on it.
        VoteStands: the slot, or the whole task, is decided already.
        StaleRevision, InstanceNotActive, InvalidRequest.
    Source: MUL-02, MUL-03.
    """
    check_length(comment, field="comment")
    caller = seat_at_task(system, caller, task_id)

    def run(remember: Remember) -> Answer:
        with turn_of_task(system, task_id, caller=caller) as turn:
            task, votes = _find_votes(turn, caller, task_id)
            check_shown(turn, task, votes, revision=revision, document_hash=None)
            _withdraw(turn, caller, task, votes, comment)
            settle(turn)
            answer = Answer(body=task_body(turn, task_id), revision=votes[0].revision + 1)
            remember(turn.work, answer)
            turn.work.commit()
            return answer

    return answer_once(system, caller, request, run)


def _find_votes(turn: Turn, caller: Caller, task_id: str) -> tuple[Any, list[Any]]:
    """Return the open task and the votes that the caller has given and may take back."""
    check_visible_task(turn, caller, task_id)
    task = next((each for each in turn.open_tasks.values() if each.id == task_id), None)
    if task is None:
        raise _too_late(turn, caller, task_id)
    check_active(turn, task)
    given = [each for each in turn.assignments if each.task_id == task_id and each.status in VOTED and each.decided_by == caller.user_id]
    if not given:
        raise NotARolePlayer(
            f"Expected to withdraw your vote on task {task_id}, but you have not voted on it.", verb="withdraw", task=task_id
        )
    outcomes = tally_votes(turn, task).outcomes
    votes = [each for each in given if outcomes[each.slot] == "undecided"]
    if not votes:
        raise VoteStands(task=task_id, reason="it has decided your part of it already")
    return task, votes


def _too_late(turn: Turn, caller: Caller, task_id: str) -> Exception:
    """Return why nothing can be withdrawn from a task that is over: whose vote decided it, or that nobody's did."""
    given = [each for each in tasks.assignments_of_tasks(turn.work, [task_id]) if each.status in VOTED]
    if not any(each.decided_by == caller.user_id for each in given):
        row = tasks.find_task(turn.work, turn.environment.id, task_id)
        assert row is not None, "it was seen a moment ago"
        return TaskNotOpen(verb="withdraw a vote on", task=task_id, state=row.status)
    last = max(given, key=lambda each: (each.decided_at, each.id))
    who = "your own vote" if last.decided_by == caller.user_id else f"the vote of {turn.person(last.decided_by).full_name}"
    return VoteStands(task=task_id, reason=f"{who} has decided it already")


def _withdraw(turn: Turn, caller: Caller, task: Any, votes: Sequence[Any], comment: str | None) -> None:
    turn.change_assignments(
        {each.id for each in votes},
        status="open",
        reason=None,
        decided_by=None,
        decided_at=None,
        claimed_at=None,
        sort_at=task.due_at or FAR_FUTURE,
    )
    _release_roles(turn, task)
    restart_reminder(turn, task)
    names = list(dict.fromkeys(turn.person(each.principal_id).full_name for each in votes if each.principal_id != caller.user_id))
    behalf = f" on behalf of {' and '.join(names)}" if names else ""
    turn.tell(
        "vote_withdrawn",
        f"{caller.full_name} withdrew the vote on {step_name(task.step) if task.step else task.name}{behalf}"
        + (f": {comment}" if comment else "."),
        element=task.element,
        facts={"task": task.id, "step": task.step, "votes": [each.status for each in votes], "comment": comment},
    )


def _release_roles(turn: Turn, task: Any) -> None:
    """Let roles count no more that were taken with votes on this task which nobody has given any more."""
    standing = {
        person
        for each in turn.assignments
        if each.task_id == task.id and each.status in VOTED
        for person in (each.decided_by, each.principal_id)
    }
    released = [row for row in turn.roles if row.task_id == task.id and row.user_id not in standing]
    tasks.supersede_roles(turn.work, [row.id for row in released], turn.now)
    turn.picture.roles[:] = [row for row in turn.picture.roles if row not in released]
