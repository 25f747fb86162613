"""The inbox under filters, in other orders, and with fewer columns."""

import itertools
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.domain.errors import BadPeriod, InvalidRequest, UnknownColumn
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.comment_task import comment_task
from app.operations.tasks.count_tasks import count_tasks
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.hold_task import hold_task
from app.operations.tasks.list_tasks import COLUMNS, list_tasks
from app.persistence.tables.documents import document
from tests.operations.diagrams import chain, deploy, user_task
from tests.operations.test_list_tasks import numbers, receive
from tests.operations.test_separation_of_duty import make_backup


def put(office, number, **facts):
    """Start an invoice of this number whose document then has other facts."""
    document_id = receive(office, number)
    with office.system.database.write() as work:
        work.execute(sa.update(document).where(document.c.id == document_id).values(**facts))
        work.commit()
    return document_id


def found(office, username="marc", **filters):
    """Return the numbers of the documents that somebody finds, in the order of the list."""
    return numbers(office.inbox(username, **filters))


def task_of(office, number, username="marc"):
    """Return the id of somebody's task about the document of this number."""
    return next(item["id"] for item in office.inbox(username) if item["document"]["number"] == number)


@pytest.fixture
def three(office):
    """Give the office with three invoices on Marc's desk."""
    put(office, "B-1", currency="EUR", total=Decimal("500.00"), seller_name="Écluse 100%")
    put(office, "B-2", currency="EUR", total=Decimal("12000.00"), seller_name="acme_x")
    put(office, "B-3", currency="GBP", total=Decimal("700.00"), seller_name="Zeta")
    return office


def test_amounts_are_bounded_in_one_currency(three):
    """TSK-09: inclusive; without a currency it is that of the environment."""
    assert found(three, amount_from=Decimal(500)) == ["B-1", "B-2"]
    assert found(three, amount_to=Decimal("11999.99")) == ["B-1"]
    assert found(three, amount_from=Decimal(500), amount_to=Decimal(700), currency="GBP") == ["B-3"]
    assert found(three, currency="GBP") == ["B-3"]


def test_a_text_is_looked_for_in_number_seller_and_name(three):
    """TSK-09: whatever the case of its letters; a text that reads like a pattern is none."""
    cases = {"b-": "123", "ACME": "2", "écluse": "1", "ÉCLUSE": "1", "first LINE": "123"}
    cases |= {"100%": "1", "%": "1", "e_x": "2", "_": "2", "\\": "", "' OR 1=1 --": ""}

    assert {text: found(three, q=text) for text in cases} == {text: [f"B-{each}" for each in which] for text, which in cases.items()}


def test_process_step_and_claim_are_filters(three):
    """TSK-09."""
    deploy(three, chain("plain", user_task("Look", assignees="[&quot;marc&quot;]")))
    three.start(three.send("invoice_two_branches"), definition="plain")
    claim_task(three.system, three.caller("marc"), task_of(three, "B-2"))

    assert [item["name"] for item in three.inbox("marc", process="plain")] == ["Look"]
    assert found(three, step="first_line") == ["B-1", "B-2", "B-3"]
    assert found(three, step="second_line") == []
    assert found(three, claimed=True) == ["B-2"]
    assert found(three, claimed=False, process="purchase_invoice") == ["B-1", "B-3"]


def test_held_and_overdue_tasks_are_found_and_marked(three, clock):
    """TSK-09, ESC-01: a task whose clock stands still is not overdue."""
    hold_task(three.system, three.caller("marc"), task_of(three, "B-2"), reason="Waiting for the goods")
    overdue_at = max(datetime.fromisoformat(item["due_at"]) for item in three.inbox("marc")) + timedelta(minutes=1)
    clock.now = overdue_at

    held, late = three.inbox("marc", held=True), three.inbox("marc", overdue=True)

    assert (numbers(held), held[0]["flags"]) == (["B-2"], ["on_hold"])
    assert (numbers(late), late[0]["flags"]) == (["B-1", "B-3"], ["overdue"])
    assert found(three, overdue=False) == ["B-2"]
    assert found(three, held=False, overdue=True, currency="GBP") == ["B-3"]


def test_own_tasks_and_those_one_stands_in_for_can_be_told_apart(three):
    """ESC-05, TSK-04: on whose behalf it would be stands on the row."""
    make_backup(three, of="marc", backup="ann")
    deploy(three, chain("plain", user_task("Look", assignees="[&quot;ann&quot;]")))
    three.start(three.send("invoice_two_branches"), definition="plain")

    assert [item["name"] for item in three.inbox("ann", whose="mine")] == ["Look"]
    covered = three.inbox("ann", whose="covered")
    assert numbers(covered) == ["B-1", "B-2", "B-3"]
    assert {item["on_behalf_of"]["username"] for item in covered} == {"marc"}
    assert len(three.inbox("ann")) == 4
    assert three.inbox("carl", whose="covered") == []


def test_every_order_pages_without_gap_or_repetition_in_both_directions(three):
    """TSK-09: amounts of one currency stand together; letters beyond ASCII come after the others."""
    orders = {"due": "123", "received": "123", "amount": "123", "seller": "231"}
    for sort, order in itertools.product(orders, ("asc", "desc")):
        seen, cursor = [], None
        while not seen or cursor is not None:
            body = list_tasks(three.system, three.caller("marc"), sort=sort, order=order, limit=1, cursor=cursor).body
            seen += numbers(body["items"])
            cursor = body["next_cursor"]
        expected = [f"B-{each}" for each in orders[sort]]
        assert seen == (expected if order == "asc" else expected[::-1])


def test_a_cursor_belongs_to_its_order(three):
    """TSK-09."""
    caller = three.caller("marc")
    cursor = list_tasks(three.system, caller, sort="amount", limit=1).body["next_cursor"]

    for other in ({"sort": "seller"}, {"sort": "amount", "order": "desc"}, {"sort": "amount", "status": "completed"}):
        with pytest.raises(InvalidRequest, match="cursor"):
            list_tasks(three.system, caller, cursor=cursor, **other)


def test_one_of_a_pool_reads_by_whom_his_task_was_completed(office):
    """TSK-08, MUL-04: one is sufficient, Ann approves, and Marc's list of completed tasks says so."""
    deploy(office, chain("pooled", user_task("Look", assignees="[&quot;marc&quot;, &quot;ann&quot;]")))
    office.start(office.send("invoice_sales_12000"), definition="pooled")
    approve_task(office.system, office.caller("ann"), office.task("ann"))

    (done,) = office.inbox("marc", status="completed")

    assert (done["my_status"], done["outcome"]) == ("closed", "approved")
    assert done["decided_by"] == {"username": "ann", "full_name": "Ann"}
    assert office.inbox("marc") == []


def test_a_row_says_what_draws_attention(three, clock):
    """TSK-08: reminded, escalated, and how many comments there are."""
    comment_task(three.system, three.caller("marc"), task_of(three, "B-1"), text="Who ordered this?")
    assert {item["document"]["number"]: item["comments"] for item in three.inbox("marc")} == {"B-1": 1, "B-2": 0, "B-3": 0}

    clock.advance(days=3, minutes=1)
    three.tick()
    assert all("reminded" in item["flags"] for item in three.inbox("marc"))

    clock.advance(days=20)
    three.tick()
    assert all("escalated" in item["flags"] for item in three.inbox("marc", status="escalated"))


def test_columns_are_a_whitelist_without_reasons_of_validation(three):
    """TSK-10."""
    caller = three.caller("marc")
    (whole, *_) = three.inbox("marc")

    assert set(whole) == COLUMNS
    assert [sorted(item) for item in three.inbox("marc", columns="document, due_at")] == [["document", "due_at", "id"]] * 3
    with pytest.raises(UnknownColumn, match="no column validation_reason.*stands on its timeline"):
        list_tasks(three.system, caller, columns="document,validation_reason")


def test_what_nothing_could_match_is_refused(office):
    """TSK-09."""
    marc = office.caller("marc")
    wrong = [
        {"amount_from": Decimal(2), "amount_to": Decimal(1)},
        {"amount_from": Decimal("0.00001")},
        {"amount_to": Decimal(10) ** 17},
        {"whose": "theirs"},
        {"sort": "colour"},
        {"order": "up"},
    ]

    for filters in wrong:
        with pytest.raises(InvalidRequest) as refusal:
            list_tasks(office.system, marc, **filters)
        assert set(refusal.value.facts["errors"]) <= {*filters, "for"}
    with pytest.raises(BadPeriod, match="2026-11-02 to 2026-11-01"):
        list_tasks(office.system, marc, received_from=date(2026, 11, 2), received_to=date(2026, 11, 1))


def test_an_unusual_order_of_several_people_still_shows_a_task_once(three):
    """TSK-02, ESC-05: a stand-in who has a share himself sees the task once, whatever the order and the page."""
    deploy(three, chain("pooled", user_task("Look", assignees="[&quot;marc&quot;, &quot;ann&quot;]")))
    three.start(three.send("invoice_two_branches"), definition="pooled")
    make_backup(three, of="marc", backup="ann")

    for sort in ("due", "received", "amount", "seller"):
        seen, cursor, pages = [], None, 0
        while pages == 0 or cursor is not None:
            body = list_tasks(three.system, three.caller("ann"), sort=sort, limit=2, cursor=cursor).body
            seen += [item["id"] for item in body["items"]]
            cursor, pages = body["next_cursor"], pages + 1
        assert (len(seen), len(set(seen)), pages) == (4, 4, 2)
    assert count_tasks(three.system, three.caller("ann")).body["open"] == 4


def test_the_badge_counts_what_is_open_alone(office, clock):
    """TSK-04: two open, one completed and one escalated away make 2."""
    receive(office, "B-0")
    clock.advance(days=20)
    office.tick()
    for number in ("B-1", "B-2", "B-3"):
        receive(office, number)
    approve_task(office.system, office.caller("marc"), task_of(office, "B-1"))

    counted = count_tasks(office.system, office.caller("marc")).body

    assert counted == {"open": 2, "completed": 1, "escalated": 1}


def test_a_task_that_left_by_delegation_stands_among_the_completed_with_its_new_owner(office):
    """TSK-08, HND-05."""
    receive(office, "B-1")
    delegate_task(office.system, office.caller("marc"), office.task("marc"), to="carl")

    (gone,) = office.inbox("marc", status="completed")
    (taken,) = office.inbox("carl")

    assert gone["delegated_to"]["username"] == "carl"
    assert taken["on_behalf_of"]["username"] == "marc"
