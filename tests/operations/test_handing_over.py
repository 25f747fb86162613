"""What somebody had goes to his successor, a turn for each process instance, and goes on after whatever comes in between."""

import threading

import pytest
import sqlalchemy as sa

from app.domain.errors import (
    CountersignError,
    NotPermitted,
    NotSignedIn,
    StaleRevision,
)
from app.domain.leaving_errors import UserActive
from app.operations.answer import CallerOutdated
from app.operations.instances.resume_instance import resume_instance
from app.operations.instances.start_instance import start_instance
from app.operations.instances.suspend_instance import suspend_instance
from app.operations.matrix.check_matrix import check_matrix
from app.operations.people.activate_user import activate_user
from app.operations.people.deactivate_user import deactivate_user
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.do_due_work import do_due_work
from app.operations.tasks.approve_task import approve_task
from app.persistence import people
from app.persistence.tables.journal import outbox
from app.persistence.tables.tasks import assignment
from tests.http.people import invoice
from tests.operations.leaving_people import begin, deactivate, mandates, open_shares, put_otto_to_work, transfer, user_id


@pytest.fixture
def otto(office):
    """Give the office with otto at work."""
    return put_otto_to_work(office)


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
