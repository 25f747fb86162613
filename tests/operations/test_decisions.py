"""Deployed decisions: bound to a version, kept with what they import, told in the timeline, tried by analysts."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.errors import DecisionError, DefinitionInvalid, NotFound
from app.operations.definitions.deploy_definition import deploy_definition
from app.operations.definitions.evaluate_decision import evaluate_decision
from tests.formats.dmn_builder import DMN_13, write_decision, write_dmn, write_input, write_literal, write_table
from tests.operations.diagrams import chain, user_task

IMPORT = f'<import name="lib" namespace="urn:lib" importType="{DMN_13}"/>'


def write_limit(limit: int) -> bytes:
    table = write_table(["amount"], [([f"<= {limit}"], ['"small"']), ([f"> {limit}"], ['"large"'])], input_kind="number")
    return write_dmn(write_input("amount", "number"), write_decision("Size", table, needs=["in_amount"], kind="string"), key="size")


def write_library(factor: int) -> bytes:
    body = f'<formalParameter name="x" typeRef="number"/>{write_literal(f"x * {factor}")}'
    model = f'<businessKnowledgeModel id="kn" name="multiply"><encapsulatedLogic>{body}</encapsulatedLogic></businessKnowledgeModel>'
    return write_dmn(model, uri="urn:lib", key="library")


def write_user_of_library() -> bytes:
    requirement = '<knowledgeRequirement><requiredKnowledge href="urn:lib#kn"/></knowledgeRequirement>'
    decision = f'<decision id="D" name="D"><variable name="D"/>{requirement}{write_literal("lib.multiply(10)")}</decision>'
    return write_dmn(IMPORT, decision, key="importing")


def rule_task(binding: str) -> str:
    properties = (
        f'<spiffworkflow:property name="result_variable" value="size" /><spiffworkflow:property name="binding" value="{binding}" />'
    )
    called = "<spiffworkflow:calledDecisionId>size</spiffworkflow:calledDecisionId>"
    extension = (
        f"<bpmn:extensionElements>{called}<spiffworkflow:properties>{properties}</spiffworkflow:properties></bpmn:extensionElements>"
    )
    return f'<bpmn:businessRuleTask id="Judge" name="Judge the size">{extension}</bpmn:businessRuleTask>'


def amount() -> str:
    extension = (
        '<bpmn:extensionElements><spiffworkflow:properties><spiffworkflow:property name="result_variable" value="amount" />'
        "</spiffworkflow:properties></bpmn:extensionElements>"
    )
    return f'<bpmn:scriptTask id="Amount" name="Amount" scriptFormat="feel">{extension}<bpmn:script>75</bpmn:script></bpmn:scriptTask>'


def deploy(office: Any, tag: str | None = None, **files: bytes) -> Any:
    named = {f"{name}.{'bpmn' if b'/BPMN/' in content else 'dmn'}": content for name, content in files.items()}
    return deploy_definition(office.system, office.caller("adm"), named, tag=tag)


def ask(office: Any, key: str, **options: Any) -> Any:
    return evaluate_decision(office.system, office.caller("adm"), key, **options).body


@pytest.mark.parametrize(
    ("binding", "expected", "version"),
    [("latest", "large", 2), ("version:1", "small", 1), ("version:2", "large", 2), ("tag:march", "small", 1)],
)
def test_a_business_rule_task_takes_the_version_that_it_is_bound_to(office: Any, binding: str, expected: str, version: int) -> None:
    """AUT-15."""
    deploy(office, tag="march", size=write_limit(100))
    deploy(office, tag="april", size=write_limit(50))
    deploy(office, judge=chain("judge", amount(), rule_task(binding), user_task("Look", assignees="[&quot;marc&quot;]")))
    document = office.send("invoice_sales_12000")

    office.start(document, definition="judge")

    told = next(item for item in office.timeline(document) if item["kind"] == "decision_evaluated")
    facts = told["facts"]
    assert (facts["decision"], facts["version"], facts["outputs"]) == ("size", version, expected)
    assert (facts["inputs"], facts["warnings"]) == ({"amount": "75"}, [])
    assert facts["matched_rules"] == [
        {
            "decision": "Size",
            "row": 1 if expected == "small" else 2,
            "rule": facts["matched_rules"][0]["rule"],
            "annotation": None,
            "outputs": expected,
            "conditions": facts["matched_rules"][0]["conditions"],
        }
    ]
    assert {each["path"]: each["found"] for each in facts["matched_rules"][0]["conditions"]} == {"amount": "75"}


def test_a_version_keeps_what_it_imports(office: Any) -> None:
    first = deploy(office, importing=write_user_of_library(), library=write_library(2))
    again = deploy(office, importing=write_user_of_library(), library=write_library(2))
    deploy(office, library=write_library(3))
    kept = ask(office, "importing", context={})
    changed = deploy(office, importing=write_user_of_library(), library=write_library(3))

    assert [each["version"] for each in first.body["deployed"]] == [1, 1]
    assert again.status == 200
    assert (kept["outputs"], kept["version"]) == (Decimal(20), 1)
    assert {each["key"]: each["version"] for each in changed.body["deployed"]} == {"importing": 2, "library": 2}
    assert ask(office, "importing", context={})["outputs"] == Decimal(30)
    assert ask(office, "importing", context={}, version=1)["outputs"] == Decimal(20)


def test_an_import_that_is_not_deployed_with_it_is_refused(office: Any) -> None:
    with pytest.raises(DefinitionInvalid) as refusal:
        deploy(office, importing=write_user_of_library())

    diagnostics: Any = refusal.value.facts["diagnostics"]
    assert "dmn-import-missing" in {each["code"] for each in diagnostics}


def test_a_table_that_overlaps_is_refused(office: Any) -> None:
    table = write_table(["amount"], [(["< 10"], ["1"]), (["< 20"], ["2"])])
    content = write_dmn(write_input("amount", "number"), write_decision("Size", table, needs=["in_amount"]), key="size")

    with pytest.raises(DefinitionInvalid) as refusal:
        deploy(office, size=content)

    diagnostics: Any = refusal.value.facts["diagnostics"]
    assert [each["code"] for each in diagnostics if each["severity"] == "error"] == ["dmn-rows-overlap"]


def test_a_decision_is_tried_by_version_and_by_name(office: Any) -> None:
    deploy(office, size=write_limit(100))
    deploy(office, size=write_limit(50))

    newest = ask(office, "size", context={"amount": Decimal(75)}, decision="Size")
    assert (newest["outputs"], newest["version"], newest["inputs"]) == ("large", 2, {"amount": Decimal(75)})
    assert ask(office, "size", context={"amount": Decimal(75)}, version=1)["outputs"] == "small"
    with pytest.raises(NotFound):
        ask(office, "size", context={}, version=3)
    with pytest.raises(DecisionError):
        ask(office, "size", context={}, decision="Other")
    assert ask(office, "size", context={"amount": "much"})["warnings"] == ["Input amount is no number, but a string."]
