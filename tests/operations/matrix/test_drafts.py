"""Four eyes: a change of the matrix is a draft until a second person activates it."""

import threading
from datetime import date

import pytest
import sqlalchemy as sa

from app.domain.errors import (
    DraftClosed,
    DraftEmpty,
    DraftOpen,
    InvalidRequest,
    MatrixConflict,
    MatrixInvalid,
    NotFound,
    NotPermitted,
    SecondPersonNeeded,
    StaleRevision,
)
from app.operations.answer import RequestKey
from app.operations.matrix.content import content_of_version
from app.operations.matrix.drafts.activate_draft import activate_draft
from app.operations.matrix.drafts.change_matrix_settings import change_matrix_settings
from app.operations.matrix.drafts.create_draft import create_draft
from app.operations.matrix.drafts.discard_draft import discard_draft
from app.operations.matrix.drafts.list_drafts import list_drafts
from app.operations.matrix.drafts.list_versions import list_versions
from app.operations.matrix.drafts.read_draft import read_draft
from app.operations.matrix.drafts.read_matrix_settings import read_matrix_settings
from app.operations.matrix.drafts.read_version import read_version
from app.operations.matrix.drafts.rebase_draft import rebase_draft
from app.operations.matrix.drafts.request_review import request_review
from app.operations.matrix.editing.change_cost_center import change_cost_center
from app.operations.matrix.editing.change_mandate import change_mandate
from app.operations.matrix.editing.create_cost_center import create_cost_center
from app.operations.matrix.editing.list_mandates import list_mandates
from app.operations.matrix.editing.read_mandate import read_mandate
from app.operations.people.callers import find_caller
from app.persistence.matrix_content import FINANCIAL_MANDATE, MANDATE, read_values
from app.persistence.tables.instances import route
from app.persistence.tables.people import user
from tests.operations.test_audit_chain import recomputed_heads

NEW_LINE = {"cost_center": "NEW"}


def values(office, entity, version=None):
    """Return all objects of a kind, in force or as of a version."""
    with office.system.database.read() as reading:
        if version is None:
            return read_values(reading, 1, entity)
        return content_of_version(reading, 1, version).read_all(entity)


def test_a_change_counts_once_a_second_person_has_activated_it(keeper):
    """MXC-06."""
    draft = keeper.grant(**NEW_LINE)["draft"]

    assert [each["user"]["username"] for each in keeper(list_mandates)["items"]].count("ann") == 1
    assert keeper(read_matrix_settings)["version"] == 1
    keeper.activate(draft)

    assert keeper(read_matrix_settings)["version"] == 2
    assert keeper.route("500", **NEW_LINE) == {"first_line": ["ann"]}


def test_the_author_does_not_activate_his_own_draft(keeper):
    draft = keeper.grant(**NEW_LINE)["draft"]

    with pytest.raises(SecondPersonNeeded, match="Ask another person"):
        keeper.activate(draft, by="wfa")
    assert keeper(read_draft, draft)["can"] == ["request_review", "discard"]
    assert keeper(read_draft, draft, by="adm")["can"] == ["activate", "discard"]


def test_one_person_activates_alone_where_the_environment_lets_him(keeper):
    keeper(change_matrix_settings, by="max", four_eyes=False)
    draft = keeper.grant(**NEW_LINE)["draft"]

    assert keeper.activate(draft, by="wfa")["version"] == 2
    assert keeper(read_matrix_settings)["four_eyes"] is False


@pytest.mark.parametrize("username", ["wfa", "adm", "marc"])
def test_who_keeps_the_matrix_does_not_lift_the_control_on_himself(keeper, username):
    with pytest.raises(NotPermitted):
        keeper(change_matrix_settings, by=username, four_eyes=False)


@pytest.mark.parametrize("operation", [activate_draft, discard_draft, read_draft])
def test_who_does_not_keep_the_matrix_touches_no_draft(keeper, operation):
    draft = keeper.grant(**NEW_LINE)["draft"]

    with pytest.raises(NotPermitted):
        keeper(operation, draft, by="marc")


def test_another_environment_has_no_such_draft(keeper):
    draft = keeper.grant(**NEW_LINE)["draft"]
    office = keeper.office
    with office.system.database.write() as work:
        work.execute(sa.update(user).where(user.c.username == "adm").values(environment_id=2))
        work.commit()

    stranger = find_caller(office.system, "adm")

    with pytest.raises(NotFound):
        read_draft(office.system, stranger, draft)
    with pytest.raises(NotFound):
        activate_draft(office.system, stranger, draft, revision=1)


def test_a_draft_is_activated_once(keeper):
    draft = keeper.grant(**NEW_LINE)["draft"]
    keeper.activate(draft)

    with pytest.raises(DraftClosed, match="activated by Application manager") as refusal:
        keeper(activate_draft, draft, by="adm", revision=1)
    assert refusal.value.facts["state"] == "activated"
    with pytest.raises(DraftClosed):
        keeper(discard_draft, draft, by="adm")


def test_the_same_request_twice_activates_once_and_answers_twice(keeper):
    draft = keeper.grant(**NEW_LINE)["draft"]
    key = RequestKey(key="k", route="POST activate", digest="d")

    first = keeper(activate_draft, draft, by="adm", revision=1, request=key)

    assert keeper(activate_draft, draft, by="adm", revision=1, request=key) == first


def test_nobody_activates_what_he_has_not_seen(keeper):
    """The author changes the draft after the reviewer has read it."""
    draft = keeper.grant(**NEW_LINE)["draft"]
    seen = keeper(read_draft, draft, by="adm")["revision"]
    keeper.grant("carl", cost_center="NEW")

    with pytest.raises(StaleRevision):
        keeper(activate_draft, draft, by="adm", revision=seen)
    with pytest.raises(InvalidRequest, match="revision"):
        keeper(activate_draft, draft, by="adm")


def test_an_empty_draft_is_nothing_to_activate(keeper):
    draft = keeper(create_draft, title="New year")["id"]

    with pytest.raises(DraftEmpty):
        keeper.activate(draft)
    with pytest.raises(DraftEmpty):
        keeper(request_review, draft, reviewer="adm")
    with pytest.raises(DraftOpen):
        keeper(create_draft, title="Another")


def test_a_change_that_is_taken_back_is_no_change(keeper):
    before = keeper.mandate("marc")
    draft = keeper(change_mandate, before["id"], ends_on=date(2027, 1, 1))["draft"]

    keeper(change_mandate, before["id"], ends_on=None)

    assert keeper(read_draft, draft)["count"] == 0


def test_an_edit_that_changes_nothing_opens_no_draft(keeper):
    answer = keeper(change_mandate, keeper.mandate("marc")["id"], ends_on=None)

    assert answer["draft"] is None
    assert keeper(list_drafts)["items"] == []


def test_changes_of_one_person_gather_in_his_draft_and_those_of_another_in_another(keeper):
    first = keeper.grant(**NEW_LINE)["draft"]

    assert keeper.grant("carl", cost_center="NEW")["draft"] == first
    assert keeper.grant("carl", cost_center="NEW", by="adm")["draft"] != first


def test_the_author_sees_his_draft_and_others_what_is_in_force(keeper):
    mandate = keeper.mandate("marc")["id"]
    changed = keeper(change_mandate, mandate, ends_on=date(2027, 1, 1))

    assert keeper(read_mandate, mandate)["ends_on"] == "2027-01-01"
    assert keeper(read_mandate, mandate, by="adm")["ends_on"] is None
    assert keeper(read_mandate, mandate, by="adm", draft=changed["draft"])["ends_on"] == "2027-01-01"
    assert [each["pending"] for each in keeper(list_mandates, user="marc")["items"]] == ["change"]
    assert [each["pending"] for each in keeper(list_mandates, user="marc", by="adm")["items"]] == [None]


def test_a_stale_draft_is_refused_with_what_both_changed(keeper):
    """MXC-08: somebody else's draft was activated meanwhile."""
    mandate = keeper.mandate("marc")["id"]
    mine = keeper(change_mandate, mandate, ends_on=date(2027, 1, 1))["draft"]
    keeper.grant(**NEW_LINE)
    theirs = keeper(change_mandate, mandate, by="adm", ends_on=date(2026, 12, 31))["draft"]
    keeper.activate(theirs, by="wfa")

    with pytest.raises(MatrixConflict, match="version 2, but draft .* version 1; 1 of its changes") as refusal:
        keeper.activate(mine)

    (conflict,) = refusal.value.facts["conflicts"]
    assert conflict["label"] == "Marc Anthony, PI/DL"
    assert conflict["fields"] == [{"field": "ends_on", "before": None, "after": "2027-01-01"}]
    assert conflict["theirs"] == [{"field": "ends_on", "before": None, "after": "2026-12-31"}]
    assert keeper(read_matrix_settings)["version"] == 2


@pytest.mark.parametrize(("choice", "ends_on"), [("mine", "2027-01-01"), ("theirs", "2026-12-31")])
def test_a_rebased_draft_lets_the_named_side_stand(keeper, choice, ends_on):
    mandate = keeper.mandate("marc")["id"]
    mine = keeper(change_mandate, mandate, ends_on=date(2027, 1, 1))["draft"]
    keeper.grant(**NEW_LINE)
    theirs = keeper(change_mandate, mandate, by="adm", ends_on=date(2026, 12, 31))["draft"]
    keeper.activate(theirs, by="wfa")

    with pytest.raises(MatrixConflict):
        keeper(rebase_draft, mine)
    with pytest.raises(NotPermitted):
        keeper(rebase_draft, mine, by="adm", conflicts="mine")
    keeper(rebase_draft, mine, conflicts=choice)
    keeper.activate(mine)

    assert keeper.mandate("marc")["ends_on"] == ends_on
    assert keeper.route("500", **NEW_LINE) == {"first_line": ["ann"]}


def test_a_draft_without_conflicts_still_asks_to_be_looked_at_again(keeper):
    """What the second person has seen was another matrix."""
    mine = keeper.grant(**NEW_LINE)["draft"]
    keeper.activate(keeper.grant("carl", cost_center="NEW", by="adm")["draft"], by="wfa")

    with pytest.raises(MatrixConflict) as refusal:
        keeper.activate(mine)
    assert refusal.value.facts["conflicts"] == []
    assert keeper(read_draft, mine)["can"] == ["request_review", "rebase", "discard"]
    keeper(rebase_draft, mine)
    keeper.activate(mine)


def test_of_two_who_activate_at_once_one_does(keeper):
    draft = keeper.grant(**NEW_LINE)["draft"]
    outcomes = []

    def activate(username):
        try:
            keeper(activate_draft, draft, by=username, revision=1)
            outcomes.append("activated")
        except DraftClosed:
            outcomes.append("refused")

    threads = [threading.Thread(target=activate, args=(name,)) for name in ("adm", "max")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["activated", "refused"]
    assert keeper(read_matrix_settings)["version"] == 2


def test_a_draft_whose_objects_do_not_fit_any_more_is_refused_with_every_fault(keeper):
    draft = keeper.grant("ann", cost_center="NEW")["draft"]
    keeper.grant("carl", cost_center="NEW")
    with keeper.office.system.database.write() as work:
        work.execute(sa.update(user).where(user.c.username.in_(("ann", "carl"))).values(kind="portal"))
        work.execute(sa.text("UPDATE environment SET authority_version = authority_version + 1"))
        work.commit()

    with pytest.raises(MatrixInvalid) as refusal:
        keeper.activate(draft)

    messages = [each["message"] for each in refusal.value.facts["diagnostics"]]
    assert ["Ann" in text or "Carl" in text for text in messages] == [True, True]
    assert keeper(read_matrix_settings)["version"] == 1


def test_two_drafts_that_add_the_same_key_do_not_both_stand(keeper):
    mine = keeper(create_cost_center, key="FIN", name="Finance")["draft"]
    keeper.activate(keeper(create_cost_center, by="adm", key="FIN", name="Funny")["draft"], by="wfa")
    keeper(rebase_draft, mine)

    with pytest.raises(MatrixInvalid) as refusal:
        keeper.activate(mine)
    assert [each["element"] for each in refusal.value.facts["diagnostics"]] == ["FIN"]


def test_the_second_person_is_asked_by_mail_and_a_later_change_takes_the_request_back(keeper, mails):
    draft = keeper.grant(**NEW_LINE)["draft"]

    asked = keeper(request_review, draft, reviewer="adm")
    keeper.office.tick()

    assert (asked["status"], asked["reviewer"]["username"]) == ("in_review", "adm")
    (mail,) = mails
    assert mail["To"] == "adm@example.com"
    assert f"/matrix/drafts/{draft}" in mail.get_body(("plain",)).get_content()
    keeper.grant("carl", cost_center="NEW")
    again = keeper(read_draft, draft)
    assert (again["status"], again["reviewer"]) == ("open", None)


@pytest.mark.parametrize("reviewer", ["wfa", "marc", "otto", "nobody"])
def test_only_another_person_who_keeps_the_matrix_is_asked(keeper, reviewer):
    draft = keeper.grant(**NEW_LINE)["draft"]

    with pytest.raises(InvalidRequest):
        keeper(request_review, draft, reviewer=reviewer)


def test_a_discarded_draft_stays_on_record_and_makes_room_for_another(keeper):
    draft = keeper.grant(**NEW_LINE)["draft"]

    closed = keeper(discard_draft, draft, by="adm", reason="Ann leaves")

    assert (closed["status"], closed["closed_by"]["username"], closed["count"]) == ("discarded", "adm", 2)
    assert keeper.grant(**NEW_LINE)["draft"] != draft
    assert [each["status"] for each in keeper(list_drafts)["items"]] == ["open", "discarded"]
    assert [each["id"] for each in keeper(list_drafts, status="discarded")["items"]] == [draft]


def test_the_history_says_who_drafted_who_activated_when_and_what(keeper):
    draft = keeper.grant(**NEW_LINE)["draft"]
    keeper.activate(draft)

    newest, first = keeper(list_versions)["items"]
    version = keeper(read_version, 2)

    assert (newest["version"], newest["author"]["username"], newest["activated_by"]["username"]) == (2, "wfa", "adm")
    assert (first["version"], first["author"]) == (1, None)
    assert newest["digest"] != first["digest"]
    assert {each["label"] for each in version["changes"]} == {"Ann, PI/DL", "Ann, PI/DL: first line for NEW"}
    with pytest.raises(NotFound):
        keeper(read_version, 3)


def test_any_earlier_version_is_read_as_it_was(keeper):
    before = [values(keeper.office, entity) for entity in (MANDATE, FINANCIAL_MANDATE)]
    marc, jeremy = keeper.mandate("marc"), keeper.mandate("jeremy")
    rows = [{"id": marc["financial"][0]["id"], "cost_center": "GM"}, {"steps": ["second_line"]}]
    keeper.activate(keeper(change_mandate, marc["id"], status="expired", financial=rows)["draft"])
    second = [values(keeper.office, entity) for entity in (MANDATE, FINANCIAL_MANDATE)]
    gone = [{"id": jeremy["financial"][0]["id"], "action": "delete"}]
    keeper.activate(keeper(change_mandate, jeremy["id"], financial=gone)["draft"])

    assert [values(keeper.office, entity, 1) for entity in (MANDATE, FINANCIAL_MANDATE)] == before
    assert [values(keeper.office, entity, 2) for entity in (MANDATE, FINANCIAL_MANDATE)] == second
    assert values(keeper.office, FINANCIAL_MANDATE, 3) == values(keeper.office, FINANCIAL_MANDATE) != second[1]


def test_a_route_cites_the_version_it_was_made_from(keeper):
    """MXO-14: an open transaction keeps its role players when the matrix changes."""
    keeper.office.begin("invoice_sales_12000")
    keeper.activate(keeper(change_mandate, keeper.mandate("marc")["id"], ends_on=date(2027, 1, 1))["draft"])
    keeper.office.begin("invoice_sales_12000", **{"A-2026-1201": "second"})

    with keeper.office.system.database.read() as reading:
        cited = [(row.matrix_version, row.matrix_digest) for row in reading.rows(sa.select(route).order_by(route.c.id))]
    digests = {each["version"]: each["digest"] for each in keeper(list_versions)["items"]}
    assert cited == [(1, digests[1]), (2, digests[2])]
    assert len(keeper.office.inbox("marc")) == 2


def test_the_audit_chain_of_the_environment_tells_every_step(keeper):
    """DESIGN 13."""
    draft = keeper.grant(**NEW_LINE)["draft"]
    keeper(request_review, draft, reviewer="adm")
    keeper.activate(draft)
    keeper(discard_draft, keeper(create_draft, title="Idea")["id"])
    keeper(change_matrix_settings, by="max", four_eyes=False)

    recomputed_heads(keeper.office)
    with keeper.office.system.database.read() as reading:
        rows = reading.rows(
            sa.text("SELECT e.kind, e.actor FROM audit_event e JOIN environment_chain c ON c.chain = e.chain ORDER BY e.seq")
        )
        head = reading.row(sa.text("SELECT audit_seq FROM environment_chain"))
    told = [tuple(row) for row in rows if row.kind.startswith("matrix_")]
    assert told == [
        ("matrix_draft_changed", "wfa"),
        ("matrix_review_requested", "wfa"),
        ("matrix_activated", "adm"),
        ("matrix_draft_opened", "wfa"),
        ("matrix_draft_discarded", "wfa"),
        ("matrix_settings_changed", "max"),
    ]
    assert head.audit_seq == len(rows)


def test_lists_are_read_page_by_page(keeper):
    for number in range(3):
        keeper.activate(keeper(create_cost_center, key=f"X{number}", name="x")["draft"])
    keeper(change_cost_center, keeper.center("X1"), status="blocked")

    first = keeper(list_versions, limit=2)
    rest = keeper(list_versions, limit=2, cursor=first["next_cursor"])

    assert [each["version"] for each in (*first["items"], *rest["items"])] == [4, 3, 2, 1]
    drafts = keeper(list_drafts, limit=3)
    assert [each["status"] for each in drafts["items"]] == ["open", "activated", "activated"]
    assert len(keeper(list_drafts, limit=3, cursor=drafts["next_cursor"])["items"]) == 1
    with pytest.raises(InvalidRequest):
        keeper(list_versions, cursor="bm9uZQ")
