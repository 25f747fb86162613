"""Shares that nobody may act on any more: to whom they go, and the incident where there is nobody."""

import pytest

from app.operations.instances.list_incidents import list_incidents
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.create_task import create_task
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.reassign_task import reassign_task
from app.operations.turn import turn_of_task
from app.persistence import tasks
from tests.operations.diagrams import chain, deploy, user_task
from tests.operations.leaving_people import transfer
from tests.operations.test_escalation import change as change_user
from tests.operations.test_escalation import holders
from tests.operations.test_shares import change


def play(office, task_id, username, step):
    """Note that somebody has acted in another step of the transaction."""
    with turn_of_task(office.system, task_id, caller=None) as turn:
        row = {
            "id": office.system.new_id(),
            "environment_id": 1,
            "transaction_id": turn.transaction_id,
            "user_id": turn.directory.find(username).id,
            "step": step,
            "capacity": "actor",
            "task_id": task_id,
            "created_at": turn.now,
        }
        tasks.insert_roles(turn.work, [row])
        turn.work.commit()


def incidents(office):
    """Return the open incidents."""
    return list_incidents(office.system, office.caller("adm"), status="open").body["items"]


def look_again(office, task):
    """Have a turn look at the task, whatever it does."""
    change(office, task, lambda _turn, _task: None)


def test_a_share_goes_back_when_who_has_it_is_to_sign_another_step(office):
    """MXR-01, MXR-08: wfa holds the first line for marc and takes over the work of claire, who signs the second."""
    document = office.begin("invoice_sales_12000")["document_id"]
    task = office.task("marc")
    delegate_task(office.system, office.caller("marc"), task, to="wfa")

    transfer(office, "claire", "wfa", confirm=True)
    office.tick()

    assert holders(office, task) == {"marc"}
    assert incidents(office) == []
    moved = [entry["text"] for entry in office.timeline(document) if entry["kind"] == "task_handed_over"]
    assert moved == ["Approve first line goes from Wouter, who may not act on it any more, to Marc Anthony."]
    approve_task(office.system, office.caller("marc"), task)
    assert [item["step"] for item in office.inbox("wfa")] == ["second_line"]


def test_where_the_principal_may_not_the_next_of_the_matrix_gets_it(office):
    """MXR-08, ESC-04: jeremy plays another step by now, and ann would be next."""
    office.begin("invoice_sales_12000", **{"SALES": "SUP", "23456789": "34567890"})
    task = office.task("jeremy")
    delegate_task(office.system, office.caller("jeremy"), task, to="wfa")
    play(office, task, "jeremy", "secretary")

    look_again(office, task)

    assert holders(office, task) == {"ann"}
    assert approve_task(office.system, office.caller("ann"), task).body["task"]["outcome"] == "approved"


def test_where_nobody_may_an_administrator_is_asked_once(office):
    """MXR-09."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    play(office, task, "marc", "secretary")

    look_again(office, task)
    look_again(office, task)

    (incident,) = incidents(office)
    assert incident["code"] == "shares_stuck"
    assert "Marc Anthony" in incident["detail"]


def test_the_incident_is_over_when_somebody_else_has_the_task(office):
    """USR-39, ADM-03: marc has left without a successor."""
    deploy(office, chain("errand", user_task("Ask", assignees='["marc"]')))
    instance = office.start(office.send("invoice_sales_12000"), definition="errand")["id"]
    task = office.task("marc")
    change_user(office, "marc", active=False)
    look_again(office, task)
    assert [each["code"] for each in incidents(office)] == ["shares_stuck"]

    reassign_task(office.system, office.caller("wfa"), task, to="ann", reason="Marc has left")

    assert incidents(office) == []
    assert office.instance(instance)["status"] == "active"
    assert approve_task(office.system, office.caller("ann"), task).body["process_instance"]["status"] == "completed"


def test_the_incident_of_a_task_that_outlives_its_instance_ends_with_a_new_holder(office):
    """TSK-06, ADM-03: the process ends while nobody may do what was asked by hand."""
    document = office.begin("invoice_sales_12000")["document_id"]
    create_task(office.system, office.caller("wfa"), document_id=document, name="Call them", assignees=["eva"])
    task = office.task("eva")
    change_user(office, "eva", active=False)
    look_again(office, task)
    for who in ("marc", "claire"):
        approve_task(office.system, office.caller(who), office.task(who))
    assert [each["code"] for each in incidents(office)] == ["shares_stuck"]

    reassign_task(office.system, office.caller("wfa"), task, to="ann", reason="Eva has left")

    assert incidents(office) == []
    assert [item["name"] for item in office.inbox("wfa")] == []


@pytest.mark.parametrize(("mode", "stuck"), [("any", 0), ("all", 1), ("2 of", 0), ("veto", 1)])
def test_only_a_slot_that_the_others_cannot_decide_is_stuck(office, mode, stuck):
    """MUL-02, MUL-03."""
    deploy(office, chain("errand", user_task("Ask", assignees='["marc", "ann", "carl"]', mode=mode)))
    office.start(office.send("invoice_sales_12000"), definition="errand")
    task = office.task("marc")
    change_user(office, "marc", active=False)

    look_again(office, task)

    assert len(incidents(office)) == stuck
