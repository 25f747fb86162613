"""Every rule of the grammar (clause 10.3.1.2), by its name, with texts that follow it and texts that do not."""

import pytest

from app.feel import FeelSyntaxError, compile_expression, compile_unary_tests
from app.feel.writer import write_value

# rule
#     expression => value, or !! for a text that is no expression
RULES = r"""
expression
    {a: 1} => {a: 1}
    1 => 1
    1 2 !!
textual expression
    for i in [1] return i => [1]
    if true then 1 else 2 => 1
    some i in [1] satisfies true => true
    true or false => true
    true and false => false
    1 < 2 => true
    1 + 2 => 3
    1 instance of number => true
    {a: 1}.a => 1
    [1][1] => 1
    count([]) => 0
    "a" => "a"
    < 5 => < 5
    (1) => 1
    () !!
arithmetic expression
    1 + 2 * 3 ** 2 - 4 / 2 => 17
    1 + !!
    * 1 !!
addition
    1 + 2 + 3 => 6
subtraction
    7 - 2 - 1 => 4
multiplication
    2 * 3 * 4 => 24
division
    8 / 2 / 2 => 2
exponentiation
    2 ** 3 ** 2 => 64
    2 ** -1 => 0.5
arithmetic negation
    -(1 + 2) => -3
    - 4 ** 2 => 16
    --1 => 1
    + 1 !!
simple positive unary test
    < 5 => < 5
    <= 5 => <= 5
    > 5 => > 5
    >= 5 => >= 5
    = 5 => [5..5]
    5 in != 4 => true
    < !!
interval
    [1..2] => [1..2]
    [1 .. 2] => [1..2]
    [1..2 !!
    1..2 !!
open interval start
    (1..2] => (1..2]
    ]1..2] => (1..2]
closed interval start
    [1..2] => [1..2]
open interval end
    [1..2) => [1..2)
    [1..2[ => [1..2)
closed interval end
    [1..2] => [1..2]
    [1..2} !!
positive unary test
    5 in > 4 => true
    5 in 5 => true
    5 in [1..9] => true
    5 in (? > 4) => true
positive unary tests
    5 in (1, > 4) => true
    5 in (1, 2) => false
    5 in (1, ) !!
endpoint
    [1 + 1..2 * 3] => [2..6]
    [@"2020-01-01"..@"2020-02-01"] => [2020-01-01..2020-02-01]
    ["a".."b"] => ["a".."b"]
    [-2..-1] => [-2..-1]
simple value
    {a: 1, b: a}.b => 1
    1.5 => 1.5
qualified name
    {a: {b: {c: 1}}}.a.b.c => 1
    {a: 1}. !!
name
    {first name: "x"}.first name => "x"
    {a-b: 1}.a-b => 1
    {a1: 1}.a1 => 1
    {größe: 1}.größe => 1
    {_a: 1}._a => 1
    {1a: 1} !!
name start
    {?: 1} => {?: 1}
    {日本: 1}.日本 => 1
    {-a: 1} !!
name part
    {a 1 b: 1}.a 1 b => 1
additional name symbols
    {a.b: 1} => {"a.b": 1}
    {a/b: 1, c: a/b}.c => 1
    {a's: 1, c: a's}.c => 1
    {a+b: 1, c: a+b}.c => 1
    {a*b: 1, c: a*b}.c => 1
literal
    null => null
    true => true
    1 => 1
simple literal
    1 => 1
    "a" => "a"
    true => true
    @"P1D" => P1D
string literal
    "" => ""
    "a \" b" => "a \" b"
    'a' !!
    "a !!
boolean literal
    true => true
    false => false
numeric literal
    1 => 1
    -1 => -1
    1.50 => 1.50
    .5 => 0.5
    1e3 => 1000
    1E+3 => 1000
    1.5e-3 => 0.0015
    1. !!
    1e !!
    0x10 !!
digits
    007 => 7
function invocation
    count([1]) => 1
    (function(x) x)(1) => 1
    {f: function() 1, r: f()}.r => 1
    count([1] !!
parameters
    modulo(12, 5) => 2
    modulo(dividend: 12, divisor: 5) => 2
    modulo(12, divisor: 5) !!
    modulo(dividend: 12, 5) !!
named parameters
    substring(string: "abc", start position: 2) => "bc"
parameter name
    {f: function(a b) a b, r: f(a b: 1)}.r => 1
positional parameters
    substring("abc", 2) => "bc"
    substring("abc", ) !!
path expression
    {a: 1}.a => 1
    [{a: 1}].a => [1]
    @"2020-01-31".day => 31
    date("2020-01-31").day => 31
    {a: 1}.1 !!
for expression
    for i in [1, 2] return i * 2 => [2, 4]
    for i in [1, 2], j in [i] return j => [1, 2]
    for i in [1] !!
    for in [1] return 1 !!
iteration context
    for i in 1..3 return i => [1, 2, 3]
    for i in 3 .. 1 return i => [3, 2, 1]
    for i in @"2020-01-01"..@"2020-01-02" return i.day => [1, 2]
if expression
    if 1 = 1 then "a" else "b" => "a"
    if 1 = 1 then "a" !!
    if then 1 else 2 !!
quantified expression
    some i in [1, 2], j in [2] satisfies i = j => true
    every i in [1, 2] satisfies i > 1 => false
    some i in [1] return i !!
disjunction
    false or false or true => true
    or true !!
conjunction
    true and true and false => false
    true and !!
comparison
    1 = 1 => true
    1 != 1 => false
    1 < 1 => false
    1 <= 1 => true
    1 > 1 => false
    1 >= 1 => true
    2 between 1 and 3 => true
    2 in (1, 2) => true
    2 in [1..3] => true
    1 == 1 !!
    1 <> 1 !!
    2 between 1 !!
filter expression
    [1, 2, 3][2] => 2
    [1, 2, 3][item > 1] => [2, 3]
    [{a: 1}, {a: 2}][a = 2] => [{a: 2}]
    [1][] !!
instance of
    1 instance of number => true
    1 instance number !!
    1 instance of !!
type
    "a" instance of string => true
    @"P1D" instance of days and time duration => true
    [1] instance of list<number> => true
    [[1]] instance of list<list<number>> => true
    [1..2] instance of range<number> => true
    {a: 1} instance of context<a: number> => true
    {a: 1} instance of context<> => true
    {a: [1]} instance of context<a: list<number>, b: string> => false
    (function(x: number) x) instance of function<number> -> number => true
    (function() 1) instance of function<> -> Any => true
    [1] instance of list<number !!
    [1] instance of function<number> !!
boxed expression
    [1] => [1]
    function(x) x => function(x)
    {a: 1} => {a: 1}
list
    [] => []
    [1, [2], "a"] => [1, [2], "a"]
    [1, ] !!
    [1 2] !!
function definition
    (function(x, y) x + y)(1, 2) => 3
    (function() 1)() => 1
    function(x) external {java: {class: "java.lang.Math", method signature: "cos(double)"}} => function(x)
    function(x) !!
formal parameter
    (function(x: number) x)(1) => 1
    (function(x: list<number>) x)(1) => [1]
    (function(a b: string, c) a b)("x", 1) => "x"
    function(x: ) x !!
context
    {} => {}
    {a: 1, b: a + 1} => {a: 1, b: 2}
    {a: 1 !!
    {a} !!
context entry
    {a: {b: 1}} => {a: {b: 1}}
    {a: } !!
key
    {a b: 1, "c d": 2} => {"a b": 1, "c d": 2}
    {"": 1} => {"": 1}
date time literal
    @"2020-01-31" => 2020-01-31
    @"10:00:00" => 10:00:00
    @"2020-01-31T10:00:00" => 2020-01-31T10:00:00
    @"P1Y" => P1Y
    date("2020-01-31") => 2020-01-31
    time("10:00:00") => 10:00:00
    date and time("2020-01-31T10:00:00") => 2020-01-31T10:00:00
    duration("P1Y") => P1Y
at literal
    @"PT1H" => PT1H
    @ "PT1H" => PT1H
    @1 !!
white space
    1 + 2 => 3
    1+2 => 3
vertical space
    "a\nb" => "a\nb"
string escape sequence
    "\'" => "'"
    "\"" => "\""
    "\\" => "\\"
    "\n\r\t" => "\n\r\t"
    "\u0041\U000042" => "AB"
    "\uD83D\uDC0E" => "🐎"
    "\U01F40E" => "🐎"
    "\uD83D" !!
    "\U110000" !!
range literal
    range("[1..2]") => [1..2]
    range("(1..2)") => (1..2)
    range("[1..)") => >= 1
    range("(..2]") => <= 2
    range("]1..2[") => (1..2)
range endpoint
    range("[\"a\"..\"b\"]") => ["a".."b"]
    range("[@\"P1D\"..duration(\"P2D\")]") => [P1D..P2D]
    range("[1 + 1..3]") => null
comment
    /* a */ 1 // b => 1
    /* a 1 !!
"""
CELLS = r"""
simple unary tests
    5: 5, 6 => true
    5: not(5, 6) => false
    5: - => true
    5: => true
unary tests
    5: < 3, > 4 => true
    5: not(< 3, > 6) => true
    5: not([1..4]) => true
    5: ? > 4 and ? < 6 => true
    5: not(? > 4) => false
    5: [1..4], (4..6] => true
    5: 1, !!
    5: not(5, 6 !!
"""
REFUSED = " !!"


def read(table):
    """Yield rule, text and expected value, None for a text that is refused."""
    rule = ""
    for line in table.strip("\n").splitlines():
        if not line.startswith(" "):
            rule = line
        elif line.endswith(REFUSED):
            yield rule, line.strip().removesuffix("!!").strip(), None
        else:
            text, expected = line.strip().rsplit("=> ", 1)
            yield rule, text.strip(), expected


def test_every_rule_has_texts():
    rules = {rule for rule, _, _ in (*read(RULES), *read(CELLS))}

    assert len(rules) == 63
    assert all(any(each == rule and expected is not None for each, _, expected in (*read(RULES), *read(CELLS))) for rule in rules)


@pytest.mark.parametrize(("rule", "text", "expected"), list(read(RULES)))
def test_text_follows_the_rule_or_is_refused(rule, text, expected):
    if expected is None:
        with pytest.raises(FeelSyntaxError):
            compile_expression(text)
    else:
        assert write_value(compile_expression(text).value({})) == expected


@pytest.mark.parametrize(("rule", "text", "expected"), list(read(CELLS)))
def test_cell_follows_the_rule_or_is_refused(rule, text, expected):
    value, cell = text.split(":", 1)
    if expected is None:
        with pytest.raises(FeelSyntaxError):
            compile_unary_tests(cell)
    else:
        assert compile_unary_tests(cell.strip()).matches(int(value), {}) is (expected == "true")


@pytest.mark.parametrize("space", ["\t", "\n", "\r\n", "\x0b", "\x0c", "\u0085", "\u00a0", "\u2003", "\u2028", "\u3000", "\ufeff"])
def test_any_white_space_separates(space):
    assert compile_expression(f"1{space}+{space}2").value({}) == 3
    assert compile_expression(f"first{space}name", ("first name",)).value({"first name": 1}) == 1
