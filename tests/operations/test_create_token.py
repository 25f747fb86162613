"""API tokens: made for oneself or for a program, with scopes and an end; listed, revoked, and noted when used."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.domain.access import SCOPES
from app.domain.access_errors import TokenScope, TokensMax
from app.domain.errors import GrantRefused, InvalidRequest, NotFound, NotPermitted, NotSignedIn
from app.operations.answer import RequestKey
from app.operations.people.authenticate_token import authenticate_token
from app.operations.people.change_user import change_user
from app.operations.people.create_token import TOKENS_MAX, create_token, issue_token
from app.operations.people.list_tokens import list_tokens
from app.operations.people.revoke_token import revoke_token
from app.operations.people.sessions import revoke_access
from app.persistence import people
from app.persistence.tables.people import api_token
from tests.operations.test_incidents import set_active


def issue(office, username="marc", *, scopes=("read", "approve"), **more):
    """Make a token for somebody himself and return the answer."""
    return issue_token(office.system, office.caller(username), label="My script", scopes=scopes, **more).body


def test_a_token_signs_in_with_its_scopes(office):
    made = issue(office)

    caller = authenticate_token(office.system, made["token"])

    assert (caller.username, caller.scopes) == ("marc", frozenset({"read", "approve"}))
    assert made["token"].startswith(made["prefix"])


def test_a_token_holds_for_ninety_days_unless_it_is_said(office, clock):
    made = issue(office)
    assert made["expires_at"].startswith("2027-01-31")

    clock.advance(days=90)

    with pytest.raises(NotSignedIn):
        authenticate_token(office.system, made["token"])


@pytest.mark.parametrize("days", [-1, 0, 367, 4000])
def test_a_token_ends_within_a_year(office, clock, days):
    with pytest.raises(InvalidRequest) as refused:
        issue(office, expires_at=clock.now + timedelta(days=days))

    assert list(refused.value.facts["errors"]) == ["expires_at"]


@pytest.mark.parametrize(
    ("label", "scopes", "field"), [("", ["read"], "label"), ("x" * 121, ["read"], "label"), ("x", [], "scopes"), ("x", ["fly"], "scopes")]
)
def test_a_faulty_token_is_not_made(office, label, scopes, field):
    with pytest.raises(InvalidRequest) as refused:
        issue_token(office.system, office.caller("marc"), label=label, scopes=scopes)

    assert list(refused.value.facts["errors"]) == [field]


def test_the_secret_is_shown_once(office):
    """The answer that is kept under an Idempotency-Key has no secret."""
    key = RequestKey(key="k", route="POST /profile/tokens", digest="d")
    first, second = issue(office, request=key), issue(office, request=key)

    assert first["token"]
    assert second == first | {"token": None}
    assert "token" not in list_tokens(office.system, office.caller("marc")).body["items"][0]


def test_a_token_makes_none_that_may_do_more(office):
    narrow = replace(office.caller("marc"), scopes=frozenset({"read", "administer"}))
    with pytest.raises(TokenScope) as refused:
        issue_token(office.system, narrow, label="More", scopes=["read", "approve"])
    assert refused.value.facts["scope"] == "approve"

    issue_token(office.system, narrow, label="Less", scopes=["read"])


def test_an_administrator_makes_tokens_for_programs(office):
    erp = office.caller("erp")
    made = issue_token(office.system, office.caller("adm"), label="ERP", scopes=["read", "send", "approve"], user_id=erp.user_id).body

    assert authenticate_token(office.system, made["token"]).username == "erp"
    assert [each["id"] for each in list_tokens(office.system, office.caller("adm"), user_id=erp.user_id).body["items"]] == [made["id"]]


def test_nobody_makes_a_token_that_signs_in_the_name_of_another(office):
    """A signature is its owner's: an administrator cannot give himself the means to approve as somebody else."""
    marc = office.caller("marc")
    with pytest.raises(GrantRefused):
        issue_token(office.system, office.caller("adm"), label="Marc", scopes=["approve"], user_id=marc.user_id)

    issue_token(office.system, office.caller("adm"), label="Marc", scopes=["read"], user_id=marc.user_id)


@pytest.mark.parametrize("username", ["marc", "wfa", "max"])
def test_who_is_no_administrator_makes_none_for_others(office, username):
    claire = office.caller("claire")
    for attempt in (
        lambda: issue_token(office.system, office.caller(username), label="x", scopes=["read"], user_id=claire.user_id),
        lambda: list_tokens(office.system, office.caller(username), user_id=claire.user_id),
        lambda: revoke_token(office.system, office.caller(username), "x", user_id=claire.user_id),
    ):
        with pytest.raises(NotPermitted):
            attempt()


def test_no_token_is_made_for_who_is_not_active_or_elsewhere(office):
    otto = next(row.id for row in rows(office, "otto"))
    for user_id in (otto, office.caller("kim").user_id):
        with pytest.raises(NotFound):
            issue_token(office.system, office.caller("adm"), label="x", scopes=["read"], user_id=user_id)


def rows(office, username):
    """Return the rows of users of a name."""
    with office.system.database.read() as reading:
        return people.find_users(reading, username=username)


def test_a_user_has_fifty_tokens_at_most(office, clock):
    for _ in range(TOKENS_MAX):
        create_token(office.system, "marc", days=30)
    with pytest.raises(TokensMax):
        issue(office)

    clock.advance(days=31)
    issue(office)


def test_a_revoked_token_is_out_at_once(office):
    made = issue(office)
    authenticate_token(office.system, made["token"])

    revoke_token(office.system, office.caller("marc"), made["id"])

    with pytest.raises(NotSignedIn):
        authenticate_token(office.system, made["token"])
    assert list_tokens(office.system, office.caller("marc")).body["items"] == []
    with pytest.raises(NotFound):
        revoke_token(office.system, office.caller("marc"), made["id"])


def test_the_token_of_another_is_not_found(office):
    made = issue(office)

    with pytest.raises(NotFound):
        revoke_token(office.system, office.caller("claire"), made["id"])
    assert authenticate_token(office.system, made["token"]).username == "marc"


def test_an_administrator_revokes(office):
    made = issue(office)

    revoke_token(office.system, office.caller("adm"), made["id"], user_id=office.caller("marc").user_id)

    with pytest.raises(NotSignedIn):
        authenticate_token(office.system, made["token"])


def test_deactivation_revokes_tokens_for_good(office):
    """USR-39: who is active again later has none of his old tokens."""
    made = issue(office)
    set_active(office, "marc", active=False)
    with office.system.database.write() as work:
        assert revoke_access(office.system, work, rows(office, "marc")[0].id) == 1
        people.raise_authority_version(work, 1)
        work.commit()
    set_active(office, "marc", active=True)

    with pytest.raises(NotSignedIn):
        authenticate_token(office.system, made["token"])


def last_used(office):
    """Return when the only token was last used."""
    with office.system.database.read() as reading:
        (row,) = reading.rows(sa.select(api_token.c.last_used_at))
    return row.last_used_at


def test_its_use_is_noted_at_most_once_an_hour(office, clock):
    made = issue(office)
    assert last_used(office) is None

    authenticate_token(office.system, made["token"])
    first = last_used(office)
    clock.advance(minutes=59)
    authenticate_token(office.system, made["token"])
    assert last_used(office) == first

    clock.advance(minutes=2)
    authenticate_token(office.system, made["token"])
    assert last_used(office) > first + timedelta(minutes=60)


def test_a_known_token_costs_no_statement_but_once_an_hour(office):
    made = issue(office)
    authenticate_token(office.system, made["token"])
    statements = []

    def note(_connection, _cursor, statement, *_more):
        statements.append(statement)

    sa.event.listen(office.system.database.engine, "before_cursor_execute", note)
    authenticate_token(office.system, made["token"], checked_inside=True)
    sa.event.remove(office.system.database.engine, "before_cursor_execute", note)

    assert statements == []


def test_the_command_line_makes_tokens_with_all_scopes_unless_it_is_said(office):
    assert authenticate_token(office.system, create_token(office.system, "marc")).scopes == frozenset(SCOPES)
    assert authenticate_token(office.system, create_token(office.system, "marc", scopes=["read"])).scopes == frozenset({"read"})
    with pytest.raises(InvalidRequest):
        create_token(office.system, "marc", days=10**9)


@pytest.mark.parametrize("scope", ["approve", "administer", "send"])
def test_nobody_makes_a_token_that_acts_in_the_name_of_another(office, scope):
    """Else one administrator would be the second person who activates his own draft of the matrix, or start what another then submitted."""
    with pytest.raises(GrantRefused):
        issue_token(office.system, office.caller("adm"), label="Max", scopes=["read", scope], user_id=office.caller("max").user_id)


def test_the_tokens_of_a_program_end_when_a_person_takes_its_account(office):
    """Who made them would else go on acting as that person."""
    erp = office.caller("erp")
    made = issue_token(office.system, office.caller("adm"), label="ERP", scopes=["read", "send", "approve"], user_id=erp.user_id).body
    authenticate_token(office.system, made["token"])

    change_user(office.system, office.caller("adm"), erp.user_id, kind="full")

    with pytest.raises(NotSignedIn):
        authenticate_token(office.system, made["token"])
