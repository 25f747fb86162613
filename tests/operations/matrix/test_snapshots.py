"""Snapshots of the matrix follow its versions: made from the one before, and equal to one that is built anew."""

from datetime import date

import pytest
import sqlalchemy as sa

from app.domain.errors import NotFound
from app.domain.people import CONSULTANT
from app.operations.matrix import snapshots
from app.operations.matrix.chart.unlink_cost_center import unlink_cost_center
from app.operations.matrix.drafts.change_now import change_matrix_now
from app.operations.matrix.drafts.list_versions import list_versions
from app.operations.matrix.drafts.read_version import read_version
from app.operations.matrix.editing.change_approval_rule import change_approval_rule
from app.operations.matrix.editing.change_approval_type import change_approval_type
from app.operations.matrix.editing.change_mandate import change_mandate
from app.operations.matrix.editing.create_approval_rule import create_approval_rule
from app.operations.matrix.editing.create_approval_type import create_approval_type
from app.operations.matrix.editing.list_approval_rules import list_approval_rules
from app.operations.matrix.editing.list_approval_types import list_approval_types
from app.operations.matrix.snapshots import snapshot_of, snapshot_of_draft
from app.operations.turn import read_environment
from app.persistence import matrix
from app.persistence.matrix_content import MANDATE, Change, find_value
from app.persistence.people import raise_authority_version
from app.persistence.tables.people import user
from tests.operations.matrix.test_transfer import Sheet

NOW = date(2027, 1, 1)


@pytest.fixture
def built(monkeypatch):
    """Count how often a snapshot is built anew."""
    calls = []
    build = matrix.read_snapshot
    monkeypatch.setattr(matrix, "read_snapshot", lambda *arguments, **more: calls.append(1) or build(*arguments, **more))
    return calls


def snapshot(keeper, approval_type=None):
    system = keeper.office.system
    with system.database.read() as reading:
        return snapshot_of(system, reading, read_environment(reading, 1), approval_type)[1]


def fresh(keeper):
    """Return the snapshot as another process builds it."""
    system = keeper.office.system
    with system.database.read() as reading:
        environment = read_environment(reading, 1)
        row = snapshots.catalogue_of(system, reading, environment).find_type("PI")
        return matrix.read_snapshot(reading, 1, row, version=f"{environment.matrix_version}.{environment.authority_version}")


def plain(given):
    """Return the parts of a snapshot without the order of rows, which nobody relies on."""
    parts = (given.rules, given.mandates, given.people, given.chart, given.exchange_rates)
    return given.version, given.approval_type, dict(given.base_currencies), *(frozenset(part) for part in parts)


def edits(keeper):
    """Draft one change after another of each kind, and give each draft."""
    (type_id,) = [each["id"] for each in keeper(list_approval_types)["items"]]
    rules = {each["key"]: each["id"] for each in keeper(list_approval_rules)["items"]}
    marc, jeremy = keeper.mandate("marc"), keeper.mandate("jeremy")
    lines = [{"company": None, "currency": "EUR", "amount": None, "unlimited": True}]
    yield keeper(change_mandate, marc["id"], ends_on=NOW)
    yield keeper(change_mandate, marc["id"], status="expired")
    yield keeper(change_mandate, jeremy["id"], financial=[{"id": jeremy["financial"][0]["id"], "action": "delete"}])
    yield keeper.grant("ann", cost_center="NEW")
    yield keeper(change_approval_rule, rules["DL"], limits=lines)
    yield keeper(create_approval_rule, approval_type="PI", key="XL", description="Extra", limits=lines)
    yield keeper.grant("carl", rule="XL", cost_center="NEW")
    yield keeper.link("NEW", "SUP-N-1")
    yield keeper(unlink_cost_center, keeper.center("CON"))
    yield keeper(change_approval_type, type_id, by="max", secretary=True, priority=[4, 3, 2])


def test_each_change_is_seen_at_once_and_nothing_is_built_anew(keeper, built):
    """One changed mandate is a small step from the snapshot before it."""
    snapshot(keeper)
    assert len(built) == 1

    for edit in edits(keeper):
        draft = edit["draft"]
        with keeper.office.system.database.read() as reading:
            environment = read_environment(reading, 1)
            _, ahead = snapshot_of_draft(keeper.office.system, reading, environment, draft, approval_type="PI")
        keeper.activate(draft)
        count = len(built)
        stepped = snapshot(keeper)
        assert len(built) == count
        assert plain(stepped) == plain(fresh(keeper))
        assert plain(ahead)[1:] == plain(stepped)[1:]


def test_many_versions_at_once_are_one_step(keeper, built):
    """A process that slept through several versions catches up with what they changed."""
    snapshot(keeper)
    for edit in edits(keeper):
        keeper.activate(edit["draft"])
        keeper.office.system.newest_snapshots.put((1, "PI"), keeper.office.system.newest_snapshots.find((1, "PI")))
    count = len(built)

    assert plain(snapshot(keeper)) == plain(fresh(keeper))
    assert len(built) - count == 1  # fresh alone


def test_a_change_of_people_is_a_step_too(keeper, built):
    snapshot(keeper)
    with keeper.office.system.database.write() as work:
        work.execute(sa.update(user).where(user.c.username == "marc").values(active=False))
        raise_authority_version(work, 1)
        work.commit()

    assert not snapshot(keeper).people_by_id["marc"].active
    assert len(built) == 1


def test_what_nobody_knows_the_changes_of_is_built_anew(keeper, built):
    snapshot(keeper)
    with keeper.office.system.database.write() as work:
        work.execute(sa.text("UPDATE mandate SET status = 'expired'"))
        work.execute(sa.text("UPDATE environment SET matrix_version = matrix_version + 1 WHERE id = 1"))
        work.commit()

    assert all(row.expired for row in snapshot(keeper).mandates)
    assert len(built) == 2


def test_too_many_changes_are_built_anew(keeper, built, monkeypatch):
    monkeypatch.setattr(snapshots, "CHANGES_MAX", 1)
    snapshot(keeper)
    keeper.activate(keeper.grant("ann", cost_center="NEW")["draft"])

    assert {row.cost_center for row in snapshot(keeper).mandates if row.user == "ann"} == {"SUP", "NEW"}
    assert len(built) == 2


def test_a_version_that_is_over_while_it_is_read_is_read_as_it_was(keeper, monkeypatch):
    """Somebody activates a draft between the reading of the version and the reading of its rows."""
    before = plain(fresh(keeper))
    draft = keeper.grant("ann", cost_center="NEW")["draft"]
    system = keeper.office.system
    system.newest_snapshots.__init__(maxsize=8)
    with system.database.read() as reading:
        environment = read_environment(reading, 1)
        snapshots.catalogue_of(system, reading, environment)
        keeper.activate(draft)
        system.snapshots.__init__(maxsize=8)
        system.newest_snapshots.__init__(maxsize=8)
        _, late = snapshot_of(system, reading, environment, "PI")

    assert plain(late) == before
    assert len(snapshot(keeper).mandates) == len(late.mandates) + 1


def test_a_type_that_only_the_draft_has_is_simulated_too(keeper):
    draft = keeper(create_approval_type, by="max", key="ORDER", description="Orders", secretary=True)["draft"]
    system = keeper.office.system
    with system.database.read() as reading:
        environment = read_environment(reading, 1)
        key, found = snapshot_of_draft(system, reading, environment, draft, approval_type="ORDER")
        with pytest.raises(NotFound):
            snapshot_of_draft(system, reading, environment, draft, approval_type=None)
        with pytest.raises(NotFound):
            snapshot_of_draft(system, reading, environment, draft, approval_type="XX")

    assert (key, found.approval_type.secretary, found.mandates) == ("ORDER", True, ())
    keeper.activate(draft)
    assert snapshot(keeper, "ORDER").approval_type.secretary
    with pytest.raises(NotFound):
        snapshot(keeper)


def test_a_change_that_follows_from_something_else_is_a_version_at_once(keeper):
    """USR-39: who leaves, leaves with his mandates in the same transaction."""
    office = keeper.office
    mandate = keeper.mandate("marc")["id"]
    caller = office.caller("adm")
    with office.system.database.write() as work:
        before = find_value(work, 1, MANDATE, mandate)
        after = before | {"status": "expired", "revision": before["revision"] + 1}
        changes = [Change(entity="mandate", entity_id=mandate, before=before, after=after)]
        facts = {"title": "Marc leaves", "author_id": caller.user_id, "actor": "adm", "now": office.system.clock()}
        nothing = change_matrix_now(office.system, work, 1, [], **facts)
        version = change_matrix_now(office.system, work, 1, changes, **facts)
        work.commit()

    assert (nothing, version.number) == (None, 2)
    assert all(row.expired for row in snapshot(keeper).mandates if row.user == "marc")
    assert keeper(list_versions)["items"][0]["title"] == "Marc leaves"
    assert keeper(read_version, 2)["changes"][0]["fields"] == [{"field": "status", "before": "active", "after": "expired"}]
    assert Sheet(keeper, version=1).row("marc")["status"] == "active"


def test_the_consultant_is_a_role_of_the_cast(keeper):
    assert keeper.office.caller("max").has_role(CONSULTANT)
