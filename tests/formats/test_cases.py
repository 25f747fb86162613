"""Cases of decisions: one row a case, its inputs and what must come out."""

from decimal import Decimal

import pytest

from app.formats.cases import read_cases
from app.formats.scenarios import ScenariosInvalid

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
