"""The migrations make exactly the tables that the code knows."""

import json
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app.persistence.migrations import configuration, upgrade
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


UUID = "0190a000-0000-7000-8000-00000000000{}"
NOW = "2026-11-02 08:00:00"
FIRST_VERSION_ROWS = {
    "environment": {"id": 1, "key": "DEMO", "name": "Demo", "time_zone": "Europe/Amsterdam", "base_currency": "EUR", "authority_version": 1, "matrix_version": 1},
    "user": {"id": 1, "environment_id": 1, "username": "erp", "full_name": "ERP", "kind": "none", "active": True, "backup_active": False, "notify_new_task": False, "failed_logins": 0},
    "process_definition": {"id": 2, "environment_id": 1, "key": "p", "version": 1, "hash": "h", "name": "P", "file_name": "p.bpmn", "bpmn": b"<x/>", "deployed_by": 1},
    "document": {"id": 3, "environment_id": 1, "kind": "invoice", "hash": "h", "number": "A-1", "currency": "EUR", "total": 120_000_000, "status": "In process", "facts": "{}", "lines": '[{"amount": "12000.00", "company": "NL01", "cost_center": "SALES"}, {"amount": "5.50"}]', "coders": "[]", "held": False, "revision": 1, "audit_seq": 0, "audit_hash": "", "received_by": 1, "received_at": NOW},
    "process_instance": {"id": 4, "environment_id": 1, "definition_id": 2, "definition_key": "p", "definition_version": 1, "document_id": 3, "status": "active", "revision": 1, "started_by": 1, "started_at": NOW, "active": "[]", "state": b"", "audit_seq": 0, "audit_hash": ""},
    "route": {"id": 5, "environment_id": 1, "instance_id": 4, "number": 1, "matrix_version": 1, "digest": "d", "resolved_on": "2026-11-02", "approval_type": "PI", "steps": '{"second_line": {}, "first_line": {}}'},
    "user_task": {"id": 6, "environment_id": 1, "instance_id": 4, "document_id": 3, "element": "A", "element_instance": "e", "name": "A", "kind": "approval", "step": "first_line", "mode": "any", "status": "open", "reason_required": True, "priority": 50, "slots": '[{"pool": ["marc"], "lines": [0, 1], "why": "é"}]'},
}  # fmt: skip
CENTERS = [(7, "GM", None), (8, "SALES", "GM"), (9, "NEW", None)]


def test_what_the_first_version_stored_is_carried_over(tmp_path: Path):
    """Nothing is lost, and lists show what they showed: route, amount to sign, roots of the chart."""
    url = f"sqlite:///{tmp_path / 'old.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        command.upgrade(configuration(connection), "0001")
        tables = sa.MetaData()
        tables.reflect(connection)
        for name, values in FIRST_VERSION_ROWS.items():
            insert_raw(connection, tables.tables[name], values)
        for number, key, parent in CENTERS:
            row = {"id": number, "environment_id": 1, "key": key, "name": key, "parent": parent, "status": "active"}
            insert_raw(connection, tables.tables["cost_center"], row)

    upgrade(url)

    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT step_names FROM route").scalar_one() == "first_line,second_line"
        (slot,) = json.loads(connection.exec_driver_sql("SELECT slots FROM user_task").scalar_one())
        assert slot == {"pool": ["marc"], "lines": [0, 1], "why": "é", "amount": "12005.50"}
        roots = connection.exec_driver_sql("SELECT key FROM cost_center WHERE is_root").scalars().all()
        assert roots == ["GM"]
        codings = connection.exec_driver_sql("SELECT company, cost_center FROM document_coding ORDER BY cost_center").all()
        assert codings == [("", ""), ("NL01", "SALES")]
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    engine.dispose()


def insert_raw(connection, table, values):
    """Insert a row with ids written as SQLite keeps them, and an instant for every column that must have one."""
    references = {key.parent.name for key in table.foreign_keys if key.column.table.name != "environment"}
    own = {"id"} - ({"id"} if table.name == "environment" else set())
    row = {name: UUID.format(value).replace("-", "") if name in references | own else value for name, value in values.items()}
    for column in table.c:
        if column.name == "created_at":
            row.setdefault("created_at", NOW)
    marks = ", ".join("?" * len(row))
    names = ", ".join(f'"{name}"' for name in row)
    connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', tuple(row.values()))
