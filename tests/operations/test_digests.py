"""One mail a day instead of one for each thing that happens, for those who ask for it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.operations.answer import RequestKey
from app.operations.digests.change_digest import change_digest
from app.operations.digests.hours import next_digest
from app.operations.digests.read_digest import read_digest
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.write_digest import write_digest
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.hold_task import hold_task
from app.persistence import people
from tests.operations.diagrams import chain, deploy, user_task


@pytest.fixture
def subscribed(office, clock):
    """Let marc have one mail a day at 8:00, and a task of his be due tomorrow; give its id."""
    change_digest(office.system, office.caller("marc"), hour=8)
    clock.advance(minutes=1)
    deploy(office, chain("one", user_task("Look", assignees='["marc"]', due="P1D", remind_after="PT1H", on_overdue="remind")))
    office.start(office.send("invoice_sales_12000"), definition="one")
    return office.task("marc")


def pass_hours(office, clock, number):
    for _ in range(number):
        clock.advance(hours=1)
        office.tick()


def text(mail):
    return mail.get_body(("plain",)).get_content()


def test_one_mail_a_day_names_what_waits_and_nothing_else_is_sent(subscribed, office, clock, mails):
    pass_hours(office, clock, 48)

    assert [mail["Subject"] for mail in mails] == ["Waiting for you: 1", "Waiting for you: 1"]
    assert "A-2026-1201, 12,000.00 EUR: Look" in text(mails[0])
    assert ["(overdue)" in text(mail) for mail in mails] == [False, True]


def test_what_is_on_hold_is_named_and_not_called_overdue(subscribed, office, clock, mails):
    """ESC-07: its clock stands still."""
    hold_task(office.system, office.caller("marc"), subscribed)

    pass_hours(office, clock, 48)

    assert [("Look" in text(mail), "(overdue)" in text(mail)) for mail in mails] == [(True, False), (True, False)]


def test_no_mail_when_nothing_waits(subscribed, office, clock, mails):
    approve_task(office.system, office.caller("marc"), subscribed)

    pass_hours(office, clock, 48)

    assert mails == []


def test_a_mail_for_each_thing_comes_again_when_it_is_switched_off(subscribed, office, clock, mails):
    change_digest(office.system, office.caller("marc"), hour=None)

    pass_hours(office, clock, 3)

    assert [mail["Subject"].split(":")[0] for mail in mails] == ["Still open"]
    assert read_digest(office.system, office.caller("marc")).body == {"hour": None, "next_at": None}


def test_a_digest_that_is_handed_out_twice_is_one_mail(subscribed, office, clock, mails):
    """ESC-08."""
    clock.advance(hours=23)
    (due,) = [work.id for work in claim_due(office.system) if work.kind == "digest"]

    assert [write_digest(office.system, due), write_digest(office.system, due)] == [True, False]
    office.tick()

    assert len(mails) == 1


def test_another_hour_of_the_same_day_makes_no_second_mail(subscribed, office, clock, mails):
    """ESC-08."""
    pass_hours(office, clock, 24)

    change_digest(office.system, office.caller("marc"), hour=12)
    pass_hours(office, clock, 4)

    assert len(mails) == 1


def test_days_without_a_ticker_are_not_made_up_for(subscribed, office, clock, mails):
    clock.advance(days=5)
    office.tick()

    assert len(mails) == 1
    assert read_digest(office.system, office.caller("marc")).body["next_at"] == "2026-11-08T07:00:00Z"


def test_who_has_left_gets_none(subscribed, office, clock, mails):
    with office.system.database.write() as work:
        people.update_user(work, office.caller("marc").user_id, active=False)
        people.raise_authority_version(work, 1)
        work.commit()

    pass_hours(office, clock, 24)

    assert mails == []


def test_everybody_sets_his_own(office):
    key = RequestKey(key="k", route="PATCH /profile/digest", digest="d")

    first = change_digest(office.system, office.caller("claire"), hour=7, request=key)
    again = change_digest(office.system, office.caller("claire"), hour=7, request=key)

    assert first.body == again.body == {"hour": 7, "next_at": "2026-11-03T06:00:00Z"}
    assert read_digest(office.system, office.caller("marc")).body["hour"] is None


@pytest.mark.parametrize(
    ("now", "hour", "expected"),
    [
        ("2026-11-02T08:00", 9, "2026-11-03T08:00"),
        ("2026-11-02T07:59", 9, "2026-11-02T08:00"),
        ("2026-03-28T12:00", 2, "2026-03-29T01:00"),  # an hour that the clock skips
        ("2026-10-24T12:00", 2, "2026-10-25T00:00"),  # one that it repeats: once
        ("2026-10-25T00:30", 2, "2026-10-26T01:00"),
        ("2026-11-02T22:59", 0, "2026-11-02T23:00"),
    ],
)
def test_the_hour_is_that_of_the_local_clock(now, hour, expected):
    """ESC-06."""
    found = next_digest(datetime.fromisoformat(now).replace(tzinfo=UTC), hour=hour, zone=ZoneInfo("Europe/Amsterdam"))

    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_who_wants_one_mail_a_day_gets_no_other_for_tasks_of_a_partner(office, clock, mails):
    """TSK-03, HND-05: the digest is asked for at home, and counts wherever she is a guest."""
    office.begin("invoice_sales_12000")
    delegate_task(office.system, office.caller("marc"), office.task("marc"), to="kim@ACC", comment="You know them.")
    change_digest(office.system, office.caller("kim"), hour=8)

    clock.advance(days=3, minutes=1)
    office.tick()

    assert {mail["Subject"] for mail in mails if mail["To"] == "kim@example.com"} == {"Waiting for you: 1"}
