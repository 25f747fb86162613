"""Reminders of a task: picked up or not, again and again, before and after the one due date, in calendar and in business time."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app.operations.calendars.create_calendar import create_calendar
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.clocks import move_due
from app.operations.schedules.fire_timer import fire_timer
from app.operations.settlement import settle
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.hold_task import hold_task
from app.operations.tasks.release_task import release_task
from app.operations.tasks.shares import withdraw_shares
from app.operations.tasks.unclaim_task import unclaim_task
from app.operations.turn import turn_of_task
from app.persistence.tables.instances import timer
from tests.operations.diagrams import chain, deploy, user_task

MONDAY_9 = datetime(2026, 11, 2, 8, tzinfo=UTC)


@pytest.fixture
def opened(office):
    """Give a function that opens one task with properties for marc, or others, and returns its id."""

    def open_task(*people, **properties):
        names = ", ".join(f'"{name}"' for name in people or ("marc",))
        deploy(office, chain("clocks", user_task("Look", assignees=f"[{names}]", **properties)))
        office.start(office.send("invoice_sales_12000"), definition="clocks")
        return office.task((people or ("marc",))[0])

    return open_task


def timers(office, *statuses):
    """Return kind and local due time of the task's timers, soonest first."""
    with office.system.database.read() as reading:
        rows = reading.rows(sa.select(timer).where(timer.c.status.in_(statuses or ("waiting",))).order_by(timer.c.due_at))
    return [(row.kind, (row.due_at - MONDAY_9).total_seconds() // 3600) for row in rows]


def subjects(mails):
    return [mail["Subject"].split(":")[0] for mail in mails]


def pass_time(office, clock, *, days=0, hours=0):
    """Let time pass hour by hour, as a ticker would see it."""
    for _ in range(days * 24 + hours):
        clock.advance(hours=1)
        office.tick()


def test_one_mail_after_three_days(opened, office, clock, mails):
    """ESC-01: created Monday 09:00, one mail on Thursday 09:00."""
    opened(remind_after="P3D")

    pass_time(office, clock, days=2, hours=23)
    before = list(mails)
    pass_time(office, clock, days=4)

    assert (before, subjects(mails)) == ([], ["Still open"])
    assert mails[0]["To"] == "marc@example.com"


def test_no_mail_once_it_is_claimed_or_done(opened, office, clock, mails):
    """ESC-01."""
    task = opened(remind_after="P3D", remind_every="P1D")
    clock.advance(days=1)
    claim_task(office.system, office.caller("marc"), task)
    pass_time(office, clock, days=4)
    assert mails == []

    unclaim_task(office.system, office.caller("marc"), task)
    pass_time(office, clock, days=2)
    approve_task(office.system, office.caller("marc"), task)
    pass_time(office, clock, days=3)

    assert mails == []


def test_a_reminder_comes_again_as_often_as_it_says(opened, office, clock, mails):
    """ESC-01: repeat."""
    opened(remind_after="P1D", remind_every="R2/P1D")

    pass_time(office, clock, days=6)

    assert subjects(mails) == ["Still open"] * 3


def test_reminders_that_nobody_could_send_are_not_made_up_for(opened, office, clock, mails):
    """ESC-08: after three days without a worker one mail, and the next at its own time."""
    opened(remind_after="P1D", remind_every="P1D")

    clock.advance(days=3, hours=12)
    office.tick()

    assert subjects(mails) == ["Still open"]
    assert timers(office) == [("reminder", 96)]


def test_the_same_reminder_fired_twice_in_a_minute_is_one_mail_and_one_next(opened, office, clock, mails):
    """ESC-08."""
    opened(remind_after="P1D", remind_every="P1D")
    clock.advance(days=1, minutes=1)
    (due,) = [work.id for work in claim_due(office.system) if work.kind == "timer"]

    assert [fire_timer(office.system, due), fire_timer(office.system, due)] == [True, False]
    office.tick()

    assert subjects(mails) == ["Still open"]
    assert timers(office) == [("reminder", 48)]


def test_the_due_date_is_told_before_and_after_also_to_who_has_claimed_it(opened, office, clock, mails):
    """ESC-01: claiming stops the reminder that it was not picked up, not those of the due date."""
    task = opened(remind_after="P1D", due="P3D", remind_before_due="PT4H", on_overdue="remind", remind_every="R1/P1D")
    claim_task(office.system, office.caller("marc"), task)

    pass_time(office, clock, days=6)

    assert subjects(mails) == ["Due soon", "Overdue", "Overdue"]


def test_moving_the_due_date_moves_what_hangs_on_it_and_the_place_in_the_inbox(opened, office, clock, mails):
    """One due date is the one truth."""
    task = opened(remind_after="P1D", due="P3D", remind_before_due="P1D", on_overdue="remind")
    with turn_of_task(office.system, task, caller=office.caller("marc")) as turn:
        (row,) = turn.open_tasks.values()
        move_due(turn, row, MONDAY_9 + timedelta(days=10))
        settle(turn)
        turn.work.commit()

    assert timers(office) == [("reminder", 24), ("due_soon", 216), ("overdue", 240)]
    assert office.inbox("marc")[0]["due_at"] == "2026-11-12T08:00:00Z"
    pass_time(office, clock, days=8)
    assert subjects(mails) == ["Still open"]


@pytest.mark.parametrize(("moved_to", "escalates_at"), [(10, 12), (2, 4), (1, 3)])
def test_an_escalation_keeps_its_distance_to_the_due_date(opened, office, clock, moved_to, escalates_at):
    task = opened(due="P3D", escalate_after="P5D", escalate_to="manager")
    with turn_of_task(office.system, task, caller=office.caller("marc")) as turn:
        move_due(turn, next(iter(turn.open_tasks.values())), MONDAY_9 + timedelta(days=moved_to))
        settle(turn)
        turn.work.commit()

    assert timers(office) == [("escalation", escalates_at * 24)]


def test_a_due_date_that_comes_nearer_escalates_nothing_before_it(opened, office):
    task = opened(due="P9D", escalate_after="P5D", escalate_to="manager")
    with turn_of_task(office.system, task, caller=office.caller("marc")) as turn:
        move_due(turn, next(iter(turn.open_tasks.values())), MONDAY_9 + timedelta(days=1))
        settle(turn)
        turn.work.commit()

    assert timers(office) == [("escalation", 24)]


@pytest.mark.parametrize(("clocks", "moved_to", "escalates_at"), [(("P3D", "P4D"), 4, 104), (("P4D", "P3D"), 7, 96)])
def test_in_working_time_an_escalation_keeps_its_distance_and_comes_on_no_weekend(opened, office, clocks, moved_to, escalates_at):
    """ESC-06: a working day after Friday 09:00 is the end of Friday, a working day before Monday 09:00 is Friday 09:00."""
    task = opened(calendar="business", due=clocks[0], escalate_after=clocks[1], escalate_to="manager")
    with turn_of_task(office.system, task, caller=office.caller("marc")) as turn:
        move_due(turn, next(iter(turn.open_tasks.values())), MONDAY_9 + timedelta(days=moved_to))
        settle(turn)
        turn.work.commit()

    assert timers(office) == [("escalation", escalates_at)]


def test_a_first_due_date_holds_an_escalation_back(opened, office):
    task = opened(escalate_after="P1D", escalate_to="manager")
    with turn_of_task(office.system, task, caller=office.caller("marc")) as turn:
        move_due(turn, next(iter(turn.open_tasks.values())), MONDAY_9 + timedelta(days=4))
        settle(turn)
        turn.work.commit()

    assert timers(office) == [("escalation", 96)]


def test_a_task_on_hold_reminds_nobody_and_goes_on_with_what_remained(opened, office, clock, mails):
    """ESC-07."""
    task = opened(remind_after="P3D", due="P5D", on_overdue="remind", escalate_after="P4D", escalate_to="manager")
    clock.advance(days=1)
    hold_task(office.system, office.caller("marc"), task)
    pass_time(office, clock, days=10)
    assert mails == []

    release_task(office.system, office.caller("marc"), task)
    pass_time(office, clock, days=2)

    assert subjects(mails) == ["Still open"]
    assert [(kind, hours // 24) for kind, hours in timers(office)] == [("escalation", 14), ("overdue", 15)]


def test_a_reminder_that_is_handed_out_when_the_task_is_put_on_hold_fires_nothing(opened, office, clock, mails):
    """ESC-07: whichever commits first wins."""
    task = opened(remind_after="P1D")
    clock.advance(days=1, minutes=1)
    (due,) = [work.id for work in claim_due(office.system) if work.kind == "timer"]

    hold_task(office.system, office.caller("marc"), task)

    assert fire_timer(office.system, due) is False
    assert mails == []


def test_a_due_date_that_is_moved_during_a_hold_counts_from_then_on(opened, office, clock):
    """ESC-07: what remains when it is moved remains when it is released."""
    task = opened(due="P3D", on_overdue="remind")
    hold_task(office.system, office.caller("marc"), task)
    clock.advance(days=2)
    with turn_of_task(office.system, task, caller=office.caller("marc")) as turn:
        move_due(turn, next(iter(turn.open_tasks.values())), turn.now + timedelta(days=4))
        settle(turn)
        turn.work.commit()
    assert timers(office) == []

    clock.advance(days=1)
    release_task(office.system, office.caller("marc"), task)

    assert [(kind, round(hours / 24)) for kind, hours in timers(office)] == [("overdue", 7)]


def test_a_task_that_is_released_from_hold_after_it_was_unclaimed_is_reminded(opened, office, clock, mails):
    """ESC-01, ESC-07."""
    task = opened(remind_after="P1D")
    claim_task(office.system, office.caller("marc"), task)
    hold_task(office.system, office.caller("marc"), task)
    unclaim_task(office.system, office.caller("marc"), task)
    pass_time(office, clock, days=3)
    assert mails == []

    release_task(office.system, office.caller("marc"), task)
    pass_time(office, clock, days=1, hours=1)

    assert subjects(mails) == ["Still open"]


def test_a_task_that_is_claimed_and_unclaimed_on_hold_is_reminded_once(opened, office, clock, mails):
    """ESC-01, ESC-07, ESC-08."""
    task = opened(remind_after="P1D")
    hold_task(office.system, office.caller("marc"), task)
    claim_task(office.system, office.caller("marc"), task)
    unclaim_task(office.system, office.caller("marc"), task)

    release_task(office.system, office.caller("marc"), task)
    pass_time(office, clock, days=3)

    assert subjects(mails) == ["Still open"]


@pytest.mark.parametrize("is_held", [False, True])
def test_who_gets_what_another_had_claimed_is_reminded(opened, office, clock, mails, is_held):
    """ESC-01: nobody has picked it up any more; also when it went on while it was on hold."""
    task = opened(remind_after="P1D")
    claim_task(office.system, office.caller("marc"), task)
    if is_held:
        hold_task(office.system, office.caller("marc"), task)
    delegate_task(office.system, office.caller("marc"), task, to="ann")
    if is_held:
        release_task(office.system, office.caller("ann"), task)

    pass_time(office, clock, days=1, hours=1)

    assert [(mail["To"], mail["Subject"].split(":")[0]) for mail in mails] == [("ann@example.com", "Still open")]


def test_those_who_are_left_when_a_claimed_share_is_withdrawn_are_reminded(opened, office, clock, mails):
    """ESC-01, USR-31."""
    task = opened("marc", "ann", remind_after="P1D")
    claim_task(office.system, office.caller("marc"), task)
    with turn_of_task(office.system, task, caller=office.caller("adm")) as turn:
        (row,) = turn.open_tasks.values()
        withdraw_shares(turn, row, [each for each in turn.assignments if each.claimed_at], reason="His role was taken.")
        settle(turn)
        turn.work.commit()

    pass_time(office, clock, days=1, hours=1)

    assert [mail["To"] for mail in mails] == ["ann@example.com"]


def test_a_claim_on_hold_stops_the_reminder_that_stood_still(opened, office, clock, mails):
    """ESC-01, ESC-07: unclaimed after the hold, his time begins again."""
    task = opened(remind_after="P2D")
    clock.advance(days=1)
    hold_task(office.system, office.caller("marc"), task)
    claim_task(office.system, office.caller("marc"), task)
    release_task(office.system, office.caller("marc"), task)
    assert timers(office) == []

    unclaim_task(office.system, office.caller("marc"), task)

    assert timers(office) == [("reminder", 72)]


def test_one_of_several_who_unclaims_on_hold_doubles_no_reminder(opened, office, clock, mails):
    """ESC-07, ESC-08."""
    task = opened("marc", "ann", mode="all", remind_after="P1D")
    claim_task(office.system, office.caller("marc"), task)
    hold_task(office.system, office.caller("marc"), task)
    unclaim_task(office.system, office.caller("marc"), task)

    release_task(office.system, office.caller("marc"), task)
    pass_time(office, clock, days=2)

    assert sorted(mail["To"] for mail in mails) == ["ann@example.com", "marc@example.com"]


@pytest.mark.parametrize(("due", "calendar"), [("9999-12-31", "calendar"), ("2060-12-31", "business")])
def test_a_due_date_that_nobody_counts_to_keeps_no_task_on_hold(opened, office, clock, due, calendar):
    """ESC-07: such as one that stands for never."""
    task = opened(due=f"date(&quot;{due}&quot;)", on_overdue="remind", calendar=calendar)
    before = office.inbox("marc")[0]["due_at"]
    hold_task(office.system, office.caller("marc"), task)
    clock.advance(days=2)

    release_task(office.system, office.caller("marc"), task)

    (item,) = office.inbox("marc")
    assert (item["due_at"], item["paused_at"]) == (before, None)


def test_a_calendar_day_keeps_the_time_of_day_when_the_clock_goes_back(opened, office, clock):
    """ESC-06: created 2026-10-24 10:00 CEST, one day later is 25 October 10:00 CET, 25 hours later."""
    clock.now = datetime(2026, 10, 24, 8, tzinfo=UTC)

    opened(due="P1D", on_overdue="remind")

    with office.system.database.read() as reading:
        (row,) = reading.rows(sa.select(timer.c.due_at).where(timer.c.kind == "overdue"))
    assert row.due_at.replace(microsecond=0) == datetime(2026, 10, 25, 9, tzinfo=UTC)


def test_business_time_is_counted_by_the_calendar_of_the_company(opened, office, clock):
    """ESC-01: `calendar` business; ESC-06."""
    week = {day: ["08:00-12:00"] for day in ("monday", "tuesday", "thursday")}
    create_calendar(
        office.system,
        office.caller("adm"),
        key="short",
        name="Short",
        hours=week,
        holiday_country=None,
        holiday_subdivision=None,
        holidays=[],
        exceptions=[],
        companies=["NL01"],
    )

    opened(calendar="business", remind_after="P2D", due="PT8H", remind_before_due="PT1H", on_overdue="remind")

    # From Monday 09:00: two working days are Thursday 09:00; eight hours are three on Monday, four on Tuesday, one on Thursday.
    assert timers(office) == [("due_soon", 71), ("reminder", 72), ("overdue", 72)]


def test_business_time_without_any_calendar_is_nine_to_five(opened, office):
    opened(calendar="business", due="PT9H", remind_before_due="P1D", on_overdue="remind")

    assert timers(office) == [("due_soon", 1), ("overdue", 25)]


@pytest.mark.parametrize(("calendar", "due"), [("business", "P999999D"), ("calendar", "9999-12-31T23:59:59Z")])
def test_a_deadline_that_cannot_be_counted_is_an_incident(office, calendar, due):
    """The last of them has no local time in Amsterdam."""
    read = "days" if due.startswith("P") else "date and time(days)"
    deploy(office, chain("clocks", user_task("Look", assignees='["marc"]', calendar=calendar, due=read)))

    body = office.start(office.send("invoice_sales_12000"), definition="clocks", variables={"days": due})

    assert body["status"] == "incident"
    (incident,) = office.instance(body["id"])["incidents"]
    assert "cannot be counted" in incident["detail"]
