"""FEEL's types and their relations (clause 10.3.2.9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from app.feel.env import Env
from app.feel.record import Record
from app.feel.values import DateTime, DaysTimeDuration, FarDate, Function, Range, Time, YearsMonthsDuration


class FeelType(Record):
    """A node of the type lattice.

    Args:
        kind: a primitive type's name, or "list", "range", "context", "function", "Any", "Null", "unknown".
        of: the element type of a list or range; the result of a function.
        entries: names and types of a context's entries; types of a function's parameters (names empty).
        name: as written, where that says more than the kind.
        allowed: the values that there are, when these are known: constants and ranges. Only the static check reads it.
    """

    kind: str
    of: FeelType | None = None
    entries: tuple[tuple[str, FeelType], ...] = ()
    name: str = ""
    allowed: tuple[Any, ...] = ()

    def __str__(self) -> str:
        if self.kind in ("list", "range"):
            return f"{self.kind}<{self.of}>" if self.of else self.kind
        if self.kind == "context" and self.entries:
            return "context<" + ", ".join(f"{key}: {kind}" for key, kind in self.entries) + ">"
        if self.kind == "function" and self.of:
            return "function<" + ", ".join(str(kind) for _, kind in self.entries) + f"> -> {self.of}"
        return self.name or self.kind


ANY: Final = FeelType(kind="Any")
NULL: Final = FeelType(kind="Null")
ANY_CONTEXT: Final = FeelType(kind="context", name="context<>")
PRIMITIVES: Final[Mapping[str, FeelType]] = {
    name: FeelType(kind=kind, name=name)
    for name, kind in {
        "Any": "Any",
        "Null": "Null",
        "number": "number",
        "string": "string",
        "boolean": "boolean",
        "date": "date",
        "time": "time",
        "date and time": "date and time",
        "dateTime": "date and time",
        "days and time duration": "days and time duration",
        "dayTimeDuration": "days and time duration",
        "years and months duration": "years and months duration",
        "yearMonthDuration": "years and months duration",
    }.items()
}
_KINDS: Final[dict[type, str]] = {
    type(None): "Null",
    bool: "boolean",
    Decimal: "number",
    str: "string",
    dt.date: "date",
    FarDate: "date",
    Time: "time",
    DateTime: "date and time",
    DaysTimeDuration: "days and time duration",
    YearsMonthsDuration: "years and months duration",
    list: "list",
    dict: "context",
    Range: "range",
    Function: "function",
}


def kind_of(value: object) -> str:
    """Return the name of the kind of a FEEL value."""
    kind = _KINDS.get(value.__class__)
    if kind is not None:
        return kind
    return "context" if isinstance(value, Mapping) else "function" if isinstance(value, Function) else "unknown"


def is_resolved(feel_type: FeelType) -> bool:
    """Return False when the type names something that is not in the lattice, such as an unknown name or a bare list."""
    if feel_type.kind == "unknown":
        return False
    if feel_type.kind in ("list", "range", "function") and feel_type.of is None:
        return False
    if feel_type.kind == "context" and not feel_type.entries:
        return feel_type == ANY_CONTEXT
    return (feel_type.of is None or is_resolved(feel_type.of)) and all(is_resolved(kind) for _, kind in feel_type.entries)


def instance_of(value: Any, feel_type: FeelType, env: Env | None = None) -> bool | None:
    """Return whether `value` is an instance of the type, as the operator `instance of` does (table 61)."""
    if not is_resolved(feel_type):
        return None
    if value is None:
        return feel_type.kind == "Null"
    return conforms(value, feel_type, env)


def conforms(value: Any, feel_type: FeelType, env: Env | None = None) -> bool:
    """Return whether the type of `value` conforms to the type; null conforms to every type.

    Args:
        value: a FEEL value.
        feel_type: what it should be.
        env: pays for looking through lists and contexts; without it a budget of its own does.
    """
    wanted = feel_type.kind
    if value is None or wanted == "Any":
        return True
    kind = kind_of(value)
    if kind != wanted:
        return False
    if kind == "list":
        return feel_type.of is None or feel_type.of.kind == "Any" or _items_conform(value, feel_type.of, env or Env())
    if kind == "range":
        return feel_type.of is None or (conforms(value.start, feel_type.of) and conforms(value.end, feel_type.of))
    if kind == "context":
        env = env or Env()
        return all(key in value and conforms(_plain(value[key], env), entry, env) for key, entry in feel_type.entries)
    if kind == "function":
        return feel_type.of is None or _function_conforms(value, feel_type)
    return True


def _items_conform(items: list[Any], feel_type: FeelType, env: Env) -> bool:
    env.charge_items(len(items))
    return all(conforms(item, feel_type, env) for item in items)


def type_conforms(narrow: FeelType, wide: FeelType) -> bool:
    """Return whether every instance of `narrow` can stand where `wide` is expected."""
    if narrow.kind == "Null" or wide.kind == "Any":
        return True
    if narrow.kind != wide.kind:
        return False
    if narrow.kind in ("list", "range"):
        return type_conforms(narrow.of or ANY, wide.of or ANY)
    if narrow.kind == "context":
        have = dict(narrow.entries)
        return all(key in have and type_conforms(have[key], entry) for key, entry in wide.entries)
    if narrow.kind == "function":
        pairs = zip(narrow.entries, wide.entries, strict=False)
        same_arity = len(narrow.entries) == len(wide.entries)
        return same_arity and all(type_conforms(w, n) for (_, n), (_, w) in pairs) and type_conforms(narrow.of or ANY, wide.of or ANY)
    return True


def _function_conforms(function: Function, feel_type: FeelType) -> bool:
    entries = tuple(("", parameter.type or ANY) for parameter in function.parameters)
    own = FeelType(kind="function", entries=entries, of=function.result)
    if own.of is None and feel_type.of is not None:
        own = FeelType(kind="function", entries=entries, of=feel_type.of)
    return type_conforms(own, feel_type)


def _plain(value: Any, env: Env) -> Any:
    """Return a host value of a context as FEEL would see it."""
    from app.feel.host import from_host

    return from_host(value, env)
