"""Which passwords and PINs are good enough, and with what somebody signs in."""

import pytest

from app.domain import access


@pytest.mark.parametrize(
    "password", ["correct horse battery", "zwölf Zeichen!", "aaaa bbbb cccc dddd e", "Tr0ub4dor&3xyz", "             five"]
)
def test_length_is_enough(password):
    assert access.password_faults(password, username="marc", email="marc@example.com") == []


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", "at least 12"),
        ("short", "at least 12"),
        ("eleven char", "at least 12"),
        ("a b c d e f " * 20, "at most 200"),
        ("Password1234", "first passwords"),
        ("qwertyuiop123", "first passwords"),
        ("aaaaaaaaaaaaaaaa", "different characters"),
        ("121212121212121212", "different characters"),
        ("Marc.Anthony.Long", "your name"),
        ("marc.anthony.longmarc.anthony.long", "your name"),
        ("marc.anthony@example.com", "your name"),
    ],
)
def test_what_is_guessed_at_once_is_refused(password, fault):
    faults = access.password_faults(password, username="marc.anthony.long", email="marc.anthony@example.com")

    assert any(fault in each for each in faults), faults


@pytest.mark.parametrize("pin", ["2580", "1357", "1223", "048215", "9173550266"])
def test_a_pin_is_digits(pin):
    assert access.pin_faults(pin) == []


@pytest.mark.parametrize(
    "pin", ["", "123", "0000", "7777777", "1234", "4321", "8901", "1098", "1234567890123", "12a4", "12 34", "٤٢٠١", "1357\n"]
)
def test_a_trivial_pin_is_refused(pin):
    assert len(access.pin_faults(pin)) == 1


@pytest.mark.parametrize(
    ("stored", "username", "email"),
    [("username", True, False), ("email", False, True), ("username,email", True, True), ("", False, False), (None, False, False)],
)
def test_a_login_type_says_with_what_somebody_signs_in(stored, username, email):
    """USR-18."""
    assert (access.signs_in_with(stored, "username"), access.signs_in_with(stored, "email")) == (username, email)


def test_a_setting_names_the_roles_that_sign_with_a_pin():
    """USR-41."""
    assert access.needs_pin("coding administrator", {"coding"})
    assert access.needs_pin("everyone", set())
    assert not access.needs_pin("coding", {"analyst"})
    assert not access.needs_pin("", {"coding"})


def test_scopes_have_one_order():
    assert access.ordered_scopes(["administer", "read", "read", "fly"]) == ["read", "administer"]
