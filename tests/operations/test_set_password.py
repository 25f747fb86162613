"""New passwords: asked for by mail, set by a link that works once, or changed in the profile."""

import hashlib
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.domain.access import FAILURES_MAX
from app.domain.access_errors import LinkExpired, LinkUnknown, LinkUsed, TooManyAttempts
from app.domain.errors import InvalidRequest, NotSignedIn
from app.operations.people.change_user import change_user as change_fields
from app.operations.people.load_caller import load_caller
from app.operations.people.request_password_reset import request_password_reset
from app.operations.people.send_activation import send_activation
from app.operations.people.sessions import revoke_access
from app.operations.people.set_password import change_password, read_password_link, set_password
from app.operations.people.sign_in import sign_in
from app.operations.schedules.deliver_outbox import deliver_outbox
from app.persistence import access
from app.persistence.tables.access import one_time_link
from app.persistence.tables.journal import outbox
from app.persistence.tables.people import user
from tests.operations.test_incidents import set_active
from tests.operations.test_sign_in import PASSWORD, change_user, refusal

NEW = "a sentence is easy"


def ask(office, mails, login="marc"):
    """Ask for a new password and return the secret of the link in the newest mail."""
    request_password_reset(office.system, login)
    office.tick()
    return secret_of(mails[-1])


def secret_of(mail):
    """Return the secret of the link in a mail."""
    return re.search(r"http://countersign\.test/password/(\S+)", mail.get_body(("plain",)).get_content())[1]


def activate(office, username="marc"):
    """Write the mail to activate an account; return whether one was written."""
    with office.system.database.write() as work:
        (row,) = work.rows(sa.select(user).where(user.c.username == username))
        written = send_activation(office.system, work, row)
        work.commit()
    return written


@pytest.mark.parametrize("login", ["marc", "marc@example.com", "MARC@example.com", " marc "])
def test_a_link_by_mail_sets_a_new_password(office, mails, login):
    """USR-21: reset by mail."""
    secret = ask(office, mails, login)
    assert read_password_link(office.system, secret).body["username"] == "marc"

    set_password(office.system, secret, NEW)

    assert sign_in(office.system, "marc", NEW).username == "marc"
    refusal(office, "marc", PASSWORD)


def test_a_new_password_unlocks_the_account(office, mails):
    """USR-21: the mail of the lock leads to a new password, and that unlocks."""
    for _ in range(FAILURES_MAX):
        refusal(office, "marc", "wrong")
    office.tick()

    set_password(office.system, secret_of(mails[-1]), NEW)

    assert sign_in(office.system, "marc", NEW).username == "marc"


def test_the_secret_stands_in_the_mail_alone(office, mails):
    """Only its hash is stored: not in the link, not in the outbox."""
    secret = ask(office, mails)

    with office.system.database.read() as reading:
        stored = str(reading.rows(sa.select(one_time_link))) + str(reading.rows(sa.select(outbox.c.payload)))
    assert secret not in stored


def test_a_link_works_once(office, mails):
    secret = ask(office, mails)
    set_password(office.system, secret, NEW)

    for attempt in (lambda: set_password(office.system, secret, "another sentence"), lambda: read_password_link(office.system, secret)):
        with pytest.raises(LinkUsed):
            attempt()


def test_one_new_password_ends_the_other_links(office, mails):
    first, second = ask(office, mails), ask(office, mails)
    set_password(office.system, second, NEW)

    with pytest.raises(LinkUsed):
        set_password(office.system, first, "another sentence")


def test_a_link_ends(office, mails, clock):
    secret = ask(office, mails)
    clock.advance(hours=2)

    with pytest.raises(LinkExpired):
        set_password(office.system, secret, NEW)


def test_a_link_that_was_mailed_to_another_address_ends_with_it(office, mails):
    """USR-15, USR-35: the activation went to a stranger, and an administrator corrects the address."""
    activate(office)
    office.tick()
    to_stranger = secret_of(mails[-1])

    change_fields(office.system, office.caller("adm"), office.caller("marc").user_id, phone="1", email="marc@example.com")
    assert read_password_link(office.system, to_stranger).body["username"] == "marc"
    change_fields(office.system, office.caller("adm"), office.caller("marc").user_id, email="marc.anthony@example.com")

    with pytest.raises(LinkUsed):
        set_password(office.system, to_stranger, NEW)
    assert sign_in(office.system, "marc", PASSWORD).username == "marc"


def test_a_letter_that_waits_brings_no_link_to_an_address_of_before(office, mails):
    """USR-15, USR-35: what is asked for later goes to the new one."""
    activate(office)
    change_fields(office.system, office.caller("adm"), office.caller("marc").user_id, email="marc.anthony@example.com")
    request_password_reset(office.system, "marc")

    office.tick()

    assert [mail["To"] for mail in mails] == ["marc.anthony@example.com"]


@pytest.mark.parametrize("secret", ["", "cs_guess", "\0", "x" * 10_000, "../../login"])
def test_a_guessed_link_leads_nowhere(office, secret):
    with pytest.raises(LinkUnknown):
        set_password(office.system, secret, NEW)


def test_reading_a_link_uses_nothing_up(office, mails):
    """A GET never acts: what follows links in mails beforehand sets nothing."""
    secret = ask(office, mails)
    for _ in range(3):
        read_password_link(office.system, secret)

    set_password(office.system, secret, NEW)


@pytest.mark.parametrize("password", ["short", "marc", "password1234", "x" * 201, ""])
def test_a_bad_password_leaves_link_and_account_as_they_are(office, mails, password):
    secret = ask(office, mails)
    with pytest.raises(InvalidRequest) as refused:
        set_password(office.system, secret, password)
    assert "password" in refused.value.facts["errors"]

    assert sign_in(office.system, "marc", PASSWORD).username == "marc"
    set_password(office.system, secret, NEW)


def test_a_link_of_who_is_deactivated_leads_nowhere(office, mails):
    """USR-39."""
    secret = ask(office, mails)
    set_active(office, "marc", active=False)

    with pytest.raises(LinkUnknown):
        set_password(office.system, secret, NEW)


def test_deactivation_ends_links_and_sessions(office, mails):
    """USR-39: session revoked."""
    secret, marc = ask(office, mails), office.caller("marc")
    with office.system.database.write() as work:
        revoke_access(office.system, work, marc.user_id)
        work.commit()

    with pytest.raises(LinkUsed):
        set_password(office.system, secret, NEW)
    assert office.caller("marc").session_epoch == marc.session_epoch + 1


@pytest.mark.parametrize("login", ["nobody", "otto", "nobody@example.com", "a\0b", "x" * 5000, ""])
def test_who_has_no_account_gets_the_same_answer_and_no_mail(office, mails, login):
    """USR-21: no answer tells whether there is an account."""
    expected = request_password_reset(office.system, "marc")

    assert request_password_reset(office.system, login) == expected
    office.tick()
    assert [mail["To"] for mail in mails] == ["marc@example.com"]


def test_who_signs_in_by_the_directory_alone_gets_no_link(office, mails):
    """USR-18."""
    change_user(office, "marc", login_type="")
    request_password_reset(office.system, "marc")
    office.tick()

    assert mails == []
    assert not activate(office)


def test_the_work_is_the_same_with_and_without_an_account(office):
    """USR-21: statements are counted, not clocks."""

    def count(login):
        statements = []

        def note(_connection, _cursor, statement, *_more):
            statements.append(statement.split()[0])

        sa.event.listen(office.system.database.engine, "before_cursor_execute", note)
        request_password_reset(office.system, login, address="192.0.2.1")
        sa.event.remove(office.system.database.engine, "before_cursor_execute", note)
        return statements

    count("first")

    assert count("marc") == count("nobody") == count("otto")


def test_an_account_gets_three_mails_an_hour(office, mails, clock):
    for _ in range(5):
        request_password_reset(office.system, "marc")
    office.tick()
    assert len(mails) == 3

    clock.advance(hours=1)
    ask(office, mails)
    assert len(mails) == 4


def test_an_address_asks_twenty_times_an_hour(office):
    for number in range(20):
        request_password_reset(office.system, f"guess{number}", address="192.0.2.1")

    with pytest.raises(TooManyAttempts):
        request_password_reset(office.system, "marc", address="192.0.2.1")
    request_password_reset(office.system, "marc", address="192.0.2.2")


def test_an_address_tries_fifty_links(office, mails):
    secret = ask(office, mails)
    for _ in range(50):
        with pytest.raises(LinkUnknown):
            read_password_link(office.system, "guess", address="192.0.2.1")

    with pytest.raises(TooManyAttempts):
        set_password(office.system, secret, NEW, address="192.0.2.1")


def test_a_mail_that_is_sent_again_carries_a_link_that_works(office, mails):
    """The first try of the mail server fails: the second mail has a secret of its own."""
    request_password_reset(office.system, "marc")
    failing = iter([True])

    def send(mail):
        if next(failing, False):
            raise OSError("no route")
        mails.append(mail)

    system = replace(office.system, send_mail=send)
    for _ in range(3):
        with system.database.read() as reading:
            waiting = [row.id for row in reading.rows(sa.select(outbox.c.id).where(outbox.c.status == "waiting"))]
        for outbox_id in waiting:
            deliver_outbox(system, outbox_id)

    assert len(mails) == 1
    set_password(office.system, secret_of(mails[0]), NEW)


def test_activation_sets_the_first_password(office, mails):
    """USR-35: the mail to activate an account."""
    change_user(office, "marc", password_hash=None)
    assert activate(office)
    office.tick()
    assert mails[0]["Subject"] == "Your account is ready"
    assert "Your user name is marc." in mails[0].get_body(("plain",)).get_content()

    set_password(office.system, secret_of(mails[0]), NEW)

    assert sign_in(office.system, "marc", NEW).username == "marc"


def test_an_activation_holds_for_a_week(office, mails, clock):
    """USR-35."""
    activate(office)
    office.tick()
    clock.advance(days=6)
    assert read_password_link(office.system, secret_of(mails[0])).body["kind"] == "activate"

    clock.advance(days=1)
    with pytest.raises(LinkExpired):
        set_password(office.system, secret_of(mails[0]), NEW)


def test_who_has_no_address_gets_no_activation(office):
    """USR-35."""
    change_user(office, "marc", email=None)

    assert not activate(office)


def test_a_changed_password_ends_every_session_and_is_told(office, mails):
    marc = office.caller("marc")

    change_password(office.system, marc, old=PASSWORD, new=NEW)

    assert load_caller(office.system, marc.user_id).session_epoch == marc.session_epoch + 1
    assert sign_in(office.system, "marc", NEW).username == "marc"
    office.tick()
    assert [mail["Subject"] for mail in mails] == ["Your password was changed"]


def test_a_wrong_old_password_counts_as_a_failure(office):
    """USR-21: a session left open is no way around the lock."""
    marc = office.caller("marc")
    for _ in range(FAILURES_MAX):
        with pytest.raises(NotSignedIn):
            change_password(office.system, marc, old="wrong", new=NEW)

    with pytest.raises(NotSignedIn):
        change_password(office.system, marc, old=PASSWORD, new=NEW)
    refusal(office, "marc")


def test_who_has_no_password_changes_none(office):
    """USR-18."""
    change_user(office, "marc", login_type="")

    with pytest.raises(NotSignedIn, match="no password here"):
        change_password(office.system, office.caller("marc"), old=PASSWORD, new=NEW)


def test_who_signs_in_by_address_changes_his_password(office):
    """USR-18."""
    change_user(office, "marc", login_type="email")

    change_password(office.system, office.caller("marc"), old=PASSWORD, new=NEW)

    assert sign_in(office.system, "marc@example.com", NEW).username == "marc"


def test_two_requests_at_once_use_a_link_up_once(office, mails):
    """The second one finds the link used, though both read it before."""
    secret = ask(office, mails)
    with office.system.database.read() as reading:
        row = access.find_link(reading, hashlib.sha256(secret.encode()).hexdigest())
    now = office.system.clock()

    with office.system.database.write() as work:
        assert access.use_link(work, row.id, at=now)
        assert not access.use_link(work, row.id, at=now + timedelta(seconds=1))
