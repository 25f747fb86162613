"""Exact text for engine state: JSON in which every FEEL value keeps its type, and a sealed binary form around it.

A value that JSON has no type for is written as `{"$": [type, …]}`; a context that itself has the key `$` is written as a list of
its entries. So no key of an author's data has a meaning here, and nothing is ever instantiated by a name found in the data.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from app.domain.errors import InvalidRequest
from app.engine.errors import StateUnreadable
from app.feel.values import DateTime, DaysTimeDuration, FarDate, Range, Time, YearsMonthsDuration

COMPRESSED, PLAIN = b"CSE1", b"CSE2"
PLAIN_BYTES_MAX = 1_600
"""Beyond it, a row with its state would be one that PostgreSQL compresses itself; below it, compressing takes longer than all the rest."""

DEPTH_MAX = 60
NODES_MAX = 100_000
BYTES_MAX = 64_000_000
_KIND_BYTES, _CHECK_BYTES = 4, 16
_HEAD_BYTES = _KIND_BYTES + _CHECK_BYTES
_EXACT = (str, bool, int, type(None), Decimal, date, datetime, time, timedelta, FarDate, Time, DateTime, DaysTimeDuration, YearsMonthsDuration)  # fmt: skip

_JSON_KINDS: Final = frozenset({str, bool, int, type(None)})
"""What JSON writes as it is."""


def freeze(value: Any, *, name: str) -> Any:
    """Return `value` as a FEEL value that shares no mutable part with the caller's.

    Raises:
        InvalidRequest: a floating point number, a key that is not text, a class that is no FEEL value, or far too much of it.
    """
    budget = [NODES_MAX - 1]
    return _freeze(value, name, budget, DEPTH_MAX)


def _freeze(value: Any, name: str, budget: list[int], depth: int) -> Any:
    kind = type(value)
    if kind in _JSON_KINDS:
        return value
    if kind is dict or (kind is not list and isinstance(value, Mapping)):
        _spend(budget, len(value), name, depth)
        frozen = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise _unfit(name, "has a key that is not text")
            frozen[key] = item if type(item) in _JSON_KINDS else _freeze(item, name, budget, depth - 1)
        return frozen
    if kind is list or isinstance(value, (list, tuple)):
        return _freeze_items(value, name, budget, depth)
    if isinstance(value, _EXACT):
        if isinstance(value, Decimal) and not value.is_finite():
            raise _unfit(name, "is not a finite number")
        return value if kind in _EXACT else _plain(value)
    if isinstance(value, Range):
        start, end = _freeze_items((value.start, value.end), name, budget, depth)
        return Range(start=start, end=end, start_included=value.start_included, end_included=value.end_included)
    if isinstance(value, float):
        raise _unfit(name, "is a binary floating point number; send it as a decimal")
    raise _unfit(name, f"is a {type(value).__name__}, which is no FEEL value")


def _freeze_items(values: Sequence[Any], name: str, budget: list[int], depth: int) -> list[Any]:
    if not values:
        return []
    _spend(budget, len(values), name, depth)
    return [item if type(item) in _JSON_KINDS else _freeze(item, name, budget, depth - 1) for item in values]


def _spend(budget: list[int], parts: int, name: str, depth: int) -> None:
    """Take what a list or context has from what a variable may hold."""
    budget[0] -= parts
    if budget[0] < 0 or (parts and depth < 1):
        raise _unfit(name, "is too large for a variable: keep ids and decision facts, not documents")


def _plain(value: Any) -> Any:
    """Return a value of an enumeration or another subclass as its base."""
    return str(value) if isinstance(value, str) else int(value) if isinstance(value, int) else value


def _unfit(name: str, reason: str) -> InvalidRequest:
    return InvalidRequest(f"Variable {name} {reason}.", errors={name: [reason]})


def encode(value: Any) -> Any:
    """Return the value in JSON's own types, for `decode`."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is dict:
        if "$" in value:
            return {"$": ["context", [[key, encode(item)] for key, item in value.items()]]}
        return {key: encode(item) for key, item in value.items()}
    if kind is list:
        return [encode(item) for item in value]
    return {"$": [encode(part) for part in _parts_of(value)]}


def _parts_of(value: Any) -> list[Any]:
    match value:
        case Decimal():
            return ["number", str(value)]
        case datetime():
            zone = getattr(value.tzinfo, "key", None)
            return ["datetime", value.isoformat(), value.fold] + ([zone] if zone else [])
        case date():
            return ["date", value.isoformat()]
        case FarDate():
            return ["far", value.year, value.month, value.day]
        case Time():
            return ["Time", value.hour, value.minute, str(value.second), value.offset, value.zone]
        case DateTime():
            return ["DateTime", value.date, value.time]
        case DaysTimeDuration():
            return ["days", str(value.seconds)]
        case YearsMonthsDuration():
            return ["months", value.months]
        case timedelta():
            return ["delta", value.days, value.seconds, value.microseconds]
        case time():
            return ["time", value.isoformat()]
        case Range():
            return ["range", value.start, value.end, value.start_included, value.end_included]
    raise AssertionError(f"a {type(value).__name__} is never stored: freeze refuses it")


def decode(value: Any) -> Any:
    """Return what `encode` was given."""
    if type(value) is dict:
        if "$" in value:
            return _decode_typed(*value["$"])
        return {key: decode(item) for key, item in value.items()}
    if type(value) is list:
        return [decode(item) for item in value]
    return value


def _decode_typed(kind: str, *parts: Any) -> Any:
    reader = _READERS.get(kind)
    if reader is None:
        raise StateUnreadable(reason=f"unknown value type {kind}")
    return reader(*parts)


def _read_datetime(text: str, fold: int, zone: str | None = None) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=ZoneInfo(zone) if zone else moment.tzinfo, fold=fold)


def _read_time(hour: int, minute: int, second: str, offset: int | None, zone: str | None) -> Time:
    return Time(hour=hour, minute=minute, second=Decimal(second), offset=offset, zone=zone)


def _read_range(start: Any, end: Any, start_included: bool, end_included: bool) -> Range:  # noqa: FBT001 - the fields of a stored range, in their order
    return Range(start=decode(start), end=decode(end), start_included=start_included, end_included=end_included)


_READERS: Final[Mapping[str, Callable[..., Any]]] = {
    "number": Decimal,
    "context": lambda entries: {key: decode(item) for key, item in entries},
    "datetime": _read_datetime,
    "date": date.fromisoformat,
    "far": lambda year, month, day: FarDate(year=year, month=month, day=day),
    "Time": _read_time,
    "DateTime": lambda day, clock: DateTime(date=decode(day), time=decode(clock)),
    "days": lambda seconds: DaysTimeDuration(seconds=Decimal(seconds)),
    "months": lambda months: YearsMonthsDuration(months=months),
    "delta": lambda days, seconds, microseconds: timedelta(days=days, seconds=seconds, microseconds=microseconds),
    "time": time.fromisoformat,
    "range": _read_range,
}


_write_json: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode
_TO_US: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS
_TYPED_KEY: Final = b'"$":'
"""How a value that JSON has no type for, or a context with the key `$`, looks in the text; a quote inside a text has a backslash before it."""


def seal(content: Mapping[str, Any]) -> bytes:
    """Return `content` as bytes: format, checksum, and its text, compressed when it is long.

    What is stored plain was written by orjson, which refuses integers beyond 64 bits, and so is read exactly by it.
    """
    text = _write_plainly(content)
    if text is None:
        text = _write_json(encode(content)).encode()
    elif len(text) <= PLAIN_BYTES_MAX:
        return PLAIN + _checksum(text) + text
    packed = zlib.compress(text, 1)
    return COMPRESSED + _checksum(packed) + packed


def _write_plainly(content: Mapping[str, Any]) -> bytes | None:
    """Return the text of `encode(content)` by orjson; None when it cannot, or when a context has the key `$`."""
    typed = 0

    def write_typed(value: Any) -> dict[str, list[Any]]:
        nonlocal typed
        typed += 1
        return {"$": _parts_of(value)}

    try:
        text = orjson.dumps(content, default=write_typed, option=_TO_US)
    except orjson.JSONEncodeError:
        return None
    return text if text.count(_TYPED_KEY) == typed else None


def unseal(blob: bytes) -> dict[str, Any]:
    """Return the content of `seal`.

    Raises:
        StateUnreadable: another format, a wrong checksum, or content that is too large.
    """
    kind, checksum, stored = blob[:_KIND_BYTES], blob[_KIND_BYTES:_HEAD_BYTES], blob[_HEAD_BYTES:]
    if kind not in (PLAIN, COMPRESSED):
        raise StateUnreadable(reason=f"its format is neither {PLAIN.decode()} nor {COMPRESSED.decode()}")
    if _checksum(stored) != checksum:
        raise StateUnreadable(reason="its checksum is wrong")
    text = stored if kind == PLAIN else _decompress(stored)
    content: dict[str, Any] = orjson.loads(text) if kind == PLAIN else json.loads(text)
    return decode(content) if _TYPED_KEY in text else content


def _checksum(stored: bytes) -> bytes:
    return blake2b(stored, digest_size=_CHECK_BYTES).digest()


def _decompress(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(packed, BYTES_MAX)
    if unpacker.unconsumed_tail:
        raise StateUnreadable(reason=f"it is larger than {BYTES_MAX} bytes")
    return text


def write_instant(moment: datetime) -> int:
    """Return an instant as microseconds since 1970."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def read_instant(microseconds: int) -> datetime:
    """Return the instant that `write_instant` wrote, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
