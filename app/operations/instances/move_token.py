"""An administrator moves an instance between its steps."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.errors import InstanceNotActive, InvalidRequest, StaleRevision
from app.domain.people import ADMINISTRATOR, WORKFLOW_ADMINISTRATOR
from app.operations import mailing
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.instances.moving import check_authority, look_ahead, reach_of, refuse_move, supersede_approvals
from app.operations.instances.start_instance import started_view
from app.operations.instances.view import SUPERSEDED
from app.operations.settlement import active_elements, settle
from app.operations.system import System
from app.operations.turn import Turn, turn_of_instance
from app.operations.visibility import require_role
from app.operations.wording import join_names
from app.persistence import tasks

ELEMENTS_MAX = 100
MOVABLE = frozenset({"active", "incident"})


def move_token(
    system: System,
    caller: Caller,
    instance_id: str,
    *,
    cancel: Sequence[str] = (),
    activate: Sequence[str] = (),
    reason: str,
    variables: Mapping[str, Any] | None = None,
    dry_run: bool = False,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Cancel elements, begin others, run on to the wait states, and return what was before and what is after.

    1. All refusals at once: those of the engine, then a required step that would be skipped unsigned.
    2. Approvals of the steps that are asked again are superseded.
    3. Who had a task that is gone is told, as is who has got one.
    4. A dry run does all of it, and commits nothing: what it answers is exact.

    Raises:
        NotPermitted: the caller is no administrator, or the move would approve what he has submitted himself.
        InvalidRequest: no reason, or nothing to do.
        InstanceNotActive: it has ended or is suspended.
        StaleRevision: the instance moved since.
        MoveRefused: with every reason.
    Source: ADM-01, ADM-02, ADM-04, ADM-05.
    """
    require_role(caller, WORKFLOW_ADMINISTRATOR, ADMINISTRATOR, verb="move process instances")
    _check(cancel, activate, reason)

    def run(remember: Remember) -> Answer:
        with turn_of_instance(system, instance_id, caller=caller) as turn:
            if revision is not None and revision != turn.instance.revision:
                raise StaleRevision(what=f"process instance {instance_id}", expected=revision, actual=turn.instance.revision)
            if turn.instance.status not in MOVABLE:
                raise InstanceNotActive(instance_id=instance_id, state=turn.instance.status)
            body = _move(turn, list(cancel), list(activate), reason=reason.strip(), variables=dict(variables or {}))
            answer = Answer(body=body | {"dry_run": dry_run}, revision=turn.instance.revision)
            if not dry_run:
                remember(turn.work, answer)
                turn.work.commit()
            return answer

    return run(_forget) if dry_run else answer_once(system, caller, request, run)


def _move(turn: Turn, cancel: list[str], activate: list[str], *, reason: str, variables: dict[str, Any]) -> JsonObject:
    refuse_move(turn, turn.execution.check_move(cancel=cancel, activate=activate))
    reach = reach_of(turn)
    ahead = look_ahead(turn, reach)
    before = _moment(turn)
    people = {key: (row, _assignees(turn, row.id)) for key, row in turn.open_tasks.items() if row.kind in ("approval", "task")}
    sentence = _sentence(turn, cancel, activate, reason)
    superseded = supersede_approvals(turn, reach, activate)
    turn.execution.move(cancel=cancel, activate=activate, variables=variables)
    after: JsonObject = {}

    def tell() -> None:
        refuse_move(turn, check_authority(turn, ahead, look_ahead(turn, reach)), bypass=True)
        turn.look_again()
        after.update(_moment(turn))
        after["revision"] += 1
        facts = {"cancelled": cancel, "activated": activate, "reason": reason, "superseded": superseded}
        turn.tell("instance_moved", sentence, facts=facts | {"before": before, "after": dict(after)})
        for key, (task, user_ids) in people.items():
            if key not in turn.open_tasks:
                tasks.update_task(turn.work, task.id, outcome=SUPERSEDED)
                _tell(turn, task, user_ids, reason, template="moved")
        for key, task in turn.open_tasks.items():
            if key not in people and task.kind in ("approval", "task"):
                others = [each for each in _assignees(turn, task.id) if not turn.person(each).notify_new_task]
                _tell(turn, task, others, reason, template="arrived")

    settle(turn, when_known=tell)
    return started_view(turn) | {"before": before, "after": after, "superseded": superseded}


def _moment(turn: Turn) -> JsonObject:
    """Return where the instance stands: status, active elements, and who is asked to do what."""
    return {
        "status": turn.instance.status,
        "revision": turn.instance.revision,
        "active": active_elements(turn.execution.active()),
        "tasks": [
            {
                "element": row.element,
                "name": row.name,
                "step": row.step,
                "assignees": [turn.person(user_id).username for user_id in _assignees(turn, row.id)],
            }
            for row in turn.open_tasks.values()
        ],
    }


def _assignees(turn: Turn, task_id: str) -> list[str]:
    return list(dict.fromkeys(each.user_id for each in turn.assignments if each.task_id == task_id and each.status == "open"))


def _sentence(turn: Turn, cancel: Sequence[str], activate: Sequence[str], reason: str) -> str:
    who = turn.caller.full_name if turn.caller else "The system"
    went = f"from {join_names(_names(turn, cancel))} " if cancel else ""
    came = f"to {join_names(_names(turn, activate))}" if activate else "away"
    return f"{who} moved the process instance {went}{came}: {reason}"


def _names(turn: Turn, elements: Sequence[str]) -> list[str]:
    known = {each.element_instance: each.element for each in turn.execution.active()}
    found = (turn.definition.element(known.get(each, each)) for each in elements)
    return [element.name or element.id if element is not None else each for each, element in zip(elements, found, strict=True)]


def _tell(turn: Turn, task: Any, user_ids: Sequence[str], reason: str, *, template: str) -> None:
    """Write a mail to each; after a move also to those who want no mail about new tasks, since they could not expect it."""
    facts = {"id": task.id, "name": task.name, "step": task.step}
    for user_id in user_ids:
        mailing.write_mail(turn, template=template, user_id=user_id, task=facts, why=reason, key=f"{template}:{task.id}:{user_id}")


def _check(cancel: Sequence[str], activate: Sequence[str], reason: str) -> None:
    errors: dict[str, list[str]] = {}
    if not reason.strip():
        errors["reason"] = ["Say why; it stands in the timeline."]
    if not cancel and not activate:
        errors["cancel"] = ["Name at least one element to cancel or to activate."]
    for name, elements in (("cancel", cancel), ("activate", activate)):
        if len(elements) > ELEMENTS_MAX:
            errors[name] = [f"Expected at most {ELEMENTS_MAX} elements."]
    if errors:
        raise InvalidRequest("The move cannot be read.", errors=errors)


def _forget(work: Any, answer: Answer) -> None:
    """Keep nothing: a dry run may be asked again and again."""
