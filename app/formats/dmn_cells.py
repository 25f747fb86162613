"""Cells of decision tables: their unary tests, and the values they accept where that is plain to see."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from app.feel import UnaryTests, compile_expression, syntax
from app.feel.errors import FeelError
from app.feel.printer import print_expression
from app.feel.types import kind_of
from app.feel.values import DateTime, DaysTimeDuration, FarDate, Time, YearsMonthsDuration

_NUMBER: Final = r"-?(?:0|[1-9]\d{0,29})(?:\.\d{1,4})?"
_TEXT: Final = r'"[^"\\\n\r\x0b\x0c]*"'
_POINTS: Final = re.compile(rf"{_NUMBER}(?:\s*,\s*{_NUMBER})*|{_TEXT}(?:\s*,\s*{_TEXT})*|true|false")
_POINT: Final = re.compile(rf"{_TEXT}|{_NUMBER}|true|false")
_COMPARED: Final = re.compile(rf"(<=|>=|<|>)\s*({_NUMBER})")
_RANGE: Final = re.compile(rf"([\[(\]])\s*({_NUMBER})\s*\.\.\s*({_NUMBER})\s*([\])\[])")
_TEMPORAL_CALLS: Final = frozenset({"date", "time", "date and time", "duration"})
_ORDERED: Final = (Decimal, str, dt.date, FarDate, Time, DateTime, DaysTimeDuration, YearsMonthsDuration)
_MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_NOT_SIMPLE: Final = object()


@dataclass(frozen=True, slots=True)
class Piece:
    """The values between two ends; an end that is None is not bounded."""

    low: Any
    high: Any
    with_low: bool = True
    with_high: bool = True


@dataclass(frozen=True, slots=True)
class Region:
    """The values that a cell accepts: those of its pieces, or all others.

    Attributes:
        kind: of the pieces' ends, as `kind_of` calls it; "" without pieces.
        with_null: whether null is among what is written.
        ordered: whether a test compares by order, which with null is neither true nor false.
    """

    kind: str
    pieces: tuple[Piece, ...]
    negated: bool = False
    with_null: bool = False
    ordered: bool = False

    @property
    def is_everything(self) -> bool:
        """True for the dash, which null satisfies too."""
        return self.negated and not self.pieces and not self.with_null

    @property
    def accepts_null(self) -> bool:
        """Whether null satisfies the cell."""
        return not self.with_null and not self.ordered if self.negated else self.with_null


EVERYTHING: Final = Region("", (), negated=True)


class Cell:
    """One cell; its unary tests are compiled when they are first needed, or at once where the text does not tell what it accepts."""

    __slots__ = ("_compile", "_tests", "is_plain", "region", "text")

    def __init__(self, text: str, compile_tests: Callable[[], UnaryTests | None]) -> None:
        self.text = text
        self._compile = compile_tests
        self._tests: UnaryTests | None = None
        self.region = _read_plain(text)
        self.is_plain = self.region is not None
        if self.region is None and self.tests is not None:
            self.region = read_region(self.tests.tree)

    @property
    def tests(self) -> UnaryTests | None:
        """The compiled tests, None when they cannot be read."""
        if self._tests is None:
            self._tests = self._compile()
        return self._tests


def _read_plain(text: str) -> Region | None:
    """Return what the most usual cells accept, without parsing them."""
    if text in ("", "-"):
        return EVERYTHING
    if _POINTS.fullmatch(text):
        points = [_read_point(point) for point in _POINT.findall(text)]
        return Region(kind_of(points[0]), tuple(Piece(point, point) for point in points))
    compared = _COMPARED.fullmatch(text)
    if compared is not None:
        return Region("number", _compare(compared[1], Decimal(compared[2])), ordered=True)
    span = _RANGE.fullmatch(text)
    if span is not None:
        low, high = Decimal(span[2]), Decimal(span[3])
        return Region("number", (Piece(low, high, span[1] == "[", span[4] == "]"),), ordered=True)
    return None


def _read_point(text: str) -> Any:
    if text.startswith('"'):
        return text[1:-1]
    return text == "true" if text in ("true", "false") else Decimal(text)


def read_region(tests: syntax.Tests) -> Region | None:
    """Return the values that unary tests accept; None when they depend on more than constants."""
    pieces: list[Piece] = []
    with_null = False
    for test in tests.tests:
        found = _read_test(test)
        if found is None:
            return None
        pieces += found[0]
        with_null = with_null or found[1]
    if not tests.tests:
        return EVERYTHING
    kinds = {kind_of(end) for piece in pieces for end in (piece.low, piece.high) if end is not None}
    if len(kinds) > 1:
        return None
    ordered = any(_orders(test) for test in tests.tests)
    return Region(kinds.pop() if kinds else "", tuple(pieces), negated=tests.negated, with_null=with_null, ordered=ordered)


def _orders(test: syntax.Node) -> bool:
    """Return whether a test compares by order."""
    if isinstance(test, syntax.In):
        return any(map(_orders, test.tests))
    return isinstance(test, syntax.Interval) or (
        isinstance(test, (syntax.UnaryTest, syntax.Comparison)) and test.operator not in ("=", "!=")
    )


def _read_test(node: syntax.Node) -> tuple[Sequence[Piece], bool] | None:
    """Return the pieces of one test, and whether it accepts null."""
    if isinstance(node, syntax.UnaryTest):
        return _read_comparison(node.operator, node.endpoint)
    if isinstance(node, syntax.Comparison):
        if _is_input(node.left):
            return _read_comparison(node.operator, node.right)
        return _read_comparison(_MIRRORED[node.operator], node.left) if _is_input(node.right) else None
    if isinstance(node, syntax.Interval):
        low, high = _read_constant(node.start), _read_constant(node.end)
        if kind_of(low) != kind_of(high) or not isinstance(low, _ORDERED):
            return None
        return (Piece(low, high, node.start_included, node.end_included),), False
    if isinstance(node, syntax.In) and _is_input(node.value):
        found = [_read_test(test) for test in node.tests]
        return _join([each for each in found if each is not None]) if None not in found else None
    if isinstance(node, syntax.ListLiteral):
        values = [_read_constant(item) for item in node.items]
        if any(value is _NOT_SIMPLE or value is None for value in values):
            return None
        return tuple(Piece(value, value) for value in values), False
    return _read_comparison("=", node)


def _join(parts: Sequence[tuple[Sequence[Piece], bool]]) -> tuple[Sequence[Piece], bool]:
    return [piece for pieces, _ in parts for piece in pieces], any(with_null for _, with_null in parts)


def _is_input(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Name) and node.name == "?"


def _read_comparison(operator: str, node: syntax.Node) -> tuple[Sequence[Piece], bool] | None:
    value = _read_constant(node)
    if value is None and operator in ("=", "!="):
        return ((), True) if operator == "=" else ((Piece(None, None, with_low=False, with_high=False),), False)
    if value is _NOT_SIMPLE or value is None or (operator not in ("=", "!=") and not isinstance(value, _ORDERED)):
        return None
    return _compare(operator, value), operator == "!="


def _compare(operator: str, value: Any) -> tuple[Piece, ...]:
    below, above = Piece(None, value, with_low=False, with_high=False), Piece(value, None, with_low=False, with_high=False)
    pieces: Mapping[str, tuple[Piece, ...]] = {
        "=": (Piece(value, value),),
        "!=": (below, above),
        "<": (below,),
        ">": (above,),
        "<=": (Piece(None, value, with_low=False),),
        ">=": (Piece(value, None, with_high=False),),
    }
    return pieces[operator]


def _read_constant(node: syntax.Node) -> Any:
    """Return the value of a literal or of a call that makes a date, time or duration of literals; else _NOT_SIMPLE."""
    if isinstance(node, syntax.Null):
        return None
    if isinstance(node, (syntax.Number, syntax.String, syntax.Boolean)):
        return node.value
    if isinstance(node, syntax.Negation) and isinstance(node.operand, syntax.Number):
        return node.operand.value.copy_negate()
    is_call = isinstance(node, syntax.Invocation) and isinstance(node.function, syntax.Name) and node.function.name in _TEMPORAL_CALLS
    if not isinstance(node, syntax.AtLiteral) and not is_call:
        return _NOT_SIMPLE
    if any(isinstance(part, syntax.Name) and part.name not in _TEMPORAL_CALLS for part in syntax.walk(node)):
        return _NOT_SIMPLE
    try:
        value = compile_expression(print_expression(node)).value({})
    except FeelError:
        return _NOT_SIMPLE
    return _NOT_SIMPLE if value is None else value
