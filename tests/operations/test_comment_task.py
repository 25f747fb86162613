"""Comments: read by everybody on the document, by nobody else."""

import pytest

from app.domain.errors import InvalidRequest, NotFound
from app.operations.answer import RequestKey
from app.operations.instances.cancel_instance import cancel_instance
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.comment_task import comment_task
from app.operations.tasks.decision import NOTE_LENGTH_MAX
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.read_task import read_task
from app.operations.tasks.reject_task import reject_task


def test_a_comment_stands_on_the_timeline_and_in_the_conversation(office):
    document = office.send("invoice_sales_12000")
    office.start(document)
    task = office.task("marc")

    comment_task(office.system, office.caller("marc"), task, text="Is this the second delivery?")
    approve_task(office.system, office.caller("marc"), task)
    comment_task(office.system, office.caller("marc"), task, text="It is.")

    said = [each["text"] for each in read_task(office.system, office.caller("claire"), office.task("claire")).body["comments_list"]]
    assert said == ["Is this the second delivery?", "It is."]
    assert [each["actor"] for each in office.timeline(document) if each["kind"] == "comment"] == ["marc", "marc"]


def test_a_comment_changes_nothing_else(office):
    instance = office.begin("invoice_sales_12000")
    cancel_instance(office.system, office.caller("wfa"), instance["id"])
    (task,) = office.inbox("marc", status="completed")

    answer = comment_task(office.system, office.caller("marc"), task["id"], text="Why?")

    assert answer.body["process_instance"]["status"] == "cancelled"
    assert answer.body["task"]["status"] == "cancelled"


@pytest.mark.parametrize("text", ["", "  \n", "x" * (NOTE_LENGTH_MAX + 1)])
def test_nothing_and_far_too_much_are_refused(office, text):
    office.begin("invoice_sales_12000")

    with pytest.raises(InvalidRequest):
        comment_task(office.system, office.caller("marc"), office.task("marc"), text=text)


def test_every_text_of_a_decision_is_bounded_and_its_field_named(office):
    office.begin("invoice_sales_12000")
    task, marc, text = office.task("marc"), office.caller("marc"), "x" * (NOTE_LENGTH_MAX + 1)

    for field, act in [
        ("comment", lambda: approve_task(office.system, marc, task, comment=text)),
        ("reason", lambda: reject_task(office.system, marc, task, reason=text)),
        ("comment", lambda: delegate_task(office.system, marc, task, to="carl", comment=text)),
    ]:
        with pytest.raises(InvalidRequest) as refusal:
            act()
        assert set(refusal.value.facts["errors"]) == {field}


@pytest.mark.parametrize("name", ["carl", "kim"])
def test_who_is_not_on_the_document_cannot_comment(office, name):
    office.begin("invoice_sales_12000")

    with pytest.raises(NotFound):
        comment_task(office.system, office.caller(name), office.task("marc"), text="Hello")


def test_a_repeated_comment_is_said_once(office):
    document = office.send("invoice_sales_12000")
    office.start(document)
    key = RequestKey(key="c-1", route="POST comments", digest="a")

    for _ in range(2):
        comment_task(office.system, office.caller("marc"), office.task("marc"), text="Once", request=key)

    assert len([each for each in office.timeline(document) if each["kind"] == "comment"]) == 1
