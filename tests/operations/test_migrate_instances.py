"""Instances go to another version of their definition: one transaction each, votes and timers kept, a dry run first."""

import pytest

from app.domain.errors import InvalidRequest, NotFound, NotPermitted
from app.operations.answer import RequestKey
from app.operations.instances import migrate_instances as migrating
from app.operations.instances.migrate_instances import migrate_instances
from app.operations.instances.read_migration import read_migration
from app.operations.messages.correlate_message import correlate_message
from app.operations.tasks.approve_task import approve_task
from app.persistence import instances, tasks
from tests.engine.diagrams import boundary, bpmn, catch, end, extensions, start, user
from tests.operations.diagrams import deploy
from tests.operations.test_definitions import INVOICE

LATE = "<timerEventDefinition><timeDuration>{0}</timeDuration></timerEventDefinition>"
VOTERS = '["marc", "claire"]'


def version(number: int, task: str = "Work", late: str = "P9D") -> bytes:
    """Return a process in which Marc and Claire vote, with a boundary timer."""
    body = (
        start()
        + user(task, label=f"Work {number}", assignees=VOTERS, mode="all", remind_after="P2D")
        + boundary("Late", task, LATE.format(late))
        + user("After", assignees='["ann"]')
        + end()
        + end("Out")
    )
    return bpmn(body, f"S > {task} > After > E", "Late > Out", process="work")


@pytest.fixture
def migrate(office):
    """Return a function that migrates instances of `work` as the administrator of the workflow."""

    def run(from_version=1, to_version=2, *, key="work", who="wfa", reason="A new version.", **more):
        return migrate_instances(
            office.system, office.caller(who), key, from_version=from_version, to_version=to_version, reason=reason, **more
        )

    return run


@pytest.fixture
def running(office):
    """Give an instance of version 1 in which Marc has voted, while version 2 is deployed."""
    deploy(office, version(1))
    instance = office.start(None, definition="work")
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    deploy(office, version(2))
    return instance["id"]


def clocks(office, instance_id: str):
    """Return the waiting timers of an instance."""
    with office.system.database.read() as reading:
        return sorted((row.kind, row.element, row.due_at) for row in instances.waiting_timers(reading, instance_id))


def test_votes_tasks_and_due_times_are_kept(office, migrate, running):
    before = clocks(office, running)
    task = office.task("claire")

    body = migrate().body

    assert body["counts"] == {"migrated": 1}
    assert (body["items"][0]["process_instance_id"], body["items"][0]["status"]) == (running, "migrated")
    assert office.instance(running)["definition"] == {"key": "work", "version": 2}
    assert clocks(office, running) == before
    assert office.task("claire") == task
    assert office.inbox("claire")[0]["name"] == "Work 2"
    approve_task(office.system, office.caller("claire"), task)
    assert [each["element"] for each in office.inbox("ann")] == ["After"]


def test_an_element_of_another_id_is_mapped(office, migrate, running):
    deploy(office, version(3, task="Sign"))

    refused = migrate(1, 3, dry_run=True).body["items"][0]
    migrate(1, 3, mapping={"Work": "Sign"})

    assert (refused["status"], refused["refusals"][0]["code"]) == ("refused", "element_gone")
    assert [each["element"] for each in office.inbox("claire")] == ["Sign"]
    approve_task(office.system, office.caller("claire"), office.task("claire"))
    assert [each["element"] for each in office.inbox("ann")] == ["After"]


def test_a_dry_run_says_for_each_what_would_happen_and_changes_nothing(office, migrate, running):
    before = office.instance(running)

    dry = migrate(dry_run=True).body
    assert office.instance(running) == before
    wet = migrate().body

    for body in (dry, wet):
        assert body["status"] == "done"
    assert dry["items"] == wet["items"]


def test_each_has_its_own_result_and_one_that_is_refused_keeps_no_other_back(office, migrate):
    deploy(office, version(1))
    stays, goes = (office.start(None, definition="work")["id"] for _ in range(2))
    for who in ("marc", "claire"):
        task = next(each["id"] for each in office.inbox(who) if each["process_instance_id"] == goes)
        approve_task(office.system, office.caller(who), task)
    deploy(office, version(2, task="Sign"))

    body = migrate().body

    assert {each["process_instance_id"]: each["status"] for each in body["items"]} == {stays: "refused", goes: "migrated"}
    assert body["counts"] == {"migrated": 1, "refused": 1}
    assert office.instance(stays)["definition"]["version"] == 1


def test_only_those_that_the_filter_names_are_migrated(office, migrate):
    deploy(office, version(1))
    one, two, three = (office.start(None, definition="work", business_key=key)["id"] for key in ("K1", "K2", "K3"))
    deploy(office, version(2))

    assert [each["process_instance_id"] for each in migrate(filter={"business_key": "K2"}).body["items"]] == [two]
    assert [each["process_instance_id"] for each in migrate(filter={"ids": [three]}).body["items"]] == [three]
    assert [each["process_instance_id"] for each in migrate(filter={"status": "active"}).body["items"]] == [one]


def test_many_are_migrated_in_batches_by_a_job_that_can_be_taken_up_again(office, migrate, monkeypatch):
    monkeypatch.setattr(migrating, "BATCH", 2)
    deploy(office, version(1))
    everyone = [office.start(None, definition="work")["id"] for _ in range(5)]
    deploy(office, version(2))
    office.tick()

    answer = migrate()
    assert (answer.status, answer.body["status"], answer.body["counts"]) == (202, "running", {"migrated": 2})
    office.tick()

    body = read_migration(office.system, office.caller("wfa"), "work", answer.body["id"], limit=3).body
    assert (body["status"], body["counts"]) == ("done", {"migrated": 5})
    rest = read_migration(office.system, office.caller("wfa"), "work", answer.body["id"], limit=3, cursor=body["next_cursor"]).body
    assert [each["process_instance_id"] for each in (*body["items"], *rest["items"])] == everyone
    assert {office.instance(each)["definition"]["version"] for each in everyone} == {2}


def test_an_open_approval_does_not_become_another_step(office, migrate):
    """ADM-05: a migration never approves either."""
    instance = office.begin("invoice_sales_12000")
    changed = INVOICE.replace(b'name="approval_step" value="first_line"', b'name="approval_step" value="second_line"', 1)
    deploy(office, changed)

    item = migrate(key="purchase_invoice").body["items"][0]

    assert item["status"] == "refused"
    assert {each["code"] for each in item["refusals"]} == {"approval_step_changed"}
    assert office.instance(instance["id"])["definition"]["version"] == 1


def test_what_an_instance_calls_goes_with_it(office, migrate):
    def sub(text: str) -> bytes:
        return bpmn(start("S2") + user("Inner", label=text, assignees='["marc"]') + end("E2"), "S2 > Inner > E2", process="sub")

    main = bpmn(
        start() + f'<callActivity id="Call" calledElement="sub">{extensions({})}</callActivity>' + end(), "S > Call > E", process="work"
    )
    deploy(office, sub("One"))
    deploy(office, main)
    instance = office.start(None, definition="work")
    deploy(office, sub("Two"))
    deploy(office, main.replace(b'id="Call"', b'id="Call" name="Call it"'))

    migrate()

    assert office.inbox("marc")[0]["name"] == "Two"
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    assert office.instance(instance["id"])["status"] == "completed"


def test_who_waits_for_a_message_is_still_found(office, migrate):
    roots = '<message id="m" name="Payment"/>'
    for late in ("P1D", "P2D"):
        body = start() + catch("Paid", '<messageEventDefinition messageRef="m"/>') + user("A", remind_after=late, assignees=VOTERS) + end()
        deploy(office, bpmn(body, "S > Paid > A > E", roots=roots, process="work"))
        if late == "P1D":
            instance = office.start(None, definition="work")

    migrate()

    assert correlate_message(office.system, office.caller("erp"), name="Payment").body["process_instance_id"] == instance["id"]


def test_the_same_request_is_done_once_and_a_second_one_finds_nobody(office, migrate, running):
    key = RequestKey(key="once", route="POST migrations", digest="same")

    assert migrate(request=key).body == migrate(request=key).body
    assert migrate().body["counts"] == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": " "},
        {"to_version": 1},
        {"mapping": {f"E{number}": "X" for number in range(1_001)}},
        {"mapping": {"Work": 3}},
        {"mapping": {"Work": ["a"]}},
        {"filter": {"ids": ["x"] * 1_001}},
    ],
)
def test_what_cannot_be_read_is_refused(migrate, running, wrong):
    with pytest.raises(InvalidRequest):
        migrate(**wrong)


def test_strange_mappings_are_refusals_of_the_instance(office, migrate, running):
    items = [migrate(mapping=mapping).body["items"][0] for mapping in ({"Work": "Nowhere"}, {"Work": "E"}, {"Work": None}, {"X": "Work"})]

    assert {each["status"] for each in items} == {"refused"}
    assert office.instance(running)["definition"]["version"] == 1


@pytest.mark.parametrize("who", ["marc", "erp"])
def test_only_administrators_migrate(office, migrate, running, who):
    with pytest.raises(NotPermitted):
        migrate(who=who)
    with pytest.raises(NotPermitted):
        read_migration(office.system, office.caller(who), "work", office.system.new_id())


def test_a_version_or_a_migration_that_is_not_there(office, migrate, running):
    with pytest.raises(NotFound):
        migrate(1, 9)
    with pytest.raises(NotFound):
        migrate(key="nothing")
    with pytest.raises(NotFound):
        read_migration(office.system, office.caller("wfa"), "work", office.system.new_id())


def test_an_instance_that_has_ended_meanwhile_is_left_alone(office, migrate, running):
    approve_task(office.system, office.caller("claire"), office.task("claire"))
    approve_task(office.system, office.caller("ann"), office.task("ann"))

    assert migrate().body["items"] == []
    with office.system.database.read() as reading:
        assert {row.status for row in tasks.tasks_of_instance(reading, running)} == {"completed"}
