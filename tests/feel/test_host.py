"""What the rest of the product may do with the package."""

import datetime as dt
import subprocess
import sys
import threading
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

import pytest

from app.feel import begin_evaluation, compile_expression, compile_unary_tests
from app.feel.errors import FeelLimitExceeded
from app.feel.functions import call_function_named
from app.feel.types import PRIMITIVES
from app.feel.values import DateTime, DaysTimeDuration, FarDate, Function, Parameter, Time, YearsMonthsDuration


def test_python_values_are_feel_values():
    class Kind(StrEnum):
        INVOICE = "invoice"

    context = {
        "number": 3,
        "kind": Kind.INVOICE,
        "on": dt.date(2026, 1, 31),
        "at": dt.datetime(2026, 1, 31, 12, 0, 0, 500_000, tzinfo=dt.UTC),
        "clock": dt.time(12, 30),
        "span": dt.timedelta(days=-1),
        "items": (1, 2),
        "inner": MappingProxyType({"x": 1}),
    }

    value = compile_expression("[number, kind, on, at, clock, span, items, inner.x]", context).value(context)

    assert value == [
        Decimal(3),
        "invoice",
        dt.date(2026, 1, 31),
        DateTime(date=dt.date(2026, 1, 31), time=Time(hour=12, minute=0, second=Decimal("0.5"), offset=0)),
        Time(hour=12, minute=30),
        DaysTimeDuration(seconds=Decimal(-86_400)),
        [Decimal(1), Decimal(2)],
        Decimal(1),
    ]
    assert type(value[1]) is str


def test_feel_values_go_back_to_python():
    moment = compile_expression('date and time("2026-01-31T12:00:00.123456789")').value({})

    assert moment.to_datetime() == dt.datetime(2026, 1, 31, 12, 0, 0, 123_456)  # noqa: DTZ001 - a local date and time
    assert moment.to_datetime(dt.UTC) == dt.datetime(2026, 1, 31, 12, 0, 0, 123_456, tzinfo=dt.UTC)
    assert DaysTimeDuration(seconds=Decimal("-1.5")).to_timedelta() == dt.timedelta(seconds=-1.5)
    with pytest.raises(OverflowError):
        DateTime(date=FarDate(year=-44, month=3, day=15), time=Time(hour=0, minute=0)).to_datetime()


def test_values_cannot_be_changed():
    duration = YearsMonthsDuration(months=1)

    with pytest.raises(AttributeError):
        duration.months = 2
    with pytest.raises(TypeError):
        YearsMonthsDuration(years=1)
    assert duration == YearsMonthsDuration(months=1)
    assert {duration: 1}[YearsMonthsDuration(months=1)] == 1
    assert repr(duration) == "YearsMonthsDuration(months=1)"


def test_function_of_the_host_is_called_with_converted_arguments():
    body = compile_expression("x * rate", ("x", "rate"))

    def invoke(running, arguments):
        return body.value_within(running, {"x": arguments[0], "rate": Decimal("1.21")})

    function = Function(
        name="with tax",
        parameters=(Parameter(name="x", type=PRIMITIVES["number"]),),
        invoke=invoke,
        result=PRIMITIVES["number"],
    )

    assert compile_expression("with tax([100])", ("with tax",)).value({"with tax": function}) == Decimal(121)
    assert compile_expression('with tax("a")', ("with tax",)).value({"with tax": function}) is None
    assert call_function_named(begin_evaluation(), function, {"x": Decimal(1)}) == Decimal("1.21")


def test_parts_of_one_evaluation_share_budget_clock_and_warnings():
    running = begin_evaluation(now=dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
    loop = compile_expression("count(for i in 1..100000 return i)")

    assert compile_expression("today()").value_within(running, {}) == dt.date(2026, 1, 31)
    assert compile_expression("missing").value_within(running, {}) is None
    assert compile_unary_tests("? > limit").matches_within(running, Decimal(2), {"limit": 1}) is True
    assert running.messages == ["There is no variable 'missing'."]
    with pytest.raises(FeelLimitExceeded):
        for _ in range(20):
            loop.value_within(running, {})


def test_one_expression_is_evaluated_by_many_threads_at_once():
    expression = compile_expression("sum(for i in 1..n return i * i)", ("n",))
    results = {}

    threads = [
        threading.Thread(target=lambda n=n: results.__setitem__(n, [expression.value({"n": n}) for _ in range(20)])) for n in range(1, 9)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == {n: [Decimal(sum(i * i for i in range(1, n + 1)))] * 20 for n in range(1, 9)}


def test_callers_decimal_context_changes_nothing():
    import decimal

    with decimal.localcontext(decimal.Context(prec=3)):
        assert compile_expression("10 / 3 + 0.0001").value({}) == Decimal("3.333433333333333333333333333333333")


def test_package_needs_only_the_standard_library():
    code = "import sys; import app.feel, app.feel.regex, app.feel.json, app.feel.printer, app.feel.lines; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    foreign = {name.partition(".")[0] for name in loaded} - set(sys.stdlib_module_names) - {"app", "__main__", "_virtualenv"}
    assert {name for name in foreign if not name.startswith(("_", "sitecustomize"))} == set()
    assert not {name for name in loaded if name.startswith("app.") and not name.startswith("app.feel")}
