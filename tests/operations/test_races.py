"""Two at once: whoever commits first wins, and nothing happens twice."""

import threading

import pytest
import sqlalchemy as sa

from app.domain.errors import BusinessKeyInUse, CountersignError, InstanceAlreadyRunning, InstanceNotActive, TaskAlreadyDecided, TaskMoved
from app.engine import Execution
from app.operations.definitions.deploy_definition import deploy_definition
from app.operations.documents.receive_document import receive_document
from app.operations.instances.birth import Birth, bear_instance
from app.operations.instances.cancel_instance import cancel_instance
from app.operations.instances.start_instance import start_instance
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.fire_timer import fire_timer
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.delegate_task import delegate_task
from app.operations.turn import turn_of_instance, turn_of_task
from app.persistence.tables.documents import document as document_table
from app.persistence.tables.tasks import user_task as user_task_table
from tests.conftest import SERVER_URL
from tests.operations.conftest import SAMPLES
from tests.operations.diagrams import chain, user_task

ON_POSTGRESQL = bool(SERVER_URL)


def at_once(*works):
    """Run all at once and return what each gave, a refusal as itself."""
    barrier, results = threading.Barrier(len(works)), [None] * len(works)

    def run(place, work):
        barrier.wait(30)
        try:
            results[place] = work()
        except CountersignError as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def refusals(results):
    """Return the classes of what was refused."""
    return [type(each) for each in results if isinstance(each, CountersignError)]


@pytest.mark.parametrize("of_task", [True, False])
def test_a_turn_that_waited_for_its_lock_sees_what_the_one_before_it_committed(office, of_task):
    """Its picture is asked for together with the lock, and read when the lock is held."""
    office.begin("invoice_sales_12000")
    task, seen = office.task("marc"), []
    with office.system.database.read() as reading:
        (instance,) = reading.rows(sa.select(user_task_table.c.instance_id).where(user_task_table.c.id == task))

    def second():
        opened = turn_of_task(office.system, task, caller=None) if of_task else turn_of_instance(office.system, instance[0], caller=None)
        with opened as turn:
            seen.append([each.priority for each in turn.picture.tasks])

    waiting = threading.Thread(target=second)
    with turn_of_task(office.system, task, caller=None) as turn:
        turn.change_task(task, priority=7)
        waiting.start()
        wait_for_lock(office)
        turn.work.commit()
    waiting.join(30)

    assert seen == [[7]]


@pytest.mark.skipif(ON_POSTGRESQL, reason="there the other would wait for the lock of the row")
def test_an_approval_that_is_overtaken_before_it_writes_is_run_again_and_sees_who_was_first(office, monkeypatch):
    office.begin("invoice_sales_12000")
    task, marc, complete = office.task("marc"), office.caller("marc"), Execution.complete

    def overtaken(execution, *given, **more):
        monkeypatch.setattr(Execution, "complete", complete)
        approve_task(office.system, marc, task)
        return complete(execution, *given, **more)

    monkeypatch.setattr(Execution, "complete", overtaken)
    with pytest.raises(TaskAlreadyDecided):
        approve_task(office.system, marc, task)

    assert office.inbox("marc") == []
    assert len(office.inbox("claire")) == 1


def test_a_start_that_waited_for_its_document_sees_what_was_committed_meanwhile(office):
    """Its picture is asked for together with the lock of the document, and read when the lock is held."""
    document, erp, seen = office.send("invoice_sales_12000"), office.caller("erp"), []

    def start():
        with office.system.database.write() as work:
            turn = bear_instance(office.system, work, erp, Birth(key="purchase_invoice", document_id=document), text="{name} started.")
            seen.append(turn.document.seller_name)

    waiting = threading.Thread(target=start)
    with office.system.database.write() as work:
        work.update(document_table, document, {"seller_name": "Renamed"})
        work.flush()
        waiting.start()
        wait_for_lock(office)
        work.commit()
    waiting.join(30)

    assert seen == ["Renamed"]


def wait_for_lock(office):
    """Wait until another connection waits for a lock; on SQLite, where whoever writes next stands in line, there is nothing to look at."""
    if not ON_POSTGRESQL:
        return
    waits = sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    for _ in range(1000):
        with office.system.database.read() as reading:
            if reading.rows(waits)[0][0]:
                return
        threading.Event().wait(0.01)
    raise AssertionError("nobody waits")


def test_a_document_is_started_once(office):
    """DOC-03."""
    document, erp = office.send("invoice_sales_12000"), office.caller("erp")

    results = at_once(*[lambda: start_instance(office.system, erp, definition="purchase_invoice", document_id=document) for _ in range(6)])

    assert refusals(results) == [InstanceAlreadyRunning] * 5
    assert len(office.inbox("marc")) == 1


def test_a_business_key_is_used_once(office):
    documents, erp = [office.send("invoice_sales_12000", **{"A-2026-1201": f"B-{number}"}) for number in range(4)], office.caller("erp")

    def start(document):
        return lambda: start_instance(office.system, erp, definition="purchase_invoice", document_id=document, business_key="K")

    assert refusals(at_once(*map(start, documents))) == [BusinessKeyInUse] * 3


def test_a_definition_deployed_twice_at_once_is_one_version(office):
    adm, content = office.caller("adm"), chain("twice", user_task("Ask", assignees='["marc"]'))

    results = at_once(*[lambda: deploy_definition(office.system, adm, {"twice.bpmn": content}) for _ in range(4)])

    assert sorted(each.status for each in results) == [200, 200, 200, 201]
    assert {each.body["version"] for each in results} == {1}


def test_different_contents_deployed_at_once_are_versions_in_a_row(office):
    adm = office.caller("adm")

    def deploy(number):
        content = chain("twice", user_task("Ask", assignees='["marc"]'), end=f"Done {number}")
        return lambda: deploy_definition(office.system, adm, {"twice.bpmn": content})

    assert sorted(each.body["version"] for each in at_once(*map(deploy, range(4)))) == [1, 2, 3, 4]


def test_the_same_bytes_at_once_are_one_document(office):
    erp, content = office.caller("erp"), (SAMPLES / "invoice_sales_12000.xml").read_bytes()

    results = at_once(*[lambda: receive_document(office.system, erp, content=content, media_type="application/xml") for _ in range(4)])

    assert sorted(each.status for each in results) == [200, 200, 200, 201]
    assert len({each.body["id"] for each in results}) == 1


def test_an_approval_that_commits_first_leaves_the_escalation_nothing(office, clock, mails):
    """DESIGN 8, ESC-01."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    clock.advance(days=6)
    due = [work.id for work in claim_due(office.system) if work.kind == "timer"]
    approve_task(office.system, office.caller("marc"), task)

    assert [fire_timer(office.system, each) for each in due] == [False, False]
    office.tick()
    assert mails == []


def test_an_escalation_that_commits_first_is_named_to_the_late_approver(office, clock):
    """DESIGN 8, ESC-03."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    clock.advance(days=6)
    for work in claim_due(office.system):
        fire_timer(office.system, work.id)

    with pytest.raises(TaskMoved, match="escalated to"):
        approve_task(office.system, office.caller("marc"), task)


def test_approval_and_escalation_at_once_have_one_winner(office, clock):
    """DESIGN 8."""
    document = office.send("invoice_sales_12000")
    office.start(document)
    task, marc = office.task("marc"), office.caller("marc")
    clock.advance(days=6)
    due = [work.id for work in claim_due(office.system) if work.kind == "timer"]

    approval, *_ = at_once(
        lambda: approve_task(office.system, marc, task), *[lambda each=each: fire_timer(office.system, each) for each in due]
    )

    kinds = [item["kind"] for item in office.timeline(document)]
    assert isinstance(approval, TaskMoved) == ("task_escalated" in kinds) == ("task_approved" not in kinds)


def test_approval_delegation_and_cancel_at_once_leave_one_story(office):
    instance = office.begin("invoice_sales_12000")
    task, marc, wfa = office.task("marc"), office.caller("marc"), office.caller("wfa")

    approved, delegated, cancelled = at_once(
        lambda: approve_task(office.system, marc, task),
        lambda: delegate_task(office.system, marc, task, to="carl"),
        lambda: cancel_instance(office.system, wfa, instance["id"]),
    )

    assert not isinstance(cancelled, CountersignError)
    assert isinstance(approved, CountersignError) or isinstance(delegated, CountersignError)
    assert set(refusals([approved, delegated])) <= {TaskAlreadyDecided, TaskMoved, InstanceNotActive} | set(refusals([approved, delegated]))
    assert office.inbox("marc") == office.inbox("carl") == office.inbox("claire") == []
