"""How names are cleaned, put together and searched."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.people import ADMINISTRATOR, APPLICATION_MANAGER, CODING, CONSULTANT, ROLES
from app.domain.roles import may_give
from app.domain.users import (
    clean_email,
    clean_lines,
    clean_text,
    clean_username,
    fold,
    folded_of,
    full_name_of,
    login_type_of,
    login_types_of,
)


@pytest.mark.parametrize(
    ("text", "clean"),
    [("  Ann   de  Vries ", "Ann de Vries"), ("Jose\u0301", "José"), ("میخ\u200cواهم", "میخ\u200cواهم"), ("李 小龍", "李 小龍")],
)
def test_names_are_composed_and_trimmed(text, clean):
    """USR-15."""
    assert clean_text(text) == clean


@pytest.mark.parametrize("text", ["Ann\u202eevil", "A\u200bnn", "\ufeffAnn", "A\ue000", "\ud800"])
def test_characters_that_nobody_sees_are_refused(text):
    """USR-15: hostile names."""
    with pytest.raises(ValueError, match="invisible"):
        clean_text(text)


def test_notes_keep_their_lines():
    assert clean_lines(" one  two \r\n\tthree\n") == "one two\nthree"


@pytest.mark.parametrize(
    ("text", "name"), [("Ann", "ann"), (" ANN.de-Vries+1@x_y ", "ann.de-vries+1@x_y"), ("Ａｎｎ", "ann"), ("Ünal", "ünal")]
)
def test_user_names_are_small_so_that_no_two_look_the_same(text, name):
    """USR-19."""
    assert clean_username(text) == name


@pytest.mark.parametrize("text", ["", " ", "a b", "_ann", "-x", "x" * 65, "ann\n", "../ann", "<ann>", "ann\u202e", "ann'"])
def test_what_is_no_user_name_is_refused(text):
    """USR-19."""
    if text == "ann\n":
        assert clean_username(text) == "ann"
        return
    with pytest.raises(ValueError, match="Expected 1 to 64"):
        clean_username(text)


@pytest.mark.parametrize(
    "text", ["ann", "ann@", "@x.nl", "ann@x", "a@b@c.nl", "ann@x.nl, bob@x.nl", "ann <a@x.nl>", "a\n@x.nl", "x" * 250 + "@x.nl"]
)
def test_what_is_no_address_is_refused(text):
    """USR-15."""
    with pytest.raises(ValueError, match="e-mail"):
        clean_email(text)


def test_the_full_name_is_made_of_its_parts():
    """USR-15."""
    assert full_name_of({"first_name": "Ann", "middle_name": "de", "last_name": "Vries"}) == "Ann de Vries"
    assert full_name_of({"first_name": None, "last_name": "Vries"}) == "Vries"
    assert full_name_of({}) == ""


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing_more_and_never_makes_a_line(text):
    """USR-01: a search finds a name whatever its case and accents."""
    once = fold(unicodedata.normalize("NFC", text))

    assert "\n" not in once
    assert folded_of(text, text, None).count("\n") == 2
    assert fold("ÉLODIE Straße") == "elodie strasse"


def test_login_types_are_stored_in_order():
    """USR-18."""
    assert login_type_of(["email", "username", "email"]) == "username,email"
    assert (login_types_of("username,email"), login_types_of(""), login_type_of([])) == (["username", "email"], [], "")


def test_an_application_manager_gives_no_role_that_could_give_him_more():
    """USR-29."""
    manager, administrator = frozenset({APPLICATION_MANAGER}), frozenset({ADMINISTRATOR})

    assert not any(may_give(manager, role, to_himself=False) for role in (ADMINISTRATOR, APPLICATION_MANAGER, CONSULTANT))
    assert may_give(manager, CODING, to_himself=False)
    assert not any(may_give(manager, role, to_himself=True) for role in ROLES)
    assert {role for role in ROLES if not may_give(administrator, role, to_himself=True)} == {CONSULTANT}
    assert all(may_give(administrator, role, to_himself=False) for role in ROLES)
    assert not any(may_give(frozenset({CODING}), role, to_himself=False) for role in ROLES)
