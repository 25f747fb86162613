"""Compiled expressions give what a plain interpreter gives."""

import datetime as dt
import os
from collections.abc import Mapping
from decimal import Decimal

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.feel import FeelError, compile_expression, syntax
from app.feel.printer import print_expression
from app.feel.values import DaysTimeDuration, Function, Range, Time, YearsMonthsDuration
from tests.feel import interpreter
from tests.feel.interpreter import Clock, Closure, Days, Interpreter, Months, OutOfFuel, Span, both, either, same
from tests.feel.strategies import NAMES, branches, leaves, names, numbers, strings

EXAMPLES = 20_000 if os.environ.get("COUNTERSIGN_THOROUGH") else 400


def alone(items):
    return list(items[0]) if len(items) == 1 and isinstance(items[0], list) else list(items)


def only(kind, *values):
    return all(type(value) is kind for value in values)


def unwrapped(value):
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def total(*given):
    items = alone(given)
    if not items or not only(Decimal, *items):
        return None
    result = items[0]
    for item in items[1:]:
        result = interpreter.calculate("+", result, item)
    return result


def greatest(*given):
    items = alone(given)
    best = items[0] if items else None
    for item in items:
        smaller = interpreter.less(best, item)
        if smaller is None:
            return None
        best = item if smaller else best
    return best


def opposite(*given):
    value = unwrapped(given[0]) if len(given) == 1 else None
    return not value if isinstance(value, bool) else None


def length(*given):
    value = unwrapped(given[0]) if len(given) == 1 else None
    return Decimal(len(value)) if isinstance(value, str) else None


def has_member(*given):
    if len(given) != 2 or given[0] is None:
        return None
    return any(same(item, given[1]) is True for item in (given[0] if isinstance(given[0], list) else [given[0]]))


def reverse(*given):
    if len(given) != 1 or given[0] is None:
        return None
    return given[0][::-1] if isinstance(given[0], list) else [given[0]]


def every(*given):
    return both([item if isinstance(item, bool) else None for item in alone(given)]) if given and given != (None,) else None


def some(*given):
    return either([item if isinstance(item, bool) else None for item in alone(given)]) if given and given != (None,) else None


BUILTINS = {
    "sum": total,
    "max": greatest,
    "not": opposite,
    "string length": length,
    "list contains": has_member,
    "reverse": reverse,
    "all": every,
    "any": some,
}
calls = st.sampled_from(sorted(BUILTINS)).map(lambda name: syntax.Name(name=name))


def with_calls(nodes):
    invocation = st.builds(syntax.Invocation, function=calls, positional=st.lists(nodes, max_size=3).map(tuple))
    return branches(nodes, extra=invocation)


trees = st.recursive(leaves, with_calls, max_leaves=14)
contexts = st.dictionaries(
    names,
    numbers | strings | st.none() | st.booleans() | st.lists(numbers | strings, max_size=3) | st.dictionaries(names, numbers, max_size=2),
)


def canonical(value):
    """Return a form of a value of either that is equal when the values are."""
    match value:
        case bool() | None | str():
            return (type(value).__name__, value)
        case Decimal():
            return ("number", value)
        case list():
            return ("list", [canonical(item) for item in value])
        case Mapping():
            return ("context", {key: canonical(item) for key, item in value.items()})
        case Range() | Span():
            return ("range", canonical(value.start), canonical(value.end), value.start_included, value.end_included)
        case Time() | Clock():
            return ("time", value.seconds)
        case DaysTimeDuration() | Days():
            return ("days", value.seconds)
        case YearsMonthsDuration() | Months():
            return ("months", value.months)
        case Function() | Closure():
            return ("function",)
        case dt.date():
            return ("date", value)
    return ("other", str(value))


similar = st.tuples(st.lists(leaves, max_size=3), st.lists(leaves, max_size=3)).map(
    lambda lists: syntax.Comparison(
        operator="=", left=syntax.ListLiteral(items=tuple(lists[0])), right=syntax.ListLiteral(items=tuple(lists[1]))
    )
)
members = st.tuples(leaves, st.lists(leaves, max_size=3)).map(
    lambda pair: syntax.In(value=pair[0], tests=(syntax.ListLiteral(items=tuple(pair[1])),))
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(tree=trees | similar | members, context=contexts)
def test_compiled_expression_gives_what_the_interpreter_gives(tree, context):
    text = print_expression(tree)
    try:
        expected = Interpreter(BUILTINS).value(tree, [context])
        compiled = compile_expression(text, NAMES, members=NAMES).value(context)
    except (FeelError, OutOfFuel, RecursionError, OverflowError):
        assume(False)
        return

    assert canonical(compiled) == canonical(expected), text
