"""Lists, filters, contexts, paths and loops (clauses 10.3.2.5, 10.3.2.14, tables 49, 64, 68 and 69)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from app.feel import syntax
from app.feel.compiler import MISSING, Compile, Compiler, constant_of
from app.feel.env import Env, Run
from app.feel.host import PLAIN, from_host
from app.feel.numbers import whole
from app.feel.properties import read_path
from app.feel.scope import Scope
from app.feel.syntax import Node
from app.feel.types import kind_of
from app.feel.values import FarDate, Range, date_of_day_number, day_number

_NODES_PER_STEP: Final = 16
_EXTRA: Final[Mapping[type[Node], int]] = {syntax.ContextLiteral: 1, syntax.FunctionLiteral: 2}  # they take the most memory


def weight_of(node: Node) -> int:
    """Return the steps that one run of `node` costs, by its size."""
    weight = 1
    nodes = 0
    for part in syntax.walk(node):
        nodes += 1
        weight += _EXTRA.get(type(part), 0)
    return weight + nodes // _NODES_PER_STEP


def compile_list(compiler: Compiler, node: syntax.ListLiteral, scope: Scope) -> Run:
    """Compile [a, b]."""
    items = [compiler.run_of(item, scope) for item in node.items]
    return lambda env: [item(env) for item in items]


def compile_context(compiler: Compiler, node: syntax.ContextLiteral, scope: Scope) -> Run:
    """Compile {key: value}; an entry sees those before it, a function also itself."""
    inner = scope.inner()
    entries: list[tuple[str, Run]] = []
    for entry in node.entries:
        if isinstance(entry.value, syntax.FunctionLiteral):
            inner.names.add(entry.key)
        entries.append((entry.key, compiler.run_of(entry.value, inner)))
        inner.names.add(entry.key)
    repeated = len({key for key, _ in entries}) < len(entries)

    def run(env: Env) -> Any:
        if repeated:
            return env.warn("A context has the same key twice.")
        variables = dict(env.variables)
        own = env.inner(variables)
        result = {}
        for key, value_of in entries:
            result[key] = variables[key] = value_of(own)
        return result

    return run


def compile_path(compiler: Compiler, node: syntax.Path, scope: Scope) -> Run:
    """Compile x.name."""
    source = compiler.run_of(node.source, scope)
    name = node.name

    def run(env: Env) -> Any:
        value = source(env)
        if value.__class__ is dict:
            try:
                entry = value[name]
            except KeyError:
                return env.warn(f"The context has no entry {name!r}.")
            return entry if entry.__class__ in PLAIN else from_host(entry, env)
        return read_path(env, value, name)

    return run


# -- filters -------------------------------------------------------------------------------------------------------------------


def compile_filter(compiler: Compiler, node: syntax.Filter, scope: Scope) -> Run:
    """Compile x[y]: an item by its position, or the items that satisfy a condition."""
    index = constant_of(node.condition, scope)
    if index.__class__ is Decimal:
        source = _source_of(compiler, node.source, scope)
        return lambda env: _item_at(env, source(env), index)
    source = compiler.run_of(node.source, scope)
    slot = f"item {id(node)}"
    condition = compiler.run_of(node.condition, scope.inner(item=slot))
    position = None if _is_condition(node.condition) else compiler.run_of(node.condition, scope)
    weight = weight_of(node.condition)

    def run(env: Env) -> Any:
        value = source(env)
        if value is None:
            return None
        items = value if value.__class__ is list else [value]
        variables = dict(env.variables)
        inner = env.inner(variables)
        if position is not None:
            if items:
                variables[slot] = items[0]
            number = _position(env, position, condition(inner) if items else position(env))
            if number is not None:
                return None if number is MISSING else _item_at(env, value, number)
        env.charge(weight * len(items))
        kept = []
        for item in items:
            variables[slot] = item
            if condition(inner) is True:
                kept.append(item)
        return kept

    return run


def _is_condition(node: Node) -> bool:
    return isinstance(node, (syntax.Comparison, syntax.Logic, syntax.Between, syntax.In, syntax.Quantified, syntax.InstanceOf))


def _source_of(compiler: Compiler, node: Node, scope: Scope) -> Run:
    """Return the closure of a list that is only read here, so that a growing one need not be copied."""
    if isinstance(node, syntax.Name):
        defined, items = scope.resolve(node.name)
        if defined is not None and node.name in defined.live and not items:
            name = node.name
            return lambda env: env.variables[name]
    return compiler.run_of(node, scope)


def _position(env: Env, position: Run, sample: Any) -> Any:
    """Return the position that x[y] asks for, None when y is a condition, MISSING when it is neither.

    Args:
        env: the state outside of the items, where a position is evaluated.
        position: y.
        sample: y for the first item, which shows what y is.
    """
    if sample is None or sample.__class__ is bool:
        return None
    number = position(env)
    if number.__class__ is Decimal:
        return number
    env.warn(f"A list is filtered by a position or a condition, not by a {kind_of(sample)}.")
    return MISSING


def _item_at(env: Env, value: Any, position: Decimal) -> Any:
    if value is None:
        return None
    items = value if value.__class__ is list else [value]
    index = whole(position)
    if index is None or index == 0 or abs(index) > len(items):
        env.warn(f"A list of {len(items)} items has none at position {position}.")
        return None
    return items[index - 1 if index > 0 else index]


# -- loops ---------------------------------------------------------------------------------------------------------------------


class _Loop:
    """The variables of a `for` or a quantified expression, each with what it runs over."""

    def __init__(self, compiler: Compiler, iterations: tuple[syntax.Iteration, ...], scope: Scope) -> None:
        self.parts: list[tuple[str, Run, Run | None]] = []
        for iteration in iterations:
            source = compiler.run_of(iteration.source, scope)
            end = None if iteration.end is None else compiler.run_of(iteration.end, scope)
            self.parts.append((iteration.name, source, end))
            scope.names.add(iteration.name)

    def run(self, env: Env, *, weight: int, fresh: bool, visit: Callable[[Env], bool]) -> bool:
        """Call `visit` for every combination until it returns True; return False when something is no list.

        Args:
            env: with variables of its own, which are written to.
            weight: steps of one visit.
            fresh: each visit gets variables of its own, since a function in it may keep them.
            visit: gets the state of one combination.
        """
        return self._descend(0, env, weight=weight, fresh=fresh, visit=visit) is not None

    def _descend(self, depth: int, env: Env, *, weight: int, fresh: bool, visit: Callable[[Env], bool]) -> bool | None:
        """Call `visit` for what the variables from this one on run over; return whether it stopped, None when something is no list."""
        name, source, end = self.parts[depth]
        items = _items(env, source(env), end)
        if items is None:
            return None
        env.charge(weight * len(items))
        last = depth == len(self.parts) - 1
        for item in items:
            if fresh:
                env = env.inner(dict(env.variables))
            env.variables[name] = item
            stopped = visit(env) if last else self._descend(depth + 1, env, weight=weight, fresh=fresh, visit=visit)
            if stopped is not False:
                return stopped
        return False


def _items(env: Env, value: Any, end: Run | None) -> Sequence[Any] | None:
    """Return what a loop runs over: the items of a list, the numbers or days from one to another, or one value alone."""
    if end is not None:
        return _between(env, value, end(env))
    if value.__class__ is list:
        items: Sequence[Any] = value
        return items
    if isinstance(value, Range):
        return _range_items(env, value)
    if value is None:
        env.warn("A loop over null.")
        return None
    return [value]


def _between(env: Env, start: Any, end: Any) -> Sequence[Any] | None:
    if start.__class__ is Decimal and end.__class__ is Decimal:
        first, last = whole(start, limit=10**30), whole(end, limit=10**30)
        make: Callable[[int], Any] = Decimal
    elif isinstance(start, (dt.date, FarDate)) and isinstance(end, (dt.date, FarDate)):
        first, last, make = day_number(start), day_number(end), date_of_day_number
    else:
        first = last = None
        make = Decimal
    if first is None or last is None:
        env.warn(f"A loop runs from a whole number or date to another, not from {kind_of(start)} to {kind_of(end)}.")
        return None
    step = 1 if first <= last else -1
    env.charge_items(abs(last - first) + 1)
    return [make(number) for number in range(first, last + step, step)]


def _range_items(env: Env, bounds: Range) -> Sequence[Any] | None:
    items = None if bounds.start is None or bounds.end is None else _between(env, bounds.start, bounds.end)
    if items is None:
        return None
    start = 0 if bounds.start_included else 1
    return items[start : len(items) if bounds.end_included else -1]


def _mentions(node: Node, kind: type[Node], name: str | None = None) -> bool:
    return any(isinstance(part, kind) and (name is None or getattr(part, "name", None) == name) for part in syntax.walk(node))


def compile_for(compiler: Compiler, node: syntax.For, scope: Scope) -> Run:
    """Compile for ... return."""
    own_partial = all(iteration.name != "partial" for iteration in node.iterations)
    inner_scope = scope.inner(live=("partial",) if own_partial else ())
    loop = _Loop(compiler, node.iterations, inner_scope)
    inner_scope.names.add("partial")
    body = compiler.run_of(node.body, inner_scope)
    weight = weight_of(node.body)
    fresh = _mentions(node.body, syntax.FunctionLiteral)
    keeps_partial = fresh and own_partial and _mentions(node.body, syntax.Name, "partial")

    def run(env: Env) -> Any:
        results: list[Any] = []
        variables = dict(env.variables)
        if own_partial:
            variables["partial"] = results
        add = results.append

        def visit(state: Env) -> bool:
            if keeps_partial:
                state.charge_items(len(results))
                state.variables["partial"] = results.copy()
            add(body(state))
            return False

        own = env.inner(variables)
        if not loop.run(own, weight=weight, fresh=fresh, visit=visit):
            return None
        own.charge_items(len(results))
        return results

    return run


def compile_quantified(compiler: Compiler, node: syntax.Quantified, scope: Scope) -> Run:
    """Compile some and every, with three-valued truth."""
    inner_scope = scope.inner()
    loop = _Loop(compiler, node.iterations, inner_scope)
    condition = compiler.run_of(node.condition, inner_scope)
    weight = weight_of(node.condition)
    fresh = _mentions(node.condition, syntax.FunctionLiteral)
    decisive = node.quantifier == "some"

    def run(env: Env) -> Any:
        answer: bool | None = not decisive

        def visit(state: Env) -> bool:
            nonlocal answer
            value = condition(state)
            if value is decisive:
                answer = decisive
            elif value.__class__ is not bool:
                answer = None
            return value is decisive

        if not loop.run(env.inner(dict(env.variables)), weight=weight, fresh=fresh, visit=visit):
            return None
        return answer

    return run


COMPILERS: Final[Mapping[type[Node], Compile]] = {
    syntax.ListLiteral: compile_list,
    syntax.ContextLiteral: compile_context,
    syntax.Path: compile_path,
    syntax.Filter: compile_filter,
    syntax.For: compile_for,
    syntax.Quantified: compile_quantified,
}
