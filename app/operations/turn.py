"""The turn: the one way in which a process instance moves.

A turn locks the instance's row, restores the engine, lets an operation apply one verb, runs to the next wait states, and saves
state, user tasks, timers, audit and outbox together. The operation commits once; leaving the turn without a commit changes nothing.
"""

import weakref
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.audit import CHAIN_START, NO_FACTS, AuditEntry, Chain
from app.domain.errors import NotFound, NotSignedIn, PartnershipEnded
from app.domain.matrix.snapshot import Snapshot
from app.domain.people import Directory, Person
from app.engine import Definition, Execution, Ports
from app.operations.answer import Caller, CallerOutdated
from app.operations.documents.facts import lazy_document
from app.operations.matrix.snapshots import resolution_day, snapshot_of, still_matters
from app.operations.services import decide, services_of
from app.operations.system import Environment, System
from app.persistence import definitions, instances, people, tasks
from app.persistence.database import Reading, UnitOfWork
from app.persistence.picture import Picture, read_picture, unpack_picture

MANUAL_PROCESS = "manual_task"
DUPLICATE_PROCESS = "duplicate_check"
BESIDE_OTHERS = frozenset({MANUAL_PROCESS, DUPLICATE_PROCESS})
"""The processes that say nothing about the status of their document."""


@dataclass(slots=True, kw_only=True)
class Instance:
    """The process instance as it stands within the turn."""

    id: str
    definition_id: str
    definition_key: str
    definition_version: int
    business_key: str | None
    document_id: str | None
    started_by: str
    started_at: datetime
    status: str = "active"
    outcome: str | None = None
    revision: int = 0
    ended_at: datetime | None = None
    is_new: bool = False

    @property
    def leads_document(self) -> bool:
        """Whether what becomes of it becomes of its document; not so for the processes that stand beside others."""
        return self.definition_key not in BESIDE_OTHERS


@dataclass(kw_only=True)
class Turn:
    """One locked step of one process instance; everything in it happens at the instant `now`."""

    system: System
    work: UnitOfWork
    now: datetime
    environment: Environment
    directory: Directory
    caller: Caller | None
    instance: Instance
    definition: Definition
    audit: Chain
    outbox: list[dict[str, Any]] = field(default_factory=list)
    active: list[dict[str, Any]] = field(default_factory=list)
    incidents_raised: int = 0
    waited: bool = False
    told_by_services: dict[str, tuple[str, str, dict[str, Any]]] = field(default_factory=dict)
    kept: list[dict[str, Any]] | None = None  # signatures of earlier routes, see kept_signatures.py
    asked_again: dict[str, str] = field(default_factory=dict)  # why the tasks of these elements are asked again, as a sentence
    packed_picture: Any | None = None  # what came with the lock; it holds until something is written
    execution: Execution = field(init=False)

    @property
    def transaction_id(self) -> str:
        """The id of the transaction in which one person plays one role: the document's, so that call activities share it."""
        return self.instance.document_id or self.instance.id

    @property
    def actor(self) -> str:
        """The user name of who acts in this turn, or `system`."""
        return self.caller.username if self.caller else "system"

    @cached_property
    def today(self) -> date:
        """The day in the environment's time zone."""
        return resolution_day(self.environment, self.now)

    @cached_property
    def picture(self) -> Picture:
        """The rows of the instance as they stood when the turn began, read once it is locked; what the turn changes is changed here too."""
        if self.packed_picture is not None and self.work.is_unwritten:
            return unpack_picture(self.packed_picture, self.work.dialect)
        return read_picture(
            self.work, instance_id=self.instance.id, transaction_id=self.transaction_id, document_id=self.instance.document_id
        )

    def look_again(self) -> None:
        """Read the picture anew, with what the turn has stored meanwhile."""
        self.work.flush()
        self.__dict__.pop("picture", None)
        self.__dict__.pop("open_tasks", None)

    @property
    def document(self) -> Any | None:
        """The document's row."""
        return self.picture.document

    @cached_property
    def open_tasks(self) -> dict[str, Any]:
        """The open tasks as they stood when the turn began, by element instance."""
        return {row.element_instance: row for row in self.picture.tasks}

    @property
    def assignments(self) -> list[Any]:
        """The assignments of the open tasks as they stood when the turn began; `change_assignments` keeps them true."""
        return self.picture.assignments

    @property
    def timers(self) -> list[Any]:
        """The waiting timers as they stood when the turn began, soonest first; those that end leave the list."""
        return self.picture.timers

    @property
    def roles(self) -> list[Any]:
        """Who plays which step in the transaction, as it stood when the turn began."""
        return self.picture.roles

    @property
    def stored_route(self) -> Any | None:
        """The row of the route that was in force when the turn began."""
        return self.picture.route

    @cached_property
    def route(self) -> Mapping[str, Any] | None:
        """The steps of the route in force; the service task that resolves role players replaces it."""
        return None if self.stored_route is None else self.stored_route.steps

    @cached_property
    def snapshot(self) -> Snapshot:
        """The approval matrix as it is now, of the approval type of the route that was in force when the turn began."""
        key = self.stored_route.approval_type if self.stored_route is not None else None
        return snapshot_of(self.system, self.work, self.environment, key)[1]

    def person(self, user_id: str) -> Person:
        """Return the person with this id."""
        return self.directory.get(user_id)

    def add_assignments(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store new assignments of tasks."""
        tasks.insert_assignments(self.work, rows)
        self.assignments.extend(tasks.assignment_of(row) for row in rows)

    def change_assignments(self, ids: Collection[str], **values: object) -> None:
        """Change columns of assignments of open tasks; each change is a new revision, and what is done sorts by when it was done."""
        if "decided_at" in values:
            values.setdefault("sort_at", values["decided_at"])
        for position, row in enumerate(self.assignments):
            if row.id in ids:
                values["revision"] = row.revision + 1
                self.assignments[position] = row._replace(**values)
                tasks.update_assignment(self.work, row.id, values)

    def add_tasks(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store new open tasks that no element of the engine waits for."""
        tasks.insert_tasks(self.work, rows)
        made = [tasks.task_of(row) for row in rows]
        self.picture.tasks.extend(made)
        self.open_tasks.update({row.element_instance: row for row in made})

    def change_task(self, task_id: str, **values: object) -> None:
        """Change columns of an open task."""
        tasks.update_task(self.work, task_id, **values)
        self.picture.tasks[:] = [row._replace(**values) if row.id == task_id else row for row in self.picture.tasks]
        for key, row in self.open_tasks.items():
            if row.id == task_id:
                self.open_tasks[key] = row._replace(**values)

    def tell(
        self,
        kind: str,
        text: str,
        *,
        actor: str | None = None,
        on_behalf_of: str | None = None,
        element: str | None = None,
        facts: Mapping[str, Any] = NO_FACTS,
    ) -> None:
        """Add an entry to the instance's audit chain and so to the document's timeline; who acts in the turn did it, unless `actor` says who."""
        self.audit.append(AuditEntry(self.now, kind, text, actor or self.actor, on_behalf_of, element, facts))

    def ports(self) -> Ports:
        """Return what the engine may use while it runs: the clock, the pure services, decisions and the document.

        The turn has the engine, which knows it weakly: so both are gone with the turn, and no garbage collection need look for them.
        """
        turn: Turn = weakref.proxy(self)
        return Ports(
            now=self.now,
            zone=self.environment.zone,
            services=services_of(turn),
            decide=partial(decide, turn),
            lazy=lazy_document(turn),
            new_id=self.system.new_id,
        )


@contextmanager
def turn_of_instance(system: System, instance_id: str, *, caller: Caller | None) -> Iterator[Turn]:
    """Open a turn on an instance.

    Raises:
        NotFound: there is no such instance in the caller's environment.
    """
    with system.database.write() as work:
        found = instances.lock_instance(work, instance_id)
        yield _restore(system, work, found, caller=caller, what="process instance", given_id=instance_id)


@contextmanager
def turn_of_task(system: System, task_id: str, *, caller: Caller | None) -> Iterator[Turn]:
    """Open a turn on the instance that a task belongs to.

    Raises:
        NotFound: there is no such task in the caller's environment.
    """
    with system.database.write() as work:
        found = instances.lock_instance_of_task(work, task_id)
        yield _restore(system, work, found, caller=caller, what="task", given_id=task_id)


@contextmanager
def turn_of_timer(system: System, timer_id: str) -> Iterator[Turn | None]:
    """Open a turn on the instance of a timer that still waits; give None when it was fired or cancelled."""
    with system.database.write() as work:
        found = instances.lock_instance_of_timer(work, timer_id)
        yield None if found is None else _restore(system, work, found, caller=None, what="timer", given_id=timer_id)


def open_birth(
    system: System, work: UnitOfWork, *, caller: Caller, environment: Environment, instance: Instance, definition: Definition
) -> Turn:
    """Return the first turn of a new instance; its execution is not started yet.

    Raises:
        NotSignedIn: the caller is not active any more.
    """
    directory = directory_of(system, work, environment)
    if not directory.get(caller.user_id).active:
        raise NotSignedIn
    return Turn(
        system=system,
        work=work,
        now=instance.started_at,
        environment=environment,
        directory=directory,
        caller=caller,
        instance=instance,
        definition=definition,
        audit=Chain(instance.id, head=CHAIN_START),
    )


def environment_of(row: Any) -> Environment:
    """Return the environment that a row of a locked instance, or of an environment, tells of."""
    is_instance = hasattr(row, "environment_id")
    names = (row.environment_id, row.environment_key) if is_instance else (row.id, row.key)
    return _environment(names, row.time_zone, row.base_currency, (row.authority_version, row.matrix_version, row.definitions_version))


@lru_cache(maxsize=64)
def _environment(names: tuple[int, str], time_zone: str, base_currency: str, versions: tuple[int, int, int]) -> Environment:
    """Return the environment of these values; almost every row tells of one that a row before it told of."""
    environment_id, key = names
    authority_version, matrix_version, definitions_version = versions
    return Environment(
        id=environment_id,
        key=key,
        zone=ZoneInfo(time_zone),
        base_currency=base_currency,
        authority_version=authority_version,
        matrix_version=matrix_version,
        definitions_version=definitions_version,
    )


def last_seen(system: System, reading: Reading, caller: Caller) -> Environment:
    """Return the caller's environment as this process saw it last; a statement that reads its row tells whether that is true still."""
    return system.environments.get(caller.environment_id, lambda: read_environment(reading, caller.environment_id))


def see(system: System, caller: Caller, row: Any) -> Environment:
    """Return the environment that a statement has just read with its rows.

    Raises:
        CallerOutdated: people, roles or tokens changed since the caller was cached.
    """
    environment = environment_of(row)
    check_current(caller, environment)
    system.environments.put(environment.id, environment)
    return environment


def check_current(caller: Caller | None, environment: Environment) -> None:
    """Raise CallerOutdated when people, roles or tokens changed since the caller was cached."""
    if caller is not None and caller.authority_version not in (None, environment.authority_version):
        raise CallerOutdated


def read_environment(reading: Reading, environment_id: int) -> Environment:
    """Return the environment as it is now."""
    return environment_of(people.read_environment(reading, environment_id))


def directory_of(system: System, reading: Reading, environment: Environment) -> Directory:
    """Return the people of the environment as of its authority version."""
    key = (environment.id, environment.authority_version)
    return system.directories.get(key, lambda: people.read_directory(reading, environment.id, since=still_matters(system.clock())))


def definition_of(
    system: System,
    reading: Reading,
    *,
    definition_hash: str,
    definition_id: str,
    file_name: str,
    called_hash: str | None = None,
    instance_id: str | None = None,
) -> Definition:
    """Return the parsed definition, from the cache of this process when it is there.

    `called_hash` names the definition together with the versions that the instance calls; it is None when it calls none.
    """

    def load() -> Definition:
        called = definitions.called_sources(reading, instance_id) if called_hash and instance_id else {}
        return Definition.parse(instances.read_source(reading, definition_id), filename=file_name, called=called)

    return system.definitions.get(called_hash or definition_hash, load)


def _restore(system: System, work: UnitOfWork, found: tuple[Any, Any] | None, *, caller: Caller | None, what: str, given_id: str) -> Turn:
    row, packed_picture = found or (None, None)
    if row is None or (caller is not None and row.environment_id != caller.environment_id):
        raise NotFound(what=what, id=given_id)
    environment = environment_of(row)
    check_current(caller, environment)
    directory = directory_of(system, work, environment)
    if caller is not None and not directory.get(caller.user_id).active:
        raise NotSignedIn if caller.home_id is None else PartnershipEnded(partner=environment.key)
    turn = Turn(
        system=system,
        work=work,
        now=system.clock(),
        environment=environment,
        directory=directory,
        caller=caller,
        instance=Instance(
            id=row.id,
            definition_id=row.definition_id,
            definition_key=row.definition_key,
            definition_version=row.definition_version,
            business_key=row.business_key,
            document_id=row.document_id,
            started_by=row.started_by,
            started_at=row.started_at,
            status=row.status,
            outcome=row.outcome,
            revision=row.revision,
            ended_at=row.ended_at,
        ),
        definition=definition_of(
            system,
            work,
            definition_hash=row.definition_hash,
            definition_id=row.definition_id,
            file_name=f"{row.definition_key}.bpmn",
            called_hash=row.called_hash,
            instance_id=row.id,
        ),
        audit=Chain(row.id, seq=row.audit_seq, head=row.audit_hash),
        packed_picture=packed_picture,
    )
    turn.execution = Execution.restore(turn.definition, row.state, turn.ports())
    turn.waited = bool(turn.execution.waits())
    return turn
