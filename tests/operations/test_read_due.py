"""How much working time is left until a task is due."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.errors import NotFound
from app.operations.tasks.change_task import change_task
from app.operations.tasks.read_due import read_due


def due(office, username, task):
    """Return what is told about the due date."""
    return read_due(office.system, office.caller(username), task).body


def test_working_time_is_counted_without_nights_and_weekends(office):
    """ESC-06: Monday to Friday, nine to five, where no calendar is kept."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    now = office.system.clock()
    friday = now + timedelta(days=(4 - now.weekday()) % 7 + 7)
    tuesday = friday.replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=4)
    wfa = office.caller("wfa")
    change_task(office.system, wfa, task, changes={"due_at": tuesday}, reason="test")

    told = due(office, "marc", task)

    today = now.astimezone(office.zone).date() if hasattr(office, "zone") else now.date()
    days = [today + timedelta(days=number) for number in range(1, (tuesday.date() - today).days + 1)]
    assert told["working_days"] == sum(day.weekday() < 5 for day in days)
    assert 0 < told["working_minutes"] < (told["working_days"] + 1) * 8 * 60 + 1
    assert datetime.fromisoformat(told["due_at"]) == tuesday.astimezone(UTC)


def test_a_task_that_may_not_be_seen_does_not_exist(office):
    office.begin("invoice_sales_12000")
    task = office.task("marc")

    with pytest.raises(NotFound):
        due(office, "carl", task)
    with pytest.raises(NotFound):
        due(office, "marc", "00000000-0000-7000-8000-000000000000")
