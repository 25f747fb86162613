"""A user leaves, or hands over and stays: roles, mandates and worklist go to a successor."""

from datetime import date

import pytest
import sqlalchemy as sa

from app.domain.errors import (
    GrantRefused,
    InvalidRequest,
    LastAdministrator,
    MoveRefused,
    NotFound,
    NotPermitted,
    NotSignedIn,
    StaleRevision,
    UserProtected,
)
from app.domain.leaving_errors import HandoverConflicts, SuccessorRefused, UserNotActive
from app.operations.absences.create_absence import create_absence
from app.operations.absences.list_absences import list_absences
from app.operations.answer import CallerOutdated, RequestKey
from app.operations.documents.code_lines import code_lines
from app.operations.instances.list_incidents import list_incidents
from app.operations.instances.read_instance import read_instance
from app.operations.instances.start_instance import start_instance
from app.operations.matrix.editing.list_mandates import list_mandates
from app.operations.people import handing_over
from app.operations.people.authenticate_token import authenticate_token
from app.operations.people.callers import find_caller
from app.operations.people.create_token import create_token
from app.operations.people.deactivate_user import deactivate_user
from app.operations.people.read_user import read_user
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.reject_task import reject_task
from app.persistence import people, users
from app.persistence.tables.journal import audit_event
from tests.http.people import invoice
from tests.operations.diagrams import chain, deploy, user_task
from tests.operations.leaving_people import begin, deactivate, mandates, open_shares, put_otto_to_work, transfer, user_id


@pytest.fixture
def otto(office):
    """Give the office with otto at work."""
    return put_otto_to_work(office)


def test_everything_goes_to_the_successor(otto):
    """USR-39: otto to marc."""
    (before,) = mandates(otto, "otto")

    body = deactivate(otto, "otto", "marc")
    otto.tick()

    assert (body["roles"], body["expired_count"], body["copied_count"], body["tasks"], body["conflicts"]) == (["coding"], 1, 1, 5, [])
    assert "coding" in otto.caller("marc").roles
    (old,) = list_mandates(otto.system, otto.caller("wfa"), user="otto").body["items"]
    assert (old["status"], before[0]) == ("expired", "active")
    assert ("active", "DL", old["id"]) in mandates(otto, "marc")
    assert len(otto.inbox("marc")) == 5
    for item in otto.inbox("marc"):
        approve_task(otto.system, otto.caller("marc"), item["id"])
    assert list_incidents(otto.system, otto.caller("wfa")).body["items"] == []
    with otto.system.database.read() as reading:
        kinds = {row.kind for row in reading.rows(sa.select(audit_event.c.kind).where(audit_event.c.kind.like("user_%")))}
    assert kinds >= {"user_activated", "user_deactivated"}


def test_tasks_that_come_later_go_to_the_successor(otto):
    """USR-39: a new assignment to otto lands at marc; MXU-03: so do those of the matrix and of routes from before."""
    deactivate(otto, "otto", "marc")
    otto.tick()
    count = len(otto.inbox("marc"))

    start_instance(otto.system, otto.caller("erp"), definition="errand", document_id=None)
    begin(otto, "SUP-N-1")

    assert len(otto.inbox("marc")) == count + 2


def test_a_later_step_that_names_who_left_is_opened_for_the_successor(otto):
    """MXU-03: claire's successor signs the second line that waits for her behind the first."""
    deploy_mandate = "frank"
    otto.begin("invoice_sales_12000")
    deactivate(otto, "claire", deploy_mandate)
    otto.tick()

    approve_task(otto.system, otto.caller("marc"), otto.task("marc"))

    open_tasks = otto.inbox("frank")
    assert [item["step"] for item in open_tasks] == ["second_line"]
    assert {name["username"] for name in open_tasks[0]["pool"]} == {"frank", "donald"}
    approve_task(otto.system, otto.caller("frank"), open_tasks[0]["id"])


def test_until_they_are_moved_the_successor_acts_for_who_left(otto):
    """USR-39: nothing is ever out of reach."""
    deactivate(otto, "otto", "marc")

    waiting = [item for item in otto.inbox("marc") if item["kind"] == "task"]
    assert len(waiting) == 3
    approve_task(otto.system, otto.caller("marc"), waiting[0]["id"])
    otto.tick()

    assert len(otto.inbox("marc")) == 4


def test_a_share_of_both_becomes_one(office):
    """MUL-06: in a set of donald and claire only claire is left, and her vote decides."""
    deploy(office, chain("both", user_task("Ask", assignees='["donald", "claire"]', mode="all")))
    start_instance(office.system, office.caller("erp"), definition="both", document_id=None)
    task = office.task("claire")

    deactivate(office, "donald", "claire")
    office.tick()

    (item,) = office.inbox("claire")
    assert [name["username"] for name in item["assignees"]] == ["claire"]
    assert approve_task(office.system, office.caller("claire"), task).body["task"]["outcome"] == "approved"


def test_a_claim_a_delegation_and_a_vote_outlive_who_left(otto):
    """USR-39: what ann does for otto she does for marc afterwards; the timeline says who took over."""
    first, second = [item["id"] for item in otto.inbox("otto") if item["kind"] == "approval"]
    delegate_task(otto.system, otto.caller("otto"), first, to="eva")
    claim_task(otto.system, otto.caller("otto"), second)

    deactivate(otto, "otto", "marc")
    otto.tick()

    (item,) = otto.inbox("eva")
    assert item["on_behalf_of"]["username"] == "marc"
    approve_task(otto.system, otto.caller("eva"), first)
    approve_task(otto.system, otto.caller("marc"), second)


def test_a_successor_who_plays_another_role_is_listed_and_it_is_determined_again(office):
    """USR-39, MXR-08: donald has the second line of marc's invoice in his pool; with confirm somebody else signs the first."""
    instance = office.begin("invoice_sales_12000")

    with pytest.raises(HandoverConflicts) as refusal:
        deactivate(office, "marc", "claire")
    (listed,) = refusal.value.facts["conflicts"]
    assert (listed["process_instance_id"], listed["steps"], listed["number"]) == (instance["id"], ["second_line"], "A-2026-1201")
    assert office.caller("marc").username == "marc"

    deactivate(office, "marc", "claire", confirm=True)
    office.tick()

    route = read_instance(office.system, office.caller("adm"), instance["id"]).body["route"]["steps"]
    signers = {step["step"]: {each["username"] for slot in step["slots"] for each in slot["pool"]} for step in route}
    assert not signers["first_line"] & signers["second_line"]
    assert any(item["kind"] == "role_players_reset" for item in office.timeline(instance["document_id"]))
    for step in ("first_line", "second_line"):
        name = min(signers[step])
        approve_task(office.system, office.caller(name), office.task(name))


def test_where_nothing_can_be_determined_again_an_administrator_is_asked(office, monkeypatch):
    """USR-39, MXR-09: a diagram that cannot go back; the share that nobody may take over is an incident, not lost."""

    def refuse(_turn, *, cause):
        raise MoveRefused(cause=cause)

    instance = office.begin("invoice_sales_12000")
    monkeypatch.setattr(handing_over, "redetermine", refuse)

    deactivate(office, "marc", "claire", confirm=True)
    office.tick()

    (incident,) = list_incidents(office.system, office.caller("wfa")).body["items"]
    assert (incident["process_instance_id"], incident["code"]) == (instance["id"], "shares_missing")
    assert [item["kind"] for item in office.inbox("wfa")] == ["incident"]
    assert open_shares(office, "marc") == 0


def test_a_successor_who_coded_the_document_does_not_sign_it(otto):
    """MXR-05, USR-39: eva coded; the role players are determined again, and an administrator hears that nobody is left."""
    document = otto.send_bytes(invoice("700.00", accounting_cost=None))
    started = otto.start(document)
    code_lines(otto.system, otto.caller("eva"), document, lines=[{"id": "1", "cost_center": "SUP-N-1"}])
    approve_task(otto.system, otto.caller("eva"), otto.task("eva"))
    before = {item["process_instance_id"] for item in otto.inbox("otto")}
    assert started["id"] in before

    deactivate(otto, "otto", "eva")
    otto.tick()

    assert started["id"] not in {item["process_instance_id"] for item in otto.inbox("eva")}
    assert (len(otto.inbox("eva")), open_shares(otto, "otto")) == (5, 0)
    told = [item["kind"] for item in otto.timeline(document)]
    assert "role_players_reset" in told


def test_a_dry_run_shows_all_that_and_changes_nothing(otto):
    """USR-39."""
    shown = deactivate(otto, "otto", "marc", dry_run=True)
    otto.tick()

    assert (shown["dry_run"], shown["tasks"], shown["copied_count"], shown["copies"][0]["id"]) == (True, 5, 1, None)
    assert (len(otto.inbox("otto")), mandates(otto, "otto")[0][0]) == (5, "active")
    done = deactivate(otto, "otto", "marc", revision=read_user(otto.system, otto.caller("adm"), user_id(otto, "otto")).body["revision"])
    same = ("roles", "expired", "copied_count", "tasks", "conflicts")
    assert {name: done[name] for name in same} == {name: shown[name] for name in same}


def test_who_leaves_is_out_at_once(otto):
    """USR-39: sessions and tokens end, and whoever was read before is looked at again."""
    token = create_token(otto.system, "otto", label="x")
    known, task = authenticate_token(otto.system, token), otto.inbox("otto")[0]["id"]
    absence = {"stand_in": "ann", "starts_on": date(2026, 11, 2), "ends_on": date(2026, 11, 9)}
    create_absence(otto.system, otto.caller("otto"), **absence)
    known = authenticate_token(otto.system, token)

    deactivate(otto, "otto", "marc")

    with pytest.raises(CallerOutdated):
        approve_task(otto.system, known, task)
    with pytest.raises(NotSignedIn):
        authenticate_token(otto.system, token)
    with pytest.raises(NotFound):
        find_caller(otto.system, "otto")
    (ended,) = list_absences(otto.system, otto.caller("adm"), user_id=user_id(otto, "otto")).body["items"]
    assert ended["state"] == "ended"


def test_a_second_time_is_refused_and_a_request_sent_twice_is_done_once(otto):
    key = RequestKey(key="k", route="POST /users/x/deactivate", digest="a")

    first, again = (deactivate(otto, "otto", "marc", request=key) for _ in range(2))

    assert first == again
    with pytest.raises(UserNotActive):
        deactivate(otto, "otto", "marc")
    with pytest.raises(UserNotActive):
        transfer(otto, "otto", "marc")
    assert [status for status, _, _ in mandates(otto, "marc")].count("active") == 2


@pytest.mark.parametrize(
    ("successor", "error"),
    [
        ("nobody", InvalidRequest),
        ("marc", InvalidRequest),
        ("pia", SuccessorRefused),
        ("otto", SuccessorRefused),
        ("x" * 9999, InvalidRequest),
    ],
)
def test_only_an_active_full_colleague_succeeds(office, successor, error):
    """USR-39, MXU-01: unknown, himself, a portal user, and otto, whose own successor is marc."""
    with pytest.raises(error):
        deactivate(office, "marc", successor)

    assert mandates(office, "marc")[0][0] == "active"


def test_a_successor_who_leads_back_is_refused_with_that_reason(office):
    """USR-39: cyclic."""
    with pytest.raises(SuccessorRefused, match="leads back to Marc Anthony"):
        deactivate(office, "marc", "otto")


def test_a_portal_user_may_succeed_who_holds_neither_mandates_nor_tasks(office):
    """MXU-01: what waits for eva waits for somebody who may act on it."""
    office.begin("invoice_without_cost_center")
    with pytest.raises(SuccessorRefused, match="act on the tasks"):
        deactivate(office, "eva", "pia")
    reject_task(office.system, office.caller("eva"), office.task("eva"), reason="Not ours")

    deactivate(office, "eva", "pia")

    assert "coding" in office.caller("pia").roles


def test_nobody_gives_himself_mandates_or_more_than_he_has(office):
    """Taking over is no way around the second person that the matrix asks for, nor to become an administrator."""
    with pytest.raises(GrantRefused):
        deactivate(office, "marc", "adm")
    with pytest.raises(NotPermitted):
        deactivate(office, "marc", "ann", by="claire")
    with office.system.database.write() as work:
        users.add_roles(work, 1, user_id(office, "eva"), ["application_manager"])
        people.raise_authority_version(work, 1)
        work.commit()
    with pytest.raises(UserProtected):
        deactivate(office, "adm", "ann", by="eva")
    with pytest.raises(NotFound):
        deactivate_user(office.system, office.caller("adm"), office.caller("kim").user_id, successor="ann")


def test_the_last_administrator_cannot_leave_but_may_hand_over(office):
    """USR-39."""
    with pytest.raises(LastAdministrator):
        deactivate(office, "adm", "wfa")

    assert "administrator" in transfer(office, "adm", "wfa")["roles"]
    deactivate(office, "adm", "wfa")


def test_a_stale_revision_changes_nothing(office):
    for verb in (deactivate, transfer):
        with pytest.raises(StaleRevision):
            verb(office, "ann", "carl", revision=99)
