"""Unlocking an account, and ending one's own sessions."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.domain.access import FAILURES_MAX
from app.domain.errors import NotFound, NotPermitted, UserProtected
from app.operations.people.sessions import sign_out_everywhere
from app.operations.people.sign_in import sign_in
from app.operations.people.unlock_user import unlock_user
from app.persistence.tables.journal import audit_event
from tests.operations.test_sign_in import PASSWORD, refusal


@pytest.fixture
def locked(office):
    """Give the id of Marc, who is locked out."""
    for _ in range(FAILURES_MAX):
        refusal(office, "marc", "wrong")
    return office.caller("marc").user_id


def test_an_administrator_unlocks(office, locked):
    """USR-21: unlock by an administrator."""
    answer = unlock_user(office.system, office.caller("adm"), locked)

    assert answer.body["locked_out"] is False
    assert sign_in(office.system, "marc", PASSWORD).username == "marc"


def test_a_second_time_changes_nothing(office, locked):
    for _ in range(2):
        unlock_user(office.system, office.caller("adm"), locked)

    with office.system.database.read() as reading:
        assert len(reading.rows(sa.select(audit_event.c.seq).where(audit_event.c.kind == "user_unlocked"))) == 1


def test_after_unlocking_three_failures_lock_again(office, locked):
    """USR-21: the count begins anew."""
    unlock_user(office.system, office.caller("adm"), locked)
    for _ in range(FAILURES_MAX):
        refusal(office, "marc", "wrong")

    refusal(office, "marc")


def test_who_keeps_no_users_unlocks_nobody(office, locked):
    with pytest.raises(NotPermitted):
        unlock_user(office.system, office.caller("wfa"), locked)


def test_an_administrator_is_unlocked_by_one_alone(office):
    keeper = replace(office.caller("max"), roles=frozenset({"application_manager"}))

    with pytest.raises(UserProtected):
        unlock_user(office.system, keeper, office.caller("adm").user_id)


@pytest.mark.parametrize("user_id", ["", "nobody", "01a20202-ba18-7738-9281-94bc45c066bb"])
def test_nobody_is_not_found(office, user_id):
    with pytest.raises(NotFound):
        unlock_user(office.system, office.caller("adm"), user_id)


def test_signing_out_everywhere_ends_the_own_sessions_alone(office):
    marc, claire = office.caller("marc"), office.caller("claire")

    sign_out_everywhere(office.system, marc)

    assert office.caller("marc").session_epoch == marc.session_epoch + 1
    assert office.caller("claire").session_epoch == claire.session_epoch
