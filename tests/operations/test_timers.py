"""Reminders and escalations: once each, to the right person, whatever happens twice."""

import pytest
import sqlalchemy as sa

from app.domain.errors import DatabaseBusy, TaskMoved
from app.operations.instances.list_incidents import list_incidents
from app.operations.instances.retry_incident import retry_incident
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.deliver_mail import ATTEMPTS_MAX, deliver_mail
from app.operations.schedules.fire_timer import ATTEMPTS_MAX as TIMER_ATTEMPTS_MAX
from app.operations.schedules.fire_timer import fire_timer
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.hold_task import hold_task
from app.operations.tasks.release_task import release_task
from app.operations.tasks.unclaim_task import unclaim_task
from app.persistence import journal, people
from app.persistence.tables.journal import mail_log


def test_an_open_task_is_reminded_once(office, clock, mails):
    """ESC-01, ESC-08, LOG-02."""
    office.begin("invoice_sales_12000")
    clock.advance(days=3, minutes=1)

    office.tick()
    office.tick()

    (mail,) = mails
    assert mail["To"] == "marc@example.com"
    assert "Still open" in mail["Subject"]
    assert office.inbox("marc")[0]["reminded_at"]


def test_firing_the_same_timer_twice_reminds_once(office, clock, mails):
    """ESC-08."""
    office.begin("invoice_sales_12000")
    clock.advance(days=3, minutes=1)
    due = claim_due(office.system)

    fired = [fire_timer(office.system, work.id) for work in due if work.kind == "timer" for _ in range(2)]
    office.tick()

    assert fired == [True, False]
    assert len(mails) == 1


def test_nobody_who_has_left_is_reminded(office, clock, mails):
    """ESC-01: he has no successor, and what he had is not handed over yet."""
    office.begin("invoice_sales_12000")
    with office.system.database.write() as work:
        people.update_user(work, office.caller("marc").user_id, active=False)
        people.raise_authority_version(work, 1)
        work.commit()
    clock.advance(days=3, minutes=1)

    office.tick()

    assert "marc@example.com" not in [mail["To"] for mail in mails]


def test_a_database_that_is_busy_for_hours_gives_no_timer_up(office, clock, mails, monkeypatch):
    """ESC-06: it is handed out again as soon as its lease has ended."""
    office.begin("invoice_sales_12000")
    clock.advance(days=3, minutes=1)
    with monkeypatch.context() as patched:
        patched.setattr("app.operations.schedules.fire_timer.remind", busy)
        for _ in range(ATTEMPTS_MAX):
            (due,) = [work.id for work in claim_due(office.system) if work.kind == "timer"]
            with pytest.raises(DatabaseBusy):
                fire_timer(office.system, due)
            clock.advance(minutes=2)

    office.tick()

    assert [mail["To"] for mail in mails] == ["marc@example.com"]


def test_a_timer_that_is_retried_while_its_task_is_on_hold_waits_with_the_others(office, clock, mails, monkeypatch):
    """ESC-07."""
    office.begin("invoice_sales_12000")
    clock.advance(days=3, minutes=1)
    with monkeypatch.context() as patched:
        patched.setattr("app.operations.schedules.fire_timer.remind", fail)
        for _ in range(TIMER_ATTEMPTS_MAX):
            (due,) = [work.id for work in claim_due(office.system) if work.kind == "timer"]
            with pytest.raises(ZeroDivisionError):
                fire_timer(office.system, due)
            clock.advance(hours=1)
    task = next(item["id"] for item in office.inbox("marc"))
    hold_task(office.system, office.caller("marc"), task)
    (incident,) = list_incidents(office.system, office.caller("adm"), status="open").body["items"]

    retry_incident(office.system, office.caller("adm"), incident["id"])
    office.tick()
    on_hold = [mail["To"] for mail in mails]
    release_task(office.system, office.caller("marc"), task)
    clock.advance(minutes=1)
    office.tick()

    assert "marc@example.com" not in on_hold
    assert [mail["To"] for mail in mails].count("marc@example.com") == 1


def fail(*_):
    """Fail as nothing expected."""
    raise ZeroDivisionError


def busy(*_):
    """Be no database that answers."""
    raise DatabaseBusy(retry_after=1)


def test_a_claimed_task_is_not_reminded_until_it_is_unclaimed(office, clock, mails):
    """ESC-01."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    claim_task(office.system, office.caller("marc"), task)
    clock.advance(days=1)
    unclaim_task(office.system, office.caller("marc"), task)
    clock.advance(days=2, minutes=1)
    office.tick()
    assert mails == []

    clock.advance(days=1)
    office.tick()

    assert [mail["Subject"].split(":")[0] for mail in mails] == ["Still open"]


def test_a_decided_task_is_neither_reminded_nor_escalated(office, clock, mails):
    """ESC-01."""
    office.begin("invoice_energy_480")
    office.begin("invoice_sales_12000")
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    approve_task(office.system, office.caller("claire"), office.task("claire"))
    clock.advance(days=30)

    assert office.tick() == 0
    assert mails == []


def test_an_overdue_task_moves_to_somebody_who_may_sign_it(office, clock, mails):
    """ESC-02, ESC-03, ESC-04."""
    instance = office.begin("invoice_sales_12000")
    task = office.task("marc")
    clock.advance(days=20)
    office.tick()

    (escalated,) = office.inbox("marc", status="escalated")

    route = office.instance(instance["id"])["route"]
    players = {person["username"] for step in route["steps"][1:] for slot in step["slots"] for person in [slot["role_player"]]}
    assert escalated["id"] == task
    assert escalated["escalated_to"]["username"] not in players | {"marc"}
    with pytest.raises(TaskMoved, match="escalated to"):
        approve_task(office.system, office.caller("marc"), task)


def test_a_mail_that_the_server_refuses_is_tried_again_under_the_same_message_id(office, clock, mails):
    """LOG-02."""
    office.begin("invoice_sales_12000")
    clock.advance(days=3, minutes=1)
    for work in claim_due(office.system):
        fire_timer(office.system, work.id)
    (mail_work,) = [work for work in claim_due(office.system) if work.kind == "mail"]
    refused = []

    def refuse(mail):
        refused.append(mail["Message-ID"])
        raise ConnectionRefusedError

    broken = type(office.system)(
        **{name: getattr(office.system, name) for name in office.system.__dataclass_fields__} | {"send_mail": refuse}
    )
    assert deliver_mail(broken, mail_work.id) is False
    clock.advance(minutes=5)
    office.tick()

    assert [mail["Message-ID"] for mail in mails] == refused
    with office.system.database.read() as reading:
        assert journal.find_outbox(reading, mail_work.id).status == "done"


def test_a_lease_that_ran_out_is_handed_out_again(office, clock):
    office.begin("invoice_sales_12000")
    clock.advance(days=3, minutes=1)

    first, at_once = claim_due(office.system), claim_due(office.system)
    clock.advance(seconds=61)
    later = claim_due(office.system)

    assert [work.id for work in first] == [work.id for work in later]
    assert at_once == []


def test_a_mail_with_the_longest_subject_is_sent_once(office, clock, mails):
    """LOG-02: what is logged of it fits, on any database."""
    seller = "S" * 299
    office.begin("invoice_sales_12000", **{"<cbc:RegistrationName>Acme": f"<cbc:RegistrationName>{seller}", "A-2026-1201": "N" * 64})
    clock.advance(days=3, minutes=1)

    office.tick()
    clock.advance(hours=1)
    office.tick()

    assert len(mails) == 1


def test_an_address_that_no_mail_can_be_sent_to_is_given_up_and_logged(office, clock, mails):
    """LOG-02."""
    office.begin("invoice_sales_12000")
    with office.system.database.write() as work:
        people.update_user(work, office.caller("marc").user_id, email="marc@example.com\nBcc: x@example.com")
        people.raise_authority_version(work, 1)
        work.commit()
    clock.advance(days=3, minutes=1)

    for _ in range(ATTEMPTS_MAX + 1):
        office.tick()
        clock.advance(hours=3)

    assert mails == []
    with office.system.database.read() as reading:
        (row,) = reading.rows(sa.select(mail_log))
    assert row.result.startswith("failed")
