"""Process instances, routes and incidents in the form of API.md."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.matrix.steps import STEPS
from app.domain.money import Money
from app.domain.people import Directory
from app.operations.answer import JsonObject
from app.operations.wording import instant

SUPERSEDED = "superseded"
"""The outcome of a task whose approval a move has taken back."""


def instance_view(row: Any, directory: Directory) -> JsonObject:
    """Return an instance from its row."""
    return {
        "id": row.id,
        "status": row.status,
        "outcome": row.outcome,
        "revision": row.revision,
        "definition": {"key": row.definition_key, "version": row.definition_version},
        "business_key": row.business_key,
        "document_id": row.document_id,
        "started_at": instant(row.started_at),
        "ended_at": instant(row.ended_at),
        "started_by": person_view(directory, row.started_by),
        "active": row.active,
    }


def person_view(directory: Directory, user_id: str | None) -> JsonObject | None:
    """Return a person as user name and full name."""
    if user_id is None:
        return None
    person = directory.get(user_id)
    return {"username": person.username, "full_name": person.full_name}


def named_person(directory: Directory, username: str) -> JsonObject:
    """Return a person by user name; one who is not here any more keeps his name."""
    person = directory.find_named(username)
    return {"username": username, "full_name": person.full_name if person else username}


def route_view(
    steps: Mapping[str, Any] | None,
    directory: Directory,
    *,
    tasks: Sequence[Any],
    assignments: Sequence[Any],
    viewer_ids: Sequence[str] = (),
) -> JsonObject | None:
    """Return the route with the state of each slot: signed (by whom, when), now, ahead or skipped."""
    if steps is None:
        return None
    newest = {task.step: task for task in tasks if task.step and task.outcome != SUPERSEDED}
    ordered = [step.value for step in STEPS if step.value in steps]
    return {
        "steps": [
            {
                "step": name,
                "slots": [
                    _slot_view(slot, index, task=newest.get(name), directory=directory, assignments=assignments, viewer_ids=viewer_ids)
                    for index, slot in enumerate(steps[name]["slots"])
                ],
            }
            for name in ordered
        ]
    }


def add_phones(route: JsonObject | None, directory: Directory) -> None:
    """Add their phone numbers to the role players of a route; where the environment wants that. Source: USR-16."""
    for step in route["steps"] if route else ():
        for slot in step["slots"]:
            for each in (slot["role_player"], *slot["pool"]):
                person = directory.find(each["username"])
                each["phone"] = person.phone if person else None


def _slot_view(
    slot: Mapping[str, Any],
    index: int,
    *,
    task: Any | None,
    directory: Directory,
    assignments: Sequence[Any],
    viewer_ids: Sequence[str],
) -> JsonObject:
    own = [each for each in assignments if task is not None and each.task_id == task.id and each.slot == index]
    decided = next((each for each in own if each.status in ("approved", "rejected")), None)
    state = "ahead" if task is None else "now" if task.status == "open" else "skipped"
    if decided is not None:
        state = "signed" if decided.status == "approved" else "rejected"
    on_behalf = decided is not None and decided.decided_by != decided.principal_id
    return {
        "lines": [line + 1 for line in slot["lines"]],
        "role_player": named_person(directory, slot["role_player"]),
        "pool": [named_person(directory, username) for username in slot["pool"]],
        "assignees": [person_view(directory, each.user_id) for each in own if each.status == "open"],
        "limit": None if slot["limit"] is None else {"amount": slot["limit"], "currency": slot["currency"]},
        "why": slot["why"],
        "state": state,
        "decided_by": person_view(directory, decided.decided_by) if decided else None,
        "decided_at": instant(decided.decided_at) if decided else None,
        "on_behalf_of": person_view(directory, decided.principal_id) if decided and on_behalf else None,
        "mine": any(each.user_id in viewer_ids and each.status == "open" for each in own),
        "considered": slot["considered"],
    }


def incident_view(row: Any) -> JsonObject:
    """Return an incident: what failed, where, why, and what became of it."""
    return {
        "id": row.id,
        "process_instance_id": row.instance_id,
        "document_id": row.document_id,
        "element": row.element,
        "element_name": row.facts.get("element_name", row.element),
        "code": row.code,
        "title": row.code.replace("_", " ").capitalize(),
        "detail": row.detail,
        "facts": row.facts,
        "status": row.status,
        "created_at": instant(row.created_at),
        "resolved_at": instant(row.resolved_at),
        "resolution": row.resolution,
    }


def document_reference(row: Any | None) -> JsonObject | None:
    """Return what a list shows of an instance's or a task's document."""
    if row is None:
        return None
    return {
        "id": row.id,
        "number": row.number,
        "kind": row.kind,
        "currency": row.currency,
        "total": Money(row.total, row.currency).to_json(),
        "seller": row.seller_name,
    }
