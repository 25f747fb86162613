"""Who somebody is: passwords, lock-out, tokens, sessions."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.domain.errors import NotFound, NotSignedIn
from app.operations.people.authenticate_token import authenticate_token
from app.operations.people.create_token import create_token
from app.operations.people.load_caller import load_caller
from app.operations.people.sign_in import FAILURES_MAX, sign_in
from app.persistence.tables.people import api_token, user
from tests.operations.test_incidents import set_active

PASSWORD = "countersign-demo"


def refusal(office, username, password=PASSWORD):
    """Return the text of a refused sign-in."""
    with pytest.raises(NotSignedIn) as refused:
        sign_in(office.system, username, password)
    return refused.value.detail


def test_name_and_password_sign_in(office):
    caller = sign_in(office.system, "eva", PASSWORD)

    assert (caller.username, caller.roles) == ("eva", frozenset({"coding"}))


def test_the_third_failure_locks_even_the_right_password_out(office):
    """USR-21."""
    for _ in range(FAILURES_MAX):
        refusal(office, "marc", "wrong")

    refusal(office, "marc")


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
