"""Another kind of user: only full users hold mandates, so that who stops being one loses his, once somebody has confirmed it."""

from datetime import datetime
from typing import Any

from app.domain.audit import AuditEntry
from app.domain.errors import NotFound, UserHasMandates
from app.domain.people import ADMINISTRATOR, APPLICATION_MANAGER
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.instances.recheck_routes import recheck_routes
from app.operations.matrix.content import content_in_force
from app.operations.matrix.drafts.change_now import change_matrix_now
from app.operations.matrix.snapshots import resolution_day
from app.operations.matrix.views import mandate_views
from app.operations.system import Environment, System
from app.operations.turn import check_current, directory_of, read_environment
from app.operations.visibility import require_role
from app.persistence import people
from app.persistence.database import UnitOfWork
from app.persistence.matrix_content import MANDATE, Change, Value, read_values

FULL = "full"
NAMED_MAX = 200


def change_user_kind(
    system: System,
    caller: Caller,
    user_id: str,
    *,
    kind: str,
    expire_mandates: bool = False,
    request: RequestKey | None = None,
) -> Answer:
    """Make a user a full user, a portal user, or none of both.

    Who stops being a full user can sign no more: his mandates expire as a version of the matrix of its own, and the running routes that
    name him are looked at again. The same kind as before changes nothing.

    Args:
        system: the clock and the database.
        caller: who keeps the users.
        user_id: whose kind changes.
        kind: full, portal or none.
        expire_mandates: whether the caller has seen which mandates expire with it.
        request: the key of a request that may be sent again.

    Raises:
        NotPermitted: the caller does not keep users.
        NotFound: there is no such user in his environment.
        UserHasMandates: mandates are active, and nobody has confirmed that they expire; lists them.
    Source: MXU-02.
    """
    require_role(caller, APPLICATION_MANAGER, ADMINISTRATOR, verb="change the kind of a user")

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            people.lock_environment(work, caller.environment_id)
            environment = read_environment(work, caller.environment_id)
            check_current(caller, environment)
            row, _ = people.read_caller(work, user_id)
            if row is None or row.environment_id != environment.id:
                raise NotFound(what="user", id=user_id)
            if row.kind == kind:
                answer = _answer(row, kind, version=environment.matrix_version)
            else:
                answer = _change(system, work, caller, environment, row, kind=kind, is_confirmed=expire_mandates)
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)


def _change(
    system: System, work: UnitOfWork, caller: Caller, environment: Environment, row: Any, *, kind: str, is_confirmed: bool
) -> Answer:
    """Change the kind and what follows from it; instances are waited for before the audit chain of the environment is locked."""
    now = system.clock()
    mandates = {} if kind == FULL else _active_mandates(work, environment, row.id, now)
    shown = _views(system, work, environment, mandates)
    if mandates and not is_confirmed:
        raise UserHasMandates(user=row.username, kind=kind, count=len(mandates), mandates=shown)
    people.update_user(work, row.id, kind=kind)
    people.raise_authority_version(work, environment.id)
    rechecked = recheck_routes(system, work, environment.id, row.username) if row.kind == FULL else 0
    version = change_matrix_now(
        system,
        work,
        environment.id,
        [_expired(mandate_id, value) for mandate_id, value in mandates.items()],
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
    tell_environment(system, work, environment.id, entry)
    return _answer(row, kind, version=number, expired=shown, expired_count=len(mandates), rechecked=rechecked)


def _active_mandates(work: UnitOfWork, environment: Environment, user_id: str, now: datetime) -> dict[str, Value]:
    """Return the legal mandates that count today or will; their financial rows have no status of their own."""
    today = resolution_day(environment, now).isoformat()
    return {
        mandate_id: value
        for mandate_id, value in read_values(work, environment.id, MANDATE, column="user_id", keys=[user_id]).items()
        if value["status"] == "active" and (value["ends_on"] is None or value["ends_on"] >= today)
    }


def _expired(mandate_id: str, value: Value) -> Change:
    after = {**value, "status": "expired", "revision": value["revision"] + 1}
    return Change(entity=MANDATE.name, entity_id=mandate_id, before=value, after=after)


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


def _answer(
    row: Any, kind: str, *, version: int, expired: list[JsonObject] | None = None, expired_count: int = 0, rechecked: int = 0
) -> Answer:
    return Answer(
        body={
            "id": row.id,
            "username": row.username,
            "full_name": row.full_name,
            "kind": kind,
            "active": row.active,
            "version": version,
            "expired": expired or [],
            "expired_count": expired_count,
            "rechecked": rechecked,
        }
    )
