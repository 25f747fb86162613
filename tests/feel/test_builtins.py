"""Every builtin with every signature (tables 72 to 82). Expected values are written as FEEL writes them."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from app.feel import compile_expression
from app.feel.builtins import BUILTINS
from app.feel.writer import write_value

CASES = r"""
date("2012-12-25") => 2012-12-25
date("2012-12-25Z") => 2012-12-25
date("-0044-03-15") => -0044-03-15
date("999999999-12-31") => 999999999-12-31
date("2012-13-25") => null
date("2012-1-25") => null
date("02012-01-25") => null
date("2012-12-25T00:00:00") => null
date(date and time("2012-12-25T11:00:00Z")) => 2012-12-25
date(date("2012-12-25")) => 2012-12-25
date(2012, 12, 25) => 2012-12-25
date(2012, 2, 30) => null
date(2012.5, 1, 1) => null
date(year: 2012, month: 12, day: 25) => 2012-12-25
date(null) => null
date(1) => null
date and time("2012-12-24T23:59:00") => 2012-12-24T23:59:00
date and time("2012-12-24T23:59:00.5Z") => 2012-12-24T23:59:00.5Z
date and time("2012-12-24T23:59:00@Europe/Brussels") => 2012-12-24T23:59:00@Europe/Brussels
date and time("2012-12-24T23:59:00@Europe/Nowhere") => null
date and time("2012-12-24T23:59:00+15:00") => null
date and time("2012-12-24T24:00:00") => 2012-12-25T00:00:00
date and time("2012-12-24T24:00:01") => null
date and time("2012-12-24") => 2012-12-24T00:00:00
date and time("2012-12-24 10:00:00") => null
date and time(date("2012-12-24"), time("23:59:00")) => 2012-12-24T23:59:00
date and time(date and time("2012-12-24T01:00:00"), time("23:59:00Z")) => 2012-12-24T23:59:00Z
date and time(2012, 12, 24, 23, 59, 0) => 2012-12-24T23:59:00
date and time(2012, 12, 24, 23, 59, 0.5, duration("PT1H")) => 2012-12-24T23:59:00.5+01:00
date and time(2012, 12, 24, 23, 59, 0, "Europe/Brussels") => 2012-12-24T23:59:00@Europe/Brussels
date and time(2012, 12, 32, 23, 59, 0) => null
time("23:59:00z") => 23:59:00Z
time("23:59:00-05:30") => 23:59:00-05:30
time("23:59:00@Etc/UTC") => 23:59:00@Etc/UTC
time("23:59") => null
time("25:00:00") => null
time("23:60:00") => null
time(date and time("2012-12-25T11:00:00Z")) => 11:00:00Z
time(time("11:00:00")) => 11:00:00
time(date("2012-12-25")) => 00:00:00Z
time(23, 59, 0, duration("PT0H")) => 23:59:00Z
time(23, 59, 1.5) => 23:59:01.5
time(23, 59, 0, null) => 23:59:00
time(24, 0, 0) => null
time(1, 1, 1, duration("PT15H")) => null
number("1 000,0", " ", ",") => 1000.0
number("1,000.0", ",", ".") => 1000.0
number("1. 000.000,01", ". ", ",") => null
number("1.000.000,01", ".", ",") => 1000000.01
number("-12e3", null, null) => -12000
number("abc", null, null) => null
number("1", ".", ".") => null
number("1", "x", ".") => null
number(" 1", null, null) => null
string(1.1) => "1.1"
string(null) => null
string("a") => "a"
string(true) => "true"
string(@"P1D") => "P1D"
string([1, "a", {b: null}]) => "[1, \"a\", {b: null}]"
string([1..2)) => "[1..2)"
string(1e20) => "100000000000000000000"
duration("P2Y2M") = duration("P26M") => true
duration("P1DT2H3M4.5S") => P1DT2H3M4.5S
duration("-PT36H") => -P1DT12H
duration("P") => null
duration("PT") => null
duration("P1Y1D") => null
duration("1D") => null
duration("PT1.S") => null
duration("P1W") => null
duration("P0D") => PT0S
duration("P0Y") => P0M
years and months duration(date("2011-12-22"), date("2013-08-24")) => P1Y8M
years and months duration(date("2013-08-24"), date("2011-12-22")) => -P1Y8M
years and months duration(date and time("2011-12-22T10:00:00"), date and time("2012-01-22T09:00:00")) => P0M
range("[18..21)") => [18..21)
range("[2..)") => >= 2
range("(..2)") => < 2
range("(..2]") => <= 2
range("[..2]") => null
range("(2..]") => null
range("") => null
range("[..]") => null
range("(..)") => null
range("[\"a..b\"..\"c\"]") => ["a..b".."c"]
range("[date(\"2020-01-01\")..@\"2020-02-01\"]") => [2020-01-01..2020-02-01]
range("[1+1..3]") => null
range("[3..1]") => null
not(negand: true) => false
substring("foobar", 3) => "obar"
substring("foobar", 3, 3) => "oba"
substring("foobar", -2, 1) => "a"
substring("\U01F40Eab", 2) => "ab"
substring("foobar", 0) => null
substring("foobar", 7) => null
substring("foobar", 3, 0) => null
substring("foobar", 3, 5) => null
substring("foobar", 3.8, 1.2) => "o"
substring("foobar", 0.5) => null
string length("foo") => 3
string length("") => 0
string length(null) => null
upper case("aBc4") => "ABC4"
lower case("aBc4") => "abc4"
substring before("foobar", "bar") => "foo"
substring before("foobar", "xyz") => ""
substring after("foobar", "ob") => "ar"
substring after("", "a") => ""
substring after("foo", "") => "foo"
replace("banana", "a", "o") => "bonono"
replace("abcd", "(ab)|(a)", "[1=$1][2=$2]") => "[1=ab][2=]cd"
replace("abc", "b", "$") => null
replace("abc", "b", "\\$") => "a$c"
replace("abc", "x*", "-") => null
replace("a.c", ".", "-", "q") => "a-c"
replace("ABC", "b", "-", "i") => "A-C"
replace("abc", "(", "-") => null
contains("foobar", "of") => false
contains("foobar", "ob") => true
starts with("foobar", "fo") => true
ends with("foobar", "r") => true
matches("foobar", "^fo*b") => true
matches("foobar", "^Fo*b", "i") => true
matches("a\nb", "a.b") => false
matches("a\nb", "a.b", "s") => true
matches("a\nb", "^b$", "m") => true
matches("helloworld", "hello world", "x") => true
matches("abc", "[") => null
matches("abc", "a", "z") => null
matches("é", "\\p{Ll}") => true
matches("e", "[a-z-[aeiou]]") => false
matches("aa", "(a)\\1") => true
split("John Doe", "\\s") => ["John", "Doe"]
split("a;b;c;;", ";") => ["a", "b", "c", "", ""]
split("", ";") => [""]
split("abc", "") => null
string join(["a", "b", "c"], "_and_") => "a_and_b_and_c"
string join(["a", "b"], "") => "ab"
string join(["a", "b"], null) => "ab"
string join(["a", null, "c"], "X") => "aXc"
string join([], "X") => ""
string join(["a", "b"]) => "ab"
string join([1]) => null
list contains([1, 2, 3], 2) => true
list contains([1, null], null) => true
list contains([], 1) => false
list contains(null, 1) => null
count([1, [2, 3]]) => 2
count([]) => 0
count(1) => 1
min([1, 2, 3]) => 1
max(1, 2, 3) => 3
min(1) => 1
max([]) => null
min("b", "a") => "a"
max([@"2020-01-01", @"2021-01-01"]) => 2021-01-01
min([1, "a"]) => null
min([1, null]) => null
sum([1, 2, 3]) => 6
sum(1, 2, 3) => 6
sum(1) => 1
sum([]) => null
sum([1, "a"]) => null
mean([1, 2, 3]) => 2
mean(1, 2) => 1.5
mean([]) => null
all([false, null, true]) => false
all(true) => true
all(true, false) => false
all(true, true) => true
any(false, true) => true
date and time(date and time("2012-12-24T23:59:00")) => 2012-12-24T23:59:00
date and time(date("2012-12-24")) => 2012-12-24T00:00:00Z
duration(duration("P1D")) => P1D
duration(duration("P1M")) => P1M
sort([3, 1, 2]) => [1, 2, 3]
sort(["b", "a"]) => ["a", "b"]
sort([1, "a"]) => null
all([]) => true
all(0) => null
all([true, null]) => null
any([false, null, true]) => true
any(false) => false
any([]) => false
any(0) => null
any([false, null]) => null
sublist([4, 5, 6], 1, 2) => [4, 5]
sublist([4, 5, 6], -2) => [5, 6]
sublist([4, 5, 6], 4) => null
sublist([4, 5, 6], 2, 3) => null
append([1], 2, 3) => [1, 2, 3]
append([1], null) => [1, null]
append(1, 2) => [1, 2]
concatenate([1, 2], [3]) => [1, 2, 3]
concatenate([1]) => [1]
insert before([1, 3], 1, 2) => [2, 1, 3]
insert before([1, 3], -1, 2) => [1, 2, 3]
insert before([1, 3], 3, 2) => null
remove([1, 2, 3], 2) => [1, 3]
remove([1, 2, 3], -1) => [1, 2]
remove([1], 0) => null
list replace([2, 4, 7, 8], 3, 6) => [2, 4, 6, 8]
list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5) => [5, 5, 7, 8]
list replace(list: [1], match: function(item, newItem) true, newItem: 2) => [2]
list replace([1], function(item, newItem) 1, 2) => null
reverse([1, 2, 3]) => [3, 2, 1]
index of([1, 2, 3, 2], 2) => [2, 4]
index of([1, null], null) => [2]
union([1, 2], [2, 3]) => [1, 2, 3]
distinct values([1, 2, 3, 2, 1.0]) => [1, 2, 3]
distinct values([@"PT1H", @"PT60M", {a: 1}, {a: 1.0}, null, null]) => [PT1H, {a: 1}, null]
flatten([[1, 2], [[3]], 4]) => [1, 2, 3, 4]
product([2, 3, 4]) => 24
product(2, 3, 4) => 24
product([]) => null
median(8, 2, 5, 3, 4) => 4
median([6, 1, 2, 3]) => 2.5
median([]) => null
stddev(2, 4, 7, 5) => 2.081665999466132735282297706979931
stddev([47]) => null
stddev([]) => null
mode(6, 3, 9, 6, 6) => [6]
mode([6, 1, 9, 6, 1]) => [1, 6]
mode([]) => []
decimal(1/3, 2) => 0.33
decimal(1.5, 0) => 2
decimal(2.5, 0) => 2
decimal(1234, -2) => 1200
decimal(1, 7000) => null
decimal(1, null) => null
floor(1.5) => 1
floor(-1.5) => -2
floor(-1.56, 1) => -1.6
ceiling(1.5) => 2
ceiling(-1.56, 1) => -1.5
round up(5.5, 0) => 6
round up(-1.126, 2) => -1.13
round down(-5.5, 0) => -5
round down(1.121, 2) => 1.12
round half up(5.5, 0) => 6
round half up(-1.126, 2) => -1.13
round half down(5.5, 0) => 5
round half down(-1.126, 2) => -1.13
abs(-10) => 10
abs(@"-PT5H") => PT5H
abs(@"-P1Y") => P1Y
modulo(12, 5) => 2
modulo(-12, 5) => 3
modulo(12, -5) => -3
modulo(-12, -5) => -2
modulo(10.1, 4.5) => 1.1
modulo(-10.1, 4.5) => 3.4
modulo(10.1, -4.5) => -3.4
modulo(-10.1, -4.5) => -1.1
modulo(1, 0) => null
sqrt(16) => 4
sqrt(-1) => null
log(10) => 2.302585092994045684017991454684364
log(0) => null
exp(5) => 148.4131591025766034211155800405523
exp(1000000) => null
odd(5) => true
odd(2.0) => false
odd(1.5) => null
even(2) => true
even(-3) => false
is(date("2012-12-25"), time("23:00:50")) => false
is(date("2012-12-25"), date("2012-12-25")) => true
is(time("23:00:50z"), time("23:00:50")) => false
is(time("23:00:50z"), time("23:00:50+00:00")) => true
is(1, "1") => false
is(null, null) => true
before(1, 10) => true
before(10, 1) => false
before(1, [1..10]) => false
before(1, (1..10]) => true
before([1..10), 10) => true
before([1..10], 15) => true
before([1..10), [10..20]) => true
before([1..10], [10..20]) => false
before((< 5), [5..6]) => true
before([1..5], (> 4)) => false
before(1, "a") => null
after(10, 5) => true
after(10, [1..10)) => true
after((11..20], 11) => true
after([11..20], [1..11)) => true
meets([1..5], [5..10]) => true
meets([1..5), [5..10]) => false
met by([5..10], [1..5]) => true
met by((5..10], [1..5]) => false
overlaps([1..5], [3..8]) => true
overlaps([1..5), [5..8]) => false
overlaps((5..8], [1..5]) => false
overlaps before([1..5], [3..8]) => true
overlaps before([1..5), (1..5]) => true
overlaps before([1..5], [1..5]) => false
overlaps after([3..8], [1..5]) => true
overlaps after((1..5], [1..5)) => true
overlaps after([1..5], [1..5)) => false
finishes(10, [1..10]) => true
finishes(10, [1..10)) => false
finishes([5..10), [1..10)) => true
finished by([1..10], 10) => true
finished by([1..10], (1..10]) => true
includes([1..10], 5) => true
includes((1..10], 1) => false
includes([1..10), [5..10)) => true
includes([1..10], [1..12]) => false
during(5, [1..10]) => true
during([5..10), [1..10)) => true
starts(1, [1..10]) => true
starts(1, (1..10]) => false
starts([1..10), [1..10]) => true
started by([1..10], 1) => true
started by([1..10], [1..10)) => true
coincides(5, 5) => true
coincides([1..5], [1..5]) => true
coincides((1..5), [1..5]) => false
day of year(date(2019, 9, 17)) => 260
day of week(date(2019, 9, 17)) => "Tuesday"
month of year(date and time("2019-09-17T00:00:00")) => "September"
week of year(date(2019, 9, 17)) => 38
week of year(date(2003, 12, 29)) => 1
week of year(date(2005, 1, 1)) => 53
week of year(date(2005, 1, 9)) => 1
sort(list: [3, 1, 4, 5, 2], precedes: function(x, y) x < y) => [1, 2, 3, 4, 5]
sort([1, "a"], function(x, y) x < y) => null
sort([{a: 2}, {a: 1}], function(x, y) x.a < y.a) => [{a: 1}, {a: 2}]
get value({key1: "value1"}, "key1") => "value1"
get value({key1: "value1"}, "other") => null
get entries({a: 1, b: 2}) => [{key: "a", value: 1}, {key: "b", value: 2}]
context([{key: "a", value: 1}, {key: "b", value: 2, other: 3}]) => {a: 1, b: 2}
context([{key: "a", value: 1}, {key: "b"}]) => null
context({key: "a", value: 1}) => {a: 1}
context put({x: 1}, "y", 2) => {x: 1, y: 2}
context put({x: 1, y: 0, z: 0}, "y", 2) => {x: 1, y: 2, z: 0}
context put({x: 1}, ["y"], 2) => {x: 1, y: 2}
context put({x: 1, y: {a: 0}}, ["y", "a"], 2) => {x: 1, y: {a: 2}}
context put({x: 1}, [], 2) => null
context put({x: 1}, ["x", "a"], 2) => {x: null}
context put({x: 1}, ["y", "a"], 2) => {x: 1, y: null}
context merge([{x: 1, y: 0}, {y: 2}]) => {x: 1, y: 2}
context merge({x: 1}) => {x: 1}
context merge([1]) => null
"""
TABLE = [tuple(map(str.strip, line.split(" => "))) for line in CASES.strip().splitlines()]


@pytest.mark.parametrize(("expression", "expected"), TABLE)
def test_builtin_gives_what_the_standard_says(expression, expected):
    assert write_value(compile_expression(expression).value({})) == expected


def test_every_builtin_has_a_case():
    clock = {"now", "today"}

    missing = [name for name in BUILTINS if name not in clock and not any(name + "(" in expression for expression, _ in TABLE)]

    assert missing == []


def test_null_from_an_error_says_why():
    evaluation = compile_expression('substring("foobar", 9)').evaluate({})

    assert evaluation.value is None
    assert evaluation.warnings == ("substring: the positions are not in the string.",)


def test_now_and_today_are_what_the_caller_says():
    now = dt.datetime(2026, 6, 30, 23, 30, tzinfo=dt.UTC)

    told = compile_expression("now()").value({}, now=now)
    local = compile_expression("[now(), today()]").value({}, now=now, zone=ZoneInfo("Europe/Brussels"))
    unknown = compile_expression("today()").evaluate({})

    assert str(told) == "2026-06-30T23:30:00Z"
    assert write_value(local) == "[2026-07-01T01:30:00@Europe/Brussels, 2026-07-01]"
    assert (unknown.value, unknown.warnings) == (None, ("This evaluation has no clock.",))
