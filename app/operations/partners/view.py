"""Partnerships in the form of the API, as one of the two sides sees them."""

from typing import Any

from app.operations.answer import JsonObject
from app.operations.wording import instant
from app.persistence import partners


def partnership_view(row: Any, *, environment_id: int) -> JsonObject:
    """Return a partnership: who the partner is, how it stands, and what this side can do."""
    invited_us = row.partner_id == environment_id
    key, name = (row.environment_key, row.environment_name) if invited_us else (row.partner_key, row.partner_name)
    return {
        "id": row.id,
        "partner": {"key": key, "name": name},
        "direction": "received" if invited_us else "sent",
        "status": row.status,
        "invited_at": instant(row.created_at),
        "accepted_at": instant(row.accepted_at),
        "revoked_at": instant(row.revoked_at),
        "can": _verbs(row.status, invited_us=invited_us),
    }


def _verbs(status: str, *, invited_us: bool) -> list[str]:
    if status == partners.INVITED:
        return ["accept", "revoke"] if invited_us else ["revoke"]
    return ["revoke"] if status == partners.ACTIVE else []
