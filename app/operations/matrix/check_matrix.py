"""What is wrong or odd about the approval matrix."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from app.domain.matrix.checks.check import find_findings
from app.domain.matrix.checks.finding import SEVERITIES, Finding
from app.formats.matrix_findings import write_finding
from app.operations.answer import Answer, Caller, JsonObject
from app.operations.matrix.choosing import KEEPERS, Chosen, choose_matrix, read_surroundings
from app.operations.matrix.snapshots import resolution_day
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import require_role

Progress = Callable[[int, int], None]


def check_matrix(
    system: System,
    caller: Caller,
    *,
    approval_type: str | None = None,
    draft_id: str | None = None,
    matrix: Mapping[str, Any] | None = None,
    on: date | None = None,
    progress: Progress | None = None,
) -> Answer:
    """Return every finding of the matrix in force, of a draft, or of one sent along; each with a transaction that shows it.

    Raises:
        NotPermitted: the caller does not keep the matrix.
        NotFound: no such draft or approval type.
        InvalidRequest: the matrix sent along cannot be read.
    Source: MATRIX 2.9.
    """
    require_role(caller, *KEEPERS, verb="check the approval matrix")
    with system.database.read() as reading:
        environment = read_environment(reading, caller.environment_id)
        day = on or resolution_day(environment, system.clock())
        chosen = choose_matrix(system, reading, environment, approval_type=approval_type, draft_id=draft_id, sent=matrix, on=day)
        directory = directory_of(system, reading, environment)
        around = read_surroundings(reading, environment, directory, draft_id=draft_id) if matrix is None else None
    findings = find_findings(chosen.snapshot, on=day, around=around, progress=progress)
    return Answer(body=findings_body(findings, chosen, day))


def findings_body(findings: list[Finding], chosen: Chosen, day: date) -> JsonObject:
    """Return findings as they are answered, with how many there are of each severity."""
    counts = {severity: sum(each.severity == severity for each in findings) for severity in SEVERITIES}
    return {
        "findings": [write_finding(each) for each in findings],
        "counts": counts,
        "on": day.isoformat(),
        "matrix": chosen.label,
        "approval_type": chosen.approval_type,
    }
