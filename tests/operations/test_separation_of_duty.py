"""One person plays one role in a transaction, whatever the code does."""

import pytest
import sqlalchemy as sa

from app.domain.errors import SeparationOfDuty
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.delegate_task import delegate_task
from app.persistence import people, tasks
from app.persistence.tables.tasks import assignment, transaction_role


def test_delegating_to_the_role_player_of_another_step_is_refused(office):
    """HND-04."""
    office.begin("invoice_sales_12000")

    with pytest.raises(SeparationOfDuty, match="Claire"):
        delegate_task(office.system, office.caller("marc"), office.task("marc"), to="claire")


def test_a_delegate_acts_on_behalf_of_the_delegator(office):
    """HND-04."""
    document = office.send("invoice_sales_12000")
    office.start(document)
    delegate_task(office.system, office.caller("marc"), office.task("marc"), to="ann", comment="On leave")

    approve_task(office.system, office.caller("ann"), office.task("ann"))

    (approval,) = [item for item in office.timeline(document) if item["kind"] == "task_approved"]
    assert (approval["actor"], approval["on_behalf_of"]) == ("ann", "marc")
    assert office.inbox("marc") == []


def test_who_signed_for_somebody_may_not_sign_the_next_step_nor_may_the_principal(office):
    """MXR-08: actor and principal alike."""
    office.begin("invoice_sales_12000")
    delegate_task(office.system, office.caller("marc"), office.task("marc"), to="ann")
    approve_task(office.system, office.caller("ann"), office.task("ann"))
    task = office.task("claire")

    for name in ("ann", "marc"):
        with pytest.raises(SeparationOfDuty):
            delegate_task(office.system, office.caller("claire"), task, to=name)


def test_an_active_backup_who_plays_another_step_cannot_act_for_his_principal(office):
    """MXR-08."""
    office.begin("invoice_sales_12000")
    make_backup(office, of="marc", backup="claire")
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    claire_first = [item["step"] for item in office.inbox("claire")]
    assert claire_first == ["second_line"]

    approve_task(office.system, office.caller("claire"), office.task("claire"))


def test_a_backup_who_acts_is_recorded_with_his_principal(office):
    """ESC-05, USR-25."""
    document = office.send("invoice_sales_12000")
    office.start(document)
    make_backup(office, of="marc", backup="ann")

    (item,) = office.inbox("ann")
    approve_task(office.system, office.caller("ann"), item["id"])

    (approval,) = [each for each in office.timeline(document) if each["kind"] == "task_approved"]
    assert (approval["actor"], approval["on_behalf_of"]) == ("ann", "marc")


def test_the_database_refuses_a_second_step_even_when_the_checks_are_gone(office, monkeypatch):
    """MXR-01: the unique index of transaction_role."""
    instance = office.begin("invoice_sales_12000")
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    task = office.task("claire")
    marc = office.caller("marc")
    with office.system.database.write() as work:
        work.execute(sa.update(assignment).where(assignment.c.task_id == task).values(user_id=marc.user_id))
        work.commit()
    monkeypatch.setattr("app.operations.tasks.decision.check_duty", lambda *_, **__: None)

    with pytest.raises(SeparationOfDuty, match="already plays first line"):
        approve_task(office.system, marc, task)

    assert office.instance(instance["id"])["status"] == "active"


def test_a_superseded_role_is_history_outside_the_key(office):
    document = office.send("invoice_sales_12000")
    office.start(document)
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    with office.system.database.write() as work:
        (row,) = work.rows(sa.select(transaction_role).where(transaction_role.c.transaction_id == document))
        work.execute(sa.update(transaction_role).values(superseded_at=row.created_at))
        values = {**row._mapping, "id": office.system.new_id(), "step": "second_line"}
        played = tasks.take_role(work, values)
        work.commit()

    assert played == "second_line"


def make_backup(office, *, of, backup):
    """Make somebody the active backup of another."""
    with office.system.database.write() as work:
        people.update_user(work, office.caller(of).user_id, backup_id=office.caller(backup).user_id, backup_active=True)
        people.raise_authority_version(work, 1)
        work.commit()
