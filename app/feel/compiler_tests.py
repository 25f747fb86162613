"""Ranges, `in`, and the cells of decision tables (table 55, grammar rules 7 to 15)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from app.feel import syntax
from app.feel.compiler import DIRECT, Compile, Compiler, compare_values, constant_of
from app.feel.env import Env, Run
from app.feel.limits import CHARACTERS_PER_STEP
from app.feel.operators import SAME_EQUALS, SAME_ORDER, compare, equals, in_range
from app.feel.scope import Scope
from app.feel.syntax import Node
from app.feel.types import kind_of
from app.feel.values import Range

INPUT: Final = "?"
Test = Callable[[Env, Any], "bool | None"]


def make_range(env: Env, start: Any, end: Any, *, start_included: bool, end_included: bool) -> Range | None:
    """Return the range between two values; null and a warning unless they are of one kind and in order."""
    order = compare(start, end)
    if order is None or order > 0:
        env.warn(f"There is no range from {kind_of(start)} to {kind_of(end)}" + (", the start is after the end." if order else "."))
        return None
    return Range(start=start, end=end, start_included=start_included, end_included=end_included)


def compile_interval(compiler: Compiler, node: syntax.Interval, scope: Scope) -> Run:
    """Compile [a..b] as a value."""
    start, end = compiler.run_of(node.start, scope), compiler.run_of(node.end, scope)

    def run(env: Env) -> Any:
        return make_range(env, start(env), end(env), start_included=node.start_included, end_included=node.end_included)

    return run


def compile_unary(compiler: Compiler, node: syntax.UnaryTest, scope: Scope) -> Run:
    """Compile < x as a value: a range with one end."""
    endpoint_of = compiler.run_of(node.endpoint, scope)
    symbol = node.operator

    def run(env: Env) -> Any:
        endpoint = endpoint_of(env)
        if symbol == "!=" or compare(endpoint, endpoint) is None:
            return env.warn(f"{symbol} {kind_of(endpoint)} is no range.")
        if symbol == "=":
            return Range(start=endpoint, end=endpoint, start_included=True, end_included=True)
        if symbol in ("<", "<="):
            return Range(start=None, end=endpoint, start_included=False, end_included=symbol == "<=")
        return Range(start=endpoint, end=None, start_included=symbol == ">=", end_included=False)

    return run


def compile_in(compiler: Compiler, node: syntax.In, scope: Scope) -> Run:
    """Compile x in (tests): true when one test is, false when all are."""
    value_of = compiler.run_of(node.value, scope)
    binds_input = any(uses_input(test) for test in node.tests)
    tests = [compile_test(compiler, test, scope.inner((INPUT,)) if binds_input else scope) for test in node.tests]

    def run(env: Env) -> Any:
        value = value_of(env)
        return any_test(tests, env.inner({**env.variables, INPUT: value}) if binds_input else env, value)

    return run


def any_test(tests: list[Test], env: Env, value: Any) -> bool | None:
    """Return whether one of the tests holds for `value`."""
    answer: bool | None = False
    for test in tests:
        result = test(env, value)
        if result is True:
            return True
        if result is not False:
            answer = None
    return answer


def uses_input(node: Node) -> bool:
    """Return whether `?` occurs in a test."""
    return any(isinstance(part, syntax.Name) and part.name == INPUT for part in syntax.walk(node))


def compile_test(compiler: Compiler, node: Node, scope: Scope) -> Test:
    """Return a closure that takes the value to test."""
    if isinstance(node, syntax.UnaryTest):
        return _unary_test(compiler, node, scope)
    if isinstance(node, syntax.Interval):
        return _interval_test(compiler, node, scope)
    expected = constant_of(node, scope)
    if expected.__class__ in SAME_EQUALS:
        kind = expected.__class__

        def hold_constant(env: Env, value: Any) -> bool | None:
            if value.__class__ is kind:
                return bool(value == expected)
            return equals(value, expected, env)

        return hold_constant
    run = compiler.run_of(node, scope)
    if uses_input(node):

        def hold_condition(env: Env, value: Any) -> bool | None:
            result = run(env)
            return result if result is None or result.__class__ is bool else _matches(env, value, result)

        return hold_condition
    return lambda env, value: _holds(env, value, run(env))


def _holds(env: Env, value: Any, expected: Any) -> bool | None:
    """Return whether a test that is an expression holds; one that is true or false decides, unless a boolean is to be tested."""
    if expected.__class__ is bool and value is not None and value.__class__ is not bool:
        return bool(expected)
    return _matches(env, value, expected)


def _matches(env: Env, value: Any, expected: Any) -> bool | None:
    """Return whether `value` is `expected`, or in it when that is a range or a list (of which a value of another kind is no member)."""
    if isinstance(expected, Range) and not isinstance(value, Range):
        return in_range(value, expected)
    if expected.__class__ is not list:
        return equals(value, expected, env)
    env.charge_items(len(expected))
    if value.__class__ is str:
        env.charge(len(expected) * len(value) // CHARACTERS_PER_STEP)
    answer: bool | None = False
    if value.__class__ is list and equals(value, expected, env) is True:
        return True
    for item in expected:
        ranged = isinstance(item, Range) and not isinstance(value, Range)
        result = in_range(value, item) if ranged else equals(value, item, env)
        if result is True:
            return True
        if result is None and ranged:
            answer = None
    return answer


def _unary_test(compiler: Compiler, node: syntax.UnaryTest, scope: Scope) -> Test:
    endpoint = compiler.run_of(node.endpoint, scope)
    symbol = node.operator
    known = constant_of(node.endpoint, scope)
    if known.__class__ in SAME_ORDER and symbol not in ("=", "!="):
        kind = known.__class__
        direct = DIRECT[symbol]

        def hold_known(env: Env, value: Any) -> bool | None:
            return direct(value, known) if value.__class__ is kind else compare_values(env, symbol, value, known)

        return hold_known
    return lambda env, value: compare_values(env, symbol, value, endpoint(env))


def _interval_test(compiler: Compiler, node: syntax.Interval, scope: Scope) -> Test:
    start, end = compiler.run_of(node.start, scope), compiler.run_of(node.end, scope)
    lower, upper = (">=" if node.start_included else ">"), ("<=" if node.end_included else "<")

    def hold(env: Env, value: Any) -> bool | None:
        if isinstance(value, Range):
            whole = make_range(env, start(env), end(env), start_included=node.start_included, end_included=node.end_included)
            return equals(value, whole, env)
        above = compare_values(env, lower, value, start(env))
        if above is False:
            return False
        below = compare_values(env, upper, value, end(env))
        if below is False:
            return False
        return True if above and below else None

    return hold


def compile_cell(compiler: Compiler, node: syntax.Tests, scope: Scope) -> Test:
    """Return a closure for a whole cell: true when it is satisfied."""
    if not node.tests:
        return lambda _env, _value: True
    tests = [compile_test(compiler, test, scope) for test in node.tests]
    wanted = not node.negated
    if len(tests) == 1:
        single = tests[0]
        return lambda env, value: single(env, value) is wanted
    return lambda env, value: any_test(tests, env, value) is wanted


def compile_tests(compiler: Compiler, node: syntax.Tests, scope: Scope) -> Run:
    """Compile a cell as an expression over `?`."""
    cell = compile_cell(compiler, node, scope)
    return lambda env: cell(env, env.variables[INPUT])


COMPILERS: Final[Mapping[type[Node], Compile]] = {
    syntax.Interval: compile_interval,
    syntax.UnaryTest: compile_unary,
    syntax.In: compile_in,
    syntax.Tests: compile_tests,
}
