"""The turn: the one way in which a process instance moves.

A turn locks the instance's row, restores the engine, lets an operation apply one verb, runs to the next wait states, and saves
state, user tasks, timers, audit and outbox together. The operation commits once; leaving the turn without a commit changes nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.audit import CHAIN_START, AuditEntry, Chain
from app.domain.errors import NotFound, NotSignedIn
from app.domain.matrix.snapshot import Snapshot
from app.domain.people import Directory, Person
from app.engine import Definition, Execution, Ports
from app.operations.answer import Caller
from app.operations.documents.facts import lazy_document
from app.operations.matrix.snapshots import snapshot_of
from app.operations.services import decide, services_of
from app.operations.system import Environment, System
from app.persistence import documents, instances, people, tasks
from app.persistence.database import Reading, UnitOfWork


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
    told_by_services: dict[str, tuple[str, str, dict[str, Any]]] = field(default_factory=dict)
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
    def document(self) -> Any | None:
        """The document's row, read once."""
        if self.instance.document_id is None:
            return None
        return documents.find_document(self.work, self.environment.id, self.instance.document_id)

    @cached_property
    def open_tasks(self) -> dict[str, Any]:
        """The open tasks as they stood when the turn began, by element instance."""
        if self.instance.is_new:
            return {}
        return {row.element_instance: row for row in tasks.tasks_of_instance(self.work, self.instance.id, status="open")}

    @cached_property
    def assignments(self) -> list[Any]:
        """All assignments of the instance as they stood when the turn began."""
        return [] if self.instance.is_new else list(tasks.assignments_of_instance(self.work, self.instance.id))

    @cached_property
    def roles(self) -> list[Any]:
        """Who plays which step in the transaction, as it stood when the turn began."""
        return list(tasks.roles_of_transaction(self.work, self.transaction_id))

    @cached_property
    def stored_route(self) -> Any | None:
        """The row of the route that was in force when the turn began."""
        return None if self.instance.is_new else instances.current_route(self.work, self.instance.id)

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

    def tell(self, kind: str, text: str, **more: Any) -> None:
        """Add an entry to the instance's audit chain and so to the document's timeline."""
        self.audit.append(AuditEntry(at=self.now, kind=kind, text=text, **{"actor": self.actor, **more}))

    def ports(self) -> Ports:
        """Return what the engine may use while it runs: the clock, the pure services, decisions and the document."""
        return Ports(
            now=self.now,
            zone=self.environment.zone,
            services=services_of(self),
            decide=lambda call: decide(self, call),
            lazy=lazy_document(self),
        )


@contextmanager
def turn_of_instance(system: System, instance_id: str, *, caller: Caller | None) -> Iterator[Turn]:
    """Open a turn on an instance.

    Raises:
        NotFound: there is no such instance in the caller's environment.
    """
    with system.database.write() as work:
        row = instances.lock_instance(work, instance_id)
        yield _restore(system, work, row, caller=caller, what="process instance", given_id=instance_id)


@contextmanager
def turn_of_task(system: System, task_id: str, *, caller: Caller | None) -> Iterator[Turn]:
    """Open a turn on the instance that a task belongs to.

    Raises:
        NotFound: there is no such task in the caller's environment.
    """
    with system.database.write() as work:
        row = instances.lock_instance_of_task(work, task_id)
        yield _restore(system, work, row, caller=caller, what="task", given_id=task_id)


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
    return Environment(
        id=row.environment_id if is_instance else row.id,
        key=row.environment_key if is_instance else row.key,
        zone=ZoneInfo(row.time_zone),
        base_currency=row.base_currency,
        authority_version=row.authority_version,
        matrix_version=row.matrix_version,
    )


def read_environment(reading: Reading, environment_id: int) -> Environment:
    """Return the environment as it is now."""
    return environment_of(people.read_environment(reading, environment_id))


def directory_of(system: System, reading: Reading, environment: Environment) -> Directory:
    """Return the people of the environment as of its authority version."""
    key = (environment.id, environment.authority_version)
    return system.directories.get(key, lambda: people.read_directory(reading, environment.id))


def definition_of(system: System, reading: Reading, *, definition_hash: str, definition_id: str, file_name: str) -> Definition:
    """Return the parsed definition, from the cache of this process when it is there."""
    return system.definitions.get(
        definition_hash, lambda: Definition.parse(instances.read_source(reading, definition_id), filename=file_name)
    )


def _restore(system: System, work: UnitOfWork, row: Any | None, *, caller: Caller | None, what: str, given_id: str) -> Turn:
    if row is None or (caller is not None and row.environment_id != caller.environment_id):
        raise NotFound(what=what, id=given_id)
    environment = environment_of(row)
    directory = directory_of(system, work, environment)
    if caller is not None and not directory.get(caller.user_id).active:
        raise NotSignedIn
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
            system, work, definition_hash=row.definition_hash, definition_id=row.definition_id, file_name=f"{row.definition_key}.bpmn"
        ),
        audit=Chain(row.id, seq=row.audit_seq, head=row.audit_hash),
    )
    turn.execution = Execution.restore(turn.definition, row.state, turn.ports())
    return turn
