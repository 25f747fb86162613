"""Deploying: checked, versioned by content, all or nothing."""

from pathlib import Path

import pytest

from app.domain.errors import DefinitionInvalid, InvalidRequest, NotFound, NotPermitted
from app.operations.definitions.check_definition import check_definition
from app.operations.definitions.deploy_definition import deploy_definition
from app.operations.definitions.evaluate_decision import evaluate_decision
from app.operations.definitions.list_definitions import list_definitions
from app.operations.definitions.read_bpmn import read_bpmn
from app.operations.tasks.approve_task import approve_task
from tests.operations.diagrams import chain, deploy, user_task

ROOT = Path(__file__).parents[2]
INVOICE = (ROOT / "processes" / "purchase_invoice" / "purchase_invoice.bpmn").read_bytes()


def test_the_same_content_makes_no_new_version(office):
    answer = deploy_definition(office.system, office.caller("adm"), {"purchase_invoice.bpmn": INVOICE})

    assert (answer.status, answer.body["version"]) == (200, 1)


def test_new_content_is_a_new_version_and_running_instances_keep_theirs(office):
    running = office.begin("invoice_sales_12000")
    changed = INVOICE.replace(b'name="Approve first line"', b'name="Sign first line"')

    answer = deploy_definition(office.system, office.caller("adm"), {"purchase_invoice.bpmn": changed})

    assert (answer.status, answer.body["version"]) == (201, 2)
    assert office.instance(running["id"])["definition"]["version"] == 1
    assert read_bpmn(office.system, office.caller("marc"), "purchase_invoice", 1)[0] == INVOICE
    newest = {item["key"]: item["version"] for item in list_definitions(office.system, office.caller("marc")).body["items"]}
    assert newest["purchase_invoice"] == 2


def test_one_fault_keeps_the_whole_bundle_out(office):
    good = INVOICE.replace(b'name="Approve first line"', b'name="Sign first line"')
    bad = INVOICE.replace(b"invoice_triage", b"no_such_decision")

    with pytest.raises(DefinitionInvalid) as refusal:
        deploy_definition(office.system, office.caller("adm"), {"good.bpmn": good, "bad.bpmn": bad})

    assert {each["file"] for each in refusal.value.facts["diagnostics"]} == {"bad.bpmn"}
    assert {item["version"] for item in list_definitions(office.system, office.caller("adm")).body["items"]} == {1}


def test_only_analysts_deploy(office):
    with pytest.raises(NotPermitted):
        deploy_definition(office.system, office.caller("marc"), {"purchase_invoice.bpmn": INVOICE})
    with pytest.raises(NotPermitted):
        check_definition(office.system, office.caller("marc"), {"purchase_invoice.bpmn": INVOICE})


@pytest.mark.parametrize("files", [{}, {"notes.txt": b"hello"}])
def test_what_is_no_model_is_refused(office, files):
    with pytest.raises(InvalidRequest):
        deploy_definition(office.system, office.caller("adm"), files)


@pytest.mark.parametrize("content", [b"", b"not xml", b"<a/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_broken_files_get_diagnostics_never_a_traceback(office, content):
    body = check_definition(office.system, office.caller("adm"), {"x.bpmn": content, "y.dmn": content}).body

    assert not body["deployable"]
    assert {each["file"] for each in body["diagnostics"]} == {"x.bpmn", "y.dmn"}


def test_a_decision_can_be_tried(office):
    answer = evaluate_decision(office.system, office.caller("adm"), "expense_triage", context={"document": {}})

    assert answer.body["version"] == 1
    with pytest.raises(NotFound):
        evaluate_decision(office.system, office.caller("adm"), "nothing", context={})


@pytest.mark.parametrize(
    "content",
    [
        chain("long", user_task("A" * 129, assignees='["marc"]')),
        chain("long", user_task("Ask", assignees='["marc"]'), end="E" * 201),
        chain("k" * 129, user_task("Ask", assignees='["marc"]')),
    ],
)
def test_an_id_or_name_that_the_history_cannot_keep_is_a_fault(office, content):
    body = check_definition(office.system, office.caller("adm"), {"long.bpmn": content}).body

    assert "name_too_long" in {each["code"] for each in body["diagnostics"]}
    assert not body["deployable"]


def test_the_longest_name_that_is_accepted_can_be_run(office):
    """Every column of the history takes it, on any database."""
    task = user_task("A" * 128, assignees='["consultant"]').replace(f'name="{"A" * 128}"', f'name="{"N" * 200}"')
    deploy_definition(office.system, office.caller("adm"), {"f" * 195 + ".bpmn": chain("k" * 128, task, end="E" * 200)})
    instance = office.start(office.send("invoice_sales_12000"), definition="k" * 128, business_key="b" * 200)
    assert instance["status"] == "incident"
    deploy(office, chain("end", user_task("Ask", assignees='["marc"]'), end="E" * 200))
    document = office.send("invoice_two_branches")
    office.start(document, definition="end")

    approve_task(office.system, office.caller("marc"), office.task("marc"))

    assert office.document(document)["status"] == "E" * 200


def test_a_file_name_is_bounded(office):
    with pytest.raises(InvalidRequest):
        check_definition(office.system, office.caller("adm"), {"f" * 200 + ".bpmn": INVOICE})


def test_a_start_that_nothing_would_trigger_is_refused(office):
    """A condition has no variables before there is an instance: nothing may be deployed that silently never starts."""
    begin = '<bpmn:startEvent id="Begin" name="Begin" />'
    condition = '<bpmn:conditionalEventDefinition id="When"><bpmn:condition xsi:type="bpmn:tFormalExpression">true</bpmn:condition>'
    conditional = f'<bpmn:startEvent id="Begin" name="Begin">{condition}</bpmn:conditionalEventDefinition></bpmn:startEvent>'
    content = chain("when", user_task("Ask", assignees='["marc"]')).decode().replace(begin, conditional)
    first_flow = 'id="Flow0" sourceRef="Begin"'
    assert first_flow in content

    with pytest.raises(DefinitionInvalid) as refusal:
        deploy(office, content.encode())

    assert [(each["code"], each["element"], each["class"]) for each in refusal.value.facts["diagnostics"]] == [
        ("conditional_start", "Begin", "unsupported")
    ]
