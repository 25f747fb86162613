"""One instance goes to another version of its definition, in a turn of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.domain.errors import CountersignError, ModelError
from app.engine import Refusal
from app.formats.bpmn_reach import read_reach
from app.operations.answer import Caller, JsonObject
from app.operations.definitions.calling import load_definition
from app.operations.instances.moving import check_authority, look_ahead, reach_of, refuse_move
from app.operations.settlement import active_elements, settle
from app.operations.system import System
from app.operations.turn import Turn, turn_of_instance
from app.persistence import definitions, instances, tasks

ENDED = ("completed", "cancelled")
Outcome = Literal["migrated", "refused", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """From which version to which, and what is called otherwise there; both are rows of definitions."""

    source: Any
    target: Any
    mapping: Mapping[str, str | None]
    reason: str
    dry_run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one instance, or would become of it."""

    outcome: Outcome
    refusals: tuple[JsonObject, ...] = ()
    before: tuple[JsonObject, ...] = ()
    after: tuple[JsonObject, ...] = ()


def migrate_instance(system: System, caller: Caller, instance_id: str, plan: Plan) -> Result:
    """Migrate one instance and commit; a dry run does the same and commits nothing.

    Element instances keep their ids: tasks, votes, assignments and due times stay as they are. What cannot be kept is a refusal, as is a
    version in which a required step that is not signed would not come any more.
    """
    with turn_of_instance(system, instance_id, caller=caller) as turn:
        if turn.instance.status in ENDED or turn.instance.definition_id != plan.source.id:
            return Result(outcome="gone")
        before = tuple(active_elements(turn.execution.active()))
        try:
            _migrate(system, turn, plan)
        except ModelError as error:
            return Result(outcome="refused", refusals=tuple(_refusals(error)), before=before)
        except CountersignError as error:
            return Result(outcome="refused", refusals=({"code": error.code, "element": None, "message": error.detail},), before=before)
        after = tuple(active_elements(turn.execution.active()))
        if not plan.dry_run:
            turn.work.commit()
        return Result(outcome="migrated", before=before, after=after)


def _migrate(system: System, turn: Turn, plan: Plan) -> None:
    target, called_hash, called = load_definition(system, turn.work, plan.target)
    refuse_move(turn, turn.execution.check_migration(target, plan.mapping))
    refuse_move(turn, _check_steps(turn, plan, target))
    ahead = look_ahead(turn, reach_of(turn))
    reach = read_reach([bytes(plan.target.bpmn), *called.sources.values()])
    turn.execution = turn.execution.migrate(target, plan.mapping)
    turn.definition = target
    turn.instance.definition_id, turn.instance.definition_version = plan.target.id, plan.target.version
    definitions.delete_called(turn.work, turn.instance.id)
    rows = [
        {"instance_id": turn.instance.id, "name": name, "environment_id": turn.environment.id, "definition_id": each}
        for name, each in called.definition_ids.items()
    ]
    definitions.insert_called(turn.work, rows)
    values = {"definition_id": plan.target.id, "definition_version": plan.target.version, "called_hash": called_hash}
    instances.update_instance(turn.work, turn.instance.id, values)
    _rename_tasks(turn)
    who = turn.caller.full_name if turn.caller else "The system"
    turn.tell(
        "instance_migrated",
        f"{who} migrated the process instance from version {plan.source.version} to version {plan.target.version}: {plan.reason}",
        facts={"from": plan.source.version, "to": plan.target.version, "mapping": dict(plan.mapping), "reason": plan.reason},
    )
    settle(turn, when_known=lambda: refuse_move(turn, check_authority(turn, ahead, look_ahead(turn, reach))))


def _check_steps(turn: Turn, plan: Plan, target: Any) -> list[Refusal]:
    """Return the open approvals that would be another step in the other version: their votes would count for what nobody voted on."""
    found = []
    for row in turn.open_tasks.values():
        if row.kind not in ("approval", "task"):
            continue
        name = plan.mapping.get(row.element, row.element)
        element = target.element(name) if name is not None else None
        if element is not None and (element.properties.get("approval_step") or None) != row.step:
            message = f"{row.name} is {row.step or 'no approval step'} here and {element.properties.get('approval_step') or 'none'} there."
            remedy = "Map it to the same step, or move the instance first."
            found.append(Refusal(code="approval_step_changed", element=row.element, message=message, remedy=remedy))
    return found


def _rename_tasks(turn: Turn) -> None:
    """Let open tasks have the element and the name that they have in the other version."""
    for wait in turn.execution.user_tasks():
        row = turn.open_tasks.get(wait.element_instance)
        if row is not None and (row.element != wait.element or row.name != (wait.name or wait.element)):
            tasks.update_task(turn.work, row.id, element=wait.element, name=(wait.name or row.name)[:200])


def _refusals(error: ModelError) -> list[JsonObject]:
    found = error.facts.get("diagnostics")
    rows = found if isinstance(found, list | tuple) else []
    return [each if isinstance(each, dict) else each.to_json() for each in rows] or [
        {"code": error.code, "element": None, "message": error.detail}
    ]
