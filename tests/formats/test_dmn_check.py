"""The check of DMN files: every fault with its line, its class and its remedy."""

from pathlib import Path

import pytest

from app.domain.diagnostics import Diagnostic
from app.formats.dmn import find_among
from app.formats.dmn_check import check_dmn
from tests.formats.dmn_builder import DMN_13, write_decision, write_dmn, write_input, write_literal, write_table

RULES = Path(__file__).parents[2] / "rules"
KNOWLEDGE = (
    '<businessKnowledgeModel id="kn_f" name="f"><variable name="f"/><encapsulatedLogic><formalParameter name="x" typeRef="number"/>'
    "<literalExpression><text>x + 1</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"
)


def check(*parts: str, **options: str) -> list[Diagnostic]:
    return check_dmn(write_dmn(*parts, **options), filename="test.dmn")


def found(*parts: str) -> list[tuple[str, int | None]]:
    return [(each.code, each.line) for each in check(*parts)]


def test_a_sound_file_has_no_findings() -> None:
    table = write_table(["x"], [(["< 10"], ["1"]), ([">= 10"], ["2"])], input_kind="number", output_kind="number")

    assert (
        found(
            write_input("x", "number"),
            KNOWLEDGE,
            write_decision("D", table, needs=["in_x"]),
            write_decision("E", write_literal("f(D)"), needs=["de_D", "kn_f"]),
        )
        == []
    )


@pytest.mark.parametrize("path", sorted(RULES.glob("*.dmn")), ids=lambda path: path.stem)
def test_the_rules_of_the_product_have_no_errors_or_warnings(path: Path) -> None:
    assert [each for each in check_dmn(path.read_bytes(), filename=path.name) if each.severity != "info"] == []


class TestRequirements:
    def test_what_is_used_must_be_required(self) -> None:
        (fault,) = check(write_input("x", "number"), write_decision("D", write_literal("x + 1")))

        assert (fault.code, fault.severity, fault.kind, fault.line) == ("dmn-requirement-missing", "error", "invalid", 4)
        assert "'x'" in fault.message
        assert "Draw" in fault.remedy

    def test_a_name_that_is_nowhere_is_told_with_the_nearest(self) -> None:
        (fault,) = check(write_input("amount", "number"), write_decision("D", write_literal("amont + amount"), needs=["in_amount"]))

        assert (fault.code, fault.kind) == ("feel-unknown-name", "invalid")
        assert "amount" in fault.remedy

    def test_what_is_required_should_be_used(self) -> None:
        (fault,) = check(write_input("x", "number"), write_decision("D", write_literal("1 + 1"), needs=["in_x"]))

        assert (fault.code, fault.severity, fault.kind) == ("dmn-requirement-unused", "warning", "unsound")

    def test_a_cell_an_invocation_and_a_path_use_what_they_name(self) -> None:
        table = write_table(["x.a"], [(["> limit"], ["f(1)"])])
        parts = (write_input("x", "Any"), write_input("limit", "number"), KNOWLEDGE)

        assert "dmn-requirement-unused" not in {
            code for code, _ in found(*parts, write_decision("D", table, needs=["in_x", "in_limit", "kn_f"]))
        }

    def test_a_service_must_hold_what_its_decisions_require(self) -> None:
        parts = (
            write_input("x", "number"),
            write_decision("A", write_literal("x"), needs=["in_x"]),
            write_decision("B", write_literal("A"), needs=["de_A"]),
        )
        service = '<decisionService id="S" name="S"><outputDecision href="#de_B"/>{}</decisionService>'

        assert found(*parts, service.format("")) == [("dmn-service-incomplete", 6)]
        assert found(*parts, service.format('<inputDecision href="#de_A"/>')) == []
        (fault,) = check(*parts, service.format('<encapsulatedDecision href="#de_A"/>'))
        assert (fault.code, fault.severity) == ("dmn-service-incomplete", "warning")

    def test_an_imported_file_must_be_there(self) -> None:
        importing = f'<import name="lib" namespace="urn:lib" importType="{DMN_13}"/>'
        content = write_dmn(importing, write_decision("D", write_literal("1")))
        library = write_dmn(KNOWLEDGE, uri="urn:lib")

        assert [each.code for each in check_dmn(content, filename="x")] == ["dmn-import-missing"]
        assert check_dmn(content, filename="x", find_import=find_among({"lib.dmn": library})) == []

    def test_another_kind_of_import_is_not_run(self) -> None:
        importing = '<import name="lib" namespace="urn:lib" importType="http://www.w3.org/2001/XMLSchema"/>'

        assert [(each.code, each.kind, each.severity) for each in check(importing, write_decision("D", write_literal("1")))] == [
            ("dmn-import-type", "unsupported", "warning")
        ]


class TestExpressions:
    @pytest.mark.parametrize(
        ("text", "code", "kind", "severity"),
        [
            ("1 +", "feel-syntax", "invalid", "error"),
            ("x + y", "feel-unknown-name", "invalid", "error"),
            ('x + "a"', "feel-type", "product", "error"),
            ("f(1, 2)", "feel-arity", "product", "error"),
            ("if x > 5 and x < 3 then 1 else 2", "feel-never", "unsound", "warning"),
        ],
    )
    def test_a_fault_has_its_class(self, text: str, code: str, kind: str, severity: str) -> None:
        content = write_dmn(write_input("x", "number"), KNOWLEDGE, write_decision("D", write_literal(text), needs=["in_x", "kn_f"]))
        fault = next(each for each in check_dmn(content, filename="x") if each.code.startswith("feel"))

        assert (fault.code, fault.kind, fault.severity) == (code, kind, severity)

    def test_the_line_is_that_within_the_text(self) -> None:
        (fault,) = check(write_input("x", "number"), write_decision("D", write_literal('\n1 +\n x + "a"'), needs=["in_x"]))

        assert (fault.code, fault.line) == ("feel-type", 6)

    def test_a_cell_is_checked_for_the_type_of_its_column(self) -> None:
        table = write_table(["x"], [(['"a"'], ["1"]), (["-"], ['"b"'])], input_kind="number", output_kind="number")

        assert [
            (each.code, each.element)
            for each in check(write_input("x", "number"), write_decision("D", table, needs=["in_x"]))
            if each.code.startswith("feel")
        ] == [
            ("feel-type", "r1"),
            ("feel-result-type", "r2"),
        ]

    def test_a_value_that_the_type_does_not_allow_is_told(self) -> None:
        types = '<itemDefinition name="tColor"><typeRef>string</typeRef><allowedValues><text>"red", "blue"</text></allowedValues></itemDefinition>'
        table = write_table(["x"], [(['"green"'], ["1"]), (["-"], ["2"])], input_kind="tColor", policy="FIRST")

        assert "feel-never" in {each.code for each in check(types, write_input("x", "tColor"), write_decision("D", table, needs=["in_x"]))}

    def test_an_entry_that_the_type_does_not_have_is_told(self) -> None:
        types = '<itemDefinition name="tCar"><itemComponent name="seats"><typeRef>number</typeRef></itemComponent></itemDefinition>'

        (fault,) = check(types, write_input("car", "tCar"), write_decision("D", write_literal("car.seat"), needs=["in_car"]))
        assert (fault.code, fault.kind) == ("feel-unknown-entry", "product")

    def test_a_filter_sees_the_entries_of_its_items(self) -> None:
        logic = f"<filter><in>{write_literal('x')}</in><match>{write_literal('amount > 5')}</match></filter>"

        assert check(write_input("x", "Any"), write_decision("D", logic, needs=["in_x"])) == []


class TestShape:
    @pytest.mark.parametrize(
        ("part", "code"),
        [
            ("<decision id='D' name='D'><rule/><literalExpression><text>1</text></literalExpression></decision>", "dmn-element-unknown"),
            ("<widget/>", "dmn-element-unknown"),
            (
                "<decision id='D' name='D'><informationRequirement/><literalExpression><text>1</text></literalExpression></decision>",
                "dmn-reference-missing",
            ),
            ("<import name='x'/>", "dmn-attribute-missing"),
            ("<decision id='D' name='D'><literalExpression id='D'><text>1</text></literalExpression></decision>", "dmn-id-twice"),
            (
                "<decision id='D' name='D'><variable name='E'/><literalExpression><text>1</text></literalExpression></decision>",
                "dmn-variable-name",
            ),
            ("<decision id='D'><literalExpression><text>1</text></literalExpression></decision>", "dmn-name-missing"),
            ("<decision id='D' name='D'/>", "dmn-expression-missing"),
            ("<inputData id='x' name='x'/>", "dmn-type-missing"),
            (
                "<decision id='D' name='D'><variable name='D' typeRef='tNothing'/><literalExpression><text>1</text></literalExpression></decision>",
                "dmn-type-unknown",
            ),
        ],
    )
    def test_what_is_out_of_place_is_told(self, part: str, code: str) -> None:
        assert code in {each.code for each in check(part)}

    def test_extensions_and_diagrams_of_others_are_left_alone(self) -> None:
        other = '<x:thing xmlns:x="urn:x" id="t"><x:decision/></x:thing>'
        extended = f"<extensionElements>{other}</extensionElements>"

        assert (
            check(extended, other, f"<decision id='D' name='D'>{extended}<literalExpression><text>1</text></literalExpression></decision>")
            == []
        )

    def test_what_is_no_dmn_is_one_fault(self) -> None:
        assert [each.code for each in check_dmn(b"<a/>", filename="x")] == ["dmn-version"]


def test_tables_are_checked_and_told_at_their_rows() -> None:
    table = write_table(["x"], [(["< 10"], ["1"]), (["< 20"], ["2"])], input_kind="number", output_kind="number").replace(
        "<rule", "\n<rule"
    )

    faults = check(write_input("x", "number"), write_decision("D", table, needs=["in_x"]))

    assert [(each.code, each.line, each.element, each.severity) for each in faults] == [
        ("dmn-table-gap", 4, "de_D", "warning"),
        ("dmn-rows-overlap", 5, "r1", "error"),
    ]
    assert "x = 20" in faults[0].message
    assert "Rows 1 and 2 overlap" in faults[1].message
    assert "x = 9" in faults[1].message


def test_columns_without_type_are_told() -> None:
    faults = check(write_input("x", "number"), write_decision("D", write_table(["x"], [(["-"], ["1"])]), needs=["in_x"]))

    assert [(each.code, each.severity, each.kind) for each in faults] == [("dmn-type-missing", "info", "product")] * 2
