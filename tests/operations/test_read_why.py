"""Why a task is with somebody, and why it is not: sentences that repeat what was stored."""

import pytest
import sqlalchemy as sa

from app.domain.errors import NotFound
from app.operations.documents.read_document import read_document
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.considered import considered_of
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.read_why import read_why
from app.operations.tasks.read_why_not import read_why_not
from app.persistence import people
from app.persistence.tables.instances import route
from app.persistence.tables.people import user_role
from app.persistence.tables.tasks import assignment, user_task
from tests.operations.diagrams import chain, deploy
from tests.operations.diagrams import user_task as task_element
from tests.operations.test_separation_of_duty import make_backup


def why(office, username, task):
    """Return why a task is with somebody."""
    return read_why(office.system, office.caller(username), task).body


def why_not(office, username, task):
    """Return why a task is not with somebody."""
    return read_why_not(office.system, office.caller(username), task).body


def let_see_all(office, username):
    """Let somebody see every transaction."""
    with office.system.database.write() as work:
        work.insert(user_role, [{"user_id": office.caller(username).user_id, "role": "workflow_administrator", "environment_id": 1}])
        people.raise_authority_version(work, 1)
        work.commit()


def rows_of(office, table):
    """Return all rows of a table, oldest first."""
    with office.system.database.read() as reading:
        return reading.rows(sa.select(table).order_by(table.c.id))


def test_what_the_route_found_comes_first_with_its_evidence(office):
    """MXR-10: each sentence and number is what is stored."""
    office.begin("invoice_sales_12000")

    told = why(office, "marc", office.task("marc"))

    (stored,) = rows_of(office, route)
    slot = stored.steps["first_line"]["slots"][0]
    (share,) = told["shares"]
    (link,) = share["chain"]
    assert told["matrix"] == {"version": stored.matrix_version, "resolved_on": stored.resolved_on.isoformat()}
    assert (link["cause"], link["text"], link["evidence"]) == ("route", slot["why"], slot["considered"][0])
    assert (share["text"], share["lines"]) == (slot["why"], [1])


def test_every_hand_is_told_with_who_gave_it_and_what_he_said(office, clock):
    """HND-05, HND-06, ESC-02, MXR-10."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    delegate_task(office.system, office.caller("marc"), task, to="carl", comment="You know the supplier")

    (share,) = why(office, "carl", task)["shares"]
    stored = [row.why for row in rows_of(office, assignment)]

    assert [link["cause"] for link in share["chain"]] == ["route", "delegation"]
    assert share["chain"][0]["text"] == stored[0]
    assert f"{share['chain'][1]['text']} {stored[0]}" == stored[1]
    assert share["chain"][1]["text"] == "Marc Anthony delegated this to you: You know the supplier."
    assert (share["chain"][1]["from"]["username"], share["chain"][1]["comment"]) == ("marc", "You know the supplier")
    assert why(office, "marc", task)["is_mine"] is False
    assert why_not(office, "marc", task)["reasons"][0]["text"] == "It was delegated from you to Carl."

    clock.advance(days=20)
    office.tick()
    later = next(name for name in ("claire", "adm", "wfa") if office.inbox(name))
    (escalated,) = why(office, later, task)["shares"]
    assert [link["cause"] for link in escalated["chain"]] == ["route", "delegation", "escalation"]
    assert "escalated to" in why_not(office, "carl", task)["reasons"][0]["text"]


def test_who_stands_in_reads_for_whom_and_why(office):
    """ESC-05, USR-25."""
    office.begin("invoice_sales_12000")
    make_backup(office, of="marc", backup="ann")

    (share,) = why(office, "ann", office.task("marc"))["shares"]

    assert [link["cause"] for link in share["chain"]] == ["route", "backup"]
    assert share["chain"][1]["text"] == "You are the active backup of Marc Anthony."
    assert share["chain"][1]["from"]["username"] == "marc"


def test_a_limit_that_is_too_low_is_told_with_what_is_missing(office):
    """MXR-10: by the candidates that the route kept."""
    office.begin("invoice_charge_80000")
    document = office.inbox("marc")[0]["document"]["id"]
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    (task,) = [row for row in rows_of(office, user_task) if row.status == "open"]
    considered = {each["user"]: each for each in considered_of(task, 0)}
    let_see_all(office, "claire")

    assert read_document(office.system, office.caller("claire"), document).body["id"] == document
    (reason,) = [each for each in why_not(office, "claire", task.id)["reasons"] if each["slot"] == 0]

    assert considered["claire"]["reason"] in reason["text"]
    assert reason["text"].endswith(", which is EUR 31,000.00 too low.")
    assert reason["evidence"] == considered["claire"]


def test_another_cost_center_and_another_step_are_told(office):
    """MXR-10, MXR-01."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    for username in ("ann", "claire", "eva"):
        let_see_all(office, username)

    (other_center,) = why_not(office, "ann", task)["reasons"]
    assert other_center["text"] == ("Line 1: you have no mandate for first line that covers it. Your mandates for first line are for SUP.")
    assert other_center["evidence"] is None
    texts = [each["text"] for each in why_not(office, "claire", task)["reasons"]]
    assert texts[0] == "Line 1: you have no mandate for first line that covers it. You have no mandate for first line at all."
    assert texts[1] == "You are asked for second line of this document, and nobody signs two steps."
    assert "You have no mandate for first line at all." in why_not(office, "eva", task)["reasons"][0]["text"]
    assert [person["username"] for person in why_not(office, "eva", task)["asked"]] == ["marc"]


def test_a_task_that_is_ones_own_has_no_reason_against_it(office):
    office.begin("invoice_sales_12000")

    assert why_not(office, "marc", office.task("marc"))["reasons"] == []


def test_a_task_without_a_step_says_whom_it_asks(office):
    """MXR-10: named people and roles, as the process gives them."""
    people_and_role = task_element("Look", assignees="[&quot;marc&quot;, &quot;ann&quot;]")
    deploy(office, chain("named", people_and_role))
    deploy(office, chain("by_role", task_element("Code", candidate_roles="[&quot;coding&quot;]")))
    document = office.send("invoice_sales_12000")
    office.start(document, definition="named")
    office.start(document, definition="by_role")
    let_see_all(office, "claire")
    look, code = office.task("marc"), office.task("eva")

    assert [each["text"] for each in why_not(office, "claire", look)["reasons"]] == ["It asks Marc Anthony or Ann."]
    assert [each["text"] for each in why_not(office, "claire", code)["reasons"]] == ["It asks Eva, who holds the role coding."]
    assert why(office, "eva", code)["shares"][0]["chain"][0]["text"] == "You hold the role coding."


def test_who_may_not_see_the_document_is_told_nothing(office):
    """USR-28."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")

    for read in (read_why, read_why_not):
        for username in ("carl", "pia", "kim"):
            with pytest.raises(NotFound):
                read(office.system, office.caller(username), task)
        with pytest.raises(NotFound):
            read(office.system, office.caller("marc"), "no-task")
