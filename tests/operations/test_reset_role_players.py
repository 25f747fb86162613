"""Role players are determined again: by an administrator, after a new coding, and when somebody who is to sign may not any more."""

from datetime import date

import pytest
import sqlalchemy as sa

from app.domain.errors import (
    CodingClosed,
    InstanceNotActive,
    MandateNotInForce,
    NothingToReset,
    NotPermitted,
    RolePlayersChanging,
    SeparationOfDuty,
    StaleRevision,
)
from app.operations.documents.code_lines import code_lines
from app.operations.instances.cancel_instance import cancel_instance
from app.operations.instances.recheck_routes import recheck_routes
from app.operations.instances.reset_role_players import reset_role_players
from app.operations.instances.suspend_instance import suspend_instance
from app.operations.matrix.mark_transactions import mark_transactions
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.delegate_task import delegate_task
from app.persistence.tables.instances import timer
from app.persistence.tables.matrix import cost_center, mandate
from app.persistence.tables.people import environment
from app.persistence.tables.tasks import transaction_role
from tests.operations.diagrams import chain, deploy, resolve, user_task
from tests.operations.test_authority import end_mandate
from tests.operations.test_incidents import set_active


def reset(office, instance, by="wfa", **more):
    """Reset the role players of an instance and return the answer's body."""
    return reset_role_players(office.system, office.caller(by), instance["id"], **more).body


def approve(office, username):
    """Approve somebody's only open task."""
    return approve_task(office.system, office.caller(username), office.task(username))


def new_version(office, statement):
    """Change the matrix in force, as a new version, and return its number."""
    with office.system.database.write() as work:
        work.execute(statement)
        work.execute(sa.update(environment).where(environment.c.id == 1).values(matrix_version=environment.c.matrix_version + 1))
        version = work.row(sa.select(environment.c.matrix_version).where(environment.c.id == 1)).matrix_version
        work.commit()
    return version


def recode(office, document_id, center, line=0):
    """Code a line of a document to another cost center, as eva."""
    line_id = office.document(document_id)["lines"][line]["id"]
    return code_lines(office.system, office.caller("eva"), document_id, lines=[{"id": line_id, "cost_center": center}])


def begin_coded(office, center="SALES"):
    """Start the process of an invoice that eva codes; return the document's id and the instance."""
    amounts = {"907.50": "14520.00", "157.50": "2520.00", "750.00": "12000.00"}
    document_id = office.send("invoice_without_cost_center", **amounts)
    instance = office.start(document_id)
    recode(office, document_id, center)
    approve(office, "eva")
    return document_id, instance


def signers(office, instance):
    """Return who signed each step of the route in force, or nobody."""
    route = office.instance(instance["id"])["route"]
    return {
        step["step"]: [slot["decided_by"]["username"] if slot["decided_by"] else None for slot in step["slots"]] for step in route["steps"]
    }


def test_reset_finds_new_role_players_and_keeps_the_signature_that_holds(office):
    """ADM-07, MXR-07: matrix change, reset, new second line; marc's signature is kept."""
    instance = office.begin("invoice_sales_12000")
    approve(office, "marc")
    end_mandate(office, "claire", status="expired")

    change = reset(office, instance, reason="Claire has left second line.")["route_change"]

    assert change["changed"]
    assert change["kept"] == [{"step": "first_line", "username": "marc"}]
    assert change["after"]["second_line"] == [["donald"]]
    assert not office.inbox("claire")
    assert signers(office, instance) == {"first_line": ["marc"], "second_line": [None]}
    approve(office, "donald")
    assert office.instance(instance["id"])["outcome"] == "Approved for payment"


def test_a_dry_run_tells_the_same_and_changes_nothing(office):
    instance = office.begin("invoice_sales_12000")
    approve(office, "marc")
    end_mandate(office, "claire", status="expired")

    foretold = reset(office, instance, dry_run=True)

    assert foretold["dry_run"]
    assert office.inbox("claire")
    assert reset(office, instance)["route_change"] == foretold["route_change"]


def test_a_reset_that_changes_nothing_moves_nothing(office):
    instance = office.begin("invoice_sales_12000")
    task = office.task("marc")

    change = reset(office, instance)["route_change"]

    assert not change["changed"]
    assert office.task("marc") == task


def test_a_signature_whose_mandate_has_ended_is_given_again_by_somebody_else(office):
    """MXR-07: and marc, who signed, still plays first line alone."""
    instance = office.begin("invoice_sales_12000")
    approve(office, "marc")
    statement = sa.update(mandate).where(mandate.c.user_id == office.caller("marc").user_id)
    new_version(office, statement.values(user_id=office.caller("carl").user_id))

    change = reset(office, instance)["route_change"]

    assert change["dropped"][0]["username"] == "marc"
    assert change["after"]["first_line"] == [["carl"]]
    assert office.inbox("carl")
    assert not office.inbox("claire")


def test_recoding_during_approval_finds_new_role_players(office):
    """COD-05: marc signed SALES; recoded to CON it is carl's, and marc still may not be second line."""
    document_id, instance = begin_coded(office)
    approve(office, "marc")

    recode(office, document_id, "CON")

    assert office.inbox("carl")
    assert not office.inbox("claire")
    with pytest.raises(SeparationOfDuty):
        approve(office, "carl")
        delegate_task(office.system, office.caller("claire"), office.task("claire"), to="marc")
    assert signers(office, instance)["first_line"] == ["carl"]


def test_recoding_there_and_back_finds_the_signature_again(office):
    """COD-05: what marc signed is as he signed it."""
    document_id, _ = begin_coded(office)
    approve(office, "marc")
    recode(office, document_id, "CON")

    recode(office, document_id, "SALES")

    assert not office.inbox("marc")
    assert not office.inbox("carl")
    assert office.inbox("claire")


def test_nobody_found_after_recoding_is_an_incident_that_keeps_the_signatures(office):
    """COD-04, COD-05, MXR-09: the matrix administrator is asked; when he has repaired it, marc need not sign again."""
    document_id, instance = begin_coded(office)
    approve(office, "marc")
    with office.system.database.write() as work:
        work.execute(sa.update(cost_center).where(cost_center.c.key == "NEW").values(status="active"))
        work.commit()

    recode(office, document_id, "NEW")

    assert office.instance(instance["id"])["status"] == "incident"
    assert any("Incident" in item["name"] for item in office.inbox("wfa"))
    with pytest.raises(CodingClosed):
        recode(office, document_id, "SALES")
    new_version(office, sa.update(cost_center).where(cost_center.c.key == "NEW").values(parent="SALES"))
    change = reset(office, instance)["route_change"]
    assert change["kept"] == [{"step": "first_line", "username": "marc"}]
    assert office.instance(instance["id"])["status"] == "active"
    assert office.inbox("claire")


def test_a_mandate_that_ends_tonight_is_a_timer_of_the_route(office, clock):
    """MXR-07: after midnight the task is determined again; an action in between is refused."""
    end_mandate(office, "claire", ends_on=date(2026, 11, 2))
    instance = office.begin("invoice_sales_12000")
    approve(office, "marc")
    task = office.task("claire")
    with office.system.database.read() as reading:
        due = [row.due_at for row in reading.rows(sa.select(timer).where(timer.c.kind == "route", timer.c.status == "waiting"))]
    assert [each.isoformat() for each in due] == ["2026-11-02T23:00:00+00:00"]

    clock.advance(hours=15)
    with pytest.raises(RolePlayersChanging):
        approve_task(office.system, office.caller("claire"), task)
    office.tick()

    assert not office.inbox("claire")
    assert office.inbox("donald")
    assert signers(office, instance)["first_line"] == ["marc"]
    assert any(event["kind"] == "role_players_reset" for event in office.timeline(instance["document_id"]))


def test_a_mandate_that_ends_with_nobody_to_follow_is_an_incident(office, clock):
    """MXR-07, MXR-09."""
    end_mandate(office, "marc", ends_on=date(2026, 11, 2))
    instance = office.begin("invoice_sales_12000")

    clock.advance(hours=15)
    office.tick()

    assert office.instance(instance["id"])["status"] == "incident"
    assert not office.inbox("marc")
    assert any("Incident" in item["name"] for item in office.inbox("wfa"))


def test_a_mandate_that_starts_changes_no_pending_route_by_itself(office, clock):
    """MXO-14, MXR-07: the clock is set on; who is asked stays."""
    end_mandate(office, "donald", starts_on=date(2026, 11, 3))
    office.begin("invoice_sales_12000")
    approve(office, "marc")
    task = office.task("claire")

    clock.advance(hours=24)
    office.tick()

    assert office.task("claire") == task


def test_a_new_version_marks_running_transactions_and_keeps_their_players(office):
    """MXO-14."""
    touched = office.begin("invoice_sales_12000")
    other = office.begin("invoice_two_branches")
    new = sa.update(mandate).where(mandate.c.user_id == office.caller("frank").user_id).values(status="expired")

    version = new_version(office, new)
    mark_transactions(office.system, 1, version)

    assert not office.instance(touched["id"])["matrix_changed"]
    assert office.instance(other["id"])["matrix_changed"]
    version = new_version(office, sa.update(mandate).where(mandate.c.user_id == office.caller("donald").user_id).values(status="expired"))
    assert mark_transactions(office.system, 1, version) >= 1
    assert mark_transactions(office.system, 1, version) == 0
    assert office.instance(touched["id"])["matrix_changed"]
    assert len(office.inbox("marc")) == 2


def test_a_person_who_loses_the_mandate_by_a_new_version_is_replaced_at_once(office):
    """MXR-07."""
    instance = office.begin("invoice_sales_12000")
    approve(office, "marc")
    statement = sa.update(mandate).where(mandate.c.user_id == office.caller("claire").user_id).values(status="expired")

    mark_transactions(office.system, 1, new_version(office, statement))
    office.tick()

    assert office.inbox("donald")
    assert not office.inbox("claire")
    assert not office.instance(instance["id"])["matrix_changed"]


def test_a_new_version_lets_a_mandate_end_on_a_later_day(office, clock):
    """MXR-07: the route was made when the mandate had no end; on the day after it somebody else is asked."""
    instance = office.begin("invoice_sales_12000")
    approve(office, "marc")
    statement = sa.update(mandate).where(mandate.c.user_id == office.caller("claire").user_id).values(ends_on=date(2026, 11, 4))
    mark_transactions(office.system, 1, new_version(office, statement))
    office.tick()
    assert office.inbox("claire")

    clock.advance(days=3)
    office.tick()

    assert not office.inbox("claire")
    assert office.inbox("donald")
    assert signers(office, instance)["first_line"] == ["marc"]


@pytest.mark.parametrize("ends_on", [date(2026, 11, 2), date(2026, 11, 3)])
def test_whose_authority_a_share_stands_on_must_have_it(office, clock, ends_on):
    """MXR-07, ESC-04: ann has the task by escalation, on a mandate of her own, which ends yesterday or today."""
    first = user_task("First", approval_step="first_line", escalate_after="P1D", escalate_to='["matrix"]')
    deploy(office, chain("late", resolve(), first, user_task("Second", approval_step="second_line")))
    office.start(office.send("invoice_sales_12000", **{"SALES": "SUP", "23456789": "34567890"}), definition="late")
    clock.advance(days=1, minutes=1)
    office.tick()
    assert office.inbox("ann")

    statement = sa.update(mandate).where(mandate.c.user_id == office.caller("ann").user_id).values(ends_on=ends_on)
    mark_transactions(office.system, 1, new_version(office, statement))
    clock.advance(days=1)
    office.tick()

    assert not office.inbox("ann")
    assert office.inbox("jeremy")


def test_whoever_is_told_of_a_task_is_told_when_it_is_gone(office, mails):
    """DESIGN section 3: old and new role players are told."""
    instance = office.begin("invoice_sales_12000")
    approve(office, "marc")
    end_mandate(office, "claire", status="expired")

    reset(office, instance)
    office.tick()

    assert any("claire@" in mail["To"] for mail in mails)


def test_before_and_after_stand_in_the_timeline(office):
    """ADM-07."""
    instance = office.begin("invoice_sales_12000")
    end_mandate(office, "donald", status="expired")

    reset(office, instance, reason="New matrix")

    (event,) = [each for each in office.timeline(instance["document_id"]) if each["kind"] == "role_players_reset"]
    assert event["facts"]["before"]["second_line"] == [["claire", "donald"]]
    assert event["facts"]["after"]["second_line"] == [["claire"]]
    assert "New matrix" in event["text"]


def test_who_may_not_steer_may_not_reset(office):
    instance = office.begin("invoice_sales_12000")

    with pytest.raises(NotPermitted):
        reset(office, instance, by="marc")


def test_a_stale_an_ended_and_a_suspended_instance_are_not_reset(office):
    instance = office.begin("invoice_sales_12000")

    with pytest.raises(StaleRevision):
        reset(office, instance, revision=99)
    suspend_instance(office.system, office.caller("wfa"), instance["id"])
    with pytest.raises(InstanceNotActive):
        reset(office, instance)
    cancel_instance(office.system, office.caller("wfa"), instance["id"])
    with pytest.raises(InstanceNotActive):
        reset(office, instance)


def test_where_no_role_player_is_waited_for_there_is_nothing_to_reset(office):
    instance = office.start(office.send("invoice_without_cost_center"))

    with pytest.raises(NothingToReset):
        reset(office, instance)


def test_reset_twice_is_as_good_as_once(office):
    instance = office.begin("invoice_sales_12000")
    approve(office, "marc")
    end_mandate(office, "claire", status="expired")
    reset(office, instance)
    task = office.task("donald")

    assert not reset(office, instance)["route_change"]["changed"]
    assert office.task("donald") == task


def test_two_roles_of_one_person_are_impossible_whatever_the_code_does(office):
    """MXR-01, MXR-08, DESIGN decision 11: the database refuses a second step for somebody who signed, by plain SQL."""
    instance = office.begin("invoice_sales_12000")
    approve(office, "marc")
    with office.system.database.read() as reading:
        row = reading.row(sa.select(transaction_role))
    values = dict(row._mapping) | {"id": office.system.new_id(), "step": "second_line"}

    with pytest.raises(sa.exc.IntegrityError), office.system.database.engine.begin() as connection:
        connection.execute(sa.insert(transaction_role).values(**values))
    with pytest.raises(sa.exc.IntegrityError), office.system.database.engine.begin() as connection:
        connection.execute(sa.insert(transaction_role).values(**(values | {"capacity": "principal"})))
    assert office.instance(instance["id"])["status"] == "active"


def test_a_deactivated_signer_in_between_signs_nothing_and_is_replaced_by_reset(office):
    """MXR-07: still active is asked at every action."""
    instance = office.begin("invoice_sales_12000")
    approve(office, "marc")
    set_active(office, "claire", active=False)

    change = reset(office, instance)["route_change"]

    assert change["after"]["second_line"] == [["donald"]]
    assert change["kept"] == [{"step": "first_line", "username": "marc"}]


def test_a_deactivated_role_player_is_replaced_by_the_worker(office):
    """MXR-07, USR-39: a pending role player becomes invalid."""
    office.begin("invoice_sales_12000")
    approve(office, "marc")
    set_active(office, "claire", active=False)

    with office.system.database.write() as work:
        assert recheck_routes(office.system, work, 1, "claire") == 1
        assert recheck_routes(office.system, work, 1, "frank") == 0
        work.commit()
    with pytest.raises(RolePlayersChanging):
        approve(office, "donald")
    office.tick()

    assert len(office.inbox("donald")) == 1
    approve(office, "donald")


def test_the_mandate_is_asked_again_when_a_version_was_activated_in_between(office):
    """MXR-07: mandate still valid."""
    office.begin("invoice_sales_12000")
    end_mandate(office, "marc", status="expired")

    with pytest.raises(MandateNotInForce):
        approve(office, "marc")
