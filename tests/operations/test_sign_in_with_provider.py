"""Company accounts: linked once, to one person, until the address that linked them is corrected."""

import pytest

from app.domain.errors import NotSignedIn
from app.operations.people.change_user import change_user
from app.operations.people.sign_in_with_provider import sign_in_with_provider

ISSUER = "https://login.example"


def sign_in(office, subject, *, username=None, email=None):
    return sign_in_with_provider(office.system, issuer=ISSUER, subject=subject, username=username, email=email)


def test_a_subject_is_linked_once_and_stays_whatever_it_says_later(office):
    """USR-18."""
    assert sign_in(office, "s-1", email="marc@example.com").username == "marc"

    assert sign_in(office, "s-1", email="claire@example.com").username == "marc"
    with pytest.raises(NotSignedIn):
        sign_in(office, "s-2", email="marc@example.com")


def test_correcting_the_address_ends_what_a_stranger_linked_with_it(office):
    """USR-15, USR-18: his account and his sessions; the next one to come with the right address is linked."""
    stranger = sign_in(office, "stranger", email="marc@example.com")

    change_user(office.system, office.caller("adm"), stranger.user_id, email="marc.anthony@example.com")

    with pytest.raises(NotSignedIn):
        sign_in(office, "stranger", email="marc@example.com")
    marc = sign_in(office, "s-1", email="marc.anthony@example.com")
    assert (marc.username, marc.session_epoch) == ("marc", stranger.session_epoch + 1)


def test_other_changes_leave_it(office):
    marc = sign_in(office, "s-1", email="marc@example.com")

    change_user(office.system, office.caller("adm"), marc.user_id, phone="020 123")

    assert sign_in(office, "s-1").session_epoch == marc.session_epoch
