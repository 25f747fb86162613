"""Values to text: what the function `string` gives, which FEEL can read again."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.feel.errors import FeelLimitExceeded
from app.feel.host import read_entry
from app.feel.lexer import is_plain_name, quote
from app.feel.limits import NESTING_MAX, STRING_MAX
from app.feel.numbers import write_number
from app.feel.values import Function, Range


def write_value(value: Any) -> str:
    """Return `value` as text: a string in quotes, dates and durations as ISO 8601, lists and contexts as literals."""
    parts: list[str] = []
    _write(value, parts, NESTING_MAX)
    return "".join(parts)


def _write(value: Any, parts: list[str], depth: int) -> None:
    if depth == 0:
        raise FeelLimitExceeded("depth", f"more than {NESTING_MAX} nested values")
    if isinstance(value, list):
        parts.append("[")
        for index, item in enumerate(value):
            parts.append(", " if index else "")
            _write(item, parts, depth - 1)
        parts.append("]")
    elif isinstance(value, Mapping):
        parts.append("{")
        for index, key in enumerate(value):
            parts.append(", " if index else "")
            parts.append(f"{key if is_plain_name(key) else quote(key)}: ")
            _write(read_entry(value, key), parts, depth - 1)
        parts.append("}")
    elif isinstance(value, Range):
        _write_range(value, parts, depth - 1)
    else:
        parts.append(_write_scalar(value))
    if len(parts) > STRING_MAX:
        raise FeelLimitExceeded("string size", f"more than {STRING_MAX} characters")


def _write_scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return write_number(value)
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, Function):
        return f"function({', '.join(parameter.name for parameter in value.parameters)})"
    return str(value)


def _write_range(bounds: Range, parts: list[str], depth: int) -> None:
    if bounds.start is None or bounds.end is None:
        above = bounds.end is None
        parts.append((">" if above else "<") + ("=" if bounds.start_included or bounds.end_included else "") + " ")
        _write(bounds.start if above else bounds.end, parts, depth)
        return
    parts.append("[" if bounds.start_included else "(")
    _write(bounds.start, parts, depth)
    parts.append("..")
    _write(bounds.end, parts, depth)
    parts.append("]" if bounds.end_included else ")")
