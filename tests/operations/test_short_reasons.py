"""The row of the inbox names the amount and the limit that decided."""

import pytest

from app.operations.tasks.approve_task import approve_task


def reason(office, username):
    (item,) = office.inbox(username)
    return item["why_short"]


def test_the_first_line_reads_its_own_limit_and_the_second_the_limit_before(office):
    office.begin("invoice_sales_12000")
    first = reason(office, "marc")
    approve_task(office.system, office.caller("marc"), office.task("marc"))

    assert first == "SALES 12,000.00, limit 10,000.00"
    assert reason(office, "claire") == "SALES 12,000.00 is above Marc’s 10,000.00"


@pytest.mark.parametrize("username", ["marc", "carl"])
def test_each_of_two_branches_reads_its_own_line(office, username):
    office.begin("invoice_two_branches")

    assert reason(office, username).startswith({"marc": "SALES", "carl": "CON"}[username])
