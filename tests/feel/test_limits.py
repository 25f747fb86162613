"""Hostile expressions end in a clear error, soon."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from app.feel import FeelError, FeelLimitExceeded, FeelSyntaxError, FeelValueError, compile_expression
from app.feel.json import dumps, loads, to_json

# A second on a quiet machine; more than this is a hang.
pytestmark = pytest.mark.timeout(30)
TWICE = "(for i in 0..60 return if i = 0 then [1, 2] else [partial[-1], partial[-1]])[-1]"  # two to the power of 61 numbers


@pytest.mark.parametrize(
    ("expression", "limit"),
    [
        ("for i in 1..1000000000 return i", "list size"),
        ("count(for i in 1..2000, j in 1..2000 return 1)", "steps"),
        ("some i in 1..100000, j in 1..100000 satisfies false", "steps"),
        ("{f: function(x) f(x), r: f(1)}.r", "recursion"),
        ("{f: function(x) f(x) + f(x), r: f(1)}.r", "recursion"),
        ("{f: function(x) if x = 0 then 0 else f(x - 1) + f(x - 1), r: f(60)}.r", "steps"),
        ("for i in 1..1000 return concatenate(for j in 1..100000 return j, [1])", "steps"),
        (
            '{s: string join(for i in 1..10000 return "0123456789"), r: string join(for i in 1..20 return s)}.r',
            "string size",
        ),
        ('matches(string join(for i in 1..90000 return "aaaaaaaaaa"), "(a|aa)*(a|aa)*(a|aa)*b")', "steps"),
        ('matches("a", "((((a{1,100}){1,100}){1,100}){1,100})")', "pattern size"),
        ('matches("a", "' + "(" * 100 + "a" + ")" * 100 + '")', "depth"),
        ('matches(string join(for i in 1..2000 return "a"), "(a+)(a+)(a+)\\\\1b")', "pattern"),
        ("(" * 5000 + "1" + ")" * 5000, "depth"),
        ("[" * 5000 + "]" * 5000, "depth"),
        ("-" * 5000 + "x", "depth"),
        ("if a then b else " * 2000 + "c", "depth"),
        ("a" + ".b" * 500, "chain"),
        ("1" + " + 1" * 5000, "chain"),
        ("x instance of " + "list<" * 2000 + "number" + ">" * 2000, "depth"),
        ("1 + " * 60_000 + "1", "text size"),
        ("(" * 10_000 + "1" + ")" * 10_000, "depth"),
        ("not(" * 10_000 + "true" + ")" * 10_000, "depth"),
        ("function(x) " * 5_000 + "1", "depth"),
        ("x" + "[1]" * 5_000, "chain"),
        ("= " * 200 + "1", "depth"),
        ("1" + " = 1" * 5_000, "chain"),
        (f"{{a: {TWICE}, b: {TWICE}, r: a = b}}.r", "steps"),
        (f"distinct values([{TWICE}])", "steps"),
        (f"string({TWICE})", "string size"),
        (f"{TWICE}.a", "steps"),
        ("{x: for i in 1..50000 return i, r: (for i in 1..50000 return i)[item in x]}.r", "steps"),
        ("{x: for i in 1..50000 return i, r: (for i in 1..50000 return x)[item = concatenate(x, [])]}.r", "steps"),
        ("(for i in 0..60 return if i = 0 then [1] else concatenate(partial[-1], partial[-1]))[-1]", "list size"),
        ('(for i in 0..60 return if i = 0 then "a" else partial[-1] + partial[-1])[-1]', "string size"),
        ("for a in 1..1000, b in 1..1000, c in 1..1000 return a", "steps"),
        ("for i in 1..5000 return function(x) partial", "steps"),
        ("sort(for i in 1..3000 return i, function(a, b) count(for j in 1..1000 return 1) > 0)", "steps"),
        ("{f: function(g, x) g(g, x), r: f(f, 1)}.r", "recursion"),
        ('count(for i in 1..100000 return matches("abc", "' + "(a|b)*c?" * 100 + '" + string(i)))', "steps"),
        ('replace(string join(for i in 1..90000 return "ab"), "(a|b)*?c", "x")', "steps"),
        ('for i in 1..50000 return replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "(a*)(a*)(a*)b", "x")', "steps"),
        ('{s: string join(for i in 1..50000 return "0123456789"), r: for i in 1..50000 return number(s, ",", ".")}.r', "steps"),
    ],
)
def test_hostile_expression_names_the_limit(expression, limit):
    with pytest.raises(FeelLimitExceeded) as caught:
        compile_expression(expression).value({})

    assert caught.value.limit == limit
    assert limit in str(caught.value)


@pytest.mark.parametrize(
    "expression",
    [
        "9 ** 999999999",
        "10 ** 6144 * 10",
        "exp(10 ** 40)",
        "decimal(1, 10 ** 40)",
        "[1][10 ** 6000]",
        'substring("a", 10 ** 6000)',
        '@"P999999999Y" * 10 ** 6000',
        '@"PT1S" * 10 ** 6000 + @"2020-01-01"',
        "date(10 ** 40, 1, 1)",
        'number("1e99999999", null, null)',
        "modulo(10 ** 6000, 3 / 7)",
        "odd(10 ** 6000 + 1)",
    ],
)
def test_huge_number_ends_soon(expression):
    compile_expression(expression).value({})


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("a" * 5000 + "b", "(a+)+$"),
        ("a" * 2000 + "b", "^(a|a)*$"),
        ("a" * 2000 + "b", "^(([a-z])+.)+[A-Z]([a-z])+$"),
        ("x" * 3000, "x*x*x*x*x*y"),
        ("", "(|)" * 40 + "b"),
        ("aaa", "(|a|a|a|a|a|a|a|a|a)" * 12 + "b"),
        ("a" * 40, "(a?){40}(a){40}b"),
        ("a" * 30_000, "(a+)+$b"),
    ],
)
def test_catastrophic_pattern_is_matched_in_bounded_time(text, pattern):
    assert compile_expression("matches(text, pattern)", ("text", "pattern")).value({"text": text, "pattern": pattern}) is False


MEMORY = """
import gc, sys
from app.feel import FeelError, compile_expression
from app.feel.json import dumps
for text in sys.stdin.read().split("\\n"):
    try:
        dumps(compile_expression(text).value({}))
    except FeelError as error:
        print(error)
    gc.collect()
# The peak of this program alone: ru_maxrss would begin with that of the one that started it.
print(next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a program is read from Linux's /proc")
def test_hostile_expressions_stay_within_the_memory():
    """What takes the most memory in the fewest steps: contexts, lists, texts, functions, and answers that are larger than what they are made of."""
    texts = [
        "for i in 1..400 return for j in 1..1000 return {a: {b: {c: j}}}",
        "for i in 1..4 return for j in 1..190000 return j",
        "for i in 1..200000 return {a: i, b: string(i), c: [i]}",
        "for i in 1..200000 return function(x) x + i",
        "(for i in 0..20000 return if i = 0 then {} else context put(partial[-1], string(i), i))[-1]",
        "for i in 1..20000 return concatenate(partial, [1])",
        '{s: string join(for i in 1..10000 return "0123456789"), r: for i in 1..100000 return s + s}.r',
        '{s: string join(for i in 1..50000 return "0123456789"), r: for i in 1..50000 return s}.r',
        TWICE,
        "x" * 99_000,
        "1" * 99_000,
        "[" + "1," * 49_000 + "1]",
    ]

    done = subprocess.run([sys.executable, "-c", MEMORY], input="\n".join(texts), capture_output=True, text=True, check=True)

    *errors, megabytes = done.stdout.splitlines()
    assert len(errors) >= 7, errors
    assert all(error.startswith(("Limit exceeded: ", "This number is out of range")) for error in errors)
    assert int(megabytes) < 200


def test_answer_is_bounded_although_its_parts_are_shared():
    value = compile_expression(TWICE).value({})

    for write in (dumps, to_json):
        with pytest.raises(FeelLimitExceeded, match="answer size"):
            write(value)


def test_texts_of_the_caller_are_compared_within_the_steps():
    text, other = "a" * 900_000 + "b", "a" * 900_000 + "c"

    for expression in (
        "(for i in 1..500000 return 1)[s = t]",
        "(for i in 1..100000 return s)[item in [t, s]]",
        "(for i in 1..100000 return 1)[[s] = [t]]",
    ):
        with pytest.raises(FeelLimitExceeded):
            compile_expression(expression, ("s", "t")).value({"s": text, "t": other})


def test_long_list_of_the_caller_is_looked_through_once():
    numbers = [Decimal(number) for number in range(5_000)]

    assert compile_expression("count(for i in 1..5000 return xs[i])", ("xs",)).value({"xs": numbers}) == 5_000


def test_long_chain_within_the_bound_is_evaluated():
    assert compile_expression("0" + " + 1" * 1500).value({}) == 1500
    assert compile_expression("true" + " and true" * 1500).value({}) is True


@pytest.mark.parametrize("value", [1.5, float("nan"), object(), {1, 2}, b"bytes", 1j])
def test_host_values_that_are_no_feel_values_are_refused(value):
    with pytest.raises(FeelValueError):
        compile_expression("x", ("x",)).value({"x": value})


@pytest.mark.parametrize("expression", ["x.__class__", "x.upper", "x.real", "x.year.numerator", "__import__", "x[1].__init__"])
def test_host_objects_show_no_attributes(expression):
    assert compile_expression(expression, ("x",)).value({"x": "text"}) is None


def test_deep_values_of_the_caller_are_bounded():
    deep = []
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(FeelError):
        compile_expression("x = x", ("x",)).value({"x": deep})
    with pytest.raises(FeelLimitExceeded):
        dumps(deep)
    with pytest.raises(FeelLimitExceeded):
        loads("[" * 200_000)


def test_list_that_contains_itself_is_refused():
    endless = []
    endless.append(endless)

    with pytest.raises(FeelLimitExceeded):
        compile_expression("flatten(x)", ("x",)).value({"x": endless})


def test_not_finite_numbers_are_refused():
    for text in ("NaN", "Infinity", "sNaN"):
        for expression in ("x + 1", "x > 1", "x = 1", "floor(x)"):
            with pytest.raises(FeelError):
                compile_expression(expression, ("x",)).value({"x": Decimal(text)})


def test_messages_of_all_errors_are_sentences():
    assert str(FeelSyntaxError("Wrong", 0, "x")) == "Wrong (line 1, column 1)"
    assert str(FeelLimitExceeded("steps")) == "Limit exceeded: steps"


@pytest.mark.parametrize(
    "expression",
    ["0 ** -1", "0 ** -0.5", "0.0 ** -3", '@"P1D" / 1e-6000', '@"P1D" * 1e30', '@"PT1S" * 1e-6000', 'abs(@"P1D" * 1e30)'],
)
def test_results_that_no_number_or_duration_can_hold_are_null(expression):
    """Division by zero in disguise, and durations that no text could write."""
    evaluation = compile_expression(expression).evaluate({})

    assert evaluation.value is None
    assert evaluation.warnings


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (r'matches("abcd", "(asd)[\\w]\\1")', False),
        (r'matches("asdxasd", "(asd)\\w\\1")', True),
        (r'matches("x-x", "^(\\p{L})-\\1$")', True),
        (r'matches("x-y", "^(\\p{L})-\\1$")', False),
        (r'matches("b b", "([a-z-[aeiou]]) \\1")', True),
        (r'matches("a a", "([a-z-[aeiou]]) \\1")', False),
        (r'matches("Bb", "(\\p{Lu})\\1", "i")', True),
        (r'matches("", "(\\w)\\1")', False),
        (r'replace("hello", "(\\w)\\1", "<$1>")', "he<l>o"),
    ],
)
def test_back_references_go_with_classes_of_characters(expression, expected):
    """Escapes such as \\w, categories and subtractions, beside back-references, on short texts."""
    assert compile_expression(expression).value({}) == expected


def test_back_references_with_classes_are_bounded():
    many = "".join(map(chr, range(0x4E00, 0x6000)))
    for text in (many, "ab" * 50_000):
        with pytest.raises(FeelLimitExceeded):
            compile_expression(r'replace(text, "(\\w)\\1*", "x")', ("text",)).value({"text": text})
