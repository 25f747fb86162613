"""Instants stay aware, amounts exact, JSON in order."""

import uuid
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.persistence.tables.people import company
from app.persistence.types import NO_ID, Amount, ExactDecimal, Id, Json, UtcInstant

DIALECTS = [sqlite.dialect(), postgresql.dialect()]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_an_instant_comes_back_aware_and_in_utc(dialect):
    given = datetime(2026, 11, 2, 9, 0, tzinfo=timezone(timedelta(hours=1)))
    kind = UtcInstant().dialect_impl(dialect)

    found = kind.result_processor(dialect, None)(kind.bind_processor(dialect)(given))

    assert found == datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
    assert found.tzinfo is UTC


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_no_instant_is_none(dialect):
    kind = UtcInstant().dialect_impl(dialect)

    assert kind.bind_processor(dialect)(None) is None
    assert kind.result_processor(dialect, None)(None) is None


def test_sqlite_keeps_texts_that_sort_as_the_instants_do():
    write = UtcInstant().dialect_impl(DIALECTS[0]).bind_processor(DIALECTS[0])
    whole, later = datetime(2026, 11, 2, 8, 0, tzinfo=UTC), datetime(2026, 11, 2, 8, 0, 0, 5, tzinfo=UTC)

    assert write(whole) == "2026-11-02 08:00:00.000000"
    assert write(whole) < write(later)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_a_naive_instant_is_refused(dialect):
    with pytest.raises(ValueError, match="aware"):
        UtcInstant().dialect_impl(dialect).bind_processor(dialect)(datetime(2026, 11, 2))  # noqa: DTZ001 - the naive value is the point


@pytest.mark.parametrize("text", ["0", "0.01", "-12000.5", "99999999999999.9999"])
def test_an_amount_is_stored_as_a_scaled_integer_and_comes_back_exactly(text):
    stored = Amount().process_bind_param(Decimal(text), DIALECTS[0])

    assert isinstance(stored, int)
    assert Amount().process_result_value(stored, DIALECTS[0]) == Decimal(text)


@pytest.mark.parametrize("text", ["0.00001", "100000000000000"])
def test_an_amount_that_cannot_be_kept_exactly_is_refused(text):
    with pytest.raises(ValueError, match="at most 4 decimals"):
        Amount().process_bind_param(Decimal(text), DIALECTS[0])


def test_a_decimal_of_any_precision_comes_back_exactly():
    rate = Decimal("1.1000000000000000000000001")

    assert ExactDecimal().process_result_value(ExactDecimal().process_bind_param(rate, DIALECTS[0]), DIALECTS[0]) == rate


def test_json_keeps_the_order_of_its_keys():
    value = {"b": 1, "a": [2, {"z": None, "y": "é"}]}

    text = Json().process_bind_param(value, DIALECTS[0])

    assert list(Json().process_result_value(text, DIALECTS[0])) == ["b", "a"]
    assert isinstance(Json().impl, sa.Text)


@pytest.mark.parametrize(
    "text", ["01900000-0000-7000-8000-0123456789ab", "01900000-0000-7000-8000-0123456789AB", "0190000000007000800000000123456789ab"[:32]]
)
def test_an_id_is_canonical_whatever_was_given(text):
    engine = sa.create_engine("sqlite://")
    table = sa.Table("thing", sa.MetaData(), sa.Column("id", Id))
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(sa.insert(table), [{"id": text}, {"id": None}, {"id": "no id"}])
        found = [row.id for row in connection.execute(sa.select(table))]
    engine.dispose()

    assert found == [str(uuid.UUID(text)), None, NO_ID]


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 11, 2, 8, 0, tzinfo=UTC),
        datetime(2026, 11, 2, 8, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 7, 2, 0, 30, 59, 999_999, tzinfo=ZoneInfo("Europe/Amsterdam")),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    ],
)
def test_what_is_written_with_others_is_stored_as_what_is_written_alone(system, at):
    """SQLite compares instants and ids as texts."""
    values = {"environment_id": 1, "name": "X", "base_currency": "EUR", "created_at": at}
    with system.database.write() as work:
        work.insert(company, [values | {"id": system.new_id(), "key": "X1"}])
        work.execute(sa.insert(company).values(values | {"id": system.new_id(), "key": "X2"}))
        work.commit()

    texts = sa.select(*(sa.func.length(sa.cast(column, sa.Text)) for column in (company.c.id, company.c.created_at)))
    with system.database.read() as reading:
        together, alone = (reading.rows(texts.where(company.c.key == key)) for key in ("X1", "X2"))
        same = reading.rows(sa.select(company.c.key).where(company.c.created_at == at, company.c.key.in_(["X1", "X2"])))
    assert together == alone
    assert len(same) == 2
