"""When the next mail of the day is due."""

from datetime import UTC, datetime, time, timedelta, tzinfo


def next_digest(now: datetime, *, hour: int, zone: tzinfo) -> datetime:
    """Return the next instant at which the local clock shows this full hour, after `now`.

    An hour that the clock skips comes with the moment of the switch, one that it repeats the first time.
    """
    today = now.astimezone(zone).date()
    days = (today, today + timedelta(days=1))
    return next(due for due in (datetime.combine(day, time(hour), zone).astimezone(UTC) for day in days) if due > now)
