"""Answers are written exactly."""

from datetime import UTC, date, datetime
from decimal import Decimal

from app.domain.diagnostics import Diagnostic
from app.domain.money import Money
from app.http.json_text import write_json


def test_numbers_keep_every_digit() -> None:
    assert write_json({"a": Decimal("0.10"), "b": 2**70, "c": Decimal("1E+3"), "d": [-(2**70), True]}) == (
        b'{"a":0.10,"b":1180591620717411303424,"c":1000,"d":[-1180591620717411303424,true]}'
    )


def test_values_of_the_domain_have_their_form() -> None:
    fault = Diagnostic(severity="error", file="a.bpmn", line=3, element="E", code="c", message="m", remedy="r")

    text = write_json(
        {
            "money": Money(Decimal(5), "EUR"),
            "at": datetime(2026, 11, 2, 8, tzinfo=UTC),
            "on": date(2026, 11, 2),
            "all": [fault],
            "set": {"b", "a"},
        }
    )

    assert b'{"money":{"amount":"5.00","currency":"EUR"},"at":"2026-11-02T08:00:00Z","on":"2026-11-02"' in text
    assert b'"class":"invalid"' in text
    assert text.endswith(b'"set":["a","b"]}')


def test_half_a_surrogate_pair_does_not_break_the_answer() -> None:
    assert write_json({"\ud800": "\udfff"}) == b'{"?":"?"}'
