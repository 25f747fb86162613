"""The tables of chapter 10 that run over all kinds: equality, order, arithmetic, three-valued logic, properties, ranges."""

import itertools

import pytest

from app.feel import compile_expression
from app.feel.types import kind_of
from app.feel.writer import write_value

# Two different values of every kind; where they have an order, the first is the smaller.
VALUES = {
    "number": ("1", "2"),
    "string": ('"a"', '"b"'),
    "boolean": ("false", "true"),
    "date": ('@"2020-01-01"', '@"2020-02-29"'),
    "time": ('@"10:00:00"', '@"11:00:00"'),
    "date and time": ('@"2020-01-01T10:00:00"', '@"2020-01-01T11:00:00"'),
    "days and time duration": ('@"P1D"', '@"P2D"'),
    "years and months duration": ('@"P1M"', '@"P1Y"'),
    "list": ("[1]", "[2]"),
    "context": ("{a: 1}", "{a: 2}"),
    "range": ("[1..2]", "[1..3]"),
    "function": ("function(x) x", "count"),
    "Null": ("null", "null"),
}
ORDERED = {"number", "string", "date", "time", "date and time", "days and time duration", "years and months duration"}
SHORT = {
    "N": "number",
    "S": "string",
    "D": "date",
    "T": "time",
    "M": "date and time",
    "d": "days and time duration",
    "y": "years and months duration",
}
# operator: left and right kind, and the kind of the result; everything else is null.
ARITHMETIC = """
+ NN N
+ SS S
+ dd d
+ yy y
+ Dd D
+ Dy D
+ Md M
+ My M
+ Td T
+ dD D
+ yD D
+ dM M
+ yM M
+ dT T
- NN N
- dd d
- yy y
- DD d
- MM d
- TT d
- Dd D
- Dy D
- Md M
- My M
- Td T
* NN N
* Nd d
* Ny y
* dN d
* yN y
/ NN N
/ dN d
/ yN y
/ dd N
/ yy N
** NN N
"""
RESULTS = {
    (operator, SHORT[pair[0]], SHORT[pair[1]]): SHORT[result]
    for operator, pair, result in (line.split() for line in ARITHMETIC.strip().splitlines())
}
TRUTHS = {"true": True, "false": False, "null": None}


def value_of(expression):
    return compile_expression(expression).value({})


@pytest.mark.parametrize(("left", "right"), list(itertools.product(VALUES, VALUES)))
def test_values_of_two_kinds_are_equal_unequal_or_not_to_be_compared(left, right):
    """Tables 52 and 53."""
    first, second = VALUES[left][0], VALUES[right][1]

    equal, unequal = value_of(f"({first}) = ({second})"), value_of(f"({first}) != ({second})")

    if left == right:
        assert (equal, unequal) == ((True, False) if left == "Null" else (False, True))
        if left != "function":  # each literal is a function of its own
            assert value_of(f"({first}) = ({first})") is True
    elif "Null" in (left, right):
        assert (equal, unequal) == (False, True)
    else:
        assert (equal, unequal) == (None, None)


@pytest.mark.parametrize(("left", "right"), list(itertools.product(VALUES, VALUES)))
def test_values_of_one_kind_have_an_order_or_none(left, right):
    """Table 54; `between` and ranges follow it."""
    small, large = VALUES[left][0], VALUES[right][1]
    expected = [True, True, False, False] if left == right and left in ORDERED else [None] * 4

    assert [value_of(f"({small}) {operator} ({large})") for operator in ("<", "<=", ">", ">=")] == expected
    assert value_of(f"({small}) between ({small}) and ({large})") is (True if expected[0] else None)
    assert (value_of(f"[({small})..({large})]") is not None) is bool(expected[0])


@pytest.mark.parametrize(("operator", "left"), list(itertools.product(["+", "-", "*", "/", "**"], VALUES)))
def test_arithmetic_of_two_kinds_has_a_kind_or_is_null(operator, left):
    """Tables 56 to 60 and 62, both ways round."""
    for right, values in VALUES.items():
        expected = RESULTS.get((operator, left, right), "Null")
        evaluation = compile_expression(f"({VALUES[left][1]}) {operator} ({values[0]})").evaluate({})

        assert (right, kind_of(evaluation.value)) == (right, expected)
        assert bool(evaluation.warnings) is (expected == "Null")


@pytest.mark.parametrize("kind", VALUES)
def test_negation_is_for_numbers_and_durations(kind):
    assert kind_of(value_of(f"-({VALUES[kind][0]})")) == (kind if kind == "number" or "duration" in kind else "Null")


@pytest.mark.parametrize(("left", "right"), list(itertools.product([*TRUTHS, "1", '"a"'], repeat=2)))
def test_logic_has_three_values(left, right):
    """Tables 50 and 51; what is no truth value counts as null."""
    first, second = TRUTHS.get(left), TRUTHS.get(right)

    both = False if False in (first, second) else True if first and second else None
    either = True if True in (first, second) else False if (first, second) == (False, False) else None

    assert value_of(f"{left} and {right}") is both
    assert value_of(f"{left} or {right}") is either
    assert value_of(f"every x in [{left}, {right}] satisfies x") is both
    assert value_of(f"some x in [{left}, {right}] satisfies x") is either
    assert value_of(f"all([{left}, {right}])") is both
    assert value_of(f"any([{left}, {right}])") is either


@pytest.mark.parametrize("kind", VALUES)
def test_only_true_is_true(kind):
    assert value_of(f"if ({VALUES[kind][1]}) then 1 else 2") == (1 if kind == "boolean" else 2)
    assert value_of(f"not({VALUES[kind][0]})") is (True if kind == "boolean" else None)


TYPES = {kind: kind for kind in ORDERED | {"boolean", "Null"}} | {
    "list": "list<Any>",
    "context": "context<>",
    "range": "range<Any>",
    "function": "function<Any> -> Any",
}


@pytest.mark.parametrize(("kind", "other"), list(itertools.product(VALUES, VALUES)))
def test_value_is_an_instance_of_its_own_type_alone(kind, other):
    """Table 61."""
    value = VALUES[kind][0]

    assert value_of(f"({value}) instance of {TYPES[other]}") is (kind == other)
    assert value_of(f"({value}) instance of Any") is (kind != "Null")


PROPERTIES = {
    "date": {"year", "month", "day", "weekday"},
    "time": {"hour", "minute", "second", "time offset", "timezone"},
    "date and time": {"year", "month", "day", "weekday", "hour", "minute", "second", "time offset", "timezone"},
    "days and time duration": {"days", "hours", "minutes", "seconds"},
    "years and months duration": {"years", "months"},
    "range": {"start", "end", "start included", "end included"},
}


@pytest.mark.parametrize("kind", [kind for kind in VALUES if kind not in ("context", "list", "Null")])
def test_kind_has_its_properties_and_no_others(kind):
    """Tables 65 to 67."""
    for name in sorted(set().union(*PROPERTIES.values())):
        evaluation = compile_expression(f"({VALUES[kind][0]}).{name}").evaluate({})
        assert bool(evaluation.warnings) is (name not in PROPERTIES.get(kind, set())), name
        if evaluation.warnings:
            assert evaluation.value is None


CONVERSIONS = [
    ("number", "1", "1"),
    ("number", "[1]", "1"),
    ("number", "[1, 2]", "null"),
    ("number", '"a"', "null"),
    ("number", "null", "null"),
    ("list<number>", "1", "[1]"),
    ("list<number>", "[1, 2]", "[1, 2]"),
    ("list<number>", '["a"]', "null"),
    ("list<Any>", '"a"', '["a"]'),
    ("date and time", '@"2020-01-01"', "2020-01-01T00:00:00Z"),
    ("date", '@"2020-01-01T10:00:00"', "null"),
    ("date", '[@"2020-01-01"]', "2020-01-01"),
    ("string", "1", "null"),
    ("Any", "[1]", "[1]"),
    ("context<a: number>", "{a: 1, b: 2}", "{a: 1, b: 2}"),
    ("context<a: number>", '{a: "x"}', "null"),
    ("context<a: number>", "{b: 1}", "null"),
    ("range<number>", "[1..2]", "[1..2]"),
    ("range<number>", '["a".."b"]', "null"),
    ("function<number> -> number", "function(x: number) x", "function(x)"),
    ("function<string> -> number", "function(x: number) x", "null"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), CONVERSIONS)
def test_arguments_of_own_functions_are_converted_or_the_call_is_null(kind, value, expected):
    """Clause 10.3.2.9.4."""
    assert write_value(value_of(f"(function(x: {kind}) x)({value})")) == expected


def test_ranges_are_equal_when_ends_and_inclusion_are():
    ranges = ["[1..2]", "(1..2]", "[1..2)", "(1..2)", "[1..3]", "[0..2]", "(> 1)", "(>= 1)", "(< 2)", "(<= 2)"]

    for left, right in itertools.product(ranges, ranges):
        assert value_of(f"({left}) = ({right})") is (left == right), (left, right)
