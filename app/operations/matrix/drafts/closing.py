"""What the verbs on a draft share: lock it, act, tell, answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.audit import AuditEntry
from app.domain.people import Directory
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.matrix.drafts.checking import check_open
from app.operations.matrix.drafts.drafting import EDITORS
from app.operations.matrix.drafts.views import draft_view
from app.operations.system import Environment, System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import require_role
from app.persistence import matrix_drafts, people
from app.persistence.database import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """An open draft, locked in a transaction together with the version in force."""

    system: System
    work: UnitOfWork
    caller: Caller
    now: datetime
    environment: Environment
    directory: Directory
    draft: Any
    prepared: Any = None


def steer_draft(
    system: System,
    caller: Caller,
    draft_id: str,
    act: Callable[[Desk], AuditEntry],
    *,
    verb: str,
    revision: int | None,
    request: RequestKey | None,
    prepare: Callable[[], Any] | None = None,
) -> Answer:
    """Run `act` on the open draft, tell what it returns, and answer with the draft as it is then.

    `prepare` is what takes long and needs no lock: it runs first, and `act` finds what it returned on the desk.

    Raises:
        NotPermitted: the caller does not keep the approval matrix.
        NotFound: there is no such draft.
        DraftClosed: it was activated or discarded.
        StaleRevision: it was changed since.
    """
    require_role(caller, *EDITORS, verb=verb)

    def run(remember: Remember) -> Answer:
        prepared = None if prepare is None else prepare()
        with system.database.write() as work:
            people.lock_environment(work, caller.environment_id)
            environment = read_environment(work, caller.environment_id)
            directory = directory_of(system, work, environment)
            row = matrix_drafts.lock_draft(work, environment.id, draft_id)
            draft = check_open(row, directory, draft_id=draft_id, revision=revision)
            now = system.clock()
            desk = Desk(
                system=system,
                work=work,
                caller=caller,
                now=now,
                environment=environment,
                directory=directory,
                draft=draft,
                prepared=prepared,
            )
            entry = act(desk)
            answer = _answer(work, caller, draft_id, directory)
            tell_environment(system, work, environment.id, entry)
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)


def told(desk: Desk, kind: str, text: str, **facts: Any) -> AuditEntry:
    """Return the audit entry of what the caller did with the draft."""
    return AuditEntry(at=desk.now, kind=kind, text=text, actor=desk.caller.username, facts={"draft": desk.draft.id, **facts})


def _answer(work: UnitOfWork, caller: Caller, draft_id: str, directory: Directory) -> Answer:
    environment = read_environment(work, caller.environment_id)
    row = matrix_drafts.find_draft(work, environment.id, draft_id)
    assert row is not None, "it is locked"
    counts = matrix_drafts.count_changes(work, [draft_id])[draft_id]
    four_eyes = matrix_drafts.read_four_eyes(work, environment.id)
    body = draft_view(row, counts, caller=caller, directory=directory, environment=environment, four_eyes=four_eyes)
    return Answer(body=body, revision=row.revision)
