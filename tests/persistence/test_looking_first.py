"""On SQLite, where one writes at a time, a unit of work may look first: it is alone only when it writes, and what it saw must stand still."""

import contextlib
import sqlite3
from functools import partial

import pytest
import sqlalchemy as sa

from app.persistence.drivers import Overtaken
from app.persistence.prepared import Prepared
from app.persistence.tables.people import company
from tests.conftest import SERVER_URL

pytestmark = pytest.mark.skipif(bool(SERVER_URL), reason="PostgreSQL locks rows")

BY_KEY = Prepared(sa.select(company.c.id, company.c.name).where(company.c.key == sa.bindparam("key")))


def name_of(work, key="NL01"):
    (row,) = work.prepared_rows(BY_KEY, {"key": key})
    return row.name


def is_alone(work):
    """Return whether the unit of work has the right to write."""
    return work._driver.is_alone


def rename(system, name, key="NL01"):
    """Give a company another name, in a unit of work of its own."""
    with system.database.write() as work:
        (row,) = work.prepared_rows(BY_KEY, {"key": key})
        work.update(company, row.id, {"name": name})
        work.commit()


def look_then_rename(system, *, meanwhile):
    """Add a letter to the name of a company, with something done by others after it was read; return the name that was read."""
    with system.database.write() as work:
        (row,) = work.prepared_rows(BY_KEY, {"key": "NL01"})
        meanwhile()
        work.update(company, row.id, {"name": f"{row.name}!"})
        work.commit()
        return row.name


def attempt(system, run, *, looks_first=True):
    return system.database.attempt(run, looks_first=looks_first)


@contextlib.contextmanager
def heard(system):
    """Give the statements that run in the block."""
    statements = []

    def note(_connection, _cursor, statement, *_more):
        statements.append(statement)

    sa.event.listen(system.database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(system.database.engine, "before_cursor_execute", note)


def now_called(system, key="NL01"):
    with system.database.read() as reading:
        return name_of(reading, key)


def test_who_looks_lets_others_write_and_writes_when_they_changed_something_else(system):
    before = attempt(system, partial(look_then_rename, system, meanwhile=partial(rename, system, "Other", key="UK01")))

    assert now_called(system) == f"{before}!"
    assert now_called(system, "UK01") == "Other"


def test_what_was_changed_after_it_was_seen_is_overtaken_and_nothing_is_written(system):
    with pytest.raises(Overtaken):
        attempt(system, partial(look_then_rename, system, meanwhile=partial(rename, system, "Changed")))

    assert now_called(system) == "Changed"
    rename(system, "Nobody is in line any more")


@pytest.mark.parametrize(("meanwhile", "looks_again"), [(lambda _system: None, 0), (partial(rename, name="Other", key="UK01"), 1)])
def test_what_was_seen_is_looked_at_again_only_if_somebody_has_written(system, meanwhile, looks_again):
    with heard(system) as statements:
        attempt(system, partial(look_then_rename, system, meanwhile=lambda: (meanwhile(system), statements.clear())))

    assert sum(text.startswith("SELECT") for text in statements) == looks_again


def test_what_another_program_has_changed_is_seen(system):
    def change():
        with contextlib.closing(sqlite3.connect(system.database.engine.url.database)) as other:
            other.execute("UPDATE company SET name = 'Changed' WHERE key = 'NL01'")
            other.commit()

    with pytest.raises(Overtaken):
        attempt(system, partial(look_then_rename, system, meanwhile=change))


@pytest.mark.parametrize("looks_first", [True, False])
def test_who_runs_again_is_alone_from_his_first_statement_on(system, looks_first):
    def run():
        with system.database.write() as work:
            name_of(work)
            assert is_alone(work) is not looks_first

    attempt(system, run, looks_first=looks_first)


def test_who_swallows_that_he_was_overtaken_hears_it_again(system):
    def run():
        with system.database.write() as work:
            assert name_of(work) != "Changed"
            rename(system, "Changed")
            with contextlib.suppress(Overtaken):
                work.rows(sa.select(company.c.id))
            for late in (lambda: work.rows(sa.select(company.c.id)), lambda: name_of(work), work.commit):
                with pytest.raises(Overtaken):
                    late()

    attempt(system, run)


def test_a_statement_that_is_no_look_makes_it_alone(system):
    def run():
        with system.database.write() as work:
            work.rows(sa.select(company.c.id))
            assert is_alone(work)
            work.commit()
            rename(system, "After the commit")
            assert name_of(work) == "After the commit"

    attempt(system, run)


def test_all_looks_are_at_one_moment(system):
    def run():
        with system.database.write() as work:
            before = name_of(work, "UK01")
            rename(system, "Changed")
            rename(system, "Changed too", key="UK01")
            assert name_of(work) != "Changed"
            assert name_of(work, "UK01") == before

    attempt(system, run)

    assert now_called(system) == "Changed"


def test_what_a_unit_changed_itself_is_nobody_elses_change(system):
    def run():
        with system.database.write() as work:
            (row,) = work.prepared_rows(BY_KEY, {"key": "NL01"})
            work.update(company, row.id, {"name": "Mine"})
            work.commit()
            return name_of(work)

    assert attempt(system, run) == "Mine"


def test_an_attempt_within_an_attempt_leaves_the_rest_in_line(system):
    def run():
        attempt(system, lambda: None)
        with system.database.write() as work:
            name_of(work)
            assert is_alone(work)

    attempt(system, run)
