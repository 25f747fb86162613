"""One person plays one role in a transaction, whatever the code does."""

import threading

import pytest
import sqlalchemy as sa

from app.domain.errors import CountersignError, SeparationOfDuty
from app.operations.documents.code_lines import code_lines
from app.operations.instances.list_incidents import list_incidents
from app.operations.instances.start_instance import start_instance
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.delegate_task import delegate_task
from app.persistence import people, tasks
from app.persistence.drivers import Overtaken
from app.persistence.tables.people import user_role
from app.persistence.tables.tasks import assignment, transaction_role
from tests.operations.diagrams import chain, deploy, resolve, user_task


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


@pytest.mark.parametrize("verb", [approve_task, claim_task])
@pytest.mark.parametrize("backup", ["claire", "donald"])
def test_an_active_backup_who_is_counted_on_in_another_step_cannot_act_for_his_principal(office, backup, verb):
    """MXR-08: claire is the second line here, donald the other of her pool."""
    office.begin("invoice_sales_12000")
    make_backup(office, of="marc", backup=backup)

    with pytest.raises(SeparationOfDuty, match="already plays second line"):
        verb(office.system, office.caller(backup), office.task("marc"))

    approve_task(office.system, office.caller("marc"), office.task("marc"))
    approve_task(office.system, office.caller(backup), office.task(backup))


def test_delegating_to_a_member_of_the_pool_of_another_step_is_refused(office):
    """MXR-06, MXR-08: any member of a pool may have to sign."""
    office.begin("invoice_sales_12000")

    with pytest.raises(SeparationOfDuty, match="Donald already plays second line"):
        delegate_task(office.system, office.caller("marc"), office.task("marc"), to="donald")


def test_whoever_coded_signs_for_nobody(office):
    """COD-03, MXR-05: neither as a delegate nor as a backup."""
    document = office.send("invoice_without_cost_center")
    office.start(document)
    line, eva = office.document(document)["lines"][0]["id"], office.caller("eva")
    code_lines(office.system, eva, document, lines=[{"id": line, "cost_center": "SALES"}])
    approve_task(office.system, eva, office.task("eva"))

    with pytest.raises(SeparationOfDuty, match="submitter or coder"):
        delegate_task(office.system, office.caller("marc"), office.task("marc"), to="eva")
    make_backup(office, of="marc", backup="eva")
    with pytest.raises(SeparationOfDuty):
        approve_task(office.system, office.caller("eva"), office.task("marc"))


def test_whoever_submitted_signs_for_nobody(office):
    """MXR-05."""
    document = office.send("invoice_sales_12000", as_user="jeremy")
    start_instance(office.system, office.caller("wfa"), definition="purchase_invoice", document_id=document)

    with pytest.raises(SeparationOfDuty):
        delegate_task(office.system, office.caller("marc"), office.task("marc"), to="jeremy")


def test_in_two_processes_of_one_document_a_person_plays_one_step(office):
    """MXR-01: the transaction is the document's, not the instance's."""
    document = office.send("invoice_sales_12000")
    office.start(document)
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    second = user_task("Two", approval_step="second_line")
    deploy(office, chain("other", resolve(), second))
    office.start(document, definition="other")

    with pytest.raises(SeparationOfDuty):
        delegate_task(office.system, office.caller("claire"), office.inbox("claire")[0]["id"], to="marc")


def test_two_processes_of_one_document_signed_at_once_leave_one_step_a_person(office, monkeypatch):
    """MXR-01: the index decides, whoever is first."""
    document = office.send("invoice_sales_12000")
    for key, step in (("one", "first_line"), ("two", "second_line")):
        deploy(office, chain(key, resolve(), user_task("Sign", approval_step=step)))
        office.start(document, definition=key)
    (first,), (second,) = office.inbox("marc"), office.inbox("claire")
    jeremy = office.caller("jeremy")
    with office.system.database.write() as work:
        work.execute(sa.update(assignment).where(assignment.c.status == "open").values(user_id=jeremy.user_id))
        work.commit()
    monkeypatch.setattr("app.operations.tasks.decision.check_duty", lambda *_, **__: None)
    barrier, results = threading.Barrier(2), []

    def sign(task):
        barrier.wait(30)
        try:
            results.append(approve_task(office.system, jeremy, task))
        except CountersignError as error:
            results.append(error)

    threads = [threading.Thread(target=sign, args=(task["id"],)) for task in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(type(each) is SeparationOfDuty for each in results) == [False, True]


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
        values = {str(name): value for name, value in row._mapping.items()} | {"id": office.system.new_id(), "step": "second_line"}
        tasks.insert_roles(work, [values])
        work.commit()

    with office.system.database.write() as work:
        tasks.insert_roles(work, [values | {"id": office.system.new_id(), "step": "first_overall"}])
        with pytest.raises(Overtaken):
            work.commit()


def make_backup(office, *, of, backup):
    """Make somebody the active backup of another."""
    with office.system.database.write() as work:
        people.update_user(work, office.caller(of).user_id, backup_id=office.caller(backup).user_id, backup_active=True)
        people.raise_authority_version(work, 1)
        work.commit()


def test_whoever_started_the_process_holds_no_approval_role(office):
    """MXR-05."""
    document = office.send("invoice_sales_12000")
    with office.system.database.write() as work:
        work.insert(user_role, [{"user_id": office.caller("marc").user_id, "role": "workflow_administrator", "environment_id": 1}])
        people.raise_authority_version(work, 1)
        work.commit()
    start_instance(office.system, office.caller("marc"), definition="purchase_invoice", document_id=document)

    (incident,) = list_incidents(office.system, office.caller("adm"), status="open").body["items"]

    assert incident["code"] == "no_role_players_found"
    assert office.inbox("claire") == []
