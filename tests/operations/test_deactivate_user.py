"""A user leaves, or hands over and stays: roles, mandates and worklist go to a successor."""

import threading
from datetime import date

import pytest
import sqlalchemy as sa

from app.domain.errors import (
    CountersignError,
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
from app.domain.leaving_errors import HandoverConflicts, SuccessorRefused, UserActive, UserNotActive
from app.operations.absences.create_absence import create_absence
from app.operations.absences.list_absences import list_absences
from app.operations.answer import CallerOutdated, RequestKey
from app.operations.documents.code_lines import code_lines
from app.operations.instances.list_incidents import list_incidents
from app.operations.instances.read_instance import read_instance
from app.operations.instances.resume_instance import resume_instance
from app.operations.instances.start_instance import start_instance
from app.operations.instances.suspend_instance import suspend_instance
from app.operations.matrix.check_matrix import check_matrix
from app.operations.matrix.drafts.activate_draft import activate_draft
from app.operations.matrix.drafts.read_draft import read_draft
from app.operations.matrix.editing.create_mandate import create_mandate
from app.operations.matrix.editing.list_mandates import list_mandates
from app.operations.people import handing_over
from app.operations.people.activate_user import activate_user
from app.operations.people.authenticate_token import authenticate_token
from app.operations.people.callers import find_caller
from app.operations.people.create_token import create_token
from app.operations.people.deactivate_user import deactivate_user
from app.operations.people.read_user import read_user
from app.operations.people.transfer_user import transfer_user
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.do_due_work import do_due_work
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.delegate_task import delegate_task
from app.persistence import people, users
from app.persistence.tables.journal import audit_event, outbox
from app.persistence.tables.tasks import assignment
from tests.http.people import invoice
from tests.operations.diagrams import chain, deploy, user_task


def user_id(office, username):
    """Return the id of a user, active or not."""
    with office.system.database.read() as reading:
        (row,) = people.find_users(reading, username=username, environment=1)
    return row.id


def deactivate(office, username, successor, by="adm", **more):
    """Deactivate a user and return the answer's body."""
    return deactivate_user(office.system, office.caller(by), user_id(office, username), successor=successor, **more).body


def transfer(office, username, to, by="adm", **more):
    """Hand over a user's work and return the answer's body."""
    return transfer_user(office.system, office.caller(by), user_id(office, username), to=to, **more).body


def mandates(office, username):
    """Return status, rule and origin of each mandate of a user."""
    items = list_mandates(office.system, office.caller("wfa"), user=username).body["items"]
    return [(each["status"], each["rule"], each["copied_from"]) for each in items]


def give_mandate(office, username, cost_center, rule="DL", steps=("first_line",)):
    """Give somebody a mandate, by the draft of one administrator that another activates."""
    line = {"steps": list(steps), "cost_center": cost_center}
    facts = {"user": username, "approval_type": "PI", "rule": rule, "responsible": "frank", "financial": [line]}
    made = create_mandate(office.system, office.caller("wfa"), **facts).body
    revision = read_draft(office.system, office.caller("adm"), made["draft"]).body["revision"]
    activate_draft(office.system, office.caller("adm"), made["draft"], revision=revision)


def begin(office, cost_center, amount="700.00", **facts):
    """Send an invoice for a cost center and start its process instance."""
    return office.start(office.send_bytes(invoice(amount, accounting_cost=cost_center, **facts)))


@pytest.fixture
def otto(office):
    """Give the office with otto at work: he may sign for SUP-N, codes, and has five tasks, two of them approvals."""
    activate_user(office.system, office.caller("adm"), user_id(office, "otto"))
    with office.system.database.write() as work:
        users.add_roles(work, 1, user_id(office, "otto"), ["coding"])
        people.raise_authority_version(work, 1)
        work.commit()
    give_mandate(office, "otto", "SUP-N-1")
    deploy(office, chain("errand", user_task("Ask", assignees='["otto"]')))
    for _ in range(3):
        start_instance(office.system, office.caller("erp"), definition="errand", document_id=None)
    for _ in range(2):
        begin(office, "SUP-N-1")
    assert len(office.inbox("otto")) == 5
    office.tick()
    return office


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


def test_a_portal_user_may_succeed_who_holds_no_mandates(office):
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


def test_who_hands_over_stays_with_an_empty_worklist(otto):
    """USR-40."""
    body = transfer(otto, "otto", "marc")
    otto.tick()

    assert (body["active"], body["tasks"], otto.inbox("otto")) == (True, 5, [])
    assert [status for status, _, _ in mandates(otto, "otto")] == ["expired"]
    assert "coding" in otto.caller("otto").roles & otto.caller("marc").roles
    assert len(otto.inbox("marc")) == 5
    begin(otto, "SUP-N-1")
    assert (len(otto.inbox("otto")), len(otto.inbox("marc"))) == (0, 6)


def test_what_was_killed_half_way_goes_on(otto):
    """USR-39: the worker dies between two process instances; what is left is done by the next."""
    deactivate(otto, "otto", "marc")
    while not (due := [work for work in claim_due(otto.system) if work.kind == "outbox"]):
        pass
    for work in due:
        do_due_work(otto.system, work)
    first, *_ = [work for work in claim_due(otto.system) if work.kind == "outbox"]
    do_due_work(otto.system, first)
    assert 0 < open_shares(otto, "otto") < 5

    with otto.system.database.write() as work:
        work.execute(sa.update(outbox).values(lease_until=None))
        work.commit()
    otto.tick()

    assert (open_shares(otto, "otto"), open_shares(otto, "marc")) == (0, 5)


def open_shares(office, username):
    """Return how many open shares a user has himself."""
    with office.system.database.read() as reading:
        found = sa.select(assignment.c.id).where(assignment.c.user_id == user_id(office, username), assignment.c.status == "open")
        return len(reading.rows(found))


def test_a_suspended_instance_is_handed_over_when_it_goes_on(otto, clock):
    """USR-39: meanwhile nobody acts in it anyway."""
    instance = otto.inbox("otto")[0]["process_instance_id"]
    suspend_instance(otto.system, otto.caller("wfa"), instance, reason="x")
    deactivate(otto, "otto", "marc")
    otto.tick()
    assert open_shares(otto, "otto") == 1

    resume_instance(otto.system, otto.caller("wfa"), instance)
    clock.advance(minutes=6)
    otto.tick()

    assert (open_shares(otto, "otto"), open_shares(otto, "marc")) == (0, 5)


def test_what_a_turn_under_way_still_gave_him_is_found_later(otto, clock):
    """USR-39: a task that was opened by a turn that began before he left."""
    deactivate(otto, "otto", "marc")
    otto.tick()
    with otto.system.database.write() as work:  # as that turn would have left it
        found = sa.select(assignment.c.id).where(assignment.c.user_id == user_id(otto, "marc"), assignment.c.status == "open").limit(1)
        late = work.rows(found)[0].id
        work.execute(sa.update(assignment).where(assignment.c.id == late).values(user_id=user_id(otto, "otto")))
        work.commit()
    assert open_shares(otto, "otto") == 1

    clock.advance(minutes=2)
    otto.tick()

    assert (open_shares(otto, "otto"), open_shares(otto, "marc")) == (0, 5)


def at_once(**works):
    """Run all at once and return what each gave, a refusal as itself."""
    results, barrier = {}, threading.Barrier(len(works))

    def run(name, work):
        barrier.wait(30)
        try:
            results[name] = work()
        except (CountersignError, CallerOutdated) as error:
            results[name] = error

    threads = [threading.Thread(target=run, args=each) for each in works.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_leaving_and_approving_at_once_follow_one_another(otto):
    """USR-39: one commits first, the other sees it; nothing is lost and nothing is done twice."""
    task, caller, adm = otto.inbox("otto")[0]["id"], otto.caller("otto"), otto.caller("adm")
    left = user_id(otto, "otto")

    results = at_once(
        approve=lambda: approve_task(otto.system, caller, task),
        leave=lambda: deactivate_user(otto.system, adm, left, successor="marc"),
    )
    otto.tick()

    assert results["leave"].body["active"] is False
    is_approved = not isinstance(results["approve"], Exception)
    assert is_approved or isinstance(results["approve"], NotSignedIn)
    assert (len(otto.inbox("marc")), open_shares(otto, "otto")) == (4 if is_approved else 5, 0)


def test_what_starts_while_he_leaves_lands_at_the_successor(otto, clock):
    """USR-39: whichever commits first, no task stays with who has left."""
    erp, adm, left = otto.caller("erp"), otto.caller("adm"), user_id(otto, "otto")
    documents = [otto.send_bytes(invoice("700.00", accounting_cost="SUP-N-1")) for _ in range(3)]

    def begin(document):
        return lambda: start_instance(otto.system, erp, definition="purchase_invoice", document_id=document)

    starts = {f"start_{number}": begin(document) for number, document in enumerate(documents)}
    results = at_once(leave=lambda: deactivate_user(otto.system, adm, left, successor="marc"), **starts)
    otto.tick()
    clock.advance(minutes=2)
    otto.tick()

    assert not [each for each in results.values() if isinstance(each, Exception)]
    assert (open_shares(otto, "otto"), open_shares(otto, "marc")) == (0, 8)


def test_who_comes_back_has_no_mandates_and_the_checks_say_who_has_them(otto, mails):
    """USR-35, USR-42."""
    deactivate(otto, "otto", "marc")
    otto.tick()
    mails.clear()
    with otto.system.database.write() as work:
        people.update_user(work, user_id(otto, "otto"), email="otto@example.com")
        people.raise_authority_version(work, 1)
        work.commit()

    body = activate_user(otto.system, otto.caller("adm"), user_id(otto, "otto")).body
    otto.tick()

    assert (body["active"], body["successor"], [status for status, _, _ in mandates(otto, "otto")]) == (True, None, ["expired"])
    assert [mail["To"] for mail in mails if "otto" in mail["To"]]
    findings = check_matrix(otto.system, otto.caller("wfa")).body["findings"]
    (finding,) = [each for each in findings if each["code"] == "copy_outlives_original"]
    assert "Otto, who is active again" in finding["sentence"]
    assert (len(otto.inbox("marc")), otto.inbox("otto")) == (5, [])
    with pytest.raises(UserActive):
        activate_user(otto.system, otto.caller("adm"), user_id(otto, "otto"))
    with pytest.raises(NotPermitted):
        activate_user(otto.system, otto.caller("marc"), user_id(otto, "otto"))
    with pytest.raises(StaleRevision):
        activate_user(otto.system, otto.caller("adm"), user_id(otto, "otto"), revision=0)


def test_who_comes_back_at_once_keeps_what_comes_then(otto, clock):
    """USR-35, USR-39: the last looks at what he left take nothing from him that he was given since."""
    deactivate(otto, "otto", "marc")
    otto.tick()
    activate_user(otto.system, otto.caller("adm"), user_id(otto, "otto"))
    clock.advance(seconds=40)
    start_instance(otto.system, otto.caller("erp"), definition="errand", document_id=None)

    clock.advance(minutes=3)
    otto.tick()

    assert (open_shares(otto, "otto"), open_shares(otto, "marc")) == (1, 5)


def test_who_hands_over_and_stays_keeps_what_comes_afterwards(otto, clock):
    """USR-37, USR-40."""
    transfer(otto, "otto", "marc")
    otto.tick()
    clock.advance(seconds=40)
    start_instance(otto.system, otto.caller("erp"), definition="errand", document_id=None)

    clock.advance(minutes=3)
    otto.tick()

    assert (open_shares(otto, "otto"), open_shares(otto, "marc")) == (1, 5)
