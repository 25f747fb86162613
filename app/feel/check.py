"""What can be said of an expression without evaluating it: README.md lists the findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from app.feel import syntax
from app.feel.api import UnaryTests, compile_expression, compile_unary_tests
from app.feel.builtins import BUILTINS
from app.feel.check_calls import may_become, read_type
from app.feel.check_operators import check_test, check_value, described
from app.feel.check_parts import PARTS, check_condition
from app.feel.check_state import Checker, Finding, NamesInSight
from app.feel.compiler import MISSING, constant_of
from app.feel.compiler_tests import INPUT
from app.feel.errors import FeelError, FeelSyntaxError
from app.feel.lexer import normalize_name
from app.feel.scope import Globals, Scope
from app.feel.syntax import Node
from app.feel.types import ANY, FeelType
from app.feel.values import Range

__all__ = ["Finding", "check_expression", "check_unary_tests", "read_type", "values_of_tests"]
Names = Mapping[str, FeelType] | Iterable[str]
_MEMBERS_MAX: Final = 10_000


def check_expression(
    text: str,
    names: Names = (),
    *,
    members: Iterable[str] = (),
    types: Mapping[str, FeelType] | None = None,
    expected: FeelType | None = None,
    closed: bool = True,
) -> tuple[Finding, ...]:
    """Return what is wrong with an expression, in the order of its text.

    Args:
        text: the expression.
        names: the type of each variable, or only their names.
        members: names that are only entries of contexts, besides those that the types tell.
        types: named types, as for `compile_expression`.
        expected: the type that the result must have; boolean makes the expression a condition.
        closed: False when there may be variables that are not in `names`.
    """
    variables = _types_of(names)
    known = {*members, *_members_of(variables.values())}

    def check(checker: Checker) -> None:
        tree = compile_expression(text, variables, members=known, types=types).tree
        sight = NamesInSight(variables)
        if expected is not None and expected.kind == "boolean":
            check_condition(checker, tree, sight, what="The condition")
            return
        result = checker.infer(tree, sight)
        if expected is not None:
            _check_result(checker, tree, result, expected, sight)

    return _findings(text, check, types=types, closed=closed)


def check_unary_tests(
    text: str,
    names: Names = (),
    *,
    input_type: FeelType = ANY,
    members: Iterable[str] = (),
    types: Mapping[str, FeelType] | None = None,
    closed: bool = True,
) -> tuple[Finding, ...]:
    """Return what is wrong with a cell of a decision table whose input is of that type; arguments as for `check_expression`."""
    variables = _types_of(names)
    known = {*members, *_members_of((*variables.values(), input_type))}

    def check(checker: Checker) -> None:
        tree = compile_unary_tests(text, variables, members=known, types=types).tree
        assert isinstance(tree, syntax.Tests), "unary tests are read as tests"
        sight = NamesInSight({**variables, INPUT: input_type})
        for test in tree.tests:
            check_test(checker, test, input_type, sight)

    return _findings(text, check, types=types, closed=closed)


def values_of_tests(tests: UnaryTests) -> tuple[Any, ...]:
    """Return the constants and ranges that make up the tests, for `FeelType.allowed`; () when there is anything else among them."""
    scope = Scope(Globals(builtins=BUILTINS, known=frozenset()))
    if tests.tree.negated:
        return ()
    values = tuple(_value_of_test(test, scope) for test in tests.tree.tests)
    return () if MISSING in values else values


def _value_of_test(test: Node, scope: Scope) -> Any:
    if isinstance(test, syntax.Interval):
        start, end = constant_of(test.start, scope), constant_of(test.end, scope)
        if MISSING in (start, end):
            return MISSING
        return Range(start=start, end=end, start_included=test.start_included, end_included=test.end_included)
    if isinstance(test, syntax.UnaryTest):
        end = constant_of(test.endpoint, scope)
        if end is MISSING or test.operator in ("=", "!="):
            return end if test.operator == "=" else MISSING
        if "<" in test.operator:
            return Range(start=None, end=end, start_included=False, end_included=test.operator == "<=")
        return Range(start=end, end=None, start_included=test.operator == ">=", end_included=False)
    return constant_of(test, scope)


def _findings(text: str, check: Callable[[Checker], None], *, types: Mapping[str, FeelType] | None, closed: bool) -> tuple[Finding, ...]:
    checker = Checker(text, types=types or {}, closed=closed, table=PARTS)
    try:
        check(checker)
    except FeelSyntaxError as error:
        checker.find("syntax", error.position, f"{error.message}.", "Correct the expression.")
    except FeelError as error:
        checker.find("limit", 0, f"{error}.", "Make the expression smaller.")
    except RecursionError:
        checker.find("limit", 0, "The expression is nested too deeply to be checked.", "Make the expression smaller.")
    return tuple(sorted(checker.findings, key=lambda finding: finding.position))


def _types_of(names: Names) -> dict[str, FeelType]:
    if isinstance(names, Mapping):
        return {normalize_name(name): kind for name, kind in names.items()}
    return dict.fromkeys(map(normalize_name, names), ANY)


def _members_of(types: Iterable[FeelType]) -> set[str]:
    """Return the names of all entries within the types, so that a path can have spaces in it."""
    waiting = list(types)
    members: set[str] = set()
    for _ in range(_MEMBERS_MAX):
        if not waiting:
            break
        current = waiting.pop()
        members |= {key for key, _ in current.entries if key}
        waiting += [kind for _, kind in current.entries]
        if current.of is not None:
            waiting.append(current.of)
    return members


def _check_result(checker: Checker, node: Node, result: FeelType, expected: FeelType, names: NamesInSight) -> None:
    if not may_become(result, expected):
        message = f"The result is {described(result)}, but {described(expected)} is expected."
        checker.find("result_type", node.at, message, f"Give {described(expected)}.")
    elif expected.allowed:
        _check_allowed(checker, node, expected, names)


def _check_allowed(checker: Checker, node: Node, expected: FeelType, names: NamesInSight) -> None:
    """Check the constants that an expression can give against the values that are allowed."""
    if isinstance(node, syntax.If):
        _check_allowed(checker, node.yes, expected, names)
        _check_allowed(checker, node.no, expected, names)
        return
    value = checker.constant(node, names)
    if value is not MISSING:
        check_value(checker, "=", expected, value, at=node.at)
