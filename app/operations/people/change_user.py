"""Other fields of a user."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.domain.audit import AuditEntry
from app.domain.errors import GrantRefused, StaleRevision
from app.domain.people import ADMINISTRATOR
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.people.change_user_kind import change_user_kind
from app.operations.people.held_mandates import held_mandates
from app.operations.people.keeping import check_may_clear, find_kept
from app.operations.people.read_user import user_body
from app.operations.people.user_fields import Fields, messages_of, read_fields
from app.operations.system import Environment, System
from app.operations.turn import check_current, read_environment
from app.persistence import access, people, users
from app.persistence.database import UnitOfWork

_TOLD = frozenset(
    {
        "security_level",
        "access_level",
        "login_type",
        "company",
        "cost_center",
        "organisation",
        "function",
        "notify_new_task",
        "notify_reminders",
        "notify_status",
        "language",
    }
)
"""The fields whose values are told; of the others, which are about the person, the names alone."""


def change_user(
    system: System,
    caller: Caller,
    user_id: str,
    *,
    expire_mandates: bool = False,
    revision: int | None = None,
    request: RequestKey | None = None,
    **given: Any,
) -> Answer:
    """Change fields of a user; what is not named stays. Nothing new changes nothing, and is told to nobody.

    Args:
        system: the clock and the database.
        caller: who keeps users.
        user_id: whose fields change.
        expire_mandates: whether the caller has seen which mandates expire with another `kind`.
        revision: as of which the caller saw the user.
        request: the key of a request that may be sent again.
        given: the fields, see `user_fields`, and `kind`.

    Returns:
        The user; `version`, `expired`, `expired_count` and `rechecked`, what followed from another kind; `messages` about odd values.

    Raises:
        NotPermitted, UserProtected, GrantRefused: he may not.
        NotFound: there is no such user in his environment.
        StaleRevision: the user was changed since.
        InvalidRequest, EmailInUse: fields that cannot be accepted.
        UserHasMandates: another kind ends mandates, and nobody has confirmed that.
    Source: USR-15..24, USR-28, MXU-02.
    """

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            people.lock_environment(work, caller.environment_id)
            environment = read_environment(work, caller.environment_id)
            check_current(caller, environment)
            row, _ = find_kept(work, caller, user_id, verb="change this user")
            check_may_clear(caller, _changed_rights(row, given), level=_raised_level(row, given), to_id=row.id)
            if revision is not None and revision != row.revision:
                raise StaleRevision(what=f"user {row.username}", expected=revision, actual=row.revision)
            fields = read_fields(work, environment.id, given, row=row)
            _check_mail(work, caller, environment, row, fields, now=system.clock())
            followed, entries = change_user_kind(
                system, work, caller, environment, row, kind=given.get("kind", row.kind), is_confirmed=expire_mandates
            )
            entries += _store(system, work, caller, row, fields)
            if entries:
                people.update_user(work, row.id, revision=row.revision + 1)
                people.raise_authority_version(work, environment.id)
            body: JsonObject = user_body(work, environment.id, row.id)
            if entries:
                tell_environment(system, work, environment.id, *entries)
            answer = Answer(body=body | followed | {"messages": messages_of(body)}, revision=body["revision"])
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)


def _check_mail(work: UnitOfWork, caller: Caller, environment: Environment, row: Any, fields: Fields, *, now: datetime) -> None:
    """Check that another address, to which passwords are mailed, does not let the caller sign as somebody else.

    Raises:
        GrantRefused: he is no administrator, and the user holds mandates.
    """
    if fields.columns.get("email", row.email) == row.email or row.id == caller.user_id or caller.has_role(ADMINISTRATOR):
        return
    if held_mandates(work, environment, row.id, now):
        raise GrantRefused(what=f"{row.full_name} another e-mail address", reason="of who holds mandates an administrator changes it")


def _changed_rights(row: Any, given: Mapping[str, Any]) -> list[str]:
    """Return what of `given` would change what the user may do or see."""
    same = {name for name in ("security_level", "access_level", "kind") if given.get(name) == getattr(row, name)}
    return [name for name in given if name not in same]


def _raised_level(row: Any, given: Mapping[str, Any]) -> int | None:
    level = given.get("security_level")
    return level if level is not None and level > row.security_level else None


def _leave_address(system: System, work: UnitOfWork, caller: Caller, row: Any) -> None:
    """Let whoever reads the mails at the address before set no password and decide nothing with them any more.

    The address may have been somebody else's: where another corrects it, company accounts that it linked, and sessions they began, end too.
    """
    access.end_links(work, row.id, at=system.clock())
    if row.id != caller.user_id and access.delete_identities(work, row.id):
        access.end_sessions(work, row.id)


def _store(system: System, work: UnitOfWork, caller: Caller, row: Any, fields: Fields) -> Sequence[AuditEntry]:
    """Store what changed and return what is to be told of it."""
    before = [tuple(link) for link in users.read_access(work, row.id)]
    links = None if fields.links is None or fields.links == set(before) else sorted(fields.links)
    if fields.columns:
        people.update_user(work, row.id, **fields.columns)
    if "email" in fields.columns:
        _leave_address(system, work, caller, row)
    if links is not None:
        users.put_access(work, row.environment_id, row.id, links)
    names = [name for name in fields.columns if name != "folded"] + (["access"] if links is not None else [])
    if not names:
        return []
    facts: JsonObject = {
        "user": row.username,
        "fields": names,
        "before": {name: getattr(row, name) for name in names if name in _TOLD},
        "after": {name: fields.columns[name] for name in names if name in _TOLD},
    }
    if links is not None:
        facts |= {"access_before": before, "access_after": links}
    return [
        AuditEntry(
            at=system.clock(),
            kind="user_changed",
            text=f"{caller.full_name} changed the user {row.full_name} ({row.username}): {', '.join(names)}.",
            actor=caller.username,
            facts=facts,
        )
    ]
