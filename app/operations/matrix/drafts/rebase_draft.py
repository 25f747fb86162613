"""A draft moves on to the version in force."""

from collections.abc import Sequence
from typing import Literal

from app.domain.audit import AuditEntry
from app.domain.errors import NotPermitted
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.matrix.drafts.checking import conflict_of, find_conflicts
from app.operations.matrix.drafts.closing import Desk, steer_draft, told
from app.operations.matrix.drafts.drafting import OPEN
from app.operations.system import System
from app.persistence import matrix_drafts
from app.persistence.matrix_content import Change, Value

Choice = Literal["refuse", "mine", "theirs"]


def rebase_draft(
    system: System,
    caller: Caller,
    draft_id: str,
    *,
    conflicts: Choice = "refuse",
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Let the draft begin at the version in force, and be looked at again.

    Where an activated version changed what the draft changes too, `conflicts` says whose change is to stand: the draft's (mine), the
    activated one (theirs, and the draft leaves that object alone), or neither (refuse).

    Raises:
        NotPermitted: the draft is not the caller's.
        NotFound: there is no such draft.
        DraftClosed: it was activated or discarded; says by whom.
        StaleRevision: it was changed since.
        MatrixConflict: both changed the same, and `conflicts` is "refuse".
    Source: MXC-08.
    """

    def rebase(desk: Desk) -> AuditEntry:
        if desk.draft.author_id != caller.user_id:
            raise NotPermitted(verb="rebase somebody else's draft")
        found = find_conflicts(desk.work, desk.draft, desk.environment)
        if found and conflicts == "refuse":
            raise conflict_of(desk.work, desk.draft, desk.environment, desk.directory)
        _settle(desk, found, keep=conflicts == "mine")
        number = desk.environment.matrix_version
        values = {"status": OPEN, "reviewer_id": None, "review_requested_at": None, "base_version": number}
        matrix_drafts.update_draft(desk.work, draft_id, revision=desk.draft.revision + 1, **values)
        text = f"{caller.full_name} rebased {desk.draft.title} on version {number}."
        return told(desk, "matrix_draft_rebased", text, base_version=number, conflicts=len(found), taken=conflicts)

    return steer_draft(system, caller, draft_id, rebase, verb="change the approval matrix", revision=revision, request=request)


def _settle(desk: Desk, found: Sequence[tuple[Change, Value | None]], *, keep: bool) -> None:
    kept: list[Change] = []
    for change, current in found:
        if not keep or (change.after is None and current is None):
            matrix_drafts.delete_change(desk.work, desk.draft.id, change.entity, change.entity_id)
            continue
        after = None if change.after is None else change.after | {"revision": 1 if current is None else current["revision"] + 1}
        kept.append(Change(entity=change.entity, entity_id=change.entity_id, before=current, after=after))
    matrix_drafts.put_changes(desk.work, desk.environment.id, desk.draft.id, kept)
