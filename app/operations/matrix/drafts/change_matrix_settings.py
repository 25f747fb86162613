"""Whether a second person has to activate drafts."""

from app.domain.audit import AuditEntry
from app.domain.people import CONSULTANT
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.system import System
from app.operations.turn import read_environment
from app.operations.visibility import require_role
from app.persistence import matrix_drafts


def change_matrix_settings(system: System, caller: Caller, *, four_eyes: bool, request: RequestKey | None = None) -> Answer:
    """Say whether a second person has to activate drafts of this environment. Who keeps the matrix cannot lift the control on himself.

    Raises:
        NotPermitted: the caller is no consultant.
    """
    require_role(caller, CONSULTANT, verb="change settings of the approval matrix")

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            environment = read_environment(work, caller.environment_id)
            before = matrix_drafts.read_four_eyes(work, environment.id)
            matrix_drafts.write_four_eyes(work, environment.id, four_eyes=four_eyes)
            digest = matrix_drafts.digest_of_version(work, environment.id, environment.matrix_version)
            word = "two persons" if four_eyes else "one person"
            entry = AuditEntry(
                at=system.clock(),
                kind="matrix_settings_changed",
                text=f"{caller.full_name} let changes of the approval matrix take {word}.",
                actor=caller.username,
                facts={"before": before, "after": four_eyes},
            )
            if before != four_eyes:
                tell_environment(system, work, environment.id, entry)
            answer = Answer(body={"four_eyes": four_eyes, "version": environment.matrix_version, "digest": digest})
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)
