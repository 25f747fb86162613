"""The audit trail can be recomputed from its rows: nothing of an entry is outside its hash."""

import hashlib

import pytest
import sqlalchemy as sa

from app.domain.audit import CHAIN_START, AuditEntry
from app.operations.documents.code_lines import code_lines
from app.operations.instances.cancel_instance import cancel_instance
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.comment_task import comment_task
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.reject_task import reject_task
from app.persistence.tables.documents import document
from app.persistence.tables.instances import process_instance
from app.persistence.tables.journal import audit_event, environment_chain
from tests.operations.diagrams import HEAD, deploy


def recomputed_heads(office):
    """Return the last hash of each chain as its rows give it, checking every one on the way."""
    heads = {}
    with office.system.database.read() as reading:
        rows = reading.rows(sa.select(audit_event).order_by(audit_event.c.chain, audit_event.c.seq))
    for row in rows:
        previous, seq = heads.get(row.chain, (CHAIN_START, 0))
        names = ("at", "kind", "text", "actor", "on_behalf_of", "element", "facts")
        entry = AuditEntry(**{name: getattr(row, name) for name in names})
        assert row.seq == seq + 1
        assert row.hash == hashlib.sha256(previous.encode() + entry.canonical()).hexdigest(), row.kind
        heads[row.chain] = (row.hash, row.seq)
    return heads


def test_every_chain_is_recomputed_from_its_rows(office):
    """DESIGN 13: document, instance and environment each own a chain whose head stands in their row."""
    office.begin("invoice_unlinked_cost_center")
    coded = office.send("invoice_without_cost_center")
    office.start(coded)
    line = office.document(coded)["lines"][0]["id"]
    code_lines(office.system, office.caller("eva"), coded, lines=[{"id": line, "cost_center": "SALES"}])
    approve_task(office.system, office.caller("eva"), office.task("eva"), comment="Gecodeerd: één regel – 100 %")
    task = office.task("marc")
    delegate_task(office.system, office.caller("marc"), task, to="ann", comment='"quotes" \\ and\nlines')
    comment_task(office.system, office.caller("marc"), task, text="😀")
    reject_task(office.system, office.caller("ann"), task, reason="No")
    cancelled = office.begin("invoice_two_branches")
    cancel_instance(office.system, office.caller("wfa"), cancelled["id"])

    heads = recomputed_heads(office)

    with office.system.database.read() as reading:
        owners = [row for table in (document, process_instance) for row in reading.rows(sa.select(table))]
        environments = reading.rows(sa.select(environment_chain))
    known = {row.id: (row.audit_hash, row.audit_seq) for row in owners} | {
        row.chain: (row.audit_hash, row.audit_seq) for row in environments
    }
    assert known == heads


@pytest.mark.parametrize("value", [2**70, -(2**64), 2**53])
def test_a_number_of_any_size_can_be_told(office, value):
    """A decision's inputs stand in the timeline, and JSON holds no such integer."""
    table = f"""<?xml version="1.0"?><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="big" name="big" namespace="urn:t">
      <inputData id="i" name="n" /><decision id="d" name="d"><informationRequirement id="r"><requiredInput href="#i"/></informationRequirement>
      <decisionTable id="t" hitPolicy="UNIQUE"><input id="c"><inputExpression id="e" typeRef="number"><text>n</text></inputExpression></input>
      <output id="o" name="d" typeRef="string" /><rule id="rule"><inputEntry id="x"><text>-</text></inputEntry>
      <outputEntry id="y"><text>"yes"</text></outputEntry></rule></decisionTable></decision></definitions><!-- {value} -->"""
    from app.operations.definitions.deploy_definition import deploy_definition

    deploy_definition(office.system, office.caller("adm"), {"big.dmn": table.encode()})
    rule = (
        '<bpmn:businessRuleTask id="Ask" name="Ask"><bpmn:extensionElements><spiffworkflow:calledDecisionId>big</spiffworkflow:calledDecisionId>'
        '<spiffworkflow:properties><spiffworkflow:property name="result_variable" value="answer" /></spiffworkflow:properties>'
        "</bpmn:extensionElements></bpmn:businessRuleTask>"
    )
    flows = '<bpmn:sequenceFlow id="F1" sourceRef="B" targetRef="Ask" /><bpmn:sequenceFlow id="F2" sourceRef="Ask" targetRef="E" />'
    body = f'<bpmn:startEvent id="B" />{rule}<bpmn:endEvent id="E" />{flows}</bpmn:process></bpmn:definitions>'
    deploy(office, (HEAD.format(key="ask_big") + body).encode())

    instance = office.start(office.send("invoice_sales_12000"), definition="ask_big", variables={"n": value})

    assert instance["status"] == "completed"
    recomputed_heads(office)
