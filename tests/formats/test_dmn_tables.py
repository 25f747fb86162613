"""Decision tables: every hit policy, defaults, coercion, and what is refused."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.errors import DecisionError, SeveralRowsMatch
from app.formats.dmn import DecisionResult
from tests.formats.dmn_builder import read_parts, write_decision, write_input, write_table

DISCOUNTS = [(["< 10"], ["1"]), (["< 100"], ["2"]), (["< 1000"], ["3"])]


def decide(table: str, x: Any, **others: Any) -> DecisionResult:
    names = ["x", *others]
    parts = [write_input(name) for name in names]
    model = read_parts(*parts, write_decision("D", table, needs=[f"in_{name}" for name in names]))
    return model.evaluate("D", {"x": x, **others})


def rows_of(result: DecisionResult) -> list[int]:
    return [match["row"] for match in result.matched_rules]


class TestHitPolicies:
    def test_unique_gives_the_only_match(self) -> None:
        """AUT-11."""
        result = decide(write_table(["x"], [(["< 10"], ['"small"']), ([">= 10"], ['"large"'])]), 10)

        assert result.outputs == "large"
        assert result.matched_rules == ({"decision": "D", "row": 2, "rule": "r2", "annotation": None, "outputs": "large"},)

    def test_unique_with_several_matches_is_an_error_that_names_the_rows(self) -> None:
        with pytest.raises(SeveralRowsMatch) as caught:
            decide(write_table(["x"], DISCOUNTS), 5)

        assert caught.value.facts["rows"] == "1, 2, 3"
        assert "D" in caught.value.detail

    def test_first_gives_the_first_match(self) -> None:
        """AUT-13."""
        assert decide(write_table(["x"], DISCOUNTS, policy="FIRST"), 50).outputs == Decimal(2)

    def test_any_gives_the_common_output(self) -> None:
        table = write_table(["x"], [(["< 10"], ["1.0"]), (["< 100"], ["1"])], policy="ANY")

        result = decide(table, 5)

        assert result.outputs == Decimal(1)
        assert rows_of(result) == [1, 2]

    def test_any_with_different_outputs_is_an_error(self) -> None:
        with pytest.raises(DecisionError, match="different outputs"):
            decide(write_table(["x"], DISCOUNTS, policy="ANY"), 5)

    def test_priority_gives_the_most_important_output(self) -> None:
        """AUT-13."""
        rules = [(["-"], ['"route"']), (["> 5"], ['"approve"']), (["> 7"], ['"reject"'])]
        table = write_table(["x"], rules, policy="PRIORITY", values='"reject", "approve", "route"')

        assert [decide(table, x).outputs for x in (1, 6, 8)] == ["route", "approve", "reject"]
        assert rows_of(decide(table, 8)) == [3]

    def test_output_order_sorts_by_importance(self) -> None:
        rules = [(["-"], ['"low"']), (["-"], ['"high"']), (["-"], ['"low"'])]
        table = write_table(["x"], rules, policy="OUTPUT ORDER", values='"high", "low"')

        result = decide(table, 1)

        assert result.outputs == ["high", "low", "low"]
        assert rows_of(result) == [2, 1, 3]

    def test_rule_order_and_collect_give_every_match(self) -> None:
        for policy in ("RULE ORDER", "COLLECT"):
            assert decide(write_table(["x"], DISCOUNTS, policy=policy), 50).outputs == [Decimal(2), Decimal(3)]

    @pytest.mark.parametrize(("aggregation", "expected"), [("SUM", 6), ("MIN", 1), ("MAX", 3), ("COUNT", 3)])
    def test_collect_aggregates(self, aggregation: str, expected: int) -> None:
        assert decide(write_table(["x"], DISCOUNTS, policy="COLLECT", aggregation=aggregation), 5).outputs == Decimal(expected)

    def test_several_outputs_are_a_context(self) -> None:
        table = write_table(["x"], [(["-"], ['"a"', "x + 1"])], outputs=["name", "next"])

        assert decide(table, 1).outputs == {"name": "a", "next": Decimal(2)}


class TestNoMatch:
    @pytest.mark.parametrize(
        ("policy", "aggregation", "expected"),
        [
            ("UNIQUE", "", None),
            ("FIRST", "", None),
            ("ANY", "", None),
            ("RULE ORDER", "", []),
            ("COLLECT", "", []),
            ("COLLECT", "SUM", None),
            ("COLLECT", "COUNT", Decimal(0)),
        ],
    )
    def test_without_a_match_there_is_nothing(self, policy: str, aggregation: str, expected: Any) -> None:
        result = decide(write_table(["x"], DISCOUNTS, policy=policy, aggregation=aggregation), 5000)

        assert result.outputs == expected
        assert result.matched_rules == ()

    def test_the_default_output_stands_in(self) -> None:
        assert decide(write_table(["x"], DISCOUNTS, default="0"), 5000).outputs == Decimal(0)
        assert decide(write_table(["x"], DISCOUNTS, default="0", policy="COLLECT"), 5000).outputs == [Decimal(0)]

    @pytest.mark.parametrize("policy", ["COLLECT", "RULE ORDER", "OUTPUT ORDER"])
    def test_a_default_that_is_the_list_of_outputs_stands_as_it_is(self, policy: str) -> None:
        values = "0, 1" if policy == "OUTPUT ORDER" else ""
        assert decide(write_table(["x"], DISCOUNTS, default="[]", policy=policy, values=values), 5000).outputs == []
        assert decide(write_table(["x"], DISCOUNTS, default="[0, 1]", policy=policy, values=values), 5000).outputs == [0, 1]

    def test_a_default_of_an_output_that_is_a_list_is_one_output(self) -> None:
        table = write_table(["x"], [(["< 10"], ["[1]"])], default="[0]", policy="COLLECT", output_kind="list&lt;number&gt;")
        assert decide(table, 5000).outputs == [[Decimal(0)]]

    def test_a_null_input_makes_no_comparison_true(self) -> None:
        """AUT-12."""
        assert decide(write_table(["x"], DISCOUNTS), None).outputs is None
        assert decide(write_table(["x"], [(["null"], ['"unknown"'])]), None).outputs == "unknown"


class TestCells:
    @pytest.mark.parametrize(
        ("cell", "value", "matches"),
        [
            ("-", None, True),
            ("", 1, True),
            ("5", 5, True),
            ("5", Decimal("5.00"), True),
            ("1, 2, 3", 2, True),
            ("not(1, 2)", 2, False),
            ("[1..5]", 5, True),
            ("[1..5[", 5, False),
            ("(1..5]", 1, False),
            (">= y", 7, True),
            ('"6001"', "6001", True),
            ('starts with(?, "6")', "6001", True),
            ('matches(?, "^6[0-9]+$")', "7001", False),
            ("true", True, True),
            ("? != null and ? > 3", 4, True),
            ("? > 3", None, False),
            ('date("2026-01-01")', "x", False),
            ("count(?) = 2", [1, 2], True),
            ('list contains(?, "tax")', ["tax", "totals"], True),
            ("some i in ? satisfies i > 2", [1, 2, 3], True),
            ("every i in ? satisfies i > 2", [1, 2, 3], False),
        ],
    )
    def test_a_cell_tests_its_input(self, cell: str, value: Any, matches: bool) -> None:
        """AUT-11: present, =, ≠, <, ≤, >, ≥, in, starts-with, matches, between, exists-line, all-lines, count."""
        result = decide(write_table(["x"], [([cell], ['"hit"'])]), value, y=7)

        assert (result.outputs == "hit") is matches

    def test_an_input_is_brought_to_its_type(self) -> None:
        table = write_table(["x"], [(["> 5"], ['"hit"'])], input_kind="number")

        assert decide(table, [6]).outputs == "hit"
        wrong = decide(table, "6")
        assert wrong.outputs is None
        assert "is no number, but a string" in wrong.warnings[0]

    def test_an_output_is_brought_to_its_type(self) -> None:
        result = decide(write_table(["x"], [(["-"], ['"text"'])], output_kind="number"), 1)

        assert result.outputs is None
        assert "is no number, but a string" in result.warnings[0]

    def test_an_input_outside_its_values_decides_nothing(self) -> None:
        table = write_table(["x"], [(["-"], ['"hit"'])], input_values='"a", "b"')

        assert decide(table, "a").outputs == "hit"
        refused = decide(table, "c")
        assert refused.outputs is None
        assert "not among its allowed values" in refused.warnings[0]

    def test_the_trace_tells_every_input(self) -> None:
        """AUT-15."""
        result = decide(write_table(["x", "y"], [(["1", "-"], ['"hit"'])]), 1, y=[{"a": 1}])

        assert [(entry["expression"], entry["value"]) for entry in result.inputs] == [("x", Decimal(1)), ("y", "a list of 1")]
