"""How many statements the hot path takes: upper bounds, which may only fall. Source: DESIGN.md section 5."""

from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.fire_timer import fire_timer
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.count_tasks import count_tasks
from app.operations.tasks.list_tasks import list_tasks
from app.operations.tasks.read_task import read_task
from tests.conftest import SERVER_URL

ON_POSTGRESQL = bool(
    SERVER_URL
)  # there all rows of a command are written in one statement, on SQLite those of a kind, and what was looked at first is read again
START_MAX = 3 if ON_POSTGRESQL else 13
APPROVE_MAX = 3 if ON_POSTGRESQL else 14
FINISH_MAX = 3 if ON_POSTGRESQL else 13
TIMER_MAX = 3 if ON_POSTGRESQL else 7
INBOX_MAX = 1
COUNT_MAX = 1
TASK_MAX = 10
CALLER = 2  # statements that find a caller by name, which a request does not do


@contextmanager
def counted(office, maximum):
    """Count the statements inside and check that there are no more than `maximum`; BEGIN and COMMIT are none."""
    statements = []

    def note(_connection, _cursor, statement, *_more):
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    engine = office.system.database.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    yield
    sa.event.remove(engine, "before_cursor_execute", note)
    assert 0 < len(statements) <= maximum, "\n".join(statements)


@pytest.fixture
def warm(office):
    """Give the office with its caches filled by a first invoice that went all the way."""
    office.begin("invoice_sales_12000", **{"A-2026-1201": "first"})
    for name in ("marc", "claire"):
        approve_task(office.system, office.caller(name), office.task(name))
    return office


def test_an_instance_starts_in_few_statements(warm):
    document = warm.send("invoice_sales_12000")
    warm.caller("erp")

    with counted(warm, START_MAX + CALLER):
        warm.start(document)


def test_an_approval_takes_few_statements(warm):
    warm.begin("invoice_sales_12000")
    task, marc = warm.task("marc"), warm.caller("marc")
    with counted(warm, APPROVE_MAX):
        approve_task(warm.system, marc, task)

    task, claire = warm.task("claire"), warm.caller("claire")
    with counted(warm, FINISH_MAX):
        approve_task(warm.system, claire, task)


def test_a_reminder_takes_few_statements(warm, clock):
    warm.begin("invoice_sales_12000")
    clock.advance(days=3, minutes=1)

    (timer,) = [work for work in claim_due(warm.system) if work.kind == "timer"]

    with counted(warm, TIMER_MAX):
        fire_timer(warm.system, timer.id)


@pytest.mark.parametrize("number", [1, 8])
def test_the_inbox_takes_as_many_statements_however_full_it_is(warm, number):
    for each in range(number):
        warm.begin("invoice_sales_12000", **{"A-2026-1201": f"B-{each}"})
    marc, (item, *_) = warm.caller("marc"), warm.inbox("marc")

    with counted(warm, INBOX_MAX):
        assert len(list_tasks(warm.system, marc).body["items"]) == number
    with counted(warm, COUNT_MAX):
        count_tasks(warm.system, marc)
    with counted(warm, TASK_MAX):
        read_task(warm.system, marc, item["id"])
