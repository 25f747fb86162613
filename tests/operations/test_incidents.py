"""What cannot go on is parked, never lost, and goes on when the reason is gone."""

import threading

import pytest
import sqlalchemy as sa

from app.domain.errors import DefinitionInvalid, IncidentResolved, IncidentStands, NotPermitted
from app.operations.instances.list_incidents import list_incidents
from app.operations.instances.resolve_incident import resolve_incident
from app.operations.instances.retry_incident import retry_incident
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.fire_timer import ATTEMPTS_MAX, fire_timer
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.comment_task import comment_task
from app.persistence import people
from app.persistence.tables.matrix import cost_center
from app.persistence.tables.people import environment, user, user_role
from tests.operations.diagrams import HEAD, chain, deploy, resolve, user_task


def link(office, child, parent):
    """Link a cost center into the chart, as a new version of the matrix."""
    with office.system.database.write() as work:
        work.execute(sa.update(cost_center).where(cost_center.c.key == child).values(parent=parent))
        work.execute(sa.update(environment).values(matrix_version=environment.c.matrix_version + 1))
        work.commit()


def only_incident(office):
    (incident,) = list_incidents(office.system, office.caller("adm"), status="open").body["items"]
    return incident


def test_an_unlinked_cost_center_parks_the_document_with_a_task_for_the_administrator(office):
    """MXR-09, COD-04, MXO-03."""
    instance = office.begin("invoice_unlinked_cost_center")

    incident = only_incident(office)

    assert instance["status"] == "incident"
    assert incident["code"] == "no_role_players_found"
    assert "NEW" in incident["detail"]
    for name in ("adm", "wfa"):
        (task,) = office.inbox(name)
        assert task["kind"] == "incident"
        assert task["why"] == incident["detail"]


def test_a_retry_goes_on_once_the_matrix_has_an_answer(office):
    """MXO-07."""
    instance = office.begin("invoice_unlinked_cost_center")
    link(office, "NEW", "SALES")

    answer = retry_incident(office.system, office.caller("adm"), only_incident(office)["id"])

    assert answer.body["process_instance"]["status"] == "active"
    assert office.instance(instance["id"])["route"]["steps"][0]["slots"][0]["role_player"]["username"] == "marc"
    assert [item["kind"] for item in office.inbox("adm")] == []
    assert len(office.inbox("marc")) == 1


def test_a_retry_that_fails_again_is_a_new_incident(office):
    office.begin("invoice_unlinked_cost_center")
    first = only_incident(office)

    retry_incident(office.system, office.caller("adm"), first["id"])

    second = only_incident(office)
    assert second["id"] != first["id"]
    with pytest.raises(IncidentResolved):
        retry_incident(office.system, office.caller("adm"), first["id"])


def test_approvers_do_not_deal_with_incidents(office):
    office.begin("invoice_unlinked_cost_center")

    with pytest.raises(NotPermitted):
        resolve_incident(office.system, office.caller("marc"), only_incident(office)["id"])
    with pytest.raises(NotPermitted):
        list_incidents(office.system, office.caller("marc"))


def test_a_slot_whose_people_have_left_is_never_skipped(office):
    """MXR-07, MXR-09: two branches sign the first line; who signs one of them is deactivated before the step opens."""
    deploy(office, chain("late", resolve(), user_task("Wait", assignees='["eva"]'), user_task("Sign", approval_step="first_line")))
    instance = office.start(office.send("invoice_two_branches"), definition="late")
    lines = office.instance(instance["id"])["route"]["steps"][0]["slots"]
    gone = lines[1]["role_player"]["username"]
    set_active(office, gone, active=False)

    answer = approve_task(office.system, office.caller("eva"), office.task("eva"))

    assert answer.body["process_instance"]["status"] == "incident"
    assert office.inbox(lines[0]["role_player"]["username"]) == []
    assert "nobody in the pool" in only_incident(office)["detail"]
    set_active(office, gone, active=True)
    assert retry_incident(office.system, office.caller("adm"), only_incident(office)["id"]).body["process_instance"]["status"] == "active"
    assert {name for slot in lines for name in [slot["role_player"]["username"]] if office.inbox(name)} == {
        slot["role_player"]["username"] for slot in lines
    }


def test_a_user_task_that_is_parked_is_one_incident_however_often_the_instance_moves(office):
    without_consultants(office)
    deploy(office, chain("nobody", user_task("Ask", candidate_roles='["consultant"]')))
    document = office.send("invoice_sales_12000")
    instance = office.start(document, definition="nobody")
    assert instance["status"] == "incident"
    task = office.task("wfa")

    comment_task(office.system, office.caller("wfa"), task, text="Nobody is a consultant yet")

    assert [item["kind"] for item in office.timeline(document)].count("incident") == 1
    assert office.instance(instance["id"])["status"] == "incident"


def test_an_environment_without_administrators_parks_a_document_all_the_same(office):
    without_consultants(office)
    deploy(office, chain("nobody", user_task("Ask", candidate_roles='["consultant"]')))
    with office.system.database.write() as work:
        work.execute(sa.delete(user_role).where(user_role.c.user_id != office.caller("erp").user_id))
        work.execute(sa.update(environment).values(authority_version=environment.c.authority_version + 1))
        work.commit()

    instance = office.start(office.send("invoice_sales_12000"), definition="nobody")

    assert instance["status"] == "incident"


def test_an_incident_ends_with_its_process(office):
    """An element that the process has left needs nobody any more."""
    without_consultants(office)
    nodes = [
        '<bpmn:startEvent id="Begin" />',
        '<bpmn:parallelGateway id="Fork" />',
        user_task("Ask", candidate_roles='["consultant"]'),
        user_task("Decide", assignees='["marc"]'),
        '<bpmn:endEvent id="Asked" />',
        '<bpmn:endEvent id="Over" name="Over"><bpmn:terminateEventDefinition id="Stop" /></bpmn:endEvent>',
    ]
    pairs = [("Begin", "Fork"), ("Fork", "Ask"), ("Fork", "Decide"), ("Ask", "Asked"), ("Decide", "Over")]
    flows = [f'<bpmn:sequenceFlow id="F{n}" sourceRef="{a}" targetRef="{b}" />' for n, (a, b) in enumerate(pairs)]
    deploy(office, (HEAD.format(key="fork") + "".join(nodes + flows) + "</bpmn:process></bpmn:definitions>").encode())
    instance = office.start(office.send("invoice_sales_12000"), definition="fork")

    answer = approve_task(office.system, office.caller("marc"), office.task("marc"))

    assert answer.body["process_instance"]["outcome"] == "Over"
    assert office.instance(instance["id"])["incidents"] == []
    assert office.inbox("wfa") == []


def test_a_timer_that_was_given_up_runs_again_when_its_incident_is_retried(office, clock, mails, monkeypatch):
    """ESC-01."""
    office.begin("invoice_sales_12000")
    clock.advance(days=3, minutes=1)

    def fail(*_):
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("app.operations.schedules.fire_timer.remind", fail)
        for _ in range(ATTEMPTS_MAX):
            for work in claim_due(office.system):
                with pytest.raises(RuntimeError):
                    fire_timer(office.system, work.id)
            clock.advance(hours=1)
    incident = only_incident(office)
    assert incident["code"] == "timer_failed"

    retry_incident(office.system, office.caller("adm"), incident["id"])
    office.tick()

    assert [mail["To"] for mail in mails] == ["marc@example.com"]


def test_retrying_twice_at_once_is_done_once(office):
    office.begin("invoice_unlinked_cost_center")
    link(office, "NEW", "SALES")
    incident, barrier, results = only_incident(office)["id"], threading.Barrier(2), []

    def retry(name):
        caller = office.caller(name)
        barrier.wait(30)
        try:
            results.append(retry_incident(office.system, caller, incident).status)
        except IncidentResolved as error:
            results.append(error.code)

    threads = [threading.Thread(target=retry, args=(name,)) for name in ("adm", "wfa")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(results, key=str) == [200, "incident_resolved"]
    assert len(office.inbox("marc")) == 1


def set_active(office, username, *, active):
    """Activate or deactivate somebody."""
    with office.system.database.write() as work:
        work.execute(sa.update(user).where(user.c.username == username).values(active=active))
        people.raise_authority_version(work, 1)
        work.commit()


@pytest.mark.parametrize(
    "properties",
    [
        {"remind_after": "P9999Y"},
        {"due": "PT99999999H"},
        {"escalate_after": 'duration("P1D") * 10000000'},
        {"due": "1 / 0"},
        {"remind_after": '"soon"'},
        {"assignees": '["nobody"]'},
        {"assignees": "[1, 2]"},
        {"assignees": "null"},
        {"assignees": '"marc"', "due": 'date("0001-01-01")'},
        {"assignees": "unknown_variable"},
    ],
)
def test_a_property_that_gives_nothing_usable_parks_the_instance_or_is_not_deployed(office, properties):
    try:
        deploy(office, chain("odd", user_task("Ask", **({"assignees": '["marc"]'} | properties))))
    except DefinitionInvalid:
        return

    instance = office.start(office.send("invoice_sales_12000"), definition="odd")

    assert instance["status"] in ("incident", "active")
    assert bool(office.inbox("marc")) == (instance["status"] == "active")


def test_an_approval_that_lacks_a_signature_is_one_incident_however_often_the_instance_moves(office):
    """A diagram that leaves a step out does not approve, and says so once."""
    deploy(office, chain("short", resolve(), user_task("Sign", approval_step="first_line"), end="Approved for payment"))
    document = office.send("invoice_sales_12000")
    office.start(document, definition="short")
    approve_task(office.system, office.caller("marc"), office.task("marc"))

    comment_task(office.system, office.caller("wfa"), office.task("wfa"), text="Second line is missing")

    assert [item["kind"] for item in office.timeline(document)].count("incident") == 1
    assert office.document(document)["status"] == "In process"


def test_an_incident_that_stands_cannot_be_talked_away(office):
    """COD-04: parked, never lost."""
    office.begin("invoice_unlinked_cost_center")

    with pytest.raises(IncidentStands):
        resolve_incident(office.system, office.caller("adm"), only_incident(office)["id"])

    assert [item["kind"] for item in office.inbox("adm")] == ["incident"]
    assert only_incident(office)["element_name"] == "Resolve role players"


def without_consultants(office):
    """Deactivate the only consultant, so that a task for consultants finds nobody."""
    with office.system.database.write() as work:
        people.update_user(work, office.caller("max").user_id, active=False)
        people.raise_authority_version(work, 1)
        work.commit()
