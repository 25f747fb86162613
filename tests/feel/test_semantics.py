"""What expressions mean, table by table of chapter 10. Expected values are written as FEEL writes them."""

import pytest

from app.feel import compile_expression
from app.feel.writer import write_value


def cases(text):
    """Return expression and expected value of each line `expression => value`; lines without an arrow are headings."""
    for line in text.strip().splitlines():
        expression, arrow, expected = line.partition(" => ")
        if arrow:
            yield expression.strip(), expected.strip()


def evaluate(expression):
    return write_value(compile_expression(expression).value({}))


LITERALS = r"""
grammar rules 31 to 37, 64
1 => 1
1.50 => 1.50
.5 => 0.5
-.5 => -0.5
1.2e3 => 1200
1E-2 => 0.01
-0 => 0
"a" => "a"
"\u00e9" => "é"
"\U01F40E" => "🐎"
"\uD83D\uDC0E" => "🐎"
string length("\U01F40Eab") => 3
"a\tb\"c\\" => "a\tb\"c\\"
"\d" => "\\d"
true => true
null => null
/* one */ 1 // two => 1
[1, 2] => [1, 2]
[] => []
{} => {}
{a: 1, "b c": 2} => {a: 1, "b c": 2}
{a: 1, a: 2} => null
@"2020-02-30" => null
@"2020-02-29" => 2020-02-29
@"10:00:00" => 10:00:00
@"PT1H" => PT1H
@"P1Y" => P1Y
@"nonsense" => null
"""

NUMBERS = """
tables 56 to 60 and 62
1 + 2 * 3 => 7
(1 + 2) * 3 => 9
7 - 2 - 1 => 4
8 / 2 / 2 => 2
2 ** 3 ** 2 => 64
-4 ** 2 => 16
-(4 ** 2) => -16
2 ** -1 => 0.5
0 ** 0 => 1
4 ** 0.5 = 2 => true
2 ** 1000000000 => null
0.1 + 0.2 = 0.3 => true
1 / 3 => 0.3333333333333333333333333333333333
1 / 0 => null
9e6144 * 10 => null
1e-6143 / 1e34 => null
1234567890123456789012345678901234 + 1 => 1234567890123456789012345678901235
1 + "a" => null
1 + null => null
null + null => null
-"a" => null
-null => null
true + 1 => null
"a" + "b" => "ab"
"a" - "b" => null
1 + 2 + 3 + 4 + 5 - 6 => 9
[1] + 1 => null
"""

TEMPORAL_ARITHMETIC = """
table 57
@"2020-01-01" + @"P1D" => 2020-01-02
@"P1D" + @"2020-01-01" => 2020-01-02
@"2020-01-01" - @"PT1S" => 2019-12-31
@"2020-01-01" + @"PT23H59M" => 2020-01-01
@"2020-01-31" + @"P1M" => 2020-02-29
@"2020-03-31" - @"P1M" => 2020-02-29
@"2020-01-01" - @"P1Y1M" => 2018-12-01
@"P1D" - @"2020-01-01" => null
@"2020-01-01" + @"2020-01-01" => null
@"2020-01-03" - @"2020-01-01" => P2D
@"2020-01-03" - @"2020-01-01T12:00:00Z" => P1DT12H
@"2020-01-03" - @"2020-01-01T12:00:00" => null
@"2020-01-01T10:00:00" - @"2020-01-01T09:00:00" => PT1H
@"2020-01-01T10:00:00+02:00" - @"2020-01-01T09:00:00Z" => -PT1H
@"2020-01-01T10:00:00" - @"2020-01-01T09:00:00Z" => null
@"2020-12-31T23:59:59" + @"PT1S" => 2021-01-01T00:00:00
@"2020-12-31T23:59:59.5" + @"PT0.25S" => 2020-12-31T23:59:59.75
@"2020-02-29T10:00:00Z" + @"P1Y" => 2021-02-28T10:00:00Z
@"2024-03-30T12:00:00@Europe/Paris" + @"PT24H" => 2024-03-31T13:00:00@Europe/Paris
@"2024-03-30T12:00:00@Europe/Paris" + @"P1M" => 2024-04-30T12:00:00@Europe/Paris
@"23:00:00" + @"PT2H" => 01:00:00
@"01:00:00Z" - @"PT2H" => 23:00:00Z
@"00:00:00" - @"PT0.5S" => 23:59:59.5
@"10:00:00" - @"09:30:00" => PT30M
@"10:00:00Z" - @"10:00:00+01:00" => PT1H
@"10:00:00" - @"10:00:00Z" => null
@"P1Y" + @"P2M" => P1Y2M
@"P1Y" - @"P13M" => -P1M
@"P1D" + @"PT25H" => P2DT1H
@"P1D" + @"P1M" => null
@"P1Y" * 1.5 => P1Y6M
2 * @"P1Y" => P2Y
@"P1Y" / 2 => P6M
@"P1Y" / 0 => null
@"P1Y" / @"P1M" => 12
@"P1D" * 0.5 => PT12H
@"P1D" / 2 => PT12H
@"P1D" / @"PT1H" => 24
@"P1D" / @"PT0S" => null
1 / @"P1D" => null
-@"P1D" => -P1D
-@"P1M" => -P1M
@"999999999-12-31" + @"P1D" => null
@"9999-12-31" + @"P1D" => 10000-01-01
@"0001-01-01" - @"P1D" => 0000-12-31
@"-0001-01-01" + @"P1Y" => 0000-01-01
"""

EQUALITY = """
tables 52 and 53
1 = 1.0 => true
1 != 2 => true
"a" = "a" => true
"1" = 1 => null
"1" != 1 => null
null = null => true
1 = null => false
null != 1 => true
true = true => true
true = 1 => null
[1, 2] = [1, 2] => true
[1, 2] = [1] => false
[1, 2] = [1, "a"] => null
[1, 2] = [3, "a"] => false
[null] = [null] => true
[1] = 1 => null
{a: 1, b: 2} = {b: 2, a: 1} => true
{a: 1} = {b: 1} => false
[1..2] = [1..2] => true
[1..2] = [1..2) => false
(> 1) = (> 1) => true
(> 1) = (>= 1) => false
@"2020-01-01" = @"2020-01-01" => true
@"2020-01-01" = @"2020-01-01T00:00:00" => null
@"2020-01-01T10:00:00Z" = @"2020-01-01T11:00:00+01:00" => true
@"2020-01-01T10:00:00@Europe/Paris" = @"2020-01-01T09:00:00Z" => true
@"10:00:00Z" = @"11:00:00+01:00" => true
@"10:00:00" = @"10:00:01" => false
@"P1Y" = @"P12M" => true
@"P1D" = @"PT24H" => true
@"P1Y" = @"P365D" => null
"""

ORDER = """
table 54
1 < 2 => true
2 <= 2.0 => true
3 > 4 => false
4 >= 4 => true
"a" < "b" => true
"a" < "aa" => true
"B" < "a" => true
1 < "a" => null
null < 1 => null
true < false => null
[1] < [2] => null
@"2020-01-01" < @"2020-01-02" => true
@"-0044-03-15" < @"2020-01-02" => true
@"2020-01-01T00:00:00Z" < @"2020-01-01T00:00:00+01:00" => false
@"2020-01-01T00:00:00" <= @"2020-01-01T00:00:00+01:00" => true
@"10:00:00Z" > @"10:30:00+01:00" => true
@"PT1H" < @"PT61M" => true
@"P1Y" <= @"P12M" => true
@"P1D" < @"P1M" => null
1 < 2 = true => true
2 between 1 and 3 => true
4 between 1 and 3 => false
null between 1 and 3 => null
0 between 1 and "a" => false
2 between 1 and "a" => null
1 between 1 and 1 and true => true
"""

LOGIC = """
tables 50 and 51
true and true => true
true and false => false
true and null => null
false and true => false
false and false => false
false and null => false
null and true => null
null and false => false
null and null => null
1 and true => null
1 and false => false
true or true => true
true or false => true
true or null => true
false or true => true
false or false => false
false or null => null
null or true => true
null or false => null
"x" or null => null
true and true and null and false => false
false or null or true => true
false or true and false => false
not(true) => false
not(false) => true
not(null) => null
not("a") => null
if true then 1 else 2 => 1
if false then 1 else 2 => 2
if null then 1 else 2 => 2
if 1 then 1 else 2 => 2
if 1 > 2 then "a" else if 2 > 1 then "b" else "c" => "b"
"""

IN_AND_RANGES = """
tables 42, 55 and 67
1 in (1, 2) => true
3 in (1, 2) => false
1 in [1, 2] => true
1 in [2..3] => false
2 in (2..3] => false
2 in ]2..3] => false
3 in [2..3[ => false
3 in [2..3] => true
5 in > 4 => true
5 in (> 6, < 1) => false
5 in (= 5) => true
5 in (!= 5) => false
5 in ([1..2], [4..6]) => true
5 in [[1..2], [4..6]] => true
null in (1, 2) => false
null in (null) => true
"a" in (1) => null
"a" in (1, "a") => true
1 in (? > 0) => true
1 in ["a", 2] => false
"a" in [[1..2]] => null
5 in (count([1]) = 1) => true
null in (count([1]) = 1) => false
true in (count([1]) = 2) => false
[1, 2] in [1, 2] => true
[1] in [1, 2] => false
[1, 2] in [[1, 2], 3] => true
1 in 1 => true
(1 in (1)) and true => true
1 in (1) and false => false
5 in (2 + 3) => true
5 in (2 + 3) * 1 => true
@"2020-01-15" in [@"2020-01-01"..@"2020-02-01"] => true
"b" in ["a".."c"] => true
[1..10].start => 1
(1..10].start included => false
[1..10).end => 10
[1..10).end included => false
(<= 10).start => null
(<= 10).end => 10
(<= 10).end included => true
(> 1).start included => false
[1..10] => [1..10]
(= 3) => [3..3]
(= true) => null
(= (= 3)) => null
= = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = = 1 => null
[5..1] => null
[1.."a"] => null
[null..1] => null
5 in [1..null] => null
"""

LISTS = """
clauses 10.3.1.5, 10.3.2.5, tables 64 and 68
[1, 2, 3][1] => 1
[1, 2, 3][-1] => 3
[1, 2, 3][0] => null
[1, 2, 3][4] => null
[1, 2, 3][1.5] => null
[1, 2, 3][1 + 1] => 2
[1, 2, 3, 4][item > 2] => [3, 4]
[1, 2, null][item > 1] => [2]
[{x: 1, y: 2}, {x: 2, y: 3}][x = 1] => [{x: 1, y: 2}]
[{x: 1, y: 2}, {x: null, y: 3}][x < 2] => [{x: 1, y: 2}]
[{item: 1}, {item: 2}][item = 2] => [{item: 2}]
[{first name: "a"}, {first name: "b"}][first name = "b"].first name => ["b"]
[{i: 2}, {i: 1}][item.i = 1] => [{i: 1}]
{i: 2, r: [{i: 1}, {i: 7}][i]}.r => {i: 7}
[[1, 2], [3, 4]][item[1] = 3] => [[3, 4]]
[{a: [1, 2]}, {a: [3]}][count(a[item > 1]) = 1].a => [[1, 2], [3]]
[][1] => null
[][item = 1] => []
[]["a"] => null
[1]["a"] => null
3[item > 2] => [3]
3[1] => 3
3[2] => null
null[1] => null
null[item = 1] => null
[true, false][item] => [true]
[{x: 1, y: 2}, {x: 2}].y => [2, null]
[{a: {b: [1]}}, {a: {b: [2.1, 2.2]}}].a.b => [[1], [2.1, 2.2]]
{a: {b: 1}}.a.b => 1
{a: 1}.b => null
1 .a => null
null.a => null
{a: 1, b: a + 1, c: b * 2}.c => 4
{a: 1, b: {a: 5, c: a}}.b.c => 5
"""

LOOPS = """
clause 10.3.2.14, table 49
for i in [1, 2, 3] return i * 2 => [2, 4, 6]
for i in 1..3 return i => [1, 2, 3]
for i in 3..1 return i => [3, 2, 1]
for i in [1, 2], j in [3, 4] return i * j => [3, 4, 6, 8]
for i in [[1, 2], [3]], j in i return j => [1, 2, 3]
for i in 0..4 return if i = 0 then 1 else i * partial[-1] => [1, 1, 2, 6, 24]
for i in 1..3 return count(partial) => [0, 1, 2]
for i in 1..3 return partial => [[], [[]], [[], [[]]]]
for d in @"2021-01-01"..@"2021-01-03" return d.day => [1, 2, 3]
for d in @"2021-01-02"..@"2021-01-01" return d.day => [2, 1]
for i in [1..3] return i => [1, 2, 3]
for i in [1..3) return i => [1, 2]
for i in 5 return i => [5]
for i in [] return i => []
for i in null return i => null
for i in 1.5..2 return i => null
for i in "a".."b" return i => null
(for i in 1..2 return function(x) x + i)[1](10) => 11
some x in [1, 2] satisfies x > 1 => true
some x in [1, 2] satisfies x > 2 => false
some x in [1, null] satisfies x > 1 => null
some x in [2, null] satisfies x > 1 => true
some x in [] satisfies x => false
every x in [] satisfies x => true
every x in [1, 2] satisfies x > 0 => true
every x in [1, null] satisfies x > 0 => null
every x in [0, null] satisfies x > 0 => false
every x in [1, 2], y in [3, 4] satisfies x < y => true
some x in [1], y in [2] satisfies y = x + 1 => true
some x in null satisfies x => null
"""

FUNCTIONS = """
clause 10.3.2.13, table 63
(function(x) x + 1)(2) => 3
{f: function(x, y) x - y, r: f(5, 3)}.r => 2
{f: function(x, y) x - y, r: f(y: 5, x: 3)}.r => -2
{f: function(x, y) x, r: f(x: 3)}.r => 3
{f: function(x) x, r: f(1, 2)}.r => null
{f: function(x) x, r: f(z: 1)}.r => null
{f: function(x: number) x, r: f("a")}.r => null
{f: function(x: number) x, r: f([1])}.r => 1
{f: function(x: list<number>) x, r: f(1)}.r => [1]
{f: function(x: date and time) x, r: f(@"2020-01-01")}.r => 2020-01-01T00:00:00Z
{f: function(x: number) x, r: f(null)}.r => null
{fact: function(n) if n <= 1 then 1 else n * fact(n - 1), r: fact(20)}.r => 2432902008176640000
{add: function(x) function(y) x + y, r: add(1)(2)}.r => 3
{f: function(a b) a b * 2, r: f(a b: 2)}.r => 4
{is positive: function(x) x > 0, r: is positive(1)}.r => true
function(x) external {java: {class: "java.lang.Math"}} => function(x)
(function(x) external {java: {class: "a"}})(1) => null
1(2) => null
unknown(1) => null
substring(string: "foobar", start position: 3) => "obar"
substring(start position: 3, string: "foobar", length: 2) => "ob"
substring(text: "foobar") => null
substring("foobar") => null
count(1, 2) => null
{f: count, r: f([1, 2])}.r => 2
sort([3, 1, 2], before) => [1, 2, 3]
"""

TYPES = """
table 61 and clause 10.3.2.9
123 instance of number => true
"abc" instance of string => true
123 instance of string => false
true instance of boolean => true
@"2020-01-01" instance of date => true
@"10:00:00" instance of time => true
@"2020-01-01T00:00:00" instance of date and time => true
@"2020-01-01" instance of date and time => false
@"P1D" instance of days and time duration => true
@"P1Y" instance of years and months duration => true
@"P1Y" instance of days and time duration => false
[1] instance of list<number> => true
[1, "a"] instance of list<number> => false
[1, null] instance of list<number> => true
[1, "a"] instance of list<Any> => true
[] instance of list<number> => true
{a: 1, b: "x"} instance of context<a: number> => true
{a: 1} instance of context<a: number, b: string> => false
{a: "x"} instance of context<a: number> => false
[1..2] instance of range<number> => true
["a".."b"] instance of range<number> => false
(function(x: number) x) instance of function<number> -> Any => true
(function(x: number) x) instance of function<string> -> Any => false
(function(x, y) x) instance of function<number> -> Any => false
null instance of Null => true
null instance of Any => false
null instance of number => false
1 instance of Any => true
1 instance of list => null
{a: 1} instance of context<> => true
{a: 1} instance of context => null
count instance of function<list<Any>> -> number => true
sqrt instance of function<string> -> number => false
1 instance of nonsense => null
-1 instance of number => true
1 + 1 instance of number => null
"""

PROPERTIES = """
tables 65 and 66
@"2019-09-17".year => 2019
@"2019-09-17".month => 9
@"2019-09-17".day => 17
@"2019-09-17".weekday => 2
@"2019-09-17".hour => null
@"-0044-03-15".year => -44
@"2019-09-17T10:20:30.5+02:00".hour => 10
@"2019-09-17T10:20:30.5+02:00".minute => 20
@"2019-09-17T10:20:30.5+02:00".second => 30.5
@"2019-09-17T10:20:30.5+02:00".time offset => PT2H
@"2019-09-17T10:20:30.5+02:00".timezone => null
@"2019-09-17T10:20:30@Europe/Paris".timezone => "Europe/Paris"
@"2019-09-17T10:20:30@Europe/Paris".time offset => PT2H
@"2019-09-17T10:20:30".time offset => null
@"10:20:30-05:00".time offset => -PT5H
@"10:20:30@Etc/UTC".time offset => PT0S
@"P1Y14M".years => 2
@"P1Y14M".months => 2
-@"P1Y2M".months => -2
@"P1Y".days => null
@"P1DT26H3M4.5S".days => 2
@"P1DT26H3M4.5S".hours => 2
@"P1DT26H3M4.5S".minutes => 3
@"P1DT26H3M4.5S".seconds => 4.5
@"P1D".years => null
[@"2019-09-17", @"2020-01-01"].year => [2019, 2020]
"""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        case
        for table in (
            LITERALS,
            NUMBERS,
            TEMPORAL_ARITHMETIC,
            EQUALITY,
            ORDER,
            LOGIC,
            IN_AND_RANGES,
            LISTS,
            LOOPS,
            FUNCTIONS,
            TYPES,
            PROPERTIES,
        )
        for case in cases(table)
    ],
)
def test_expression_means_what_the_standard_says(expression, expected):
    assert evaluate(expression) == expected
