"""The inbox."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from app.domain.errors import UnknownColumn
from app.domain.people import Directory
from app.operations.answer import Answer, Caller, JsonObject, page
from app.operations.cursors import Reader, read_amount, read_cursor, read_id, read_instant, read_text, read_word, write_cursor
from app.operations.partners.seating import Host, hosts_of
from app.operations.system import System
from app.operations.tasks.inbox_query import UNFILTERED, WHOSE, TaskFilters, build_query, check_choice, check_order, is_descending
from app.operations.tasks.view import one_share_a_slot, pips, task_flags, task_item
from app.operations.turn import directory_of, last_seen, see
from app.persistence.database import Reading
from app.persistence.inbox import InboxPage, InboxRow, read_inbox
from app.persistence.inbox_conditions import InboxQuery

ROUNDS_MAX = 20
COLUMNS = frozenset(
    (
        *("id", "name", "element", "kind", "step", "status", "my_status", "mode", "due_at", "priority", "process_instance_id", "process"),
        "environment",
        *("document", "assignees", "pool", "why", "why_short", "to_sign", "on_behalf_of", "claimed_by", "reminded_at", "hold"),
        *("paused_at", "question", "escalated_to", "escalated_from", "delegated_to", "received_at", "created_at", "outcome"),
        *("decided_by", "stand_in", "decided_at", "my_decided_at", "revision", "route", "flags", "comments"),
    )
)
"""What a row of the list may show. Why a document was rejected stands on its timeline alone (TSK-10)."""
_READERS: Mapping[str, Sequence[Reader]] = {
    "due": (read_instant,),
    "received": (read_instant,),
    "amount": (read_text, read_amount),
    "seller": (read_text,),
}


def list_tasks(
    system: System,
    caller: Caller,
    *,
    status: str = "open",
    sort: str = "due",
    order: str | None = None,
    columns: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
    **filters: Any,
) -> Answer:
    """Return one page of the caller's tasks under the filters of TaskFilters.

    Open ones come by due date, soonest first; completed and escalated ones newest first; `sort` and `order` say otherwise. Tasks of the
    people whom the caller stands in for are among them. `columns` names what of each row is wanted, separated by commas.

    Raises:
        InvalidRequest: no such status, sort or order, or not a cursor of this list; a filter that nothing could match.
        UnknownColumn: a column that the list has not.
    Source: TSK-02, TSK-08, TSK-09, TSK-10.
    """
    check_order(status=status, sort=sort, order=order)
    wanted = read_columns(columns)
    given = UNFILTERED
    if filters:
        given = TaskFilters(**filters)
        given.check()
        check_choice("for", given.whose, WHOSE)
    mark = f"{status} {sort} {'down' if is_descending(status, order) else 'up'}"
    after = read_cursor(cursor, partial(read_word, mark), *_READERS[sort], read_id)
    with system.database.read() as reading:
        environment = last_seen(system, reading, caller)
        while True:
            directory = directory_of(system, reading, environment)
            query = build_query(
                system,
                reading,
                caller,
                environment,
                directory,
                filters=given,
                status=status,
                sort=sort,
                order=order,
                after=after[1:] if after else None,
                limit=limit + 1,
            )
            found = read_inbox(reading, query)
            seen = see(system, caller, found.environment)
            if seen.authority_version == environment.authority_version:
                break
            environment = seen
        rows, last = _read_on(reading, query, found, limit=limit)
        hosts = hosts_of(system, reading, caller, rows)
    items = [_item(row, query, directory, caller, host=hosts.get(row.assignments[0].environment_id)) for row in rows]
    if wanted:
        items = [{name: value for name, value in item.items() if name in wanted} for item in items]
    return Answer(body=page(items, next_cursor=write_cursor(mark, *map(_write, last)) if last else None))


def read_columns(text: str | None) -> frozenset[str]:
    """Return the columns that a text names, the id always among them; an empty set when it names none, which means all.

    Raises:
        UnknownColumn: the list has no such column.
    """
    if text is None:
        return frozenset()
    named = [each.strip() for each in text.split(",")]
    unknown = next((each for each in named if each not in COLUMNS), None)
    if unknown is not None:
        raise UnknownColumn(column=unknown, columns=", ".join(sorted(COLUMNS)))
    return frozenset(("id", *named))


def _read_on(reading: Reading, query: InboxQuery, found: InboxPage, *, limit: int) -> tuple[list[InboxRow], Sequence[Any] | None]:
    """Return the rows of the page and the position to go on from; None at the end.

    A task in which people hold several shares stands where the first of them does. What so falls out of a page is made up for by the next
    statement, which nearly no page needs.
    """
    rows: list[InboxRow] = []
    for _ in range(ROUNDS_MAX):
        rows += [row for row in found.rows if len(row.shown) == 1 or _stands_for_its_task(row, query)]
        if len(rows) > limit:
            return rows[:limit], rows[limit - 1].position
        if len(found.rows) < query.limit:
            return rows, None
        found = read_inbox(reading, query.going_on_after(found.rows[-1].position))
    return rows, found.rows[-1].position if found.rows else None


def _stands_for_its_task(row: InboxRow, query: InboxQuery) -> bool:
    """Return whether the row's share is the first of those in its task that the list would show."""
    places = [(each.sort_at, each.id) if query.sort == "due" else (each.id,) for each in row.shown]
    first = max(places) if query.descending else min(places)
    return bool(first[-1] == row.position[-1])


def _item(row: InboxRow, query: InboxQuery, directory: Directory, caller: Caller, *, host: Host | None) -> JsonObject:
    """Return a row of the inbox; `host` is the partner's environment that the task is in, None in the caller's own."""
    mine = one_share_a_slot(row.shown, caller) if "open" in query.statuses else row.shown
    item = task_item(
        row.task, assignments=row.assignments, mine=mine, directory=host.directory if host else directory, viewer_id=caller.user_id
    )
    item["environment"] = host.key if host else None
    item["process"] = row.task.definition_key
    item["route"] = pips(row.route_steps, row.step_statuses)
    item["flags"] = task_flags(row.task, mine, changed_by_version=row.changed_by_version, now=query.now)
    item["comments"] = row.task.comments
    return item


def _write(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
