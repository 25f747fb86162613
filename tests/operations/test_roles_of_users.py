"""A role is given or taken: what becomes of the tasks that its holders have."""

import pytest
import sqlalchemy as sa

from app.domain.errors import (
    GrantRefused,
    InvalidRequest,
    LastAdministrator,
    NotARolePlayer,
    NotFound,
    NotPermitted,
    RoleHasTransactions,
    UserProtected,
)
from app.operations.answer import RequestKey
from app.operations.instances.list_incidents import list_incidents
from app.operations.instances.resume_instance import resume_instance
from app.operations.instances.suspend_instance import suspend_instance
from app.operations.people.change_profile import change_profile
from app.operations.people.change_user import change_user
from app.operations.people.give_role import give_role
from app.operations.people.list_roles import list_roles
from app.operations.people.take_role import take_role
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.read_task import read_task
from app.persistence.tables.people import user, user_role
from tests.http.people import Api
from tests.operations.diagrams import chain, deploy, user_task

CODE = user_task("Code", candidate_roles='["coding"]')


def give(office, username, role, by="adm", **more):
    """Give somebody a role and return the answer's body."""
    return give_role(office.system, office.caller(by), office.caller(username).user_id, role=role, **more).body


def take(office, username, role, by="adm", **more):
    """Take a role from somebody and return the answer's body."""
    return take_role(office.system, office.caller(by), office.caller(username).user_id, role=role, **more).body


def run(office, *elements, times=1):
    """Start instances of a process of these elements and return their ids."""
    deploy(office, chain("work", *(elements or (CODE,))))
    return [office.start(None, definition="work")["id"] for _ in range(times)]


def test_a_role_given_with_yes_adds_its_running_tasks(office):
    """USR-30: role coding, 4 running: yes -> +4 tasks."""
    change_profile(office.system, office.caller("ann"), notify_new_task=True)
    run(office, times=4)

    body = give(office, "ann", "coding", apply_to_running=True)

    assert (body["transactions"], body["applied"], body["roles"]) == (4, True, ["coding"])
    assert office.inbox("ann") == []
    office.tick()
    assert len(office.inbox("ann")) == 4
    assert read_task(office.system, office.caller("ann"), office.inbox("ann")[0]["id"]).body["why"] == "You hold the role coding."
    assert approve_task(office.system, office.caller("ann"), office.inbox("ann")[0]["id"]).body["process_instance"]["status"] == "completed"
    assert len(office.inbox("eva")) == 3


def test_a_role_given_with_no_counts_for_new_tasks_alone(office):
    """USR-30: no -> 0; MUL-01: who joins a group later has none of its running tasks."""
    run(office, times=4)

    body = give(office, "ann", "coding", apply_to_running=False)
    office.tick()

    assert (body["transactions"], body["applied"], office.inbox("ann")) == (4, False, [])
    run(office)
    assert len(office.inbox("ann")) == 1


def test_running_transactions_are_asked_about_and_nothing_is_done_before(office):
    """USR-30, USR-31: 409 with the count."""
    run(office, times=2)

    with pytest.raises(RoleHasTransactions, match="2 running transactions") as refusal:
        give(office, "ann", "coding")
    assert (refusal.value.facts["count"], refusal.value.facts["role"]) == (2, "coding")
    with pytest.raises(RoleHasTransactions):
        take(office, "eva", "coding")
    assert {each["role"]: each["users"] for each in list_roles(office.system, office.caller("adm")).body["items"]}["coding"] == 1


def test_nobody_is_asked_where_nothing_runs(office):
    """USR-30: prompt only when the count is above 0."""
    assert give(office, "ann", "coding")["transactions"] == 0
    assert take(office, "ann", "coding") | {"id": ""} == {
        "id": "",
        "username": "ann",
        "full_name": "Ann",
        "roles": [],
        "transactions": 0,
        "applied": False,
        "revision": 3,
    }


def test_a_role_twice_is_given_once(office):
    run(office)
    give(office, "ann", "coding", apply_to_running=True)
    again = give(office, "ann", "coding", apply_to_running=True)
    office.tick()

    assert (again["transactions"], again["revision"], len(office.inbox("ann"))) == (0, 2, 1)
    take(office, "ann", "coding", apply_to_running=True)
    with pytest.raises(NotFound, match="does not hold"):
        take(office, "ann", "coding", apply_to_running=True)


def test_a_request_sent_twice_is_done_once(office):
    key = RequestKey(key="k", route="POST /users/roles", digest="d")

    assert give(office, "ann", "coding", request=key) == give(office, "ann", "coding", request=key)


def test_a_role_taken_with_yes_takes_its_tasks(office):
    """USR-31: transactions assigned based on this role are deleted from the worklist."""
    give(office, "ann", "coding")
    run(office, times=3)
    approve_task(office.system, office.caller("ann"), office.inbox("ann")[0]["id"])

    body = take(office, "ann", "coding", apply_to_running=True)
    office.tick()

    assert (body["transactions"], office.inbox("ann"), len(office.inbox("eva"))) == (2, [], 2)
    with pytest.raises(NotARolePlayer, match="does not hold the role coding any more"):
        approve_task(office.system, office.caller("ann"), office.inbox("eva")[0]["id"])


def test_a_role_taken_with_no_leaves_the_worklist(office):
    """USR-31: worklist intact, no new."""
    give(office, "ann", "coding")
    run(office)
    take(office, "ann", "coding", apply_to_running=False)
    office.tick()
    run(office)

    (item,) = office.inbox("ann")
    assert approve_task(office.system, office.caller("ann"), item["id"]).status == 200


def test_a_task_held_through_another_role_or_by_name_stays(office):
    """USR-31."""
    give(office, "ann", "coding")
    give(office, "ann", "analyst")
    run(office, user_task("Both", candidate_roles='["coding", "analyst"]'))
    run(office, user_task("Named", assignees='["ann"]', candidate_roles='["coding"]'))

    assert take(office, "ann", "coding")["transactions"] == 0
    assert len(office.inbox("ann")) == 2
    assert take(office, "ann", "analyst", apply_to_running=True)["transactions"] == 1
    office.tick()
    assert [item["name"] for item in office.inbox("ann")] == ["Named"]


def test_a_task_that_is_left_to_nobody_goes_to_an_administrator(office):
    """USR-31: a removal that leaves a transaction without any assignee -> admin task."""
    (instance_id,) = run(office)
    take(office, "eva", "coding", apply_to_running=True)
    office.tick()

    (incident,) = list_incidents(office.system, office.caller("wfa"), status="open").body["items"]
    assert (incident["process_instance_id"], office.inbox("eva")) == (instance_id, [])
    assert any(item["name"].startswith("Incident") for item in office.inbox("wfa"))


def test_an_incident_that_is_left_to_nobody_goes_to_an_administrator(office):
    """USR-31."""
    run(office, user_task("Nobody", assignees='["nobody"]'))
    take(office, "adm", "matrix_administrator", apply_to_running=True)
    office.tick()
    assert (len(office.inbox("wfa")), office.inbox("adm")) == (1, [])

    take(office, "wfa", "matrix_administrator", apply_to_running=True)
    office.tick()

    assert (office.inbox("wfa"), len(office.inbox("adm"))) == ([], 1)


def test_a_role_that_is_gone_by_then_gives_nothing(office):
    """USR-30: what is true by now counts."""
    run(office)
    give(office, "ann", "coding", apply_to_running=True)
    take(office, "ann", "coding")
    office.tick()

    assert office.inbox("ann") == []


def test_a_suspended_instance_is_changed_when_it_goes_on(office, clock):
    """USR-30."""
    (instance_id,) = run(office)
    suspend_instance(office.system, office.caller("wfa"), instance_id)
    give(office, "ann", "coding", apply_to_running=True)
    office.tick()
    assert office.inbox("ann") == []

    resume_instance(office.system, office.caller("wfa"), instance_id)
    clock.advance(minutes=6)
    office.tick()
    assert len(office.inbox("ann")) == 1


def test_the_last_administrator_stays_one(office):
    """USR-31: nobody removes the last administrator."""
    with pytest.raises(LastAdministrator, match="only active administrator"):
        take(office, "adm", "administrator", apply_to_running=False)
    give(office, "ann", "administrator")
    assert "administrator" not in take(office, "adm", "administrator", apply_to_running=False)["roles"]


def test_an_administrator_who_is_not_active_is_none(office):
    """USR-31."""
    with office.system.database.write() as work:
        otto = work.row(sa.select(user.c.id).where(user.c.username == "otto")).id
        work.execute(sa.insert(user_role).values(user_id=otto, role="administrator", environment_id=1))
        work.commit()
    with pytest.raises(LastAdministrator):
        take(office, "adm", "administrator", apply_to_running=False)


@pytest.mark.parametrize("role", ["administrator", "application_manager", "consultant"])
def test_an_application_manager_makes_nobody_more_than_he_is(office, role):
    """USR-29: no way to more rights."""
    give(office, "ann", "application_manager")

    with pytest.raises(GrantRefused, match="an administrator has to do it"):
        give(office, "marc", role, by="ann")
    with pytest.raises(GrantRefused, match="his own roles"):
        give(office, "ann", role, by="ann")
    with pytest.raises(UserProtected):
        take(office, "adm", role, by="ann")
    assert give(office, "marc", "coding", by="ann")["roles"] == ["coding"]
    assert take(office, "marc", "coding", by="ann")["roles"] == []


def test_nobody_lets_himself_off_the_second_person(office):
    """MXM: the consultant says whether changes of the matrix take a second person, so another administrator names him."""
    with pytest.raises(GrantRefused):
        give(office, "adm", "consultant")
    give(office, "ann", "administrator")

    assert "consultant" in give(office, "adm", "consultant", by="ann")["roles"]


def test_an_application_manager_does_not_move_the_mail_of_who_holds_mandates(office):
    """A new password goes to that address: whoever has it could sign as the holder."""
    give(office, "ann", "application_manager")
    marc, eva = office.caller("marc"), office.caller("eva")

    with pytest.raises(GrantRefused, match="an administrator changes it"):
        change_user(office.system, office.caller("ann"), marc.user_id, email="ann@example.com")

    assert change_user(office.system, office.caller("ann"), eva.user_id, email="eva2@example.com").body["email"] == "eva2@example.com"
    assert change_user(office.system, office.caller("adm"), marc.user_id, email="marc2@example.com").body["email"] == "marc2@example.com"


def test_nobody_else_gives_roles(office):
    for name in ("marc", "wfa", "max", "eva", "pia"):
        with pytest.raises(NotPermitted):
            give(office, "ann", "coding", by=name)
        with pytest.raises(NotPermitted):
            take(office, "eva", "coding", by=name)


def test_what_does_not_exist_is_refused(office):
    with pytest.raises(InvalidRequest, match="no role boss"):
        give(office, "ann", "boss")
    with pytest.raises(InvalidRequest):
        take(office, "ann", "boss")
    with pytest.raises(NotFound):
        give(office, "kim", "coding")
    with pytest.raises(NotFound):
        give_role(office.system, office.caller("adm"), "' OR 1=1 --", role="coding")


def test_roles_over_http(app, client, office):
    """USR-30, USR-31: 409 with the count; a hostile answer to the question is 422."""
    api = Api(app=app, client=client)
    run(office)
    path = f"/users/{office.caller('ann').user_id}/roles"

    refused = api.post(path, "adm", json={"role": "coding"})
    assert (refused.status_code, refused.json["type"], refused.json["count"]) == (409, "/api/problems/role_has_transactions", 1)
    assert api.post(path, "adm", json={"role": "coding", "apply_to_running": "yes"}).status_code == 422
    assert api.post(path, "adm", json={"role": "x" * 10_000}).status_code == 422
    assert api.post(path, "adm", json={"role": "coding", "apply_to_running": True}).status_code == 200
    office.tick()
    assert api.call("DELETE", f"{path}?role=coding", "adm").json["count"] == 1
    assert api.call("DELETE", f"{path}?role=coding&apply_to_running=perhaps", "adm").status_code == 422
    assert api.call("DELETE", f"{path}?role=coding&apply_to_running=true", "adm").json["applied"] is True
