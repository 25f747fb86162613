"""Tasks that an administrator makes by hand: for whom, where they hang, and what they do not change."""

from datetime import timedelta

import pytest

from app.domain.errors import Conflict, InstanceNotActive, InvalidRequest, NotFound, NotPermitted, TaskAlreadyDecided
from app.domain.teamwork_errors import ManualTaskNotDeployed
from app.operations.answer import RequestKey
from app.operations.definitions.deactivate_version import deactivate_version
from app.operations.instances.cancel_instance import cancel_instance
from app.operations.instances.suspend_instance import suspend_instance
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.create_task import create_task
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.reject_task import reject_task
from app.operations.wording import instant


def create(office, document, *assignees, as_user="wfa", name="Check the delivery", **more):
    """Create a task and return the answer's body."""
    answer = create_task(office.system, office.caller(as_user), document_id=document, name=name, assignees=assignees or ["marc"], **more)
    assert answer.status == 201
    return answer.body


def test_the_workflow_administrator_starts_a_task_on_a_document_by_hand(office, clock):
    """TSK-06, TSK-01: exactly one open task linked to the document, of no approval step."""
    document, due_at = office.send("invoice_sales_12000"), clock.now + timedelta(days=3)

    made = create(office, document, due_at=due_at, priority=80, instructions="Was it complete?")

    (item,) = office.inbox("marc")
    assert (item["id"], item["document"]["id"], item["step"]) == (made["id"], document, None)
    assert (item["name"], item["due_at"], item["priority"]) == ("Check the delivery", instant(due_at), 80)
    assert item["why"] == "Wouter asks you to do this: Was it complete?"
    assert made["process_instance"]["active"][0]["element"] == "ManualTask"


@pytest.mark.parametrize("name", ["marc", "eva", "erp"])
def test_others_start_none(office, name):
    """TSK-06."""
    with pytest.raises(NotPermitted):
        create(office, office.send("invoice_sales_12000"), as_user=name)


def test_a_task_alone_leaves_the_status_of_its_document_as_it_is(office):
    """TSK-13: what is approved for payment stays so, whoever checks something about it."""
    document = office.send("invoice_energy_480")
    office.start(document)
    assert office.document(document)["status"] == "Approved for payment"

    task = create(office, document)["id"]
    assert office.document(document)["status"] == "Approved for payment"
    reject_task(office.system, office.caller("marc"), task)

    assert office.document(document)["status"] == "Approved for payment"


def test_cancelling_a_task_alone_leaves_the_status_as_it_is(office):
    document = office.send("invoice_energy_480")
    office.start(document)
    made = create(office, document)

    cancel_instance(office.system, office.caller("wfa"), made["process_instance"]["id"])

    assert office.document(document)["status"] == "Approved for payment"
    assert office.inbox("marc") == []


def test_a_task_beside_a_running_process_does_not_hold_it_up(office):
    """TSK-06, TSK-14."""
    document = office.send("invoice_sales_12000")
    instance = office.start(document)

    made = create(office, document, "ann")
    assert made["process_instance"]["id"] == instance["id"]
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    approve_task(office.system, office.caller("claire"), office.task("claire"))

    assert office.instance(instance["id"])["outcome"] == "Approved for payment"
    done = approve_task(office.system, office.caller("ann"), made["id"], comment="Complete")
    assert done.body["task"]["outcome"] == "approved"
    assert office.document(document)["status"] == "Approved for payment"


def test_an_approval_of_a_manual_task_is_no_role_in_the_transaction(office):
    """MXR-01: claire may still sign the second line."""
    document = office.send("invoice_sales_12000")
    office.start(document)
    made = create(office, document, "claire")

    approve_task(office.system, office.caller("claire"), made["id"])
    approve_task(office.system, office.caller("marc"), office.task("marc"))

    assert approve_task(office.system, office.caller("claire"), office.task("claire")).body["task"]["outcome"] == "approved"


def test_a_rejection_of_a_manual_task_rejects_nothing_else(office):
    document = office.send("invoice_sales_12000")
    instance = office.start(document)
    made = create(office, document, "ann")

    reject_task(office.system, office.caller("ann"), made["id"])

    assert office.instance(instance["id"])["status"] == "active"


def test_users_and_roles_are_settled_when_the_task_is_made_and_count_once(office):
    """MUL-01."""
    document = office.send("invoice_sales_12000")

    made = create(office, document, "role:coding", "eva", "marc", mode="all")

    assert sorted(each["user"]["username"] for each in made["task"]["assignments"]) == ["eva", "marc"]


def test_all_must_act_when_the_mode_says_so(office):
    """MUL-03."""
    for start in (False, True):
        document = office.send("invoice_sales_12000", **{"A-2026-1201": f"A-{start}"})
        if start:
            office.start(document)
        task = create(office, document, "ann", "carl", mode="all")["id"]

        assert approve_task(office.system, office.caller("ann"), task).body["task"]["status"] == "open"
        assert reject_task(office.system, office.caller("carl"), task).body["task"]["outcome"] == "rejected"


def test_a_manual_task_is_delegated_like_others(office):
    task = create(office, office.send("invoice_sales_12000"))["id"]

    delegate_task(office.system, office.caller("marc"), task, to="ann")

    assert approve_task(office.system, office.caller("ann"), task).body["task"]["outcome"] == "approved"
    with pytest.raises(Conflict):
        approve_task(office.system, office.caller("marc"), task)


def test_a_held_document_may_get_a_task(office):
    """DOC-02."""
    office.send("invoice_sales_12000")
    held = office.send("invoice_sales_12000", **{"</Invoice>": "</Invoice>\n"})
    assert office.document(held)["held"]

    create(office, held, "role:workflow_administrator", name="A duplicate?")

    assert office.inbox("wfa")[0]["document"]["id"] == held


def test_the_same_request_makes_one_task_and_another_makes_another(office):
    document, key = office.send("invoice_sales_12000"), RequestKey(key="1", route="create", digest="d")

    first, again = (create(office, document, request=key) for _ in range(2))
    second = create(office, document)

    assert first["id"] == again["id"] != second["id"]
    assert len(office.inbox("marc")) == 2
    approve_task(office.system, office.caller("marc"), first["id"])
    assert approve_task(office.system, office.caller("marc"), second["id"]).body["task"]["status"] == "completed"
    with pytest.raises(TaskAlreadyDecided):
        approve_task(office.system, office.caller("marc"), second["id"])


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"assignees": ["nobody"]}, "assignees.0"),
        ({"assignees": ["marc", "pia"]}, "assignees.1"),
        ({"assignees": ["otto"]}, "assignees.0"),
        ({"assignees": ["erp"]}, "assignees.0"),
        ({"assignees": ["role:king"]}, "assignees.0"),
        ({"assignees": ["group:nobody"]}, "assignees.0"),
        ({"assignees": []}, "assignees"),
        ({"assignees": ["marc"] * 101}, "assignees"),
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"mode": "most"}, "mode"),
        ({"mode": "3 of"}, "mode"),
        ({"priority": 101}, "priority"),
        ({"instructions": "x" * 2**20}, "instructions"),
    ],
)
def test_what_cannot_be_is_refused_by_name(office, changed, field):
    document = office.send("invoice_sales_12000")

    with pytest.raises(InvalidRequest) as refusal:
        create_task(office.system, office.caller("wfa"), **{"document_id": document, "name": "Check", "assignees": ["marc"], **changed})

    assert set(refusal.value.facts["errors"]) == {field}


def test_a_due_date_that_has_passed_is_refused(office, clock):
    with pytest.raises(InvalidRequest):
        create(office, office.send("invoice_sales_12000"), due_at=clock.now - timedelta(days=1))


def test_no_document_and_a_suspended_process_are_refused(office):
    document = office.send("invoice_sales_12000")
    instance = office.start(document)
    suspend_instance(office.system, office.caller("wfa"), instance["id"])

    with pytest.raises(NotFound):
        create(office, instance["id"])
    with pytest.raises(InstanceNotActive):
        create(office, document)


def test_without_the_process_of_manual_tasks_the_refusal_says_what_to_deploy(office):
    deactivate_version(office.system, office.caller("adm"), "manual_task", 1)

    with pytest.raises(ManualTaskNotDeployed, match="Deploy the one that comes with Countersign"):
        create(office, office.send("invoice_sales_12000"))
