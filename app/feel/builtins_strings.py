"""String functions (table 74). Regular expressions are those of XPath, matched within bounds by regex.py."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING, Any, Final

from app.feel.builtins_lists import position_of
from app.feel.env import Env
from app.feel.functions import Builtin
from app.feel.numbers import whole

if TYPE_CHECKING:
    from app.feel.regex import Pattern


def _substring(env: Env, text: str, start: Decimal, length: Decimal | None = None) -> str | None:
    first = position_of(start.to_integral_value(ROUND_DOWN), len(text))
    count = None if first is None else len(text) - first if length is None else whole(length.to_integral_value(ROUND_DOWN))
    if first is None or count is None or not 1 <= count <= len(text) - first:
        env.warn("substring: the positions are not in the string.")
        return None
    env.charge_text(count)
    return text[first : first + count]


def _string_length(_env: Env, text: str) -> Decimal:
    return Decimal(len(text))


def _cased(change: Callable[[str], str]) -> Callable[..., Any]:
    def cased(env: Env, text: str) -> str:
        env.charge_text(len(text))
        return change(text)

    return cased


def _before(env: Env, text: str, match: str) -> str:
    env.charge_text(len(text))
    return text[: text.index(match)] if match in text else ""


def _after(env: Env, text: str, match: str) -> str:
    env.charge_text(len(text))
    return text[text.index(match) + len(match) :] if match in text else ""


def _contains(env: Env, text: str, match: str) -> bool:
    env.charge_text(len(text))
    return match in text


def _starts_with(env: Env, text: str, match: str) -> bool:
    env.charge_text(min(len(text), len(match)))
    return text.startswith(match)


def _ends_with(env: Env, text: str, match: str) -> bool:
    env.charge_text(min(len(text), len(match)))
    return text.endswith(match)


def _matches(env: Env, text: str, pattern: str, flags: str | None = None) -> bool | None:
    compiled = _pattern(env, pattern, flags)
    return None if compiled is None else compiled.search(text, 0, env) is not None


def _replace(env: Env, text: str, pattern: str, replacement: str, flags: str | None = None) -> str | None:
    compiled = _pattern(env, pattern, flags)
    if compiled is None:
        return None
    parts = compiled.read_replacement(replacement)
    if parts is None or compiled.search("", 0, env) is not None:
        env.warn(f"replace: {replacement!r} is no replacement, or the pattern matches the empty string.")
        return None
    result: list[str] = []
    size = last = 0
    for match in compiled.matches(text, env):
        added = [text[last : match.start], *(match.group(part) if isinstance(part, int) else part for part in parts)]
        size += sum(map(len, added))
        env.charge_text(size if size > len(text) else 0)
        result += added
        last = match.end
    result.append(text[last:])
    env.charge_text(size + len(text) - last)
    return "".join(result)


def _split(env: Env, text: str, delimiter: str) -> list[str] | None:
    compiled = _pattern(env, delimiter, None)
    if compiled is None:
        return None
    if compiled.search("", 0, env) is not None:
        env.warn("split: the delimiter matches the empty string.")
        return None
    result = []
    last = 0
    for match in compiled.matches(text, env):
        result.append(text[last : match.start])
        last = match.end
    result.append(text[last:])
    env.charge_items(len(result))
    env.charge_text(len(text))
    return result


def _pattern(env: Env, pattern: str, flags: str | None) -> Pattern | None:
    from app.feel.regex import PatternError, compile_pattern  # most expressions have no pattern, so they do not wait for it

    try:
        return compile_pattern(pattern, flags or "", env)
    except PatternError as error:
        env.warn(f"{pattern!r} is no regular expression: {error}.")
        return None


def _join(env: Env, items: list[Any], delimiter: str | None = None) -> str | None:
    texts = [item for item in items if item is not None]
    if not all(isinstance(item, str) for item in texts):
        env.warn("string join takes strings only.")
        return None
    env.charge_items(len(texts))
    env.charge_text(sum(map(len, texts)) + len(delimiter or "") * max(0, len(texts) - 1))
    return (delimiter or "").join(texts)


_TWO: Final = "string: string, match: string"
BUILTINS: Final = (
    Builtin("substring", ("string: string, start position: number, length?: number", _substring)),
    Builtin("string length", ("string: string", _string_length)),
    Builtin("upper case", ("string: string", _cased(str.upper))),
    Builtin("lower case", ("string: string", _cased(str.lower))),
    Builtin("substring before", (_TWO, _before)),
    Builtin("substring after", (_TWO, _after)),
    Builtin("replace", ("input: string, pattern: string, replacement: string, flags?: string", _replace)),
    Builtin("contains", (_TWO, _contains)),
    Builtin("starts with", (_TWO, _starts_with)),
    Builtin("ends with", (_TWO, _ends_with)),
    Builtin("matches", ("input: string, pattern: string, flags?: string", _matches)),
    Builtin("split", ("string: string, delimiter: string", _split)),
    Builtin("string join", ("list: list, delimiter?: string", _join)),
)
