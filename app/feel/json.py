"""JSON in and out without binary floating point."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, NoReturn

from app.feel.errors import FeelLimitExceeded, FeelValueError
from app.feel.host import from_host
from app.feel.limits import ANSWER_MAX, NESTING_MAX
from app.feel.numbers import read_number, write_json_number
from app.feel.values import Function, Range
from app.feel.writer import write_value

_TEXT_MAX: Final = 20_000_000


def loads(text: str | bytes) -> Any:
    """Return the FEEL value of a JSON text: numbers are exact decimals of at most 34 digits, objects are contexts.

    Raises:
        FeelValueError: the text is no JSON, or a number is out of range.
        FeelLimitExceeded: it is longer than 20 MB or nested too deeply.
    """
    if len(text) > _TEXT_MAX:
        raise FeelLimitExceeded("text size", f"more than {_TEXT_MAX} characters")
    try:
        return json.loads(text, parse_float=_number, parse_int=_number, parse_constant=_refuse)
    except RecursionError:
        raise FeelLimitExceeded("depth", "nested JSON") from None
    except ValueError as error:
        raise FeelValueError(f"This is no JSON: {error}") from error


def dumps(value: Any) -> str:
    """Return a FEEL value as JSON on one line: numbers with every digit, dates, times and durations as ISO 8601 texts.

    Ranges are written as FEEL writes them; functions as null.
    """
    parts: list[str] = []
    _Answer().write(value, parts, NESTING_MAX)
    return "".join(parts)


def to_json(value: Any) -> Any:
    """Return a FEEL value made of None, bool, Decimal, str, list and dict only."""
    return _Answer().plain(value, NESTING_MAX)


def _number(text: str) -> Decimal:
    number = read_number(text)
    if number is None:
        raise FeelValueError(f"The number {text[:40]} is out of range.")
    return number


def _refuse(text: str) -> NoReturn:
    raise FeelValueError(f"There is no number {text}.")


def _scalar(value: Any) -> Any:
    """Return None, bool, Decimal or str."""
    if value is None or isinstance(value, (bool, Decimal, str)):
        return value
    if isinstance(value, Function):
        return None
    return write_value(value) if isinstance(value, Range) else str(value)


class _Answer:
    """One answer on its way out. What is small in memory can be large when it is written: lists may hold one list many times."""

    __slots__ = ("_size", "_values")

    def __init__(self) -> None:
        self._values = 0
        self._size = 0

    def _count(self, value: Any, depth: int) -> Any:
        """Return the value as FEEL sees it, unless it is too deep or the answer too large."""
        if depth == 0:
            raise FeelLimitExceeded("depth", f"more than {NESTING_MAX} nested values")
        self._values += 1
        if value.__class__ is str:
            self._size += len(value)
        if self._values > ANSWER_MAX or self._size > _TEXT_MAX:
            raise FeelLimitExceeded("answer size", f"more than {ANSWER_MAX} values or {_TEXT_MAX} characters")
        return value if isinstance(value, (list, tuple)) else from_host(value)

    def plain(self, value: Any, depth: int) -> Any:
        value = self._count(value, depth)
        if isinstance(value, (list, tuple)):
            return [self.plain(item, depth - 1) for item in value]
        if isinstance(value, Mapping):
            return {str(key): self.plain(value[key], depth - 1) for key in value}
        return _scalar(value)

    def write(self, value: Any, parts: list[str], depth: int) -> None:
        value = self._count(value, depth)
        if isinstance(value, (list, tuple)):
            self._write_all(((None, item) for item in value), "[]", parts, depth)
        elif isinstance(value, Mapping):
            self._write_all(((str(key), value[key]) for key in value), "{}", parts, depth)
        else:
            parts.append(_written_scalar(_scalar(value)))

    def _write_all(self, entries: Iterable[tuple[str | None, Any]], brackets: str, parts: list[str], depth: int) -> None:
        separator = brackets[0]
        for key, item in entries:
            parts.append(separator)
            separator = ", "
            if key is not None:
                parts.append(_written_text(key) + ": ")
            self.write(item, parts, depth - 1)
        parts.append(brackets[1] if separator == ", " else brackets)


def _written_scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return write_json_number(value) if isinstance(value, Decimal) else _written_text(value)


def _written_text(text: str) -> str:
    """Return a JSON string; one that UTF-8 cannot hold is escaped."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(text)
    return json.dumps(text, ensure_ascii=False)
