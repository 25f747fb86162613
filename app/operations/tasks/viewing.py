"""What is read of a task to tell somebody about it: the task, its shares, and on which of them he acts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domain.errors import NotFound
from app.domain.money import Money
from app.domain.people import Directory, Person
from app.operations.answer import Caller
from app.operations.matrix.snapshots import resolution_day
from app.operations.partners.seating import seat
from app.operations.system import Environment, System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import acting_ids_in, check_may_see
from app.persistence import instances, tasks
from app.persistence.database import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskInSight:
    """A task that the caller may see; `mine` are the open shares on which he acts, his own or another's."""

    caller: Caller
    environment: Environment
    directory: Directory
    today: date
    task: Any
    shares: Sequence[Any]
    mine: Sequence[Any]

    @property
    def by_id(self) -> Mapping[str, Any]:
        """The shares by their ids."""
        return {each.id: each for each in self.shares}

    @property
    def viewer(self) -> Person:
        """The caller, as one of the people."""
        return self.directory.get(self.caller.user_id)


def find_task_in_sight(system: System, reading: Reading, caller: Caller, task_id: str) -> TaskInSight:
    """Return the task with the caller's part in it.

    Raises:
        NotFound: there is none, or the caller may not see it.
    """
    caller = seat(reading, caller, task_id=task_id)
    task = tasks.find_task(reading, caller.environment_id, task_id)
    if task is None:
        raise NotFound(what="task", id=task_id)
    environment = read_environment(reading, caller.environment_id)
    directory, today = directory_of(system, reading, environment), resolution_day(environment, system.clock())
    about = {"document_id": task.document_id, "instance_id": task.instance_id}
    check_may_see(reading, caller, directory, today=today, **about, what="task", given_id=task_id)
    instance = instances.find_instance(reading, caller.environment_id, task.instance_id)
    total = Money(task.total, task.currency) if task.document_id else None
    process = instance.definition_key if instance else None
    viewers = acting_ids_in(reading, directory, caller, today=today, process=process, total=total)
    shares = tasks.assignments_of_tasks(reading, [task_id])
    mine = [each for each in shares if each.user_id in viewers and each.status == "open"]
    return TaskInSight(caller=caller, environment=environment, directory=directory, today=today, task=task, shares=shares, mine=mine)
