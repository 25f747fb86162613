"""Forget a saved filter."""

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.system import System
from app.operations.tasks.saved_filters import filter_view, find_own
from app.persistence import saved_filters


def delete_filter(
    system: System, caller: Caller, filter_id: str, *, revision: int | None = None, request: RequestKey | None = None
) -> Answer:
    """Forget a filter of the caller and return what it was, so that it can be saved again; those behind it move up.

    Raises:
        NotFound: he has no such filter.
        StaleRevision: it changed since he has seen it.
    """

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            rows = saved_filters.lock_filters(work, caller.user_id)
            row = find_own(rows, filter_id, revision=revision)
            saved_filters.delete_filter(work, row.id)
            for each in rows:
                if each.position > row.position:
                    saved_filters.update_filter(work, each.id, position=each.position - 1)
            answer = Answer(body=filter_view(row))
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)
