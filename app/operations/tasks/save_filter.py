"""Keep a filter of one's inbox."""

from collections.abc import Mapping
from typing import Any

from app.domain.errors import FilterNameInUse, TooManyFilters
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.system import System
from app.operations.tasks.saved_filters import FILTERS_MAX, check_name, filter_view, find_own, write_query
from app.persistence import saved_filters


def save_filter(
    system: System, caller: Caller, *, name: str, query: Mapping[str, Any], position: int | None = None, request: RequestKey | None = None
) -> Answer:
    """Keep the conditions under a name, at a place in the caller's list, by default the last.

    Raises:
        InvalidRequest: no name, or conditions that the task list would not take.
        FilterNameInUse: another filter of his has the name.
        TooManyFilters: he has FILTERS_MAX already.
    Source: TSK-09.
    """
    name, stored = check_name(name), write_query(query)

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            rows = saved_filters.lock_filters(work, caller.user_id)
            if any(each.name == name for each in rows):
                raise FilterNameInUse(name=name)
            if len(rows) >= FILTERS_MAX:
                raise TooManyFilters(limit=FILTERS_MAX)
            filter_id, place = system.new_id(), min(position or FILTERS_MAX, len(rows) + 1)
            for each in rows:
                if each.position >= place:
                    saved_filters.update_filter(work, each.id, position=each.position + 1)
            saved_filters.insert_filter(
                work,
                id=filter_id,
                environment_id=caller.environment_id,
                user_id=caller.user_id,
                name=name,
                position=place,
                query=stored,
                revision=1,
                created_at=system.clock(),
            )
            row = find_own(saved_filters.list_filters(work, caller.user_id), filter_id, revision=None)
            answer = Answer(body=filter_view(row), status=201, revision=1)
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)
