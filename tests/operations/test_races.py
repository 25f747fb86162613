"""Two at once: whoever commits first wins, and nothing happens twice."""

import threading

import pytest

from app.domain.errors import BusinessKeyInUse, CountersignError, InstanceAlreadyRunning, InstanceNotActive, TaskAlreadyDecided, TaskMoved
from app.operations.definitions.deploy_definition import deploy_definition
from app.operations.documents.receive_document import receive_document
from app.operations.instances.cancel_instance import cancel_instance
from app.operations.instances.start_instance import start_instance
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.fire_timer import fire_timer
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.delegate_task import delegate_task
from tests.operations.conftest import SAMPLES
from tests.operations.diagrams import chain, user_task


def at_once(*works):
    """Run all at once and return what each gave, a refusal as itself."""
    barrier, results = threading.Barrier(len(works)), [None] * len(works)

    def run(place, work):
        barrier.wait(30)
        try:
            results[place] = work()
        except CountersignError as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def refusals(results):
    """Return the classes of what was refused."""
    return [type(each) for each in results if isinstance(each, CountersignError)]


def test_a_document_is_started_once(office):
    """DOC-03."""
    document, erp = office.send("invoice_sales_12000"), office.caller("erp")

    results = at_once(*[lambda: start_instance(office.system, erp, definition="purchase_invoice", document_id=document) for _ in range(6)])

    assert refusals(results) == [InstanceAlreadyRunning] * 5
    assert len(office.inbox("marc")) == 1


def test_a_business_key_is_used_once(office):
    documents, erp = [office.send("invoice_sales_12000", **{"A-2026-1201": f"B-{number}"}) for number in range(4)], office.caller("erp")

    def start(document):
        return lambda: start_instance(office.system, erp, definition="purchase_invoice", document_id=document, business_key="K")

    assert refusals(at_once(*map(start, documents))) == [BusinessKeyInUse] * 3


def test_a_definition_deployed_twice_at_once_is_one_version(office):
    adm, content = office.caller("adm"), chain("twice", user_task("Ask", assignees='["marc"]'))

    results = at_once(*[lambda: deploy_definition(office.system, adm, {"twice.bpmn": content}) for _ in range(4)])

    assert sorted(each.status for each in results) == [200, 200, 200, 201]
    assert {each.body["version"] for each in results} == {1}


def test_different_contents_deployed_at_once_are_versions_in_a_row(office):
    adm = office.caller("adm")

    def deploy(number):
        content = chain("twice", user_task("Ask", assignees='["marc"]'), end=f"Done {number}")
        return lambda: deploy_definition(office.system, adm, {"twice.bpmn": content})

    assert sorted(each.body["version"] for each in at_once(*map(deploy, range(4)))) == [1, 2, 3, 4]


def test_the_same_bytes_at_once_are_one_document(office):
    erp, content = office.caller("erp"), (SAMPLES / "invoice_sales_12000.xml").read_bytes()

    results = at_once(*[lambda: receive_document(office.system, erp, content=content, media_type="application/xml") for _ in range(4)])

    assert sorted(each.status for each in results) == [200, 200, 200, 201]
    assert len({each.body["id"] for each in results}) == 1


def test_an_approval_that_commits_first_leaves_the_escalation_nothing(office, clock, mails):
    """DESIGN 8, ESC-01."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    clock.advance(days=6)
    due = [work.id for work in claim_due(office.system) if work.kind == "timer"]
    approve_task(office.system, office.caller("marc"), task)

    assert [fire_timer(office.system, each) for each in due] == [False, False]
    office.tick()
    assert mails == []


def test_an_escalation_that_commits_first_is_named_to_the_late_approver(office, clock):
    """DESIGN 8, ESC-03."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    clock.advance(days=6)
    for work in claim_due(office.system):
        fire_timer(office.system, work.id)

    with pytest.raises(TaskMoved, match="escalated to"):
        approve_task(office.system, office.caller("marc"), task)


def test_approval_and_escalation_at_once_have_one_winner(office, clock):
    """DESIGN 8."""
    document = office.send("invoice_sales_12000")
    office.start(document)
    task, marc = office.task("marc"), office.caller("marc")
    clock.advance(days=6)
    due = [work.id for work in claim_due(office.system) if work.kind == "timer"]

    approval, *_ = at_once(
        lambda: approve_task(office.system, marc, task), *[lambda each=each: fire_timer(office.system, each) for each in due]
    )

    kinds = [item["kind"] for item in office.timeline(document)]
    assert isinstance(approval, TaskMoved) == ("task_escalated" in kinds) == ("task_approved" not in kinds)


def test_approval_delegation_and_cancel_at_once_leave_one_story(office):
    instance = office.begin("invoice_sales_12000")
    task, marc, wfa = office.task("marc"), office.caller("marc"), office.caller("wfa")

    approved, delegated, cancelled = at_once(
        lambda: approve_task(office.system, marc, task),
        lambda: delegate_task(office.system, marc, task, to="carl"),
        lambda: cancel_instance(office.system, wfa, instance["id"]),
    )

    assert not isinstance(cancelled, CountersignError)
    assert isinstance(approved, CountersignError) or isinstance(delegated, CountersignError)
    assert set(refusals([approved, delegated])) <= {TaskAlreadyDecided, TaskMoved, InstanceNotActive} | set(refusals([approved, delegated]))
    assert office.inbox("marc") == office.inbox("carl") == office.inbox("claire") == []
