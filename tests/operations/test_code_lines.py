"""Coding: who codes, what a split must add up to, and that a coder never signs."""

import threading
from decimal import Decimal

import pytest

from app.domain.errors import CodingClosed, CountersignError, DatabaseBusy, InvalidRequest, NotPermitted, StaleRevision
from app.operations.documents.code_lines import code_lines
from app.operations.instances.start_instance import start_instance
from app.operations.tasks.approve_task import approve_task
from tests.operations.diagrams import chain, deploy, resolve, user_task
from tests.operations.test_incidents import set_active


def test_an_invoice_without_cost_center_goes_to_the_role_coding_first(office):
    """COD-01."""
    document = office.send("invoice_without_cost_center")
    instance = office.start(document)
    assert [each["element"] for each in instance["active"]] == ["CodeInvoice"]

    line = office.document(document)["lines"][0]["id"]
    code_lines(office.system, office.caller("eva"), document, lines=[{"id": line, "cost_center": "SALES"}])
    answer = approve_task(office.system, office.caller("eva"), office.task("eva"))

    assert [each["element"] for each in answer.body["process_instance"]["active"]] == ["ApproveFirstLine"]


def test_the_coding_task_comes_back_while_a_line_is_uncoded(office):
    """COD-01."""
    office.begin("invoice_without_cost_center")

    answer = approve_task(office.system, office.caller("eva"), office.task("eva"))

    assert [each["element"] for each in answer.body["process_instance"]["active"]] == ["CodeInvoice"]
    assert len(office.inbox("eva")) == 1


def test_a_split_must_add_up_exactly(office):
    """COD-02."""
    document = office.send("invoice_without_cost_center")
    office.start(document)
    line = office.document(document)["lines"][0]
    amount = line["amount"]["amount"]
    part = "600.00"
    rest = f"{float(amount) - 600:.2f}"
    eva = office.caller("eva")

    with pytest.raises(InvalidRequest, match="coding"):
        entries = [{"id": line["id"], "amount": part, "cost_center": "SALES"}, {"id": line["id"], "amount": f"{float(rest) + 1:.2f}"}]
        code_lines(office.system, eva, document, lines=entries)
    entries = [{"id": line["id"], "amount": part, "cost_center": "SALES"}, {"id": line["id"], "amount": rest, "cost_center": "CON"}]
    coded = code_lines(office.system, eva, document, lines=entries).body["lines"]

    assert [each["cost_center"] for each in coded[:2]] == ["SALES", "CON"]
    assert coded[0]["id"] != coded[1]["id"]


def test_unknown_cost_centers_and_lines_are_refused_all_at_once(office):
    """COD-02, MXO-05."""
    document = office.send("invoice_without_cost_center")
    office.start(document)

    with pytest.raises(InvalidRequest) as refusal:
        code_lines(office.system, office.caller("eva"), document, lines=[{"id": "none", "cost_center": "NOWHERE"}])

    assert set(refusal.value.facts["errors"]) == {"lines.0.id", "lines.0.cost_center"}


def test_only_the_role_coding_codes(office):
    with pytest.raises(NotPermitted):
        code_lines(office.system, office.caller("marc"), office.send("invoice_without_cost_center"), lines=[])


def test_a_stale_revision_is_refused(office):
    document = office.send("invoice_without_cost_center")
    office.start(document)

    with pytest.raises(StaleRevision):
        code_lines(office.system, office.caller("eva"), document, lines=[], revision=99)


def test_coding_is_closed_once_the_document_is_approved(office):
    document = office.send("invoice_without_cost_center")
    office.start(document)
    line = office.document(document)["lines"][0]["id"]
    eva = office.caller("eva")
    code_lines(office.system, eva, document, lines=[{"id": line, "cost_center": "SALES"}])
    approve_task(office.system, eva, office.task("eva"))
    while office.inbox("marc") or office.inbox("claire"):
        name = "marc" if office.inbox("marc") else "claire"
        approve_task(office.system, office.caller(name), office.task(name))

    with pytest.raises(CodingClosed):
        code_lines(office.system, eva, document, lines=[{"id": line, "cost_center": "CON"}])


def test_the_coder_plays_no_approval_role(office):
    """COD-03, MXR-05."""
    document = office.send("invoice_without_cost_center")
    instance = office.start(document)
    line = office.document(document)["lines"][0]["id"]
    eva = office.caller("eva")
    code_lines(office.system, eva, document, lines=[{"id": line, "cost_center": "SALES"}])
    approve_task(office.system, eva, office.task("eva"))

    route = office.instance(instance["id"])["route"]

    assert "eva" not in {person["username"] for step in route["steps"] for slot in step["slots"] for person in slot["pool"]}


def split(office, document, *amounts, line=0):
    """Split a line of the document into parts and return the ids of all its lines."""
    line_id = office.document(document)["lines"][line]["id"]
    entries = [{"id": line_id, "amount": amount} for amount in amounts]
    return [each["id"] for each in code_lines(office.system, office.caller("eva"), document, lines=entries).body["lines"]]


def test_the_parts_of_a_part_have_ids_of_their_own(office):
    """COD-02: a line that is split again shares no id with the parts that are there."""
    document = office.send("invoice_without_cost_center")
    office.start(document)
    whole = Decimal(office.document(document)["lines"][0]["amount"]["amount"])
    split(office, document, "600.00", str(whole - 600))

    ids = split(office, document, "100.00", "500.00")

    assert len(ids) == len(set(ids))
    assert sum(Decimal(line["amount"]["amount"]) for line in office.document(document)["lines"]) >= whole


@pytest.mark.parametrize("amount", ["NaN", "1e3", "-", None, 600.0, {"amount": "600.00", "currency": "USD"}, {}, "600.001"])
def test_a_part_that_is_no_amount_of_the_document_is_refused_at_its_line(office, amount):
    """COD-02, DOC-05."""
    document = office.send("invoice_without_cost_center")
    office.start(document)

    with pytest.raises(InvalidRequest) as refusal:
        split(office, document, "600.00", amount)

    assert "lines.1.amount" in refusal.value.facts["errors"]


def test_coding_is_closed_while_the_route_made_from_it_waits_for_people(office):
    """A step that nobody can be asked to do is an incident; recoding now would change lines that are signed already."""
    waiting = user_task("Ask", candidate_roles='["consultant"]')
    set_active(office, "max", active=False)
    deploy(office, chain("late", user_task("Code", candidate_roles='["coding"]'), resolve(), waiting))
    document = office.send("invoice_sales_12000")
    office.start(document, definition="late")
    approve_task(office.system, office.caller("eva"), office.task("eva"))

    with pytest.raises(CodingClosed):
        split(office, document, "2000.00", "10000.00")


def test_coding_and_a_start_at_once_never_leave_an_approval_on_other_lines(office):
    """COD-05: the start waits for the coding, or the coding is refused."""
    deploy(office, chain("coding", user_task("Code", candidate_roles='["coding"]')))
    document = office.send("invoice_sales_12000")
    office.start(document, definition="coding")
    line, eva, erp = office.document(document)["lines"][0]["id"], office.caller("eva"), office.caller("erp")
    barrier, results = threading.Barrier(2), {}

    def run(name, work):
        barrier.wait(30)
        try:
            results[name] = work()
        except CountersignError as error:
            results[name] = error

    verbs = {
        "code": lambda: code_lines(office.system, eva, document, lines=[{"id": line, "cost_center": "CON"}]),
        "start": lambda: start_instance(office.system, erp, definition="purchase_invoice", document_id=document),
    }
    threads = [threading.Thread(target=run, args=each) for each in verbs.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert results["start"].status == 201
    is_coded = not isinstance(results["code"], CountersignError)
    assert is_coded or isinstance(results["code"], CodingClosed | DatabaseBusy)
    assert [bool(office.inbox(name)) for name in ("marc", "carl")] == [not is_coded, is_coded]
