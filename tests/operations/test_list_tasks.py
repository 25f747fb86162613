"""The inbox: filters, pages, order and numbers."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from app.domain.errors import InvalidRequest
from app.operations.cursors import write_cursor
from app.operations.definitions.list_definitions import list_definitions
from app.operations.documents.list_documents import list_documents
from app.operations.instances.list_incidents import list_incidents
from app.operations.instances.list_instances import list_instances
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.count_tasks import count_tasks
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.list_tasks import list_tasks
from app.persistence.tables.documents import document
from tests.operations.diagrams import chain, deploy, resolve, user_task
from tests.operations.test_separation_of_duty import make_backup

NUMBER = "A-2026-1201"


def receive(office, number, *, at=None):
    """Start an invoice of this number, received at an instant, and return its document."""
    document_id = office.send("invoice_sales_12000", **{NUMBER: number})
    if at is not None:
        with office.system.database.write() as work:
            work.execute(sa.update(document).where(document.c.id == document_id).values(received_at=at))
            work.commit()
    office.start(document_id)
    return document_id


def numbers(items):
    """Return the numbers of the documents of inbox items."""
    return [item["document"]["number"] for item in items]


def test_the_received_days_are_days_in_amsterdam_both_included(office):
    """TSK-09: 31 October 23:59 in Amsterdam is in October, 1 November 00:00 is not."""
    receive(office, "B-1", at=datetime(2026, 9, 30, 21, 59, 59, tzinfo=UTC))
    receive(office, "B-2", at=datetime(2026, 9, 30, 22, 0, tzinfo=UTC))
    receive(office, "B-3", at=datetime(2026, 10, 31, 22, 59, 59, tzinfo=UTC))
    receive(office, "B-4", at=datetime(2026, 10, 31, 23, 0, tzinfo=UTC))

    october = office.inbox("marc", received_from=date(2026, 10, 1), received_to=date(2026, 10, 31))

    assert sorted(numbers(october)) == ["B-2", "B-3"]
    assert sorted(numbers(office.inbox("marc", received_from=date(2026, 11, 1)))) == ["B-4"]
    assert sorted(numbers(office.inbox("marc", received_to=date(2026, 9, 30)))) == ["B-1"]
    assert len(office.inbox("marc", received_from=date.min, received_to=date.max)) == 4


def test_filters_combine(office):
    """TSK-09."""
    receive(office, "B-1")
    document_id = receive(office, "B-2")
    (item,) = [each for each in office.inbox("marc") if each["document"]["id"] == document_id]
    approve_task(office.system, office.caller("marc"), item["id"])

    assert numbers(office.inbox("marc", status="open", organisation="Acme")) == ["B-1"]
    assert numbers(office.inbox("marc", status="completed", organisation="Acme", received_from=date(2026, 1, 1))) == ["B-2"]
    assert office.inbox("marc", organisation="Informatique") == []


def test_pages_meet_without_gap_or_repetition(office):
    """TSK-02."""
    for number in range(5):
        receive(office, f"B-{number}")
    caller, seen, cursor = office.caller("marc"), [], None

    for _ in range(3):
        body = list_tasks(office.system, caller, limit=2, cursor=cursor).body
        seen += numbers(body["items"])
        cursor = body["next_cursor"]

    assert cursor is None
    assert sorted(seen) == [f"B-{number}" for number in range(5)]


def test_a_task_in_which_somebody_holds_several_shares_stands_on_one_page(office):
    """MXR-02, TSK-02."""
    deploy(office, chain("branches", resolve(), user_task("Sign", approval_step="first_line")))
    receive(office, "B-1")
    office.start(office.send("invoice_two_branches"), definition="branches")
    (both,) = [item for item in office.inbox("marc") if item["name"] == "Sign"]
    partner = next(person["username"] for person in both["assignees"] if person["username"] != "marc")
    make_backup(office, of=partner, backup="marc")
    caller, seen, cursor = office.caller("marc"), [], None

    for _ in range(3):
        body = list_tasks(office.system, caller, limit=1, cursor=cursor).body
        seen += body["items"]
        cursor = body["next_cursor"]
        if cursor is None:
            break

    assert sorted(item["name"] for item in seen) == ["Approve first line", "Sign"]
    (whole,) = [item for item in seen if item["name"] == "Sign"]
    assert whole["to_sign"] == whole["document"]["total"]
    assert count_tasks(office.system, caller).body["open"] == 2


def test_done_tasks_stand_newest_first(office, clock):
    """TSK-08."""
    receive(office, "B-1")
    clock.advance(hours=1)
    receive(office, "B-2")
    by_number = {item["document"]["number"]: item["id"] for item in office.inbox("marc")}
    for number in ("B-2", "B-1"):
        clock.advance(hours=1)
        approve_task(office.system, office.caller("marc"), by_number[number])

    assert numbers(office.inbox("marc", status="completed")) == ["B-1", "B-2"]


def test_the_count_is_what_one_can_act_on(office, clock):
    """TSK-04: own and as active backup; neither completed nor escalated away."""
    receive(office, "B-1")
    receive(office, "B-2")
    first, second = office.inbox("marc")
    approve_task(office.system, office.caller("marc"), first["id"])
    marc = office.caller("marc")
    assert count_tasks(office.system, marc).body == {"open": 1, "completed": 1, "escalated": 0}

    clock.advance(days=20)
    office.tick()
    assert count_tasks(office.system, marc).body == {"open": 0, "completed": 1, "escalated": 1}
    assert second["id"] == office.inbox("marc", status="escalated")[0]["id"]
    receive(office, "B-3")
    make_backup(office, of="marc", backup="ann")

    assert count_tasks(office.system, office.caller("ann")).body["open"] == 1


def test_a_task_that_came_back_and_was_done_counts_once(office):
    """TSK-04, HND-06."""
    receive(office, "B-1")
    task = office.task("marc")
    delegate_task(office.system, office.caller("marc"), task, to="carl")
    delegate_task(office.system, office.caller("carl"), task, to="marc")
    approve_task(office.system, office.caller("marc"), task)

    assert count_tasks(office.system, office.caller("marc")).body["completed"] == 1
    (item,) = office.inbox("marc", status="completed")
    assert item["decided_by"]["username"] == "marc"


def test_another_environment_has_an_inbox_of_its_own(office):
    """PAR-20."""
    receive(office, "B-1")

    assert office.inbox("kim") == []
    assert count_tasks(office.system, office.caller("kim")).body["open"] == 0


@pytest.mark.parametrize(
    "cursor",
    [
        "?",
        "e30",
        write_cursor(),
        write_cursor("2026-11-02T08:00:00", "0190"),
        write_cursor("2026-11-02T08:00:00+00:00", "no-id"),
        write_cursor("2026-11-02T08:00:00", "01a20202-ba18-7738-9281-94bc45c066bb"),
        write_cursor("0001-01-01T00:00:00+14:00", "01a20202-ba18-7738-9281-94bc45c066bb"),
        write_cursor("x\0", "y"),
        write_cursor("x\0"),
    ],
)
def test_a_made_up_cursor_is_refused_never_an_error_of_the_database(office, cursor):
    adm = office.caller("adm")

    for list_something in (list_tasks, list_documents, list_instances, list_incidents, list_definitions):
        with pytest.raises(InvalidRequest, match="cursor"):
            list_something(office.system, adm, cursor=cursor)


def test_there_are_three_inboxes(office):
    """TSK-08."""
    with pytest.raises(InvalidRequest):
        list_tasks(office.system, office.caller("marc"), status="all")
