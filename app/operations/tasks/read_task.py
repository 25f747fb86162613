"""One task with everything its reader needs to decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.errors import NotFound
from app.domain.money import Money
from app.domain.people import ADMINISTRATOR, WORKFLOW_ADMINISTRATOR, Directory
from app.operations.answer import Answer, Caller, JsonObject
from app.operations.documents.attachments import attachment_views
from app.operations.documents.read_timeline import EVENTS_MAX, timeline_item
from app.operations.documents.view import document_view
from app.operations.instances.view import SUPERSEDED, add_phones, person_view, route_view
from app.operations.matrix.snapshots import resolution_day
from app.operations.partners.guest_view import delegates_of_guest, narrow_task
from app.operations.partners.seating import seat
from app.operations.system import System
from app.operations.tasks.considered import considered_of
from app.operations.tasks.view import administrator_verbs, assignment_summary, lines_to_sign, one_share_a_slot, pips, task_item, verbs
from app.operations.turn import directory_of, environment_of
from app.operations.visibility import acting_ids_in, check_may_see
from app.persistence import documents, instances, journal, tasks
from app.persistence.database import Reading

DELEGATES_MAX = 200
CONVERSATION = frozenset({"comment", "question_asked", "question_answered", "question_withdrawn"})


def read_task(system: System, caller: Caller, task_id: str) -> Answer:
    """Return the task with its document, the lines to sign, the route with reasons, the history and what the caller may do.

    Raises:
        NotFound: there is none, or the caller may not see it.
    Source: TSK-07, MXR-10.
    """
    with system.database.read() as reading:
        caller = seat(reading, caller, task_id=task_id)
        found = _find(system, reading, caller, task_id)
    body = _body(caller, found)
    return Answer(body=body if caller.home_id is None else narrow_task(body), revision=body["revision"])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The rows that a task is shown with: `shares` are its own, `everyone` those of its process instance."""

    task: Any
    directory: Directory
    everyone: Sequence[Any]
    shares: Sequence[Any]
    siblings: Sequence[Any]
    route: Any
    instance: Any
    document: Any
    findings: Sequence[Any]
    attached: list[JsonObject]
    events: Sequence[Any]
    viewers: Sequence[str]
    delegates: list[JsonObject]
    shows_phones: bool


def _find(system: System, reading: Reading, caller: Caller, task_id: str) -> _Found:
    task = tasks.find_task(reading, caller.environment_id, task_id)
    if task is None:
        raise NotFound(what="task", id=task_id)
    instance = instances.find_instance(reading, caller.environment_id, task.instance_id)
    assert instance is not None, "a task has an instance"
    environment = environment_of(instance)
    directory, today = directory_of(system, reading, environment), resolution_day(environment, system.clock())
    about = {"document_id": task.document_id, "instance_id": task.instance_id}
    check_may_see(reading, caller, directory, today=today, **about, what="task", given_id=task_id)
    everyone = tasks.assignments_of_instance(reading, task.instance_id)
    shares = [each for each in everyone if each.task_id == task.id]
    document = documents.find_document(reading, caller.environment_id, task.document_id) if task.document_id else None
    process, total = instance.definition_key, Money(document.total, document.currency) if document else None
    is_guest = caller.home_id is not None
    return _Found(
        task=task,
        directory=directory,
        everyone=everyone,
        shares=shares,
        siblings=tasks.tasks_of_instance(reading, task.instance_id),
        route=instances.current_route(reading, task.instance_id),
        instance=instance,
        document=document,
        findings=documents.read_findings(reading, task.document_id) if document else [],
        attached=attachment_views(reading, document, directory) if document else [],
        events=journal.read_timeline(reading, environment_id=environment.id, document_id=document.id, limit=EVENTS_MAX) if document else [],
        viewers=acting_ids_in(reading, directory, caller, today=today, process=process, total=total),
        delegates=delegates_of_guest(system, reading, caller, host=environment, directory=directory, shares=shares)
        if is_guest
        else _delegates(directory, caller, shares),
        shows_phones=caller.shows_phones and not is_guest,
    )


def _body(caller: Caller, found: _Found) -> JsonObject:
    task, directory, shares = found.task, found.directory, found.shares
    document, route, instance = found.document, found.route, found.instance
    steps = route.steps if route else None
    mine = _mine(shares, found.viewers, caller)
    body = task_item(task, assignments=shares, mine=mine, directory=directory)
    timeline = [timeline_item(each) for each in found.events]
    body |= {
        "assignments": [assignment_summary(each, directory, shares) for each in shares],
        "document": document_view(document, found.findings) if document else None,
        "attachments": found.attached,
        "lines": _lines(document, task, shares, mine, directory) if document else [],
        "route": pips(steps or (), {each.step: each.status for each in found.siblings if each.step and each.outcome != SUPERSEDED}),
        "signing_route": route_view(steps, directory, tasks=found.siblings, assignments=found.everyone, viewer_ids=found.viewers),
        "considered": _considered(task, mine),
        "timeline": timeline,
        "history": timeline,
        "comments_list": [each for each in timeline if each["kind"] in CONVERSATION],
        "can": _verbs(caller, task, mine, shares),
        "reason_required": task.reason_required,
        "delegates": found.delegates[:DELEGATES_MAX],
        "process_instance": {
            "id": task.instance_id,
            "status": instance.status,
            "revision": instance.revision,
            "outcome": instance.outcome,
            "definition": {"key": instance.definition_key, "version": instance.definition_version},
        },
    }
    if found.shows_phones:
        add_phones(body["signing_route"], directory)
    return body


def _verbs(caller: Caller, task: Any, mine: Sequence[Any], shares: Sequence[Any]) -> list[str]:
    """Return what the caller may do with the task, as one who has it and as an administrator of the workflow."""
    is_administrator = caller.has_role(WORKFLOW_ADMINISTRATOR, ADMINISTRATOR)
    return list(dict.fromkeys([*verbs(task, mine, shares), *(administrator_verbs(task) if is_administrator else ())]))


def _mine(assignments: Sequence[Any], viewers: Sequence[str], caller: Caller) -> list[Any]:
    """Return the assignments that the viewer acts on: of the open ones one a slot, else the last."""
    own = [each for each in assignments if each.user_id in viewers]
    return one_share_a_slot([each for each in own if each.status == "open"], caller) or own[-1:]


def _lines(document: Any, task: Any, assignments: Sequence[Any], mine: Sequence[Any], directory: Directory) -> list[JsonObject]:
    shown = document_view(document, [])["lines"]
    own = lines_to_sign(task.slots, mine) if task.step else set()
    for index, line in enumerate(shown):
        of_line = [each for each in assignments if index in task.slots[each.slot]["lines"]]
        line["number"] = index + 1
        line["mine"] = index in own
        line["signed_by"] = [person_view(directory, each.decided_by) for each in of_line if each.status == "approved"]
        line["waiting_for"] = [person_view(directory, each.user_id) for each in of_line if each.status == "open"]
    return list(shown)


def _considered(task: Any, mine: Sequence[Any]) -> list[JsonObject]:
    if not mine:
        return []
    slot = task.slots[mine[0].slot]
    return [
        {
            "person": {"username": each["user"], "full_name": each["full_name"]},
            "chosen": each["outcome"] in ("chosen", "pool"),
            "limit": None if each["limit"] is None else {"amount": each["limit"], "currency": slot["currency"]},
            "unlimited": each["unlimited"],
            "reason": each["reason"],
        }
        for each in considered_of(task, mine[0].slot)
    ]


def _delegates(directory: Directory, caller: Caller, assignments: Sequence[Any]) -> list[JsonObject]:
    taken = {each.user_id for each in assignments if each.status == "open"} | {caller.user_id}
    people = [
        person
        for person in directory
        if person.active and person.kind == "full" and person.id not in taken and "integrator" not in person.roles
    ]
    people.sort(key=lambda person: person.full_name)
    people += [guest for guest in directory.guests() if guest.active and guest.id not in taken]
    return [{"username": person.username, "full_name": person.full_name} for person in people]
