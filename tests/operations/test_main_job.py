"""The main job: a UBL invoice goes from receipt to its final status."""

from pathlib import Path

from app.operations.definitions.deploy_definition import deploy_definition
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.reject_task import reject_task


def test_an_invoice_goes_from_receipt_to_approved_for_payment(office):
    """TSK-13, TSK-14, MXS-06."""
    document = office.send("invoice_sales_12000")
    instance = office.start(document)

    first = approve_task(office.system, office.caller("marc"), office.task("marc"), comment="Agreed")
    second = approve_task(office.system, office.caller("claire"), office.task("claire"))

    assert first.body["process_instance"]["status"] == "active"
    assert first.body["process_instance"]["active"][0]["element"] == "ApproveSecondLine"
    assert second.body["process_instance"] | {"revision": 0} == {
        "id": instance["id"],
        "status": "completed",
        "outcome": "Approved for payment",
        "revision": 0,
        "active": [],
    }
    assert office.document(document)["status"] == "Approved for payment"


def test_the_timeline_tells_the_whole_story_with_reasons(office):
    """TSK-11, TSK-12."""
    document = office.send("invoice_sales_12000")
    office.start(document)
    approve_task(office.system, office.caller("marc"), office.task("marc"), comment="Agreed")
    approve_task(office.system, office.caller("claire"), office.task("claire"))

    story = office.timeline(document)

    assert [item["kind"] for item in story] == [
        "document_received",
        "instance_started",
        "decision_evaluated",
        "route_resolved",
        "task_opened",
        "task_approved",
        "task_opened",
        "task_approved",
        "instance_completed",
    ]
    approval = story[7]
    assert approval["actor"] == "claire"
    assert "higher than Marc Anthony's limit of 10,000.00" in approval["facts"]["why"][0]
    assert [item["at"] for item in story] == sorted(item["at"] for item in story)


def test_an_invoice_without_order_number_is_rejected_with_that_reason(office):
    """AUT-05, TSK-10, TSK-11, HND-10: the timeline names rule, field path, found value and expected value."""
    document = office.send("invoice_without_order_number")

    instance = office.start(document)

    assert (instance["status"], instance["outcome"]) == ("completed", "Rejected")
    decision = next(item for item in office.timeline(document) if item["kind"] == "decision_evaluated")
    assert "order number missing" in decision["text"]
    assert decision["actor"] == "system"
    rule = decision["facts"]["matched_rules"][0]
    assert rule["rule"] == "OrderNumberMissing"
    assert rule["conditions"] == [
        {"input": "order number", "path": "document.order_number", "found": None, "condition": "null", "expected": "not(null)"}
    ]
    assert decision["text"].endswith("Rule OrderNumberMissing: document.order_number is null, expected not(null).")


def test_a_finding_that_rejects_stands_on_the_timeline_with_both_values(office):
    """TSK-11, AUT-07."""
    document = office.send("invoice_wrong_tax")

    instance = office.start(document)

    assert instance["outcome"] == "Rejected"
    finding = next(item for item in office.timeline(document) if item["kind"] == "finding")
    facts = {name: finding["facts"][name] for name in ("code", "place", "found", "expected")}
    assert facts == {"code": "BR-CO-17", "place": "/Invoice/TaxTotal/TaxSubtotal/TaxAmount", "found": "20.00", "expected": "21.00"}


def test_an_invoice_under_the_cap_is_approved_without_a_task(office):
    """AUT-01, AUT-02."""
    document = office.send("invoice_energy_480")

    instance = office.start(document)

    assert (instance["status"], instance["outcome"]) == ("completed", "Approved for payment")
    assert not [item for item in office.timeline(document) if item["kind"] == "task_opened"]


def test_a_rejection_ends_the_process_with_its_reason(office):
    """HND-02, HND-03."""
    document = office.send("invoice_sales_12000")
    office.start(document)

    answer = reject_task(office.system, office.caller("marc"), office.task("marc"), reason="Not ordered by us")

    assert answer.body["process_instance"]["outcome"] == "Rejected"
    assert office.document(document)["status"] == "Rejected"
    rejection = next(item for item in office.timeline(document) if item["kind"] == "task_rejected")
    assert "Not ordered by us" in rejection["text"]


def test_two_branches_sign_beside_each_other_and_the_overall_step_follows(office):
    """MXS-08, MXS-13."""
    instance = office.begin("invoice_two_branches")

    steps = office.instance(instance["id"])["route"]["steps"]

    assert steps[0]["step"] == "first_line"
    assert len(steps[0]["slots"]) == 2
    assert office.inbox("claire") == []
    assert all(slot["why"] for step in steps for slot in step["slots"])


def test_the_charge_of_a_document_counts_for_authority(office):
    """DOC-04."""
    instance = office.begin("invoice_charge_80000")

    (slot,) = office.instance(instance["id"])["route"]["steps"][0]["slots"]

    assert "81,000.00" in slot["why"]


def test_a_diagram_that_leaves_out_a_needed_step_does_not_approve(office):
    """ADM-05: fail closed."""
    shipped = (Path(__file__).parents[2] / "processes" / "purchase_invoice" / "purchase_invoice.bpmn").read_text()
    without = shipped.replace("route.second_line.needed", "route.second_line.needed and false")
    assert without != shipped
    deploy_definition(office.system, office.caller("adm"), {"purchase_invoice.bpmn": without.encode()})
    document = office.send("invoice_sales_12000")
    office.start(document)

    answer = approve_task(office.system, office.caller("marc"), office.task("marc"))

    assert answer.body["process_instance"]["status"] == "incident"
    assert office.document(document)["status"] != "Approved for payment"
    assert "second line" in office.inbox("wfa")[0]["why"]
