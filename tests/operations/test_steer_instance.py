"""Suspend, resume and cancel: the verbs of an administrator over an instance."""

import pytest

from app.domain.errors import InstanceNotActive, NotFound, NotPermitted, StaleRevision, TaskNotOpen
from app.operations.instances.cancel_instance import cancel_instance
from app.operations.instances.resume_instance import resume_instance
from app.operations.instances.suspend_instance import suspend_instance
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.delegate_task import delegate_task
from app.persistence import instances

VERBS = [suspend_instance, cancel_instance]


def test_a_suspended_instance_stands_still_and_goes_on_when_it_is_resumed(office, clock, mails):
    instance = office.begin("invoice_sales_12000")
    task, marc, wfa = office.task("marc"), office.caller("marc"), office.caller("wfa")
    suspend_instance(office.system, wfa, instance["id"], reason="Audit")
    clock.advance(days=3, minutes=1)
    office.tick()
    assert mails == []

    with pytest.raises(InstanceNotActive):
        claim_task(office.system, marc, task)
    with pytest.raises(InstanceNotActive):
        delegate_task(office.system, marc, task, to="carl")
    assert resume_instance(office.system, wfa, instance["id"]).body["status"] == "active"
    clock.advance(minutes=6)
    office.tick()

    assert len(mails) == 1
    assert approve_task(office.system, marc, task).body["task"]["outcome"] == "approved"


def test_cancelling_ends_tasks_timers_and_incidents_and_frees_the_document(office):
    """ADM-06."""
    document = office.send("invoice_unlinked_cost_center")
    instance = office.start(document)

    answer = cancel_instance(office.system, office.caller("wfa"), instance["id"], reason="Sent twice")

    assert (answer.body["before"]["status"], answer.body["after"]["status"]) == ("incident", "cancelled")
    assert office.inbox("wfa") == office.inbox("adm") == []
    assert office.instance(instance["id"])["incidents"] == []
    assert office.document(document)["status"] == "Received"
    assert office.start(document)["status"] == "incident"


def test_nothing_is_signed_or_fired_after_a_cancel(office, clock, mails):
    instance = office.begin("invoice_sales_12000")
    task = office.task("marc")
    cancel_instance(office.system, office.caller("wfa"), instance["id"])

    with pytest.raises(TaskNotOpen):
        approve_task(office.system, office.caller("marc"), task)
    clock.advance(days=30)
    office.tick()

    assert mails == []
    with office.system.database.read() as reading:
        assert instances.waiting_timers(reading, instance["id"]) == []


def test_who_signed_before_a_cancel_plays_the_same_step_after_it(office):
    """MXR-01: the transaction is the document's."""
    document = office.send("invoice_sales_12000")
    first = office.start(document)
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    cancel_instance(office.system, office.caller("wfa"), first["id"])

    office.start(document)

    approve_task(office.system, office.caller("marc"), office.task("marc"))
    assert [item["step"] for item in office.inbox("claire")] == ["second_line"]


@pytest.mark.parametrize("verb", [*VERBS, resume_instance])
def test_approvers_and_strangers_do_not_steer(office, verb):
    instance = office.begin("invoice_sales_12000")

    with pytest.raises(NotPermitted):
        verb(office.system, office.caller("marc"), instance["id"])
    with pytest.raises(NotFound):
        verb(office.system, office.caller("wfa"), "no-such-id")


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_that_does_not_apply_or_comes_too_late_is_refused(office, verb):
    instance = office.begin("invoice_energy_480")
    with pytest.raises(InstanceNotActive):
        verb(office.system, office.caller("wfa"), instance["id"])

    running = office.begin("invoice_sales_12000")
    with pytest.raises(InstanceNotActive):
        resume_instance(office.system, office.caller("wfa"), running["id"])
    with pytest.raises(StaleRevision):
        verb(office.system, office.caller("wfa"), running["id"], revision=99)
    verb(office.system, office.caller("wfa"), running["id"])
    with pytest.raises(InstanceNotActive):
        verb(office.system, office.caller("wfa"), running["id"])
