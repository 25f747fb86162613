"""An absence as the pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.web.formatting import Badge, Calendar, money_text, person_name

CURRENCIES = tuple((code, code) for code in ("EUR", "GBP", "USD", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK"))
_STATES = {
    "planned": Badge(text="Planned", icon="calendar"),
    "in_force": Badge(text="In force", icon="circle-dot", tone="you"),
    "over": Badge(text="Over", icon="check"),
    "ended": Badge(text="Ended", icon="ban"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceRow:
    """One absence in the list; it can be changed while it is planned or in force."""

    id: str
    stand_in: str
    days: str
    extent: str
    note: str
    state: Badge
    is_open: bool
    revision: int


def show_absence(item: Mapping[str, Any], *, calendar: Calendar) -> AbsenceRow:
    """Return the row of an absence."""
    parts = [f"up to {money_text(item['amount_max'])}"] if item["amount_max"] else []
    parts += [f"only in {', '.join(item['processes'])}"] if item["processes"] else []
    return AbsenceRow(
        id=str(item["id"]),
        stand_in=person_name(item["stand_in"]),
        days=f"{calendar.day(item['starts_on'])} to {calendar.day(item['ends_on'])}",
        extent=", ".join(parts) or "everything",
        note=str(item["note"] or ""),
        state=_STATES[item["state"]],
        is_open=item["state"] in ("planned", "in_force"),
        revision=int(item["revision"]),
    )
