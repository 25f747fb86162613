"""Writing into a draft: the caller's open one, made when there is none, in one transaction with its audit entry."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.audit import AuditEntry
from app.domain.errors import NotFound, StaleRevision
from app.domain.people import CONSULTANT, MATRIX_ADMINISTRATOR, Directory
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.matrix.content import Content, content_of_draft
from app.operations.system import Environment, System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import require_role
from app.persistence import matrix_drafts
from app.persistence.database import UnitOfWork
from app.persistence.matrix_content import Change, Entity, Value, find_value

EDITORS = (MATRIX_ADMINISTRATOR, CONSULTANT)
OPEN, IN_REVIEW, ACTIVATED, DISCARDED = "open", "in_review", "activated", "discarded"
TOLD_MAX = 20


@dataclass(kw_only=True)
class Drafting:
    """One transaction that changes the caller's draft; `content` is the matrix as the draft makes it."""

    system: System
    work: UnitOfWork
    caller: Caller
    environment: Environment
    directory: Directory
    now: datetime
    draft: Any
    is_new: bool
    content: Content
    warnings: list[str] = field(default_factory=list)
    changes: dict[tuple[str, str], Change] = field(default_factory=dict)
    touched: set[tuple[str, str]] = field(default_factory=set)

    def get(self, entity: Entity, entity_id: str, *, what: str, revision: int | None = None) -> Value:
        """Return the object as the draft has it.

        Raises:
            NotFound: there is none of this id.
            StaleRevision: it is not at `revision`, which the caller has seen.
        """
        value = self.content.find(entity, entity_id)
        if value is None:
            raise NotFound(what=what, id=entity_id)
        if revision is not None and revision != value["revision"]:
            raise StaleRevision(what=f"{what} {value.get('key', entity_id)}", expected=revision, actual=value["revision"])
        return value

    def put(self, entity: Entity, entity_id: str, after: Value | None, *, is_touched: bool = False) -> Value | None:
        """Make the object `after` in the draft, one revision up, and return it; the same content as before changes nothing.

        `is_touched` says that parts of the object which are objects of their own have changed: it gets a new revision in any case.
        """
        seen = self.content.find(entity, entity_id)
        if is_touched:
            self.touched.add((entity.name, entity_id))
        elif seen is not None and after is not None and _plain(seen) == _plain(after):
            return seen
        earlier = self.changes.get((entity.name, entity_id)) or matrix_drafts.find_change(self.work, self.draft.id, entity.name, entity_id)
        before = earlier.before if earlier else find_value(self.work, self.environment.id, entity, entity_id)
        if after is not None:
            after = {**after, "revision": 1 if seen is None else seen["revision"] + 1}
        self.changes[entity.name, entity_id] = Change(entity=entity.name, entity_id=entity_id, before=before, after=after)
        self.content.put(entity, entity_id, after)
        return after

    def add(self, entity: Entity, value: Value) -> str:
        """Add an object to the draft and return its new id."""
        entity_id = self.system.new_id()
        self.put(entity, entity_id, value)
        return entity_id

    def close(self, text: str, **facts: Any) -> None:
        """Store what was put, and tell it; what came back to how it was before is no change any more.

        A draft that was asked to be reviewed is open again: whoever looks at it must see what it is now.
        """
        if not self.changes:
            if self.is_new:
                matrix_drafts.delete_draft(self.work, self.draft.id)
            return
        kept: list[Change] = []
        for (entity, entity_id), each in self.changes.items():
            if _plain(each.before) == _plain(each.after) and (entity, entity_id) not in self.touched:
                matrix_drafts.delete_change(self.work, self.draft.id, entity, entity_id)
            else:
                kept.append(each)
        matrix_drafts.put_changes(self.work, self.environment.id, self.draft.id, kept)
        revision = self.draft.revision if self.is_new else self.draft.revision + 1
        matrix_drafts.update_draft(self.work, self.draft.id, status=OPEN, revision=revision, reviewer_id=None, review_requested_at=None)
        told = [
            {"entity": each.entity, "id": each.entity_id, "action": each.action, "after": each.after}
            for each in list(self.changes.values())[:TOLD_MAX]
        ]
        entry = AuditEntry(
            at=self.now,
            kind="matrix_draft_changed",
            text=f"{self.caller.full_name} drafted: {text}",
            actor=self.caller.username,
            facts={"draft": self.draft.id, "revision": revision, "count": len(self.changes), "changes": told, **facts},
        )
        tell_environment(self.system, self.work, self.environment.id, entry)

    def told(self) -> JsonObject:
        """Return what every answer to an edit says: where the change went, and which version is in force without it."""
        is_kept = bool(self.changes) or not self.is_new
        return {"draft": self.draft.id if is_kept else None, "version": self.environment.matrix_version, "warnings": self.warnings}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """What an edit did: a sentence for the audit trail, and the object to answer with."""

    text: str
    body: JsonObject
    revision: int | None = None


def edit_matrix(
    system: System,
    caller: Caller,
    edit: Callable[[Drafting], Edited],
    *,
    verb: str,
    request: RequestKey | None,
    status: int = 200,
    roles: Sequence[str] = EDITORS,
) -> Answer:
    """Run `edit` on the caller's open draft and return the answer with the draft it went into.

    Raises:
        NotPermitted: the caller has none of the roles.
    """
    require_role(caller, *roles, verb=verb)

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            drafting = begin_drafting(system, work, caller)
            edited = edit(drafting)
            drafting.close(edited.text)
            answer = Answer(body=edited.body | drafting.told(), status=status, revision=edited.revision)
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)


def begin_drafting(system: System, work: UnitOfWork, caller: Caller, *, title: str | None = None) -> Drafting:
    """Return the caller's draft, locked and ready to be written into; a new one begins at the version in force."""
    environment = read_environment(work, caller.environment_id)
    now = system.clock()
    draft_id = system.new_id()
    draft = matrix_drafts.open_draft(
        work,
        environment.id,
        {
            "id": draft_id,
            "environment_id": environment.id,
            "title": title or f"Changes of {caller.full_name}",
            "status": OPEN,
            "revision": 1,
            "base_version": environment.matrix_version,
            "author_id": caller.user_id,
            "open_author_id": caller.user_id,
            "created_at": now,
        },
    )
    return Drafting(
        system=system,
        work=work,
        caller=caller,
        environment=environment,
        directory=directory_of(system, work, environment),
        now=now,
        draft=draft,
        is_new=draft.id == draft_id,
        content=content_of_draft(work, environment.id, draft.id),
    )


def _plain(value: Value | None) -> Value | None:
    """Return the value without its revision."""
    return None if value is None else {name: field for name, field in value.items() if name != "revision"}
