"""A vote and what follows from it: the one path of approve and reject."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from app.domain.errors import InvalidRequest, SeparationOfDuty
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.assigning import RETURNED, assignment_row
from app.operations.idempotency import Remember, answer_once
from app.operations.partners.seating import seat_at_task
from app.operations.people.check_pin import check_pin
from app.operations.settlement import settle
from app.operations.system import System
from app.operations.tasks.acting import check_mandate, check_shown, own_assignments
from app.operations.tasks.duty import check_duty
from app.operations.tasks.pausing import end_hold
from app.operations.tasks.recounting import recount
from app.operations.tasks.shares import facts_of
from app.operations.tasks.view import assignment_summary
from app.operations.turn import Turn, turn_of_task
from app.operations.wording import step_name
from app.persistence import tasks

Vote = Literal["approved", "rejected"]
VERBS: dict[Vote, str] = {"approved": "approve", "rejected": "reject"}
NOTE_LENGTH_MAX = 4000


def decide_task(
    system: System,
    caller: Caller,
    task_id: str,
    *,
    vote: Vote,
    note: str | None,
    revision: int | None,
    document_hash: str | None,
    pin: str | None,
    request: RequestKey | None,
    also: Callable[[Turn], None] | None = None,
) -> Answer:
    """Record the caller's vote on all his open slots of a task; when that decides the task, run the instance on.

    1. Lock the instance; the task must still be open and the caller's.
    2. Check what he was shown, the reason, separation of duty and the mandate.
    3. Record the votes; a decided slot releases the others in its pool.
    4. When every slot is decided: complete the user task in the engine and settle.

    Before all that: the PIN, where one of his roles signs with one. `also` happens together with the vote, or refuses it.
    """
    caller = check_pin(system, caller, pin)
    caller = seat_at_task(system, caller, task_id)

    def run(remember: Remember) -> Answer:
        with turn_of_task(system, task_id, caller=caller) as turn:
            task, mine = own_assignments(turn, caller, task_id, verb=VERBS[vote])
            check_shown(turn, task, mine, revision=revision, document_hash=document_hash)
            _check_note(task, vote, note)
            for assignment in mine:
                check_duty(turn, task, assignment, actor=turn.person(caller.user_id))
                check_mandate(turn, task, assignment)
            _take_roles(turn, caller, task, mine)
            _record(turn, caller, task, mine, vote=vote, note=note)
            if also is not None:
                also(turn)
            if task.hold is not None:
                end_hold(turn, task, text=f"{task.name} is not on hold any more: {caller.full_name} {vote} it.")
            recount(turn, task, note=note)
            settle(turn)
            answer = Answer(body=task_body(turn, task_id), revision=mine[0].revision + 1)
            remember(turn.work, answer)
            turn.work.commit()
            return answer

    return answer_once(system, caller, request, run)


def _check_note(task: Any, vote: Vote, note: str | None) -> None:
    if vote == "rejected" and task.reason_required and not (note or "").strip():
        raise InvalidRequest(
            "Say why; everybody on this document will read it.", errors={"reason": ["A rejection of this step needs a reason."]}
        )
    check_length(note, field="comment" if vote == "approved" else "reason")


def check_length(note: str | None, *, field: str) -> None:
    """Raise InvalidRequest when a text that everybody on the document reads is longer than NOTE_LENGTH_MAX."""
    if note is not None and len(note) > NOTE_LENGTH_MAX:
        raise InvalidRequest(f"The text is longer than {NOTE_LENGTH_MAX} characters.", errors={field: ["Shorten it."]})


def _take_roles(turn: Turn, caller: Caller, task: Any, mine: Sequence[Any]) -> None:
    """Store that actor and principals play this step; the database refuses a second step whatever the checks said."""
    if task.step is None:
        return
    played = {row.user_id: row.step for row in turn.roles}
    capacities = {caller.user_id: "actor"}
    for assignment in mine:
        capacities.setdefault(assignment.principal_id, "principal")
    rows = []
    for user_id, capacity in sorted(capacities.items()):
        if user_id not in played:
            rows.append(
                {
                    "id": turn.system.new_id(),
                    "environment_id": turn.environment.id,
                    "transaction_id": turn.transaction_id,
                    "user_id": user_id,
                    "step": task.step,
                    "capacity": capacity,
                    "task_id": task.id,
                    "created_at": turn.now,
                }
            )
        elif played[user_id] != task.step:
            person = turn.person(user_id)
            raise SeparationOfDuty(person=person.full_name, step=step_name(task.step), other_step=step_name(played[user_id]))
    tasks.insert_roles(turn.work, rows)


def _record(turn: Turn, caller: Caller, task: Any, mine: Sequence[Any], *, vote: Vote, note: str | None) -> None:
    """Store the votes and tell them, once for each on whose behalf they are given."""
    turn.change_assignments(
        {each.id for each in mine}, status=vote, reason=note, decided_by=caller.user_id, decided_at=turn.now, claimed_at=None
    )
    of_others = [each for each in mine if each.user_id != caller.user_id]
    if of_others:
        turn.add_assignments([_note_standing_in(turn, caller, task, each) for each in of_others])
    for principal_id in dict.fromkeys(each.principal_id for each in mine):
        slots = [each.slot for each in mine if each.principal_id == principal_id]
        _tell(turn, caller, task, principal_id, slots=slots, vote=vote, note=note)


def _note_standing_in(turn: Turn, caller: Caller, task: Any, share: Any) -> JsonObject:
    """Return a closed share for who votes on the share of somebody else: so he goes on seeing what he did, and for whom. Source: ESC-05."""
    owner = turn.person(share.user_id).full_name
    row = assignment_row(
        turn,
        task=facts_of(task),
        slot=share.slot,
        user_id=caller.user_id,
        principal_id=share.principal_id,
        cause="stand_in",
        why=f"You stood in for {owner}. {share.why}".strip(),
        previous_id=share.id,
    )
    return row | {"status": "closed", "decided_by": caller.user_id, "decided_at": turn.now, "sort_at": turn.now}


def _tell(turn: Turn, caller: Caller, task: Any, principal_id: str, *, slots: Sequence[int], vote: Vote, note: str | None) -> None:
    principal = turn.person(principal_id)
    behalf = f" on behalf of {principal.full_name}" if principal_id != caller.user_id else ""
    lines = sorted({line + 1 for slot in slots for line in task.slots[slot]["lines"]})
    what = f"{vote} {step_name(task.step) if task.step else task.name}"
    if task.kind == RETURNED:
        what = "sent the document again" if vote == "approved" else "withdrew the document"
    turn.tell(
        f"task_{vote}",
        f"{caller.full_name} {what}{behalf}" + (f": {note}" if note else "."),
        on_behalf_of=principal.username if behalf else None,
        element=task.element,
        facts={"task": task.id, "step": task.step, "lines": lines, "why": [task.slots[slot]["why"] for slot in slots], "comment": note},
    )


def task_body(turn: Turn, task_id: str) -> JsonObject:
    """Return the task and its instance as they stand at the end of the turn."""
    task: Any = next((row for row in turn.picture.tasks if row.id == task_id), None)
    rows: Sequence[Any] = [row for row in turn.assignments if row.task_id == task_id]
    if task is None:
        task, rows = tasks.find_task(turn.work, turn.environment.id, task_id), tasks.assignments_of_tasks(turn.work, [task_id])
    everyone = [assignment_summary(each, turn.directory, rows) for each in rows]
    return {
        "task": {
            "id": task.id,
            "name": task.name,
            "step": task.step,
            "status": task.status,
            "outcome": task.outcome,
            "assignments": everyone,
        },
        "process_instance": {
            "id": turn.instance.id,
            "status": turn.instance.status,
            "revision": turn.instance.revision,
            "outcome": turn.instance.outcome,
            "active": turn.active,
        },
    }
