"""The inbox: rows, groups, tabs, filters and pages."""

from __future__ import annotations

import gzip
import re

from flask.testing import FlaskClient

from tests.web.cast import Stage, make_task
from tests.web.conftest import send


def test_tasks_stand_under_when_they_are_due(claire: FlaskClient) -> None:
    page = claire.get("/inbox").text

    titles = re.findall(r'scope="rowgroup">([^<]+) <span class="n">(\d+)', page)
    assert titles == [("Overdue", "2"), ("Today, Monday 2 November", "3"), ("This week", "4"), ("Later", "1")]


def test_a_row_says_whose_how_much_and_why(claire: FlaskClient) -> None:
    page = claire.get("/inbox").text

    assert "300,000.00 <small>EUR</small>" in page
    assert "−12,000.00 <small>EUR</small>" in page
    assert "SALES 8500.00 is above Marc&#39;s 10,000" in page
    assert "Second line, you or Donald" in page
    assert "Second line, on behalf of Donald" in page
    assert 'aria-label="1 of 3 steps signed, second line is next"' in page
    assert "1 day overdue" in page


def test_the_columns_hold_no_validation_reasons(claire: FlaskClient) -> None:
    """TSK-10."""
    page = claire.get("/inbox").text

    assert re.findall(r'<th scope="col"[^>]*>([^<]+)', page) == ["Document", "Your step, and why it is you", "Route", "To sign", "Due"]


def test_the_counter_stands_in_the_menu(claire: FlaskClient) -> None:
    """TSK-04."""
    assert re.search(r'id="count-nav"[^>]*>11</span>', claire.get("/documents").text)


def test_filters_live_in_the_address_and_survive_opening_a_task(claire: FlaskClient, stage: Stage) -> None:
    """TSK-09."""
    page = claire.get("/inbox?organisation=Acme&received_from=2026-10-01&received_to=2026-10-31").text

    name, _, options = next(call for call in stage.calls if call[0] == "list_tasks")
    assert name == "list_tasks"
    assert (options["organisation"], str(options["received_from"]), str(options["received_to"])) == ("Acme", "2026-10-01", "2026-10-31")
    assert "/tasks/42?organisation=Acme&amp;received_from=2026-10-01&amp;received_to=2026-10-31" in page
    task = claire.get("/tasks/42?organisation=Acme").text
    assert 'href="/inbox?organisation=Acme"' in task
    done = send(claire, "/tasks/42/approve?organisation=Acme", revision="11")
    assert done.location == "/tasks/42?organisation=Acme"


def test_a_date_that_is_none_is_said_at_its_field(claire: FlaskClient) -> None:
    page = claire.get("/inbox?received_from=yesterday").text

    assert "Write the date as 2026-11-02." in page
    assert 'aria-describedby="received_from-error"' in page


def test_a_filter_without_result_names_itself_and_how_to_clear_it(claire: FlaskClient) -> None:
    page = claire.get("/inbox?organisation=Nobody").text

    assert "No task matches <em>Nobody</em>" in page
    assert "Clear the filter" in page


def test_the_next_rows_come_alone_for_htmx_and_as_a_page_without(claire: FlaskClient) -> None:
    first = claire.get("/inbox").text
    assert 'hx-get="/inbox?cursor=10&amp;after=later"' in first

    part = claire.get("/inbox?cursor=10&after=later", headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith("<tbody")
    assert 'class="head again"' in part
    restored = claire.get("/inbox?cursor=10", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}).text
    assert "<!doctype html>" in restored
    assert "<!doctype html>" in claire.get("/inbox?cursor=10").text


def test_completed_says_by_whom(claire: FlaskClient, stage: Stage) -> None:
    """TSK-08."""
    stage.lost_to = "donald"
    send(claire, "/tasks/46/approve", revision="11")

    assert "Approved by Donald 10:31" in claire.get("/inbox?status=completed").text


def test_an_empty_inbox_says_so_plainly(claire: FlaskClient, stage: Stage) -> None:
    stage.tasks.clear()

    assert "Nothing waits for you." in claire.get("/inbox").text
    assert "No task of yours was escalated." in claire.get("/inbox?status=escalated").text


def test_fifty_rows_fit_in_fifteen_kilobytes(claire: FlaskClient, stage: Stage) -> None:
    tasks = [make_task(str(number), f"A-2026-{number}", f"{number * 1000}.00", due_at="2026-11-09T16:00:00Z") for number in range(100, 150)]
    stage.tasks = {task["id"]: task for task in tasks}

    pages = [claire.get(f"/inbox?cursor={start}").text for start in range(0, 50, 10)]
    rows = "".join(part for page in pages for part in re.findall(r'<tr id="t.*?</tr>', page, re.DOTALL))

    assert rows.count("<tr id=") == 50
    assert len(gzip.compress((pages[0] + rows).encode())) < 15_000
