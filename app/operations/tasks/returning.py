"""A rejection that is not final: the document goes back to the step before, or to who submitted it.

Both are a move of the process instance, as an administrator makes it: the engine goes back, the approvals from there on are superseded, and
what was done stays in the history. Where nothing comes before, or the diagram cannot go back, the rejection is final and takes the drawn way.
"""

from collections.abc import Sequence
from typing import Any

from app.domain.matrix.steps import STEPS
from app.domain.people import ADMINISTRATOR, CODING, INTEGRATOR, WORKFLOW_ADMINISTRATOR, Person
from app.operations.assigning import RETURNED, assignment_row, task_row
from app.operations.instances.moving import reach_of, supersede_approvals
from app.operations.mailing import write_mail
from app.operations.settlement import end_task
from app.operations.tasks.tally import last_voter
from app.operations.turn import Turn
from app.operations.wording import join_names, step_name
from app.persistence import tasks

PREVIOUS = "return_to_previous"
INITIATOR = "return_to_initiator"
_ORDER = {step.value: place for place, step in enumerate(STEPS)}


def return_task(turn: Turn, task: Any, *, note: str | None) -> bool:
    """Send a rejected task back as its `on_reject` says; return whether that was done, else the rejection is final.

    1. Find where it goes back to: the last task that was approved before it, or the first one of all.
    2. Supersede the approvals from there on; the engine cancels the rejected task and stands there again.
    3. `return_to_previous`: who signed there is asked again. `return_to_initiator`: who submitted the document gets a task to correct it;
       until he sends it again nobody else is asked.

    Source: HND-02, HND-08.
    """
    if task.on_reject not in (PREVIOUS, INITIATOR):
        return False
    element = _find_target(turn, task)
    if element is None:
        _tell_final(turn, task, "nothing comes before it")
        return False
    refusals = turn.execution.check_move(cancel=[task.element_instance], activate=[element])
    people = _find_initiators(turn) if task.on_reject == INITIATOR else []
    if refusals or (task.on_reject == INITIATOR and not people):
        _tell_final(turn, task, refusals[0].message if refusals else "nobody could correct it")
        return False
    superseded = supersede_approvals(turn, reach_of(turn), [element])
    end_task(turn, task, status="cancelled", outcome="returned")
    turn.execution.move(cancel=[task.element_instance], activate=[element])
    why = _why(turn, task, note)
    if task.on_reject == PREVIOUS:
        turn.asked_again[element] = why
        where = f"to {_name(turn, element)}"
    else:
        _ask_initiators(turn, task, element, people, why)
        where = f"to {join_names([person.full_name for person in people])}, to be corrected"
    facts = {"task": task.id, "step": task.step, "to": element, "superseded": superseded, "reason": note}
    turn.tell("task_returned", f"{_what(task)} was rejected and goes back {where}.", actor="system", element=task.element, facts=facts)
    return True


def withdraw_document(turn: Turn, task: Any, note: str | None) -> None:
    """Reject for good what was sent back to who submitted it: the step that would be asked next ends as rejected, and takes the drawn way."""
    for wait in turn.execution.user_tasks():
        if wait.element_instance not in turn.open_tasks and (wait.element == task.element or "approval_step" in wait.properties):
            turn.execution.complete(wait.element_instance, {"outcome": "rejected", "reason": note})
            return


def _find_target(turn: Turn, task: Any) -> str | None:
    """Return the element that is asked again; None when nothing comes before. The first of all may be the rejected one itself.

    Without steps, what was asked before the rejected element was asked for the first time comes before it: after it was sent back itself
    the approval of a later element still stands, and a rejection must not lead there.
    """
    asked = [row for row in tasks.tasks_of_instance(turn.work, turn.instance.id) if row.kind in ("approval", "task")]
    done = [row for row in asked if row.status == "completed" and row.outcome == "approved" and row.element != task.element]
    if task.step is not None:
        done = sorted((row for row in done if row.step and _ORDER[row.step] < _ORDER[task.step]), key=lambda row: _ORDER[row.step])
    else:
        order = [row.element for row in asked]
        before = set(order[: order.index(task.element)])
        done = [row for row in done if row.element in before]
    if task.on_reject == INITIATOR:
        return str(done[0].element if done else task.element)
    return str(done[-1].element) if done else None


def _find_initiators(turn: Turn) -> list[Person]:
    """Return who corrects the document: who submitted it or, where that is a technical account, who coded it, or whoever may code."""
    document = turn.document
    submitters = [turn.instance.started_by] if document is None else [document.received_by, turn.instance.started_by]
    for ids in (submitters[:1], submitters[1:], [] if document is None else document.coders):
        people = [turn.directory.acting_for(turn.person(user_id)) for user_id in ids]
        found = {person.id: person for person in people if person is not None and person.kind == "full" and INTEGRATOR not in person.roles}
        if found:
            return list(found.values())
    for role in (CODING, WORKFLOW_ADMINISTRATOR, ADMINISTRATOR):
        if holders := turn.directory.with_role(role):
            return list(holders)
    return []


def _ask_initiators(turn: Turn, task: Any, element: str, people: Sequence[Person], why: str) -> None:
    """Open the task of who submitted the document; approving it sends the document again, rejecting it withdraws the document."""
    asked = f"{why} Correct it and approve to send it again, or reject to withdraw it."
    slots = [{"pool": [person.username for person in people], "lines": [], "why": asked}]
    name = f"Correct and send again: {task.name}"
    row = task_row(turn, element=element, element_instance=f"{RETURNED}:{task.id}", name=name, slots=slots)
    row |= {"kind": RETURNED, "step": None, "mode": "any", "reason_required": False, "escalate_to": None, "due_at": None}
    row["priority"] = task.priority
    turn.add_tasks([row])
    shares = [
        assignment_row(turn, task=row, slot=0, user_id=person.id, principal_id=person.id, cause=RETURNED, why=asked) for person in people
    ]
    turn.add_assignments(shares)
    for share in shares:
        write_mail(turn, template=RETURNED, user_id=share["user_id"], task=row, why=asked, key=f"{RETURNED}:{share['id']}")


def _why(turn: Turn, task: Any, note: str | None) -> str:
    voter = last_voter(turn, task)
    who = turn.person(voter).full_name if voter is not None else "The system"
    return f"{who} rejected {_what(task)}" + (f": {note.rstrip('. ')}." if note and note.strip() else ".")


def _what(task: Any) -> str:
    return step_name(task.step) if task.step else str(task.name)


def _name(turn: Turn, element: str) -> str:
    found = turn.definition.element(element)
    return found.name if found is not None and found.name else element


def _tell_final(turn: Turn, task: Any, reason: str) -> None:
    text = f"{_what(task)} cannot go back, so its rejection is final: {reason}."
    turn.tell("return_impossible", text, actor="system", element=task.element, facts={"task": task.id, "step": task.step})
