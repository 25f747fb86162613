"""Statements about the settings of environments."""

from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
from app.persistence.tables.people import environment_setting


def read_settings(reading: Reading, environment_id: int) -> dict[str, Any]:
    """Return the settings that the environment has set, by key."""
    statement = sa.select(environment_setting.c.key, environment_setting.c.value)
    return {row.key: row.value for row in reading.rows(statement.where(environment_setting.c.environment_id == environment_id))}


def put_setting(work: UnitOfWork, environment_id: int, key: str, value: object) -> None:
    """Set a setting, whatever it was."""
    statement = work.upsert(environment_setting).values(environment_id=environment_id, key=key, value=value)
    work.execute(statement.on_conflict_do_update(index_elements=["environment_id", "key"], set_={"value": statement.excluded.value}))
