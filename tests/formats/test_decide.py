"""countersign decide: JSON lines in, JSON lines out."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli.decide import command
from app.formats.decision_json import answer_decision
from tests.formats.dmn_builder import DMN_13, read_parts, write_decision, write_dmn, write_input, write_literal, write_table

RULES = Path(__file__).parents[2] / "rules"


def decide(path: Path, *questions: str) -> Result:
    return CliRunner().invoke(command, [str(path)], input="\n".join(questions))


def answers_of(result: Result) -> list[Any]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_line_is_answered_in_order() -> None:
    document = '{"kind": "expense_claim", "total_base": %s, "lines": [], "errors": [], "is_duplicate": false}'
    questions = ['{"decision": "Triage", "context": {"document": ' + document % total + "}}" for total in ("50.00", "50.01")]

    result = decide(RULES / "expense_triage.dmn", questions[0], "", questions[1])

    answers = answers_of(result)
    assert result.exit_code == 0
    assert [answer["outputs"]["outcome"] for answer in answers] == ["approve", "route"]
    assert answers[0]["matched_rules"][0]["rule"] == "SmallClaim"
    assert answers[0]["warnings"] == []


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("nonsense", "invalid_input"),
        ("[]", "invalid_input"),
        ('{"context": "x"}', "invalid_input"),
        ('{"context": 1}', "invalid_input"),
        ('{"context": {}, "decisions": "D"}', "invalid_input"),
        ('{"context": {}, "decision": "D", "decision_service": "S"}', "invalid_input"),
        ('{"context": {}, "decision": 1}', "invalid_input"),
        ('{"context": {"x": NaN}}', "invalid_input"),
        ('{"context": {}, "decision": "Other"}', "decision_error"),
        ('{"context": {}, "decision_service": "Other"}', "decision_error"),
        ('{"context": {}, "business_knowledge_model": "Other"}', "decision_error"),
        ('{"context": {"x": 1}}', "several_rows_match"),
    ],
)
def test_what_cannot_be_answered_is_an_error(question: str, code: str) -> None:
    table = write_table(["x"], [(["-"], ["1"]), (["-"], ["2"])])
    model = read_parts(write_input("x"), write_decision("D", table, needs=["in_x"]))

    assert json.loads(answer_decision(model, question.encode()))["error"]["code"] == code


def test_numbers_are_exact_and_dates_are_iso() -> None:
    model = read_parts(
        write_input("x", "number"),
        write_input("day", "date"),
        write_decision("D", write_literal('{sum: x + 0.1, day: day, term: duration("P1Y"), none: null}'), needs=["in_x", "in_day"]),
    )

    answer = answer_decision(model, b'{"decision": "D", "context": {"x": 0.1234567890123456789012345, "day": "2026-11-02"}}')

    assert '"sum": 0.2234567890123456789012345' in answer
    assert json.loads(answer)["outputs"] | {"sum": 0} == {"sum": 0, "day": "2026-11-02", "term": "P1Y", "none": None}


def test_a_decision_with_a_fault_is_null_and_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "wrong.dmn"
    path.write_bytes(write_dmn(write_decision("D", write_literal("1 +")), write_decision("E", write_literal("2"))))

    result = decide(path, '{"decision": "D", "context": {}}', '{"decision": "E", "context": {}}')

    answers = answers_of(result)
    assert result.exit_code == 0
    assert [answer["outputs"] for answer in answers] == [None, 2]
    assert "is no FEEL" in answers[0]["warnings"][0]


def test_a_file_that_is_no_dmn_answers_every_question_with_that(tmp_path: Path) -> None:
    path = tmp_path / "wrong.dmn"
    path.write_text("<definitions/>")

    result = decide(path, '{"context": {}}', '{"context": {}}')

    assert result.exit_code == 1
    assert [answer["error"]["code"] for answer in answers_of(result)] == ["definition_invalid"] * 2
    assert answers_of(result)[0]["error"]["diagnostics"][0]["line"] == 1


def test_an_imported_file_is_found_beside_by_its_namespace(tmp_path: Path) -> None:
    (tmp_path / "main.dmn").write_bytes(
        write_dmn(
            f'<import name="lib" namespace="urn:lib" importType="{DMN_13}"/>',
            '<decision id="D" name="D"><knowledgeRequirement><requiredKnowledge href="urn:lib#kn"/></knowledgeRequirement>'
            + write_literal("lib.double it(4)")
            + "</decision>",
        )
    )
    knowledge = (
        '<businessKnowledgeModel id="kn" name="double it"><encapsulatedLogic><formalParameter name="x"/>'
        + write_literal("x * 2")
        + "</encapsulatedLogic></businessKnowledgeModel>"
    )
    (tmp_path / "other.dmn").write_bytes(write_dmn(knowledge, uri="urn:lib", key="other"))

    assert answers_of(decide(tmp_path / "main.dmn", '{"context": {}}'))[0]["outputs"] == 8
    (tmp_path / "other.dmn").unlink()
    assert answers_of(decide(tmp_path / "main.dmn", '{"context": {}}'))[0]["outputs"] is None


def test_a_gigantic_answer_is_refused() -> None:
    entries = ", ".join(f"{name}: [{', '.join([before] * 10)}]" for before, name in zip("abcdefgh", "bcdefghi", strict=True))
    model = read_parts(write_decision("D", write_literal(f"{{a: 1, {entries}}}")))

    answer = json.loads(answer_decision(model, b'{"context": {}}'))

    assert "it gives more than" in answer["error"]["detail"]


def test_an_answer_nested_too_deep_is_refused_and_the_next_is_given(tmp_path: Path) -> None:
    deep = "{f: function(k) if k = 0 then [] else [f(k - 1)], r: f(n)}.r"
    path = tmp_path / "deep.dmn"
    path.write_bytes(write_dmn(write_input("n", "number"), write_decision("D", write_literal(deep), needs=["in_n"])))

    result = decide(path, '{"context": {"n": 150}}', '{"context": {"n": 90}}', '{"context": {"n": 2}}')

    refused, deepest, shallow = answers_of(result)
    assert result.exit_code == 0
    assert "levels of lists and contexts" in refused["error"]["detail"]
    assert str(deepest["outputs"]) == "[" * 91 + "]" * 91
    assert shallow["outputs"] == [[[]]]


def test_a_decision_is_found_by_its_name_and_by_that_of_its_variable() -> None:
    decision = write_decision("One", write_literal("1")).replace('<variable name="One"', '<variable name="first"')
    other = write_decision("first", write_literal("2")).replace('<variable name="first"', '<variable name="second"')
    model = read_parts(decision, other)

    found = {name: model.evaluate(name, {}).outputs for name in ("One", "first", "second")}

    assert found == {"One": 1, "first": 2, "second": 2}
    assert [each.name for each in model.decisions] == ["One", "first"]
