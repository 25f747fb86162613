"""Rename a saved filter, give it other conditions, or move it."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.errors import FilterNameInUse
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.system import System
from app.operations.tasks.saved_filters import check_name, filter_view, find_own, write_query
from app.persistence import saved_filters
from app.persistence.database import UnitOfWork


def change_filter(
    system: System,
    caller: Caller,
    filter_id: str,
    *,
    name: str | None = None,
    query: Mapping[str, Any] | None = None,
    position: int | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Change what is given; the other filters move up or down to make room.

    Raises:
        NotFound: the caller has no such filter.
        StaleRevision: it changed since he has seen it.
        InvalidRequest, FilterNameInUse: as for a new one.
    """
    changes: dict[str, Any] = {} if name is None else {"name": check_name(name)}
    changes |= {} if query is None else {"query": write_query(query)}

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            rows = saved_filters.lock_filters(work, caller.user_id)
            row = find_own(rows, filter_id, revision=revision)
            if any(each.name == changes.get("name") and each.id != row.id for each in rows):
                raise FilterNameInUse(name=changes["name"])
            saved_filters.update_filter(work, row.id, **changes, revision=row.revision + 1)
            if position is not None:
                _move(work, rows, row, position)
            changed = find_own(saved_filters.list_filters(work, caller.user_id), filter_id, revision=None)
            answer = Answer(body=filter_view(changed), revision=changed.revision)
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)


def _move(work: UnitOfWork, rows: Sequence[Any], row: Any, position: int) -> None:
    others = [each for each in rows if each.id != row.id]
    others.insert(position - 1, row)
    for place, each in enumerate(others, start=1):
        if each.position != place:
            saved_filters.update_filter(work, each.id, position=place)
