"""JSON in and out."""

import datetime as dt
from decimal import Decimal

import pytest

from app.feel import FeelValueError, compile_expression
from app.feel.json import dumps, loads, to_json


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1250.00"), "1250.00"),
        (Decimal("1E+20"), "100000000000000000000"),
        (Decimal("1E+100"), "1E+100"),
        (Decimal("1E-100"), "1E-100"),
        (Decimal("-0"), "0"),
        (Decimal("0.1234567890123456789012345678901234"), "0.1234567890123456789012345678901234"),
        (3, "3"),
        (True, "true"),
        (None, "null"),
        ('é"\n', '"é\\"\\n"'),
        ("\ud800", '"\\ud800"'),
        ([1, [], {}], "[1, [], {}]"),
        ({"a": {"b": 1}}, '{"a": {"b": 1}}'),
        (dt.date(2026, 1, 31), '"2026-01-31"'),
        (dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC), '"2026-01-31T12:00:00Z"'),
        (dt.timedelta(hours=36), '"P1DT12H"'),
    ],
)
def test_value_is_written(value, text):
    assert dumps(value) == text


def test_feel_values_are_written_as_their_texts():
    value = compile_expression('{r: [1..5], t: @"10:00:00@Europe/Paris", d: @"P14M", f: function(x) x}').value({})

    assert dumps(value) == '{"r": "[1..5]", "t": "10:00:00@Europe/Paris", "d": "P1Y2M", "f": null}'
    assert to_json(value) == {"r": "[1..5]", "t": "10:00:00@Europe/Paris", "d": "P1Y2M", "f": None}


def test_numbers_never_pass_through_binary_floating_point():
    assert dumps(compile_expression("x + 0.2", ("x",)).value(loads('{"x": 0.1}'))) == "0.3"
    assert loads("0.1000000000000000055511151231257827") == Decimal("0.1000000000000000055511151231257827")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e9999", "{", '{"a": 1,}', "", "'x'"])
def test_text_that_is_no_json_is_refused(text):
    with pytest.raises(FeelValueError):
        loads(text)


def test_float_is_refused():
    with pytest.raises(FeelValueError):
        dumps({"a": 0.1})
