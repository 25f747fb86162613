"""When a route must be looked at again: on the next day on which a mandate that it rests on starts or ends (MXR-07)."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from app.domain.matrix.snapshot import Snapshot
from app.operations.cache import Cache
from app.persistence import instances, routes

if TYPE_CHECKING:
    from app.operations.turn import Turn

_days: Cache[int, tuple[Snapshot, Mapping[str, tuple[date, ...]]]] = Cache(maxsize=8)
"""By the identity of a snapshot, which is kept so that its number is not given to another."""


def set_route_clock(turn: "Turn", snapshot: Snapshot, steps: Mapping[str, Any], *, on: date) -> None:
    """Let the route be looked at again on the next day on which anybody whom it considered gains or loses a mandate."""
    cancel_route_clock(turn)
    principals = {turn.person(each.principal_id).username for each in turn.assignments if each.status == "open"}
    following = find_next_day(snapshot, steps, principals=principals, on=on)
    if following is None:
        return
    due_at = begin_of(following, turn.environment.zone)
    routes.recheck_at(
        turn.work,
        turn.environment.id,
        [turn.instance.id],
        due_at=due_at,
        now=turn.now,
        ids=[turn.system.new_id()],
        cause=f"{following.isoformat()}:{turn.instance.revision}",
    )


def find_next_day(snapshot: Snapshot, steps: Mapping[str, Any], *, principals: Iterable[str], on: date) -> date | None:
    """Return the next day on which anybody whom a route considered, or a principal of an open share, gains or loses a mandate."""
    days = _days_of(snapshot)
    if not days:  # no mandate begins or ends
        return None
    considered = {
        user
        for step in steps.values()
        for slot in step["slots"]
        for each in slot["considered"]
        for user in (each["user"], each["mandate_of"])
        if user is not None
    }
    return min((day for user in considered.union(principals) for day in days.get(user, ()) if day > on), default=None)


def begin_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a day begins."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def cancel_route_clock(turn: "Turn") -> None:
    """Let nothing look at the route again; a new one sets a clock of its own."""
    for row in [row for row in turn.timers if row.kind == routes.ROUTE_TIMER]:
        turn.timers.remove(row)
        instances.update_timer(turn.work, row.id, status="cancelled", fired_at=turn.now, lease_until=None)


def _days_of(snapshot: Snapshot) -> Mapping[str, tuple[date, ...]]:
    """Return, for each person, the days on which a mandate of his is in force for the first time, or not any more."""
    known = _days.find(id(snapshot))
    if known is None or known[0] is not snapshot:
        known = (snapshot, _list_days(snapshot))
        _days.put(id(snapshot), known)
    return known[1]


def _list_days(snapshot: Snapshot) -> Mapping[str, tuple[date, ...]]:
    days: dict[str, set[date]] = {}
    for row in snapshot.mandates:
        if not row.expired and row.starts_on is not None:
            days.setdefault(row.user, set()).add(row.starts_on)
        if not row.expired and row.ends_on is not None and row.ends_on < date.max:
            days.setdefault(row.user, set()).add(row.ends_on + timedelta(days=1))
    return {user: tuple(sorted(found)) for user, found in days.items()}
