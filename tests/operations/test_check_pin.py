"""The PIN of who signs: set, asked for, counted, locked, reset."""

import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.domain.access import PINS_MAX
from app.domain.access_errors import PinLocked, PinNotSet, PinRefused, PinRequired, PinWrong
from app.domain.environment_settings import PIN_ROLES
from app.domain.errors import InvalidRequest, NotFound, NotPermitted, UserProtected
from app.operations.people.check_pin import check_pin
from app.operations.people.reset_pin import reset_pin
from app.operations.people.set_pin import set_pin
from app.operations.settings.change_settings import change_settings
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.reject_task import reject_task
from app.persistence.tables.journal import mail_log
from app.persistence.tables.people import user

PIN = "2580"


@pytest.fixture
def signing(office):
    """Give the office where everyone signs with a PIN, and Marc has one."""
    change_settings(office.system, office.caller("adm"), settings=[{"key": PIN_ROLES, "value": "everyone"}])
    set_pin(office.system, office.caller("marc"), new=PIN)
    return office


def refusals(office, username, *pins):
    """Return the refusals that PINs get, one after the other."""
    found = []
    for pin in pins:
        with pytest.raises(PinRefused) as refused:
            check_pin(office.system, office.caller(username), pin)
        found.append(type(refused.value))
    return found


def failed_pins(office, username="marc"):
    """Return how many wrong PINs of a user are counted."""
    with office.system.database.read() as reading:
        return reading.rows(sa.select(user.c.failed_pins).where(user.c.username == username))[0].failed_pins


def test_a_role_signs_with_a_pin(signing):
    """USR-41: a wrong PIN refuses and says how many tries are left, the right one signs."""
    signing.begin("invoice_sales_12000")
    task = signing.task("marc")
    with pytest.raises(PinRequired):
        approve_task(signing.system, signing.caller("marc"), task)
    with pytest.raises(PinWrong) as refused:
        approve_task(signing.system, signing.caller("marc"), task, pin="1111")
    assert refused.value.facts["tries_left"] == 2
    assert signing.task("marc") == task

    approve_task(signing.system, signing.caller("marc"), task, pin=PIN)

    assert signing.inbox("marc") == []
    assert failed_pins(signing) == 0


def test_three_wrong_pins_lock(signing, mails):
    """USR-41: three wrong ones in a row lock, and then the right one is refused too; its owner gets one mail."""
    assert refusals(signing, "marc", "1", "2", "3", PIN, "4") == [PinWrong, PinWrong, PinLocked, PinLocked, PinLocked]
    signing.tick()

    with signing.system.database.read() as reading:
        logged = reading.rows(sa.select(mail_log.c.address).where(mail_log.c.template == "pin_locked"))
    assert [row.address for row in logged] == ["marc@example.com"]
    assert mails[-1]["Subject"] == "Your PIN is locked"


def test_a_wrong_pin_is_counted_though_nothing_else_happens(signing):
    """USR-41: the refused decision is rolled back, the count is not."""
    signing.begin("invoice_sales_12000")
    task = signing.task("marc")
    for number in (1, 2):
        with pytest.raises(PinWrong):
            reject_task(signing.system, signing.caller("marc"), task, reason="no", pin="000000")
        assert failed_pins(signing) == number
    with pytest.raises(PinLocked):
        reject_task(signing.system, signing.caller("marc"), task, reason="no", pin="000000")

    assert signing.task("marc") == task


def test_the_right_pin_ends_the_row_of_wrong_ones(signing):
    """USR-41: consecutive tries."""
    for _ in range(3):
        refusals(signing, "marc", "1", "2")
        check_pin(signing.system, signing.caller("marc"), PIN)


def test_many_guesses_at_once_are_no_more_than_three(signing):
    """USR-41: whatever comes in parallel, no more than three PINs are looked at."""
    looked, barrier, found = [], threading.Barrier(12), []

    class Watched:
        def verify(self, encoded, pin):
            looked.append(pin)
            return signing.system.passwords.verify(encoded, pin)

    system, marc = replace(signing.system, passwords=Watched()), signing.caller("marc")

    def guess(number):
        barrier.wait(30)
        try:
            check_pin(system, marc, f"99{number:02}")
        except PinRefused as error:
            found.append(type(error))

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(looked) == PINS_MAX
    assert len(found) == 12
    assert refusals(signing, "marc", PIN) == [PinLocked]


def test_who_has_no_pin_is_told_to_set_one(signing):
    """USR-38."""
    assert refusals(signing, "claire", None, PIN) == [PinNotSet, PinNotSet]


def test_only_the_holders_of_the_role_are_asked(office):
    """USR-41: by role."""
    change_settings(office.system, office.caller("adm"), settings=[{"key": PIN_ROLES, "value": "coding analyst"}])

    assert office.caller("eva").pin_required
    assert not office.caller("marc").pin_required


def test_where_no_pin_is_asked_for_it_costs_no_statement(office):
    """USR-41."""
    marc, statements = office.caller("marc"), []
    engine = office.system.database.engine

    def note(_connection, _cursor, statement, *_more):
        statements.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    check_pin(office.system, marc, None)
    check_pin(office.system, marc, "1234")
    sa.event.remove(engine, "before_cursor_execute", note)

    assert statements == []


def test_whose_pin_was_proven_is_asked_no_second_time(signing):
    """USR-41: one PIN for all tasks of a bulk decision."""
    proven = check_pin(signing.system, signing.caller("marc"), PIN)

    assert check_pin(signing.system, proven, None) is proven


@pytest.mark.parametrize("value", ["coding juggler", "everyone;", 7, None])
def test_a_setting_of_unknown_roles_is_refused(office, value):
    with pytest.raises(InvalidRequest):
        change_settings(office.system, office.caller("adm"), settings=[{"key": PIN_ROLES, "value": value}])


def test_another_pin_needs_the_old_one(signing):
    """USR-38."""
    marc = signing.caller("marc")
    with pytest.raises(PinRequired):
        set_pin(signing.system, marc, new="8046")
    with pytest.raises(PinWrong):
        set_pin(signing.system, marc, new="8046", old="9999")

    set_pin(signing.system, marc, new="8046", old=PIN)

    check_pin(signing.system, marc, "8046")
    assert refusals(signing, "marc", PIN) == [PinWrong]


@pytest.mark.parametrize("pin", ["", "12", "0000", "1234", "x" * 10_000])
def test_a_trivial_pin_is_refused(office, pin):
    with pytest.raises(InvalidRequest) as refused:
        set_pin(office.system, office.caller("marc"), new=pin)

    assert "new" in refused.value.facts["errors"]


def test_a_locked_pin_cannot_be_changed_by_its_owner(signing):
    """USR-41."""
    refusals(signing, "marc", "1", "2", "3")

    with pytest.raises(PinLocked):
        set_pin(signing.system, signing.caller("marc"), new="8046", old=PIN)


def test_an_administrator_resets_a_pin(signing, mails):
    """USR-38: the PIN is gone, the session ends, and the next PIN is set without the old one."""
    refusals(signing, "marc", "1", "2", "3")
    marc = signing.caller("marc")

    answer = reset_pin(signing.system, signing.caller("adm"), marc.user_id)

    assert answer.body["pin_set"] is False
    assert signing.caller("marc").session_epoch == marc.session_epoch + 1
    assert refusals(signing, "marc", PIN) == [PinNotSet]
    set_pin(signing.system, signing.caller("marc"), new="8046")
    check_pin(signing.system, signing.caller("marc"), "8046")
    signing.tick()
    assert [mail["Subject"] for mail in mails] == ["Your PIN is locked", "Your PIN was reset"]


def test_who_keeps_no_users_resets_no_pin(signing):
    with pytest.raises(NotPermitted):
        reset_pin(signing.system, signing.caller("wfa"), signing.caller("marc").user_id)


def test_a_pin_of_another_environment_is_not_found(signing):
    with pytest.raises(NotFound):
        reset_pin(signing.system, signing.caller("adm"), signing.caller("kim").user_id)


def test_who_is_no_administrator_resets_no_pin_of_one(signing):
    keeper = replace(signing.caller("max"), roles=frozenset({"application_manager"}))

    with pytest.raises(UserProtected):
        reset_pin(signing.system, keeper, signing.caller("adm").user_id)
