"""The check of decision tables as a whole, against trying every combination."""

import os
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.feel import compile_expression, compile_unary_tests
from app.formats.dmn import open_dmn
from app.formats.dmn_check import check_dmn
from app.formats.dmn_table import DecisionTable
from app.formats.dmn_table_check import TableFinding, check_table
from tests.formats.dmn_builder import write_decision, write_dmn, write_input, write_literal, write_table

EXAMPLES = 2_000 if os.environ.get("COUNTERSIGN_THOROUGH") else 60
Rules = Sequence[tuple[Sequence[str], Sequence[str]]]


def read_table(rules: Rules, *, kinds: Sequence[str] = ("number",), **options: Any) -> DecisionTable:
    names = [f"x{position}" for position in range(len(kinds))]
    inputs = [write_input(name, kind) for name, kind in zip(names, kinds, strict=True)]
    content = write_dmn(*inputs, write_decision("D", write_table(names, rules, **options), needs=[f"in_{name}" for name in names]))
    for kind in kinds:
        content = content.replace(b"<inputExpression>", f'<inputExpression typeRef="{kind}">'.encode(), 1)
    opened = open_dmn(content, filename="test.dmn")
    (found,) = opened.compilers[0].found_tables
    table = found[1]
    assert isinstance(table, DecisionTable)
    return table


def find(rules: Rules, **options: Any) -> list[TableFinding]:
    return check_table(read_table(rules, **options))


def told(rules: Rules, **options: Any) -> list[tuple[str, tuple[int, ...]]]:
    return [(finding.code, finding.rows) for finding in find(rules, **options)]


class TestOverlaps:
    @pytest.mark.parametrize(
        ("kind", "first", "second", "example"),
        [
            ("number", "<= 10", ">= 10", "10"),
            ("number", "[1..5]", "(4..9)", "5"),
            ("number", "not(5)", "> 100", "101"),
            ("string", '"a", "b"', '"b", "c"', '"b"'),
            ("boolean", "true", "-", "true"),
            ("date", '>= date("2026-01-01")', '@"2026-05-01"', '@"2026-05-01"'),
            ("date and time", '< @"2026-01-01T10:00:00"', '[@"2026-01-01T09:59:00"..@"2026-01-01T11:00:00"]', '@"2026-01-01T09:59:00"'),
            ("days and time duration", '< @"P1D"', '> @"PT23H"', '@"PT23H1S"'),
            ("years and months duration", '<= @"P1Y"', '>= @"P12M"', '@"P1Y"'),
            ("time", '< @"12:00:00"', '> @"11:00:00"', '@"11:00:01"'),
            ("number", "null", "-", "null"),
        ],
    )
    def test_two_rows_that_one_value_satisfies_are_named_with_it(self, kind: str, first: str, second: str, example: str) -> None:
        (finding,) = [each for each in find([([first], ["1"]), ([second], ["2"])], kinds=[kind]) if each.code == "dmn-rows-overlap"]

        assert (finding.rows, finding.example) == ((1, 2), (("x0", example),))
        assert finding.remedy

    @pytest.mark.parametrize(
        ("kind", "first", "second"),
        [
            ("number", "< 10", ">= 10"),
            ("number", "[1..5)", "[5..9]"),
            ("string", '"a"', 'not("a")'),
            ("boolean", "true", "false"),
            ("date", '<= @"2026-01-01"', '> @"2026-01-01"'),
            ("date", '< @"2026-01-02"', '(@"2026-01-01"..@"2026-02-01"]'),
            ("years and months duration", '< @"P2Y"', '> @"P23M"'),
        ],
    )
    def test_rows_that_no_value_satisfies_both_do_not_overlap(self, kind: str, first: str, second: str) -> None:
        assert "dmn-rows-overlap" not in {code for code, _ in told([([first], ["1"]), ([second], ["2"])], kinds=[kind])}

    def test_rows_must_meet_in_every_column(self) -> None:
        rules = [(["< 5", "true"], ["1"]), (["< 9", "false"], ["2"]), ([">= 5", "-"], ["3"])]

        assert ("dmn-rows-overlap", (2, 3)) in told(rules, kinds=["number", "boolean"])
        assert ("dmn-rows-overlap", (1, 2)) not in told(rules, kinds=["number", "boolean"])

    def test_any_forbids_only_different_outputs(self) -> None:
        rules = [(["< 5"], ["1"]), (["< 9"], ["1.0"]), (["< 3"], ["2"])]

        assert [rows for code, rows in told(rules, policy="ANY") if code == "dmn-rows-conflict"] == [(1, 3), (2, 3)]

    def test_two_columns_of_one_expression_are_one_axis(self) -> None:
        table = write_table(["x", "x"], [(["> 5", "< 9"], ["1"]), (["> 5", ">= 9"], ["2"]), (["<= 5", "-"], ["3"])])
        content = write_dmn(write_input("x", "number"), write_decision("D", table, needs=["in_x"]))

        assert not [each for each in check_dmn(content, filename="x") if each.code.startswith(("dmn-row", "dmn-table"))]


class TestGaps:
    @pytest.mark.parametrize(
        ("kind", "cells", "example"),
        [
            ("number", ["< 10", "> 10"], "10"),
            ("number", ["<= 10", ">= 20"], "11"),
            ("number", ["<= 0.1", ">= 0.2"], "0.15"),
            ("number", [">= 0"], "-1"),
            ("boolean", ["true"], "false"),
            ("string", ['"a"', '"b"'], '""'),
            ("date", ['< @"2026-01-01"', '> @"2026-01-01"'], '@"2026-01-01"'),
            ("years and months duration", ['< @"P1Y"', '> @"P14M"'], '@"P1Y"'),
        ],
    )
    def test_a_value_that_no_row_matches_is_given(self, kind: str, cells: list[str], example: str) -> None:
        (finding,) = [each for each in find([([cell], ["1"]) for cell in cells], kinds=[kind]) if each.code == "dmn-table-gap"]

        assert finding.example == (("x0", example),)

    @pytest.mark.parametrize(
        ("kind", "cells"),
        [
            ("number", ["< 10", "10", "> 10"]),
            ("boolean", ["true", "false"]),
            ("string", ['"a"', 'not("a")']),
            ("date", ['<= @"2026-01-01"', '>= @"2026-01-02"']),
            ("years and months duration", ['<= @"P1Y"', '>= @"P13M"']),
            ("time", ['< @"12:00:00"', '>= @"12:00:00"']),
            ("number", ["-"]),
        ],
    )
    def test_a_complete_table_has_none(self, kind: str, cells: list[str]) -> None:
        assert "dmn-table-gap" not in {code for code, _ in told([([cell], ["1"]) for cell in cells], kinds=[kind])}

    def test_a_default_output_or_a_list_of_results_leaves_no_gap(self) -> None:
        assert told([(["1"], ["1"])], default="0") == []
        assert told([(["1"], ["1"])], policy="COLLECT") == []

    def test_input_values_bound_what_must_be_covered(self) -> None:
        rules = [(['"a"'], ["1"]), (['"b"'], ["2"])]

        assert told(rules, kinds=["string"], input_values='"a", "b"') == []
        assert told(rules, kinds=["string"], input_values='"a", "b", "c"') == [("dmn-table-gap", ())]

    def test_a_count_has_no_values_below_zero_or_between(self) -> None:
        table = write_table(["count(x)"], [(["0"], ["1"]), (["1"], ["1"]), (["> 1"], ["2"])])
        content = write_dmn(write_input("x", "list"), write_decision("D", table, needs=["in_x"]))

        assert not [each for each in check_dmn(content, filename="x") if each.code.startswith("dmn-table")]

    def test_a_missing_combination_is_found(self) -> None:
        rules = [(["< 5", "true"], ["1"]), ([">= 5", "-"], ["2"])]

        (finding,) = find(rules, kinds=["number", "boolean"])
        assert finding.example == (("x0", "4"), ("x1", "false"))


class TestRowsThatDoNothing:
    def test_first_reaches_no_row_behind_those_that_cover_it(self) -> None:
        rules = [(["< 5"], ["1"]), ([">= 5"], ["2"]), (["[3..9]"], ["3"]), (["-"], ["4"])]

        assert told(rules, policy="FIRST") == [("dmn-row-unreachable", (3, 1))]

    def test_a_last_row_for_null_is_reached(self) -> None:
        assert told([(["true"], ["1"]), (["false"], ["2"]), (["-"], ["3"])], policy="FIRST", kinds=["boolean"]) == []

    def test_priority_reaches_no_row_below_a_more_important_one(self) -> None:
        rules = [(["> 5"], ['"low"']), (["> 3"], ['"high"']), (["-"], ['"low"'])]

        assert told(rules, policy="PRIORITY", values='"high", "low"') == [("dmn-row-unreachable", (1, 2))]

    def test_any_tells_rows_that_add_nothing(self) -> None:
        assert told([(["-"], ["1"]), (["> 5"], ["1"])], policy="ANY") == [("dmn-row-redundant", (2,))]

    @pytest.mark.parametrize("cell", ["[10..5]", "(5..5)", "> 200", "[200..300]"])
    def test_a_row_outside_of_what_is_allowed_never_matches(self, cell: str) -> None:
        rules = [([cell], ["1"]), (["<= 100"], ["2"])]

        assert ("dmn-row-never-matches", (1,)) in told(rules, input_values="[0..100]")


class TestWhatCannotBeDecided:
    def test_a_cell_that_depends_on_more_is_left_out_and_told(self) -> None:
        rules = [(["> limit"], ["1"]), (["-"], ["2"])]

        assert told(rules) == [("dmn-table-undecided", (1,))]

    def test_a_large_table_is_not_checked_as_a_whole(self) -> None:
        rules = [([f"[{n}..{n + 1})"] * 4, ["1"]) for n in range(3_000)]

        assert told(rules, kinds=["number"] * 4) == [("dmn-table-undecided", ())]


CELLS: dict[str, Callable[[], st.SearchStrategy[str]]] = {
    "number": lambda: st.one_of(
        st.sampled_from(
            [
                "-",
                "1",
                "2, 3",
                "not(2)",
                "null",
                "< 2",
                "<= 2",
                "> 1",
                ">= 3",
                "not(null)",
                "not([1..2])",
                "not([2..2])",
                "!= 2",
                "? != 2",
                "? in (1, > 3)",
                "not(!= 2)",
            ]
        ),
        st.builds(
            lambda opening, low, high, closing: f"{opening}{low}..{high}{closing}",
            st.sampled_from("[("),
            st.integers(0, 4),
            st.integers(0, 4),
            st.sampled_from("])"),
        ),
    ),
    "string": lambda: st.sampled_from(["-", '"a"', '"b"', '"a", "b"', 'not("a")', '> "a"', 'not("a", "b")', "null"]),
    "boolean": lambda: st.sampled_from(["-", "true", "false", "not(true)", "null"]),
}
PROBES: dict[str, list[str]] = {
    "number": ["null", "-1", *[str(n / 2) for n in range(10)], "9"],
    "string": ["null", '""', '"a"', '"a "', '"b"', '"c"'],
    "boolean": ["null", "true", "false"],
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[tuple[list[str], list[str]]]]:
    kinds = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=3))
    row = st.tuples(*(CELLS[kind]() for kind in kinds), st.sampled_from(["1", "2"]))
    rows = draw(st.lists(row, min_size=1, max_size=6))
    return kinds, [(list(cells[:-1]), [cells[-1]]) for cells in rows]


def match(rules: Rules, kinds: Sequence[str]) -> dict[tuple[str, ...], set[int]]:
    """Return the rows that each combination of probes satisfies; the probes hold every end and every gap of the cells above."""
    accepted = [
        [
            {probe for probe in PROBES[kind] if compile_unary_tests(cell).matches(compile_expression(probe).value({}), {})}
            for cell, kind in zip(cells, kinds, strict=True)
        ]
        for cells, _ in rules
    ]
    return {
        probes: {
            row for row, columns in enumerate(accepted, 1) if all(probe in column for probe, column in zip(probes, columns, strict=True))
        }
        for probes in product(*(PROBES[kind] for kind in kinds))
    }


@settings(max_examples=EXAMPLES, deadline=None)
@given(tables())
def test_the_check_finds_what_trying_every_combination_finds(drawn: tuple[list[str], list[tuple[list[str], list[str]]]]) -> None:
    kinds, rules = drawn
    matched = match(rules, kinds)
    findings = {policy: told(rules, kinds=kinds, policy=policy) for policy in ("UNIQUE", "FIRST")}

    pairs = {(one, other) for rows in matched.values() for one in rows for other in rows if one < other}
    overlaps = {rows for code, rows in findings["UNIQUE"] if code == "dmn-rows-overlap" and len(rows) == 2}
    assert overlaps <= pairs
    assert len(overlaps) == min(len(pairs), 10)
    has_gap = any(not rows for probes, rows in matched.items() if "null" not in probes)
    assert (("dmn-table-gap", ()) in findings["FIRST"]) is has_gap
    reached = {min(rows) for rows in matched.values() if rows}
    met = {row for rows in matched.values() for row in rows}
    assert {rows[0] for code, rows in findings["FIRST"] if code == "dmn-row-unreachable"} == met - reached


@settings(max_examples=EXAMPLES, deadline=None)
@given(tables())
def test_the_index_finds_the_rows_that_testing_every_cell_finds(drawn: tuple[list[str], list[tuple[list[str], list[str]]]]) -> None:
    kinds, rules = drawn
    names = [f"x{position}" for position in range(len(kinds))]
    table = write_table(names, rules, policy="RULE ORDER")
    content = write_dmn(*map(write_input, names), write_decision("D", table, needs=[f"in_{name}" for name in names]))
    model = open_dmn(content, filename="x").model

    for probes, rows in match(rules, kinds).items():
        context = {name: compile_expression(probe).value({}) for name, probe in zip(names, probes, strict=True)}
        assert {each["row"] for each in model.evaluate("D", context).matched_rules} == rows


@pytest.mark.parametrize(
    ("first", "second", "severity", "kind"),
    [
        ("x", "y", "error", "invalid"),
        ("x", "p.amount", "error", "invalid"),
        ("x", "x + y", "warning", "unsound"),
        ("p", "p.amount", "warning", "unsound"),
        ("x", "E", "warning", "unsound"),
    ],
)
def test_an_overlap_is_an_error_only_where_the_columns_do_not_depend_on_each_other(
    first: str, second: str, severity: str, kind: str
) -> None:
    table = write_table([first, second], [(["< 5", "-"], ["1"]), (["-", "> 3"], ["2"])], input_kind="number")
    inputs = (
        write_input("x", "number"),
        write_input("y", "number"),
        write_input("p"),
        write_decision("E", write_literal("x"), needs=["in_x"]),
    )
    content = write_dmn(*inputs, write_decision("D", table, needs=["in_x", "in_y", "in_p", "de_E"]))

    (found,) = [each for each in check_dmn(content, filename="x") if each.code == "dmn-rows-overlap"]
    assert (found.severity, found.kind) == (severity, kind)
