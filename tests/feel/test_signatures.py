"""Every signature of every builtin: by position, by the names of the standard, with null and with a value of a wrong kind."""

import itertools

import pytest

from app.feel import compile_expression
from app.feel.builtins import BUILTINS
from app.feel.functions import Builtin
from app.feel.writer import write_value
from tests.feel.test_builtins import TABLE

NAMED = r"""
date(from: "2012-12-25") => 2012-12-25
date(from: @"2012-12-25") => 2012-12-25
date(from: @"2012-12-25T10:00:00") => 2012-12-25
date(year: 2012, month: 12, day: 25) => 2012-12-25
date and time(from: "2012-12-25T10:00:00") => 2012-12-25T10:00:00
date and time(from: @"2012-12-25T10:00:00") => 2012-12-25T10:00:00
date and time(date: @"2012-12-25", time: @"10:00:00Z") => 2012-12-25T10:00:00Z
date and time(year: 2012, month: 12, day: 25, hour: 10, minute: 20, second: 30) => 2012-12-25T10:20:30
date and time(year: 2012, month: 12, day: 25, hour: 10, minute: 20, second: 30, offset: @"-PT1H") => 2012-12-25T10:20:30-01:00
date and time(year: 2012, month: 12, day: 25, hour: 10, minute: 20, second: 30, timezone: "Europe/Paris") => 2012-12-25T10:20:30@Europe/Paris
time(from: "10:00:00") => 10:00:00
time(from: @"10:00:00") => 10:00:00
time(from: @"2012-12-25T10:00:00") => 10:00:00
time(hour: 10, minute: 20, second: 30, offset: @"PT1H") => 10:20:30+01:00
number(from: "1.000,5", grouping separator: ".", decimal separator: ",") => 1000.5
string(from: 1.5) => "1.5"
duration(from: "P1D") => P1D
duration(from: @"P1D") => P1D
years and months duration(from: @"2011-12-22", to: @"2013-08-24") => P1Y8M
range(from: "[1..2]") => [1..2]
not(negand: false) => true
substring(string: "foobar", start position: 3, length: 3) => "oba"
string length(string: "foo") => 3
upper case(string: "a") => "A"
lower case(string: "A") => "a"
substring before(string: "foobar", match: "bar") => "foo"
substring after(string: "foobar", match: "ob") => "ar"
replace(input: "abc", pattern: "B", replacement: "x", flags: "i") => "axc"
contains(string: "foobar", match: "of") => false
starts with(string: "foobar", match: "fo") => true
ends with(string: "foobar", match: "r") => true
matches(input: "foobar", pattern: "^FO*B", flags: "i") => true
split(string: "a;b", delimiter: ";") => ["a", "b"]
string join(list: ["a", "b"], delimiter: "-") => "a-b"
list contains(list: [1, 2], element: 2) => true
count(list: [1, 2]) => 2
min(list: [2, 1]) => 1
max(list: [2, 1]) => 2
sum(list: [2, 1]) => 3
mean(list: [2, 1]) => 1.5
product(list: [2, 3]) => 6
median(list: [3, 1, 2]) => 2
stddev(list: [1, 3]) => 1.414213562373095048801688724209698
mode(list: [1, 1, 2]) => [1]
all(list: [true, false]) => false
any(list: [true, false]) => true
sublist(list: [4, 5, 6], start position: 1, length: 2) => [4, 5]
insert before(list: [1, 3], position: 2, newItem: 2) => [1, 2, 3]
remove(list: [1, 2], position: 1) => [2]
list replace(list: [1, 2], position: 1, newItem: 3) => [3, 2]
list replace(list: [1, 2], match: function(item, newItem) item < newItem, newItem: 2) => [2, 2]
reverse(list: [1, 2]) => [2, 1]
index of(list: [1, 2, 1], match: 1) => [1, 3]
distinct values(list: [1, 1]) => [1]
flatten(list: [[1], 2]) => [1, 2]
sort(list: [1, 2], precedes: function(x, y) x > y) => [2, 1]
sort(list: [2, 1]) => [1, 2]
decimal(n: 2.5, scale: 0) => 2
floor(n: 1.5) => 1
floor(n: 1.56, scale: 1) => 1.5
ceiling(n: 1.5) => 2
ceiling(n: 1.51, scale: 1) => 1.6
round up(n: 1.1, scale: 0) => 2
round down(n: 1.9, scale: 0) => 1
round half up(n: 2.5, scale: 0) => 3
round half down(n: 2.5, scale: 0) => 2
abs(n: -1) => 1
modulo(dividend: 12, divisor: -5) => -3
sqrt(number: 4) => 2
log(number: 1) => 0
exp(number: 0) => 1
odd(number: 1) => true
even(number: 1) => false
is(value1: 1, value2: 1.0) => true
day of year(date: @"2019-09-17") => 260
day of week(date: @"2019-09-17") => "Tuesday"
month of year(date: @"2019-09-17") => "September"
week of year(date: @"2019-09-17") => 38
get value(m: {a: 1}, key: "a") => 1
get value(context: {a: 1}, key: "a") => 1
get entries(m: {a: 1}) => [{key: "a", value: 1}]
get entries(context: {a: 1}) => [{key: "a", value: 1}]
context(entries: [{key: "a", value: 1}]) => {a: 1}
context put(context: {a: 1}, key: "b", value: 2) => {a: 1, b: 2}
context put(context: {a: {b: 1}}, keys: ["a", "b"], value: 2) => {a: {b: 2}}
context merge(contexts: [{a: 1}, {b: 2}]) => {a: 1, b: 2}
before(point1: 1, point2: 2) => true
before(point: 1, range: [2..3]) => true
before(range: [2..3], point: 4) => true
before(range1: [1..2], range2: [3..4]) => true
after(point1: 1, point2: 2) => false
after(point: 4, range: [2..3]) => true
after(range: [2..3], point: 1) => true
after(range1: [3..4], range2: [1..2]) => true
meets(range1: [1..2], range2: [2..3]) => true
met by(range1: [2..3], range2: [1..2]) => true
overlaps(range1: [1..3], range2: [2..4]) => true
overlaps before(range1: [1..3], range2: [2..4]) => true
overlaps after(range1: [2..4], range2: [1..3]) => true
finishes(point: 3, range: [1..3]) => true
finishes(range1: [2..3], range2: [1..3]) => true
finished by(range: [1..3], point: 3) => true
finished by(range1: [1..3], range2: [2..3]) => true
includes(range: [1..3], point: 2) => true
includes(range1: [1..3], range2: [2..3]) => true
during(point: 2, range: [1..3]) => true
during(range1: [2..3], range2: [1..3]) => true
starts(point: 1, range: [1..3]) => true
starts(range1: [1..2], range2: [1..3]) => true
started by(range: [1..3], point: 1) => true
started by(range1: [1..3], range2: [1..2]) => true
coincides(point1: 1, point2: 1.0) => true
coincides(range1: [1..2], range2: [1..2]) => true
"""
NAMED_TABLE = [tuple(map(str.strip, line.split(" => "))) for line in NAMED.strip().splitlines()]
CLOCK = {"now", "today"}
SAMPLES = {
    "number": "1",
    "string": '"2"',
    "boolean": "true",
    "list": "[1]",
    "context": "{a: 1}",
    "function": "function(x, y) true",
    "range": "[1..2]",
    "date": '@"2020-01-01"',
    "time": '@"10:00:00"',
    "date and time": '@"2020-01-01T10:00:00"',
    "days and time duration": '@"P1D"',
    "years and months duration": '@"P1M"',
}
ACCEPTED_ANYWAY = {"list": set(SAMPLES), "date and time": {"date"}}  # implicit conversions: a value as a list of it, a date as its midnight


@pytest.mark.parametrize(("expression", "expected"), NAMED_TABLE)
def test_arguments_have_the_names_of_the_standard(expression, expected):
    assert write_value(compile_expression(expression).value({})) == expected


def test_tables_have_every_signature(monkeypatch):
    seen = {"positional": set(), "named": set()}
    how = ""
    original = Builtin._run

    def run(self, env, signature, arguments):
        seen[how].add((self.name, self.signatures.index(signature)))
        return original(self, env, signature, arguments)

    monkeypatch.setattr(Builtin, "_run", run)
    for how, table in (("positional", TABLE), ("named", NAMED_TABLE)):  # noqa: B007 - run() reads it
        for expression, _ in table:
            compile_expression(expression + " ").value({})
    every = {(name, index) for name, builtin in BUILTINS.items() for index, _ in enumerate(builtin.signatures) if name not in CLOCK}
    variadic = {(name, index) for name, index in every if BUILTINS[name].signatures[index].variadic}

    missing = {
        how: sorted(every - (variadic if how == "named" else set()) - calls - twins(calls) - ({("sort", 1)} if how == "named" else set()))
        for how, calls in seen.items()
    }

    assert missing == {"positional": [], "named": []}


def twins(calls):
    """Return the signatures that differ from another one in the name of a parameter only: by position they cannot be told apart."""
    return {(name, 1) for name, index in calls if name in ("get value", "get entries") and index == 0} | {
        (name, 5) for name, index in calls if name == "date and time" and index == 4
    }


def arguments_of(signature):
    """Return a sample for every parameter that must be there."""
    return [
        (parameter, SAMPLES[parameter.kinds.split("|")[0]] if parameter.kinds != "any" else "1")
        for parameter in signature.parameters
        if not parameter.optional
    ]


def faults(name):
    """Yield calls in which one argument is null, or of a kind that no signature takes there."""
    builtin = BUILTINS[name]
    for signature in builtin.signatures:
        arguments = arguments_of(signature)
        for index, (parameter, _) in enumerate(arguments):
            if parameter.classes is None or parameter.nullable:
                continue
            shapes = [other for other in builtin.signatures if other.accepts(len(arguments)) and len(other.parameters) > index]
            taken = set(itertools.chain.from_iterable(other.parameters[index].kinds.split("|") for other in shapes))
            if "any" in taken:
                continue
            taken |= set(itertools.chain.from_iterable(ACCEPTED_ANYWAY.get(kind, ()) for kind in taken))
            for wrong in ["null", *(SAMPLES[kind] for kind in sorted(SAMPLES.keys() - taken) if kind != "list")]:
                texts = [wrong if at == index else sample for at, (_, sample) in enumerate(arguments)]
                yield f"{name}({', '.join(texts)})"


@pytest.mark.parametrize("name", sorted(BUILTINS))
def test_argument_that_is_null_or_of_a_wrong_kind_gives_null_and_says_why(name):
    for expression in dict.fromkeys(faults(name)):
        evaluation = compile_expression(expression).evaluate({})

        assert (expression, evaluation.value) == (expression, None)
        assert evaluation.warnings[0].startswith(name), expression


@pytest.mark.parametrize("name", sorted(BUILTINS))
def test_wrong_number_or_name_of_arguments_gives_null_and_says_why(name):
    most = max(len(signature.parameters) for signature in BUILTINS[name].signatures)
    variadic = any(signature.variadic for signature in BUILTINS[name].signatures)
    calls = [f"{name}(no such name: 1)"]
    if not variadic:
        calls.append(f"{name}({', '.join(['1'] * (most + 1))})")
    if name not in CLOCK:
        calls.append(f"{name}()")

    for call in calls:
        evaluation = compile_expression(call).evaluate({})
        assert (call, evaluation.value) == (call, None)
        assert name in evaluation.warnings[0]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('contains(["foobar"], "of")', "false"),
        ('string length(["foo"])', "3"),
        ('string length(["foo", "bar"])', "null"),
        ("string length([])", "null"),
        ("count(7)", "1"),
        ('append("a", "b")', '["a", "b"]'),
        ('day of year(@"2020-02-01T10:00:00")', "32"),
        ('time(@"2020-02-01")', "00:00:00Z"),
        ('years and months duration(@"2020-01-01", @"2021-02-01T10:00:00Z")', "P1Y1M"),
        ("abs([[1]])", "1"),
    ],
)
def test_arguments_are_converted_where_the_standard_says_so(expression, expected):
    """Clause 10.3.2.9.4."""
    assert write_value(compile_expression(expression).value({})) == expected
