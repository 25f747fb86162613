"""Reading the objects of the matrix: pages of what is in force, and one object as a draft has it."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from app.domain.errors import NotFound
from app.domain.people import (
    ADMINISTRATOR,
    ANALYST,
    APPLICATION_MANAGER,
    CODING,
    CONSULTANT,
    INTEGRATOR,
    MATRIX_ADMINISTRATOR,
    WORKFLOW_ADMINISTRATOR,
    Directory,
)
from app.operations.answer import Answer, Caller, JsonObject, page
from app.operations.cursors import read_cursor, read_id, read_key, write_cursor
from app.operations.matrix.content import Content, content_in_force, content_of_draft
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import require_role
from app.persistence import matrix_drafts
from app.persistence.database import Reading
from app.persistence.matrix_content import Entity, Value, page_values

READERS = (MATRIX_ADMINISTRATOR, CONSULTANT, ADMINISTRATOR, APPLICATION_MANAGER, WORKFLOW_ADMINISTRATOR, ANALYST)
CODERS = (*READERS, CODING, INTEGRATOR)

View: TypeAlias = Callable[[Content, Directory, Mapping[str, Value]], list[JsonObject]]
"""From objects to their form in the API, in the same order."""


def list_objects(
    system: System,
    caller: Caller,
    entity: Entity,
    view: View,
    *,
    where: Callable[[Content, Directory], Mapping[str, Any] | None],
    limit: int,
    cursor: str | None,
    roles: tuple[str, ...] = READERS,
) -> Answer:
    """Return a page of the objects in force; each says what the caller's own draft does to it.

    Args:
        system: the clock and the database.
        caller: who reads.
        entity: the kind of object.
        view: their form in the API.
        where: the columns to filter by; None when the filter names nothing that exists.
        limit: how many at most.
        cursor: where to go on.
        roles: who may read.

    Raises:
        NotPermitted: the caller has none of the roles.
    """
    require_role(caller, *roles, verb="read this part of the approval matrix")
    readers = [read_id if name == "id" else read_key for name in entity.order]
    position = read_cursor(cursor, *readers)
    with system.database.read() as reading:
        directory = directory_of(system, reading, read_environment(reading, caller.environment_id))
        content = content_in_force(reading, caller.environment_id)
        filters = where(content, directory)
        found: dict[str, Value] = {}
        if filters is not None:
            found = page_values(reading, caller.environment_id, entity, where=filters, after=position, limit=limit + 1)
        shown = dict(list(found.items())[:limit])
        pending = _pending(reading, caller, list(shown))
        items = [{**item, "pending": pending.get(item["id"])} for item in view(content, directory, shown)]
    more = None
    if len(found) > limit:
        last_id, last = list(shown.items())[-1]
        more = write_cursor(*(last_id if name == "id" else last[name] for name in entity.order))
    return Answer(body=page(items, next_cursor=more))


def read_object(
    system: System,
    caller: Caller,
    entity: Entity,
    entity_id: str,
    view: View,
    *,
    what: str,
    draft: str | None,
    roles: tuple[str, ...] = READERS,
) -> Answer:
    """Return one object as a draft has it: the named one, else the caller's own open one, else as it is in force.

    Raises:
        NotPermitted: the caller has none of the roles.
        NotFound: there is no such object, or no such draft.
    """
    require_role(caller, *roles, verb="read this part of the approval matrix")
    with system.database.read() as reading:
        environment = read_environment(reading, caller.environment_id)
        content, draft_id = content_seen(reading, caller, draft=draft)
        value = content.find(entity, entity_id)
        if value is None:
            raise NotFound(what=what, id=entity_id)
        (body,) = view(content, directory_of(system, reading, environment), {entity_id: value})
        pending = _pending(reading, caller, [entity_id]).get(entity_id)
    told = {"draft": draft_id, "version": environment.matrix_version, "pending": pending}
    return Answer(body=body | told, revision=value["revision"])


def content_seen(reading: Reading, caller: Caller, *, draft: str | None) -> tuple[Content, str | None]:
    """Return the matrix of a draft, the caller's own open one when none is named, and the draft's id; without one, what is in force.

    Raises:
        NotFound: there is no such draft.
    """
    if draft is not None:
        row = matrix_drafts.find_draft(reading, caller.environment_id, draft)
        if row is None:
            raise NotFound(what="draft", id=draft)
    else:
        row = matrix_drafts.find_open_draft(reading, caller.environment_id, caller.user_id)
    if row is None or row.closed_at is not None:
        return content_in_force(reading, caller.environment_id), None
    return content_of_draft(reading, caller.environment_id, row.id), row.id


def _pending(reading: Reading, caller: Caller, entity_ids: list[str]) -> Mapping[str, str]:
    row = matrix_drafts.find_open_draft(reading, caller.environment_id, caller.user_id) if entity_ids else None
    return {} if row is None else matrix_drafts.actions_on(reading, row.id, entity_ids)
