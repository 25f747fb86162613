"""Delegating: to whom, how often, and back."""

import pytest

from app.domain.errors import DelegationRefused, InvalidRequest, TaskMoved
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.delegate_task import delegate_task

HOPS_MAX = 10


def test_the_delegate_has_the_task_and_the_delegator_sees_where_it_went(office):
    """HND-04."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")

    delegate_task(office.system, office.caller("marc"), task, to="carl", comment="Your project")

    (mine,) = office.inbox("marc", status="completed")
    assert mine["delegated_to"]["username"] == "carl"
    assert "Your project" in office.inbox("carl")[0]["why"]
    with pytest.raises(TaskMoved, match="delegated to Carl"):
        approve_task(office.system, office.caller("marc"), task)


def test_delegating_back_is_allowed_and_recorded(office):
    """HND-06, HND-07."""
    document = office.send("invoice_sales_12000")
    office.start(document)
    task = office.task("marc")
    delegate_task(office.system, office.caller("marc"), task, to="carl")

    delegate_task(office.system, office.caller("carl"), task, to="marc")
    approve_task(office.system, office.caller("marc"), task)

    backs = [item["facts"]["back"] for item in office.timeline(document) if item["kind"] == "task_delegated"]
    assert backs == [False, True]


def test_the_eleventh_hop_is_refused(office):
    """HND-07."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    people = ["marc", "carl"]
    for hop in range(HOPS_MAX):
        delegate_task(office.system, office.caller(people[hop % 2]), task, to=people[(hop + 1) % 2])

    with pytest.raises(DelegationRefused, match="10 times"):
        delegate_task(office.system, office.caller("marc"), task, to="ann")


@pytest.mark.parametrize(
    ("to", "error"), [("nobody", InvalidRequest), ("marc", InvalidRequest), ("pia", DelegationRefused), ("otto", DelegationRefused)]
)
def test_unfit_delegates_are_refused(office, to, error):
    office.begin("invoice_sales_12000")

    with pytest.raises(error):
        delegate_task(office.system, office.caller("marc"), office.task("marc"), to=to)


def test_delegating_to_a_member_of_the_same_pool_is_refused(office):
    """MUL-05."""
    office.begin("invoice_sales_12000")
    approve_task(office.system, office.caller("marc"), office.task("marc"))

    with pytest.raises(DelegationRefused, match="already"):
        delegate_task(office.system, office.caller("claire"), office.task("claire"), to="donald")
