"""Types in the text: after `instance of` and in the parameters of functions (grammar rule 52)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.feel.errors import FeelLimitExceeded
from app.feel.lexer import NAME, OPERATOR, Token
from app.feel.limits import DEPTH_MAX
from app.feel.names import NameTable, name_between, name_end
from app.feel.types import ANY_CONTEXT, PRIMITIVES, FeelType

if TYPE_CHECKING:
    from app.feel.parser import Parser

_PRIMITIVE_NAMES: Final = NameTable(PRIMITIVES)


def parse_type(parser: Parser, depth: int = 0) -> FeelType:
    """Return the type that comes next; a name that is not known gives a type of kind "unknown"."""
    if depth > DEPTH_MAX:
        raise FeelLimitExceeded("depth", "nested types")
    token = parser.token
    if token.kind != NAME:
        raise parser.fault(f"Expected a type, but found {token.text!r}")
    own = NameTable(parser.types).longest(parser.tokens, parser.index) if parser.types else (0, "")
    following = parser.tokens[parser.index + 1]
    if own[0] == 0 and token.text in ("list", "range", "context", "function"):
        parser.index += 1
        if following.kind == OPERATOR and following.text == "<":
            return _parametrized(parser, token.text, depth)
        return FeelType(kind=token.text)
    count, name = max(own, _PRIMITIVE_NAMES.longest(parser.tokens, parser.index))
    if count:
        parser.index += count
        return parser.types[name] if name in parser.types else PRIMITIVES[name]
    start = parser.index
    parser.index += 1
    while parser.at_operator(".") and parser.tokens[parser.index + 1].kind == NAME:
        parser.index += 2
    return FeelType(kind="unknown", name=name_between(parser.tokens, start, parser.index))


def _parametrized(parser: Parser, kind: str, depth: int) -> FeelType:
    parser.expect("<")
    if kind in ("list", "range"):
        element = parse_type(parser, depth + 1)
        _close(parser)
        return FeelType(kind=kind, of=element)
    if kind == "context":
        return _context_type(parser, depth)
    entries = []
    while not parser.at_operator(">") and not parser.at_operator(">="):
        entries.append(("", parse_type(parser, depth + 1)))
        if not parser.accept(","):
            break
    _close(parser)
    parser.expect("->")
    return FeelType(kind="function", entries=tuple(entries), of=parse_type(parser, depth + 1))


def _context_type(parser: Parser, depth: int) -> FeelType:
    entries: list[tuple[str, FeelType]] = []
    while not parser.at_operator(">") and not parser.at_operator(">="):
        start = parser.index
        parser.index = name_end(parser.tokens, start)
        if parser.index == start:
            raise parser.fault("Expected the name of an entry")
        name = name_between(parser.tokens, start, parser.index)
        parser.expect(":")
        entries.append((name, parse_type(parser, depth + 1)))
        parser.members.add(name)
        if not parser.accept(","):
            break
    _close(parser)
    return FeelType(kind="context", entries=tuple(entries)) if entries else ANY_CONTEXT


def _close(parser: Parser) -> None:
    """Step over `>`, also when the text has it glued to an equals sign."""
    token = parser.token
    if token.kind == OPERATOR and token.text == ">=":
        parser.tokens[parser.index] = Token(kind=OPERATOR, text="=", at=token.at + 1)
        return
    parser.expect(">")
