"""Marshmallow fields that refuse what JSON lets through: floats as money, text no database takes, endless objects."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from app.domain.money import check_currency, parse_amount
from app.http.faults import MISSING, MONEY_AS_NUMBER, NULL, UNKNOWN, Fault

TEXT_LENGTH_MAX = 4000
INTEGER_MAX = 2**31 - 1
QUANTITY_LENGTH_MAX = 64
YEARS = ("1900", "2999")
OBJECT_DEPTH_MAX = 20
OBJECT_VALUES_MAX = 10_000
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)
CANONICAL_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)


class Contract(Schema):
    """A request schema: unknown fields are refused, and every field says clearly what it expects."""

    error_messages = {"unknown": UNKNOWN, "type": Fault("Expected a JSON object.")}  # noqa: RUF012 - marshmallow declares it so

    def on_bind_field(self, _field_name: str, field_obj: fields.Field[Any]) -> None:
        """Give the field our words for what is missing or null."""
        texts = {"required": MISSING, "null": NULL}
        if isinstance(field_obj, fields.Nested):
            texts["type"] = Fault("Expected a JSON object.")
        if isinstance(field_obj, fields.List):
            texts["invalid"] = Fault("Expected a list.")
        field_obj.error_messages = {**field_obj.error_messages, **texts}


class Text(fields.String):
    """Text of bounded length without control characters; `pattern`, when given, must match all of it."""

    def __init__(self, *, length_max: int = TEXT_LENGTH_MAX, length_min: int = 0, pattern: str | None = None, **options: Any) -> None:
        metadata = {**({"pattern": f"^{pattern}$"} if pattern else {}), **options.pop("metadata", {})}
        checks = [validate.Length(min=length_min, max=length_max, error=f"Expected {length_min} to {length_max} characters.")]
        super().__init__(validate=checks, metadata=metadata, **options)
        self._pattern = re.compile(pattern) if pattern else None

    def _deserialize(self, value: Any, *_place: Any, **_context: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(Fault("Expected text."))
        if _CONTROLS.search(value):
            raise ValidationError(Fault("Expected text without control characters."))
        if self._pattern and not self._pattern.fullmatch(value):
            raise ValidationError(Fault(f"Expected text of the form {self._pattern.pattern}."))
        return value


class Choice(fields.String):
    """One of some words."""

    def __init__(self, *words: str, **options: Any) -> None:
        super().__init__(validate=[validate.OneOf(words, error="Expected one of: {choices}.")], **options)


class Id(fields.UUID):
    """The id of something, read as its canonical text."""

    default_error_messages = {"invalid_uuid": Fault("Expected an id, which is a UUID.")}  # noqa: RUF012 - marshmallow declares it so

    def _deserialize(self, value: Any, *_place: Any, **_context: Any) -> Any:
        if isinstance(value, str) and CANONICAL_ID.match(value):
            return value
        return str(super()._deserialize(value, *_place, **_context))


class Count(fields.Integer):
    """A whole number within bounds, from JSON or from a query string."""

    def __init__(self, *, least: int = 0, most: int = INTEGER_MAX, **options: Any) -> None:
        super().__init__(validate=[validate.Range(min=least, max=most, error=f"Expected {least} to {most}.")], **options)

    def _deserialize(self, value: Any, *_place: Any, **_context: Any) -> int:
        if isinstance(value, str) and re.fullmatch(r"-?\d{1,10}", value, re.ASCII):
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise ValidationError(Fault("Expected a whole number."))


class AmountText(fields.Field[str]):
    """An exact amount as a decimal string, such as "1250.00"; a JSON number is refused."""

    def _deserialize(self, value: Any, *_place: Any, **_context: Any) -> str:
        return read_amount(value)


class MoneyValue(fields.Field[dict[str, str]]):
    """Money as {"amount": "1250.00", "currency": "EUR"}."""

    def _deserialize(self, value: Any, *_place: Any, **_context: Any) -> dict[str, str]:
        return read_money(value)


class LineAmount(fields.Field[Any]):
    """The amount of a document's line: a decimal string in the document's currency, or money."""

    def _deserialize(self, value: Any, *_place: Any, **_context: Any) -> Any:
        return read_money(value) if isinstance(value, Mapping) else read_amount(value)


class Currency(fields.Field[str]):
    """An ISO 4217 code."""

    def _deserialize(self, value: Any, *_place: Any, **_context: Any) -> str:
        return read_currency(value)


class Flag(fields.Boolean):
    """Yes or no, from JSON or from a query string."""

    def __init__(self, **options: Any) -> None:
        super().__init__(truthy={"true", True}, falsy={"false", False}, **options)


class Day(fields.Field[date]):
    """A date as RFC 3339 writes it: 2026-11-02."""

    def _deserialize(self, value: Any, *_place: Any, **_context: Any) -> date:
        try:
            if isinstance(value, str) and _DATE.match(value) and YEARS[0] <= value[:4] <= YEARS[1]:
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise ValidationError(Fault(f"Expected a date of the years {YEARS[0]} to {YEARS[1]}, such as 2026-11-02."))


class Instant(fields.Field[datetime]):
    """An instant as RFC 3339 writes it, with its offset: 2026-11-02T08:00:00Z. Read as UTC."""

    def _deserialize(self, value: Any, *_place: Any, **_context: Any) -> datetime:
        try:
            if isinstance(value, str) and _INSTANT.match(value) and YEARS[0] <= value[:4] <= YEARS[1]:
                return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise ValidationError(Fault("Expected an instant with its offset, such as 2026-11-02T08:00:00Z."))


class Object(fields.Field[dict[str, Any]]):
    """Any JSON object of bounded depth and size; numbers stay exact."""

    def _deserialize(self, value: Any, *_place: Any, **_context: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError(Fault("Expected a JSON object."))
        check_size(value)
        return value


class Quantity(fields.Field[str]):
    """A quantity with its unit, as text, or a whole number."""

    def _deserialize(self, value: Any, *_place: Any, **_context: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= INTEGER_MAX:
            return str(value)
        if not isinstance(value, str) or not value or len(value) > QUANTITY_LENGTH_MAX or _CONTROLS.search(value):
            raise ValidationError(Fault(f"Expected 1 to {QUANTITY_LENGTH_MAX} characters."))
        return value


class NameOrNested(fields.Nested):
    """A name, or an object."""

    def _deserialize(self, value: Any, *place: Any, **context: Any) -> Any:
        return value if isinstance(value, str) else super()._deserialize(value, *place, **context)


def read_amount(value: object) -> str:
    """Return the decimal string `value`, or raise ValidationError; a number says why it is refused."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        raise ValidationError(MONEY_AS_NUMBER)
    try:
        if isinstance(value, str) and not value.isascii():
            raise ValueError(f"Expected an amount in the digits 0 to 9, but got {value!r}.")
        parse_amount(value)
    except ValueError as error:
        raise ValidationError(Fault(str(error))) from error
    assert isinstance(value, str), "parse_amount accepts strings alone"
    return value


def read_currency(value: object) -> str:
    """Return the currency code `value`, or raise ValidationError."""
    try:
        return check_currency(value)
    except ValueError as error:
        raise ValidationError(Fault(str(error))) from error


def read_money(value: object) -> dict[str, str]:
    """Return the money object `value`, or raise ValidationError naming each fault under its member."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        raise ValidationError(MONEY_AS_NUMBER)
    if not isinstance(value, Mapping):
        raise ValidationError(Fault('Expected money as {"amount": "1250.00", "currency": "EUR"}.'))
    faults: dict[str, list[str]] = {name: [UNKNOWN] for name in value if name not in {"amount", "currency"}}
    money = {}
    for name, read in (("amount", read_amount), ("currency", read_currency)):
        try:
            if name not in value:
                raise ValidationError(MISSING)
            money[name] = read(value[name])
        except ValidationError as error:
            faults[name] = list(error.messages)
    if faults:
        raise ValidationError(faults)
    return money


def check_size(value: object) -> None:
    """Raise ValidationError when a JSON value nests or branches beyond what a process instance should carry."""
    seen = 0
    layer: list[object] = [value]
    for _depth in range(OBJECT_DEPTH_MAX + 1):
        seen += len(layer)
        if seen > OBJECT_VALUES_MAX:
            raise ValidationError(Fault(f"Expected at most {OBJECT_VALUES_MAX} values."))
        layer = [child for item in layer for child in _children(item)]
        if not layer:
            return
    raise ValidationError(Fault(f"Expected at most {OBJECT_DEPTH_MAX} levels of nesting."))


def _children(item: object) -> list[object]:
    if isinstance(item, dict):
        return list(item.values())
    return item if isinstance(item, list) else []
