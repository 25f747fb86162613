"""The legal mandates that a user holds, and what ends them: who leaves, hands over or is no full user any more keeps none."""

from collections.abc import Mapping
from datetime import datetime

from app.operations.matrix.snapshots import resolution_day
from app.operations.system import Environment
from app.persistence.database import Reading
from app.persistence.matrix_content import MANDATE, Change, Value, read_values


def held_mandates(reading: Reading, environment: Environment, user_id: str, now: datetime) -> dict[str, Value]:
    """Return the legal mandates that count today or will, by id; their financial rows have no status of their own."""
    today = resolution_day(environment, now).isoformat()
    return {
        mandate_id: value
        for mandate_id, value in read_values(reading, environment.id, MANDATE, column="user_id", keys=[user_id]).items()
        if value["status"] == "active" and (value["ends_on"] is None or value["ends_on"] >= today)
    }


def let_expire(mandates: Mapping[str, Value]) -> list[Change]:
    """Return the changes by which these mandates are expired."""
    return [
        Change(
            entity=MANDATE.name, entity_id=mandate_id, before=value, after={**value, "status": "expired", "revision": value["revision"] + 1}
        )
        for mandate_id, value in mandates.items()
    ]
