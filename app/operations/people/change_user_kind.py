"""Another kind of user: only full users hold mandates, so that who stops being one loses his, once somebody has confirmed it."""

from typing import Any

from app.domain.audit import AuditEntry
from app.domain.errors import UserHasMandates
from app.domain.people import NO_LICENCE
from app.operations.answer import Caller, JsonObject
from app.operations.instances.recheck_routes import recheck_routes
from app.operations.matrix.content import content_in_force
from app.operations.matrix.drafts.change_now import change_matrix_now
from app.operations.matrix.views import mandate_views
from app.operations.partners.calling_back import call_back_from_person
from app.operations.people.held_mandates import held_mandates, let_expire
from app.operations.people.sessions import revoke_access
from app.operations.system import Environment, System
from app.operations.turn import directory_of
from app.persistence import people
from app.persistence.database import UnitOfWork
from app.persistence.matrix_content import Value

FULL = "full"
NAMED_MAX = 200


def change_user_kind(
    system: System, work: UnitOfWork, caller: Caller, environment: Environment, row: Any, *, kind: str, is_confirmed: bool
) -> tuple[JsonObject, list[AuditEntry]]:
    """Make a user a full user, a portal user, or none of both; return what followed, and what the environment's audit chain is to tell.

    Who stops being a full user can sign no more: his mandates expire as a version of the matrix of its own, and the running routes that
    name him, and what he has, are looked at again. The same kind as before changes nothing. Instances are waited for here, so before the audit chain of
    the environment is locked.

    Args:
        system: the clock and the database.
        work: the transaction, in which the environment is locked.
        caller: who keeps the users.
        environment: as it was when the transaction began.
        row: the user's row.
        kind: full, portal or none.
        is_confirmed: whether the caller has seen which mandates expire with it.

    Raises:
        UserHasMandates: mandates are active, and nobody has confirmed that they expire; lists them.
    Source: MXU-02.
    """
    if row.kind == kind:
        return _followed(version=environment.matrix_version), []
    now = system.clock()
    mandates = {} if kind == FULL else held_mandates(work, environment, row.id, now)
    shown = _views(system, work, environment, mandates)
    if mandates and not is_confirmed:
        raise UserHasMandates(user=row.username, kind=kind, count=len(mandates), mandates=shown)
    people.update_user(work, row.id, kind=kind)
    if row.kind == NO_LICENCE:
        revoke_access(system, work, row.id)  # others made its tokens, and would go on acting as the person whose account it becomes
    if row.kind == FULL:
        call_back_from_person(system, work, row.id, why=f"{row.full_name} is no full user any more.", now=now)
    rechecked = recheck_routes(system, work, environment.id, row.username) if kind != FULL else 0
    version = change_matrix_now(
        system,
        work,
        environment.id,
        let_expire(mandates),
        title=f"The mandates of {row.username} expire: {kind} instead of {row.kind} user",
        author_id=caller.user_id,
        actor=caller.username,
        now=now,
    )
    number = environment.matrix_version if version is None else version.number
    entry = AuditEntry(
        at=now,
        kind="user_kind_changed",
        text=f"{caller.full_name} made {row.full_name} a {kind} user instead of a {row.kind} user; mandates expired: {len(mandates)}.",
        actor=caller.username,
        facts={"user": row.username, "before": row.kind, "after": kind, "version": number, "count": len(mandates), "mandates": shown},
    )
    return _followed(version=number, expired=shown, expired_count=len(mandates), rechecked=rechecked), [entry]


def _views(system: System, work: UnitOfWork, environment: Environment, mandates: dict[str, Value]) -> list[JsonObject]:
    """Return the first mandates with the steps that they are for."""
    if not mandates:
        return []
    named = dict(list(mandates.items())[:NAMED_MAX])
    views = mandate_views(content_in_force(work, environment.id), directory_of(system, work, environment), named)
    return [
        {
            "id": view["id"],
            "approval_type": view["approval_type"],
            "rule": view["rule"],
            "steps": list(dict.fromkeys(step for line in view["financial"] for step in line["steps"])),
            "starts_on": view["starts_on"],
            "ends_on": view["ends_on"],
        }
        for view in views
    ]


def _followed(*, version: int, expired: list[JsonObject] | None = None, expired_count: int = 0, rechecked: int = 0) -> JsonObject:
    return {"version": version, "expired": expired or [], "expired_count": expired_count, "rechecked": rechecked}
