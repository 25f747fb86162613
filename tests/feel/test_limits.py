"""Hostile expressions end in a clear error, soon."""

import time

import pytest

from app.feel import FeelError, FeelLimitExceeded, FeelSyntaxError, FeelValueError, compile_expression
from app.feel.json import dumps, loads

SECONDS_MAX = 5  # a second on a quiet machine


@pytest.mark.parametrize(
    ("expression", "limit"),
    [
        ("for i in 1..1000000000 return i", "list size"),
        ("count(for i in 1..2000, j in 1..2000 return 1)", "steps"),
        ("some i in 1..100000, j in 1..100000 satisfies false", "steps"),
        ("{f: function(x) f(x), r: f(1)}.r", "recursion"),
        ("{f: function(x) f(x) + f(x), r: f(1)}.r", "recursion"),
        ("{f: function(x) if x = 0 then 0 else f(x - 1) + f(x - 1), r: f(60)}.r", "steps"),
        ("for i in 1..1000 return concatenate(for j in 1..100000 return j, [1])", "steps"),
        (
            '{s: string join(for i in 1..10000 return "0123456789"), r: string join(for i in 1..20 return s)}.r',
            "string size",
        ),
        ('matches(string join(for i in 1..90000 return "aaaaaaaaaa"), "(a|aa)*(a|aa)*(a|aa)*b")', "steps"),
        ('matches("a", "((((a{1,100}){1,100}){1,100}){1,100})")', "pattern size"),
        ('matches("a", "' + "(" * 100 + "a" + ")" * 100 + '")', "depth"),
        ('matches(string join(for i in 1..2000 return "a"), "(a+)(a+)(a+)\\\\1b")', "pattern"),
        ("(" * 5000 + "1" + ")" * 5000, "depth"),
        ("[" * 5000 + "]" * 5000, "depth"),
        ("-" * 5000 + "x", "depth"),
        ("if a then b else " * 2000 + "c", "depth"),
        ("a" + ".b" * 500, "chain"),
        ("1" + " + 1" * 5000, "chain"),
        ("x instance of " + "list<" * 2000 + "number" + ">" * 2000, "depth"),
        ("1 + " * 60_000 + "1", "text size"),
    ],
)
def test_hostile_expression_names_the_limit(expression, limit):
    started = time.monotonic()

    with pytest.raises(FeelLimitExceeded) as caught:
        compile_expression(expression).value({})

    assert caught.value.limit == limit
    assert limit in str(caught.value)
    assert time.monotonic() - started < SECONDS_MAX


@pytest.mark.parametrize(
    "expression",
    [
        "9 ** 999999999",
        "10 ** 6144 * 10",
        "exp(10 ** 40)",
        "decimal(1, 10 ** 40)",
        "[1][10 ** 6000]",
        'substring("a", 10 ** 6000)',
        '@"P999999999Y" * 10 ** 6000',
        '@"PT1S" * 10 ** 6000 + @"2020-01-01"',
        "date(10 ** 40, 1, 1)",
        'number("1e99999999", null, null)',
        "modulo(10 ** 6000, 3 / 7)",
        "odd(10 ** 6000 + 1)",
    ],
)
def test_huge_number_ends_soon(expression):
    started = time.monotonic()

    compile_expression(expression).value({})

    assert time.monotonic() - started < SECONDS_MAX


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("a" * 5000 + "b", "(a+)+$"),
        ("a" * 2000 + "b", "^(a|a)*$"),
        ("a" * 2000 + "b", "^(([a-z])+.)+[A-Z]([a-z])+$"),
        ("x" * 3000, "x*x*x*x*x*y"),
    ],
)
def test_catastrophic_pattern_is_matched_in_bounded_time(text, pattern):
    started = time.monotonic()

    assert compile_expression("matches(text, pattern)", ("text", "pattern")).value({"text": text, "pattern": pattern}) is False
    assert time.monotonic() - started < SECONDS_MAX


def test_long_chain_within_the_bound_is_evaluated():
    assert compile_expression("0" + " + 1" * 1500).value({}) == 1500
    assert compile_expression("true" + " and true" * 1500).value({}) is True


@pytest.mark.parametrize("value", [1.5, float("nan"), object(), {1, 2}, b"bytes", 1j])
def test_host_values_that_are_no_feel_values_are_refused(value):
    with pytest.raises(FeelValueError):
        compile_expression("x", ("x",)).value({"x": value})


@pytest.mark.parametrize("expression", ["x.__class__", "x.upper", "x.real", "x.year.numerator", "__import__", "x[1].__init__"])
def test_host_objects_show_no_attributes(expression):
    assert compile_expression(expression, ("x",)).value({"x": "text"}) is None


def test_deep_values_of_the_caller_are_bounded():
    deep = []
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(FeelError):
        compile_expression("x = x", ("x",)).value({"x": deep})
    with pytest.raises(FeelLimitExceeded):
        dumps(deep)
    with pytest.raises(FeelLimitExceeded):
        loads("[" * 200_000)


def test_list_that_contains_itself_is_refused():
    endless = []
    endless.append(endless)

    with pytest.raises(FeelLimitExceeded):
        compile_expression("flatten(x)", ("x",)).value({"x": endless})


def test_not_finite_numbers_are_refused():
    from decimal import Decimal

    for text in ("NaN", "Infinity", "sNaN"):
        for expression in ("x + 1", "x > 1", "x = 1", "floor(x)"):
            with pytest.raises(FeelError):
                compile_expression(expression, ("x",)).value({"x": Decimal(text)})


def test_messages_of_all_errors_are_sentences():
    assert str(FeelSyntaxError("Wrong", 0, "x")) == "Wrong (line 1, column 1)"
    assert str(FeelLimitExceeded("steps")) == "Limit exceeded: steps"
