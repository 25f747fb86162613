"""DMN files that were made to do harm end in a clear error, within bounds."""

import copy
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from lxml import etree

from app.cli.decide import command
from app.domain.errors import DecisionError, DefinitionInvalid
from app.formats.decision_json import LINE_BYTES_MAX, answer_decision
from app.formats.dmn import DecisionModel, find_among, open_dmn
from app.formats.dmn_check import check_dmn
from tests.formats.dmn_builder import DMN_13, write_decision, write_dmn, write_input, write_literal, write_table

RULES = Path(__file__).parents[2] / "rules"


def open_parts(*parts: str) -> DecisionModel:
    return open_dmn(write_dmn(*parts), filename="test.dmn").model


def refuse(content: bytes) -> Any:
    with pytest.raises(DefinitionInvalid) as refused:
        open_dmn(content, filename="test.dmn")
    diagnostics: Any = refused.value.facts["diagnostics"]
    return diagnostics[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>', "DOCTYPE"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "DOCTYPE"),
        (write_dmn("<list>" * 200 + "</list>" * 200), "deeper than 100 levels"),
        (b"<" * 1_000, "not well-formed"),
        (write_dmn("<description>" + "x" * 6_000_000 + "</description>"), "larger than 5 MiB"),
    ],
    ids=["entities", "external", "depth", "syntax", "size"],
)
def test_a_file_that_cannot_be_read_safely_is_refused(content: bytes, words: str) -> None:
    assert words in refuse(content).message


def test_a_table_of_a_hundred_thousand_rows_is_refused_by_the_size_of_its_file() -> None:
    row = "<rule><inputEntry><text>1</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>"
    table = f"<decisionTable><input><inputExpression><text>1</text></inputExpression></input><output/>{row * 100_000}</decisionTable>"

    assert "larger than 5 MiB" in refuse(write_dmn(write_decision("D", table))).message


def test_a_table_with_too_many_rows_names_the_limit_when_it_is_asked() -> None:
    row = "<rule><outputEntry><text>1</text></outputEntry></rule>"
    table = f"<decisionTable><output/>{row * 6_000}</decisionTable>"
    content = write_dmn(write_decision("D", table), write_decision("E", write_literal("1")))
    model = open_dmn(content, filename="test.dmn").model

    with pytest.raises(DecisionError, match=r"6000 rules; at most 5000 rules and 30000 cells"):
        model.evaluate("D", {})
    assert model.evaluate("E", {}).outputs == 1
    assert "dmn-table-size" in {each.code for each in check_dmn(content, filename="test.dmn")}


def test_types_that_double_at_every_level_are_refused() -> None:
    levels = 25
    doubled = "<itemComponent name='{0}'><typeRef>t{1}</typeRef></itemComponent>"
    types = [
        f"<itemDefinition name='t{n}'>{doubled.format('a', n + 1)}{doubled.format('b', n + 1)}</itemDefinition>" for n in range(levels)
    ]
    last = f"<itemDefinition name='t{levels}'><typeRef>string</typeRef></itemDefinition>"
    model = open_parts(*types, last, write_input("x", "t0"), write_decision("D", write_literal("x"), needs=["in_x"]))

    assert "dmn-type-size" in {each.code for each in model.faults}
    assert model.evaluate("D", {"x": {}}).outputs == {"a": None, "b": None}


def test_types_that_hold_each_other_are_a_fault_and_no_endless_search() -> None:
    types = (
        "<itemDefinition name='a'><itemComponent name='b'><typeRef>b</typeRef></itemComponent></itemDefinition>"
        "<itemDefinition name='b' isCollection='true'><typeRef>a</typeRef></itemDefinition>"
    )
    model = open_parts(types, write_input("x", "a"), write_decision("D", write_literal("x"), needs=["in_x"]))

    assert [each.code for each in model.faults] == ["dmn-type-cycle"]
    assert model.evaluate("D", {"x": {"b": [1]}}).outputs == {"b": [1]}


def test_decisions_that_require_each_other_end() -> None:
    parts = [write_decision("A", write_literal("B"), needs=["de_B"]), write_decision("B", write_literal("A"), needs=["de_A"])]
    model = open_parts(*parts)

    assert "dmn-requirement-cycle" in {each.code for each in model.faults}
    assert model.evaluate("A", {}).outputs is None


def test_a_service_that_calls_itself_ends() -> None:
    service = '<decisionService id="se_S" name="S"><outputDecision href="#de_A"/></decisionService>'
    model = open_parts(write_decision("A", write_literal("S()"), needs=["se_S"]), service)

    assert "dmn-requirement-cycle" in {each.code for each in model.faults}
    with pytest.raises(DecisionError):
        model.evaluate("A", {})


def test_functions_that_call_each_other_for_ever_end() -> None:
    def function(name: str, other: str) -> str:
        required = f'<knowledgeRequirement><requiredKnowledge href="#kn_{other}"/></knowledgeRequirement>'
        logic = f'<encapsulatedLogic><formalParameter name="n"/>{write_literal(f"{other}(n + 1) + {other}(n + 2)")}</encapsulatedLogic>'
        return f'<businessKnowledgeModel id="kn_{name}" name="{name}">{logic}{required}</businessKnowledgeModel>'

    model = open_parts(function("f", "g"), function("g", "f"), write_decision("D", write_literal("f(0)"), needs=["kn_f"]))

    with pytest.raises(DecisionError):
        model.evaluate("D", {})


def test_more_files_than_the_limit_are_not_read() -> None:
    def importing(number: int) -> bytes:
        following = f'<import name="n" namespace="urn:n{number + 1}" importType="{DMN_13}"/>'
        return write_dmn(following, write_decision("D", write_literal("1")), uri=f"urn:n{number}")

    files = {f"{number}.dmn": importing(number) for number in range(1, 70)}

    model = open_dmn(importing(0), filename="0.dmn", find_import=find_among(files)).model

    assert len(model.imports) < 50
    assert "dmn-import-faults" in {each.code for each in model.faults}


def test_more_expressions_than_the_limit_are_not_compiled() -> None:
    items = "".join(f"<literalExpression><text>1+{n}</text></literalExpression>" for n in range(8_100))
    model = open_parts(write_decision("D", f"<list>{items}</list>"))

    assert "dmn-size" in {each.code for each in model.faults}
    with pytest.raises(DecisionError, match="more than 8000 expressions"):
        model.evaluate("D", {})


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..1000, j in 1..1000, k in 1..1000 return i",
        "2 ** 100000000000",
        'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a+)+$")',
        "string join(for i in 1..100000 return string(i ** 30))",
    ],
)
def test_an_expression_that_needs_too_much_ends(text: str) -> None:
    model = open_parts(write_decision("D", write_literal(text)))

    answer = json.loads(answer_decision(model, b'{"context": {}}'))

    if "error" in answer:
        assert "Limit exceeded" in answer["error"]["detail"]
    else:
        assert answer["outputs"] in (None, False)


def test_a_line_that_is_too_long_is_an_error_and_the_next_is_answered(tmp_path: Path) -> None:
    path = tmp_path / "one.dmn"
    path.write_bytes(write_dmn(write_decision("D", write_literal("1"))))
    long = '{"context": {"x": "' + "x" * (2 * LINE_BYTES_MAX) + '"}}'

    result = CliRunner().invoke(command, [str(path)], input=f'{long}\n{{"context": {{}}}}\n')

    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert first["error"]["code"] == "invalid_input"
    assert second["outputs"] == 1


def test_a_large_table_is_evaluated_by_its_index() -> None:
    table = write_table(["x"], [([f"[{n}..{n + 1})"], [str(n)]) for n in range(5_000)])
    model = open_parts(write_input("x", "number"), write_decision("D", table, needs=["in_x"]))

    assert model.evaluate("D", {"x": 4_321}).outputs == 4_321


WORDS = (
    "",
    "x",
    "number",
    "list<number>",
    "1",
    "-",
    "> 5",
    "[1..",
    "not(1)",
    '"a"',
    "FIRST",
    "COLLECT",
    "SUM",
    "#de_A",
    "f(",
    "true",
    "a b",
    "{a: 1}",
)
ATTRIBUTES = ("typeRef", "isCollection", "name", "id", "href", "hitPolicy", "aggregation", "kind", "expressionLanguage")
MUTATIONS = 5_000 if os.environ.get("COUNTERSIGN_THOROUGH") else 60


def mutate(content: bytes, choose: random.Random) -> bytes:
    """Return the file with a few elements removed, doubled, renamed, or with other texts and attributes."""
    root = etree.fromstring(content)
    for _ in range(choose.randint(1, 4)):
        elements = list(root.iter())
        element, other = choose.choice(elements), choose.choice(elements)
        kind = choose.randrange(5)
        if kind == 0 and element is not root:
            element.getparent().remove(element)
        elif kind == 1:
            other.append(copy.deepcopy(element))
        elif kind == 2:
            element.set(choose.choice(ATTRIBUTES), choose.choice(WORDS))
        elif kind == 3:
            element.text = choose.choice(WORDS)
        else:
            element.tag = other.tag
    return bytes(etree.tostring(root))


@pytest.mark.parametrize("seed", range(3))
def test_files_that_are_broken_at_random_end_in_faults_and_answers(seed: int) -> None:
    choose = random.Random(seed)
    sources = [path.read_bytes() for path in sorted(RULES.glob("*.dmn"))]
    for _ in range(MUTATIONS):
        content = mutate(choose.choice(sources), choose)
        faults = check_dmn(content, filename="test.dmn")
        try:
            model = open_dmn(content, filename="test.dmn").model
        except DefinitionInvalid:
            assert faults
            continue
        for decision in model.decisions:
            question = json.dumps({"decision": decision.name or decision.id, "context": {"document": {"kind": "invoice"}}})
            assert {"outputs", "error"} & set(json.loads(answer_decision(model, question.encode())))
