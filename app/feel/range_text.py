"""Ranges from their texts, for the function `range` (grammar rules 66 and 67)."""

from typing import Any

from app.feel import syntax
from app.feel.compiler import MISSING, constant_of
from app.feel.compiler_tests import make_range
from app.feel.env import Env
from app.feel.errors import FeelError
from app.feel.names import NameTable
from app.feel.parser import Parser
from app.feel.scope import Globals, Scope
from app.feel.types import kind_of
from app.feel.values import Range


def parse_range(env: Env, text: str) -> Range | None:
    """Return the range that `text` writes with literals as ends, such as "[1..10)" or "(..5]"; None when it is none."""
    body = text.strip()
    if len(body) < 4 or body[0] not in "([]" or body[-1] not in ")][":
        return None
    opening, closing = body[0] == "[", body[-1] == "]"
    inner = body[1:-1]
    split = _split(inner)
    if split is None:
        return None
    start_text, end_text = split
    start, end = _endpoint(start_text), _endpoint(end_text)
    if MISSING in (start, end) or (start is None and end is None):
        return None
    if start is None:
        return None if opening else Range(start=None, end=end, start_included=False, end_included=closing)
    if end is None:
        return None if closing else Range(start=start, end=None, start_included=opening, end_included=False)
    return make_range(env, start, end, start_included=opening, end_included=closing)


def _split(inner: str) -> tuple[str, str] | None:
    """Return the texts before and after the two dots outside of strings."""
    quoted = escaped = False
    for index, character in enumerate(inner):
        if quoted:
            quoted = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            quoted = True
        elif inner.startswith("..", index):
            return inner[:index], inner[index + 2 :]
    return None


def _endpoint(text: str) -> Any:
    """Return the value of a literal, None for an empty text, MISSING for anything else."""
    from app.feel.builtins import BUILTINS

    if not text.strip():
        return None
    names = NameTable(BUILTINS)
    try:
        node = Parser(text, names=NameTable(parent=names), members=NameTable(), types={}).whole_expression()
    except FeelError:
        return MISSING
    value = constant_of(node, Scope(Globals(builtins=BUILTINS, known=frozenset())))
    if isinstance(node, syntax.Boolean) or kind_of(value) == "unknown":
        return MISSING
    return value
