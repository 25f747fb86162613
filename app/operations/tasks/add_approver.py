"""One more person signs."""

from decimal import Decimal
from typing import Any

from app.domain.errors import AdditionRefused, Conflict, InvalidRequest
from app.domain.people import INTEGRATOR, Person
from app.operations import mailing
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.system import System
from app.operations.tasks.decision import check_length
from app.operations.tasks.duty import find_counted
from app.operations.tasks.recounting import recount
from app.operations.tasks.shares import add_share, facts_of
from app.operations.tasks.steering import steer_task
from app.operations.tasks.tally import tally_votes
from app.operations.turn import Turn

KINDS = frozenset({"approval", "task", "manual"})
ADDED_MAX = 10


def add_approver(
    system: System,
    caller: Caller,
    task_id: str,
    *,
    user: str,
    comment: str | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Ask one more person to sign an open task besides everybody who is asked already; without his vote it is not decided.

    On an approval step he signs in addition and replaces nobody: he needs no mandate, and the role players must sign all the same. Where too
    few people are left in a slot of a task without a step, he takes the place that is missing there.

    Raises:
        InvalidRequest: there is no such colleague, or the comment is too long.
        AdditionRefused: he is asked already, is no active full user, or too many were added.
        SeparationOfDuty: he plays another step of the transaction.
        NotARolePlayer, NotFound, TaskNotOpen, StaleRevision, InstanceNotActive.
    Source: MUL-02, MUL-05, MXR-08.
    """
    check_length(comment, field="comment")

    def apply(turn: Turn, task: Any) -> None:
        if task.kind not in KINDS:
            raise Conflict("Nobody can be added to an incident, a question or a correction.", what=f"task {task_id}")
        person = _find_person(turn, task, user)
        row = _fill_gap(turn, caller, task, person, comment) or _add_slot(turn, caller, task, person, comment)
        turn.tell(
            "approver_added",
            f"{caller.full_name} added {person.full_name} to {task.name}" + (f": {comment}" if comment else "."),
            element=task.element,
            facts={"task": task.id, "step": task.step, "user": person.username, "comment": comment},
        )
        mailing.write_mail(turn, template="addition", user_id=person.id, task=facts_of(task), why=row["why"], key=f"addition:{row['id']}")

    return steer_task(system, caller, task_id, verb="add an approver to", revision=revision, request=request, apply=apply)


def _find_person(turn: Turn, task: Any, user: str) -> Person:
    person = turn.directory.find(user)
    if person is None:
        raise InvalidRequest(f"There is no user {user}.", errors={"user": [f"Expected the user name of a colleague, but got {user!r}."]})
    if not person.active or person.kind != "full" or INTEGRATOR in person.roles:
        raise AdditionRefused(task=task.id, person=person.full_name, reason="only an active full user can act on it")
    if person.id in find_counted(turn, task, range(len(task.slots))):
        raise AdditionRefused(task=task.id, person=person.full_name, reason="this person is asked already")
    if sum(bool(slot.get("added")) for slot in task.slots) >= ADDED_MAX:
        raise AdditionRefused(task=task.id, person=person.full_name, reason=f"{ADDED_MAX} people were added already")
    return person


def _fill_gap(turn: Turn, caller: Caller, task: Any, person: Person, comment: str | None) -> dict[str, Any] | None:
    """Give the person a share of a slot of a plain task that too few are left for; None where there is no such slot."""
    blocked = () if task.step is not None else tally_votes(turn, task).blocked
    if not blocked:
        return None
    row = add_share(turn, task, blocked[0], person, cause="addition", why=_why(caller, comment))
    recount(turn, task)
    return row


def _add_slot(turn: Turn, caller: Caller, task: Any, person: Person, comment: str | None) -> dict[str, Any]:
    """Add a slot of the person's own, for all lines of the task, and his share of it."""
    lines = sorted({line for slot in task.slots for line in slot["lines"]})
    slot = {"pool": [person.username], "lines": lines, "why": _why(caller, comment), "mode": "any", "added": True}
    if task.step is not None and turn.document is not None:
        slot["amount"] = str(sum((Decimal(turn.document.lines[line]["amount"]) for line in lines), Decimal(0)))
    slots = [*task.slots, slot]
    turn.change_task(task.id, slots=slots)
    row = add_share(turn, task._replace(slots=slots), len(slots) - 1, person, cause="addition", why=str(slot["why"]))
    assert row is not None, "the slot is new, so nobody counts in it"
    return row


def _why(caller: Caller, comment: str | None) -> str:
    return f"{caller.full_name} asks you to sign as well" + (f": {comment.rstrip('. ')}." if comment and comment.strip() else ".")
