"""Coverage-guided fuzzing of the package, run by hand.

    python -m venv /tmp/fuzz && /tmp/fuzz/bin/pip install atheris
    nice -n 15 /tmp/fuzz/bin/python tests/feel/fuzz_feel.py -max_total_time=600 /tmp/fuzz/corpus

It needs nothing else than the package and atheris. Whatever bytes come, only errors of the package may leave it, every evaluation ends
soon, a tree that is printed reads back as itself, and the static check never raises. `test_fuzz.py` runs the same on a few hundred inputs.
"""

import contextlib
import datetime as dt
import sys
import time
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS_MAX = 3.0  # one, on a quiet machine
NAMES = ("a", "b", "n", "first name", "xs", "c", "f")
WORDS = (
    *NAMES, "1", "2", "0", "-", ".5", "1e3", "1000000000", "+", "*", "/", "**", "(", ")", "[", "]", "{", "}", ",", ":", ".", "..", "<", "<=", "=",
    "!=", ">", ">=", "->", "@", '"a"', '"x y"', '"\\u00e9"', '"2020-02-29"', '"10:00:00@Europe/Paris"', '"P1Y2M"', '"PT5H"', '"(a|b)*"', '"[1..3)"',
    "and", "or", "not(", "if", "then", "else", "for", "i", "in", "return", "some", "every", "satisfies", "function(", "external", "instance of",
    "between", "null", "true", "false", "list<", "number", "context<", "range<", "string", "item", "partial", "?", "date(", "date and time(", "time(",
    "duration(", "number(", "string(", "range(", "substring(", "replace(", "matches(", "split(", "string join(", "count(", "sum(", "min(", "sort(",
    "append(", "concatenate(", "flatten(", "distinct values(", "list replace(", "context put(", "context merge(", "get entries(", "context(", "is(",
    "before(", "overlaps(", "includes(", "decimal(", "floor(", "modulo(", "exp(", "log(", "sqrt(", "stddev(", "mode(", "week of year(", "now()",
    "today()", "years and months duration(", "//", "/*", "*/", "\n", "year", "time offset", "start included",
)  # fmt: skip
CONTEXT = {
    "a": Decimal(7),
    "b": "text",
    "n": None,
    "first name": dt.date(2020, 2, 29),
    "xs": [Decimal(3), Decimal(1), Decimal(2)],
    "c": {"a": Decimal(1), "first name": "Claire", "xs": [{"i": Decimal(1)}]},
    "f": True,
}
NOW = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)


def text_of(data: bytes) -> str:
    """Return a text: words of the language by their numbers, or, after a first byte of 0..31, the bytes as they are."""
    if not data or data[0] < 32:
        return data[1:].decode("utf-8", "replace")
    return " ".join(WORDS[byte % len(WORDS)] for byte in data[:120])


def exercise(data: bytes) -> None:
    """Run everything on one input; an exception other than the package's own leaves it."""
    text = text_of(data)
    _exercise_language(text)
    _exercise_texts(text)


def exercise_in_time(data: bytes) -> None:
    """Run everything on one input, which may not take more than a few seconds of the processor."""
    began = time.process_time()
    exercise(data)
    taken = time.process_time() - began
    assert taken < SECONDS_MAX, f"{taken:.1f} s for {text_of(data)!r}"


def _exercise_language(text: str) -> None:
    from app.feel import FeelError, FeelLimitExceeded, compile_expression, compile_unary_tests
    from app.feel.check import check_expression, check_unary_tests
    from app.feel.json import dumps, loads
    from app.feel.printer import print_expression, print_tests
    from app.feel.types import PRIMITIVES
    from app.feel.writer import write_value

    types = {**dict.fromkeys(NAMES, PRIMITIVES["Any"]), "a": PRIMITIVES["number"], "b": PRIMITIVES["string"]}
    check_expression(text, types)
    check_unary_tests(text, types, input_type=PRIMITIVES["number"])
    try:
        expression = compile_expression(text, NAMES, members=NAMES)
    except FeelError:
        expression = None
    if expression is not None:
        printed = print_expression(expression.tree)
        with contextlib.suppress(FeelLimitExceeded):  # the brackets that it adds may be one too many
            assert compile_expression(printed, NAMES, members=NAMES).tree == expression.tree, (text, printed)
        try:
            value = expression.evaluate(CONTEXT, now=NOW, zone=dt.UTC).value
            write_value(value)
            loads(dumps(value))
        except FeelError:
            pass
    try:
        tests = compile_unary_tests(text, NAMES, members=NAMES)
    except FeelError:
        return
    with contextlib.suppress(FeelLimitExceeded):
        assert compile_unary_tests(print_tests(tests.tree), NAMES, members=NAMES).tree == tests.tree, text
    for value in (Decimal(3), "a", None, [Decimal(1)], dt.date(2020, 1, 1)):
        with contextlib.suppress(FeelError):
            tests.matches(value, CONTEXT, now=NOW)


def _exercise_texts(text: str) -> None:
    """Give the text to every builtin that reads one, as pattern, date, range and JSON."""
    from app.feel import FeelError, compile_expression
    from app.feel.json import loads

    half = len(text) // 2
    context = {"s": text, "p": text[:half], "r": text[half:]}
    for expression in (
        "matches(s, p)", "replace(s, p, r)", 'replace(s, p, r, "im")', "split(s, p)", "matches(r, p, s)", "date(s)", "time(s)", "date and time(s)",
        "duration(s)", "number(s, p, r)", "range(s)", "substring(s, 2)", "string length(upper case(s))", "substring before(s, p)", "string(s)",
    ):  # fmt: skip
        with contextlib.suppress(FeelError):
            compile_expression(expression, ("s", "p", "r")).value(context)
    with contextlib.suppress(FeelError):
        loads(text)


def main() -> None:
    """Fuzz until told to stop; the arguments are libFuzzer's."""
    import atheris

    sys.path.insert(0, str(ROOT))
    with atheris.instrument_imports(include=["app.feel"]):
        import app.feel.check
        import app.feel.json
        import app.feel.printer
        import app.feel.range_text
        import app.feel.regex
        import app.feel.writer  # noqa: F401 - imported to be instrumented
    atheris.Setup(sys.argv, exercise_in_time)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
