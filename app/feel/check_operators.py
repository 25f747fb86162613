"""The static check of comparisons, arithmetic, logic, ranges and `in`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from app.feel import syntax
from app.feel.arithmetic import OPERATIONS
from app.feel.check_names import nearest
from app.feel.check_state import Checker, Infer, NamesInSight
from app.feel.compiler import MISSING
from app.feel.compiler_tests import INPUT, uses_input
from app.feel.operators import compare, equals, in_range
from app.feel.printer import print_expression
from app.feel.syntax import Node
from app.feel.types import ANY, NULL, PRIMITIVES, FeelType, kind_of
from app.feel.values import DateTime, DaysTimeDuration, Range, Time, YearsMonthsDuration
from app.feel.writer import write_value

BOOLEAN: Final = PRIMITIVES["boolean"]
NUMBER: Final = PRIMITIVES["number"]
_UNKNOWN: Final = frozenset({"Any", "Null", "unknown"})
_ORDERED: Final = frozenset(
    {"number", "string", "date", "time", "date and time", "days and time duration", "years and months duration", "Any", "Null", "unknown"}
)
_CLASS_KINDS: Final[Mapping[type, str]] = {
    Decimal: "number",
    str: "string",
    dt.date: "date",
    Time: "time",
    DateTime: "date and time",
    DaysTimeDuration: "days and time duration",
    YearsMonthsDuration: "years and months duration",
}
_DURATIONS: Final = (DaysTimeDuration, YearsMonthsDuration)
_MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}


def described(feel_type: FeelType) -> str:
    """Return the kind of a type with its article."""
    return f"a {feel_type.kind}"


def kinds_meet(left: FeelType, right: FeelType) -> bool:
    """Return whether values of the two types can be of one kind; null and what is not known always can."""
    return left.kind in _UNKNOWN or right.kind in _UNKNOWN or left.kind == right.kind


def plain(feel_type: FeelType) -> FeelType:
    """Return the type without the values that are known of it."""
    return (
        FeelType(kind=feel_type.kind, of=feel_type.of, entries=feel_type.entries, name=feel_type.name) if feel_type.allowed else feel_type
    )


def join(left: FeelType, right: FeelType) -> FeelType:
    """Return the type of something that is either."""
    left, right = plain(left), plain(right)
    if left.kind == "Null":
        return right
    return left if right.kind == "Null" or left == right else ANY


# -- arithmetic ----------------------------------------------------------------------------------------------------------------


def _infer_arithmetic(checker: Checker, node: syntax.Arithmetic, names: NamesInSight) -> FeelType:
    chain: list[syntax.Arithmetic] = []
    first: Node = node
    while isinstance(first, syntax.Arithmetic):
        chain.append(first)
        first = first.left
    result = checker.infer(first, names)
    for link in reversed(chain):
        right = checker.infer(link.right, names)
        result = _calculated(checker, link, result, right)
        if link.operator == "/" and checker.constant(link.right, names) == 0:
            checker.find("type", link.at, "A division by zero is null.", "Divide by something else.")
    return result


def _calculated(checker: Checker, node: syntax.Arithmetic, left: FeelType, right: FeelType) -> FeelType:
    if "Null" in (left.kind, right.kind):
        checker.find("type", node.at, f"{node.operator} with null is always null.", "Leave it out, or give a value.")
        return NULL
    results = {
        _CLASS_KINDS[_result_of(operator, first, second)]
        for operator, first, second in OPERATIONS
        if operator == node.operator and _may_be(left, first) and _may_be(right, second)
    }
    if not results:
        message = f"{described(left).capitalize()} {node.operator} {described(right)} has no meaning and is always null."
        remedy = "Convert one of them, for example with string() or number()."
        if {left.kind, right.kind} <= {"string"}:
            remedy = "Texts can only be joined, with +."
        checker.find("type", node.at, message, remedy)
        return ANY
    return PRIMITIVES[results.pop()] if len(results) == 1 else ANY


def _may_be(feel_type: FeelType, kind: type) -> bool:
    return kind in _CLASS_KINDS and (feel_type.kind in _UNKNOWN or feel_type.kind == _CLASS_KINDS[kind])


def _result_of(operator: str, left: type, right: type) -> type:
    """Return the class of what an operation of the table gives."""
    if left in _DURATIONS:
        return Decimal if operator == "/" and right is left else left if right in (left, Decimal) else right
    if operator == "-" and right not in _DURATIONS and left is not Decimal:
        return DaysTimeDuration
    return right if left is Decimal else left


def _infer_negation(checker: Checker, node: syntax.Negation, names: NamesInSight) -> FeelType:
    operand = checker.infer(node.operand, names)
    if operand.kind in _UNKNOWN or operand.kind == "number" or operand.kind.endswith("duration"):
        return plain(operand)
    checker.find("type", node.at, f"There is no negative of {described(operand)}.", "Negate a number or a duration.")
    return ANY


# -- comparisons ---------------------------------------------------------------------------------------------------------------


def _infer_comparison(checker: Checker, node: syntax.Comparison, names: NamesInSight) -> FeelType:
    left, right = checker.infer(node.left, names), checker.infer(node.right, names)
    if node.left == node.right and not isinstance(node.left, syntax.Invocation):
        checker.find("constant", node.at, "Both sides are the same.", "Compare with something else.")
    elif check_kinds(checker, node.operator, left, right, at=node.at):
        known = checker.constant(node.right, names)
        if known is not MISSING:
            check_value(checker, node.operator, left, known, at=node.right.at)
        known = checker.constant(node.left, names)
        if known is not MISSING:
            check_value(checker, _MIRRORED[node.operator], right, known, at=node.left.at)
    return BOOLEAN


def check_kinds(checker: Checker, operator: str, left: FeelType, right: FeelType, *, at: int) -> bool:
    """Return whether the comparison can have an answer; a finding says why not."""
    if not kinds_meet(left, right):
        message = f"{described(left).capitalize()} is never compared with {described(right)}: the answer is always null."
        checker.find("type", at, message, "Compare values of one kind; convert one of them.")
        return False
    if operator in ("=", "!="):
        return True
    for side in (left, right):
        if side.kind not in _ORDERED or (side.kind == "Null"):
            checker.find("type", at, f"{described(side).capitalize()} has no order.", "Use = or !=, or compare something else.")
            return False
    return True


def check_value(checker: Checker, operator: str, feel_type: FeelType, value: Any, *, at: int) -> None:
    """Add a finding when a comparison with a constant never holds (or always does) for the values that are known of the type."""
    if value is None or not feel_type.allowed or any(_may_hold(operator, item, value) for item in feel_type.allowed):
        return
    written = write_value(value)
    meant = nearest(value, [item for item in feel_type.allowed if isinstance(item, str)]) if isinstance(value, str) else None
    values = ", ".join(map(write_value, feel_type.allowed[:8])) + (", …" if len(feel_type.allowed) > 8 else "")
    remedy = f"Did you mean {write_value(meant)}?" if meant else f"The values are {values}."
    checker.find("never", at, f"{operator} {written} never holds: no value that is allowed does so.", remedy)


def _may_hold(operator: str, item: Any, value: Any) -> bool:
    """Return whether the comparison can hold for an allowed value, or for a value in an allowed range."""
    if not isinstance(item, Range):
        equal = equals(item, value)
        if equal is None:
            return True
        order = compare(item, value)
        return {"=": equal, "!=": not equal}.get(operator, order is not None and _orders(operator, order))
    if operator == "=":
        return in_range(value, item) is not False
    if operator == "!=":
        return True
    end, included = (item.start, item.start_included) if operator in ("<", "<=") else (item.end, item.end_included)
    order = compare(end, value)
    if order is None or order == 0:
        return order is None or (included and operator in ("<=", ">="))
    return order < 0 if operator in ("<", "<=") else order > 0


def _orders(operator: str, order: int) -> bool:
    return (order == 0 and operator in ("<=", ">=")) or (order < 0 if operator in ("<", "<=") else order > 0)


def _infer_between(checker: Checker, node: syntax.Between, names: NamesInSight) -> FeelType:
    value = checker.infer(node.value, names)
    for operator, end in ((">=", node.low), ("<=", node.high)):
        if check_kinds(checker, operator, value, checker.infer(end, names), at=end.at):
            known = checker.constant(end, names)
            if known is not MISSING:
                check_value(checker, operator, value, known, at=end.at)
    check_ends(checker, node.low, node.high, names, at=node.at)
    return BOOLEAN


def check_ends(checker: Checker, start: Node, end: Node, names: NamesInSight, *, at: int) -> None:
    """Add a finding when a range between two constants is empty."""
    first, last = checker.constant(start, names), checker.constant(end, names)
    if MISSING not in (first, last) and (compare(first, last) or 0) > 0:
        checker.find("never", at, "This range ends before it starts.", "Exchange its ends.")


# -- logic ---------------------------------------------------------------------------------------------------------------------


def _infer_logic(checker: Checker, node: syntax.Logic, names: NamesInSight) -> FeelType:
    for operand in node.operands:
        kind = checker.infer(operand, names)
        if kind.kind not in _UNKNOWN and kind.kind != "boolean":
            checker.find(
                "type", operand.at, f"{described(kind).capitalize()} is no condition.", f"Write a condition beside {node.operator!r}."
            )
        if isinstance(operand, syntax.Boolean):
            checker.find("constant", operand.at, f"This side of {node.operator!r} is always the same.", "Leave it out.")
    if node.operator == "and":
        _check_together(checker, node, names)
    return BOOLEAN


def _check_together(checker: Checker, node: syntax.Logic, names: NamesInSight) -> None:
    """Add a finding when conditions on one variable exclude each other, such as x > 5 and x < 3."""
    known: dict[str, list[tuple[str, Any]]] = {}
    for operand in node.operands:
        if not isinstance(operand, syntax.Comparison) or operand.operator == "!=":
            continue
        for subject, other, operator in (
            (operand.left, operand.right, operand.operator),
            (operand.right, operand.left, _MIRRORED[operand.operator]),
        ):
            value = checker.constant(other, names)
            if value is MISSING or not isinstance(subject, (syntax.Name, syntax.Path)):
                continue
            others = known.setdefault(print_expression(subject), [])
            if any(_exclude(operator, value, *earlier) for earlier in others):
                checker.find("never", operand.at, "The conditions before exclude this one.", "Join them with 'or', or correct a value.")
            others.append((operator, value))


def _exclude(operator: str, value: Any, other_operator: str, other: Any) -> bool:
    """Return whether no value is both `operator value` and `other_operator other`."""
    order = compare(value, other)
    if order is None:
        return False
    if operator == "=":
        return not (order == 0 if other_operator == "=" else _orders(other_operator, order))
    if other_operator == "=":
        return not _orders(operator, -order)
    up, down = ((operator, value), (other_operator, other)) if ">" in operator else ((other_operator, other), (operator, value))
    if ">" not in up[0] or "<" not in down[0]:
        return False
    above = compare(up[1], down[1]) or 0
    return above > 0 or (above == 0 and not ("=" in up[0] and "=" in down[0]))


# -- ranges and in -------------------------------------------------------------------------------------------------------------


def _infer_interval(checker: Checker, node: syntax.Interval, names: NamesInSight) -> FeelType:
    start, end = checker.infer(node.start, names), checker.infer(node.end, names)
    if check_kinds(checker, "<", start, end, at=node.at):
        check_ends(checker, node.start, node.end, names, at=node.at)
    return FeelType(kind="range", of=plain(start if start.kind not in _UNKNOWN else end))


def _infer_unary(checker: Checker, node: syntax.UnaryTest, names: NamesInSight) -> FeelType:
    return FeelType(kind="range", of=plain(checker.infer(node.endpoint, names)))


def _infer_in(checker: Checker, node: syntax.In, names: NamesInSight) -> FeelType:
    value = checker.infer(node.value, names)
    inner = names.inner({INPUT: value})
    for test in node.tests:
        check_test(checker, test, value, inner)
    return BOOLEAN


def check_test(checker: Checker, test: Node, value: FeelType, names: NamesInSight) -> None:
    """Check one test on a value of that type: after `in`, or in a cell of a decision table."""
    if isinstance(test, syntax.UnaryTest):
        _check_comparison(checker, test.operator, value, test.endpoint, names, at=test.at)
    elif isinstance(test, syntax.Interval):
        if value.kind == "range":
            checker.infer(test, names)
            return
        _check_comparison(checker, ">=" if test.start_included else ">", value, test.start, names, at=test.start.at)
        _check_comparison(checker, "<=" if test.end_included else "<", value, test.end, names, at=test.end.at)
        check_ends(checker, test.start, test.end, names, at=test.at)
    else:
        _check_member(checker, test, value, names)


def _check_comparison(checker: Checker, operator: str, value: FeelType, end: Node, names: NamesInSight, *, at: int) -> None:
    if check_kinds(checker, operator, value, checker.infer(end, names), at=at):
        known = checker.constant(end, names)
        if known is not MISSING:
            check_value(checker, operator, value, known, at=end.at)


def _check_member(checker: Checker, test: Node, value: FeelType, names: NamesInSight) -> None:
    expected = checker.infer(test, names)
    known = checker.constant(test, names)
    if known is not MISSING:
        if check_kinds(checker, "=", value, FeelType(kind=kind_of(known)), at=test.at):
            check_value(checker, "=", value, known, at=test.at)
        return
    if uses_input(test) or expected.kind == "boolean" or kinds_meet(value, expected):
        return
    inner = expected.of or ANY if expected.kind in ("list", "range") else expected
    if inner.kind == "range":
        inner = inner.of or ANY
    if expected.kind not in ("list", "range") or not kinds_meet(value, inner):
        message = f"{described(value).capitalize()} is never {described(expected)}, nor in it."
        checker.find("type", test.at, message, "Test for values of the same kind.")


def _always(result: FeelType) -> Infer:
    return lambda _checker, _node, _names: result


OPERATORS: Final[Mapping[type[Node], Callable[[Checker, Any, NamesInSight], FeelType]]] = {
    syntax.Null: _always(NULL),
    syntax.Number: _always(NUMBER),
    syntax.String: _always(PRIMITIVES["string"]),
    syntax.Boolean: _always(BOOLEAN),
    syntax.Arithmetic: _infer_arithmetic,
    syntax.Negation: _infer_negation,
    syntax.Comparison: _infer_comparison,
    syntax.Between: _infer_between,
    syntax.Logic: _infer_logic,
    syntax.Interval: _infer_interval,
    syntax.UnaryTest: _infer_unary,
    syntax.In: _infer_in,
}
