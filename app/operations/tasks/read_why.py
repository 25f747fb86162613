"""Why is this with me?"""

from typing import Any

from app.operations.answer import Answer, Caller, JsonObject
from app.operations.system import System
from app.operations.tasks.explaining import explain_chain, explain_cover
from app.operations.tasks.viewing import TaskInSight, find_task_in_sight
from app.operations.visibility import covers
from app.persistence import instances


def read_why(system: System, caller: Caller, task_id: str) -> Answer:
    """Return how each of the caller's open shares of the task came to him, hand by hand, with the evidence of the route.

    A person of a partner reads the hands alone, not how the other environment is organised. Nothing is told of a task that is not with
    the caller: `read_why_not` says why it is not.

    Raises:
        NotFound: there is no such task, or the caller may not see it.
    Source: MXR-10, TSK-08.
    """
    with system.database.read() as reading:
        found = find_task_in_sight(system, reading, caller, task_id)
        route = instances.current_route(reading, found.task.instance_id) if found.task.step and found.caller.home_id is None else None
    return Answer(
        body={
            "task_id": task_id,
            "step": found.task.step,
            "is_mine": bool(found.mine),
            "matrix": None if route is None else {"version": route.matrix_version, "resolved_on": route.resolved_on.isoformat()},
            "shares": [_share(found, each) for each in found.mine],
        }
    )


def _share(found: TaskInSight, share: Any) -> JsonObject:
    links = explain_chain(share, found.by_id, task=found.task, directory=found.directory)
    if found.caller.home_id is not None:
        links = [{**link, "evidence": None} for link in links if link["from"] is not None]
    if share.user_id != found.caller.user_id:
        principal = found.directory.get(share.user_id)
        found_covers = covers(found.directory, found.caller, today=found.today)
        links.append(explain_cover(found.directory, found.viewer, principal, covers=found_covers, today=found.today))
    lines = [line + 1 for line in found.task.slots[share.slot]["lines"]]
    return {"slot": share.slot, "lines": lines, "text": " ".join(link["text"] for link in links), "chain": links}
