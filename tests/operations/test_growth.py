"""Costs that do not grow: rows written and elements left by a command, rows read by a turn, and indexes for every statement of the hot path.

Nothing here looks at a clock. Source: DESIGN.md section 5.
"""

import gc
import re
from contextlib import contextmanager
from dataclasses import replace

import orjson
import psycopg
import pytest
import sqlalchemy as sa

from app.bench.wide import LOOP
from app.engine.execution import Execution
from app.engine.tokens import Process, Token
from app.formats.dmn_run import InputScope
from app.operations.definitions.deploy_definition import deploy_definition
from app.operations.instances.start_instance import start_instance
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.fire_timer import fire_timer
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.count_tasks import count_tasks
from app.operations.tasks.list_tasks import list_tasks
from app.operations.turn import Turn
from app.persistence.batch import Batch
from app.persistence.database import UnitOfWork
from app.persistence.picture import Picture
from tests.conftest import SERVER_URL

ON_POSTGRESQL = bool(SERVER_URL)
AS_IF_NEVER_ANALYSED = "UPDATE pg_class SET relpages = 0, reltuples = -1 WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
OF_ENVIRONMENT = re.compile(r"\(environment_id = \S+\)")
START_ROWS = {"route": 1, "user_task": 1, "assignment": 1, "timer": 2}
LARGE = {
    "process_instance",
    "document",
    "route",
    "timer",
    "user_task",
    "sibling",
    "assignment",
    "other",
    "audit_event",
    "element_instance",
    "outbox",
}
"""Tables with rows of every instance, also under the names that statements give them."""


@contextmanager
def written(monkeypatch):
    """Give the ids, or numbers, of the rows that commands write, by table."""
    rows = {}
    insert, update = Batch.insert, Batch.update

    def note_insert(batch, table, values, **more):
        values = list(values)
        rows.setdefault(table.name, []).extend(each.get("id", object()) for each in values)
        insert(batch, table, values, **more)

    def note_update(batch, table, row_id, values, **more):
        rows.setdefault(table.name, []).append(row_id)
        update(batch, table, row_id, values, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Batch, "insert", note_insert)
        patched.setattr(Batch, "update", note_update)
        yield rows


@contextmanager
def statements_of(office):
    """Give the statements that are run, with their parameters."""
    found = []

    def note(_connection, _cursor, statement, parameters, _context, many):
        if statement.lstrip().startswith(("SELECT", "UPDATE", "WITH")):
            found.append((statement, parameters[0] if many else parameters))

    sa.event.listen(office.system.database.engine, "before_cursor_execute", note)
    yield found
    sa.event.remove(office.system.database.engine, "before_cursor_execute", note)


def number_of(rows):
    """Return how many rows of each table were written; one that was written twice is one row."""
    return {name: len(set(ids)) for name, ids in rows.items() if ids}


def test_a_command_writes_as_many_rows_as_it_has_to(office, monkeypatch):
    document = office.send("invoice_sales_12000")

    with written(monkeypatch) as rows:
        office.start(document)
    started = number_of(rows)
    with written(monkeypatch) as rows:
        approve_task(office.system, office.caller("marc"), office.task("marc"))
    approved = number_of(rows)
    with written(monkeypatch) as rows:
        approve_task(office.system, office.caller("claire"), office.task("claire"))
    finished = number_of(rows)

    assert started == START_ROWS | {"process_instance": 1, "document": 1, "element_instance": 8, "audit_event": 4}
    assert approved == {
        "process_instance": 1,
        "element_instance": 3,
        "audit_event": 2,
        "user_task": 2,
        "assignment": 3,
        "timer": 4,
        "transaction_role": 1,
    }
    assert finished == {
        "process_instance": 1,
        "element_instance": 8,
        "audit_event": 2,
        "user_task": 1,
        "assignment": 2,
        "timer": 2,
        "transaction_role": 1,
        "document": 1,
    }


def test_a_command_takes_as_many_steps_in_the_engine_as_its_diagram_has(office):
    steps = []
    watched = replace(office, system=replace(office.system, watch=lambda _definition, progress: steps.append(len(progress.left))))

    watched.begin("invoice_sales_12000")
    for name in ("marc", "claire"):
        approve_task(watched.system, watched.caller(name), watched.task(name))

    assert steps == [8, 3, 8]


def test_a_turn_leaves_nothing_for_the_garbage_collector(office):
    document, kinds = office.send("invoice_sales_12000"), (Turn, Execution, Process, Token, Picture, InputScope)
    gc.collect()

    gc.disable()
    try:
        start_instance(office.system, office.caller("erp"), definition="purchase_invoice", document_id=document)
        approve_task(office.system, office.caller("marc"), office.task("marc"))
        left = [type(each).__name__ for each in gc.get_objects() if isinstance(each, kinds)]
    finally:
        gc.enable()

    assert left == []


def test_a_turn_reads_as_many_rows_however_long_the_instance_has_run(office, monkeypatch):
    deploy_definition(office.system, office.caller("adm"), {"bench_loop.bpmn": LOOP.encode()})
    marc, read = office.caller("marc"), []
    start_instance(office.system, office.caller("erp"), definition="bench_loop", document_id=None)
    others = {name: getattr(UnitOfWork, name) for name in ("prepared_rows", "prepared_together", "rows")}
    monkeypatch.setattr(UnitOfWork, "prepared_rows", lambda work, *what: noted(others["prepared_rows"](work, *what), read))
    monkeypatch.setattr(UnitOfWork, "rows", lambda work, *what: noted(others["rows"](work, *what), read))
    monkeypatch.setattr(
        UnitOfWork, "prepared_together", lambda work, *what: [noted(rows, read) for rows in others["prepared_together"](work, *what)]
    )

    numbers = []
    for _ in range(12):
        task = office.task("marc")
        read.clear()
        approve_task(office.system, marc, task)
        numbers.append(sum(read))

    assert numbers[2:] == [numbers[2]] * 10


def noted(rows, read):
    """Return the rows, their number added to what was read; each of those that a row has packed counts too."""
    read.append(len(rows) + sum(len(orjson.loads(value)) for row in rows for value in row if isinstance(value, str) and value[:1] == "["))
    return rows


@pytest.fixture
def office_with_history(office):
    """Give the office with an approved invoice, so that no cache is empty."""
    office.begin("invoice_sales_12000", **{"A-2026-1201": "first"})
    for name in ("marc", "claire"):
        approve_task(office.system, office.caller(name), office.task(name))
    return office


def test_every_statement_of_the_hot_path_finds_its_rows_by_an_index(office_with_history, clock):
    office = office_with_history
    erp, marc, claire = (office.caller(name) for name in ("erp", "marc", "claire"))
    document = office.send("invoice_sales_12000")

    with statements_of(office) as found:
        start_instance(office.system, erp, definition="purchase_invoice", document_id=document)
        (task,) = list_tasks(office.system, marc).body["items"]
        list_tasks(office.system, marc, status="completed")
        count_tasks(office.system, marc)
        clock.advance(days=3, minutes=1)
        for work in claim_due(office.system):
            if work.kind == "timer":
                fire_timer(office.system, work.id)
        approve_task(office.system, marc, task["id"])
        approve_task(office.system, claire, office.task("claire"))

    scanned = {table for statement, parameters in found for table in scans_of(office, statement, parameters)}
    assert len(found) > 10
    assert scanned & LARGE == set()


def scans_of(office, statement, parameters):
    """Return the tables that the statement reads from end to end: as it is planned for tables that are almost empty and were never analysed."""
    with office.system.database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        if not ON_POSTGRESQL:
            plan = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters or ())]
            return {line.split()[1] for line in plan if line.startswith("SCAN") and " INDEX " not in line}
        cursor = psycopg.Cursor(driver) if isinstance(parameters, dict) else psycopg.RawCursor(driver)
        driver.execute("BEGIN")
        driver.execute(AS_IF_NEVER_ANALYSED)
        (plan,) = cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters).fetchone()
        driver.rollback()
        return set(whole_scans(plan[0]["Plan"]))


def whole_scans(node):
    """Give the tables that a plan of PostgreSQL reads from end to end, or all that an environment has, by an index or without."""
    condition = node.get("Index Cond", node.get("Recheck Cond", ""))
    if node["Node Type"].endswith("Scan") and "Relation Name" in node and (not condition or OF_ENVIRONMENT.fullmatch(condition)):
        yield node["Relation Name"]
    for each in node.get("Plans", ()):
        yield from whole_scans(each)
