"""A task that nobody does in time: to whom it goes, who may act then, and what happens when nobody is left."""

import pytest

from app.domain.errors import TaskAlreadyDecided, TaskMoved
from app.operations.instances.list_incidents import list_incidents
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.fire_timer import fire_timer
from app.operations.tasks.answer_question import answer_question
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.ask_question import ask_question
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.hold_task import hold_task
from app.operations.tasks.reject_task import reject_task
from app.persistence import people
from app.persistence.tables.people import user_role
from tests.operations.diagrams import chain, deploy, resolve, user_task


@pytest.fixture
def opened(office):
    """Give a function that opens one task for some people and returns its id."""

    def open_task(*names, **properties):
        listed = ", ".join(f'"{name}"' for name in names)
        deploy(office, chain("late", user_task("Look", assignees=f"[{listed}]", **properties)))
        office.start(office.send("invoice_sales_12000"), definition="late")
        return office.task(names[0])

    return open_task


@pytest.fixture
def step(office):
    """Give a function that opens the first line of an invoice on SALES, which claire or donald sign after marc; returns document and task."""

    def open_step(**properties):
        first = user_task("First", approval_step="first_line", **properties)
        deploy(office, chain("late", resolve(), first, user_task("Second", approval_step="second_line")))
        document = office.send("invoice_sales_12000")
        office.start(document, definition="late")
        return document, office.task("marc")

    return open_step


def change(office, username, **values):
    """Change columns of a user, as the data stands from now on."""
    with office.system.database.write() as work:
        people.update_user(work, office.caller(username).user_id, **values)
        people.raise_authority_version(work, 1)
        work.commit()


def later(office, clock, **steps):
    clock.advance(**steps, minutes=1)
    office.tick()


def told(office, document, kind):
    return [entry for entry in office.timeline(document) if entry["kind"] == kind]


def holders(office, task):
    return {
        name
        for name in ("marc", "claire", "donald", "frank", "ann", "adm", "wfa")
        if any(item["id"] == task for item in office.inbox(name))
    }


def test_after_48_hours_it_goes_to_donald(opened, office, clock, mails):
    """ESC-02."""
    change(office, "donald", notify_new_task=True)
    task = opened("marc", escalate_after="PT48H", escalate_to="donald")
    later(office, clock, hours=47)
    assert holders(office, task) == {"marc"}

    later(office, clock, hours=1)

    (escalated,) = office.inbox("marc", status="escalated")
    document = office.instance(escalated["process_instance_id"])["document_id"]
    (entry,) = told(office, document, "task_escalated")
    assert holders(office, task) == {"donald"}
    assert escalated["escalated_to"]["username"] == "donald"
    assert entry["facts"]["cause"] == "timeout 48h"
    assert "timeout 48h" in office.inbox("donald")[0]["why"]
    assert [(mail["To"], mail["Subject"].split(":")[0]) for mail in mails] == [("donald@example.com", "Escalated to you")]


@pytest.mark.parametrize(("target", "holder"), [("manager", {"claire"}), ("backup", {"ann"}), ('["role:workflow_administrator"]', {"wfa"})])
def test_a_target_is_a_person_a_manager_a_backup_or_a_role(opened, office, clock, target, holder):
    """ESC-02."""
    change(office, "marc", backup_id=office.caller("ann").user_id)
    task = opened("marc", escalate_after="P1D", escalate_to=target)

    later(office, clock, days=1)

    assert holders(office, task) == holder


def test_who_was_late_may_not_act_any_more(opened, office, clock):
    """ESC-03: a late approval is told where the task is now."""
    task = opened("marc", escalate_after="PT48H", escalate_to="donald")
    later(office, clock, hours=48)

    with pytest.raises(TaskMoved, match="escalated to Donald"):
        approve_task(office.system, office.caller("marc"), task)


@pytest.mark.parametrize("mode", ["any", "all", "2 of", "100 %"])
@pytest.mark.parametrize("first", ["marc", "donald"])
def test_with_mode_share_both_may_act_and_one_vote_counts(opened, office, clock, mode, first):
    """ESC-03: `keep_original` of the requirement."""
    others = () if mode == "any" else ("ann",)
    task = opened("marc", *others, mode=mode, escalate_after="P1D", escalate_to="donald", escalate_mode="share")
    for other in others:
        approve_task(office.system, office.caller(other), task)
    later(office, clock, days=1)
    assert holders(office, task) == {"marc", "donald"}

    body = approve_task(office.system, office.caller(first), task).body

    assert body["process_instance"]["status"] == "completed"
    second = {"marc": "donald", "donald": "marc"}[first]
    with pytest.raises(TaskAlreadyDecided):
        approve_task(office.system, office.caller(second), task)


def test_a_shared_vote_does_not_decide_for_the_others(opened, office, clock):
    """ESC-03, MUL-05: of three votes the shared one is one."""
    task = opened("marc", "ann", "carl", mode="2 of", escalate_after="P1D", escalate_to='["donald", "frank", "wfa"]', escalate_mode="share")
    later(office, clock, days=1)

    first = approve_task(office.system, office.caller("marc"), task).body
    second = reject_task(office.system, office.caller("ann"), task, reason="No.").body
    third = approve_task(office.system, office.caller("carl"), task).body

    assert [body["process_instance"]["status"] for body in (first, second, third)] == ["active", "active", "completed"]


def test_who_plays_another_step_is_passed_over(step, office, clock):
    """ESC-04, MXR-01: the target signs the second line, so it falls to frank."""
    _, task = step(escalate_after="P1D", escalate_to='["claire", "donald", "frank"]')

    later(office, clock, days=1)

    assert holders(office, task) == {"frank"}
    assert approve_task(office.system, office.caller("frank"), task).body["process_instance"]["status"] == "active"


def test_where_no_target_may_it_falls_to_an_administrator(step, office, clock):
    """ESC-04."""
    _, task = step(escalate_after="P1D", escalate_to='["claire", "donald"]')

    later(office, clock, days=1)

    assert holders(office, task) == {"wfa"}


def test_the_matrix_names_its_next_candidate_who_signs_on_his_own_authority(office, clock):
    """ESC-04: of SUP jeremy signs what comes from Informatique, and ann, whose mandate is for any supplier, would be next."""
    first = user_task("First", approval_step="first_line", escalate_after="P1D", escalate_to='["matrix", "manager"]')
    deploy(office, chain("late", resolve(), first, user_task("Second", approval_step="second_line")))
    instance = office.start(office.send("invoice_sales_12000", **{"SALES": "SUP", "23456789": "34567890"}), definition="late")
    task = office.task("jeremy")

    later(office, clock, days=1)
    after = holders(office, task)
    approve_task(office.system, office.caller("ann"), task)

    assert after == {"ann"}
    assert told(office, instance["document_id"], "task_approved")[-1]["on_behalf_of"] is None


def test_it_goes_on_to_the_next_and_in_the_end_asks_an_administrator(opened, office, clock):
    """ESC-02, ESC-04: again after the same time, never back to who was late, and bounded."""
    task = opened("marc", escalate_after="P1D", escalate_to='["donald", "frank"]')
    seen = []
    for _ in range(6):
        later(office, clock, days=1)
        seen.append(holders(office, task))

    incidents = list_incidents(office.system, office.caller("wfa"), status="open").body["items"]
    assert seen[:4] == [{"donald"}, {"frank"}, {"wfa"}, {"adm"}]
    assert [incident["code"] for incident in incidents] == ["escalation_exhausted"]
    assert seen[-1] == {"adm"}

    approve_task(office.system, office.caller("adm"), task)

    assert list_incidents(office.system, office.caller("wfa"), status="open").body["items"] == []


def test_the_next_has_his_full_time_and_his_own_reminder(opened, office, clock, mails):
    """ESC-01, ESC-02."""
    change(office, "donald", notify_new_task=True)
    opened("marc", remind_after="P1D", remind_every="P1D", escalate_after="PT36H", escalate_to='["donald"]')
    for _ in range(62):
        clock.advance(hours=1)
        office.tick()

    assert [(mail["To"].split("@")[0], mail["Subject"].split(":")[0]) for mail in mails] == [
        ("marc", "Still open"),
        ("donald", "Escalated to you"),
        ("donald", "Still open"),
    ]


def test_an_overdue_task_escalates_when_its_diagram_says_so(opened, office, clock):
    task = opened("marc", due="P2D", on_overdue="escalate", escalate_to="donald")

    later(office, clock, days=2)

    assert holders(office, task) == {"donald"}
    assert "overdue" in office.inbox("donald")[0]["why"]


def test_a_claimed_task_escalates_all_the_same(opened, office, clock):
    """ESC-02: claiming stops the reminder alone."""
    task = opened("marc", escalate_after="P1D", escalate_to="donald")
    claim_task(office.system, office.caller("marc"), task)

    later(office, clock, days=1)

    assert holders(office, task) == {"donald"}


def test_an_escalation_that_is_handed_out_twice_moves_it_once(opened, office, clock, mails):
    """ESC-08."""
    change(office, "donald", notify_new_task=True)
    task = opened("marc", escalate_after="P1D", escalate_to='["donald", "frank"]')
    clock.advance(days=1, minutes=1)
    (due,) = [work.id for work in claim_due(office.system) if work.kind == "timer"]

    assert [fire_timer(office.system, due), fire_timer(office.system, due)] == [True, False]
    office.tick()

    assert holders(office, task) == {"donald"}
    assert len(mails) == 1


@pytest.mark.parametrize("verb", ["approve", "hold"])
def test_an_escalation_that_comes_as_somebody_acts_does_nothing(opened, office, clock, verb):
    """ESC-07: whichever commits first wins."""
    task = opened("marc", escalate_after="P1D", escalate_to="donald")
    clock.advance(days=1, minutes=1)
    (due,) = [work.id for work in claim_due(office.system) if work.kind == "timer"]
    {"approve": approve_task, "hold": hold_task}[verb](office.system, office.caller("marc"), task)

    assert fire_timer(office.system, due) is False
    assert office.inbox("donald") == []


@pytest.mark.parametrize("clocks", [{"escalate_after": "P1D"}, {"due": "P1D", "on_overdue": "escalate"}])
def test_who_waits_for_an_answer_is_not_late_until_it_is_there(opened, office, clock, clocks):
    """ESC-02, ESC-07: the other two are; after the answer it goes on for him."""
    targets = '["donald", "frank", "claire"]'
    task = opened("marc", "ann", "carl", mode="all", escalate_to=targets, **clocks)
    asked = ask_question(office.system, office.caller("marc"), task, whom="eva", question="Did we get it?").body["question"]

    later(office, clock, days=1)
    after_a_day = holders(office, task)
    answer_question(office.system, office.caller("eva"), asked, answer="Yes")
    later(office, clock, days=1)

    assert after_a_day == {"marc", "donald"}
    assert "marc" not in holders(office, task)
    assert [item["id"] for item in office.inbox("marc", status="escalated")] == [task]


def test_whoever_shares_the_vote_of_an_asker_waits_with_him(opened, office, clock):
    """ESC-03, ESC-07: one vote, one question; what remained of the time remains."""
    task = opened("marc", mode="all", escalate_after="P1D", escalate_to='["donald", "frank"]', escalate_mode="share")
    later(office, clock, days=1)
    asked = ask_question(office.system, office.caller("marc"), task, whom="eva", question="Did we get it?").body["question"]
    later(office, clock, days=9)
    while_waiting = holders(office, task)

    answer_question(office.system, office.caller("eva"), asked, answer="Yes")
    later(office, clock, days=1)

    assert while_waiting == {"marc", "donald"}
    assert holders(office, task) == {"marc", "donald", "frank"}


def test_a_share_that_stays_goes_to_nobody_who_counts_by_it_already(opened, office, clock):
    """ESC-03, MUL-05: it is marc's vote that ann has; to ask him as well would ask nobody more."""
    task = opened("marc", escalate_after="P1D", escalate_to='["marc", "donald"]', escalate_mode="share")
    delegate_task(office.system, office.caller("marc"), task, to="ann")

    later(office, clock, days=1)

    assert holders(office, task) == {"ann", "donald"}


def test_no_task_escalates_to_a_program(opened, office, clock):
    """ESC-02: donald's account belongs to one."""
    with office.system.database.write() as work:
        work.insert(user_role, [{"user_id": office.caller("donald").user_id, "role": "integrator", "environment_id": 1}])
        people.raise_authority_version(work, 1)
        work.commit()
    task = opened("marc", escalate_after="P1D", escalate_to='["donald", "frank"]')

    later(office, clock, days=1)

    assert holders(office, task) == {"frank"}


def test_what_a_guest_does_not_do_in_time_goes_to_somebody_here(opened, office, clock):
    """ESC-02, HND-05: a guest has neither manager nor backup here."""
    task = opened("marc", escalate_after="P1D", escalate_to='["manager", "backup"]')
    delegate_task(office.system, office.caller("marc"), task, to="kim@ACC")

    later(office, clock, days=1)

    assert office.inbox("kim") == []
    assert holders(office, task) == {"wfa"}
