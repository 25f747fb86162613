"""Laws that hold for all expressions and values."""

import datetime as dt
import re
from decimal import Context, Decimal
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from app.feel import FeelError, compile_expression, compile_unary_tests, regex, syntax
from app.feel.env import Env
from app.feel.json import dumps, loads
from app.feel.operators import compare, equals, identity_key, in_range
from app.feel.printer import print_expression, print_tests
from app.feel.regex import PatternError, compile_pattern
from app.feel.values import DateTime, DaysTimeDuration, Range, Time, YearsMonthsDuration
from app.feel.writer import write_value
from tests.feel.strategies import NAMES, names, numbers, trees

EXACT = Context(prec=34)

# -- trees ---------------------------------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(tree=trees)
def test_printed_tree_reads_back_as_the_same_tree(tree):
    text = print_expression(tree)

    assert compile_expression(text, NAMES, members=NAMES).tree == tree, text


@settings(max_examples=100, deadline=None)
@given(tests=st.lists(trees, max_size=3).map(tuple), negated=st.booleans())
def test_printed_cell_reads_back_as_the_same_cell(tests, negated):
    cell = syntax.Tests(tests=tests, negated=negated and bool(tests))

    assert compile_unary_tests(print_tests(cell), NAMES, members=NAMES).tree == cell


@settings(max_examples=150, deadline=None)
@given(tree=trees, context=st.dictionaries(names, numbers | st.text(max_size=3) | st.none() | st.lists(numbers, max_size=3)))
def test_every_tree_is_evaluated_or_exceeds_a_limit(tree, context):
    text = print_expression(tree)

    try:
        value = compile_expression(text, NAMES, members=NAMES).value(context)
    except FeelError:
        return
    assert isinstance(write_value(value), str)
    loads(dumps(value))


# -- hostile texts -------------------------------------------------------------------------------------------------------------

tokens = st.sampled_from(
    [
        "1",
        "2.5",
        "a",
        "b",
        "?",
        "+",
        "-",
        "*",
        "/",
        "**",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        ".",
        "..",
        "<",
        "<=",
        "=",
        "!=",
        ">",
        ">=",
        "->",
        "@",
        '"x"',
        '"2020-01-01"',
        "and",
        "or",
        "not",
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "function",
        "external",
        "instance",
        "of",
        "between",
        "null",
        "true",
        "false",
        "list",
        "number",
        "context",
        "range",
        "item",
        "partial",
        "date",
        "count",
        "sort",
        "//",
        "/*",
        "*/",
        "\n",
        "\\",
        "'",
        "é",
        "€",
        "\u3000",
        "$",
        "#",
    ]
)


@settings(max_examples=150, deadline=None)
@given(text=st.lists(tokens, max_size=14).map(" ".join) | st.text(max_size=30))
@example(text="]1..x[ - 3")
@example(text="x in (" * 90)
@example(text="\ud800")
def test_any_text_is_an_expression_or_a_package_error(text):
    for compiled in (compile_expression, compile_unary_tests):
        try:
            expression = compiled(text)
        except FeelError:
            continue
        try:
            if compiled is compile_expression:
                write_value(expression.value({"a": Decimal(1), "b": ["x", None]}))
            else:
                expression.matches(Decimal(1), {"a": Decimal(1)})
        except FeelError:
            pass


@settings(max_examples=150, deadline=None)
@given(
    pattern=st.text(alphabet="ab.*+?|()[]^$\\dwspiLu{}1,2-&#", max_size=12),
    text=st.text(alphabet="ab1\n ", max_size=12),
    flags=st.sampled_from(["", "i", "s", "m", "x", "q"]),
)
def test_any_pattern_is_matched_or_refused(pattern, text, flags):
    try:
        compiled = compile_pattern(pattern, flags)
        list(compiled.matches(text, Env()))
    except (PatternError, FeelError):
        return


SAFE_PIECES = st.sampled_from(
    ["a", "b", ".", "[ab]", "[^a]", "(a|b)", "(ab|a)", "a*", "b+", "a?", "(a*)", "(a|b)*", "(ab)+", "a{1,2}", "b*?", "^", "$"]
)


@settings(max_examples=150, deadline=None)
@given(pattern=st.lists(SAFE_PIECES, min_size=1, max_size=5).map("".join), text=st.text(alphabet="abc\n", max_size=10))
def test_machine_finds_what_a_backtracking_search_finds(pattern, text):
    machine = compile_pattern(pattern, "")
    machine._native = None

    found = machine.search(text, 0, Env())

    expected = re.compile(pattern.replace("$", r"\Z")).search(text)
    regex._kept.clear()
    assert (found and found.spans[0]) == (expected and expected.span())


# -- numbers -------------------------------------------------------------------------------------------------------------------

decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20)


def value_of(expression, /, **context):
    return compile_expression(expression, context.keys()).value(context)


@given(a=decimals, b=decimals)
def test_arithmetic_is_decimal128(a, b):
    a, b = EXACT.plus(a), EXACT.plus(b)

    assert value_of("a + b", a=a, b=b) == EXACT.add(a, b) == value_of("b + a", a=a, b=b)
    assert value_of("a - b", a=a, b=b) == EXACT.subtract(a, b)
    assert value_of("a * b", a=a, b=b) == EXACT.multiply(a, b)
    assert value_of("-(-a) = a", a=a) is True


@given(a=decimals, b=decimals)
def test_order_is_total(a, b):
    truths = [value_of(f"a {operator} b", a=a, b=b) for operator in ("<", "=", ">")]

    assert truths.count(True) == 1
    assert value_of("a <= b", a=a, b=b) is (truths[0] or truths[1])
    assert value_of("a != b", a=a, b=b) is not truths[1]


@given(a=st.integers(-(10**12), 10**12), b=st.integers(-(10**6), 10**6).filter(bool))
def test_modulo_has_the_sign_of_the_divisor(a, b):
    assert value_of("modulo(a, b)", a=a, b=b) == a % b


# -- ranges --------------------------------------------------------------------------------------------------------------------

small = st.integers(0, 6).map(Decimal)
ranges = st.builds(
    lambda first, second, start_included, end_included: Range(
        start=min(first, second), end=max(first, second), start_included=start_included, end_included=end_included
    ),
    small,
    small,
    st.booleans(),
    st.booleans(),
)


@given(left=ranges, right=ranges)
def test_relations_of_ranges_and_their_converses_agree(left, right):
    def related(name, first, second):
        return value_of(f"{name}(first, second)", first=first, second=second)

    for name, converse in [
        ("before", "after"),
        ("meets", "met by"),
        ("overlaps", "overlaps"),
        ("overlaps before", "overlaps after"),
        ("finishes", "finished by"),
        ("includes", "during"),
        ("starts", "started by"),
        ("coincides", "coincides"),
    ]:
        assert related(name, left, right) is related(converse, right, left)
    assert [related("before", left, right), related("after", left, right), related("overlaps", left, right)].count(True) <= 2
    assert related("coincides", left, right) is equals(left, right)


@given(point=small, bounds=ranges)
def test_in_is_includes_and_what_comparisons_say(point, bounds):
    inside = value_of("point in bounds", point=point, bounds=bounds)

    above = point >= bounds.start if bounds.start_included else point > bounds.start
    below = point <= bounds.end if bounds.end_included else point < bounds.end
    assert inside is (above and below)
    assert inside is value_of("includes(bounds, point)", point=point, bounds=bounds)
    assert inside is value_of("during(point, bounds)", point=point, bounds=bounds)
    if inside:
        assert value_of("before(point, bounds) or after(point, bounds)", point=point, bounds=bounds) is False


# -- dates ---------------------------------------------------------------------------------------------------------------------

days = st.dates(min_value=dt.date(2, 1, 1), max_value=dt.date(9998, 12, 31))
moments = st.builds(dt.datetime.combine, st.dates(dt.date(1950, 1, 1), dt.date(2037, 12, 31)), st.times())
zones = st.sampled_from(["Europe/Brussels", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Etc/UTC"])


@given(day=days, other=days, count=st.integers(-300, 300))
def test_dates_move_as_the_calendar_does(day, other, count):
    duration = DaysTimeDuration(seconds=Decimal(count * 86_400))

    assert value_of("day + duration", day=day, duration=duration) == day + dt.timedelta(days=count)
    assert value_of('(other - day) / @"P1D"', day=day, other=other) == (other - day).days
    assert value_of("day of year(day)", day=day) == day.timetuple().tm_yday
    assert value_of("week of year(day)", day=day) == day.isocalendar().week
    assert value_of("day.weekday", day=day) == day.isoweekday()
    assert value_of("date(string(day)) = day", day=day) is True


@given(day=days, months=st.integers(-2_000, 2_000))
def test_months_are_added_as_an_independent_library_adds_them(day, months):
    assume(dt.date(1, 1, 1).year * 12 < day.year * 12 + day.month - 1 + months < 9_999 * 12)
    duration = YearsMonthsDuration(months=months)

    assert value_of("day + duration", day=day, duration=duration) == day + relativedelta(months=months)
    assert value_of("day - duration", day=day, duration=YearsMonthsDuration(months=-months)) == day + relativedelta(months=months)


@given(first=moments, second=moments)
def test_years_and_months_between_are_those_of_an_independent_library(first, second):
    start, end = min(first, second), max(first, second)
    between = relativedelta(end, start)

    forth = value_of("years and months duration(first, second)", first=start, second=end)
    back = value_of("years and months duration(first, second)", first=end, second=start)

    assert forth.months == between.years * 12 + between.months
    # The days of the later month decide: 31 January is no whole month before 29 February.
    assert forth.months - 1 <= -back.months <= forth.months
    assert value_of("first + duration <= second", first=start, second=end, duration=forth) is True


@given(moment=moments, other=moments)
def test_difference_of_moments_is_that_of_python(moment, other):
    seconds = value_of("(first - second).seconds + 60 * (first - second).minutes", first=moment, second=other)
    difference = value_of("first - second", first=moment, second=other)

    assert difference.to_timedelta() == moment - other
    assert value_of("second + difference = first", first=moment, second=other, difference=difference) is True
    assert abs(seconds) < 3_600


@given(a=decimals, b=decimals, c=decimals)
def test_laws_of_numbers_hold(a, b, c):
    a, b, c = EXACT.plus(a), EXACT.plus(b), EXACT.plus(c)
    truths = value_of(
        "[a + b = b + a, a * b = b * a, a + 0 = a, a * 1 = a, a - a = 0, -a = 0 - a, abs(a) >= a, a * 0 = 0, "
        "floor(a) <= a, ceiling(a) >= a, ceiling(a) = -floor(-a), decimal(a, 0) - a <= 0.5, a < b or a >= b, min(a, b, c) <= max(a, b, c), "
        "sum(a, b) = a + b, a ** 2 = a * a]",
        a=a,
        b=b,
        c=c,
    )

    assert truths == [True] * 16


@given(a=st.decimals(-(10**9), 10**9, places=5), scale=st.integers(-3, 4))
def test_rounding_is_what_its_name_says(a, scale):
    step = Decimal(1).scaleb(-scale)

    def rounded(name):
        return value_of(f"{name}(a, {scale})", a=a)

    for name, mode in (
        ("decimal", "ROUND_HALF_EVEN"),
        ("floor", "ROUND_FLOOR"),
        ("ceiling", "ROUND_CEILING"),
        ("round up", "ROUND_UP"),
        ("round down", "ROUND_DOWN"),
        ("round half up", "ROUND_HALF_UP"),
        ("round half down", "ROUND_HALF_DOWN"),
    ):
        assert rounded(name) == (a / step).to_integral_value(mode) * step
        assert value_of(f"{name}({name}(a, {scale}), {scale}) = {name}(a, {scale})", a=a) is True


@given(moment=moments, zone=zones, seconds=st.integers(-(10**7), 10**7))
def test_moments_in_a_zone_move_by_exact_time(moment, zone, seconds):
    aware = moment.replace(tzinfo=ZoneInfo(zone))

    moved = value_of('moment + @"PT1S" * seconds', moment=aware, seconds=seconds)

    expected = (aware.astimezone(dt.UTC) + dt.timedelta(seconds=seconds)).astimezone(ZoneInfo(zone))
    assert moved.to_datetime().astimezone(dt.UTC) == expected.astimezone(dt.UTC)
    assert moved.to_datetime().replace(tzinfo=None) == expected.replace(tzinfo=None, fold=0)
    assert (moved.time.zone == zone) is (expected.fold == 0)


def test_second_pass_through_a_repeated_hour_keeps_its_offset():
    first = dt.datetime(2024, 10, 27, 2, 30, tzinfo=ZoneInfo("Europe/Brussels"))

    later = value_of('moment + @"PT1H"', moment=first)

    assert str(later) == "2024-10-27T02:30:00+01:00"
    assert str(DateTime.from_datetime(first)) == "2024-10-27T02:30:00@Europe/Brussels"
    assert str(DateTime.from_datetime(first.replace(fold=1))) == "2024-10-27T02:30:00+01:00"


@given(moment=moments, zone=zones)
def test_moments_survive_the_way_through_python_and_text(moment, zone):
    aware = moment.replace(tzinfo=ZoneInfo(zone))
    value = DateTime.from_datetime(aware)

    assert value.to_datetime() == aware
    assert value_of("date and time(text)", text=str(value)) == value


temporal = st.one_of(
    days,
    st.builds(Time.from_time, st.times()),
    st.builds(DateTime.from_datetime, moments),
    st.builds(lambda seconds: DaysTimeDuration(seconds=seconds), st.decimals(-(10**9), 10**9, places=6)),
    st.builds(lambda months: YearsMonthsDuration(months=months), st.integers(-5000, 5000)),
)


@given(value=temporal)
def test_written_dates_times_and_durations_read_back(value):
    assert value_of('value = @"' + str(value) + '"', value=value) is True


@given(left=temporal, right=temporal)
def test_equal_values_have_the_same_key(left, right):
    assert equals(left, left) is True
    assert (equals(left, right) is True) is (identity_key(left, Env()) == identity_key(right, Env()))
    if compare(left, right) is not None:
        assert compare(left, right) == -compare(right, left)


@pytest.mark.parametrize("value", [Decimal(1), "a", dt.date(2020, 1, 1)])
def test_range_without_a_start_has_everything_below_its_end(value):
    assert in_range(value, Range(start=None, end=value, start_included=False, end_included=True)) is True
    assert in_range(value, Range(start=None, end=value, start_included=False, end_included=False)) is False


# -- JSON ----------------------------------------------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | decimals | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(value=json_values)
def test_json_is_exact_both_ways(value):
    assert loads(dumps(value)) == _rounded(value)


def _rounded(value):
    if isinstance(value, Decimal):
        return EXACT.plus(value)
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return {key: _rounded(item) for key, item in value.items()} if isinstance(value, dict) else value
