"""The mandates come back as a CSV file."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.diagnostics import Diagnostic
from app.domain.errors import DraftOpen, MatrixConflict, MatrixInvalid
from app.formats.matrix_csv import FILE, CsvRow, read_matrix_csv, row_fault
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.matrix.content import content_in_force, content_with
from app.operations.matrix.drafts.drafting import EDITORS, begin_drafting
from app.operations.matrix.drafts.views import change_views
from app.operations.matrix.editing.checks import read_register
from app.operations.matrix.transfer.differences import Differences, find_differences
from app.operations.system import Environment, System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import require_role
from app.persistence import matrix_drafts
from app.persistence.database import Reading
from app.persistence.matrix_content import FINANCIAL_MANDATE, MANDATE, Change

SHOWN_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparison:
    """What the file would change in the version it was exported from, and how that is shown."""

    base: int
    rows: int
    differences: Differences
    shown: list[JsonObject]

    @property
    def body(self) -> JsonObject:
        """The answer, but for where the changes went."""
        found = self.differences
        counts = {"add": len(found.added), "change": len(found.changed), "delete": len(found.deleted)}
        return {
            "rows": self.rows,
            "diff": counts | {"total": sum(counts.values())},
            "changes": self.shown,
            "warnings": [each.to_json() for each in found.warnings],
            "version": self.base,
        }


def import_matrix(system: System, caller: Caller, *, content: bytes, dry_run: bool = False, request: RequestKey | None = None) -> Answer:
    """Draft what the file changes in the mandates: rows without id are added, with id changed, on delete deleted; others stay.

    Everything or nothing: a single faulty row refuses the file. A dry run says what would change and writes nothing. Rows that are as
    in the matrix change nothing, so that what was exported comes back without a trace.

    Raises:
        NotPermitted: the caller does not keep the approval matrix.
        MatrixInvalid: every fault of the file with its row.
        MatrixConflict: the file was exported from another version than the one in force; `conflicts` names the rows changed since.
        DraftOpen: the caller has an open draft, into which a whole file is not mixed.
    Source: MXC-02..08.
    """
    require_role(caller, *EDITORS, verb="import the approval matrix")
    if dry_run:
        compared = _compare(system, caller, content)
        return Answer(body=compared.body | {"dry_run": True, "draft": None})
    return answer_once(system, caller, request, lambda remember: _import(system, caller, content, remember))


def _import(system: System, caller: Caller, content: bytes, remember: Remember) -> Answer:
    with system.database.read() as reading:
        _refuse_open_draft(matrix_drafts.find_open_draft(reading, caller.environment_id, caller.user_id))
    compared = _compare(system, caller, content)
    changes = compared.differences.changes
    with system.database.write() as work:
        drafting = begin_drafting(system, work, caller, title=f"Import of {compared.rows} rows")
        if not drafting.is_new:
            _refuse_open_draft(drafting.draft)
        if drafting.environment.matrix_version != compared.base:
            since = _conflicts(system, work, drafting.environment, (), compared.base)
            raise _conflict(drafting.environment, base=compared.base, conflicts=since)
        drafting.changes.update(changes)
        drafting.close(f"{len(changes)} changes from a file of {compared.rows} rows.", file=hashlib.sha256(content).hexdigest())
        body = compared.body | {"dry_run": False, "draft": drafting.draft.id if changes else None}
        answer = Answer(body=body, status=201 if changes else 200)
        remember(work, answer)
        work.commit()
        return answer


def _compare(system: System, caller: Caller, content: bytes) -> _Comparison:
    """Return what the file would change; everything is read and computed before anything is locked."""
    file = read_matrix_csv(content)
    _refuse(file.faults)
    with system.database.read() as reading:
        environment = read_environment(reading, caller.environment_id)
        base = _base_version(file.rows, environment)
        if base != environment.matrix_version:
            raise _conflict(environment, base=base, conflicts=_conflicts(system, reading, environment, file.rows, base))
        matrix = content_in_force(reading, environment.id)
        directory = directory_of(system, reading, environment)
        register = read_register(matrix, directory)
        financial, legal = matrix.read_all(FINANCIAL_MANDATE), matrix.read_all(MANDATE)
        found = find_differences(file.rows, financial=financial, legal=legal, register=register, new_id=system.new_id)
        _refuse(found.faults)
        first = list(found.changes.values())[:SHOWN_MAX]
        shown = change_views(first, content_with(reading, environment.id, first), directory)
    return _Comparison(base=base, rows=len(file.rows), differences=found, shown=shown)


def _base_version(rows: Sequence[CsvRow], environment: Environment) -> int:
    """Return the version that the file was exported from; rows that were added by hand need not name it."""
    named: dict[int, int] = {}
    faults: list[Diagnostic] = []
    for row in rows:
        if row.version is not None:
            named.setdefault(row.version, row.number)
    if len(named) > 1:
        (first, first_row), (other, other_row), *_ = named.items()
        text = f"it is of version {other}, but row {first_row} is of version {first}."
        faults.append(row_fault(other_row, "version", text, "Import rows of one export.", column="matrix_version"))
    unversioned = next((row for row in rows if row.id is not None and row.version is None), None)
    if unversioned is not None:
        text = "the matrix_version of a row with an id is empty."
        faults.append(row_fault(unversioned.number, "version", text, "Leave it as it was exported.", column="matrix_version"))
    base = next(iter(named), environment.matrix_version)
    if base > environment.matrix_version or base < 1:
        text = f"there is no version {base} of the matrix."
        faults.append(row_fault(named[base], "version", text, "Import a file that was exported here.", column="matrix_version"))
    _refuse(faults)
    return base


def _conflicts(system: System, reading: Reading, environment: Environment, rows: Sequence[CsvRow], base: int) -> list[JsonObject]:
    """Return what was changed since the version of the file, each with the row of the file that speaks of it."""
    since: dict[tuple[str, str], Change] = {}
    for _, change in matrix_drafts.changes_after(reading, environment.id, base):
        if change.entity in {FINANCIAL_MANDATE.name, MANDATE.name}:
            place = (change.entity, change.entity_id)
            first = since.get(place)
            since[place] = (
                change
                if first is None
                else Change(entity=change.entity, entity_id=change.entity_id, before=first.before, after=change.after)
            )
    numbers = {row.id: row.number for row in rows if row.id is not None}
    shown = list(since.values())[:SHOWN_MAX]
    views = change_views(shown, content_in_force(reading, environment.id), directory_of(system, reading, environment))
    return [{**view, "row": numbers.get(view["id"])} for view in views]


def _conflict(environment: Environment, *, base: int, conflicts: list[JsonObject]) -> MatrixConflict:
    text = (
        f"The file was exported from version {base} of the approval matrix, but version {environment.matrix_version} is in force: "
        f"{len(conflicts)} mandates were changed since. Export it again and make your changes there."
    )
    return MatrixConflict(text, base=base, current=environment.matrix_version, count=len(conflicts), conflicts=conflicts)


def _refuse_open_draft(row: Any | None) -> None:
    if row is not None:
        raise DraftOpen(draft=row.id)


def _refuse(faults: Sequence[Diagnostic]) -> None:
    if faults:
        named = " ".join(each.message for each in faults[:3])
        more = f" And {len(faults) - 3} more." if len(faults) > 3 else ""
        shown = [each.to_json() for each in faults]
        raise MatrixInvalid(f"Nothing of {FILE} was imported. {named}{more}", diagnostics=shown)
