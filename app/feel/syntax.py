"""The syntax tree of FEEL. `at` is the offset in the text, for messages; it does not count in comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from app.feel.record import Record
from app.feel.types import FeelType


class Node(Record):
    """Any expression."""

    at: int = 0

    def _compared(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "at"}


class Null(Node):
    """Node of null."""


class Number(Node):
    """Node of 1.5."""

    value: Decimal


class String(Node):
    """Node of a text in quotes."""

    value: str


class Boolean(Node):
    """Node of true."""

    value: bool


class AtLiteral(Node):
    """Node of @ and a text in quotes."""

    text: str


class Name(Node):
    """Node of a variable, in the spelling under which it is known."""

    name: str


class Negation(Node):
    """Node of -x."""

    operand: Node


class Arithmetic(Node):
    """Node of x + y, `operator` being one of + - * / ** ."""

    operator: str
    left: Node
    right: Node


class Comparison(Node):
    """Node of x < y, `operator` being one of = != < <= > >= ."""

    operator: str
    left: Node
    right: Node


class Logic(Node):
    """Node of x and y and z; `operator` is and, or."""

    operator: str
    operands: tuple[Node, ...]


class Between(Node):
    """Node of x between low and high."""

    value: Node
    low: Node
    high: Node


class In(Node):
    """Node of x in (test, test)."""

    value: Node
    tests: tuple[Node, ...]


class InstanceOf(Node):
    """Node of x instance of type."""

    value: Node
    type: FeelType


class Path(Node):
    """Node of x.name."""

    source: Node
    name: str


class Filter(Node):
    """Node of x[condition]."""

    source: Node
    condition: Node


class NamedArgument(Node):
    """Node of name: value, in an invocation."""

    name: str
    value: Node


class Invocation(Node):
    """Node of f(x) or f(name: x)."""

    function: Node
    positional: tuple[Node, ...] = ()
    named: tuple[NamedArgument, ...] = ()


class ListLiteral(Node):
    """Node of [x, y]."""

    items: tuple[Node, ...]


class Entry(Node):
    """Node of key: value, in a context."""

    key: str
    value: Node


class ContextLiteral(Node):
    """Node of {key: value}."""

    entries: tuple[Entry, ...]


class FormalParameter(Node):
    """Node of name: type, in a function."""

    name: str
    type: FeelType | None = None


class FunctionLiteral(Node):
    """Node of function(x) body."""

    parameters: tuple[FormalParameter, ...]
    body: Node
    external: bool = False


class Iteration(Node):
    """Node of name in source, or name in source..end."""

    name: str
    source: Node
    end: Node | None = None


class For(Node):
    """Node of for iterations return body."""

    iterations: tuple[Iteration, ...]
    body: Node


class Quantified(Node):
    """Node of some or every iterations satisfies condition; `quantifier` is some, every."""

    quantifier: str
    iterations: tuple[Iteration, ...]
    condition: Node


class If(Node):
    """Node of if condition then yes else no."""

    condition: Node
    yes: Node
    no: Node


class Interval(Node):
    """Node of [start..end)."""

    start: Node
    end: Node
    start_included: bool
    end_included: bool


class UnaryTest(Node):
    """Node of < endpoint, `operator` being one of = != < <= > >= ."""

    operator: str
    endpoint: Node


class Tests(Node):
    """A cell of a decision table; no tests at all is the dash."""

    tests: tuple[Node, ...]
    negated: bool = False


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes directly below `node`."""
    for value in vars(node).values():
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, Node))


def walk(node: Node) -> Iterator[Node]:
    """Yield `node` and all nodes below it."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(children(current))
