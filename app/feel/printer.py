"""Syntax trees to text that reads back as the same tree, given the same names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from app.feel import syntax
from app.feel.lexer import is_plain_name, quote
from app.feel.numbers import write_json_number
from app.feel.parser import ADD, AND, COMPARE, INSTANCE, MULTIPLY, NEGATE, OR, POSTFIX, POWER
from app.feel.syntax import Node

_LOWEST: Final = 0
_HIGHEST: Final = 100
_ARITHMETIC: Final = {"+": ADD, "-": ADD, "*": MULTIPLY, "/": MULTIPLY, "**": POWER}


def print_expression(node: Node) -> str:
    """Return `node` as FEEL text, with no more brackets than it needs."""
    return _print(node, _LOWEST)


def print_tests(node: syntax.Tests) -> str:
    """Return a cell of a decision table as text."""
    if not node.tests:
        return "-"
    tests = ", ".join(map(_print_test, node.tests))
    return f"not({tests})" if node.negated else tests


def _print(node: Node, power: int) -> str:
    """Return `node` as an operand of an operator that binds with `power`."""
    own, text = _PRINTERS[type(node)](node)
    return text if own > power else f"({text})"


def _print_test(node: Node) -> str:
    return _unary(node)[1] if isinstance(node, syntax.UnaryTest) else _print(node, _LOWEST)


def _joined(nodes: tuple[Node, ...]) -> str:
    return ", ".join(_print(node, _LOWEST) for node in nodes)


def _number(node: syntax.Number) -> tuple[int, str]:
    return (_HIGHEST if node.value >= 0 else NEGATE), write_json_number(node.value).replace("E+", "e").replace("E", "e")


def _negation(node: syntax.Negation) -> tuple[int, str]:
    """Return -x; what begins with a digit gets brackets, since -1 is one number."""
    text = _print(node.operand, NEGATE - 1)
    return NEGATE, f"-({text})" if text[0] in ".0123456789" else f"-{text}"


def _arithmetic(node: syntax.Arithmetic) -> tuple[int, str]:
    chain: list[syntax.Arithmetic] = []
    first: Node = node
    power = _ARITHMETIC[node.operator]
    while isinstance(first, syntax.Arithmetic) and _ARITHMETIC[first.operator] == power:
        chain.append(first)
        first = first.left
    parts = [_print(first, power)]
    for link in reversed(chain):
        parts += [link.operator, _print(link.right, power)]
    return power, " ".join(parts)


def _logic(node: syntax.Logic) -> tuple[int, str]:
    power = OR if node.operator == "or" else AND
    return power, f" {node.operator} ".join(_print(operand, power) for operand in node.operands)


def _left(node: Node) -> str:
    """Return the left operand of a comparison, which may itself be one."""
    return _print(node, COMPARE - 1)


def _comparison(node: syntax.Comparison) -> tuple[int, str]:
    return COMPARE, f"{_left(node.left)} {node.operator} {_print(node.right, COMPARE)}"


def _between(node: syntax.Between) -> tuple[int, str]:
    return COMPARE, f"{_left(node.value)} between {_print(node.low, COMPARE)} and {_print(node.high, COMPARE)}"


def _in(node: syntax.In) -> tuple[int, str]:
    return COMPARE, f"{_left(node.value)} in ({', '.join(map(_print_test, node.tests))})"


def _unary(node: syntax.UnaryTest) -> tuple[int, str]:
    return _LOWEST, f"{node.operator} {_print(node.endpoint, COMPARE)}"


def _invocation(node: syntax.Invocation) -> tuple[int, str]:
    named = ", ".join(f"{argument.name}: {_print(argument.value, _LOWEST)}" for argument in node.named)
    return POSTFIX, f"{_print(node.function, POSTFIX - 1)}({named or _joined(node.positional)})"


def _context(node: syntax.ContextLiteral) -> tuple[int, str]:
    entries = (f"{_key(entry.key)}: {_print(entry.value, _LOWEST)}" for entry in node.entries)
    return _HIGHEST, "{" + ", ".join(entries) + "}"


def _key(key: str) -> str:
    return key if is_plain_name(key) else quote(key)


def _function(node: syntax.FunctionLiteral) -> tuple[int, str]:
    parameters = ", ".join(
        parameter.name if parameter.type is None else f"{parameter.name}: {parameter.type}" for parameter in node.parameters
    )
    external = "external " if node.external else ""
    return _LOWEST, f"function({parameters}) {external}{_print(node.body, -1)}"


def _iterations(iterations: tuple[syntax.Iteration, ...]) -> str:
    parts = []
    for iteration in iterations:
        end = "" if iteration.end is None else f"..{_print(iteration.end, POSTFIX)}"
        parts.append(f"{iteration.name} in {_print(iteration.source, POSTFIX if end else _LOWEST)}{end}")
    return ", ".join(parts)


def _for(node: syntax.For) -> tuple[int, str]:
    return _LOWEST, f"for {_iterations(node.iterations)} return {_print(node.body, -1)}"


def _quantified(node: syntax.Quantified) -> tuple[int, str]:
    return _LOWEST, f"{node.quantifier} {_iterations(node.iterations)} satisfies {_print(node.condition, -1)}"


def _if(node: syntax.If) -> tuple[int, str]:
    return _LOWEST, f"if {_print(node.condition, -1)} then {_print(node.yes, -1)} else {_print(node.no, -1)}"


def _interval(node: syntax.Interval) -> tuple[int, str]:
    opening, closing = "[" if node.start_included else "(", "]" if node.end_included else ")"
    return _HIGHEST, f"{opening}{_print(node.start, POSTFIX)}..{_print(node.end, POSTFIX)}{closing}"


_PRINTERS: Final[Mapping[type[Node], Callable[[Any], tuple[int, str]]]] = {
    syntax.Null: lambda _: (_HIGHEST, "null"),
    syntax.Number: _number,
    syntax.String: lambda node: (_HIGHEST, quote(node.value)),
    syntax.Boolean: lambda node: (_HIGHEST, "true" if node.value else "false"),
    syntax.AtLiteral: lambda node: (_HIGHEST, f"@{quote(node.text)}"),
    syntax.Name: lambda node: (_HIGHEST, node.name),
    syntax.Negation: _negation,
    syntax.Arithmetic: _arithmetic,
    syntax.Comparison: _comparison,
    syntax.Logic: _logic,
    syntax.Between: _between,
    syntax.In: _in,
    syntax.InstanceOf: lambda node: (INSTANCE, f"{_print(node.value, INSTANCE - 1)} instance of {node.type}"),
    syntax.Path: lambda node: (POSTFIX, f"{_print(node.source, POSTFIX - 1)}.{node.name}"),
    syntax.Filter: lambda node: (POSTFIX, f"{_print(node.source, POSTFIX - 1)}[{_print(node.condition, -1)}]"),
    syntax.Invocation: _invocation,
    syntax.ListLiteral: lambda node: (_HIGHEST, f"[{_joined(node.items)}]"),
    syntax.ContextLiteral: _context,
    syntax.FunctionLiteral: _function,
    syntax.For: _for,
    syntax.Quantified: _quantified,
    syntax.If: _if,
    syntax.Interval: _interval,
    syntax.UnaryTest: _unary,
}
