"""A draft becomes the next version of the matrix."""

from app.domain.audit import AuditEntry
from app.domain.errors import MatrixInvalid
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.matrix.drafts.activation import write_version
from app.operations.matrix.drafts.checking import check_activable, check_base, check_open
from app.operations.matrix.drafts.closing import Desk, steer_draft, told
from app.operations.matrix.drafts.drafting import ACTIVATED, EDITORS
from app.operations.matrix.drafts.faults import find_draft_faults
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import require_role
from app.persistence import matrix_drafts
from app.persistence.matrix_content import Change

VERB = "activate changes of the approval matrix"


def activate_draft(
    system: System, caller: Caller, draft_id: str, *, revision: int | None = None, request: RequestKey | None = None
) -> Answer:
    """Make the draft the next version of the matrix, all of it or nothing, as a second person who has looked at it.

    1. What comes out is checked before anything is locked; every fault refuses it.
    2. Under the locks of environment and draft: still open, still as it was seen, still made from the version in force.
    3. The tables in force change, the version is raised, and the audit chain of the environment tells it: one transaction.

    Args:
        system: the clock and the database.
        caller: not the author, unless the environment lets one person do it.
        draft_id: of an open draft.
        revision: which revision of the draft the caller has looked at.
        request: the key of a request that may be sent again.

    Raises:
        NotPermitted: the caller does not keep the approval matrix.
        SecondPersonNeeded: the draft is his own.
        InvalidRequest: he does not say which revision of somebody else's draft he has looked at.
        NotFound: there is no such draft.
        DraftClosed: it was activated or discarded; says by whom.
        DraftEmpty: it changes nothing.
        StaleRevision: it was changed since he looked.
        MatrixConflict: another version was activated since the draft began; `conflicts` names what both changed.
        MatrixInvalid: every fault of the matrix that would come out.
    Source: MXC-06, MXC-08, MXO-14.
    """
    require_role(caller, *EDITORS, verb=VERB)

    def activate(desk: Desk) -> AuditEntry:
        checked, changes = desk.prepared
        row = check_open(desk.draft, desk.directory, draft_id=draft_id, revision=checked)
        check_base(desk.work, row, desk.environment, desk.directory)
        version = write_version(system, desk.work, desk.environment, changes, now=desk.now, activated_by=caller.user_id)
        values = {"status": ACTIVATED, "open_author_id": None, "closed_by": caller.user_id, "closed_at": desk.now}
        matrix_drafts.update_draft(desk.work, draft_id, version=version.number, revision=row.revision + 1, **values)
        author = desk.directory.get(row.author_id)
        text = f"{caller.full_name} activated {row.title} of {author.full_name}: version {version.number} of the approval matrix."
        counts = matrix_drafts.count_changes(desk.work, [draft_id])[draft_id]
        facts = {"version": version.number, "digest": version.digest, "author": author.username, "counts": counts}
        return told(desk, "matrix_activated", text, **facts)

    return steer_draft(
        system,
        caller,
        draft_id,
        activate,
        verb=VERB,
        revision=revision,
        request=request,
        prepare=lambda: _check(system, caller, draft_id, revision),
    )


def _check(system: System, caller: Caller, draft_id: str, revision: int | None) -> tuple[int, list[Change]]:
    """Return the revision of the draft that was found to be without fault, and its changes."""
    with system.database.read() as reading:
        environment = read_environment(reading, caller.environment_id)
        directory = directory_of(system, reading, environment)
        row = check_open(matrix_drafts.find_draft(reading, environment.id, draft_id), directory, draft_id=draft_id, revision=revision)
        check_activable(reading, row, caller, environment, revision=revision)
        check_base(reading, row, environment, directory)
        changes = matrix_drafts.read_changes(reading, draft_id)
        faults = find_draft_faults(system, reading, environment, changes)
    if faults:
        shown = [each.to_json() for each in faults]
        raise MatrixInvalid(f"{len(shown)} faults keep the draft from being activated.", diagnostics=shown)
    return row.revision, changes
