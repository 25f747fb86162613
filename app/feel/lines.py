"""One expression on JSON lines: a context in, a value out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.feel.api import compile_expression
from app.feel.errors import FeelError, FeelLimitExceeded, FeelSyntaxError, FeelValueError
from app.feel.json import dumps, loads

LINE_BYTES_MAX: Final = 5 * 1024 * 1024
_NAMES_MAX: Final = 10_000


def answer_line(
    text: str, line: bytes, *, now: dt.datetime | None = None, zone: dt.tzinfo | None = None
) -> tuple[str, tuple[str, ...], bool]:
    """Return the JSON answer for one line, the warnings, and whether all went well.

    Args:
        text: the expression; its names are those of the context.
        line: a JSON object.
        now: what now() and today() give.
        zone: the zone in which now() is told.
    """
    try:
        context = _read_context(line)
        expression = compile_expression(text, frozenset(map(str, context)), members=frozenset(inner_names(context)))
        evaluation = expression.evaluate(context, now=now, zone=zone)
        return dumps(evaluation.value), evaluation.warnings, True
    except FeelError as error:
        return dumps({"error": write_error(error)}), (), False


def inner_names(value: Any) -> Iterator[str]:
    """Yield the keys of all contexts within a JSON value, at most 10,000 places deep in it."""
    waiting = [value]
    for _ in range(_NAMES_MAX):
        if not waiting:
            return
        current = waiting.pop()
        if isinstance(current, Mapping):
            yield from current
            waiting.extend(current.values())
        elif isinstance(current, list):
            waiting.extend(current)


def write_error(error: FeelError) -> dict[str, Any]:
    """Return an error with its code, its sentence and its facts."""
    if isinstance(error, FeelSyntaxError):
        return {"code": "syntax", "detail": str(error), "position": error.position, "line": error.line, "column": error.column}
    if isinstance(error, FeelLimitExceeded):
        return {"code": "limit_exceeded", "detail": str(error), "limit": error.limit}
    return {"code": "value", "detail": str(error)}


def _read_context(line: bytes) -> Mapping[str, Any]:
    if len(line) > LINE_BYTES_MAX:
        raise FeelLimitExceeded("text size", f"more than {LINE_BYTES_MAX} bytes in a line")
    try:
        context = loads(line.decode())
    except UnicodeDecodeError as error:
        raise FeelValueError("The line is not written in UTF-8.") from error
    if not isinstance(context, Mapping):
        raise FeelValueError("Expected a JSON object with the variables.")
    return context
