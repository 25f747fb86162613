"""Values of form fields: moments and whole numbers, as people write them. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from app.domain.errors import InvalidRequest
from app.web.formatting import Calendar


def input_fault(detail: str, *, field: str) -> InvalidRequest:
    """Return the refusal of what was written in a field."""
    return InvalidRequest(detail, errors={field: [detail]})


def read_moment(text: str, *, calendar: Calendar, field: str) -> datetime | None:
    """Return the instant that a local date and time name in the zone of the page; None when nothing is written.

    Raises:
        InvalidRequest: it is no moment.
    """
    written = text.strip()
    if not written:
        return None
    try:
        moment = datetime.fromisoformat(written)
        return (moment if moment.tzinfo else moment.replace(tzinfo=calendar.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise input_fault("Write the moment as 2026-11-02 17:00.", field=field) from None


def read_number(text: str, *, field: str) -> int | None:
    """Return the whole number; None when nothing is written.

    Raises:
        InvalidRequest: it is none.
    """
    written = text.strip()
    if not written:
        return None
    if not written.isdecimal() or len(written) > 6:
        raise input_fault("Write a whole number.", field=field)
    return int(written)
