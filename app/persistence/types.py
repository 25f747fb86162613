"""Column types that keep instants aware, decimals exact and JSON compact on SQLite and PostgreSQL alike."""

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
import sqlalchemy as sa

AMOUNT_DECIMALS = 4
AMOUNT_MAX = Decimal(10) ** 14

NO_ID = "00000000-0000-0000-0000-000000000000"


_CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")


class Id(sa.TypeDecorator[str]):
    """A UUID as its canonical text. A text that is none, from an address somebody typed, is no error but the id of nothing.

    No UUID is made of any, which took most of the time of a large reading: SQLite keeps the 32 digits, into which the dashes are put, and
    PostgreSQL's driver is told to leave the text as it comes.
    """

    impl = sa.Uuid
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(as_uuid=False)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any] | None:
        return _dashed_or_none if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_bind_param(self, value: str | None, _dialect: sa.Dialect) -> str | None:
        if value is None or _CANONICAL.match(value):
            return value
        try:
            return str(uuid.UUID(value))
        except ValueError:
            return NO_ID


def _dashed_or_none(value: str | None) -> str | None:
    return None if value is None else dashed(value)


def dashed(digits: str) -> str:
    """Return the canonical text of the 32 digits of an id."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def as_utc(moment: datetime) -> datetime:
    """Return an instant in UTC; one without an offset, as SQLite keeps them, is in UTC."""
    if moment.tzinfo is UTC:
        return moment
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def instant_of(text: str) -> datetime:
    """Return the instant that SQLite keeps as this text, which says nothing of an offset."""
    return datetime.fromisoformat(f"{text}+00:00")


def text_of(moment: datetime) -> str:
    """Return what SQLite keeps of an aware instant: texts of one length, in the order of the instants."""
    return as_utc(aware(moment)).replace(tzinfo=None).isoformat(" ", "microseconds")


def aware(moment: datetime) -> datetime:
    """Return the instant as it is.

    Raises:
        ValueError: it is naive.
    """
    if moment.tzinfo is None:
        raise ValueError(f"Expected an aware instant, but got the naive {moment!r}.")
    return moment


class UtcInstant(sa.TypeDecorator[datetime]):
    """An aware instant, stored and answered in UTC; a naive one is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], Any] | None:
        return _text_or_none if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any] | None:
        return _instant_or_none if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        return None if value is None else as_utc(aware(value))

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        return None if value is None else as_utc(value)


def _text_or_none(value: datetime | None) -> str | None:
    return None if value is None else text_of(value)


def _instant_or_none(value: str | None) -> datetime | None:
    return None if value is None else instant_of(value)


def unscaled(stored: int) -> Decimal:
    """Return the amount that is stored as this integer."""
    return Decimal(stored).scaleb(-AMOUNT_DECIMALS)


class Amount(sa.TypeDecorator[Decimal]):
    """An exact amount of money with at most 4 decimals, stored as an integer scaled by 10,000."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _dialect: sa.Dialect) -> int | None:
        if value is None:
            return None
        scaled = value.scaleb(AMOUNT_DECIMALS)
        if scaled != scaled.to_integral_value() or abs(value) >= AMOUNT_MAX:
            raise ValueError(f"Expected an amount with at most {AMOUNT_DECIMALS} decimals below 10^14, but got {value}.")
        return int(scaled)

    def process_result_value(self, value: int | None, _dialect: sa.Dialect) -> Decimal | None:
        return None if value is None else unscaled(value)


class ExactDecimal(sa.TypeDecorator[Decimal]):
    """A decimal of any precision, stored as its plain text; for values that are never compared in SQL."""

    impl = sa.String(64)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _dialect: sa.Dialect) -> str | None:
        return None if value is None else f"{value:f}"

    def process_result_value(self, value: str | None, _dialect: sa.Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class Json(sa.TypeDecorator[Any]):
    """A JSON value as text, keys in the order they were given; never JSONB, which reorders them."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: sa.Dialect) -> str | None:
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, _dialect: sa.Dialect) -> Any:
        return None if value is None else orjson.loads(value)


def code(length: int = 64) -> sa.String:
    """Return the type of a key that is compared and paged by its bytes: COLLATE "C" on PostgreSQL, BINARY on SQLite."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
