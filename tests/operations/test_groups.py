"""Groups of users: who keeps them, and who gets the tasks that are assigned to them."""

import pytest

from app.domain.errors import GroupKeyInUse, InvalidRequest, NotFound, NotPermitted, StaleRevision
from app.operations.groups.create_group import create_group
from app.operations.groups.delete_group import delete_group
from app.operations.groups.list_groups import list_groups
from app.operations.groups.read_group import read_group
from app.operations.groups.update_group import update_group
from app.persistence import people
from tests.operations.diagrams import chain, deploy, user_task


def make(office, *members, key="buyers", who="wfa"):
    """Make a group and return it."""
    return create_group(office.system, office.caller(who), key=key, name="Buyers", members=members).body


def holders(office, *names):
    """Return who of these has an open task."""
    return {name for name in names if office.inbox(name)}


def start(office, number="A-2026-1201"):
    """Start an instance whose task is for the group."""
    document = office.send("invoice_sales_12000", **{"A-2026-1201": number})
    return office.start(document, definition="voting")


def test_a_task_goes_to_who_is_in_the_group_when_it_is_created(office):
    """MUL-01: group {marc, ann}; carl is added afterwards and has none."""
    group = make(office, "marc", "ann")
    deploy(office, chain("voting", user_task("Vote", candidate_groups='["buyers"]', mode="all")))
    start(office)

    update_group(office.system, office.caller("wfa"), group["id"], members=["marc", "ann", "carl"])

    assert holders(office, "marc", "ann", "carl") == {"marc", "ann"}
    assert "group buyers" in office.inbox("marc")[0]["why"]
    start(office, "B-1")
    assert holders(office, "marc", "ann", "carl") == {"marc", "ann", "carl"}


def test_who_is_not_active_is_in_the_group_and_gets_nothing(office):
    """MUL-01."""
    group = make(office, "marc", "otto")
    deploy(office, chain("voting", user_task("Vote", candidate_groups='["buyers"]', mode="all")))
    start(office)

    assert [each["username"] for each in group["members"]] == ["marc", "otto"]
    assert len(office.inbox("marc")) == 1


def test_a_name_that_no_group_has_is_a_role(office):
    """MUL-01."""
    deploy(office, chain("voting", user_task("Vote", candidate_groups='["coding"]')))
    start(office)

    assert holders(office, "eva", "marc") == {"eva"}


def test_an_empty_group_is_an_incident(office):
    make(office)
    deploy(office, chain("voting", user_task("Vote", candidate_groups='["buyers"]')))

    assert start(office)["status"] == "incident"


def test_a_deleted_group_leaves_the_tasks_where_they_are(office):
    """MUL-01."""
    group = make(office, "marc")
    deploy(office, chain("voting", user_task("Vote", candidate_groups='["buyers"]')))
    start(office)

    delete_group(office.system, office.caller("wfa"), group["id"])

    assert holders(office, "marc") == {"marc"}
    with pytest.raises(NotFound):
        read_group(office.system, office.caller("wfa"), group["id"])
    with pytest.raises(NotFound):
        delete_group(office.system, office.caller("wfa"), group["id"])


def test_groups_are_listed_by_key_page_by_page(office):
    for key in ("c", "a", "b"):
        make(office, "marc", key=key)

    first = list_groups(office.system, office.caller("adm"), limit=2).body
    second = list_groups(office.system, office.caller("adm"), limit=2, cursor=first["next_cursor"]).body

    assert [each["key"] for each in (*first["items"], *second["items"])] == ["a", "b", "c"]
    assert second["next_cursor"] is None


def test_a_change_is_told_and_raises_the_version(office):
    group = make(office, "marc")
    with office.system.database.read() as reading:
        before = people.read_authority_version(reading, 1)

    after = update_group(office.system, office.caller("wfa"), group["id"], name="Those who buy", members=["ann"], revision=1).body

    with office.system.database.read() as reading:
        assert people.read_authority_version(reading, 1) == before + 1
    assert (after["name"], after["revision"], [each["username"] for each in after["members"]]) == ("Those who buy", 2, ["ann"])
    with pytest.raises(StaleRevision):
        update_group(office.system, office.caller("wfa"), group["id"], name="Again", revision=1)


@pytest.mark.parametrize(
    ("who", "key", "members", "error"),
    [
        ("marc", "other", [], NotPermitted),
        ("erp", "other", [], NotPermitted),
        ("wfa", "buyers", [], GroupKeyInUse),
        ("wfa", "other", ["nobody"], InvalidRequest),
        ("wfa", "other", ["kim"], InvalidRequest),
        ("wfa", "other", ["nobody"] * 100_000, InvalidRequest),
    ],
)
def test_what_cannot_be_is_refused(office, who, key, members, error):
    make(office, "marc")

    with pytest.raises(error):
        make(office, *members, key=key, who=who)


def test_only_who_administers_reads_groups(office):
    make(office, "marc")

    with pytest.raises(NotPermitted):
        list_groups(office.system, office.caller("marc"))
