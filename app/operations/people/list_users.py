"""The users that a search finds, and the colleagues that can be chosen."""

from collections.abc import Sequence
from typing import Any

from app.domain.errors import InvalidRequest, NotPermitted
from app.domain.people import INTEGRATOR
from app.domain.roles import KEEPERS
from app.operations.answer import Answer, Caller, page
from app.operations.cursors import read_cursor, read_id, read_word, write_cursor
from app.operations.people.view import colleague_view, user_summary
from app.operations.system import System
from app.operations.visibility import require_role
from app.persistence import users
from app.persistence.database import Reading
from app.persistence.users import UserFilter
from app.persistence.visibility import NONE

KINDS_DEFAULT = ("full", "portal")
ACTIVE_DEFAULT = ("active",)


def list_users(
    system: System,
    caller: Caller,
    *,
    kind: Sequence[str] = KINDS_DEFAULT,
    active: Sequence[str] = ACTIVE_DEFAULT,
    sort: str = "name",
    limit: int = 50,
    cursor: str | None = None,
    **wanted: Any,
) -> Answer:
    """Return one page of users.

    Args:
        system: the database.
        caller: who keeps users.
        kind: the kinds of users.
        active: active, inactive, or both.
        sort: name or username, with a minus for the other way round.
        limit: how many at most.
        cursor: where to go on.
        wanted: `name`, `username`, `email` (parts), `role`, `company`, `cost_center` and `function`.

    Raises:
        NotPermitted: the caller does not keep users.
        InvalidRequest: a cost center without a company, or one that the caller's user access does not show him.
    Source: USR-01..11.
    """
    require_role(caller, *KEEPERS, verb="search for users")
    position = read_cursor(cursor, lambda text: read_word(sort, text), str, read_id)
    column, descending = sort.removeprefix("-"), sort.startswith("-")
    with system.database.read() as reading:
        _check_cost_center(reading, caller, company=wanted.get("company"), cost_center=wanted.get("cost_center"))
        rows = users.list_users(
            reading,
            UserFilter(
                environment_id=caller.environment_id,
                kinds=kind,
                active=active[0] == "active" if len(set(active)) == 1 else None,
                sort=column,
                descending=descending,
                after=(position[1], position[2]) if position else None,
                limit=limit + 1,
                **wanted,
            ),
        )
        shown = rows[:limit]
        roles = users.roles_of(reading, [row.id for row in shown])
        companies = users.list_companies(reading, caller.environment_id)
    last = shown[-1] if len(rows) > limit else None
    following = write_cursor(sort, last.full_name if column == "name" else last.username, last.id) if last else None
    body = page([user_summary(row, roles=roles.get(row.id, ())) for row in shown], next_cursor=following)
    only = companies[0].key if len(companies) == 1 else None
    return Answer(body=body | {"defaults": {"kind": [*KINDS_DEFAULT], "active": [*ACTIVE_DEFAULT], "company": only}})


def list_colleagues(system: System, caller: Caller, *, q: str | None = None, limit: int = 50, cursor: str | None = None) -> Answer:
    """Return one page of those who can be asked to act: active full users, by name; systems are none.

    Raises:
        NotPermitted: the caller is no full user.
    Source: HND-04.
    """
    position = read_cursor(cursor, lambda text: read_word("colleagues", text), str, read_id)
    with system.database.read() as reading:
        own = users.find_user(reading, caller.environment_id, caller.user_id)
        if own is None or own.kind != "full":
            raise NotPermitted(verb="look for colleagues", roles=[])
        rows = users.list_users(
            reading,
            UserFilter(
                environment_id=caller.environment_id,
                q=q,
                kinds=("full",),
                active=True,
                without_role=INTEGRATOR,
                after=(position[1], position[2]) if position else None,
                limit=limit + 1,
            ),
        )
    shown = rows[:limit]
    following = write_cursor("colleagues", shown[-1].full_name, shown[-1].id) if len(rows) > limit else None
    return Answer(body=page([colleague_view(row) for row in shown], next_cursor=following))


def _check_cost_center(reading: Reading, caller: Caller, *, company: str | None, cost_center: str | None) -> None:
    """Raise InvalidRequest for a cost center without its company, or one that the caller's user access does not show. Source: USR-06."""
    if cost_center is None:
        return
    if company is None:
        text = "A cost center belongs to a company; choose the company too."
        raise InvalidRequest(text, errors={"cost_center": [text]})
    if caller.access_level == "unlimited":
        return
    links = {(link.company, link.cost_center) for link in users.read_access(reading, caller.user_id)}
    ways = {(company, NONE)} if caller.access_level == "companies" else {(company, cost_center), (NONE, cost_center)}
    if not links & ways:
        text = f"Your user access does not show you cost center {cost_center} of {company}. An administrator can extend it."
        raise InvalidRequest(text, errors={"cost_center": [text]})
