"""Only full users hold mandates, also when somebody stops being one."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.domain.errors import (
    IdempotencyKeyReused,
    MandateNotInForce,
    MatrixInvalid,
    NotFound,
    NotPermitted,
    RolePlayersChanging,
    UserHasMandates,
)
from app.operations.answer import CallerOutdated, RequestKey
from app.operations.matrix.drafts.activate_draft import activate_draft
from app.operations.matrix.drafts.list_versions import list_versions
from app.operations.matrix.drafts.read_draft import read_draft
from app.operations.matrix.editing.create_mandate import create_mandate
from app.operations.matrix.editing.list_mandates import list_mandates
from app.operations.people.change_user import change_user
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.delegate_task import delegate_task
from app.persistence import people
from app.persistence.tables.journal import audit_event
from app.persistence.tables.matrix import mandate
from tests.http.people import Api

DAY = timedelta(days=1)


def change(office, username, kind, by="adm", **more):
    """Change the kind of a user and return the answer's body."""
    return change_user(office.system, office.caller(by), office.caller(username).user_id, kind=kind, **more).body


def mandates(office, username):
    """Return the status of each mandate of a user."""
    return [each["status"] for each in list_mandates(office.system, office.caller("wfa"), user=username).body["items"]]


def kind_of(office, username):
    """Return the stored kind of a user."""
    with office.system.database.read() as reading:
        (row,) = people.find_users(reading, username=username, environment=1)
    return row.kind


def told(office):
    """Return the facts of every change of a kind on the audit chain of the environment."""
    with office.system.database.read() as reading:
        rows = reading.rows(sa.select(audit_event).where(audit_event.c.kind == "user_kind_changed"))
    return [row.facts for row in rows]


def approve(office, username):
    """Approve somebody's only open task."""
    return approve_task(office.system, office.caller(username), office.task(username))


@pytest.mark.parametrize("kind", ["portal", "none"])
def test_active_mandates_refuse_another_kind_and_are_listed(office, kind):
    """MXU-02: 409 with list."""
    with pytest.raises(UserHasMandates) as refusal:
        change(office, "claire", kind)

    (listed,) = refusal.value.facts["mandates"]
    assert (listed["approval_type"], listed["rule"], listed["steps"]) == ("PI", "BM", ["second_line", "first_overall"])
    assert refusal.value.facts["count"] == 1
    assert (kind_of(office, "claire"), mandates(office, "claire"), told(office)) == ("full", ["active"], [])


def test_the_list_is_a_conflict_over_http(app, client, office):
    """MXU-02: 409 with list; hostile kinds and confirmations are refused."""
    api = Api(app=app, client=client)
    path = f"/users/{office.caller('claire').user_id}"

    answer = api.call("PATCH", path, "adm", json={"kind": "portal"})

    assert (answer.status_code, answer.json["type"]) == (409, "/api/problems/user_has_mandates")
    assert [each["rule"] for each in answer.json["mandates"]] == ["BM"]
    for body in (
        {},
        {"kind": "x" * 100_000},
        {"kind": None},
        {"kind": "portal", "expire_mandates": "yes"},
        {"kind": "none", "active": False},
    ):
        assert api.call("PATCH", path, "adm", json=body).status_code == 422
    confirmed = api.call("PATCH", path, "adm", json={"kind": "portal", "expire_mandates": True})
    assert (confirmed.status_code, confirmed.json["kind"], confirmed.json["expired_count"]) == (200, "portal", 1)
    assert kind_of(office, "claire") == "portal"


def test_confirmed_mandates_expire_as_a_version_of_the_matrix(office):
    """MXU-02."""
    before = office.caller("claire").user_id
    body = change(office, "claire", "portal", expire_mandates=True)

    assert (body["id"], body["kind"], body["version"], body["expired_count"]) == (before, "portal", 2, 1)
    assert (kind_of(office, "claire"), mandates(office, "claire")) == ("portal", ["expired"])
    versions = list_versions(office.system, office.caller("wfa")).body["items"]
    assert versions[0]["title"] == "The mandates of claire expire: portal instead of full user"
    (facts,) = told(office)
    assert (facts["before"], facts["after"], [each["rule"] for each in facts["mandates"]]) == ("full", "portal", ["BM"])


def test_who_holds_no_mandate_changes_without_a_version(office):
    """MXU-02: and back again."""
    body = change(office, "eva", "portal")

    assert (body["username"], body["full_name"], body["kind"], body["active"]) == ("eva", "Eva", "portal", True)
    assert (body["version"], body["expired"], body["expired_count"], body["rechecked"]) == (1, [], 0, 0)
    assert change(office, "eva", "full")["version"] == 1
    assert (kind_of(office, "eva"), len(told(office))) == ("full", 2)


def test_the_same_kind_is_no_change(office):
    """MXU-02: twice; the second time nothing is told and no version is made."""
    change(office, "claire", "portal", expire_mandates=True)

    again = change(office, "claire", "portal", expire_mandates=True)

    assert (again["kind"], again["version"], again["expired"], len(told(office))) == ("portal", 2, [], 1)
    assert change(office, "marc", "full")["kind"] == "full"
    assert mandates(office, "marc") == ["active"]


def test_one_request_sent_twice_is_answered_twice_and_done_once(office):
    key = RequestKey(key="k-1", route="PATCH /users", digest="a")

    first = change(office, "claire", "portal", expire_mandates=True, request=key)

    assert change(office, "claire", "portal", expire_mandates=True, request=key) == first
    assert len(told(office)) == 1
    with pytest.raises(IdempotencyKeyReused):
        change(office, "claire", "none", request=RequestKey(key="k-1", route="PATCH /users", digest="b"))


@pytest.mark.parametrize(("days", "is_active"), [(-1, False), (0, True), (1, True)])
def test_a_mandate_that_has_ended_is_no_obstacle_and_stays_as_it_was(office, days, is_active):
    """MXU-02: its last day counts."""
    ends_on = office.system.clock().date() + days * DAY
    with office.system.database.write() as work:
        work.execute(sa.update(mandate).where(mandate.c.user_id == office.caller("claire").user_id).values(ends_on=ends_on))
        work.commit()

    if is_active:
        with pytest.raises(UserHasMandates):
            change(office, "claire", "portal")
    else:
        assert change(office, "claire", "portal")["expired"] == []
        assert mandates(office, "claire") == ["active"]


def test_a_mandate_that_begins_later_is_an_obstacle(office):
    """MXU-02."""
    starts_on = office.system.clock().date() + 30 * DAY
    with office.system.database.write() as work:
        work.execute(sa.update(mandate).where(mandate.c.user_id == office.caller("claire").user_id).values(starts_on=starts_on))
        work.commit()

    with pytest.raises(UserHasMandates):
        change(office, "claire", "none")


@pytest.mark.parametrize("by", ["wfa", "max", "marc", "claire", "pia"])
def test_only_application_managers_and_administrators_change_a_kind(office, by):
    with pytest.raises(NotPermitted):
        change(office, "claire", "portal", by=by, expire_mandates=True)
    assert kind_of(office, "claire") == "full"


def test_nobody_unknown_and_nobody_of_another_environment_is_found(office):
    for user_id in (office.system.new_id(), office.caller("kim").user_id):
        with pytest.raises(NotFound):
            change_user(office.system, office.caller("adm"), user_id, kind="portal")


def test_a_caller_known_from_before_is_asked_for_again(office):
    """What he was may not be what he is."""
    stale = replace(office.caller("adm"), authority_version=0)

    with pytest.raises(CallerOutdated):
        change_user(office.system, stale, office.caller("eva").user_id, kind="portal")
    assert kind_of(office, "eva") == "full"


def test_a_running_route_finds_somebody_else(office):
    """MXU-02, MXR-07: claire can sign no more, donald is asked."""
    instance = office.begin("invoice_sales_12000")
    approve(office, "marc")
    task = office.task("claire")

    assert change(office, "claire", "portal", expire_mandates=True)["rechecked"] == 1

    with pytest.raises((RolePlayersChanging, MandateNotInForce)):
        approve_task(office.system, office.caller("claire"), task)
    office.tick()
    assert not office.inbox("claire")
    approve(office, "donald")
    assert office.instance(instance["id"])["outcome"] == "Approved for payment"


def test_a_running_route_that_finds_nobody_else_is_an_incident(office):
    """MXU-02, MXR-09."""
    instance = office.begin("invoice_sales_12000")

    change(office, "marc", "none", expire_mandates=True)
    office.tick()

    assert office.instance(instance["id"])["status"] == "incident"
    assert not office.inbox("marc")


def test_a_draft_that_gives_him_a_mandate_is_not_activated_afterwards(office):
    """MXU-01, MXU-02."""
    rows = [{"steps": ["first_line"]}]
    facts = {"user": "eva", "approval_type": "PI", "rule": "DL", "responsible": "frank", "financial": rows}
    draft = create_mandate(office.system, office.caller("wfa"), **facts).body["draft"]
    change(office, "eva", "portal")

    with pytest.raises(MatrixInvalid):
        revision = read_draft(office.system, office.caller("adm"), draft).body["revision"]
        activate_draft(office.system, office.caller("adm"), draft, revision=revision)
    assert mandates(office, "eva") == []


@pytest.mark.parametrize("kinds", [["none"], ["portal", "none"]])
def test_what_was_delegated_goes_back_when_nobody_can_sign_in_any_more(office, kinds):
    """MXR-01, MXU-02: eva, whom no route names, has marc's first line and loses her licence."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    delegate_task(office.system, office.caller("marc"), task, to="eva")

    for kind in kinds:
        change(office, "eva", kind)
        office.tick()

    assert office.task("marc") == task
    assert approve(office, "marc").body["task"]["outcome"] == "approved"


def test_who_can_act_on_nothing_is_given_no_task_for_his_role(office):
    """MXU-02, MXR-09: what only he could do is an incident, not a task that nobody can do."""
    change(office, "eva", "none", expire_mandates=True)

    instance = office.begin("invoice_without_cost_center")

    assert office.instance(instance["id"])["status"] == "incident"
    assert office.inbox("eva") == []
