"""Cases of decisions: one row a case, its inputs and what must come out."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.formats.cases import read_cases
from app.formats.run_case import Coverage, run_case
from app.formats.scenarios import ScenariosInvalid
from tests.formats.dmn_builder import read_parts, write_decision, write_input, write_literal, write_table

ROWS = [
    "case,document.payable_base,document.seller.kvk,document.lines,= outcome,= reason,= rule,= error",
    "small invoice,480,'12345678,,approve,,R1,",
    'two rules,500.01,,"[{amount: 1}]",route,"because, and ""so""",R2;R3,',
    "",
    "# a remark",
    'wrong,,"""text""",,,,,decision_error',
]
FILE = "\n".join(ROWS)


def read(text: str):
    return read_cases(text, filename="invoice_triage.cases.csv")


def faults(text: str) -> list[tuple[int | None, str]]:
    with pytest.raises(ScenariosInvalid) as raised:
        read(text)
    return [(each.line, each.code) for each in raised.value.facts["diagnostics"]]


def test_each_row_is_a_case_with_context_and_expectation():
    small, two, wrong = read(FILE)

    assert (small.name, small.line, small.decision) == ("small invoice", 2, None)
    assert small.context == {"document": {"payable_base": Decimal(480), "seller": {"kvk": "12345678"}}}
    assert (small.expected, small.rules, small.error) == ({"outcome": "approve"}, ("R1",), None)
    assert two.context == {"document": {"payable_base": Decimal("500.01"), "lines": [{"amount": Decimal(1)}]}}
    assert (two.expected["reason"], two.rules) == ('because, and "so"', ("R2", "R3"))
    assert (wrong.context, wrong.error, wrong.line) == ({"document": {"seller": {"kvk": "text"}}}, "decision_error", 6)


def test_text_that_only_looks_like_a_sum_stays_text():
    [case] = read("case,on,= outcome\none,2026-11-02,approve\n")

    assert case.context == {"on": "2026-11-02"}


def test_a_decision_column_names_the_decision():
    [case] = read("case,decision,a,= outcome\none,Triage,1,approve\n")

    assert (case.decision, case.context) == ("Triage", {"a": Decimal(1)})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(1, "header")]),
        ("case,a\none,1\n", [(1, "header")]),
        ("case;a;= x\none;1;2\n", [(1, "header")]),
        ("case,a,a,= x\none,1,2,3\n", [(1, "header")]),
        ("case,.a,= x\none,1,2\n", [(1, "header")]),
        ("case,a,= x\n", [(None, "no_cases")]),
        ("case,a,= x\none,1\ntwo,1,\n", [(2, "row_length"), (3, "nothing_expected")]),
        ("case,a,= x\none,[1,2\n", [(2, "cell")]),
        ('case,a,= x\none,"[1,",2\n', [(2, "cell")]),
        ("case,a,a.b,= x\none,1,2,3\n", [(2, "header")]),
    ],
)
def test_faults_are_told_with_their_line(text, expected):
    assert faults(text) == expected


def test_a_case_may_tell_the_moment():
    [case] = read("case,@now,= outcome\none,2026-11-02T08:00:00Z,approve\n")

    assert case.now == datetime(2026, 11, 2, 8, tzinfo=UTC)
    assert faults("case,@now,= x\none,2026-11-02,1\ntwo,soon,1\n") == [(2, "cell"), (3, "cell")]


TABLE = write_table(["x"], [(["< 10"], ['"small"']), (["< 100"], ['"medium"']), ([">= 100"], ['"large"'])], policy="FIRST")
MODEL = read_parts(
    write_input("x", "number"),
    write_decision("Size", TABLE, needs=["in_x"]),
    write_decision("Day", write_literal("today()")),
    '<decisionService id="S" name="Sizing"><outputDecision href="#de_Size"/><inputData href="#in_x"/></decisionService>',
)


def run(row: str) -> str | None:
    [case] = read(f"case,decision,@now,x,=,= rule,= error\n{row}\n")
    return run_case(MODEL, case)


@pytest.mark.parametrize(
    "row", ["one,Size,,5,small,,", "two,Size,,50,medium,r2,", "three,Sizing,,500,large,r3,", "four,Day,2026-11-02T23:30:00Z,,2026-11-02,,"]
)
def test_a_case_that_gives_what_is_expected_passes(row):
    assert run(row) is None


def test_a_case_that_fails_says_what_matched_and_what_was_read():
    assert run("one,Size,,5,large,,") == (
        'one: row 2 expected the output to be "large", but it is "small". Rules that matched: Size row 1 (r1). Inputs: x = 5.'
    )
    assert run("two,Size,,5,,r2,") == "two: row 2 expected the rules r2 to match. Rules that matched: Size row 1 (r1). Inputs: x = 5."
    assert run("three,Other,,5,1,,") == (
        "three: row 2 expected a result, but got: Decision Other cannot be evaluated: there is no such decision. (decision_error)"
    )
    assert str(run("four,Size,,much,small,,")).endswith("Warnings: Input x is no number, but a string.")
    assert str(run("five,Size,,5,,,decision_error")).startswith('five: row 2 expected the error decision_error, but got "small".')


def test_the_rules_that_no_case_matched_are_told():
    coverage = Coverage(MODEL)
    for case in read("case,decision,x,=\none,Size,5,small\ntwo,Size,500,large\n"):
        assert run_case(MODEL, case, coverage) is None

    assert coverage.describe() == "2 of 3 rules matched; no case matched Size row 2 (r2)."
    assert Coverage(read_parts(write_decision("D", write_literal("1")))).describe() is None
