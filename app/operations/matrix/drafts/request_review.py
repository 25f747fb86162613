"""A second person is asked to look at a draft."""

from typing import Any

from app.domain.audit import AuditEntry
from app.domain.errors import DraftEmpty, InvalidRequest, NotPermitted
from app.domain.people import Person
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.mailing import MAIL
from app.operations.matrix.drafts.closing import Desk, steer_draft, told
from app.operations.matrix.drafts.drafting import EDITORS, IN_REVIEW
from app.operations.system import System
from app.persistence import journal, matrix_drafts


def request_review(
    system: System,
    caller: Caller,
    draft_id: str,
    *,
    reviewer: str,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Ask another person who keeps the matrix to look at the caller's draft; he gets a mail. A later change takes the request back.

    Raises:
        NotPermitted: the draft is not the caller's.
        NotFound: there is no such draft.
        DraftClosed: it was activated or discarded; says by whom.
        DraftEmpty: it changes nothing.
        StaleRevision: it was changed since.
        InvalidRequest: the reviewer is the author, or may not activate drafts.
    """

    def ask(desk: Desk) -> AuditEntry:
        if desk.draft.author_id != caller.user_id:
            raise NotPermitted(verb="ask for a review of somebody else's draft")
        if not matrix_drafts.read_changes(desk.work, draft_id, limit=1):
            raise DraftEmpty(draft=draft_id)
        person = _reviewer(desk, reviewer)
        number = desk.draft.revision + 1
        matrix_drafts.update_draft(
            desk.work, draft_id, status=IN_REVIEW, reviewer_id=person.id, review_requested_at=desk.now, revision=number
        )
        if person.email:
            journal.insert_outbox(desk.work, [_mail(desk, person, number)])
        text = f"{caller.full_name} asked {person.full_name} to look at {desk.draft.title}."
        return told(desk, "matrix_review_requested", text, reviewer=person.username, revision=number)

    return steer_draft(system, caller, draft_id, ask, verb="change the approval matrix", revision=revision, request=request)


def _reviewer(desk: Desk, username: str) -> Person:
    person = desk.directory.find(username)
    if person is None or not person.active or person.roles.isdisjoint(EDITORS):
        text = f"{username} cannot activate drafts: choose an active user with the role {' or '.join(EDITORS)}."
        raise InvalidRequest(text, errors={"reviewer": [text]})
    if person.id == desk.caller.user_id:
        text = "The author cannot be the second person who looks at a draft."
        raise InvalidRequest(text, errors={"reviewer": [text]})
    return person


def _mail(desk: Desk, person: Person, number: int) -> dict[str, Any]:
    return {
        "id": desk.system.new_id(),
        "environment_id": desk.environment.id,
        "kind": MAIL,
        "key": f"matrix_review:{desk.draft.id}:{number}",
        "payload": {
            "template": "matrix_review",
            "user_id": person.id,
            "address": person.email,
            "name": person.full_name,
            "task_id": None,
            "path": f"/matrix/drafts/{desk.draft.id}",
            "document": desk.draft.title,
            "actor": desk.caller.full_name,
        },
        "status": "waiting",
        "available_at": desk.now,
        "attempts": 0,
        "created_at": desk.now,
    }
