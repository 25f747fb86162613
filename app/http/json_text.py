"""Writing JSON answers: fast by orjson, numbers exact whatever their size."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from app.domain.diagnostics import Diagnostic
from app.domain.money import Money

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_DATACLASS
_INT_MAX = 2**63


def write_json(value: Any) -> bytes:
    """Return `value` as JSON. Decimals and large integers are written digit by digit, never through binary floating point."""
    try:
        return orjson.dumps(value, default=_write_other, option=_OPTIONS)
    except orjson.JSONEncodeError:
        return orjson.dumps(_plain(value), default=_write_other, option=_OPTIONS)


def _write_other(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value:f}".encode())
    if isinstance(value, Money | Diagnostic):
        return value.to_json()
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def _plain(value: Any) -> Any:
    """Return `value` with what orjson cannot write itself replaced: large integers, names that are no text, half surrogates."""
    if isinstance(value, dict):
        return {str(_plain(name)): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, int) and not isinstance(value, bool) and not -_INT_MAX <= value < _INT_MAX:
        return orjson.Fragment(str(value).encode())
    return value
