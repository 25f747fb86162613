"""What a rejection leads to: the end, the step before, or the one who submitted the document."""

from pathlib import Path

import pytest

from app.domain.errors import InvalidRequest, NotARolePlayer
from app.operations.documents.code_lines import code_lines
from app.operations.instances.restart_instance import restart_instance
from app.operations.instances.start_instance import start_instance
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.ask_question import ask_question
from app.operations.tasks.hold_task import hold_task
from app.operations.tasks.read_task import read_task
from app.operations.tasks.reject_task import reject_task
from tests.operations.diagrams import chain, deploy, resolve, user_task

INVOICE = Path(__file__).parents[2] / "processes" / "purchase_invoice" / "purchase_invoice.bpmn"


def begin(office, *, on_reject, reason_required=True, name="invoice_sales_12000"):
    """Start the purchase invoice with another setting for rejections; return its document and instance."""
    text = INVOICE.read_text()
    text = text.replace('name="on_reject" value="final_rejected"', f'name="on_reject" value="{on_reject}"')
    text = text.replace(
        'name="reject_reason_required" value="true"', f'name="reject_reason_required" value="{"true" if reason_required else "false"}"'
    )
    deploy(office, text.encode())
    document = office.send(name)
    return document, office.start(document)["id"]


def approve(office, who):
    """Approve somebody's only task."""
    return approve_task(office.system, office.caller(who), office.task(who)).body


def reject(office, who, reason="Too expensive"):
    """Reject somebody's only task."""
    return reject_task(office.system, office.caller(who), office.task(who), reason=reason).body


def holders(office, *names):
    """Return who of these has an open task."""
    return {name for name in names if office.inbox(name)}


@pytest.mark.parametrize(
    ("on_reject", "verbs", "outcome", "waiting"),
    [
        ("final_rejected", [approve, approve], "Approved for payment", set()),
        ("final_rejected", [reject], "Rejected", set()),
        ("final_rejected", [approve, reject], "Rejected", set()),
        ("return_to_previous", [approve, approve], "Approved for payment", set()),
        ("return_to_previous", [reject], "Rejected", set()),  # nothing comes before the first step
        ("return_to_previous", [approve, reject], None, {"marc"}),
        ("return_to_previous", [approve, reject, approve, approve], "Approved for payment", set()),
        ("return_to_previous", [approve, reject, reject], "Rejected", set()),
        ("return_to_initiator", [approve, approve], "Approved for payment", set()),
        ("return_to_initiator", [reject], None, {"eva"}),
        ("return_to_initiator", [approve, reject], None, {"eva"}),
        ("return_to_initiator", [reject, approve], None, {"marc"}),
        ("return_to_initiator", [approve, reject, approve, approve, approve], "Approved for payment", set()),
        ("return_to_initiator", [approve, reject, reject], "Rejected", set()),
    ],
)
def test_every_outcome_leads_where_the_setting_says(office, on_reject, verbs, outcome, waiting):
    """HND-02, HND-08, TSK-13, TSK-14: the table of states; both settings on the same process."""
    document, instance = begin(office, on_reject=on_reject)

    for verb in verbs:
        (who,) = holders(office, "marc", "claire", "eva")
        verb(office, who)

    state = office.instance(instance)
    assert state["outcome"] == outcome
    assert state["status"] == ("active" if outcome is None else "completed")
    assert outcome is None or office.document(document)["status"] == outcome
    assert holders(office, "marc", "claire", "donald", "eva") == waiting


def test_who_is_asked_again_reads_who_sent_it_back_and_why(office):
    """HND-02: the signatures before it are superseded, and everything stays in the history."""
    document, instance = begin(office, on_reject="return_to_previous")
    approve(office, "marc")

    after = reject(office, "claire", "The discount is missing")

    (again,) = office.inbox("marc")
    assert again["why"].startswith("Claire rejected second line: The discount is missing.")
    assert (after["task"]["status"], after["task"]["outcome"]) == ("cancelled", "returned")
    told = [item["text"] for item in office.timeline(document)]
    assert any("second line was rejected and goes back to Approve first line" in text for text in told)
    assert any(text.startswith("Marc Anthony approved first line") for text in told)
    route = {pip["step"]: pip["state"] for pip in again["route"]}
    assert route == {"first_line": "now", "second_line": "ahead"}
    assert office.instance(instance)["status"] == "active"


def test_a_route_shows_no_step_as_signed_that_is_signed_again(office):
    """HND-02, HND-08: while eva corrects the document, the first line that marc signed is ahead again, in list and task alike."""
    begin(office, on_reject="return_to_initiator")
    approve(office, "marc")
    reject(office, "claire")

    (item,) = office.inbox("eva")
    task = read_task(office.system, office.caller("eva"), item["id"]).body

    for shown in (item["route"], task["route"]):
        assert {pip["step"]: pip["state"] for pip in shown} == {"first_line": "ahead", "second_line": "ahead"}


def test_a_superseded_signature_does_not_approve(office):
    """HND-02: after the way back both steps are signed anew, else the document is not approved."""
    _, instance = begin(office, on_reject="return_to_previous")
    approve(office, "marc")
    reject(office, "claire")
    approve(office, "marc")

    approve(office, "donald")

    done = office.instance(instance)
    assert done["outcome"] == "Approved for payment"
    signed = {slot["decided_by"]["username"] for step in done["route"]["steps"] for slot in step["slots"]}
    assert signed == {"marc", "donald"}


def test_while_it_is_corrected_nobody_else_can_act(office):
    """HND-02: back with its initiator; a technical account cannot correct, so who may code does."""
    _, instance = begin(office, on_reject="return_to_initiator")
    first = office.task("marc")
    reject(office, "marc", "Wrong project")

    (task,) = office.inbox("eva")

    assert task["kind"] == "returned"
    assert "Wrong project" in task["why"]
    with pytest.raises(NotARolePlayer):
        approve_task(office.system, office.caller("marc"), task["id"])
    assert office.inbox("marc") == []
    approve(office, "eva")
    assert office.task("marc") != first
    assert office.instance(instance)["status"] == "active"


def test_coding_it_anew_does_not_send_it_again(office):
    """HND-02, COD-05: the role players are determined again, and are asked when whoever corrects it says so."""
    document, instance = begin(office, on_reject="return_to_initiator")
    reject(office, "marc", "Wrong cost center")
    (line, *_) = office.document(document)["lines"]

    code_lines(office.system, office.caller("eva"), document, lines=[{"id": line["id"], "cost_center": "SUP"}])
    office.tick()

    assert holders(office, "marc", "ann", "eva") == {"eva"}
    approve(office, "eva")
    assert "marc" not in holders(office, "marc", "ann", "claire", "donald")
    assert office.instance(instance)["route"]["steps"][0]["slots"][0]["role_player"]["username"] != "marc"


def test_the_human_who_submitted_it_corrects_it(office):
    """HND-02."""
    text = INVOICE.read_text().replace('name="on_reject" value="final_rejected"', 'name="on_reject" value="return_to_initiator"')
    deploy(office, text.encode())
    document = office.send("invoice_sales_12000", as_user="frank")
    start_instance(office.system, office.caller("adm"), definition="purchase_invoice", document_id=document)

    reject(office, "marc")

    assert holders(office, "frank", "eva", "erp") == {"frank"}


def test_an_instance_that_is_cancelled_takes_the_correction_with_it(office):
    """HND-02."""
    _, instance = begin(office, on_reject="return_to_initiator")
    reject(office, "marc")

    restart_instance(office.system, office.caller("adm"), instance, reason="From the beginning")

    assert holders(office, "eva", "marc") == {"marc"}


def test_a_plain_task_goes_back_to_the_task_before(office):
    """HND-02: eConnect's workflows without a matrix."""
    first = user_task("Check", assignees='["marc"]')
    deploy(office, chain("plain", first, user_task("Sign", assignees='["ann"]', on_reject="return_to_previous")))
    office.start(office.send("invoice_sales_12000"), definition="plain")
    approve(office, "marc")

    reject(office, "ann")

    assert holders(office, "marc", "ann") == {"marc"}


def test_a_plain_task_that_was_sent_back_sends_nothing_forward(office):
    """HND-02: carl sends it back to ann, ann to marc; ann's first approval does not come before marc's task."""
    people = {"Check": "marc", "Sign": "ann", "Pay": "carl"}
    steps = [user_task(name, assignees=f'["{who}"]', on_reject="return_to_previous") for name, who in people.items()]
    deploy(office, chain("plain", *steps))
    document = office.send("invoice_sales_12000")
    office.start(document, definition="plain")
    approve(office, "marc")
    approve(office, "ann")
    reject(office, "carl")
    reject(office, "ann")
    assert holders(office, *people.values()) == {"marc"}

    reject(office, "marc")

    back = [each["facts"]["to"] for each in office.timeline(document) if each["kind"] == "task_returned"]
    (final,) = [each["text"] for each in office.timeline(document) if each["kind"] == "return_impossible"]
    assert back == ["Sign", "Check"]
    assert "nothing comes before it" in final


def test_a_step_of_several_is_asked_again_as_often_as_it_comes_back(office):
    """HND-02, ESC-07: with a hold and a question open, which end with the task."""
    first = user_task("Check", assignees='["marc", "carl"]', mode="all")
    second = user_task("Sign", assignees='["ann"]', on_reject="return_to_previous", escalate_after="P1D", escalate_to="donald")
    deploy(office, chain("plain", first, second))
    instance = office.start(office.send("invoice_sales_12000"), definition="plain")["id"]

    for _ in range(2):
        approve(office, "marc")
        approve(office, "carl")
        ask_question(office.system, office.caller("ann"), office.task("ann"), whom="frank", question="Did we get it?")
        hold_task(office.system, office.caller("ann"), office.task("ann"))
        reject(office, "ann")
        assert holders(office, "marc", "carl", "ann", "frank") == {"marc", "carl"}
    for who in ("marc", "carl", "ann"):
        approve(office, who)

    assert office.instance(instance)["status"] == "completed"


def test_the_default_is_final_without_the_matrix_and_back_with_it(office):
    """HND-02."""
    steps = [user_task("First", approval_step="first_line"), user_task("Second", approval_step="second_line")]
    deploy(office, chain("matrix", resolve(), *steps))
    office.start(office.send("invoice_sales_12000"), definition="matrix")
    approve(office, "marc")
    reject(office, "claire")
    assert holders(office, "marc", "claire") == {"marc"}

    deploy(office, chain("plain", user_task("One", assignees='["ann"]'), user_task("Two", assignees='["carl"]')))
    instance = office.start(office.send("invoice_energy_480"), definition="plain")
    approve(office, "ann")
    reject(office, "carl")
    assert office.instance(instance["id"])["status"] == "completed"


def test_a_reason_is_needed_where_the_setting_says_so(office):
    """HND-03."""
    begin(office, on_reject="final_rejected", reason_required=True)
    with pytest.raises(InvalidRequest):
        reject(office, "marc", "  ")
    assert office.inbox("marc")


def test_without_the_setting_no_reason_is_needed(office):
    """HND-03."""
    begin(office, on_reject="final_rejected", reason_required=False)

    assert reject(office, "marc", None)["task"]["outcome"] == "rejected"
