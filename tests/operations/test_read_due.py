"""How much working time is left until a task is due. The clock begins on Monday 2 November, 9:00 in Amsterdam."""

from datetime import UTC, datetime

import pytest

from app.domain.errors import NotFound
from app.operations.tasks.change_task import change_task
from app.operations.tasks.read_due import read_due


def due(office, username, task):
    """Return what is told about the due date."""
    return read_due(office.system, office.caller(username), task).body


def begin_due(office, *, day, hour):
    """Return a task of Marc's that is due in November, at an hour UTC."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    due_at = datetime(2026, 11, day, hour, tzinfo=UTC)
    change_task(office.system, office.caller("wfa"), task, changes={"due_at": due_at})
    return task


@pytest.mark.parametrize(
    ("day", "hour", "minutes", "days"),
    [
        pytest.param(2, 10, 120, 0, id="two hours of today"),
        pytest.param(5, 9, 3 * 480 + 60, 3, id="Thursday ten o'clock"),
        pytest.param(9, 9, 5 * 480 + 60, 5, id="over a weekend"),
        pytest.param(8, 12, 5 * 480, 4, id="on a Sunday"),
    ],
)
def test_nights_and_weekends_are_no_working_time(office, day, hour, minutes, days):
    """ESC-06: Monday to Friday, nine to five, where no calendar is kept."""
    told = due(office, "marc", begin_due(office, day=day, hour=hour))

    assert (told["working_minutes"], told["working_days"]) == (minutes, days)
    assert datetime.fromisoformat(told["due_at"]) == datetime(2026, 11, day, hour, tzinfo=UTC)


def test_after_the_due_date_the_working_time_is_negative(office, clock):
    task = begin_due(office, day=3, hour=9)

    clock.advance(days=2)

    told = due(office, "marc", task)
    assert (told["working_minutes"], told["working_days"]) == (-7 * 60, 0)


def test_a_task_that_may_not_be_seen_does_not_exist(office):
    task = begin_due(office, day=5, hour=9)

    for username, task_id in (("carl", task), ("marc", "00000000-0000-7000-8000-000000000000")):
        with pytest.raises(NotFound):
            due(office, username, task_id)
