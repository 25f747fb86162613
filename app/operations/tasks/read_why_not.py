"""Why is this not with me?"""

from typing import Any

from app.operations.answer import Answer, Caller, JsonObject
from app.operations.instances.view import person_view
from app.operations.matrix.snapshots import snapshot_of
from app.operations.system import System
from app.operations.tasks.explaining import explain_asked, explain_former, explain_mandates, explain_slot
from app.operations.tasks.viewing import TaskInSight, find_task_in_sight
from app.operations.wording import step_name
from app.persistence import instances
from app.persistence.database import Reading


def read_why_not(system: System, caller: Caller, task_id: str) -> Answer:
    """Return why the caller is not asked in this task: his limit, his mandates, another step that he plays, or what became of his part.

    It is told by the candidates that the route kept when it was resolved. What a task without an approval step asks is told instead of
    what the matrix says.

    Raises:
        NotFound: there is no such task, or the caller may not see it.
    Source: MXR-10.
    """
    with system.database.read() as reading:
        found = find_task_in_sight(system, reading, caller, task_id)
        reasons = [] if found.mine else _reasons(system, reading, found)
    waiting = dict.fromkeys(each.user_id for each in found.shares if each.status == "open")
    return Answer(
        body={
            "task_id": task_id,
            "step": found.task.step,
            "is_mine": bool(found.mine),
            "asked": [person_view(found.directory, user_id) for user_id in waiting],
            "reasons": reasons,
        }
    )


def _reasons(system: System, reading: Reading, found: TaskInSight) -> list[JsonObject]:
    former = [each for each in found.shares if each.user_id == found.caller.user_id]
    if former:
        last = former[-1]
        return [_reason(explain_former(last, found.shares, found.directory), slot=last.slot)]
    if found.caller.home_id is not None:
        return []
    if found.task.step is None:
        return [_reason(text) for text in explain_asked(found.task, found.directory)]
    route = instances.current_route(reading, found.task.instance_id)
    mandates = "" if route is None else _mandates(system, reading, found, route)
    reasons = [explain_slot(found.task, number, found.viewer, mandates=mandates) for number in range(len(found.task.slots))]
    return reasons + [_reason(text) for text in _other_steps(found, route)]


def _reason(text: str, *, slot: int | None = None) -> JsonObject:
    return {"slot": slot, "lines": [], "text": text, "evidence": None}


def _mandates(system: System, reading: Reading, found: TaskInSight, route: Any) -> str:
    """Return for what the caller has mandates of the step, in the matrix in force; whether that is the route's too is said with it."""
    _, snapshot = snapshot_of(system, reading, found.environment, route.approval_type)
    own = [row for row in snapshot.mandates if row.user == found.viewer.username and found.task.step in row.steps]
    is_as_of_route = found.environment.matrix_version == route.matrix_version
    return explain_mandates(own, step=found.task.step, is_as_of_route=is_as_of_route)


def _other_steps(found: TaskInSight, route: Any | None) -> list[str]:
    """Return which other steps of the route count on the caller: he signs there, and nobody signs twice."""
    steps = {} if route is None else route.steps
    return [
        f"You are asked for {step_name(name)} of this document, and nobody signs two steps."
        for name, step in steps.items()
        if name != found.task.step and any(found.viewer.username in slot["pool"] for slot in step["slots"])
    ]
