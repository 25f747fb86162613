"""What DMN 1.2 to 1.5 say of requirements, functions, services, imports, names and types, one case each."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from app.feel.json import to_json
from app.formats.dmn import DecisionModel, find_among, open_dmn
from tests.formats.dmn_builder import DMN_13, read_parts, write_decision, write_dmn, write_input, write_literal, write_table

DMN_12 = "http://www.omg.org/spec/DMN/20180521/MODEL/"
DMN_14 = "https://www.omg.org/spec/DMN/20211108/MODEL/"
DMN_15 = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def give(model: DecisionModel, name: str, context: Mapping[str, Any] | None = None) -> Any:
    return to_json(model.evaluate(name, context or {}).outputs)


def decide(text: str, *parts: str, needs: tuple[str, ...] = (), kind: str = "", **context: Any) -> Any:
    model = read_parts(*parts, write_decision("D", write_literal(text), needs=needs, kind=kind))
    return give(model, "D", context)


def write_function(
    name: str, body: str, *parameters: tuple[str, str], kind: str = "", needs: tuple[str, ...] = (), attributes: str = ""
) -> str:
    formal = "".join(f'<formalParameter name="{part}"{_type(of)}/>' for part, of in parameters)
    required = "".join(f'<knowledgeRequirement><requiredKnowledge href="#{need}"/></knowledgeRequirement>' for need in needs)
    return (
        f'<businessKnowledgeModel id="kn_{name.replace(" ", "_")}" name="{name}"><variable name="{name}"{_type(kind)}/>'
        f"<encapsulatedLogic{attributes}>{formal}{body}</encapsulatedLogic>{required}</businessKnowledgeModel>"
    )


def _type(kind: str) -> str:
    return f' typeRef="{kind}"' if kind else ""


def write_service(name: str, outputs: str, *, inner: str = "", decisions: str = "", inputs: str = "", kind: str = "") -> str:
    def references(tag: str, ids: str) -> str:
        return "".join(f'<{tag} href="#{key}"/>' for key in ids.split())

    return (
        f'<decisionService id="se_{name}" name="{name}"><variable name="{name}"{_type(kind)}/>{references("outputDecision", outputs)}'
        f"{references('encapsulatedDecision', inner)}{references('inputDecision', decisions)}{references('inputData', inputs)}</decisionService>"
    )


def entry(name: str, logic: str, kind: str = "") -> str:
    variable = f'<variable name="{name}"{_type(kind)}/>' if name else ""
    return f"<contextEntry>{variable}{logic}</contextEntry>"


def invoke(function: str, **bindings: str) -> str:
    bound = "".join(f'<binding><parameter name="{name}"/>{write_literal(text)}</binding>' for name, text in bindings.items())
    return f"<invocation>{write_literal(function)}{bound}</invocation>"


class TestKnowledge:
    def test_a_knowledge_model_calls_another(self) -> None:
        inner = write_function("inner", write_literal("x + 1"), ("x", "number"))
        outer = write_function("outer", write_literal("inner(y) * 2"), ("y", "number"), needs=("kn_inner",))

        assert decide("outer(3)", inner, outer, needs=("kn_outer",)) == 8

    def test_it_sees_only_its_parameters_and_what_it_requires(self) -> None:
        function = write_function("f", write_literal("x"), ("y", ""))

        assert decide("f(1)", write_input("x"), function, needs=("in_x", "kn_f"), x=5) is None

    def test_arguments_may_be_named(self) -> None:
        function = write_function("f", write_literal("a - b"), ("a", ""), ("b", ""))

        assert decide("f(b: 1, a: 5)", function, needs=("kn_f",)) == 4

    @pytest.mark.parametrize("text", ["f(1)", "f(1, 2, 3)", "f(a: 1, c: 2)", 'f("1", 2)'])
    def test_wrong_arguments_give_null(self, text: str) -> None:
        function = write_function("f", write_literal("a - b"), ("a", "number"), ("b", "number"))

        assert decide(text, function, needs=("kn_f",)) is None

    def test_the_result_is_brought_to_its_type(self) -> None:
        assert decide("f()", write_function("f", write_literal('"x"'), kind="number"), needs=("kn_f",)) is None
        assert decide("f()", write_function("f", write_literal("[1]"), kind="number"), needs=("kn_f",)) == 1
        assert decide("f()", write_function("f", write_literal("1"), attributes=' typeRef="string"'), needs=("kn_f",)) is None

    def test_a_table_in_a_knowledge_model_reads_the_parameters(self) -> None:
        table = write_table(["amount"], [(["< 10"], ['"small"']), ([">= 10"], ['"large"'])])
        model = read_parts(
            write_function("size", table, ("amount", "number")), write_decision("D", write_literal("size(10)"), needs=["kn_size"])
        )

        result = model.evaluate("D", {})

        assert result.outputs == "large"
        assert result.matched_rules[0]["decision"] == "size"

    def test_an_invocation_leaves_out_what_it_does_not_bind(self) -> None:
        function = write_function("f", write_literal("if b = null then a else b"), ("a", ""), ("b", ""))
        model = read_parts(function, write_decision("D", invoke("f", a="1"), needs=["kn_f"]))

        assert give(model, "D") == 1

    def test_an_invocation_calls_a_builtin(self) -> None:
        model = read_parts(write_decision("D", invoke("sum", list="[1, 2]")))

        assert give(model, "D") == 3

    @pytest.mark.parametrize("kind", ["Java", "PMML"])
    def test_functions_outside_of_feel_give_null_and_a_warning(self, kind: str) -> None:
        function = write_function("f", write_literal("1"), attributes=f' kind="{kind}"')
        content = write_dmn(function, write_decision("D", write_literal("f()"), needs=["kn_f"]))
        model = open_dmn(content, filename="x").model

        result = model.evaluate("D", {})

        assert result.outputs is None
        assert any(kind in warning for warning in result.warnings)
        assert [(fault.code, fault.kind) for fault in model.faults] == [("dmn-function-kind", "unsupported")]

    def test_it_can_be_asked_directly_with_texts_for_dates(self) -> None:
        model = read_parts(write_function("f", write_literal('d + duration("P1D")'), ("d", "date")))

        assert to_json(model.evaluate_knowledge_model("f", {"d": "2026-11-02"}).outputs) == "2026-11-03"

    def test_a_knowledge_model_is_a_function_of_its_type(self) -> None:
        function = write_function("f", write_literal("x"), ("x", "number"), kind="number")

        assert decide("f instance of function<number> -> number", function, needs=("kn_f",)) is True


class TestServices:
    PARTS = (
        write_input("x", "number"),
        write_decision("A", write_literal("x + 1"), needs=["in_x"], kind="number"),
        write_decision("B", write_literal("A * 10"), needs=["de_A"]),
        write_decision("C", write_literal("A + B"), needs=["de_A", "de_B"]),
    )

    def test_several_outputs_are_a_context(self) -> None:
        model = read_parts(*self.PARTS, write_service("S", "de_B de_C", inner="de_A", inputs="in_x"))

        assert to_json(model.evaluate_service("S", {"x": 1}).outputs) == {"B": 20, "C": 22}

    def test_an_input_decision_is_given_and_not_evaluated(self) -> None:
        model = read_parts(*self.PARTS, write_service("S", "de_C", inner="de_B", decisions="de_A"))

        assert to_json(model.evaluate_service("S", {"A": 5, "x": 100}).outputs) == 55
        assert model.evaluate_service("S", {"A": "5"}).outputs is None

    def test_it_is_called_with_inputs_then_input_decisions(self) -> None:
        service = write_service("S", "de_E", decisions="de_A", inputs="in_x")
        difference = write_decision("E", write_literal("x - A"), needs=["in_x", "de_A"])

        assert decide("S(10, 3)", *self.PARTS, difference, service, needs=("se_S",)) == 7
        assert decide("S(A: 10, x: 3)", *self.PARTS, difference, service, needs=("se_S",)) == -7
        assert decide('S("a", 3)', *self.PARTS, difference, service, needs=("se_S",)) is None

    def test_a_called_service_does_not_see_the_caller_s_inputs(self) -> None:
        service = write_service("S", "de_E")
        reader = write_decision("E", write_literal("x"), needs=["in_x"])

        assert decide("S()", *self.PARTS, reader, service, needs=("se_S", "in_x"), x=5) is None

    def test_its_result_is_brought_to_its_type(self) -> None:
        model = read_parts(*self.PARTS, write_service("S", "de_B", inner="de_A", inputs="in_x", kind="string"))

        result = model.evaluate_service("S", {"x": 1})

        assert result.outputs is None
        assert "decision service S" in result.warnings[-1]

    def test_a_knowledge_model_may_call_it(self) -> None:
        service = write_service("S", "de_A", inputs="in_x")
        function = write_function("f", write_literal("S(y) * 2"), ("y", ""), needs=("se_S",))

        assert decide("f(4)", *self.PARTS, service, function, needs=("kn_f",)) == 10


class TestBoxedExpressions:
    def test_a_function_entry_may_call_itself(self) -> None:
        body = (
            "<functionDefinition><formalParameter name='n'/>"
            + write_literal("if n = 0 then 0 else n + add up(n - 1)")
            + "</functionDefinition>"
        )
        model = read_parts(write_decision("D", f"<context>{entry('add up', body)}{entry('', write_literal('add up(4)'))}</context>"))

        assert give(model, "D") == 10

    def test_an_entry_is_brought_to_its_type(self) -> None:
        model = read_parts(
            write_decision(
                "D", f"<context>{entry('a', write_literal('1'), 'string')}{entry('b', write_literal('[2]'), 'number')}</context>"
            )
        )

        assert give(model, "D") == {"a": None, "b": 2}

    def test_a_table_stands_in_a_context(self) -> None:
        table = write_table(["a"], [(["1"], ['"one"'])])
        model = read_parts(write_decision("D", f"<context>{entry('a', write_literal('1'))}{entry('', table)}</context>"))

        assert give(model, "D") == "one"

    def test_a_number_in_a_filter_is_a_position(self) -> None:
        logic = f"<filter><in>{write_literal('[5, 6, 7]')}</in><match>{write_literal('-1')}</match></filter>"

        assert give(read_parts(write_decision("D", logic)), "D") == 7

    @pytest.mark.parametrize(("source", "expected"), [("[1..3]", [1, 2, 3]), ("5", [5]), ("null", None), ("[]", [])])
    def test_an_iterator_runs_over_lists_ranges_and_single_values(self, source: str, expected: Any) -> None:
        logic = f'<for iteratorVariable="i"><in>{write_literal(source)}</in><return>{write_literal("i")}</return></for>'

        assert give(read_parts(write_decision("D", logic)), "D") == expected

    @pytest.mark.parametrize(
        ("tag", "source", "condition", "expected"),
        [
            ("some", "[]", "true", False),
            ("every", "[]", "false", True),
            ("some", "[1, null]", "i > 1", None),
            ("every", "[1, null]", "i > 0", None),
            ("every", "[0, null]", "i > 0", False),
        ],
    )
    def test_quantifiers_are_three_valued(self, tag: str, source: str, condition: str, expected: Any) -> None:
        inner = f"<in>{write_literal(source)}</in><satisfies>{write_literal(condition)}</satisfies>"
        logic = f'<{tag} iteratorVariable="i">{inner}</{tag}>'

        assert give(read_parts(write_decision("D", logic)), "D") is expected

    def test_only_true_takes_the_first_branch(self) -> None:
        branches = f"<then>{write_literal('1')}</then><else>{write_literal('2')}</else>"
        logic = f"<conditional><if>{write_literal('null')}</if>{branches}</conditional>"

        assert give(read_parts(write_decision("D", logic)), "D") == 2

    def test_iterators_nest(self) -> None:
        inner = f'<for iteratorVariable="j"><in>{write_literal("[1, 2]")}</in><return>{write_literal("i * j")}</return></for>'
        logic = f'<for iteratorVariable="i"><in>{write_literal("[1, 10]")}</in><return>{inner}</return></for>'

        assert give(read_parts(write_decision("D", logic)), "D") == [[1, 2], [10, 20]]

    def test_an_expression_with_a_fault_leaves_the_rest(self) -> None:
        logic = f"<context>{entry('a', write_literal('1 +'))}{entry('b', write_literal('2'))}</context>"
        model = open_dmn(write_dmn(write_decision("D", logic)), filename="x").model

        assert give(model, "D") == {"a": None, "b": 2}


class TestNames:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("Monthly\n   income", "Monthly income + 1"),
            ("Monthly income", "Monthly   income + 1"),
            ("a-b", "a-b + 1"),
            ("fee+tax", "fee+tax + 1"),
            ("été", "été + 1"),
            ("Größe des Hauses", "Größe des Hauses + 1"),
            ("🐴", "🐴 + 1"),
            ("date", "date + 1"),
        ],
    )
    def test_a_name_may_have_blanks_operators_and_any_letter(self, name: str, text: str) -> None:
        model = read_parts(
            f'<inputData id="i" name="{name}"><variable name="{name}"/></inputData>',
            '<decision id="D" name="D"><variable name="D"/><informationRequirement><requiredInput href="#i"/></informationRequirement>'
            f"{write_literal(text)}</decision>",
        )

        assert give(model, "D", {" ".join(name.split()): 1}) == 2
        assert give(model, "D", {name: 1}) == 2

    def test_entries_may_have_such_names_too(self) -> None:
        types = (
            "<itemDefinition name='tCar'><itemComponent name='top-speed in km/h'><typeRef>number</typeRef></itemComponent></itemDefinition>"
        )

        assert (
            decide("car.top-speed in km/h - 1", types, write_input("car", "tCar"), needs=("in_car",), car={"top-speed in km/h": 200}) == 199
        )

    def test_the_variable_names_what_expressions_see(self) -> None:
        odd = '<inputData id="i" name="Title"><variable name="value"/></inputData>'

        assert decide("value", odd, needs=(), value=3) == 3

    def test_an_element_without_variable_has_its_own_name(self) -> None:
        model = read_parts(
            '<inputData id="in_x" name="x"/>',
            f'<decision id="d" name="D"><informationRequirement><requiredInput href="#in_x"/></informationRequirement>{write_literal("x")}</decision>',
        )

        assert give(model, "D", {"x": 4}) == 4

    def test_a_reference_may_name_the_own_namespace(self) -> None:
        model = read_parts(
            write_decision("A", write_literal("1")),
            f'<decision id="d" name="D"><informationRequirement><requiredDecision href="urn:test#de_A"/></informationRequirement>{write_literal("A + 1")}</decision>',
        )

        assert give(model, "D") == 2

    def test_a_decision_without_id_is_found_by_name(self) -> None:
        content = write_dmn(f'<decision name="Without id">{write_literal("1")}</decision>')

        assert give(open_dmn(content, filename="x").model, "Without id") == 1


class TestTypes:
    TYPES = (
        "<itemDefinition name='tAge'><typeRef>number</typeRef><allowedValues><text>[0..120]</text></allowedValues></itemDefinition>"
        "<itemDefinition name='tAges' isCollection='true'><typeRef>number</typeRef><allowedValues><text>&gt; 0</text></allowedValues>"
        "<typeConstraint><text>count(?) &lt; 3</text></typeConstraint></itemDefinition>"
        "<itemDefinition name='tMatrix' isCollection='true'><typeRef>tAges</typeRef></itemDefinition>"
        "<itemDefinition name='tTeen'><typeRef>tAge</typeRef><allowedValues><text>[13..19]</text></allowedValues></itemDefinition>"
        "<itemDefinition name='tPerson'><itemComponent name='age'><typeRef>tAge</typeRef></itemComponent>"
        "<itemComponent name='born on'><typeRef>date</typeRef></itemComponent></itemDefinition>"
        "<itemDefinition name='tPeople' isCollection='true'><typeRef>tPerson</typeRef></itemDefinition>"
        "<itemDefinition name='tAddress'><itemComponent name='house'><itemComponent name='number'><typeRef>number</typeRef></itemComponent>"
        "</itemComponent><itemComponent name='tags' isCollection='true'><typeRef>string</typeRef></itemComponent></itemDefinition>"
        "<itemDefinition name='tDays' isCollection='true'><typeRef>date</typeRef></itemDefinition>"
        "<itemDefinition name='tText'><typeRef>string</typeRef></itemDefinition>"
        "<itemDefinition name='tFunction'><functionItem outputTypeRef='number'><parameters name='x' typeRef='number'/></functionItem></itemDefinition>"
    )

    @pytest.mark.parametrize(
        ("kind", "value", "expected"),
        [
            ("tAge", 121, None),
            ("tAge", [20], 20),
            ("tTeen", 20, None),
            ("tTeen", 15, 15),
            ("tAges", 5, [5]),
            ("tAges", [0], None),
            ("tAges", [1, 2, 3], None),
            ("tMatrix", [[1], [2, 3]], [[1], [2, 3]]),
            ("tMatrix", [[1], [2, -3]], None),
            ("tPerson", {"age": 5, "born on": "2020-01-31"}, {"age": 5, "born on": "2020-01-31"}),
            ("tPerson", {"age": 5}, {"age": 5, "born on": None}),
            ("tPerson", {"age": 5, "born on": "soon"}, None),
            ("tPerson", {"age": 500, "born on": None}, None),
            ("tPeople", [{"age": 5, "born on": None}], [{"age": 5, "born on": None}]),
            ("tAddress", {"house": {"number": 1}, "tags": "a"}, {"house": {"number": 1}, "tags": ["a"]}),
            ("tAddress", {"house": {"number": "1"}, "tags": []}, None),
            ("tDays", ["2026-01-01", "2026-01-02"], ["2026-01-01", "2026-01-02"]),
            ("tDays", "2026-01-01", ["2026-01-01"]),
            ("dateTime", "2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"),
            ("date and time", "2026-01-01", "2026-01-01T00:00:00"),
            ("time", "10:00:00+02:00", "10:00:00+02:00"),
            ("dayTimeDuration", "PT36H", "P1DT12H"),
            ("yearMonthDuration", "P14M", "P1Y2M"),
            ("years and months duration", "P1D", None),
            ("boolean", "true", None),
            ("number", "1", None),
            ("list", 1, [1]),
            ("context", {"a": 1}, {"a": 1}),
            ("context", [1, 2], None),
            ("Any", "2026-01-01", "2026-01-01"),
            ("feel:number", 1, 1),
            ("list&lt;number&gt;", [1, "a"], None),
        ],
    )
    def test_an_input_is_brought_to_its_type(self, kind: str, value: Any, expected: Any) -> None:
        assert decide("x", self.TYPES, write_input("x", kind), needs=("in_x",), x=value) == expected

    def test_texts_of_dates_are_dates_within_contexts(self) -> None:
        text = "p.born on instance of date"

        assert decide(text, self.TYPES, write_input("p", "tPerson"), needs=("in_p",), p={"age": 1, "born on": "2020-01-01"}) is True

    @pytest.mark.parametrize(
        ("text", "kind", "expected"),
        [
            ("{age: 5}", "tPerson", None),
            ('{age: 5, born on: @"2020-01-01", more: 1}', "tPerson", {"age": 5, "born on": "2020-01-01", "more": 1}),
            ('@"2026-01-01"', "dateTime", "2026-01-01T00:00:00Z"),
            ('"2026-01-01"', "date", None),
            ("[1, 2]", "number", None),
            ("1", "tAges", [1]),
            ('[1, "a"]', "tAges", None),
            ("null", "tAges", None),
        ],
    )
    def test_a_result_is_brought_to_its_type(self, text: str, kind: str, expected: Any) -> None:
        assert decide(text, self.TYPES, kind=kind) == expected

    def test_a_prefix_of_feel_or_of_the_file_may_stand_before_a_type(self) -> None:
        content = write_dmn(
            self.TYPES,
            write_input("x", "f:number"),
            write_input("y", "t:tAge"),
            write_decision("D", write_literal("x + y"), needs=["in_x", "in_y"]),
        )
        content = content.replace(
            b"<definitions ", b'<definitions xmlns:f="https://www.omg.org/spec/DMN/20191111/FEEL/" xmlns:t="urn:test" '
        )
        model = open_dmn(content, filename="x").model

        assert model.faults == ()
        assert give(model, "D", {"x": 1, "y": 2}) == 3
        assert give(model, "D", {"x": 1, "y": 200}) is None

    def test_a_function_must_be_of_its_type(self) -> None:
        logic = "<functionDefinition><formalParameter name='x' typeRef='{}'/>" + write_literal("1") + "</functionDefinition>"
        user = write_decision("E", write_literal("D(2)"), needs=["de_D"])

        assert give(read_parts(self.TYPES, write_decision("D", logic.format("number"), kind="tFunction"), user), "E") == 1
        assert give(read_parts(self.TYPES, write_decision("D", logic.format("string"), kind="tFunction"), user), "E") is None

    def test_feel_names_declared_types(self) -> None:
        assert decide("[1] instance of tAges", self.TYPES) is True
        assert decide('function(x: tText) x = "a"', self.TYPES) is None


class TestImports:
    LIBRARY = write_dmn(
        "<itemDefinition name='tPerson'><itemComponent name='first name'><typeRef>string</typeRef></itemComponent></itemDefinition>",
        write_input("Person", "tPerson"),
        write_decision("Greeting of it", write_literal('"Hi " + Person.first name'), needs=["in_Person"], kind="string"),
        write_function("double it", write_literal("x * 2"), ("x", "number")),
        write_service("greet", "de_Greeting_of_it", inputs="in_Person"),
        uri="urn:lib",
        namespace=DMN_12,
        key="lib",
    )
    IMPORT = f'<import name="lib" namespace="urn:lib" importType="{DMN_12}"/>'

    def open(self, *parts: str, **files: bytes) -> DecisionModel:
        return open_dmn(
            write_dmn(*parts, namespace=DMN_15), filename="main.dmn", find_import=find_among({"lib.dmn": self.LIBRARY, **files})
        ).model

    @staticmethod
    def ask(text: str, requirement: str, kind: str = "informationRequirement") -> str:
        return f'<decision id="D" name="D"><variable name="D"/><{kind}>{requirement}</{kind}>{write_literal(text)}</decision>'

    @pytest.mark.parametrize(
        "context", [{"lib": {"Person": {"first name": "Ann"}}}, {"lib.Person": {"first name": "Ann"}}, {"Person": {"first name": "Ann"}}]
    )
    def test_an_imported_decision_reads_its_input_after_the_import_s_name(self, context: dict[str, Any]) -> None:
        model = self.open(self.IMPORT, self.ask("lib.Greeting of it", '<requiredDecision href="urn:lib#de_Greeting_of_it"/>'))

        assert model.faults == ()
        assert give(model, "D", context) == "Hi Ann"

    def test_imported_functions_services_inputs_and_types(self) -> None:
        knowledge = '<requiredKnowledge href="urn:lib#kn_double_it"/>'
        service = '<requiredKnowledge href="urn:lib#se_greet"/>'

        assert give(self.open(self.IMPORT, self.ask("lib.double it(4)", knowledge, "knowledgeRequirement")), "D") == 8
        assert give(self.open(self.IMPORT, self.ask('lib.greet({first name: "Bo"})', service, "knowledgeRequirement")), "D") == "Hi Bo"
        requirement = '<requiredInput href="urn:lib#in_Person"/>'
        model = self.open(self.IMPORT, self.ask("lib.Person instance of lib.tPerson", requirement))
        assert give(model, "D", {"lib": {"Person": {"first name": "Ann"}}}) is True

    def test_an_import_without_name_adds_to_the_names_of_the_file(self) -> None:
        without = self.IMPORT.replace('name="lib" ', 'name="" ')
        model = self.open(without, self.ask("double it(4)", '<requiredKnowledge href="urn:lib#kn_double_it"/>', "knowledgeRequirement"))

        assert give(model, "D") == 8

    def test_an_imported_file_may_import_another(self) -> None:
        middle = write_dmn(
            self.IMPORT,
            self.ask("lib.Greeting of it", '<requiredDecision href="urn:lib#de_Greeting_of_it"/>').replace('"D"', '"M"'),
            uri="urn:middle",
            namespace=DMN_14,
        )
        top = f'<import name="middle" namespace="urn:middle" importType="{DMN_14}"/>'
        model = self.open(top, self.ask('middle.M + "!"', '<requiredDecision href="urn:middle#M"/>'), **{"middle.dmn": middle})

        assert give(model, "D", {"middle": {"lib": {"Person": {"first name": "Ann"}}}}) == "Hi Ann!"

    def test_two_imports_may_have_the_same_names(self) -> None:
        other = write_dmn(write_decision("Greeting of it", write_literal('"Bye"')), uri="urn:other")
        imports = self.IMPORT + f'<import name="other" namespace="urn:other" importType="{DMN_13}"/>'
        requirements = (
            '<requiredDecision href="urn:lib#de_Greeting_of_it"/></informationRequirement><informationRequirement>'
            '<requiredDecision href="urn:other#de_Greeting_of_it"/>'
        )
        model = self.open(imports, self.ask("[lib.Greeting of it, other.Greeting of it]", requirements), **{"other.dmn": other})

        assert give(model, "D", {"lib": {"Person": {"first name": "Ann"}}}) == ["Hi Ann", "Bye"]

    def test_files_that_import_each_other_are_a_fault_and_no_endless_search(self) -> None:
        circle = write_dmn(
            f'<import name="main" namespace="urn:test" importType="{DMN_15}"/>', write_decision("A", write_literal("1")), uri="urn:circle"
        )
        model = self.open(f'<import name="c" namespace="urn:circle" importType="{DMN_13}"/>', **{"circle.dmn": circle})

        assert "dmn-import-cycle" in {fault.code for fault in model.faults}

    def test_a_fault_in_an_imported_file_is_told_at_the_import(self) -> None:
        broken = write_dmn(write_decision("A", write_literal("1 +")), uri="urn:broken")
        model = self.open("\n" + f'<import name="b" namespace="urn:broken" importType="{DMN_13}"/>', **{"broken.dmn": broken})

        (fault,) = [each for each in model.faults if each.severity == "error"]
        assert (fault.code, fault.line) == ("dmn-import-faults", 4)


class TestTables:
    def test_the_allowed_values_of_the_type_order_the_outputs(self) -> None:
        types = '<itemDefinition name="tRank"><typeRef>string</typeRef><allowedValues><text>"high", "low"</text></allowedValues></itemDefinition>'
        rules = [(["-"], ['"low"']), (["-"], ['"high"'])]
        table = write_table(["1"], rules, policy="PRIORITY", output_kind="tRank")

        assert give(read_parts(types, write_decision("D", table)), "D") == "high"

    def test_several_outputs_are_ordered_from_left_to_right(self) -> None:
        table = write_table(
            ["1"], [(["-"], ['"b"', "1"]), (["-"], ['"a"', "2"])], policy="OUTPUT ORDER", outputs=["x", "y"], values='"a", "b"'
        )

        assert give(read_parts(write_decision("D", table)), "D") == [{"x": "a", "y": 2}, {"x": "b", "y": 1}]

    def test_a_table_without_inputs_has_rules_that_always_match(self) -> None:
        assert give(read_parts(write_decision("D", write_table([], [([], ["1"])]))), "D") == 1

    def test_a_table_that_cannot_be_read_in_one_cell_never_matches_there(self) -> None:
        table = write_table(["x"], [(["< <"], ["1"]), (["2"], ["2"])])
        model = open_dmn(write_dmn(write_input("x"), write_decision("D", table, needs=["in_x"])), filename="x").model

        assert give(model, "D", {"x": 2}) == 2
        assert give(model, "D", {"x": 1}) is None

    @pytest.mark.parametrize(("policy", "aggregation"), [("COLLECT", "SUM"), ("COLLECT", "MIN"), ("COLLECT", "MAX")])
    def test_aggregation_of_texts(self, policy: str, aggregation: str) -> None:
        table = write_table(["1"], [(["-"], ['"b"']), (["-"], ['"a"'])], policy=policy, aggregation=aggregation)
        expected = {"SUM": None, "MIN": "a", "MAX": "b"}[aggregation]

        assert give(read_parts(write_decision("D", table)), "D") == expected

    def test_a_cell_may_name_other_inputs_and_decisions(self) -> None:
        table = write_table(["x"], [(["> limit"], ['"over"']), (["<= limit"], ['"under"'])])
        parts = (write_input("x"), write_decision("limit", write_literal("10")))
        model = read_parts(*parts, write_decision("D", table, needs=["in_x", "de_limit"]))

        assert [give(model, "D", {"x": Decimal(x)}) for x in (10, 11)] == ["under", "over"]
