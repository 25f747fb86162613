"""The approval matrix as one immutable snapshot a version, cached per process; a later version is made from the one before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.domain.errors import NotFound
from app.domain.matrix.snapshot import Snapshot
from app.domain.matrix.steps import STEPS_BY_NAME
from app.domain.matrix.values import Line, Signature, Transaction
from app.domain.people import Directory
from app.operations.collector import without_collector
from app.operations.matrix.content import content_in_force, content_of_version, content_with
from app.operations.matrix.snapshot_changes import Touched, build_snapshot, changed_snapshot, touched_rows
from app.operations.system import Environment, System
from app.persistence import matrix, matrix_drafts, people
from app.persistence.database import Reading
from app.persistence.matrix_content import APPROVAL_TYPE, Change

CHANGES_MAX = 2000
"""Beyond this many changes a snapshot is built anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What is known of a version without reading all of it: its digest and its approval types by key."""

    digest: str | None
    types: Mapping[str, Any]

    def find_type(self, key: str | None) -> Any:
        """Return the row of an approval type, of the only one when no key is given.

        Raises:
            NotFound: there is no such approval type, or no single one.
        """
        row = self.types.get(key) if key is not None else next(iter(self.types.values())) if len(self.types) == 1 else None
        if row is None:
            raise NotFound(what="approval type", id=key or "(the only one)")
        return row


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """The newest snapshot of an approval type in this process, from which the next is made."""

    environment: Environment
    snapshot: Snapshot


def snapshot_of(system: System, reading: Reading, environment: Environment, approval_type: str | None) -> tuple[str, Snapshot]:
    """Return the key of the approval type (the only one when None is given) and the matrix for it as of the environment's version.

    Raises:
        NotFound: there is no such approval type, or no single one.
    """
    row = catalogue_of(system, reading, environment).find_type(approval_type)
    name: str = row.key
    key = (environment.id, environment.matrix_version, environment.authority_version, name)
    return name, system.snapshots.get(key, lambda: _load(system, reading, environment, row))


def catalogue_of(system: System, reading: Reading, environment: Environment) -> Catalogue:
    """Return the approval types of the environment's version, and the digest that a route made from it cites."""
    found = system.catalogues.find((environment.id, environment.matrix_version))
    if found is not None:
        return found
    digest = matrix_drafts.digest_of_version(reading, environment.id, environment.matrix_version)
    types, version = matrix.read_approval_types(reading, environment.id)
    catalogue = Catalogue(digest=digest, types=types)
    if version == environment.matrix_version:
        system.catalogues.put((environment.id, environment.matrix_version), catalogue)
    return catalogue


def snapshot_of_draft(
    system: System, reading: Reading, environment: Environment, draft_id: str, *, approval_type: str | None
) -> tuple[str, Snapshot]:
    """Return the key of the approval type and the matrix for it as it would be if the draft were activated now.

    Raises:
        NotFound: there is no such approval type, or no single one, neither in force nor in the draft.
    """
    changes = matrix_drafts.read_changes(reading, draft_id)
    version = f"{environment.matrix_version}+{draft_id}"
    return snapshot_with(system, reading, environment, changes, approval_type=approval_type, version=version)


def snapshot_with(
    system: System, reading: Reading, environment: Environment, changes: Sequence[Change], *, approval_type: str | None, version: str
) -> tuple[str, Snapshot]:
    """Return the key of the approval type and the matrix for it as it would be with the changes.

    Raises:
        NotFound: there is no such approval type, or no single one, neither in force nor among the changes.
    """
    content = content_with(reading, environment.id, changes)
    directory = _directory(system, reading, environment)
    types = {value["key"]: type_id for type_id, value in content.read_all(APPROVAL_TYPE).items()}
    key = approval_type if approval_type is not None else next(iter(types)) if len(types) == 1 else None
    if key is None or key not in types:
        raise NotFound(what="approval type", id=approval_type or "(the only one)")
    if key not in catalogue_of(system, reading, environment).types:
        return key, build_snapshot(content, directory, types[key], version=version)
    _, snapshot = snapshot_of(system, reading, environment, key)
    touched = Touched.by(changes)
    rows = touched_rows(content, directory, types[key], touched)
    return key, changed_snapshot(snapshot, content, types[key], touched, version=version, rows=rows)


def _load(system: System, reading: Reading, environment: Environment, row: Any) -> Snapshot:
    """Return the snapshot of the environment's version: from the newest of this process where few changes lie between, else anew."""
    place = (environment.id, row.key)
    newest = system.newest_snapshots.find(place)
    snapshot = None if newest is None else _advance(reading, environment, row, newest)
    if snapshot is None:
        with without_collector():
            snapshot = matrix.read_snapshot(reading, environment.id, row, version=_label(environment))
    if not _is_in_force(reading, environment):
        content = content_of_version(reading, environment.id, environment.matrix_version)
        return build_snapshot(content, _directory(system, reading, environment), row.id, version=_label(environment))
    system.newest_snapshots.put(place, Newest(environment=environment, snapshot=snapshot))
    return snapshot


def _advance(reading: Reading, environment: Environment, row: Any, newest: Newest) -> Snapshot | None:
    """Return the snapshot of the environment's version made from an earlier one; None when it is to be built anew."""
    changes = _changes_between(reading, newest.environment, environment)
    if changes is None:
        return None
    base = newest.snapshot
    if newest.environment.authority_version != environment.authority_version:
        persons = [person for person in matrix.read_people(reading, environment.id) if base.people_by_id.get(person.id) != person]
        base = base.with_changes(version=_label(environment), people=persons)
    content, touched = content_in_force(reading, environment.id), Touched.by(changes)
    rows = matrix.read_mandates(reading, row.id, mandate_ids=list(touched.mandate_ids)) if touched.mandate_ids else []
    return changed_snapshot(base, content, row.id, touched, version=_label(environment), rows=rows)


def _changes_between(reading: Reading, before: Environment, after: Environment) -> list[Change] | None:
    """Return what changed between two versions; None when that is too much, is not known of each version, or leads backwards."""
    if before.matrix_version == after.matrix_version:
        return []
    number = after.matrix_version
    found = matrix_drafts.changes_after(reading, after.id, before.matrix_version, until=number, limit=CHANGES_MAX + 1)
    is_known = {version for version, _ in found} == set(range(before.matrix_version + 1, number + 1))
    return [change for _, change in found] if is_known and len(found) <= CHANGES_MAX else None


def _is_in_force(reading: Reading, environment: Environment) -> bool:
    """Whether what was just read is of the environment's version: no other was activated meanwhile."""
    return matrix.read_matrix_version(reading, environment.id) == environment.matrix_version


def _directory(system: System, reading: Reading, environment: Environment) -> Directory:
    key = (environment.id, environment.authority_version)
    return system.directories.get(key, lambda: people.read_directory(reading, environment.id, since=still_matters(system.clock())))


def _label(environment: Environment) -> str:
    return f"{environment.matrix_version}.{environment.authority_version}"


def transaction_of(document: Any, directory: Directory, *, initiator_id: str | None, roles: list[Any]) -> Transaction:
    """Return the document as the transaction that the matrix is asked about, with the signatures that stand.

    Who sent the document, coded it or started the process instance holds no approval role, where the approval type says so.
    Source: MXR-05.
    """
    company = document.company
    involved = [*document.coders, initiator_id] if initiator_id else document.coders
    return Transaction(
        document.currency,
        tuple(
            [
                Line(
                    Decimal(line["amount"]),
                    company,
                    line["cost_center"],
                    line["organisation"],
                    line["parameter_3"],
                    line["parameter_4"],
                    Decimal(line["tax_percent"]) if line.get("tax_percent") else None,
                )
                for line in document.lines
            ]
        ),
        submitter=directory.name(document.received_by),
        coders=tuple(dict.fromkeys([directory.get(user_id).username for user_id in involved])),
        signed=tuple([Signature(directory.get(row.user_id).username, STEPS_BY_NAME[row.step]) for row in roles]),
        issued_on=document.issued_on,
    )


def still_matters(now: datetime) -> date:
    """Return the first day that may still be today somewhere on earth: what has ended before it has ended for good."""
    return now.date() - timedelta(days=2)


def resolution_day(environment: Environment, now: Any) -> date:
    """Return the day in the environment's time zone."""
    day: date = now.astimezone(environment.zone).date()
    return day
