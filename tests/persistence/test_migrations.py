"""The migrations make exactly the tables that the code knows."""

from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app.persistence.migrations import upgrade
from app.persistence.tables import metadata


def test_the_migrated_schema_equals_the_tables(database_url):
    engine = sa.create_engine(database_url)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(context, metadata)
    engine.dispose()

    assert differences == []


def test_the_partial_index_of_separation_of_duty_is_in_the_database(database_url):
    engine = sa.create_engine(database_url)

    indexes = {index["name"]: index for index in sa.inspect(engine).get_indexes("transaction_role")}
    engine.dispose()

    index = indexes["uq_transaction_role_transaction_id_user_id"]
    assert index["unique"]
    assert "superseded_at IS NULL" in " ".join(str(option) for option in index["dialect_options"].values())


def test_upgrading_twice_changes_nothing(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'twice.db'}"

    upgrade(url)
    upgrade(url)

    engine = sa.create_engine(url)
    assert sa.inspect(engine).has_table("process_instance")
    engine.dispose()
