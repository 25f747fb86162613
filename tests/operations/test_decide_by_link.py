"""Approving and rejecting by the link of a mail: once, for its owner, on the document as the mail showed it, until it ends."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.domain.access_errors import (
    LinkExpired,
    LinkOwnerInactive,
    LinkUnknown,
    LinkUsed,
    LinkWithdrawn,
    PinLocked,
    PinNotSet,
    PinRequired,
    PinWrong,
    TooManyAttempts,
)
from app.domain.environment_settings import ACTION_LINK_HOURS, ACTION_LINKS, PIN_ROLES
from app.domain.errors import CountersignError, DocumentChanged, InvalidRequest, StaleRevision, TaskAlreadyDecided, TaskMoved
from app.operations.documents.code_lines import code_lines
from app.operations.people.attempts import LINKS
from app.operations.people.change_profile import change_profile
from app.operations.people.change_user import change_user
from app.operations.people.deactivate_user import deactivate_user
from app.operations.people.links import RESET, make_link
from app.operations.people.set_pin import set_pin
from app.operations.settings.change_settings import change_settings
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.decide_by_link import decide_by_link, read_decision_link
from app.operations.tasks.delegate_task import delegate_task
from app.persistence import documents
from app.persistence.tables.base import metadata
from tests.operations.diagrams import chain, deploy, user_task
from tests.operations.partner_people import end_partnership
from tests.operations.test_races import at_once


def put(office, key, value):
    change_settings(office.system, office.caller("adm"), settings=[{"key": key, "value": value}])


def text(mail):
    return mail.get_body(("plain",)).get_content()


def secret_of(mail):
    return re.search(r"http://countersign\.test/decide/(\S+)", text(mail))[1]


@pytest.fixture
def linked(office, mails):
    """Let mails carry links, give marc a task, and return the secret of the link in his mail."""
    put(office, ACTION_LINKS, True)
    change_profile(office.system, office.caller("marc"), notify_new_task=True)
    office.begin("invoice_sales_12000")
    office.tick()
    (mail,) = [mail for mail in mails if mail["To"] == "marc@example.com"]
    return secret_of(mail)


def statuses(office):
    return [each["my_status"] for status in ("open", "completed") for each in office.inbox("marc", status=status)]


def test_no_link_goes_to_an_address_that_is_no_longer_his(office, mails):
    """USR-15."""
    put(office, ACTION_LINKS, True)
    change_profile(office.system, office.caller("marc"), notify_new_task=True)
    office.begin("invoice_sales_12000")
    change_user(office.system, office.caller("adm"), office.caller("marc").user_id, email="marc.anthony@example.com")

    office.tick()

    (mail,) = [mail for mail in mails if mail["To"] == "marc@example.com"]
    assert "/decide/" not in text(mail)


def test_reading_a_link_decides_nothing_and_says_what_is_signed(linked, office):
    for _ in range(3):
        body = read_decision_link(office.system, linked).body

    assert statuses(office) == ["open"]
    assert body["owner"] == {"username": "marc", "full_name": "Marc Anthony", "pin_required": False, "pin_set": False}
    assert body["task"]["to_sign"] == {"amount": "12000.00", "currency": "EUR"}


def test_a_link_approves_in_the_name_of_its_owner_and_the_timeline_says_how(linked, office):
    revision = read_decision_link(office.system, linked).revision
    body = decide_by_link(office.system, linked, vote="approved", note="Fine", revision=revision).body

    document = office.instance(body["process_instance"]["id"])["document_id"]
    assert statuses(office) == ["approved"]
    assert [each["text"] for each in office.timeline(document) if each["kind"] in ("task_approved", "decided_by_link")] == [
        "Marc Anthony approved first line: Fine",
        "Marc Anthony decided by the link of a mail, without signing in.",
    ]


def test_a_link_rejects_with_a_reason_and_stays_when_there_is_none(linked, office):
    """HND-03."""
    with pytest.raises(InvalidRequest, match="Say why"):
        decide_by_link(office.system, linked, vote="rejected")
    with pytest.raises(InvalidRequest, match="longer"):
        decide_by_link(office.system, linked, vote="rejected", note="x" * 1_000_000)

    decide_by_link(office.system, linked, vote="rejected", note="Twice ordered")

    assert statuses(office) == ["rejected"]


def test_a_link_that_was_used_says_so(linked, office):
    decide_by_link(office.system, linked, vote="approved")

    with pytest.raises(LinkUsed):
        decide_by_link(office.system, linked, vote="rejected", note="No, after all")
    with pytest.raises(LinkUsed):
        read_decision_link(office.system, linked)
    assert statuses(office) == ["approved"]


def test_of_two_at_once_one_signs(linked, office):
    done = at_once(*[lambda: decide_by_link(office.system, linked, vote="approved")] * 2)

    assert {type(each).__name__ for each in done} <= {"Answer", "TaskAlreadyDecided", "LinkUsed"}
    assert [type(each).__name__ for each in done].count("Answer") == 1


def test_a_link_ends(linked, office, clock):
    clock.advance(hours=72)

    with pytest.raises(LinkExpired):
        decide_by_link(office.system, linked, vote="approved")


def test_an_environment_says_how_long_links_work(office, clock, mails):
    put(office, ACTION_LINK_HOURS, 2)
    put(office, ACTION_LINKS, True)
    office.begin("invoice_sales_12000")
    clock.advance(days=3, minutes=1)
    office.tick()
    clock.advance(hours=2)

    with pytest.raises(LinkExpired):
        read_decision_link(office.system, secret_of(mails[0]))


def test_a_document_that_changed_since_the_mail_is_not_signed(linked, office):
    document_id = read_decision_link(office.system, linked).body["task"]["document"]["id"]
    with office.system.database.write() as work:
        row = documents.find_document(work, 1, document_id)
        documents.update_document(work, document_id, revision=row.revision + 1)
        work.commit()

    for decide in (read_decision_link, lambda *given: decide_by_link(*given, vote="approved")):
        with pytest.raises(DocumentChanged):
            decide(office.system, linked)


def test_a_share_that_changed_since_the_page_was_opened_is_not_signed(linked, office):
    revision = read_decision_link(office.system, linked).revision
    claim_task(office.system, office.caller("marc"), office.task("marc"))

    with pytest.raises(StaleRevision):
        decide_by_link(office.system, linked, vote="approved", revision=revision)
    decide_by_link(office.system, linked, vote="approved", revision=revision + 1)


def test_a_task_that_went_on_or_was_decided_says_so(linked, office):
    task = office.task("marc")
    delegate_task(office.system, office.caller("marc"), task, to="jeremy")
    with pytest.raises(TaskMoved, match="delegated to Jeremy"):
        read_decision_link(office.system, linked)

    approve_task(office.system, office.caller("jeremy"), task)

    with pytest.raises((TaskMoved, TaskAlreadyDecided)):
        decide_by_link(office.system, linked, vote="approved")


def test_a_decision_of_somebody_else_is_told(office, mails):
    put(office, ACTION_LINKS, True)
    deploy(office, chain("pool", user_task("Look", assignees='["marc", "ann"]', mode="any", remind_after="PT1M")))
    office.start(office.send("invoice_sales_12000"), definition="pool")
    approve_task(office.system, office.caller("ann"), office.task("ann"))
    secret = _link(office, "marc", office.inbox("marc", status="completed")[0]["id"])

    with pytest.raises(TaskAlreadyDecided, match="Ann"):
        decide_by_link(office.system, secret, vote="approved")


def _link(office, username, task_id):
    """Return the secret of a link as a mail would carry it."""
    with office.system.database.write() as work:
        user_id = office.caller(username).user_id
        secret = make_link(
            office.system, work, environment_id=1, user_id=user_id, kind="decide", lifetime=timedelta(hours=1), subject=task_id
        )
        work.commit()
    return secret


def test_somebody_who_left_decides_nothing(linked, office):
    deactivate_user(office.system, office.caller("adm"), office.caller("marc").user_id, successor="ann")

    with pytest.raises(LinkOwnerInactive):
        decide_by_link(office.system, linked, vote="approved")


def test_links_stop_when_the_environment_switches_them_off(linked, office):
    put(office, ACTION_LINKS, False)

    with pytest.raises(LinkWithdrawn):
        decide_by_link(office.system, linked, vote="approved")


def test_who_signs_with_a_pin_gives_it_here_too(linked, office):
    """USR-41."""
    put(office, PIN_ROLES, "everyone")
    with pytest.raises(PinNotSet):
        decide_by_link(office.system, linked, vote="approved")
    set_pin(office.system, office.caller("marc"), new="2580")
    for pin, refusal in ((None, PinRequired), ("0000", PinWrong)):
        with pytest.raises(refusal):
            decide_by_link(office.system, linked, vote="approved", pin=pin)

    decide_by_link(office.system, linked, vote="approved", pin="2580")

    assert statuses(office) == ["approved"]


def test_a_pin_that_is_locked_signs_nothing(linked, office):
    """USR-41."""
    set_pin(office.system, office.caller("marc"), new="2580")
    put(office, PIN_ROLES, "everyone")
    for refusal in (PinWrong, PinWrong, PinLocked):
        with pytest.raises(refusal):
            decide_by_link(office.system, linked, vote="approved", pin="0000")
    with pytest.raises(PinLocked):
        decide_by_link(office.system, linked, vote="approved", pin="2580")


@pytest.mark.parametrize("secret", ["", "cs_nothing", "x" * 10_000, "cs_\u2028é", "'; drop table one_time_link"])
def test_a_secret_that_nobody_made_leads_nowhere(office, secret):
    with pytest.raises(LinkUnknown):
        read_decision_link(office.system, secret, address="192.0.2.1")


def test_guessing_is_counted_by_address(office):
    for _ in range(LINKS.most):
        with pytest.raises(LinkUnknown):
            read_decision_link(office.system, "cs_guess", address="192.0.2.1")

    with pytest.raises(TooManyAttempts):
        read_decision_link(office.system, "cs_guess", address="192.0.2.1")


def test_a_link_for_a_password_decides_nothing(linked, office):
    with office.system.database.write() as work:
        user_id = office.caller("marc").user_id
        secret = make_link(office.system, work, environment_id=1, user_id=user_id, kind=RESET, lifetime=timedelta(hours=1))
        work.commit()

    with pytest.raises(LinkUnknown):
        decide_by_link(office.system, secret, vote="approved")


def test_mails_carry_no_link_unless_the_environment_says_so(office, clock, mails):
    office.begin("invoice_sales_12000")
    clock.advance(days=3, minutes=1)
    office.tick()

    assert len(mails) == 1
    assert "/decide/" not in mails[0].as_string()


def test_a_mail_about_a_task_that_is_done_meanwhile_carries_no_link(office, mails):
    put(office, ACTION_LINKS, True)
    change_profile(office.system, office.caller("marc"), notify_new_task=True)
    office.begin("invoice_sales_12000")
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    office.tick()

    assert "/decide/" not in text(next(mail for mail in mails if mail["To"] == "marc@example.com"))


def test_a_reminder_carries_a_link_and_its_secret_stands_nowhere_else(office, clock, mails):
    """ESC-01."""
    put(office, ACTION_LINKS, True)
    office.begin("invoice_sales_12000")
    clock.advance(days=3, minutes=1)
    office.tick()
    secret = secret_of(mails[0])

    with office.system.database.read() as reading:
        tables = [metadata.tables[name] for name in ("one_time_link", "outbox", "mail_log", "audit_event")]
        stored = [str(row) for table in tables for row in reading.rows(sa.select(table))]
    assert stored
    assert not any(secret in each for each in stored)


def test_coding_after_the_mail_is_a_change_of_the_document(office, mails, clock):
    """HND-01: what is signed is what the mail showed."""
    put(office, ACTION_LINKS, True)
    document = office.send("invoice_two_branches")
    deploy(office, chain("one", user_task("Look", assignees='["eva"]', remind_after="PT1H")))
    office.start(document, definition="one")
    clock.advance(hours=2)
    office.tick()
    secret = secret_of(mails[0])
    code_lines(office.system, office.caller("eva"), document, lines=[{"id": "1", "cost_center": "SALES"}])

    with pytest.raises(DocumentChanged):
        decide_by_link(office.system, secret, vote="approved")


def test_a_guest_decides_by_his_mail_while_the_partnership_lasts(office, mails):
    put(office, ACTION_LINKS, True)
    change_profile(office.system, office.caller("kim"), notify_new_task=True)
    for number in ("B-1", "B-2"):
        office.begin("invoice_sales_12000", **{"A-2026-1201": number})
    for item in office.inbox("marc"):
        delegate_task(office.system, office.caller("marc"), item["id"], to="kim@ACC")
    office.tick()
    first, second = [secret_of(mail) for mail in mails if mail["To"] == "kim@example.com"]

    body = decide_by_link(office.system, first, vote="approved").body
    document = office.instance(body["process_instance"]["id"])["document_id"]
    end_partnership(office)

    assert [each["actor"] for each in office.timeline(document) if each["kind"] == "decided_by_link"] == ["kim@ACC"]
    with pytest.raises(CountersignError, match=r"partner|not found|no task"):
        decide_by_link(office.system, second, vote="approved")
