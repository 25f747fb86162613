"""A task that an administrator makes by hand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.domain.errors import DefinitionDeactivated, InstanceNotActive, InvalidRequest, NotFound
from app.domain.people import ADMINISTRATOR, INTEGRATOR, ROLES, WORKFLOW_ADMINISTRATOR, Directory, Person
from app.domain.teamwork_errors import ManualTaskNotDeployed
from app.domain.voting import is_reachable, parse_mode
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.assigning import NAME_LENGTH_MAX, PRIORITY_NORMAL, open_manual_task
from app.operations.documents.read_document import find_visible
from app.operations.idempotency import Remember, answer_once
from app.operations.instances.birth import Birth, bear_instance
from app.operations.settlement import settle
from app.operations.system import System
from app.operations.tasks.change_task import check_changes
from app.operations.tasks.decision import check_length, task_body
from app.operations.tasks.pausing import set_due_at
from app.operations.turn import MANUAL_PROCESS, Turn, directory_of, read_environment, turn_of_instance
from app.operations.visibility import require_role
from app.persistence import instances

ASSIGNEES_MAX = 100
_ENDED = frozenset({"completed", "cancelled"})


def create_task(
    system: System,
    caller: Caller,
    *,
    document_id: str,
    name: str,
    assignees: Sequence[str],
    mode: str = "any",
    due_at: datetime | None = None,
    priority: int = PRIORITY_NORMAL,
    instructions: str | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Ask people to do something about a document: a task of no approval step, whose outcome decides nothing but itself.

    Where a process runs for the document the task stands beside it: the process does not wait for it. Otherwise the process `manual_task` is
    started for it, for documents that are held, approved or paid as well, since it changes no status.

    Args:
        system: what it runs on.
        caller: who asks.
        document_id: the document.
        name: what the task is called.
        assignees: user names, `role:NAME`, `group:KEY`; who has it is settled now, whoever joins later has no share.
        mode: how many of them must act: any, all, veto, "2 of", "60 %".
        due_at: when it is due.
        priority: 0 to 100, 50 is normal.
        instructions: what is to be done.
        request: the request's key.

    Raises:
        NotPermitted: the caller is no administrator of the workflow.
        NotFound: there is no such document.
        InvalidRequest: a name, a mode or a date that cannot be; all at once.
        InstanceNotActive: the document's process is suspended.
        ManualTaskNotDeployed: no process runs for it, and there is none to make the task.
    Source: TSK-01, TSK-06, MUL-01.
    """
    require_role(caller, WORKFLOW_ADMINISTRATOR, ADMINISTRATOR, verb="create tasks")
    check_length(instructions, field="instructions")
    check_changes({"priority": priority, **({"due_at": due_at} if due_at else {})}, now=system.clock())
    why = f"{caller.full_name} asks you to do this" + (f": {instructions}" if instructions else ".")

    def run(remember: Remember) -> Answer:
        with system.database.read() as reading:
            find_visible(system, reading, caller, document_id)
            directory = directory_of(system, reading, read_environment(reading, caller.environment_id))
            live = instances.live_instance_of(reading, caller.environment_id, document_id)
        people = _check(directory, name=name, assignees=assignees, mode=mode)
        wanted: dict[str, Any] = {"name": name.strip(), "mode": mode, "due_at": due_at, "priority": priority, "why": why}
        answer = _beside(system, caller, live, people=people, wanted=wanted, remember=remember) if live else None
        return answer or _alone(system, caller, document_id, people=people, wanted=wanted, remember=remember)

    return answer_once(system, caller, request, run)


def _check(directory: Directory, *, name: str, assignees: Sequence[str], mode: str) -> list[Person]:
    """Return who gets the task."""
    errors: dict[str, list[str]] = {}
    found: dict[str, Person] = {}
    for number, each in enumerate(assignees[:ASSIGNEES_MAX]):
        people = _find_people(directory, each)
        if isinstance(people, str):
            errors[f"assignees.{number}"] = [people]
        else:
            found |= {person.id: person for person in people}
    if not 1 <= len(assignees) <= ASSIGNEES_MAX:
        errors["assignees"] = [f"Expected 1 to {ASSIGNEES_MAX} names."]
    if not name.strip() or len(name) > NAME_LENGTH_MAX:
        errors["name"] = [f"Say what is to be done in 1 to {NAME_LENGTH_MAX} characters."]
    try:
        parse_mode(mode)
        if found and not errors and not is_reachable(mode, voters=len(found)):
            errors["mode"] = [f"The mode {mode} needs more people than the {len(found)} there are."]
    except ValueError as error:
        errors["mode"] = [str(error)]
    if errors:
        raise InvalidRequest("The task cannot be created.", errors=errors)
    return list(found.values())


def _find_people(directory: Directory, name: str) -> Sequence[Person] | str:
    """Return who is meant by a user name, `role:NAME` or `group:KEY`; a sentence when that is nobody who could act."""
    kind, _, key = name.partition(":")
    if kind == "role" and key:
        found: Sequence[Person] | None = directory.with_role(key) or (() if key in ROLES else None)
    elif kind == "group" and key:
        found = directory.in_group(key)
    else:
        person = directory.find(name)
        found = None if person is None else [person]
    if found is None:
        return f"There is no {kind if key else 'user'} {key or name}."
    fit = [person for person in found if person.active and person.kind == "full" and INTEGRATOR not in person.roles]
    if not fit:
        return f"{name} is no active full user, who could act on it." if len(found) == 1 else f"Nobody in {name} could act on it."
    return fit


def _beside(
    system: System, caller: Caller, instance_id: str, *, people: Sequence[Person], wanted: dict[str, Any], remember: Remember
) -> Answer | None:
    """Open the task beside a running process; None when that has ended meanwhile."""
    with turn_of_instance(system, instance_id, caller=caller) as turn:
        if turn.instance.status in _ENDED:
            return None
        if turn.instance.status == "suspended":
            raise InstanceNotActive(instance_id=instance_id, state=turn.instance.status)
        task_id = open_manual_task(turn, pool=people, **wanted)
        settle(turn)
        return _finish(turn, task_id, remember)


def _alone(
    system: System, caller: Caller, document_id: str, *, people: Sequence[Person], wanted: dict[str, Any], remember: Remember
) -> Answer:
    """Start the process of manual tasks for the document."""
    variables = {
        "assignees": [person.username for person in people],
        "name": wanted["name"],
        "mode": wanted["mode"],
        "instructions": wanted["why"],
    }
    birth = Birth(key=MANUAL_PROCESS, document_id=document_id, variables=variables)
    with system.database.write() as work:
        try:
            turn = bear_instance(system, work, caller, birth, text=f"{{name}} started by {caller.full_name}: {wanted['name']}.")
        except (NotFound, DefinitionDeactivated) as error:
            if isinstance(error, NotFound) and error.facts.get("what") != "process definition":
                raise
            raise ManualTaskNotDeployed(definition=MANUAL_PROCESS) from error
        turn.look_again()
        (task,) = turn.open_tasks.values()
        turn.change_task(task.id, priority=wanted["priority"])
        if wanted["due_at"] is not None:
            set_due_at(turn, task, wanted["due_at"])
        return _finish(turn, task.id, remember)


def _finish(turn: Turn, task_id: str, remember: Remember) -> Answer:
    answer = Answer(body=task_body(turn, task_id) | {"id": task_id}, status=201)
    remember(turn.work, answer)
    turn.work.commit()
    return answer
