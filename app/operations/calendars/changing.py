"""What every change of business calendars has in common: one at a time, told on the environment's chain, seen by everybody at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.domain.audit import AuditEntry
from app.domain.people import ADMINISTRATOR, WORKFLOW_ADMINISTRATOR
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.calendars.content import calendar_view
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.system import Environment, System
from app.operations.turn import check_current, read_environment
from app.operations.visibility import require_role
from app.persistence import calendars, people
from app.persistence.database import UnitOfWork

KEEPERS = (ADMINISTRATOR, WORKFLOW_ADMINISTRATOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Which calendar was changed, and how the environment's story tells it: "NAME did `text`."."""

    calendar_id: str
    kind: str
    text: str
    facts: dict[str, Any]


def change_calendars(
    system: System, caller: Caller, change: Callable[[UnitOfWork, Environment], Changed], *, status: int, request: RequestKey | None
) -> Answer:
    """Apply a change under the environment's lock and answer the calendar as it is then.

    Raises:
        NotPermitted: the caller is no administrator.
    """
    require_role(caller, *KEEPERS, verb="keep business calendars")

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            people.lock_environment(work, caller.environment_id)
            environment = read_environment(work, caller.environment_id)
            check_current(caller, environment)
            changed = change(work, environment)
            people.raise_authority_version(work, environment.id)
            work.flush()
            row = calendars.find_calendar(work, environment.id, changed.calendar_id)
            assert row is not None, "calendars are never deleted"
            companies = calendars.read_company_calendars(work, environment.id)
            body = calendar_view(row, companies=companies, year=system.clock().year)
            text = f"{caller.full_name} {changed.text}."
            facts = changed.facts | {"calendar": changed.calendar_id}
            entry = AuditEntry(at=system.clock(), kind=changed.kind, text=text, actor=caller.username, facts=facts)
            tell_environment(system, work, environment.id, entry)
            answer = Answer(body=body, status=status, revision=row.revision)
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)
