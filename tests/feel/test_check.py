"""The static check: what it finds, and that it finds nothing where nothing is wrong."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings

from app.feel import FeelError, FeelSyntaxError, compile_expression, compile_unary_tests
from app.feel.check import check_expression, check_unary_tests, read_type, values_of_tests
from app.feel.types import ANY, FeelType
from app.feel.values import Range
from app.feel.writer import write_value
from tests.feel import test_builtins, test_grammar, test_semantics, test_signatures
from tests.feel.strategies import NAMES, trees


def values(text):
    return values_of_tests(compile_unary_tests(text))


TYPES = {
    "amount": read_type("number"),
    "order total": read_type("number"),
    "age": FeelType(kind="number", allowed=values("[0..120]")),
    "category": FeelType(kind="string", allowed=values('"travel", "food"')),
    "note": read_type("string"),
    "on": read_type("date"),
    "at": read_type("date and time"),
    "span": read_type("days and time duration"),
    "term": read_type("years and months duration"),
    "urgent": read_type("boolean"),
    "lines": read_type("list<context<net amount: number, code: string>>"),
    "order": read_type("context<id: string, ship to: context<city: string>>"),
    "anything": ANY,
}

FOUND = """
names
amuont > 1 => unknown_name@0 There is no name 'amuont'. Did you mean 'amount'?
lenght(note) => unknown_name@0 There is no name 'lenght'. Did you mean 'string length'?
order total amount => unknown_name@0 There is no name 'order total amount'. Is an operator missing after 'order total'?
zzz => unknown_name@0 There is no name 'zzz'. Declare it, or correct its spelling.
lines[net amuont > 1] => unknown_name@6 There is no name 'net amuont'. Did you mean 'net amount'?
item => unknown_name@0 There is no name 'item'. Declare it, or correct its spelling.
lines[1].cod => unknown_entry@9 There is no entry 'cod' here. Did you mean 'code'?
order.ship to.town => unknown_entry@14 There is no entry 'town' here. Known here: city.
on.yaer => unknown_entry@3 A date has no property 'yaer'. Did you mean 'year'?
amount.year => unknown_entry@7 A number has no property 'year'. Leave the path out.
amount instance of nmber => unknown_type@7 There is no type 'nmber'. Did you mean 'number'?
amount instance of list => unknown_type@7 The type list needs to say of what. Write list<Any>.
calls
substring(note) => arity@9 substring does not take 1 argument. Write substring(string, start position, length?).
count(lines, 1) => arity@5 count does not take 2 arguments. Write count(list).
{f: function(a, b) a, r: f(1)}.r => arity@26 This function takes 2 arguments, but gets 1. Its parameters are: a, b.
substring(string: note) => arity@9 substring is not called with string alone. Write substring(string, start position, length?).
substring(strng: note, start position: 1) => unknown_parameter@10 There is no parameter 'strng'. Did you mean 'string'?
{f: function(a, b) a, r: f(a: 1, c: 2)}.r => unknown_parameter@33 There is no parameter 'c'. Its parameters are: a, b.
modulo(dividend: 1, dividend: 2) => arity@6 An argument is given twice. Leave one of them out.
upper case(amount) => type@11 upper case: string must be a string, but is a number. Write upper case(string).
not(amount) => type@4 not: negand must be a boolean, but is a number. Write not(negand).
(function(a: number) a)(note) => type@23 a must be a number, but is a string. Give a value of that type.
amount(1) => type@6 A number cannot be called. Is an operator missing before the bracket?
date("2020-02-30") => type@4 '2020-02-30' is no date. Correct the arguments; the value is always null.
matches(note, "[") => type@14 This is no regular expression: it ends too early. Correct the pattern; the value is always null.
matches(note, "a{9999}") => limit@14 Limit exceeded: pattern size (too many repetitions). Make the pattern smaller.
function(x) external {java: {}} => external@0 Functions outside of FEEL are never called; the result is null. Write it in FEEL.
operators
amount + note => type@7 A number + a string has no meaning and is always null. Convert one of them, for example with string() or number().
note - note => type@5 A string - a string has no meaning and is always null. Texts can only be joined, with +.
1 + 2 + note => type@6 A number + a string has no meaning and is always null. Convert one of them, for example with string() or number().
amount / 0 => type@7 A division by zero is null. Divide by something else.
null + 1 => type@5 + with null is always null. Leave it out, or give a value.
on + amount => type@3 A date + a number has no meaning and is always null. Convert one of them, for example with string() or number().
-note => type@0 There is no negative of a string. Negate a number or a duration.
amount > "5" => type@7 A number is never compared with a string: the answer is always null. Compare values of one kind; convert one of them.
amount = "5" => type@7 A number is never compared with a string: the answer is always null. Compare values of one kind; convert one of them.
urgent = "true" => type@7 A boolean is never compared with a string: the answer is always null. Compare values of one kind; convert one of them.
at > on => type@3 A date and time is never compared with a date: the answer is always null. Compare values of one kind; convert one of them.
urgent < true => type@7 A boolean has no order. Use = or !=, or compare something else.
amount and urgent => type@0 A number is no condition. Write a condition beside 'and'.
@"2020-02-30" => type@0 '2020-02-30' is no date, time or duration. Write it as ISO 8601 does: @"2026-01-31", @"10:00:00", @"PT36H".
lines["a"] => type@6 A list is not filtered by a string. Write a condition or a position.
for i in "a".."b" return i => type@9 A loop does not count in string. Count in whole numbers or dates.
for i in null return i => type@9 A loop over null is null. Give a list.
amount in (1, "a") => type@14 A number is never compared with a string: the answer is always null. Compare values of one kind; convert one of them.
amount in note => type@10 A number is never a string, nor in it. Test for values of the same kind.
{a: 1, a: 2} => duplicate_key@7 The key 'a' stands there twice, so the whole context is null. Rename one of them.
function(a, a) a => duplicate_key@0 Two parameters have the same name. Rename one of them.
conditions
if amount then 1 else 2 => type@3 The condition is a number, which never holds. Write a condition that is true or false.
if true then 1 else 2 => constant@3 The condition is always true. Write a condition, or leave it out.
if 1 > 2 then 1 else 2 => constant@5 The condition depends on nothing, so it is always the same. Compare with a variable.
urgent and true => constant@11 This side of 'and' is always the same. Leave it out.
amount = amount => constant@7 Both sides are the same. Compare with something else.
every i in 1..3 satisfies i => type@26 The condition of 'every' is a number, which never holds. Write a condition that is true or false.
category = "travle" => never@11 = "travle" never holds: no value that is allowed does so. Did you mean "travel"?
category in ("travel", "x") => never@23 = "x" never holds: no value that is allowed does so. The values are "travel", "food".
age > 120 => never@6 > 120 never holds: no value that is allowed does so. The values are [0..120].
130 <= age => never@0 >= 130 never holds: no value that is allowed does so. The values are [0..120].
age between 121 and 130 => never@12 >= 121 never holds: no value that is allowed does so. The values are [0..120].
amount > 5 and amount < 3 => never@22 The conditions before exclude this one. Join them with 'or', or correct a value.
amount > 5 and amount <= 5 => never@22 The conditions before exclude this one. Join them with 'or', or correct a value.
note = "a" and note = "b" => never@20 The conditions before exclude this one. Join them with 'or', or correct a value.
5 < amount and urgent and order.id = "x" and amount = 5 => never@52 The conditions before exclude this one. Join them with 'or', or correct a value.
amount in [5..1] => never@10 This range ends before it starts. Exchange its ends.
amount between 5 and 1 => never@7 This range ends before it starts. Exchange its ends.
lines[0] => never@6 There is no position 0. Positions begin at 1; -1 is the last.
note instance of number => never@5 A string is never an instance of number. Leave the test out, or test for another type.
texts
1 + => syntax@3 Expected an expression, but found the end. Correct the expression.
"open => syntax@0 This string is not closed on its line. Correct the expression.
"""
CLEAN = """
amount > 1000 and category = "travel"
amount = null or note != null
if amount = null then 0 else amount
sum(lines.net amount) > 5 and count(lines[code = "a"]) >= 1
lines[code = "a"][1].net amount + 1
lines[item.net amount > amount].code
sort(lines, function(a, b) a.net amount < b.net amount)[-1].code
for line in lines return line.net amount * 2
for i in 1..count(lines) return if i = 1 then 1 else partial[-1] + i
some line in lines satisfies line.code in ("a", "b")
every line in lines satisfies contains(line.code, "x")
order.ship to.city = "Gent"
anything.a.b[1].c(2) + anything > "x"
anything[zzz > 1].yyy
on + span > on and on + term > on and at - at < span
on - on < @"P1D"
at - on < span
years and months duration(on, at) < term
string(amount) + note
min(lines.net amount, amount) > 0
max(lines.net amount) > amount
amount > 5 or amount < 3
amount > 3 and amount < 5
amount >= 5 and amount <= 5
note = "a" or note = "b"
anything > 5 and anything > 3
age >= 120
age != 130
category in ("travel", "food")
category in anything
note in split(category, ",")
amount in (1, [5..9], > 20)
amount in (? > 1 and ? < 9)
append(lines, lines[1])[1].code
concatenate(lines, lines)[1].code
get value(order, "id")
get entries(order)[1].key
context put(order, "id", "x").anything
{f: function(n: number) if n = 0 then 1 else n * f(n - 1), r: f(5)}.r
(function(a, b: string) b)(amount, note)
{total: sum(lines.net amount), vat: total * 0.21}.vat
amount instance of number
date("2020-01-31") < on
matches(note, "^[a-z]+$")
matches(note, "[", "q")
date and time(on, time("10:00:00")) < at
count(note)
string length(lines[1].code)
range("[1..2]").start
(> 5).end
-span < span * 2
abs(term) = term
list contains(lines.code, "a")
{item: 1}[item = 1]
"""


def table(text):
    for line in text.strip().splitlines():
        expression, arrow, expected = line.partition(" => ")
        if arrow:
            yield expression, expected


@pytest.mark.parametrize(("expression", "expected"), list(table(FOUND)))
def test_fault_is_found_with_its_place_and_a_remedy(expression, expected):
    found = [f"{each.code}@{each.position} {each.message} {each.remedy}" for each in check_expression(expression, TYPES)]

    assert found[:1] == [expected]


@pytest.mark.parametrize("expression", CLEAN.strip().splitlines())
def test_nothing_is_found_where_nothing_is_wrong(expression):
    assert check_expression(expression, TYPES) == ()


def all_cases():
    yield from (expression for expression, _ in test_builtins.TABLE)
    yield from (expression for expression, _ in test_signatures.NAMED_TABLE)
    yield from (text for _, text, expected in test_grammar.read(test_grammar.RULES) if expected is not None)
    for name, text in vars(test_semantics).items():
        if name.isupper():
            yield from (expression for expression, _ in test_semantics.cases(text))


# The check says of these what is true: a part of each is always null or never counts, although the whole has a value.
PARTLY_NULL = {"1 and false", '"a" in [[1..2]]', "if 1 then 1 else 2", '"a" in (1)', '"a" in (1, "a")'}


def test_what_has_a_value_has_no_errors():
    for expression in dict.fromkeys(all_cases()):
        evaluation = compile_expression(expression).evaluate({})
        if evaluation.warnings or expression in PARTLY_NULL:
            continue
        errors = [each for each in check_expression(expression) if each.severity == "error"]
        assert (expression, errors) == (expression, [])


@settings(max_examples=150, deadline=None)
@given(tree=trees)
def test_check_never_raises(tree):
    from app.feel.printer import print_expression

    text = print_expression(tree)
    for types in (dict.fromkeys(NAMES, ANY), dict.fromkeys(NAMES, TYPES["lines"]), {"a": TYPES["amount"]}):
        for finding in check_expression(text, types, members=NAMES):
            assert 0 <= finding.position <= len(text)
            assert finding.message.endswith((".", "…"))


@pytest.mark.parametrize(
    ("cell", "input_type", "expected"),
    [
        ('"a", 5', "string", ["type@5"]),
        ("< 3, [1..2]", "string", ["type@0", "type@6", "type@9"]),
        ("[9..1]", "number", ["never@0"]),
        ("not(5)", "string", ["type@4"]),
        ("? > 3, amount, note", "number", ["type@15"]),
        ('contains(?, "a")', "number", ["type@9"]),
        ("-", "number", []),
        ("", "number", []),
        ("null", "number", []),
        ('date("2020-01-01"), > date("2021-01-01")', "date", []),
        ("urgent", "number", []),
        ("lines.net amount", "number", []),
        ("lines.code", "number", ["type@5"]),
        ("zzz", "number", ["unknown_name@0"]),
        ("1,", "number", ["syntax@2"]),
    ],
)
def test_cell_is_checked_against_its_input(cell, input_type, expected):
    findings = check_unary_tests(cell, TYPES, input_type=read_type(input_type))

    assert [f"{each.code}@{each.position}" for each in findings] == expected


def test_values_of_a_cell_are_among_those_of_its_input():
    colour = FeelType(kind="string", allowed=("red", "green"))

    (finding,) = check_unary_tests('"red", "gren"', input_type=colour)

    assert (finding.code, finding.severity, finding.remedy) == ("never", "warning", 'Did you mean "green"?')


@pytest.mark.parametrize(
    ("expression", "expected", "found"),
    [
        ("amount", "string", ["result_type"]),
        ("amount", "number", []),
        ("lines", "list<context<code: string>>", []),
        ("lines", "list<number>", ["result_type"]),
        ("amount", "list<number>", []),
        ("[amount]", "number", []),
        ("on", "date and time", []),
        ("null", "number", []),
        ("anything", "number", []),
        ("{code: 1}", "context<code: string>", ["result_type"]),
        ("amount > 5", "boolean", []),
        ("amount", "boolean", ["type"]),
        ("true", "boolean", ["constant"]),
    ],
)
def test_result_has_the_type_that_is_expected(expression, expected, found):
    findings = check_expression(expression, TYPES, expected=read_type(expected))

    assert [each.code for each in findings] == found


def test_constant_results_are_among_the_values_that_are_allowed():
    outcome = FeelType(kind="string", allowed=("approve", "refuse"))

    (finding,) = check_expression('if urgent then "aprove" else "refuse"', TYPES, expected=outcome)

    assert (finding.code, finding.position, finding.remedy) == ("never", 15, 'Did you mean "approve"?')


def test_names_may_be_open_or_without_types():
    assert check_expression("other + amount", TYPES, closed=False) == ()
    assert check_expression("a b > 1", ["a b"]) == ()
    assert check_expression("order.net amount", ["order"], members=["net amount"]) == ()


def test_types_of_the_caller_are_known():
    types = {"Money": read_type("context<amount: number>")}

    assert check_expression("x instance of Money", ["x"], types=types) == ()
    (finding,) = check_expression("x instance of Mony", ["x"], types=types)
    assert finding.remedy == "Did you mean 'Money'?"


def test_line_and_column_are_told():
    (finding,) = check_expression("amount +\n  nothing", TYPES)

    assert (finding.line, finding.column) == (2, 3)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('"a", "b"', ["a", "b"]),
        ("1, [2..3), > 9", [Decimal(1), "[2..3)", "> 9"]),
        ("< 5, <= 6, >= 7, = 8", ["< 5", "<= 6", ">= 7", Decimal(8)]),
        ('date("2020-01-01")', [dt.date(2020, 1, 1)]),
        ("not(1)", []),
        ("x, 1", []),
        ("!= 1", []),
        ("[x..1]", []),
        ("-", []),
    ],
)
def test_constant_tests_are_values(cell, expected):
    found = values_of_tests(compile_unary_tests(cell, ["x"]))

    assert [write_value(each) if isinstance(each, Range) else each for each in found] == expected


@pytest.mark.parametrize(
    "text", ["number", "list<list<string>>", "context<a b: number, c: Any>", "range<date>", "function<number, Any> -> string", "context<>"]
)
def test_type_is_read_and_written(text):
    assert str(read_type(text)) == text


@pytest.mark.parametrize("text", ["", "nothing", "list<", "number number", "list<number> 1"])
def test_text_that_is_no_type_is_refused(text):
    with pytest.raises(FeelSyntaxError):
        read_type(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "a " * 40_000,
        "a" * 90_000,
        "a + " * 20_000 + "a",
        "a and " * 15_000 + "a",
        "x" * 100_001,
        "a" + ".b" * 90,
        "lines" + "[1]" * 90,
    ],
)
def test_hostile_text_is_checked_or_refused(text):
    for finding in check_expression(text, TYPES):
        assert len(finding.message) < 300


def test_findings_are_errors_of_the_text_and_no_exceptions():
    """A name so long that it is compared with nothing."""
    findings = check_expression("b" * 200, TYPES)

    assert findings[0].remedy == "Declare it, or correct its spelling."
    with pytest.raises(FeelError):
        compile_expression("1 +")
