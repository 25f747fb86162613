"""Reading JSON objects strictly: every key is known, every value has its form, and a refusal names the place."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, NoReturn, TypeVar

from app.domain.errors import InvalidInput
from app.domain.money import check_currency, parse_amount

TEXT_MAX: Final = 200
SHOWN_MAX: Final = 80
_MISSING: Final = object()
_T = TypeVar("_T")
Reader = Callable[[object], _T]
"""Returns the value, or raises ValueError with what was expected."""


class JsonObject:
    """A JSON object that is being read; its place is named in every refusal, so `where` is built only then.

    Raises:
        InvalidInput: not an object, or a key that is not among `keys`.
    """

    __slots__ = ("_value", "_where")

    def __init__(self, value: object, where: tuple[str | int, ...], keys: frozenset[str]) -> None:
        self._where = where
        if not isinstance(value, dict):
            refuse(where, "an object", value)
        if not keys.issuperset(value):
            unknown = next(key for key in value if key not in keys)
            raise InvalidInput(reason=f"{write_place((*where, str(unknown)))} is not known; expected one of {', '.join(sorted(keys))}")
        self._value: Mapping[str, Any] = value

    def require(self, key: str, reader: Reader[_T]) -> _T:
        """Return a value that must be there."""
        value = self._value.get(key, _MISSING)
        if value is _MISSING:
            raise InvalidInput(reason=f"{write_place((*self._where, key))} is missing")
        return self._read(key, value, reader)

    def find(self, key: str, reader: Reader[_T]) -> _T | None:
        """Return a value, or None when it is missing or null."""
        value = self._value.get(key)
        return None if value is None else self._read(key, value, reader)

    def get(self, key: str, reader: Reader[_T], default: _T) -> _T:
        """Return a value, or the default when it is missing; null is refused unless the reader knows it."""
        value = self._value.get(key, _MISSING)
        return default if value is _MISSING else self._read(key, value, reader)

    def find_texts(self, names: tuple[str, ...]) -> dict[str, str | None]:
        """Return several texts at once, each None when it is missing or null."""
        value = self._value
        found: dict[str, str | None] = {}
        for name in names:
            text = value.get(name)
            found[name] = None if text is None else self._read(name, text, read_text)
        return found

    def list_objects(self, key: str, keys: frozenset[str], build: Callable[["JsonObject"], _T]) -> tuple[_T, ...]:
        """Return what `build` makes of each object of a list; a missing list, or null, is empty."""
        items = self.find(key, read_list) or ()
        return tuple([build(JsonObject(item, (*self._where, key, number), keys)) for number, item in enumerate(items)])

    def _read(self, key: str, value: object, reader: Reader[_T]) -> _T:
        try:
            return reader(value)
        except ValueError as error:
            refuse((*self._where, key), str(error), value)


def refuse(where: tuple[str | int, ...], expected: str, value: object) -> NoReturn:
    """Raise InvalidInput saying what was expected where, and what stood there."""
    text = json.dumps(value, default=str)
    shown = text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}..."
    raise InvalidInput(reason=f"{write_place(where)} is {shown}; expected {expected}")


def write_place(where: tuple[str | int, ...]) -> str:
    """Return a place such as "mandates[3].rule"."""
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where)
    return place.removeprefix(".") or "the case"


def read_text(value: object) -> str:
    """Return text of 1 to TEXT_MAX characters."""
    if not isinstance(value, str) or not 0 < len(value) <= TEXT_MAX:
        raise ValueError(f"text of 1 to {TEXT_MAX} characters")
    return value


def read_texts(value: object) -> tuple[str, ...]:
    """Return a list of texts; null is an empty list."""
    return tuple(map(read_text, read_list([] if value is None else value)))


def read_list(value: object) -> list[Any]:
    """Return a list as it is."""
    if not isinstance(value, list):
        raise ValueError("a list")  # noqa: TRY004 - one kind of error for every wrong form
    return value


def read_mapping(value: object) -> dict[str, Any]:
    """Return an object as it is; null is empty."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("an object")  # noqa: TRY004
    return value


def read_switch(value: object) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise ValueError("true or false")  # noqa: TRY004
    return value


def read_amount(value: object) -> Decimal:
    """Return an exact amount from its decimal string."""
    try:
        return parse_amount(value)
    except ValueError as error:
        raise ValueError('an amount as a decimal string such as "1250.00"') from error


def read_currency(value: object) -> str:
    """Return a currency code."""
    try:
        return check_currency(value)
    except ValueError as error:
        raise ValueError("a currency code of three capitals such as EUR") from error


def read_day(value: object) -> date:
    """Return a calendar day."""
    try:
        if isinstance(value, str) and len(value) == len("2026-11-02"):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError("a day such as 2026-11-02")


def read_choice(allowed: tuple[str, ...]) -> Reader[Any]:
    """Return a reader of one of the texts."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(f"one of {', '.join(allowed)}")
        return value

    return read
