"""An instance begins anew for the same document."""

import pytest

from app.domain.errors import DocumentApproved, NotFound, NotPermitted, StaleRevision
from app.operations.answer import RequestKey
from app.operations.instances.restart_instance import restart_instance
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.reject_task import reject_task
from app.persistence import instances
from app.persistence.picture import read_picture


@pytest.fixture
def restart(office):
    """Return a function that restarts an instance as the administrator of the workflow."""

    def run(instance_id, *, who="wfa", **more):
        return restart_instance(office.system, office.caller(who), instance_id, **more)

    return run


def test_a_new_instance_begins_and_the_old_one_is_cancelled(office, restart):
    """ADM-06: restart creates a new instance linked to the old."""
    old = office.begin("invoice_sales_12000")
    approve_task(office.system, office.caller("marc"), office.task("marc"))

    answer = restart(old["id"], reason="Wrong seller.")

    assert (answer.status, answer.body["restart_of"], answer.body["document_id"]) == (201, old["id"], old["document_id"])
    assert office.instance(old["id"])["status"] == "cancelled"
    assert [each["element"] for each in answer.body["active"]] == ["ApproveFirstLine"]
    assert [each["process_instance_id"] for each in office.inbox("marc")] == [answer.body["id"]]
    assert office.inbox("claire") == []
    with office.system.database.read() as reading:
        assert instances.find_instance(reading, 1, answer.body["id"]).restart_of == old["id"]
        picture = read_picture(reading, instance_id=old["id"], transaction_id=old["document_id"], document_id=old["document_id"])
        assert picture.roles == []
    assert "Wrong seller." in "".join(each["text"] for each in office.timeline(old["document_id"]))


def test_what_was_rejected_can_be_tried_again_and_what_was_approved_cannot(office, restart):
    rejected = office.begin("invoice_sales_12000")
    reject_task(office.system, office.caller("marc"), office.task("marc"), reason="No.")
    approved = office.begin("invoice_energy_480")

    again = restart(rejected["id"])

    assert office.instance(rejected["id"])["outcome"] == "Rejected"
    assert again.body["status"] == "active"
    with pytest.raises(DocumentApproved):
        restart(approved["id"])


def test_twice_stale_and_not_allowed(office, restart):
    old = office.begin("invoice_sales_12000")
    key = RequestKey(key="once", route="POST restart", digest="same")

    with pytest.raises(StaleRevision):
        restart(old["id"], revision=99)
    for who in ("marc", "erp"):
        with pytest.raises(NotPermitted):
            restart(old["id"], who=who)
    with pytest.raises(NotFound):
        restart(office.system.new_id())
    assert restart(old["id"], request=key).body == restart(old["id"], request=key).body
    assert len([each for each in office.inbox("marc") if each["document"]["id"] == old["document_id"]]) == 1


def test_a_second_restart_of_the_same_needs_the_new_one_to_end(office, restart):
    old = office.begin("invoice_sales_12000")
    new = restart(old["id"]).body

    with pytest.raises(Exception, match="already has a live instance"):
        restart(old["id"])
    assert restart(new["id"]).body["restart_of"] == new["id"]
