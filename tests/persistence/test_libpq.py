"""Statements by libpq itself: values and rows as psycopg has them, one way to the server for BEGIN and COMMIT, and nothing half done."""

import threading
import time
from datetime import UTC, datetime
from decimal import Decimal

import psycopg
import pytest
import sqlalchemy as sa

from app.persistence import libpq
from app.persistence.libpq import PREPARED_AFTER, Wire, roll_back
from app.persistence.prepared import Prepared
from app.persistence.tables.people import company
from tests.conftest import SERVER_URL

pytestmark = pytest.mark.skipif(not SERVER_URL, reason="SQLite has its own driver")
IDLE = psycopg.pq.TransactionStatus.IDLE
NOON = datetime(2026, 11, 2, 12, 0, 30, 5, tzinfo=UTC)


@pytest.fixture
def driver(database_url):
    plain = sa.make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CREATE TEMPORARY TABLE note (id integer PRIMARY KEY, text text)")
        yield connection


@pytest.fixture
def wire(driver):
    return Wire(driver)


def run(wire, text, values, **together):
    return wire.run(text, wire.encoded(values), **together)


def notes(driver):
    return driver.execute("SELECT id, text FROM note ORDER BY id").fetchall()


def test_values_and_rows_are_those_of_psycopg(wire):
    values = [1, 2**40, "é'\\", b"\x00\xff", True, None, Decimal("1.50"), NOON]
    text = "SELECT $1::integer, $2::bigint, $3::text, $4::bytea, $5::boolean, $6::text, $7::numeric, $8::timestamptz"

    for _ in range(PREPARED_AFTER + 1):
        assert run(wire, text, values) == [tuple(values)]


def test_begin_and_commit_travel_with_statements(wire, driver):
    run(wire, "INSERT INTO note VALUES ($1, $2)", [1, "first"], begin=True)
    assert driver.info.transaction_status != IDLE
    run(wire, "INSERT INTO note VALUES ($1, $2)", [2, "second"], commit=True)
    assert driver.info.transaction_status == IDLE
    assert run(wire, "INSERT INTO note VALUES ($1, $2) RETURNING text", [3, "third"], begin=True, commit=True) == [("third",)]

    assert notes(driver) == [(1, "first"), (2, "second"), (3, "third")]


def together(wire, *texts, **more):
    return wire.run_together([(text, []) for text in texts], **more)


def test_statements_sent_together_run_in_their_order(wire, driver):
    for number in range(PREPARED_AFTER + 1):
        first, second = f"INSERT INTO note VALUES ({number}, 'first')", f"SELECT text, {number} FROM note WHERE id = {number}"
        assert together(wire, first, second, begin=True, commit=True) == [[], [("first", number)]]

    assert len(notes(driver)) == PREPARED_AFTER + 1


@pytest.mark.parametrize("is_prepared", [True, False])
def test_nothing_runs_after_a_statement_sent_together_that_is_refused(wire, driver, monkeypatch, is_prepared):
    monkeypatch.setattr(libpq, "PREPARED_AFTER", 1 if is_prepared else 10)

    with pytest.raises(psycopg.errors.DivisionByZero):
        together(wire, "SELECT 1 / count(*) FROM note", "INSERT INTO note VALUES (1, 'after')", begin=True, commit=True)
    roll_back(driver)

    assert notes(driver) == []
    assert together(wire, "SELECT 1", "SELECT 2", begin=True) == [[(1,)], [(2,)]]


@pytest.mark.parametrize("is_prepared", [True, False])
def test_a_refused_statement_commits_nothing_of_its_transaction(wire, driver, monkeypatch, is_prepared):
    monkeypatch.setattr(libpq, "PREPARED_AFTER", 1 if is_prepared else 10)
    run(wire, "INSERT INTO note VALUES ($1, $2)", [1, "first"], begin=True)

    with pytest.raises(psycopg.errors.UniqueViolation):
        run(wire, "INSERT INTO note VALUES ($1, $2)", [1, "again"], commit=True)
    roll_back(driver)

    assert notes(driver) == []
    assert run(wire, "SELECT 1", [], begin=True, commit=True) == [(1,)]


def test_a_transaction_that_has_failed_is_never_taken_for_committed(wire, driver):
    run(wire, "INSERT INTO note VALUES ($1, $2)", [1, "first"], begin=True)
    with pytest.raises(psycopg.errors.DivisionByZero):
        run(wire, "SELECT 1 / $1::integer", [0])

    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        run(wire, "INSERT INTO note VALUES ($1, $2)", [2, "second"], commit=True)
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        wire.commit()

    assert notes(driver) == []


def test_the_first_statement_of_a_transaction_may_fail(wire, driver):
    with pytest.raises(psycopg.errors.UndefinedTable):
        run(wire, "SELECT * FROM nothing", [], begin=True)
    roll_back(driver)

    assert run(wire, "SELECT 1", []) == [(1,)]


def test_statements_that_are_not_used_any_more_make_room(wire, driver, monkeypatch):
    monkeypatch.setattr(libpq, "PREPARED_MAX", 3)
    monkeypatch.setattr(libpq, "PREPARED_AFTER", 1)
    for number in (0, 1, 0, 2, 0, 3, 0, 4, 0):
        assert run(wire, f"SELECT {number}", []) == [(number,)]

    kept = {row[0] for row in driver.execute("SELECT statement FROM pg_prepared_statements WHERE name LIKE 'countersign%'")}
    assert kept == {"SELECT 0", "SELECT 3", "SELECT 4"}


def test_what_is_seen_once_is_forgotten(wire, monkeypatch):
    monkeypatch.setattr(libpq, "SEEN_MAX", 5)
    for number in range(20):
        run(wire, f"SELECT {number}", [])

    assert len(wire._seen) <= 5


def test_rolling_back_keeps_what_is_prepared(wire, driver, monkeypatch):
    monkeypatch.setattr(libpq, "PREPARED_AFTER", 1)
    run(wire, "SELECT 42", [], begin=True)
    roll_back(driver)

    assert run(wire, "SELECT 42", []) == [(42,)]
    assert driver.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT 42'").fetchone() == (1,)


def test_megabytes_go_both_ways_together_with_a_commit(wire):
    text = "x" * 5_000_000

    assert run(wire, "INSERT INTO note VALUES (1, $1) RETURNING text", [text], begin=True, commit=True) == [(text,)]


@pytest.mark.parametrize("commit", [True, False])
def test_a_connection_that_is_lost_is_an_operational_error(wire, driver, commit):
    run(wire, "SELECT 1", [], begin=True)
    with psycopg.connect(driver.info.dsn, password=driver.info.password, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [driver.info.backend_pid])

    with pytest.raises(psycopg.OperationalError):
        run(wire, "SELECT 1", [], commit=commit)

    assert driver.closed


@pytest.mark.parametrize("together", [{}, {"begin": True}, {"begin": True, "commit": True}])
def test_other_threads_go_on_while_one_waits(wire, together):
    counted = []
    ended = threading.Event()

    def count():
        while not ended.is_set():
            counted.append(1)
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    before = len(counted)
    run(wire, "SELECT pg_sleep(0.2)", [], **together)
    ended.set()
    thread.join(10)

    assert len(counted) - before > 20


def prepared_names(system):
    with system.database.read() as reading:
        return {row.name for row in reading.rows(sa.text("SELECT name FROM pg_prepared_statements WHERE name LIKE 'countersign%'"))}


def test_a_unit_of_work_that_is_left_takes_no_prepared_statement_with_it(system, monkeypatch):
    monkeypatch.setattr(libpq, "PREPARED_AFTER", 1)
    statement = Prepared(sa.select(company.c.id).where(company.c.key == sa.bindparam("key")))
    with system.database.write() as work:
        work.prepared_rows(statement, {"key": "NL01"})
        work.rows(sa.select(company.c.id))
    kept = prepared_names(system)

    with system.database.write() as work:
        assert work.prepared_rows(statement, {"key": "NL01"})
    assert kept
    assert prepared_names(system) == kept
