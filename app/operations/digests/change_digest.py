"""One mail a day, or a mail for each thing that happens."""

from app.domain.audit import AuditEntry
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.digests.hours import next_digest
from app.operations.digests.read_digest import digest_view
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.system import System
from app.operations.turn import check_current, read_environment
from app.persistence import digests, people


def change_digest(system: System, caller: Caller, *, hour: int | None, request: RequestKey | None = None) -> Answer:
    """Let the caller have one mail a day at a full hour of the environment's clock; with None a mail for each thing that happens again.

    Mails about his tasks are not written any more from now on: the list of the day names every task that waits for him.
    """

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            people.lock_environment(work, caller.environment_id)
            environment = read_environment(work, caller.environment_id)
            check_current(caller, environment)
            now = system.clock()
            if hour is None:
                digests.delete_digest(work, caller.user_id)
                text = "wants a mail for each thing that happens"
            else:
                digests.put_digest(
                    work,
                    id=system.new_id(),
                    environment_id=caller.environment_id,
                    user_id=caller.user_id,
                    hour=hour,
                    due_at=next_digest(now, hour=hour, zone=environment.zone),
                    created_at=now,
                )
                text = f"wants one mail a day, at {hour:02}:00"
            people.raise_authority_version(work, caller.environment_id)
            answer = Answer(body=digest_view(digests.find_digest(work, caller.user_id)))
            entry = AuditEntry(
                at=now,
                kind="digest_changed",
                text=f"{caller.full_name} {text}.",
                actor=caller.username,
                facts={"user": caller.username, "hour": hour},
            )
            tell_environment(system, work, caller.environment_id, entry)
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)
