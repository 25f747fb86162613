"""Names, cells of decision tables, and what is refused."""

import datetime as dt
from decimal import Decimal

import pytest

from app.feel import FeelSyntaxError, compile_expression, compile_unary_tests
from app.feel.types import FeelType
from app.feel.writer import write_value


@pytest.mark.parametrize(
    ("expression", "context", "expected"),
    [
        ("first name", {"first name": "Claire"}, '"Claire"'),
        ("first   name", {"first name": "Claire"}, '"Claire"'),
        ("a-b", {"a-b": Decimal(7), "a": Decimal(3), "b": Decimal(1)}, "7"),
        ("a - b", {"a-b": Decimal(7), "a": Decimal(3), "b": Decimal(1)}, "7"),
        ("(a)-(b)", {"a-b": Decimal(7), "a": Decimal(3), "b": Decimal(1)}, "2"),
        ("Profit and loss > 1", {"Profit and loss": Decimal(2)}, "true"),
        ("what if? = 1", {"what if?": Decimal(1)}, "true"),
        ("Plan 9.cost", {"Plan 9": {"cost": Decimal(1)}}, "1"),
        ("days in stock + 1", {"days in stock": Decimal(1)}, "2"),
        ('date of birth < date("2020-01-01")', {"date of birth": "x"}, "null"),
        ("Share % of all", {"Share % of all": Decimal(1)}, "1"),
        ("größe * 2", {"größe": Decimal(2)}, "4"),
        ("order.@currency", {"order": {"@currency": "EUR"}}, '"EUR"'),
        ("date", {"date": "mine"}, '"mine"'),
        ("count(items)", {"items": [Decimal(1)]}, "1"),
    ],
)
def test_longest_known_name_is_taken(expression, context, expected):
    assert write_value(compile_expression(expression, context.keys()).value(context)) == expected


def test_free_variables_are_told():
    expression = compile_expression("for line in lines return line.amount * rate + max(fee, unknown thing)", names=("lines",))

    assert expression.names == {"lines", "rate", "fee", "unknown thing"}


def test_members_are_known_after_a_dot_and_in_a_filter():
    context = {"orders": [{"net amount": Decimal(1)}, {"net amount": Decimal(5)}]}

    expression = compile_expression("orders[net amount > 2].net amount", names=("orders",), members=("net amount",))

    assert expression.value(context) == [Decimal(5)]


def test_types_of_the_caller_are_known():
    money = FeelType(kind="context", entries=(("amount", FeelType(kind="number")),))

    expression = compile_expression("x instance of Money Value", names=("x",), types={"Money Value": money})

    assert expression.value({"x": {"amount": Decimal(1)}}) is True
    assert expression.value({"x": {"amount": "1"}}) is False


@pytest.mark.parametrize(
    ("cell", "value", "expected"),
    [
        ("-", None, True),
        ("", "x", True),
        ("1", Decimal("1.0"), True),
        ("1, 2", Decimal(2), True),
        ('"a", "b"', "c", False),
        ("not(1, 2)", Decimal(3), True),
        ("not(1, 2)", Decimal(2), False),
        ("not(1, 2)", "a", False),
        ("not(null)", Decimal(2), True),
        ("< 5", Decimal(4), True),
        ("< 5", None, False),
        ("= 5", Decimal(5), True),
        ("!= 5", Decimal(4), True),
        ("> 1, < -1", Decimal(0), False),
        ("[1..5)", Decimal(5), False),
        ("]1..5]", Decimal(5), True),
        ("not([1..5])", Decimal(6), True),
        ('date("2020-01-01")', None, False),
        ('< date("2020-01-01")', dt.date(2019, 1, 1), True),
        ("null", None, True),
        ("true", True, True),
        ("limit", Decimal(10), True),
        ("> limit", Decimal(11), True),
        ("list", Decimal(3), True),
        ("list", [Decimal(3), Decimal(4)], True),
        ('contains(?, "b")', "abc", True),
        ('not(contains(?, "b"))', "abc", False),
        ("? > 1 and ? < 3", Decimal(2), True),
        ("not(x) and true", Decimal(2), False),
        ('"-"', "-", True),
    ],
)
def test_cell_is_satisfied(cell, value, expected):
    context = {"limit": Decimal(10), "list": [Decimal(3), Decimal(4)], "x": True}

    tests = compile_unary_tests(cell, context.keys())

    assert tests.matches(value, context) is expected


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("1 +", 3),
        ("(1", 2),
        ("[1, 2", 5),
        ("{a 1}", 1),
        ("1 2", 2),
        ("if a then b", 11),
        ("for x in [1]", 12),
        ("some x in [1]", 13),
        ('"open', 0),
        ('"a\nb"', 0),
        ("/* open", 0),
        ("a ~ b", 2),
        ("x instance of", 13),
        ("[1..2", 5),
        ("f(a: 1, 2)", 8),
        ("and", 0),
        ("a.", 2),
        ('"\\uD800"', 0),
        ("1e999999", 0),
        ("a == b", 2),
        ("a <> b", 2),
    ],
)
def test_text_that_is_no_expression_is_refused_where_it_fails(text, position):
    with pytest.raises(FeelSyntaxError) as caught:
        compile_expression(text)

    assert caught.value.position == position


def test_comment_between_the_words_of_a_name_is_a_space():
    expression = compile_expression("first /* or given */ name + // the rest\n last\tname", names=("first name", "last name"))

    assert expression.names == {"first name", "last name"}
    assert compile_expression("unknown /* a */ words").names == {"unknown words"}


def test_fault_tells_line_and_column():
    with pytest.raises(FeelSyntaxError, match=r"line 2, column 5"):
        compile_expression("1 +\n  2 3")


def test_same_text_is_compiled_once():
    assert compile_expression("cached + 1", names=("cached",)) is compile_expression("cached + 1", names=["cached"])


def test_context_is_read_on_demand():
    read = []

    class Lazy(dict):
        def __missing__(self, key):
            read.append(key)
            return Decimal(1)

    value = compile_expression("if a = 1 then b else c", names=("a", "b", "c")).value(Lazy())

    assert value == Decimal(1)
    assert read == ["a", "b"]
