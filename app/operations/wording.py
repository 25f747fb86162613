"""Words that several texts share."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.canonical import instant_text

_STEPS = {
    "secretary": "secretary",
    "first_line": "first line",
    "second_line": "second line",
    "first_overall": "first overall",
    "second_overall": "second overall",
}


def step_name(step: str | None) -> str:
    """Return an approval step in words."""
    return _STEPS.get(step or "", step or "task")


def join_names(names: Sequence[str]) -> str:
    """Return "Claire", "Claire or Donald", "Claire, Donald or Frank"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} or {names[-1]}"


def clock_time(at: datetime, zone: ZoneInfo, *, now: datetime) -> str:
    """Return "10:31" for today and "Mon 2 Nov 17:00" for another day, in local time."""
    local = at.astimezone(zone)
    if local.date() == now.astimezone(zone).date():
        return f"{local:%H:%M}"
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def instant(at: datetime | None) -> str | None:
    """Return the instant as RFC 3339 in UTC, None for none."""
    return None if at is None else instant_text(at)
