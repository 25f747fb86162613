"""Whether a draft may be closed, by whom, and what stands against it."""

from dataclasses import replace
from typing import Any

from app.domain.errors import DraftClosed, DraftEmpty, InvalidRequest, MatrixConflict, NotFound, SecondPersonNeeded, StaleRevision
from app.domain.people import Directory
from app.operations.answer import Caller, JsonObject
from app.operations.matrix.content import content_of_draft
from app.operations.matrix.drafts.views import change_views, closed_words
from app.operations.system import Environment
from app.persistence import matrix_drafts
from app.persistence.database import Reading
from app.persistence.matrix_content import ENTITIES, Change, Value, read_values

CONFLICTS_MAX = 200


def check_open(row: Any | None, directory: Directory, *, draft_id: str, revision: int | None) -> Any:
    """Return the draft's row when it is open and as the caller has seen it.

    Raises:
        NotFound: there is no such draft.
        DraftClosed: it was activated or discarded; says by whom.
        StaleRevision: it was changed since.
    """
    if row is None:
        raise NotFound(what="draft", id=draft_id)
    if row.closed_at is not None:
        raise DraftClosed(**closed_words(row, directory))
    if revision is not None and revision != row.revision:
        raise StaleRevision(what=f"draft {row.title}", expected=revision, actual=row.revision)
    return row


def check_activable(reading: Reading, row: Any, caller: Caller, environment: Environment, *, revision: int | None) -> None:
    """Return nothing when the caller may activate the draft as he has seen it.

    Raises:
        SecondPersonNeeded: it is his own, and the environment asks for four eyes.
        InvalidRequest: it is somebody else's, and he does not say which revision he has seen.
        DraftEmpty: it changes nothing.
    """
    if row.author_id == caller.user_id:
        if matrix_drafts.read_four_eyes(reading, environment.id):
            raise SecondPersonNeeded(draft=row.id)
    elif revision is None:
        text = "Name the revision of the draft that you have looked at, so that nothing is activated that you have not seen."
        raise InvalidRequest(text, errors={"revision": [text]})
    if not matrix_drafts.read_changes(reading, row.id, limit=1):
        raise DraftEmpty(draft=row.id)


def check_base(reading: Reading, row: Any, environment: Environment, directory: Directory) -> None:
    """Return nothing when the draft began at the version in force.

    Raises:
        MatrixConflict: it did not; `conflicts` names what both changed.
    """
    if row.base_version != environment.matrix_version:
        raise conflict_of(reading, row, environment, directory)


def conflict_of(reading: Reading, row: Any, environment: Environment, directory: Directory) -> MatrixConflict:
    """Return the refusal of a draft that began at another version than the one in force."""
    conflicts = find_conflicts(reading, row, environment)
    content = content_of_draft(reading, environment.id, row.id)
    shown = conflicts[:CONFLICTS_MAX]
    mine = change_views([change for change, _ in shown], content, directory)
    theirs = change_views([replace(change, after=value) for change, value in shown], content, directory)
    views: list[JsonObject] = [{**own, "theirs": other["fields"]} for own, other in zip(mine, theirs, strict=True)]
    remedy = "Rebase the draft, and have it looked at again." if not conflicts else "Rebase it, and say whose changes are to stand."
    text = (
        f"The approval matrix is at version {environment.matrix_version}, but draft {row.title} was made from version "
        f"{row.base_version}; {len(conflicts)} of its changes touch what was changed since. {remedy}"
    )
    return MatrixConflict(
        text, base=row.base_version, current=environment.matrix_version, draft=row.id, count=len(conflicts), conflicts=views
    )


def find_conflicts(reading: Reading, row: Any, environment: Environment) -> list[tuple[Change, Value | None]]:
    """Return the draft's changes whose object is not in force any more as the change found it, with what it is now."""
    changes = matrix_drafts.read_changes(reading, row.id)
    found: list[tuple[Change, Value | None]] = []
    for entity in ENTITIES.values():
        own = [change for change in changes if change.entity == entity.name]
        current = read_values(reading, environment.id, entity, keys=[change.entity_id for change in own]) if own else {}
        found += [(change, current.get(change.entity_id)) for change in own if current.get(change.entity_id) != change.before]
    return found
