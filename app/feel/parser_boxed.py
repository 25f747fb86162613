"""The parts of the grammar that bring new names into scope, and invocations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from app.feel import syntax
from app.feel.lexer import END, NAME, STRING, Token, unquote
from app.feel.names import NameTable, name_between, name_end
from app.feel.parser_types import parse_type
from app.feel.syntax import Node

if TYPE_CHECKING:
    from app.feel.parser import Parser


def parse_if(parser: Parser, at: int) -> Node:
    """Return the rest of `if`."""
    condition = parser.expression()
    parser.expect("then")
    yes = parser.expression()
    parser.expect("else")
    return syntax.If(condition=condition, yes=yes, no=parser.expression(), at=at)


def parse_for(parser: Parser, at: int) -> Node:
    """Return the rest of `for`."""
    outer = parser.names
    iterations = _parse_iterations(parser)
    parser.expect("return")
    parser.names.add("partial")
    body = parser.expression()
    parser.names = outer
    return syntax.For(iterations=iterations, body=body, at=at)


def parse_quantified(parser: Parser, quantifier: str, at: int) -> Node:
    """Return the rest of `some` or `every`."""
    outer = parser.names
    iterations = _parse_iterations(parser)
    parser.expect("satisfies")
    condition = parser.expression()
    parser.names = outer
    return syntax.Quantified(quantifier=quantifier, iterations=iterations, condition=condition, at=at)


def parse_function(parser: Parser, at: int) -> Node:
    """Return the rest of `function`."""
    parser.expect("(")
    parameters = []
    while not parser.at_operator(")"):
        token = parser.token
        name = _new_name(parser, (",", ":", ")"))
        feel_type = parse_type(parser) if parser.accept(":") else None
        parameters.append(syntax.FormalParameter(name=name, type=feel_type, at=token.at))
        if not parser.accept(","):
            break
    parser.expect(")")
    external = parser.token.kind == NAME and parser.token.text == "external" and parser.tokens[parser.index + 1].text == "{"
    if external:
        parser.index += 1
    outer = parser.names
    parser.names = NameTable((parameter.name for parameter in parameters), parent=outer)
    body = parser.expression()
    parser.names = outer
    return syntax.FunctionLiteral(parameters=tuple(parameters), body=body, external=external, at=at)


def parse_context(parser: Parser, at: int) -> Node:
    """Return the rest of a context; the keys read so far are names for the entries that follow."""
    outer = parser.names
    parser.names = NameTable(parent=outer)
    entries = []
    while not parser.at_operator("}"):
        token = parser.token
        if token.kind == STRING:
            key = unquote(token, parser.text)
            parser.index += 1
        else:
            key = _new_name(parser, (":",))
        parser.expect(":")
        entries.append(syntax.Entry(key=key, value=parser.expression(), at=token.at))
        parser.names.add(key)
        parser.members.add(key)
        if not parser.accept(","):
            break
    parser.expect("}")
    parser.names = outer
    return syntax.ContextLiteral(entries=tuple(entries), at=at)


def parse_arguments(parser: Parser, function: Node, at: int) -> Node:
    """Return an invocation of `function`, whose opening bracket is read."""
    if parser.accept(")"):
        return syntax.Invocation(function=function, at=at)
    if _argument_name_end(parser) is not None:
        named = [_named_argument(parser)]
        while parser.accept(","):
            named.append(_named_argument(parser))
        parser.expect(")")
        return syntax.Invocation(function=function, named=tuple(named), at=at)
    positional = [parser.expression()]
    while parser.accept(","):
        positional.append(parser.expression())
    parser.expect(")")
    return syntax.Invocation(function=function, positional=tuple(positional), at=at)


def _named_argument(parser: Parser) -> syntax.NamedArgument:
    end = _argument_name_end(parser)
    if end is None:
        raise parser.fault("Expected the name of a parameter")
    token = parser.token
    name = name_between(parser.tokens, parser.index, end)
    parser.index = end + 1
    return syntax.NamedArgument(name=name, value=parser.expression(), at=token.at)


def _argument_name_end(parser: Parser) -> int | None:
    """Return the index of the colon when a named argument comes next."""
    end = name_end(parser.tokens, parser.index)
    colon = parser.tokens[end]
    return end if end > parser.index and colon.text == ":" and colon.kind != END else None


def _parse_iterations(parser: Parser) -> tuple[syntax.Iteration, ...]:
    """Return `name in source, ...`; leaves the names in scope of the parser."""
    iterations = []
    parser.names = NameTable(parent=parser.names)
    while True:
        token = parser.token
        name = _new_name(parser, ("in",))
        parser.expect("in")
        source = parser.expression()
        end = parser.expression() if parser.accept("..") else None
        iterations.append(syntax.Iteration(name=name, source=source, end=end, at=token.at))
        parser.names.add(name)
        if not parser.accept(","):
            return tuple(iterations)


def _new_name(parser: Parser, stops: tuple[str, ...]) -> str:
    """Return a name that is defined here: all tokens up to one of `stops`."""
    start = parser.index
    limit = name_end(parser.tokens, start)
    end = start
    while end < limit and not _stops(parser.tokens[end], stops):
        end += 1
    if end == start or not _stops(parser.tokens[end], stops):
        raise parser.fault(f"Expected a name followed by {' or '.join(map(repr, stops))}")
    parser.index = end
    return name_between(parser.tokens, start, end)


def _stops(token: Token, stops: Iterable[str]) -> bool:
    return token.kind not in (STRING, END) and token.text in stops
