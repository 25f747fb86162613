"""A unit of work is all or nothing."""

import contextlib
import threading
from datetime import UTC, datetime

import orjson
import pytest
import sqlalchemy as sa

from app.persistence.drivers import Overtaken
from app.persistence.settings import read_settings
from app.persistence.tables.people import company, environment_setting

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def row(system, key):
    return {"id": system.new_id(), "environment_id": 1, "key": key, "name": key, "base_currency": "EUR", "created_at": NOW}


def keys(system):
    with system.database.read() as reading:
        return {each.key for each in reading.rows(sa.select(company.c.key))}


def test_leaving_without_a_commit_rolls_back(system):
    with system.database.write() as work:
        work.insert(company, [row(system, "X1")])

    assert "X1" not in keys(system)


def test_an_exception_rolls_back(system):
    with pytest.raises(RuntimeError), system.database.write() as work:
        work.insert(company, [row(system, "X1")])
        raise RuntimeError

    assert "X1" not in keys(system)


def test_a_commit_is_seen_by_others(system):
    with system.database.write() as work:
        work.insert(company, [row(system, "X1")])
        work.commit()

    assert "X1" in keys(system)


def test_a_second_writer_waits_for_the_first_and_then_sees_its_rows(system):
    entered, seen = threading.Event(), []

    def second():
        entered.wait(10)
        with system.database.write() as work:
            work.insert(company, [row(system, "X2")])
            work.commit()
        seen.extend(keys(system))

    thread = threading.Thread(target=second)
    thread.start()
    with system.database.write() as work:
        work.insert(company, [row(system, "X1")])
        entered.set()
        work.commit()
    thread.join(10)

    assert {"X1", "X2"} <= set(seen)


def test_what_was_flushed_is_rolled_back_when_the_unit_is_left_without_a_commit(system):
    with system.database.write() as work:
        work.insert(company, [row(system, "FLUSHED")])
        work.flush()

    assert "FLUSHED" not in keys(system)


def test_a_row_in_the_way_is_not_forgotten_by_who_swallows_it(system):
    """A service task may take the error for its own failure; the transaction is lost all the same, and nothing of it is stored."""
    with system.database.write() as work:
        work.insert(company, [row(system, "NL01")])
        with contextlib.suppress(Overtaken):
            work.rows(sa.select(company.c.id))

        with pytest.raises(Overtaken):
            work.rows(sa.select(company.c.id))
        with pytest.raises(Overtaken):
            work.commit()


def names(system):
    with system.database.read() as reading:
        return {each.key: each.name for each in reading.rows(sa.select(company.c.key, company.c.name))}


@pytest.mark.parametrize("is_stored", [True, False])
@pytest.mark.parametrize("is_changed_otherwise", [True, False])
def test_a_conditional_change_looks_at_what_the_column_says_by_then(system, *, is_stored, is_changed_otherwise):
    first, second = row(system, "X1"), row(system, "X2") | {"base_currency": "GBP"}
    with system.database.write() as work:
        work.insert(company, [first, second])
        if is_stored:
            work.commit()
    with system.database.write() as work:
        if not is_stored:
            work.insert(company, [first, second])
        for each in (first, second):
            if is_changed_otherwise:
                work.update(company, each["id"], {"legal_id": "1"})
            work.update_unless(company, each["id"], column="base_currency", says="GBP", name="changed")
        work.commit()

    found = names(system)
    assert (found["X1"], found["X2"]) == ("changed", "X2")


VALUES = {
    "dict": {"b": [1.50, 'é"\\'], "a": {}},
    "list": [],
    "text": 'x"y',
    "digits": "12",
    "number": 12,
    "truth": True,
    "zero": {"text": "a\x00b"},
}


@pytest.mark.parametrize("with_zero", [True, False])
def test_json_is_stored_as_its_text_in_the_order_of_its_keys(system, with_zero):
    values = {key: value for key, value in VALUES.items() if with_zero or key != "zero"}
    with system.database.write() as work:
        work.insert(environment_setting, [{"environment_id": 1, "key": key, "value": value} for key, value in values.items()])
        work.commit()

    with system.database.read() as reading:
        stored = reading.rows(sa.select(environment_setting.c.key, sa.cast(environment_setting.c.value, sa.Text).label("text")))
        assert {row.key: row.text for row in stored if row.key in values} == {
            key: orjson.dumps(value).decode() for key, value in values.items()
        }
        assert {key: value for key, value in read_settings(reading, 1).items() if key in values} == values


def test_a_naive_instant_is_refused(system):
    with pytest.raises((ValueError, sa.exc.StatementError), match="naive"), system.database.write() as work:
        work.insert(company, [row(system, "X1") | {"created_at": NOW.replace(tzinfo=None)}])
        work.commit()

    assert "X1" not in keys(system)
