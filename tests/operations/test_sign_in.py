"""Who somebody is: passwords, lock-out, tokens, sessions."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.domain.access import FAILURES_MAX
from app.domain.access_errors import TooManyAttempts
from app.domain.errors import NotFound, NotSignedIn
from app.operations.people.authenticate_token import authenticate_token
from app.operations.people.create_token import create_token
from app.operations.people.load_caller import load_caller
from app.operations.people.sign_in import sign_in
from app.persistence.tables.access import attempt_window
from app.persistence.tables.journal import audit_event, mail_log
from app.persistence.tables.people import api_token, user
from tests.operations.test_incidents import set_active

PASSWORD = "countersign-demo"


def refusal(office, username, password=PASSWORD):
    """Return the text of a refused sign-in."""
    with pytest.raises(NotSignedIn) as refused:
        sign_in(office.system, username, password)
    return refused.value.detail


def change_user(office, username, **values):
    """Change columns of a user."""
    with office.system.database.write() as work:
        work.execute(sa.update(user).where(user.c.username == username).values(**values))
        work.commit()


def test_name_and_password_sign_in(office):
    caller = sign_in(office.system, "eva", PASSWORD)

    assert (caller.username, caller.roles) == ("eva", frozenset({"coding"}))


def test_the_third_failure_locks_even_the_right_password_out(office):
    """USR-21."""
    for _ in range(FAILURES_MAX):
        refusal(office, "marc", "wrong")

    refusal(office, "marc")


def test_the_third_failure_is_flagged_and_mailed_once(office, mails):
    """USR-21: wrong three times, then right: refused, and the mail to create a new password is logged once."""
    for password in ("wrong", "wrong", "wrong", PASSWORD, "wrong", PASSWORD):
        refusal(office, "marc", password)
    office.tick()

    with office.system.database.read() as reading:
        (row,) = reading.rows(sa.select(user).where(user.c.username == "marc"))
        logged = reading.rows(sa.select(mail_log).where(mail_log.c.template == "locked_out"))
        told = reading.rows(sa.select(audit_event.c.text).where(audit_event.c.kind == "user_locked_out"))
    assert row.locked_at is not None
    assert [(each.address, each.result) for each in logged] == [("marc@example.com", "sent")]
    assert len(told) == 1
    (mail,) = mails
    assert "/password/cs_" in mail.get_body(("plain",)).get_content()


def test_of_an_inactive_account_nothing_is_mailed(office, mails):
    """USR-21, USR-39."""
    for _ in range(FAILURES_MAX + 1):
        refusal(office, "otto", "wrong")
    office.tick()

    assert mails == []


def count_hashes(office, login, password):
    """Return how many passwords a refused sign-in compares, and how many statements it makes."""
    compared, statements = [], []

    class Watched:
        def verify(self, encoded, given):
            compared.append(encoded)
            return office.system.passwords.verify(encoded, given)

    def note(_connection, _cursor, statement, *_more):
        statements.append(statement)

    engine = office.system.database.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    with pytest.raises(NotSignedIn):
        sign_in(replace(office.system, passwords=Watched()), login, password, address="192.0.2.1")
    sa.event.remove(engine, "before_cursor_execute", note)
    return len(compared), len(statements)


def test_every_refusal_is_the_same_work(office):
    """USR-21: nobody learns from the time of an answer whether there is an account; hashes and statements are counted, not clocks."""
    change_user(office, "eva", login_type="")
    for _ in range(FAILURES_MAX):
        refusal(office, "ann", "wrong")
    count_hashes(office, "carl", "wrong")  # the first attempt of a window forgets old ones, whoever it is for
    found = {
        "unknown": count_hashes(office, "nobody", PASSWORD),
        "wrong": count_hashes(office, "marc", "wrong"),
        "locked": count_hashes(office, "ann", PASSWORD),
        "inactive": count_hashes(office, "otto", PASSWORD),
        "directory alone": count_hashes(office, "eva", PASSWORD),
        "hostile": count_hashes(office, "a\0b", "x" * 100_000),
    }

    assert set(found.values()) == {found["unknown"]}
    assert found["unknown"][0] == 1


def test_login_types_say_which_name_signs_in(office):
    """USR-18: user name and/or e-mail address; none signs in with no password."""
    for login_type, username, email in (("username", 1, 0), ("email", 0, 1), ("username,email", 1, 1), ("", 0, 0)):
        change_user(office, "marc", login_type=login_type, failed_logins=0, locked_at=None)
        for login, works in (("marc", username), ("Marc@Example.com", email)):
            if works:
                assert sign_in(office.system, login, PASSWORD).username == "marc"
            else:
                refusal(office, login)


def test_an_address_of_two_users_signs_nobody_in(office):
    """USR-18."""
    for username in ("marc", "ann"):
        change_user(office, username, login_type="email", email="both@example.com")

    refusal(office, "both@example.com")


def test_who_is_called_like_anothers_address_signs_in_as_himself(office):
    """USR-18: a user name comes before an e-mail address."""
    change_user(office, "marc", login_type="email", email="carl")

    assert sign_in(office.system, "carl", PASSWORD).username == "carl"


def test_one_address_does_not_guess_for_ever(office, clock):
    """USR-21: guesses at many accounts from one address end; other addresses, and later windows, go on."""
    for number in range(50):
        with pytest.raises(NotSignedIn):
            sign_in(office.system, f"guess{number}", "x", address="192.0.2.7")
    with pytest.raises(TooManyAttempts) as refused:
        sign_in(office.system, "marc", PASSWORD, address="192.0.2.7")
    assert 0 < refused.value.facts["retry_after"] <= 600

    assert sign_in(office.system, "marc", PASSWORD, address="192.0.2.8").username == "marc"
    clock.advance(minutes=10)
    assert sign_in(office.system, "marc", PASSWORD, address="192.0.2.7").username == "marc"


def test_a_network_of_ipv6_is_one_address(office):
    for number in range(50):
        with pytest.raises(NotSignedIn):
            sign_in(office.system, "nobody", "x", address=f"2001:db8::{number:x}")

    with pytest.raises(TooManyAttempts):
        sign_in(office.system, "nobody", "x", address="2001:db8::ffff:1")


def test_who_succeeds_uses_no_attempt_up(office):
    for _ in range(60):
        sign_in(office.system, "marc", PASSWORD, address="192.0.2.9")


def test_old_attempts_are_forgotten(office, clock):
    for _ in range(2):
        with pytest.raises(NotSignedIn):
            sign_in(office.system, "nobody", "x", address="192.0.2.1")
        clock.advance(days=2)

    with office.system.database.read() as reading:
        assert len(reading.rows(sa.select(attempt_window))) == 1


def test_a_success_ends_the_row_of_failures(office):
    """USR-21: consecutive failures."""
    for _ in range(3):
        for _ in range(FAILURES_MAX - 1):
            refusal(office, "marc", "wrong")
        sign_in(office.system, "marc", PASSWORD)


def test_one_text_for_every_refusal(office):
    """USR-21: the response does not reveal which."""
    texts = {refusal(office, "nobody"), refusal(office, "marc", "wrong"), refusal(office, "otto"), refusal(office, "erp")}
    for _ in range(FAILURES_MAX):
        refusal(office, "ann", "wrong")

    assert texts == {refusal(office, "ann")}


def test_many_guesses_at_once_are_no_more_than_three(office):
    """USR-21: whatever comes in parallel, no more than three passwords are looked at."""
    barrier, looked = threading.Barrier(20), []

    class Watched:
        def verify(self, encoded, password):
            return password == "right"

    system = type(office.system)(
        **{name: getattr(office.system, name) for name in office.system.__dataclass_fields__} | {"passwords": Watched()}
    )

    def guess(number):
        barrier.wait(30)
        try:
            sign_in(system, "marc", "wrong")
        except NotSignedIn:
            looked.append(number)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(looked) == 20
    with pytest.raises(NotSignedIn):
        sign_in(system, "marc", "right")


def test_a_token_is_its_users_and_only_its_hash_is_stored(office):
    token = create_token(office.system, "marc")

    assert authenticate_token(office.system, token).username == "marc"
    with office.system.database.read() as reading:
        (row,) = reading.rows(sa.select(api_token))
    assert token not in str(row)


@pytest.mark.parametrize("token", ["", "cs_wrong", "demo-nobody", "demo-otto", "demo-", "\0", "ä"])
def test_an_unknown_token_signs_nobody_in(office, token):
    with pytest.raises(NotSignedIn):
        authenticate_token(office.system, token)


@pytest.mark.parametrize("change", [{"revoked_at": 0}, {"expires_at": 0}])
def test_a_token_that_was_revoked_or_has_expired_signs_nobody_in(office, clock, change):
    token = create_token(office.system, "marc")
    with office.system.database.write() as work:
        work.execute(sa.update(api_token).values({name: clock() for name in change}))
        work.commit()
    clock.now += timedelta(seconds=1)

    with pytest.raises(NotSignedIn):
        authenticate_token(office.system, token)


def test_who_is_deactivated_is_out_at_once(office):
    token, marc = create_token(office.system, "marc"), office.caller("marc")
    set_active(office, "marc", active=False)

    for attempt in (lambda: authenticate_token(office.system, token), lambda: load_caller(office.system, marc.user_id)):
        with pytest.raises(NotSignedIn):
            attempt()
    with pytest.raises(NotFound):
        create_token(office.system, "marc")


@pytest.mark.parametrize("user_id", ["", "nobody", "01a20202-ba18-7738-9281-94bc45c066bb"])
def test_a_session_of_nobody_is_refused(office, user_id):
    with pytest.raises(NotSignedIn):
        load_caller(office.system, user_id)


def test_names_are_compared_exactly(office):
    refusal(office, "MARC")
    with office.system.database.read() as reading:
        assert reading.rows(sa.select(user.c.failed_logins).where(user.c.username == "marc"))[0].failed_logins == 0
