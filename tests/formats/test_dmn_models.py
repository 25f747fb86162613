"""Decision models: requirement graphs, boxed expressions, types, and every fault at once with its line."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.domain.diagnostics import Diagnostic
from app.domain.errors import DecisionError, DefinitionInvalid
from app.feel.values import DaysTimeDuration
from app.formats.dmn import read_dmn
from tests.formats.dmn_builder import read_parts, write_decision, write_dmn, write_input, write_literal, write_table

IMPORT = '<import name="o" namespace="urn:other" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'


def value_of(logic: str, *, kind: str = "", types: str = "", **inputs: Any) -> Any:
    needs = [f"in_{name}" for name in inputs]
    parts = [types, *(write_input(name) for name in inputs), write_decision("D", logic, needs=needs, kind=kind)]
    return read_parts(*parts).evaluate("D", inputs).outputs


def faults_of(*parts: str, **options: str) -> list[Diagnostic]:
    with pytest.raises(DefinitionInvalid) as caught:
        read_dmn(write_dmn(*parts, **options), filename="test.dmn")
    diagnostics: Any = caught.value.facts["diagnostics"]
    return list(diagnostics)


class TestVersions:
    @pytest.mark.parametrize(
        "namespace",
        [
            "http://www.omg.org/spec/DMN/20180521/MODEL/",
            "https://www.omg.org/spec/DMN/20191111/MODEL/",
            "https://www.omg.org/spec/DMN/20211108/MODEL/",
            "https://www.omg.org/spec/DMN/20230324/MODEL/",
        ],
    )
    def test_dmn_1_2_to_1_5_are_read(self, namespace: str) -> None:
        content = write_dmn(write_decision("D", write_literal("1 + 1")), namespace=namespace)

        assert read_dmn(content, filename="x").evaluate(None, {}).outputs == Decimal(2)

    def test_another_version_is_refused(self) -> None:
        (fault,) = faults_of(namespace="http://www.omg.org/spec/DMN/20151101/dmn.xsd")

        assert (fault.code, fault.line) == ("dmn-version", 2)

    @pytest.mark.parametrize("content", [b"", b"<a", b"<!DOCTYPE a><a/>", b"<a>" * 200 + b"</a>" * 200, b"<definitions/>"])
    def test_what_is_no_dmn_is_refused(self, content: bytes) -> None:
        with pytest.raises(DefinitionInvalid) as caught:
            read_dmn(content, filename="test.dmn")

        diagnostics: Any = caught.value.facts["diagnostics"]
        assert [diagnostic.severity for diagnostic in diagnostics] == ["error"]


class TestGraphs:
    def test_a_decision_sees_what_it_requires(self) -> None:
        model = read_parts(
            write_input("Monthly income", "number"),
            write_decision("Yearly income", write_literal("Monthly income * 12"), needs=["in_Monthly_income"]),
            write_decision("Limit", write_literal("Yearly income / 4"), needs=["de_Yearly_income"]),
        )

        result = model.evaluate("Limit", {"Monthly income": Decimal("1000.10")})

        assert result.outputs == Decimal("3000.3")
        assert [part.name for part in model.decisions] == ["Yearly income", "Limit"]

    def test_a_decision_is_found_by_id_name_or_as_the_only_one_at_the_top(self) -> None:
        model = read_parts(write_decision("A", write_literal("1")), write_decision("B", write_literal("A + 1"), needs=["de_A"]))

        assert [model.evaluate(key, {}).outputs for key in ("A", "de_A", "B", None, "test")] == [1, 1, 2, 2, 2]
        with pytest.raises(DecisionError, match="no such decision"):
            model.evaluate("C", {})

    def test_several_at_the_top_need_a_name(self) -> None:
        model = read_parts(write_decision("A", write_literal("1")), write_decision("B", write_literal("2")))

        with pytest.raises(DecisionError, match="name one of its 2 decisions"):
            model.evaluate(None, {})

    def test_a_decision_that_two_others_require_is_evaluated_once(self) -> None:
        model = read_parts(
            write_decision("A", write_table(["1"], [(["-"], ["1"])])),
            write_decision("B", write_literal("A"), needs=["de_A"]),
            write_decision("C", write_literal("A + B"), needs=["de_A", "de_B"]),
        )

        result = model.evaluate("C", {})

        assert result.outputs == Decimal(2)
        assert len(result.matched_rules) == 1

    def test_an_input_is_read_only_when_it_is_needed(self) -> None:
        read: list[str] = []

        class Lazy(dict[str, Any]):
            def __getitem__(self, name: str) -> Any:
                read.append(name)
                return super().__getitem__(name)

        model = read_parts(
            write_input("a"), write_input("b"), write_decision("D", write_literal("if a then 1 else b"), needs=["in_a", "in_b"])
        )
        context = Lazy(a=True, b=2)

        assert model.evaluate("D", context).outputs == Decimal(1)
        assert read == ["a"]

    def test_the_clock_is_given(self) -> None:
        model = read_parts(write_decision("D", write_literal("today()")))

        assert model.evaluate("D", {}, now=datetime(2026, 11, 2, 8, tzinfo=UTC), zone=UTC).outputs == date(2026, 11, 2)

    def test_a_text_stands_for_a_date_where_one_is_declared(self) -> None:
        model = read_parts(
            write_input("day", "date"),
            write_input("term", "days and time duration"),
            write_decision("D", write_literal("[day, term]"), needs=["in_day", "in_term"]),
        )

        assert model.evaluate("D", {"day": "2026-11-02", "term": "P2D"}).outputs == [
            date(2026, 11, 2),
            DaysTimeDuration(seconds=Decimal(172800)),
        ]
        refused = model.evaluate("D", {"day": "2026-02-30", "term": None})
        assert refused.outputs == [None, None]
        assert refused.warnings[0] == "Input day is no date, but a string."


class TestKnowledge:
    MODEL = (
        '<businessKnowledgeModel id="kn_tax" name="add tax"><variable name="add tax"/><encapsulatedLogic>'
        '<formalParameter name="amount" typeRef="number"/><formalParameter name="rate" typeRef="number"/>'
        "<literalExpression><text>amount * (1 + rate / 100)</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"
    )

    def test_a_knowledge_model_is_called_from_feel_and_by_invocation(self) -> None:
        invocation = (
            "<invocation><literalExpression><text>add tax</text></literalExpression>"
            "<binding><parameter name='rate'/><literalExpression><text>9</text></literalExpression></binding>"
            "<binding><parameter name='amount'/><literalExpression><text>x</text></literalExpression></binding></invocation>"
        )
        model = read_parts(
            self.MODEL,
            write_input("x"),
            write_decision("A", write_literal("add tax(x, 21)"), needs=["in_x", "kn_tax"]),
            write_decision("B", invocation, needs=["in_x", "kn_tax"]),
        )

        assert model.evaluate("A", {"x": 100}).outputs == Decimal(121)
        assert model.evaluate("B", {"x": 100}).outputs == Decimal(109)
        assert model.evaluate_knowledge_model("add tax", {"amount": 100, "rate": 6}).outputs == Decimal(106)

    def test_a_wrong_argument_is_null_with_a_warning(self) -> None:
        model = read_parts(self.MODEL, write_decision("A", write_literal('add tax("x", 21)'), needs=["kn_tax"]))

        result = model.evaluate("A", {})

        assert result.outputs is None
        assert any("amount must be a number" in warning for warning in result.warnings)

    def test_a_function_may_call_itself_within_bounds(self) -> None:
        model = read_parts(
            '<businessKnowledgeModel id="kn_f" name="f"><encapsulatedLogic><formalParameter name="n"/>'
            "<literalExpression><text>if n &lt;= 1 then 1 else n * f(n - 1)</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>",
            write_input("n"),
            write_decision("D", write_literal("f(n)"), needs=["in_n", "kn_f"]),
        )

        assert model.evaluate("D", {"n": 20}).outputs == Decimal(2432902008176640000)
        with pytest.raises(DecisionError):
            model.evaluate("D", {"n": 100_000})

    def test_a_service_gives_its_output_decisions(self) -> None:
        service = (
            '<decisionService id="se_S" name="S"><outputDecision href="#de_B"/><encapsulatedDecision href="#de_B"/>'
            '<inputDecision href="#de_A"/><inputData href="#in_x"/></decisionService>'
        )
        model = read_parts(
            write_input("x"),
            write_decision("A", write_literal("1"), needs=["in_x"]),
            write_decision("B", write_literal("A * 10 + x"), needs=["de_A", "in_x"]),
            service,
            write_decision("C", write_literal("S(5, 7)"), needs=["se_S"]),
        )

        assert model.evaluate_service("S", {"A": 3, "x": 4}).outputs == Decimal(34)
        assert model.evaluate("C", {}).outputs == Decimal(75)
        assert model.evaluate("B", {"x": 4}).outputs == Decimal(14)


class TestBoxedExpressions:
    def test_a_context_sees_the_entries_before(self) -> None:
        logic = (
            "<context><contextEntry><variable name='a'/><literalExpression><text>x + 1</text></literalExpression></contextEntry>"
            "<contextEntry><variable name='b'/><literalExpression><text>a * 2</text></literalExpression></contextEntry>{}</context>"
        )
        result = "<contextEntry><literalExpression><text>a + b</text></literalExpression></contextEntry>"

        assert value_of(logic.format(""), x=1) == {"a": Decimal(2), "b": Decimal(4)}
        assert value_of(logic.format(result), x=1) == Decimal(6)

    def test_lists_and_relations(self) -> None:
        assert value_of(f"<list>{write_literal('1')}{write_literal('x')}</list>", x=2) == [1, 2]
        relation = (
            "<relation><column name='a'/><column name='b'/>"
            f"<row>{write_literal('1')}{write_literal('2')}</row><row>{write_literal('3')}{write_literal('x')}</row></relation>"
        )
        assert value_of(relation, x=4) == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]

    @pytest.mark.parametrize(
        ("logic", "expected"),
        [
            (
                f"<conditional><if>{write_literal('x > 1')}</if><then>{write_literal('1')}</then><else>{write_literal('2')}</else></conditional>",
                1,
            ),
            (f"<filter><in>{write_literal('[1, 2, 3]')}</in><match>{write_literal('item >= x')}</match></filter>", [2, 3]),
            (f"<filter><in>{write_literal('[{a: 1}, {a: 2}]')}</in><match>{write_literal('a = x')}</match></filter>", [{"a": 2}]),
            (f"<for iteratorVariable='i'><in>{write_literal('[1..3]')}</in><return>{write_literal('i * x')}</return></for>", [2, 4, 6]),
            (
                f"<for iteratorVariable='i'><in>{write_literal('[1, 2, 3]')}</in><return>{write_literal('i + count(partial)')}</return></for>",
                [1, 3, 5],
            ),
            (f"<some iteratorVariable='i'><in>{write_literal('[1, 2]')}</in><satisfies>{write_literal('i = x')}</satisfies></some>", True),
            (
                f"<every iteratorVariable='i'><in>{write_literal('[1, 2]')}</in><satisfies>{write_literal('i = x')}</satisfies></every>",
                False,
            ),
        ],
    )
    def test_conditionals_filters_and_iterators(self, logic: str, expected: Any) -> None:
        assert value_of(logic, x=2) == expected

    def test_a_function_is_a_value(self) -> None:
        logic = (
            "<context><contextEntry><variable name='f'/><functionDefinition><formalParameter name='n' typeRef='number'/>"
            "<literalExpression><text>n + x</text></literalExpression></functionDefinition></contextEntry>"
            "<contextEntry><literalExpression><text>f(n: 1)</text></literalExpression></contextEntry></context>"
        )
        assert value_of(logic, x=2) == Decimal(3)


class TestTypes:
    TYPES = (
        '<itemDefinition name=\'tColor\'><typeRef>string</typeRef><allowedValues><text>"red", "blue"</text></allowedValues></itemDefinition>'
        "<itemDefinition name='tColors' isCollection='true'><typeRef>tColor</typeRef></itemDefinition>"
        "<itemDefinition name='tCar'><itemComponent name='color'><typeRef>tColor</typeRef></itemComponent>"
        "<itemComponent name='seats'><typeRef>number</typeRef></itemComponent></itemDefinition>"
    )

    @pytest.mark.parametrize(
        ("text", "kind", "expected"),
        [
            ('"red"', "tColor", "red"),
            ('"green"', "tColor", None),
            ('["red"]', "tColor", "red"),
            ('"red"', "tColors", ["red"]),
            ('["red", "blue"]', "tColors", ["red", "blue"]),
            ('["red", "green"]', "tColors", None),
            ('{color: "red", seats: 4}', "tCar", {"color": "red", "seats": Decimal(4)}),
            ('{color: "green", seats: 4}', "tCar", None),
            ('{color: "red", seats: "four"}', "tCar", None),
            ("1", "feel:number", Decimal(1)),
            ("1", "string", None),
            ("null", "string", None),
        ],
    )
    def test_a_result_is_brought_to_the_type_of_its_variable(self, text: str, kind: str, expected: Any) -> None:
        assert value_of(write_literal(text), kind=kind, types=self.TYPES) == expected

    def test_feel_knows_the_types(self) -> None:
        assert value_of(write_literal('{color: "red", seats: 4} instance of tCar'), types=self.TYPES) is True


class TestFaults:
    def test_all_faults_are_told_at_once_with_their_lines(self) -> None:
        faults = faults_of(
            write_input("x", "tMissing"),
            write_decision("A", write_literal("1 +"), needs=["in_x"]),
            write_decision("B", write_table(["x"], [(["< <"], ["1"]), (["1", "2"], ["1"])]), needs=["in_y"]),
            write_decision("C", ""),
        )

        assert [(fault.line, fault.code) for fault in sorted(faults, key=lambda fault: (fault.line or 0, fault.code))] == [
            (3, "dmn-type-unknown"),
            (4, "feel-syntax"),
            (5, "dmn-reference-unknown"),
            (5, "dmn-row-length"),
            (5, "feel-syntax"),
            (6, "dmn-expression-missing"),
        ]
        assert all(fault.remedy and fault.file == "test.dmn" and fault.severity == "error" for fault in faults)

    def test_a_syntax_error_names_the_line_within_the_text(self) -> None:
        (fault,) = faults_of(write_decision("A", write_literal("\n\n1 + 2\n + * 3")))

        assert fault.line == 6

    @pytest.mark.parametrize(
        ("parts", "code"),
        [
            ([write_decision("A", write_literal("1")), write_decision("A", write_literal("2"))], "dmn-id-twice"),
            (
                [write_decision("A", write_literal("B"), needs=["de_B"]), write_decision("B", write_literal("A"), needs=["de_A"])],
                "dmn-requirement-cycle",
            ),
            ([write_decision("", write_literal("1"))], "dmn-name-missing"),
            ([IMPORT, write_decision("A", write_literal("1"))], "dmn-import-missing"),
            ([write_decision("A", write_literal("A + 1"), needs=["de_A"])], "dmn-requirement-cycle"),
            ([write_decision("A", "<literalExpression expressionLanguage='python'><text>1</text></literalExpression>")], "dmn-language"),
            ([write_decision("A", "<literalExpression/>")], "dmn-expression-missing"),
            ([write_decision("A", write_table(["1"], [], policy="LAST"))], "dmn-hit-policy"),
            ([write_decision("A", write_table(["1"], [], policy="FIRST", aggregation="SUM"))], "dmn-aggregation"),
            ([write_decision("A", write_table(["1"], [], policy="COLLECT", aggregation="SUM", outputs=["a", "b"]))], "dmn-aggregation"),
            ([write_decision("A", write_table(["1"], [], policy="PRIORITY"))], "dmn-output-values"),
            ([write_decision("A", write_table(["1"], [], outputs=["a", ""]))], "dmn-name-missing"),
            ([write_decision("A", write_table([""], []))], "dmn-expression-missing"),
            ([write_decision("A", write_table(["1"], [(["1"], ["1"])] * 5001))], "dmn-table-size"),
            (
                [
                    "<itemDefinition name='a'><typeRef>b</typeRef></itemDefinition><itemDefinition name='b'><typeRef>a</typeRef></itemDefinition>",
                    write_decision("A", write_literal("1")),
                ],
                "dmn-type-cycle",
            ),
            (["<businessKnowledgeModel id='k' name='k'/>"], "dmn-expression-missing"),
            (["<businessKnowledgeModel id='k' name='k'><encapsulatedLogic kind='Java'/></businessKnowledgeModel>"], "dmn-function-kind"),
            (["<decisionService id='s' name='s'/>"], "dmn-output-missing"),
            ([write_decision("A", write_literal("(" * 3000 + "1" + ")" * 3000))], "feel-limit"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_every_fault_has_its_code(self, parts: list[str], code: str) -> None:
        assert code in {fault.code for fault in faults_of(*parts)}

    def test_deep_nesting_ends_in_a_clear_fault(self) -> None:
        logic = "<list>" * 70 + write_literal("1") + "</list>" * 70

        assert "dmn-depth" in {fault.code for fault in faults_of(write_decision("A", logic))}

    def test_a_long_chain_of_decisions_is_evaluated_without_recursion(self) -> None:
        parts = [write_decision("D0", write_literal("1"))]
        parts += [write_decision(f"D{n}", write_literal(f"D{n - 1}"), needs=[f"de_D{n - 1}"]) for n in range(1, 1500)]
        model = read_parts(*parts)

        assert model.evaluate("D1499", {}).outputs == Decimal(1)

    def test_a_file_of_types_alone_has_a_warning(self) -> None:
        model = read_parts("<itemDefinition name='tText'><typeRef>string</typeRef></itemDefinition>")

        assert [(fault.code, fault.severity) for fault in model.faults] == [("dmn-empty", "warning")]

    def test_an_endless_computation_ends_in_a_clear_error(self) -> None:
        model = read_parts(write_decision("A", write_literal("count(for i in 1..1000, j in 1..1000, k in 1..1000 return i)")))

        with pytest.raises(DecisionError, match="Limit exceeded"):
            model.evaluate("A", {})
