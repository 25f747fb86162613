"""Syntax trees to closures: literals, names, logic, comparison, arithmetic, conditions.

A closure takes the state of the evaluation and returns a value. What is known when an expression is compiled (constants, which names
are local, which classes two operands most likely have) is decided then, so that a simple condition runs in about a microsecond.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from app.feel import syntax
from app.feel.arithmetic import calculate, negate
from app.feel.env import Env, Run
from app.feel.functions import as_function
from app.feel.host import PLAIN, from_host
from app.feel.numbers import DECIMAL128
from app.feel.operators import SAME_EQUALS, SAME_ORDER, equals, ordered
from app.feel.scope import Scope
from app.feel.syntax import Node
from app.feel.temporal_text import parse_temporal
from app.feel.types import instance_of, kind_of

MISSING: Final = object()
DIRECT: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_DECIMAL: Final[Mapping[str, Callable[[Decimal, Decimal], Decimal]]] = {
    "+": DECIMAL128.add,
    "-": DECIMAL128.subtract,
    "*": DECIMAL128.multiply,
    "/": DECIMAL128.divide,
}

Compile = Callable[["Compiler", Any, Scope], Run]


class Compiler:
    """Compiles nodes by their class."""

    def __init__(self, table: Mapping[type[Node], Compile]) -> None:
        self._table = table

    def run_of(self, node: Node, scope: Scope) -> Run:
        """Return the closure of `node`."""
        return self._table[type(node)](self, node, scope)


def constant(value: Any) -> Run:
    """Return a closure that gives always the same value."""

    def run(_env: Env) -> Any:
        return value

    return run


def constant_of(node: Node, scope: Scope) -> Any:
    """Return the value of a node that needs no evaluation, else MISSING."""
    if isinstance(node, (syntax.Number, syntax.String, syntax.Boolean)):
        return node.value
    if isinstance(node, syntax.AtLiteral):
        value = parse_temporal(node.text)
        return MISSING if value is None else value
    if isinstance(node, syntax.Invocation) and isinstance(node.function, syntax.Name) and not node.named:
        builtin = scope.builtin(node.function.name)
        if builtin is not None and builtin.name in ("date", "time", "date and time", "duration"):
            arguments = [constant_of(argument, scope) for argument in node.positional]
            value = None if MISSING in arguments else builtin.call(Env(), arguments)
            return MISSING if value is None else value
    return MISSING


def compile_null(_compiler: Compiler, _node: Node, _scope: Scope) -> Run:
    """Compile null."""
    return constant(None)


def compile_literal(_compiler: Compiler, node: syntax.Number, _scope: Scope) -> Run:
    """Compile a number, string or boolean."""
    return constant(node.value)


def compile_at(_compiler: Compiler, node: syntax.AtLiteral, _scope: Scope) -> Run:
    """Compile an at-literal."""
    value = parse_temporal(node.text)
    if value is not None:
        return constant(value)

    def run(env: Env) -> Any:
        return env.warn(f"{node.text!r} is no date, time or duration.")

    return run


def compile_name(_compiler: Compiler, node: syntax.Name, scope: Scope) -> Run:
    """Compile a variable."""
    name = node.name
    defined, items = scope.resolve(name)
    if defined is None:
        outer = _global_name(name, scope)
    elif defined.item and name == "item":
        return _item_name(defined.item, items)
    elif name in defined.live:
        outer = _live_name(name)
    else:
        outer = _local_name(name)
    return _entry_of_item(name, items, outer) if items else outer


def _local_name(name: str) -> Run:
    def run(env: Env) -> Any:
        return env.variables[name]

    return run


def _live_name(name: str) -> Run:
    """Return a closure for a list that grows later: what is read now must not."""

    def run(env: Env) -> Any:
        items = env.variables[name]
        env.charge_items(len(items))
        return items.copy()

    return run


def _global_name(name: str, scope: Scope) -> Run:
    scope.globals.free.add(name)
    builtin = None if name in scope.globals.known else scope.globals.builtins.get(name)
    if builtin is not None:
        scope.globals.free.discard(name)
        function = as_function(builtin)

        def run_builtin(env: Env) -> Any:
            return from_host(env.context[name], env) if name in env.context else function

        return run_builtin

    def run(env: Env) -> Any:
        try:
            value = env.context[name]
        except KeyError:
            return env.warn(f"There is no variable {name!r}.")
        if value.__class__ in PLAIN or (value.__class__ is Decimal and value.is_finite()):
            return value
        return from_host(value, env)

    return run


def _entry_of_item(name: str, items: tuple[str, ...], outer: Run) -> Run:
    """Return a closure that asks the items of the filters around it for an entry, from the inside out."""

    def run(env: Env) -> Any:
        for item in items:
            context = env.variables[item]
            if isinstance(context, Mapping) and name in context:
                return from_host(context[name], env)
        return outer(env)

    return run


def _item_name(item: str, items: tuple[str, ...]) -> Run:
    def run(env: Env) -> Any:
        for slot in items:
            value = env.variables[slot]
            if isinstance(value, Mapping) and "item" in value:
                return from_host(value["item"], env)
            if slot == item:
                return value
        return None

    return run


def compile_negation(compiler: Compiler, node: syntax.Negation, scope: Scope) -> Run:
    """Compile -x."""
    operand = compiler.run_of(node.operand, scope)

    def run(env: Env) -> Any:
        return negate(env, operand(env))

    return run


def compile_arithmetic(compiler: Compiler, node: syntax.Arithmetic, scope: Scope) -> Run:
    """Compile a chain such as a + b - c; it is as deep on the left as it is long, so it runs as a loop when it is long."""
    chain: list[syntax.Arithmetic] = []
    first: Node = node
    while isinstance(first, syntax.Arithmetic):
        chain.append(first)
        first = first.left
    run = compiler.run_of(first, scope)
    steps = [_step(link.operator, compiler.run_of(link.right, scope)) for link in reversed(chain)]
    if len(steps) <= 3:
        for step in steps:
            run = _then(run, step)
        return run
    start = run

    def run_chain(env: Env) -> Any:
        value = start(env)
        for step in steps:
            value = step(env, value)
        return value

    return run_chain


def _then(run: Run, step: Callable[[Env, Any], Any]) -> Run:
    return lambda env: step(env, run(env))


def _step(symbol: str, right: Run) -> Callable[[Env, Any], Any]:
    direct = _DECIMAL.get(symbol)
    if direct is None:
        return lambda env, value: calculate(env, symbol, value, right(env))
    fast = direct

    def step(env: Env, value: Any) -> Any:
        other = right(env)
        if value.__class__ is Decimal and other.__class__ is Decimal:
            try:
                return fast(value, other)
            except ArithmeticError:
                pass
        return calculate(env, symbol, value, other)

    return step


def compile_comparison(compiler: Compiler, node: syntax.Comparison, scope: Scope) -> Run:
    """Compile x = y, x < y and so on."""
    left, right = compiler.run_of(node.left, scope), compiler.run_of(node.right, scope)
    symbol = node.operator
    direct = DIRECT[symbol]
    same = SAME_EQUALS if symbol in ("=", "!=") else SAME_ORDER
    known = constant_of(node.right, scope)
    if known.__class__ in same:
        kind = known.__class__

        def run_known(env: Env) -> Any:
            value = left(env)
            return direct(value, known) if value.__class__ is kind else compare_values(env, symbol, value, known)

        return run_known

    def run(env: Env) -> Any:
        value, other = left(env), right(env)
        if value.__class__ is other.__class__ and value.__class__ in same:
            if value.__class__ is str:
                env.charge_long_text(len(value))
            return direct(value, other)
        return compare_values(env, symbol, value, other)

    return run


def compare_values(env: Env, symbol: str, left: Any, right: Any) -> bool | None:
    """Return `left symbol right` for any values; null and a warning when they cannot be compared."""
    if left.__class__ is str:
        env.charge_long_text(len(left))
    if symbol in ("=", "!="):
        answer = equals(left, right, env)
        if answer is not None and symbol == "!=":
            answer = not answer
    else:
        answer = ordered(symbol, left, right)
    if answer is None:
        env.warn(f"Cannot compare: {kind_of(left)} {symbol} {kind_of(right)} has no meaning.")
    return answer


def compile_logic(compiler: Compiler, node: syntax.Logic, scope: Scope) -> Run:
    """Compile and, or: one operand decides, else all must be truth values."""
    operands = [compiler.run_of(operand, scope) for operand in node.operands]
    decisive = node.operator == "or"
    if len(operands) == 2:
        first, second = operands

        def run_two(env: Env) -> Any:
            left = first(env)
            if left is decisive:
                return decisive
            right = second(env)
            if right is decisive:
                return decisive
            if left.__class__ is bool and right.__class__ is bool:
                return not decisive
            _warn_of_operands(env, node.operator, (left, right))
            return None

        return run_two

    def run(env: Env) -> Any:
        answer: bool | None = not decisive
        for operand in operands:
            value = operand(env)
            if value is decisive:
                return decisive
            if value.__class__ is not bool:
                answer = None
                _warn_of_operands(env, node.operator, (value,))
        return answer

    return run


def _warn_of_operands(env: Env, symbol: str, values: tuple[Any, ...]) -> None:
    """Say which operands are neither true nor false; null is neither, and nothing to wonder at."""
    for value in values:
        if value is not None and value.__class__ is not bool:
            env.warn(f"{symbol} takes true and false, not a {kind_of(value)}.")


def compile_between(compiler: Compiler, node: syntax.Between, scope: Scope) -> Run:
    """Compile x between low and high."""
    value_of, low_of, high_of = (compiler.run_of(part, scope) for part in (node.value, node.low, node.high))

    def run(env: Env) -> Any:
        value = value_of(env)
        above = compare_values(env, ">=", value, low_of(env))
        below = compare_values(env, "<=", value, high_of(env))
        if above is False or below is False:
            return False
        return True if above and below else None

    return run


def compile_if(compiler: Compiler, node: syntax.If, scope: Scope) -> Run:
    """Compile if, with everything but true as false."""
    condition, yes, no = (compiler.run_of(part, scope) for part in (node.condition, node.yes, node.no))

    def run(env: Env) -> Any:
        return yes(env) if condition(env) is True else no(env)

    return run


def compile_instance_of(compiler: Compiler, node: syntax.InstanceOf, scope: Scope) -> Run:
    """Compile x instance of type."""
    value_of = compiler.run_of(node.value, scope)
    feel_type = node.type

    def run(env: Env) -> Any:
        answer = instance_of(value_of(env), feel_type, env)
        if answer is None:
            env.warn(f"There is no type {feel_type}.")
        return answer

    return run


COMPILERS: Final[Mapping[type[Node], Compile]] = {
    syntax.Null: compile_null,
    syntax.Number: compile_literal,
    syntax.String: compile_literal,
    syntax.Boolean: compile_literal,
    syntax.AtLiteral: compile_at,
    syntax.Name: compile_name,
    syntax.Negation: compile_negation,
    syntax.Arithmetic: compile_arithmetic,
    syntax.Comparison: compile_comparison,
    syntax.Logic: compile_logic,
    syntax.Between: compile_between,
    syntax.If: compile_if,
    syntax.InstanceOf: compile_instance_of,
}
