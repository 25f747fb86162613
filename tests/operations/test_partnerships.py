"""Partnerships: invited, accepted, ended, by either side; told on both audit chains."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.domain.errors import InvalidRequest, NotFound, NotPermitted, PartnershipClosed, PartnershipInPlace
from app.operations.answer import CallerOutdated, RequestKey
from app.operations.partners.accept_partnership import accept_partnership
from app.operations.partners.invite_partner import invite_partner
from app.operations.partners.list_partnerships import list_partnerships
from app.operations.partners.revoke_partnership import revoke_partnership
from app.operations.people.change_profile import change_profile
from app.operations.people.deactivate_user import deactivate_user
from app.persistence import partners, people
from app.persistence.tables.journal import audit_event
from app.persistence.tables.partners import partnership as partnership_table
from tests.operations.partner_people import begin_partnership, end_partnership, found, hire, partnership
from tests.operations.test_races import at_once

KEY = RequestKey(key="k", route="POST /partnerships", digest="d")


def told(office, environment_id):
    """Return what the audit chain of an environment tells of partnerships, oldest first."""
    with office.system.database.read() as reading:
        rows = reading.rows(
            sa.select(audit_event)
            .where(audit_event.c.environment_id == environment_id, audit_event.c.kind.startswith("partnership_"))
            .order_by(audit_event.c.seq)
        )
    return [(row.kind, row.actor, row.text) for row in rows]


def versions(office):
    """Return the authority versions of both environments."""
    with office.system.database.read() as reading:
        return [people.read_authority_version(reading, number) for number in (1, 2)]


def test_the_demo_has_a_partnership_that_both_sides_see(office):
    ours, theirs = partnership(office), partnership(office, who="kim")

    assert (ours["partner"], ours["status"], ours["direction"], ours["can"]) == (
        {"key": "ACC", "name": "Accountants"},
        "active",
        "sent",
        ["revoke"],
    )
    assert (theirs["id"], theirs["partner"]["key"], theirs["direction"]) == (ours["id"], "main", "received")


def test_requested_by_one_side_and_accepted_by_the_other(office):
    """PAR-01: request by eva's environment, accepted by kim: active."""
    end_partnership(office)
    before = versions(office)

    invited = invite_partner(office.system, office.caller("adm"), partner="ACC")
    assert (invited.status, invited.body["status"], invited.body["can"]) == (201, "invited", ["revoke"])
    assert partnership(office, who="kim")["can"] == ["accept", "revoke"]
    accepted = accept_partnership(office.system, office.caller("kim"), invited.body["id"]).body

    assert (accepted["status"], accepted["partner"]["key"]) == ("active", "main")
    assert [after > old for after, old in zip(versions(office), before, strict=True)] == [True, True]
    assert [kind for kind, _, _ in told(office, 1)] == [kind for kind, _, _ in told(office, 2)]
    assert told(office, 1)[-1] == ("partnership_accepted", "kim@ACC", "Kim (ACC) accepted the partnership with ACC.")
    assert told(office, 2)[-1] == ("partnership_accepted", "kim", "Kim accepted the partnership with main.")


def test_who_invited_cannot_accept(office):
    end_partnership(office)
    invited = invite_partner(office.system, office.caller("adm"), partner="ACC").body

    with pytest.raises(NotPermitted, match="Your own environment has invited ACC"):
        accept_partnership(office.system, office.caller("adm"), invited["id"])


def test_an_invitation_is_declined_or_taken_back(office):
    for who in ("kim", "adm"):
        end_partnership(office)
        invite_partner(office.system, office.caller("adm"), partner="ACC")
        assert end_partnership(office, who=who)["status"] == "revoked"
        with pytest.raises(PartnershipClosed):
            accept_partnership(office.system, office.caller("kim"), partnership(office)["id"])
        begin_partnership(office)


def test_doing_it_twice_is_refused_and_the_same_request_is_answered_alike(office):
    with pytest.raises(PartnershipInPlace, match="active"):
        invite_partner(office.system, office.caller("kim"), partner="main")
    with pytest.raises(PartnershipClosed, match="it is active"):
        accept_partnership(office.system, office.caller("kim"), partnership(office)["id"])
    end_partnership(office)
    with pytest.raises(PartnershipClosed, match="it is revoked"):
        end_partnership(office)
    first = invite_partner(office.system, office.caller("adm"), partner="ACC", request=KEY)
    assert invite_partner(office.system, office.caller("adm"), partner="ACC", request=KEY) == first
    with pytest.raises(PartnershipInPlace, match="invited"):
        invite_partner(office.system, office.caller("adm"), partner="ACC")


@pytest.mark.parametrize("partner", ["main", "NOWHERE", "", "acc", "' OR 1=1 --", "A" * 120])
def test_only_another_environment_is_invited(office, partner):
    with pytest.raises(InvalidRequest):
        invite_partner(office.system, office.caller("adm"), partner=partner)


def test_only_administrators_keep_partnerships(office):
    there = partnership(office)["id"]
    wfa = office.caller("wfa")

    for refused in (
        lambda: list_partnerships(office.system, wfa),
        lambda: invite_partner(office.system, wfa, partner="ACC"),
        lambda: accept_partnership(office.system, wfa, there),
        lambda: revoke_partnership(office.system, wfa, there),
    ):
        with pytest.raises(NotPermitted):
            refused()


def test_a_third_environment_does_not_see_it(office):
    """PAR-20."""
    found(office, "THIRD", environment_id=3)
    hire(office, "tom", environment_id=3, roles=("administrator",))
    there = partnership(office)["id"]
    tom = office.caller("tom")

    assert list_partnerships(office.system, tom).body["items"] == []
    for operation in (accept_partnership, revoke_partnership):
        with pytest.raises(NotFound):
            operation(office.system, tom, there)
        with pytest.raises(NotFound):
            operation(office.system, tom, "' OR 1=1 --")
    invited = invite_partner(office.system, tom, partner="main").body
    with pytest.raises(NotFound):
        accept_partnership(office.system, office.caller("kim"), invited["id"])
    assert [each["partner"]["key"] for each in list_partnerships(office.system, office.caller("adm")).body["items"]] == ["THIRD", "ACC"]


def test_the_list_comes_in_pages_and_by_status(office):
    for _ in range(3):
        end_partnership(office)
        begin_partnership(office)
    adm = office.caller("adm")

    first = list_partnerships(office.system, adm, limit=3).body
    rest = list_partnerships(office.system, adm, limit=3, cursor=first["next_cursor"]).body

    assert [each["status"] for each in (*first["items"], *rest["items"])] == ["active", "revoked", "revoked", "revoked"]
    assert rest["next_cursor"] is None
    assert len(list_partnerships(office.system, adm, status="active").body["items"]) == 1


def test_who_is_no_administrator_any_more_since_he_was_read_changes_nothing(office):
    stale = replace(office.caller("adm"), authority_version=versions(office)[0] - 1)

    with pytest.raises(CallerOutdated):
        invite_partner(office.system, stale, partner="ACC")
    with pytest.raises(CallerOutdated):
        revoke_partnership(office.system, stale, partnership(office)["id"])


def test_the_database_keeps_one_partnership_of_two_environments(office):
    """PAR-01: whoever invites at the same time."""
    with office.system.database.read() as reading:
        rows = reading.rows(sa.select(partnership_table.c.live_key, partnership_table.c.status))

    assert [tuple(row) for row in rows] == [("1:2", "active")]


def test_both_sides_change_their_people_at_once(office):
    """Each has a guest in the other, so that each change is told to both: they follow one another, and none is refused as a deadlock."""
    marc, kim = office.caller("marc"), office.caller("kim")
    with office.system.database.write() as work:
        partners.admit_guest(work, host_id=1, home_id=2, user_id=kim.user_id, now=office.system.clock())
        partners.admit_guest(work, host_id=2, home_id=1, user_id=marc.user_id, now=office.system.clock())
        work.commit()

    def change(caller):
        return lambda: [
            change_profile(office.system, replace(caller, authority_version=None), phone=f"+31 20 {number}") for number in range(100, 120)
        ]

    results = at_once(change(marc), change(kim))

    assert [len(each) for each in results if isinstance(each, list)] == [20, 20], results


def test_ending_a_partnership_and_leaving_at_once_follow_one_another(office):
    """PAR-10: the guest who leaves is locked by both."""
    ann = office.caller("ann")
    with office.system.database.write() as work:
        partners.admit_guest(work, host_id=2, home_id=1, user_id=ann.user_id, now=office.system.clock())
        work.commit()
    adm, kim, ours = (
        replace(office.caller("adm"), authority_version=None),
        replace(office.caller("kim"), authority_version=None),
        partnership(office),
    )

    results = at_once(
        lambda: deactivate_user(office.system, adm, ann.user_id, successor="marc"),
        lambda: revoke_partnership(office.system, kim, ours["id"]),
    )

    assert [each.status for each in results] == [200, 200]
