"""A new API token."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from app.domain.access import READ, SCOPES, ordered_scopes
from app.domain.access_errors import TokenScope, TokensMax
from app.domain.audit import SYSTEM_ACTOR, AuditEntry
from app.domain.errors import GrantRefused, InvalidRequest, NotFound
from app.domain.people import ADMINISTRATOR, NO_LICENCE
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.people.authenticate_token import token_hash
from app.operations.people.keeping import find_kept
from app.operations.system import System
from app.operations.turn import check_current, read_environment
from app.operations.visibility import require_role
from app.operations.wording import instant
from app.persistence import access, people
from app.persistence.database import Reading, UnitOfWork

PREFIX_LENGTH = 8
DAYS_DEFAULT = 90
DAYS_MAX = 366
LABEL_LENGTH_MAX = 120
TOKENS_MAX = 50


def create_token(
    system: System, username: str, *, label: str = "command line", scopes: Sequence[str] = (*SCOPES,), days: int = DAYS_DEFAULT
) -> str:
    """Make a token for an active user, on the command line, and return it; only its hash is stored, so it is shown this once.

    Raises:
        NotFound: there is no active user of this name.
        InvalidRequest: a scope is unknown, or it would hold for longer than a year.
    """
    with system.database.write() as work:
        rows = [row for row in people.find_users(work, username=username) if row.active]
        if not rows:
            raise NotFound(what="active user", id=username)
        expires_at = system.clock() + timedelta(days=min(days, DAYS_MAX + 1))
        token, _ = _insert(system, work, rows[0], label=label, scopes=scopes, expires_at=expires_at, actor=SYSTEM_ACTOR)
        work.commit()
    return token


def issue_token(
    system: System,
    caller: Caller,
    *,
    label: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
    user_id: str | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Make a token for the caller, or for a user whom he keeps, and answer it this once.

    Args:
        system: the clock and the database.
        caller: whose token it is; for somebody else's, who keeps the users.
        label: what it is for.
        scopes: what it may be used for; a token makes none that may do more than itself.
        expires_at: until when it holds, at most DAYS_MAX from now; None for DAYS_DEFAULT from now.
        user_id: whose token it is; None for the caller's own.
        request: the key of a request that may be sent again; its answer has the token no second time.

    Raises:
        NotPermitted: it is for somebody else, and the caller is no administrator.
        GrantRefused: it is for another person and could do more than read in his name: nobody makes that but himself.
        NotFound: there is no such active user in his environment.
        InvalidRequest: a scope is unknown, the label is empty or too long, or it would hold for longer than a year.
        TokenScope: the caller came with a token that has not all of these scopes.
        TokensMax: the user has TOKENS_MAX tokens in force.
    """
    is_own = user_id in (None, caller.user_id)
    if not is_own:
        require_role(caller, ADMINISTRATOR, verb="make tokens for others")
    lacking = [] if caller.scopes is None else [scope for scope in scopes if scope not in caller.scopes]
    if lacking:
        raise TokenScope(scope=lacking[0], granted=" ".join(ordered_scopes(caller.scopes or ())))
    shown: list[str] = []

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            check_current(caller, read_environment(work, caller.environment_id))
            row = _find_owner(work, caller, user_id, scopes=scopes)
            until = expires_at or system.clock() + timedelta(days=DAYS_DEFAULT)
            token, body = _insert(system, work, row, label=label, scopes=scopes, expires_at=until, actor=caller.username)
            shown[:] = [token]
            answer = Answer(body=body | {"token": None}, status=201)
            remember(work, answer)
            work.commit()
            return answer

    answer = answer_once(system, caller, request, run)
    return Answer(body=answer.body | {"token": shown[0] if shown else None}, status=answer.status)


def find_owner(reading: Reading, caller: Caller, user_id: str | None, *, verb: str) -> Any:
    """Return the row of whose tokens they are: the caller's own, or of a user whom he keeps.

    Raises:
        NotPermitted: they are somebody else's, and the caller keeps no users.
        NotFound: there is no such user in his environment.
        UserProtected: the user has a role that the caller could not give.
    """
    if user_id in (None, caller.user_id):
        return access.find_user(reading, caller.user_id)
    row, _ = find_kept(reading, caller, str(user_id), verb=verb)
    return row


def _find_owner(work: UnitOfWork, caller: Caller, user_id: str | None, *, scopes: Sequence[str]) -> Any:
    row = find_owner(work, caller, user_id, verb="make tokens for others")
    if not row.active:
        raise NotFound(what="active user", id=row.username)
    if row.id != caller.user_id and row.kind != NO_LICENCE and set(scopes) - {READ}:
        raise GrantRefused(what=f"a token that acts in the name of {row.full_name}", reason=f"{row.full_name} alone makes it")
    return row


def token_view(row: Any) -> JsonObject:
    """Return a token without its secret."""
    return {
        "id": row.id,
        "label": row.label,
        "prefix": row.prefix,
        "scopes": ordered_scopes(row.scopes.split()),
        "created_at": instant(row.created_at),
        "expires_at": instant(row.expires_at),
        "last_used_at": instant(row.last_used_at),
    }


def _insert(
    system: System, work: UnitOfWork, user: Any, *, label: str, scopes: Sequence[str], expires_at: datetime, actor: str
) -> tuple[str, JsonObject]:
    now = system.clock()
    _check(label=label, scopes=scopes, expires_at=expires_at, now=now)
    people.lock_environment(work, user.environment_id)  # so that two requests at once count the tokens one after the other
    count = access.count_tokens(work, user.id, now=now)
    if count >= TOKENS_MAX:
        raise TokensMax(user=user.username, count=count)
    token, token_id, granted = system.new_secret(), system.new_id(), ordered_scopes(scopes)
    body: JsonObject = {
        "id": token_id,
        "label": label.strip(),
        "prefix": token[:PREFIX_LENGTH],
        "scopes": granted,
        "created_at": instant(now),
        "expires_at": instant(expires_at),
        "last_used_at": None,
    }
    stored = body | {"scopes": " ".join(granted), "created_at": now, "expires_at": expires_at, "hash": token_hash(token)}
    people.insert_token(work, **stored, environment_id=user.environment_id, user_id=user.id)
    text = f"A token for {user.full_name} was made: {body['label']}, to {', '.join(granted)}, until {expires_at.date().isoformat()}."
    facts = {"user": user.username, "token": token_id, "scopes": granted, "expires_at": body["expires_at"]}
    tell_environment(system, work, user.environment_id, AuditEntry(at=now, kind="token_made", text=text, actor=actor, facts=facts))
    return token, body


def _check(*, label: str, scopes: Sequence[str], expires_at: datetime, now: datetime) -> None:
    faults: dict[str, list[str]] = {}
    if not 1 <= len(label.strip()) <= LABEL_LENGTH_MAX:
        faults["label"] = [f"Say what it is for, in 1 to {LABEL_LENGTH_MAX} characters."]
    if not scopes or not set(scopes) <= set(SCOPES):
        faults["scopes"] = [f"Choose one or more of: {', '.join(SCOPES)}."]
    if not now < expires_at <= now + timedelta(days=DAYS_MAX):
        faults["expires_at"] = [f"Choose an instant within the next {DAYS_MAX} days."]
    if faults:
        raise InvalidRequest(" ".join(fault for (fault,) in faults.values()), errors=faults)
