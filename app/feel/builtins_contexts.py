"""Functions on contexts (table 81)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.feel.env import Env
from app.feel.functions import Builtin
from app.feel.host import from_host, read_entry

Context = Mapping[str, Any]


def _get_value(env: Env, context: Context, key: str) -> Any:
    if key in context:
        return read_entry(context, key, env)
    env.warn(f"The context has no entry {key!r}.")
    return None


def _get_entries(env: Env, context: Context) -> list[dict[str, Any]]:
    env.charge_items(len(context))
    return [{"key": key, "value": read_entry(context, key, env)} for key in context]


def _context(env: Env, entries: list[Any]) -> dict[str, Any] | None:
    result: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry, Mapping) or "key" not in entry or "value" not in entry:
            env.warn("context: an item has no key or no value.")
            return None
        key = from_host(entry["key"], env)
        if not isinstance(key, str) or key in result:
            env.warn(f"context: the key {key!r} is no string, or stands there twice.")
            return None
        result[key] = read_entry(entry, "value", env)
    return result


def _put(env: Env, context: Context, key: str, value: Any) -> dict[str, Any]:
    env.charge_items(len(context) + 1)
    result = dict(context)
    result[key] = value
    return result


def _put_deep(env: Env, context: Context, keys: list[Any], value: Any) -> dict[str, Any] | None:
    if not keys or not all(isinstance(key, str) for key in keys):
        env.warn("context put: the keys must be one or more strings.")
        return None
    path: list[dict[str, Any]] = []
    current: Any = context
    for key in keys:
        if not isinstance(current, Mapping):
            # The standard defines this as calls within each other, of which the innermost is null.
            env.warn(f"context put: there is no context that could hold {key!r}.")
            value = None
            break
        env.charge_items(len(current) + 1)
        path.append(dict(current))
        current = from_host(current[key], env) if key in current else None
    for own, key in zip(reversed(path), reversed(keys[: len(path)]), strict=True):
        own[key] = value
        value = own
    return path[0]


def _merge(env: Env, contexts: list[Any]) -> dict[str, Any] | None:
    result: dict[str, Any] = {}
    for context in contexts:
        if not isinstance(context, Mapping):
            env.warn("context merge: an item is no context.")
            return None
        env.charge_items(len(context))
        result.update(context)
    return result


BUILTINS: Final = (
    Builtin("get value", ("m: context, key: string", _get_value), ("context: context, key: string", _get_value)),
    Builtin("get entries", ("m: context", _get_entries), ("context: context", _get_entries)),
    Builtin("context", ("entries: list", _context)),
    Builtin("context put", ("context: context, key: string, value: any", _put), ("context: context, keys: list, value: any", _put_deep)),
    Builtin("context merge", ("contexts: list", _merge)),
)
