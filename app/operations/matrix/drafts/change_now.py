"""A change of the matrix that follows from something else, such as somebody leaving: a version at once, without a draft to look at."""

from collections.abc import Sequence
from datetime import datetime

from app.domain.audit import AuditEntry
from app.operations.environment_story import tell_environment
from app.operations.matrix.drafts.activation import Version, write_version
from app.operations.matrix.drafts.drafting import ACTIVATED
from app.operations.system import System
from app.operations.turn import read_environment
from app.persistence import matrix_drafts, people
from app.persistence.database import UnitOfWork
from app.persistence.matrix_content import Change


def change_matrix_now(
    system: System,
    work: UnitOfWork,
    environment_id: int,
    changes: Sequence[Change],
    *,
    title: str,
    author_id: str,
    actor: str,
    now: datetime,
) -> Version | None:
    """Make the changes the next version, in the caller's transaction; None when there are none.

    For operations whose own rules have decided already; whoever edits the matrix goes through a draft. `before` of each change is the
    object in force, read in this transaction, and `after` is one revision up.
    """
    if not changes:
        return None
    people.lock_environment(work, environment_id)
    environment = read_environment(work, environment_id)
    version = write_version(system, work, environment, changes, now=now, activated_by=author_id)
    draft_id = system.new_id()
    matrix_drafts.insert_draft(
        work,
        id=draft_id,
        environment_id=environment_id,
        title=title,
        status=ACTIVATED,
        base_version=environment.matrix_version,
        author_id=author_id,
        closed_by=author_id,
        closed_at=now,
        version=version.number,
        created_at=now,
    )
    matrix_drafts.put_changes(work, environment_id, draft_id, changes)
    entry = AuditEntry(
        at=now,
        kind="matrix_activated",
        text=f"Version {version.number} of the approval matrix: {title}.",
        actor=actor,
        facts={"draft": draft_id, "version": version.number, "digest": version.digest, "count": len(changes)},
    )
    tell_environment(system, work, environment_id, entry)
    return version
