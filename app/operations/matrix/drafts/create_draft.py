"""A draft with a title of its own."""

from app.domain.audit import AuditEntry
from app.domain.errors import DraftOpen
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.matrix.drafts.drafting import EDITORS, begin_drafting
from app.operations.matrix.drafts.views import draft_view
from app.operations.system import System
from app.operations.visibility import require_role
from app.persistence import matrix_drafts


def create_draft(system: System, caller: Caller, *, title: str, request: RequestKey | None = None) -> Answer:
    """Open a draft that takes the caller's changes of the matrix from now on; it begins at the version in force.

    Raises:
        NotPermitted: the caller does not keep the approval matrix.
        DraftOpen: the caller has an open draft already.
    """
    require_role(caller, *EDITORS, verb="change the approval matrix")

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            drafting = begin_drafting(system, work, caller, title=title)
            row, environment = drafting.draft, drafting.environment
            if not drafting.is_new:
                raise DraftOpen(draft=row.id)
            four_eyes = matrix_drafts.read_four_eyes(work, environment.id)
            body = draft_view(row, {}, caller=caller, directory=drafting.directory, environment=environment, four_eyes=four_eyes)
            text = f"{caller.full_name} opened the draft {title}."
            facts = {"draft": row.id, "base_version": row.base_version}
            entry = AuditEntry(at=drafting.now, kind="matrix_draft_opened", text=text, actor=caller.username, facts=facts)
            tell_environment(system, work, environment.id, entry)
            answer = Answer(body=body, status=201, revision=row.revision)
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)
