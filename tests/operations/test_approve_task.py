"""Approving: too late, not mine, stale, by fifty at once."""

import threading

import pytest

from app.domain.errors import (
    CountersignError,
    DocumentChanged,
    InstanceNotActive,
    NotARolePlayer,
    NotFound,
    StaleRevision,
    TaskAlreadyDecided,
)
from app.operations.instances.suspend_instance import suspend_instance
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.read_task import read_task


def at_second_line(office):
    """Return the task that Claire and Donald share."""
    office.begin("invoice_sales_12000")
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    return office.task("claire")


def test_fifty_approvals_at_once_have_one_winner_whom_the_others_hear_of(office):
    """MUL-07, HND-01."""
    task = at_second_line(office)
    barrier, results = threading.Barrier(50), []
    callers = [office.caller(name) for name in ("claire", "donald")]

    def approve(number):
        barrier.wait(30)
        try:
            results.append(approve_task(office.system, callers[number % 2], task))
        except CountersignError as error:
            results.append(error)

    threads = [threading.Thread(target=approve, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    won = [each for each in results if not isinstance(each, CountersignError)]
    lost = [each for each in results if isinstance(each, CountersignError)]
    assert len(won) == 1
    assert {type(each) for each in lost} == {TaskAlreadyDecided}
    winner = won[0].body["task"]["assignments"]
    name = next(each["decided_by"]["full_name"] for each in winner if each["status"] == "approved")
    assert {each.facts["who"] for each in lost} == {name, "you"}
    document = office.inbox("marc", status="completed")[0]["document"]["id"]
    approvals = [item for item in office.timeline(document) if item["kind"] == "task_approved"]
    assert len(approvals) == 2


def test_approving_twice_is_refused_and_says_that_it_was_oneself(office):
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    approve_task(office.system, office.caller("marc"), task)

    with pytest.raises(TaskAlreadyDecided, match="you .Marc Anthony. approved it at .* It counts once"):
        approve_task(office.system, office.caller("marc"), task)


def test_the_loser_of_a_pool_hears_who_won_and_when(office):
    """TSK-08, MUL-04."""
    task = at_second_line(office)
    approve_task(office.system, office.caller("claire"), task)

    with pytest.raises(TaskAlreadyDecided) as refusal:
        approve_task(office.system, office.caller("donald"), task)

    assert "Claire approved it at 09:00" in refusal.value.detail
    (done,) = office.inbox("donald", status="completed")
    assert done["decided_by"]["full_name"] == "Claire"


def test_a_stranger_does_not_learn_that_the_task_exists(office):
    office.begin("invoice_sales_12000")

    with pytest.raises(NotFound):
        approve_task(office.system, office.caller("carl"), office.task("marc"))


def test_somebody_on_the_document_may_see_a_task_that_is_not_his_but_not_approve_it(office):
    task = at_second_line(office)

    with pytest.raises(NotARolePlayer):
        approve_task(office.system, office.caller("marc"), task)


def test_another_environment_does_not_see_the_task(office):
    """PAR-20."""
    office.begin("invoice_sales_12000")

    with pytest.raises(NotFound):
        approve_task(office.system, office.caller("kim"), office.task("marc"))


def test_a_stale_revision_is_refused(office):
    office.begin("invoice_sales_12000")

    with pytest.raises(StaleRevision):
        approve_task(office.system, office.caller("marc"), office.task("marc"), revision=7)


def test_the_vote_of_one_does_not_make_the_other_stale(office):
    task = at_second_line(office)

    revision = read_task(office.system, office.caller("donald"), task).revision

    assert revision == 1
    approve_task(office.system, office.caller("donald"), task, revision=revision)


def test_a_document_that_changed_since_it_was_shown_is_refused(office):
    office.begin("invoice_sales_12000")

    with pytest.raises(DocumentChanged):
        approve_task(office.system, office.caller("marc"), office.task("marc"), document_hash="0" * 64)


def test_nobody_acts_on_a_suspended_instance(office):
    instance = office.begin("invoice_sales_12000")
    suspend_instance(office.system, office.caller("wfa"), instance["id"], reason="audit")

    with pytest.raises(InstanceNotActive):
        approve_task(office.system, office.caller("marc"), office.task("marc"))


def test_a_refusal_changes_nothing(office):
    instance = office.begin("invoice_sales_12000")
    before = office.instance(instance["id"])

    with pytest.raises(StaleRevision):
        approve_task(office.system, office.caller("marc"), office.task("marc"), revision=7)

    assert office.instance(instance["id"]) == before


@pytest.mark.parametrize(
    "place", ["journal.insert_audit", "instances.update_instance", "tasks.insert_assignments", "tasks.update_assignment"]
)
def test_a_crash_between_two_statements_leaves_nothing(office, monkeypatch, place):
    """TSK-05: tasks, votes, state and audit are stored together or not at all."""
    document = office.send("invoice_sales_12000")
    office.start(document)
    task, marc = office.task("marc"), office.caller("marc")
    before = (office.timeline(document), office.inbox("marc"), office.inbox("claire"))

    def crash(*_, **__):
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(f"app.persistence.{place}", crash)
        with pytest.raises(RuntimeError):
            approve_task(office.system, marc, task)

    assert (office.timeline(document), office.inbox("marc"), office.inbox("claire")) == before
    approve_task(office.system, marc, task)
    assert [item["kind"] for item in office.timeline(document)].count("task_approved") == 1
