"""Messages that come at once: one id is one message, one message goes to one instance, and none is missed by who begins to wait."""

from concurrent.futures import ThreadPoolExecutor

from app.operations.instances.list_instances import list_instances
from app.operations.messages.correlate_message import correlate_message
from tests.operations.diagrams import deploy
from tests.operations.test_correlate_message import WAITS


def at_once(*works):
    """Run everything at once and return the results."""
    with ThreadPoolExecutor(max_workers=len(works)) as pool:
        return [each.result() for each in [pool.submit(work) for work in works]]


def test_one_message_id_sent_at_once_is_one_message(office):
    deploy(office, WAITS)
    for _ in range(3):
        office.start(None, definition="waits")
    erp = office.caller("erp")
    first = list_instances(office.system, office.caller("adm"), definition="waits").body["items"][0]["id"]

    answers = at_once(
        *[
            lambda: correlate_message(office.system, erp, name="Payment", message_id="M-1", correlation={"process_instance_id": first}).body
            for _ in range(4)
        ]
    )

    assert {str(answer) for answer in answers} == {str(answers[0])}
    statuses = [each["status"] for each in list_instances(office.system, office.caller("adm"), definition="waits").body["items"]]
    assert sorted(statuses) == ["active", "active", "completed"]


def test_a_message_and_who_begins_to_wait_for_it_find_each_other_whoever_is_first(office):
    deploy(office, WAITS)
    erp = office.caller("erp")

    at_once(
        *[lambda: correlate_message(office.system, erp, name="Payment", payload=None) for _ in range(1)],
        *[lambda: office.start(None, definition="waits") for _ in range(1)],
    )
    office.tick()

    statuses = [each["status"] for each in list_instances(office.system, office.caller("adm"), definition="waits").body["items"]]
    assert statuses == ["completed"]
