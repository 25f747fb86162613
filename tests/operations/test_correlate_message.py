"""Messages, signals and timers that start: twice, late, nobody waiting, two waiting, huge."""

from decimal import Decimal

import pytest

from app.domain.errors import InvalidRequest, MessageAmbiguous, MessageIdReused, NotPermitted, TooLarge
from app.operations.answer import RequestKey
from app.operations.definitions.deactivate_version import deactivate_version
from app.operations.instances.list_instances import list_instances
from app.operations.instances.read_variables import read_variables
from app.operations.instances.resume_instance import resume_instance
from app.operations.instances.suspend_instance import suspend_instance
from app.operations.messages.broadcast_signal import broadcast_signal
from app.operations.messages.correlate_message import correlate_message
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.do_due_work import do_due_work
from app.operations.schedules.forget_old_messages import forget_old_messages
from tests.engine.diagrams import boundary, bpmn, catch, end, start, user
from tests.operations.diagrams import deploy

ROOTS = '<message id="m" name="Payment"/><message id="n" name="Order"/><signal id="s" name="Stop"/>'
MESSAGE = '<messageEventDefinition messageRef="{0}"/>'
SIGNAL = '<signalEventDefinition signalRef="s"/>'
WAITS = bpmn(start() + catch("Paid", MESSAGE.format("m")) + end(label="Done"), "S > Paid > E", roots=ROOTS, process="waits")
ASKS = '["marc"]'


@pytest.fixture
def begin(office):
    """Return a function that starts a process that waits for Payment."""
    deploy(office, WAITS)
    return lambda **variables: office.start(None, definition="waits", variables=variables)["id"]


@pytest.fixture
def send(office):
    """Return a function that sends a message as the integrator."""

    def run(name="Payment", *, who="erp", **more):
        return correlate_message(office.system, office.caller(who), name=name, **more)

    return run


def statuses(office, definition: str) -> list[str]:
    """Return the statuses of the instances of a definition, oldest first."""
    items = list_instances(office.system, office.caller("adm"), definition=definition).body["items"]
    return [each["status"] for each in reversed(items)]


def test_a_message_goes_to_the_instance_whose_correlation_it_has(office, begin, send):
    other, right = begin(order="7"), begin(order="8")

    answer = send(correlation={"order": "8"}, payload={"amount": Decimal("10.50")})

    assert (answer.status, answer.body["status"], answer.body["process_instance_id"]) == (202, "delivered", right)
    assert office.instance(right)["outcome"] == "Done"
    assert office.instance(other)["status"] == "active"
    assert str(read_variables(office.system, office.caller("adm"), right).body["amount"]) == "10.50"


@pytest.mark.parametrize("key", ["business_key", "process_instance_id"])
def test_an_instance_is_found_by_what_it_is_called(office, begin, send, key):
    deploy(office, WAITS)
    found, _ = (office.start(None, definition="waits", business_key=name) for name in ("K1", "K2"))

    answer = send(correlation={key: "K1" if key == "business_key" else found["id"]})

    assert answer.body["process_instance_id"] == found["id"]


def test_two_who_wait_are_a_clear_refusal(office, begin, send):
    begin(order="7")
    begin(order="7")

    with pytest.raises(MessageAmbiguous) as refusal:
        send(correlation={"order": "7"})

    assert refusal.value.detail.startswith("2 process instances wait for message Payment")
    assert statuses(office, "waits") == ["active", "active"]


def test_a_message_that_nobody_waits_for_is_kept_and_taken_by_who_comes(office, begin, send):
    answer = send(correlation={"order": "7"}, payload={"amount": 1})
    office.tick()
    other, right = begin(order="8"), begin(order="7")

    office.tick()

    assert (answer.body["status"], answer.body["process_instance_id"]) == ("buffered", None)
    assert office.instance(right)["status"] == "completed"
    assert office.instance(other)["status"] == "active"
    assert office.tick() == 0


def test_a_message_is_too_late_for_who_waits_after_its_time_to_live(office, begin, send, clock):
    send(time_to_live="PT1H")
    clock.advance(hours=2)
    waiting = begin()

    office.tick()

    assert office.instance(waiting)["status"] == "active"
    assert forget_old_messages(office.system) == 1


def test_the_same_message_id_is_answered_as_the_first_time_and_done_once(office, begin, send):
    first, second = begin(), None

    answers = [send(message_id="A-1", payload={"n": 1}).body for _ in range(2)]
    second = begin()
    answers.append(send(message_id="A-1", payload={"n": 1}).body)
    office.tick()

    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["process_instance_id"] == first
    assert office.instance(second)["status"] == "active"
    with pytest.raises(MessageIdReused):
        send(message_id="A-1", payload={"n": 2})


def test_the_same_request_is_done_once(office, begin, send):
    begin()
    key = RequestKey(key="once", route="POST messages", digest="same")

    assert send(request=key).body == send(request=key).body


def test_one_message_serves_one_of_two_who_come(office, begin, send):
    send()
    begin()
    begin()

    office.tick()

    assert sorted(statuses(office, "waits")) == ["active", "completed"]


def test_a_message_starts_an_instance_of_the_definition_that_begins_with_it(office, send):
    starts = bpmn(start("Begin", MESSAGE.format("n")) + user("A", assignees=ASKS) + end(), "Begin > A > E", roots=ROOTS, process="begins")
    deploy(office, starts)

    answer = send("Order", payload={"amount": 5}, correlation={"business_key": "K9"})

    instance = office.instance(answer.body["process_instance_id"])
    assert (answer.body["status"], instance["business_key"], instance["started_by"]["username"]) == ("started", "K9", "erp")
    assert [each["element"] for each in office.inbox("marc")] == ["A"]
    assert str(read_variables(office.system, office.caller("adm"), instance["id"]).body["amount"]) == "5"


def test_a_deactivated_version_is_not_started_by_a_message_and_a_new_one_takes_its_place(office, send):
    for name in ("One", "Two"):
        body = start("Begin", MESSAGE.format("n")) + user("A", label=name, assignees=ASKS) + end()
        deploy(office, bpmn(body, "Begin > A > E", roots=ROOTS, process="begins"))

    assert office.instance(send("Order").body["process_instance_id"])["definition"]["version"] == 2
    deactivate_version(office.system, office.caller("adm"), "begins", 2)
    assert office.instance(send("Order").body["process_instance_id"])["definition"]["version"] == 1
    deactivate_version(office.system, office.caller("adm"), "begins", 1)
    assert send("Order").body["status"] == "buffered"


def test_the_document_of_a_message_is_the_document_of_its_instance(office, send):
    deploy(
        office,
        bpmn(start("Begin", MESSAGE.format("n")) + user("A", assignees=ASKS) + end(), "Begin > A > E", roots=ROOTS, process="begins"),
    )
    document_id = office.send("invoice_sales_12000")

    answer = send("Order", payload={"document_id": document_id})

    assert office.instance(answer.body["process_instance_id"])["document_id"] == document_id


def test_what_an_instance_throws_reaches_another_and_starts_a_third(office, begin):
    throws = bpmn(
        start()
        + '<intermediateThrowEvent id="Pay"><messageEventDefinition messageRef="m"/></intermediateThrowEvent>'
        + '<endEvent id="Ordered"><messageEventDefinition messageRef="n"/></endEvent>',
        "S > Pay > Ordered",
        roots=ROOTS,
        process="throws",
    )
    deploy(office, throws)
    deploy(
        office,
        bpmn(start("Begin", MESSAGE.format("n")) + user("A", assignees=ASKS) + end(), "Begin > A > E", roots=ROOTS, process="begins"),
    )
    waiting = [begin(), begin()]

    office.start(None, definition="throws")
    office.tick()

    assert [office.instance(each)["status"] for each in waiting] == ["completed", "active"]
    assert statuses(office, "begins") == ["active"]


def test_an_event_of_the_outbox_is_delivered_once_however_often_it_is_handed_out(office, begin):
    throws = bpmn(
        start() + '<endEvent id="Pay"><messageEventDefinition messageRef="m"/></endEvent>', "S > Pay", roots=ROOTS, process="throws"
    )
    deploy(office, throws)
    begin()
    begin()
    office.tick()
    office.start(None, definition="throws")

    for work in claim_due(office.system):
        for _ in range(2):
            do_due_work(office.system, work)

    assert sorted(statuses(office, "waits")) == ["active", "completed"]


def test_a_signal_goes_to_all_who_wait_and_to_start_events_and_is_not_kept(office):
    deploy(office, bpmn(start() + catch("C", SIGNAL) + end(), "S > C > E", roots=ROOTS, process="listens"))
    deploy(office, bpmn(start("Begin", SIGNAL) + user("A", assignees=ASKS) + end(), "Begin > A > E", roots=ROOTS, process="alarmed"))
    waiting = [office.start(None, definition="listens")["id"] for _ in range(3)]

    answer = broadcast_signal(office.system, office.caller("erp"), name="Stop", payload={"why": "fire"})
    office.tick()
    late = office.start(None, definition="listens")["id"]
    office.tick()

    assert (answer.status, answer.body["waiting"], answer.body["starts"]) == (202, 3, 1)
    assert [office.instance(each)["status"] for each in waiting] == ["completed"] * 3
    assert statuses(office, "alarmed") == ["active"]
    assert office.instance(late)["status"] == "active"


def test_a_boundary_message_takes_the_task_away(office, send):
    body = start() + user("A", assignees=ASKS) + boundary("Withdrawn", "A", MESSAGE.format("m")) + end() + end("Out", label="Withdrawn")
    deploy(office, bpmn(body, "S > A > E", "Withdrawn > Out", roots=ROOTS, process="withdrawable"))
    instance = office.start(None, definition="withdrawable")

    send()

    assert office.instance(instance["id"])["outcome"] == "Withdrawn"
    assert office.inbox("marc") == []
    assert send().body["status"] == "buffered"


def test_a_suspended_instance_gets_its_message_when_it_is_resumed(office, begin, send):
    waiting = begin()
    suspend_instance(office.system, office.caller("wfa"), waiting)

    assert send().body["status"] == "buffered"
    office.tick()
    assert office.instance(waiting)["status"] == "suspended"
    resume_instance(office.system, office.caller("wfa"), waiting)
    office.tick()

    assert office.instance(waiting)["status"] == "completed"


def test_a_timer_starts_instances_on_its_schedule_and_what_was_missed_is_not_made_up_for(office, clock):
    timer = "<timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition>"
    deploy(office, bpmn(start("Begin", timer) + user("A", assignees=ASKS) + end(), "Begin > A > E", process="hourly"))

    office.tick()
    assert statuses(office, "hourly") == []
    clock.advance(hours=1, minutes=1)
    office.tick()
    assert statuses(office, "hourly") == ["active"]
    clock.advance(hours=10)
    office.tick()
    assert statuses(office, "hourly") == ["active", "active"]
    deactivate_version(office.system, office.caller("adm"), "hourly", 1)
    clock.advance(hours=10)
    office.tick()
    assert len(statuses(office, "hourly")) == 2


def test_a_timer_of_one_date_starts_one_instance(office, clock):
    timer = "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"
    deploy(office, bpmn(start("Begin", timer) + user("A", assignees=ASKS) + end(), "Begin > A > E", process="once"))

    clock.advance(days=2)
    due = [work for work in claim_due(office.system) if work.kind == "start"]
    done = [do_due_work(office.system, work) for work in due for _ in range(2)]
    clock.advance(days=2)
    office.tick()

    assert done == [True, False]
    assert statuses(office, "once") == ["active"]


@pytest.mark.parametrize("who", ["marc", "pia"])
def test_not_everybody_sends(office, send, who):
    with pytest.raises(NotPermitted):
        send(who=who)
    with pytest.raises(NotPermitted):
        broadcast_signal(office.system, office.caller(who), name="Stop")


def test_what_is_huge_or_hostile_is_refused(office, begin, send):
    waiting = begin(order="7")

    with pytest.raises(TooLarge):
        send(payload={"text": "x" * 70_000})
    with pytest.raises(TooLarge):
        broadcast_signal(office.system, office.caller("erp"), name="Stop", payload=["x" * 100] * 1000)
    for time_to_live in ("tomorrow", "P2Y", "-P1D", "P999999D"):
        with pytest.raises(InvalidRequest):
            send(time_to_live=time_to_live)
    with pytest.raises(InvalidRequest):
        send(payload={"rate": 0.1})
    assert send(correlation={"order": "' OR 1=1 --"}).body["status"] == "buffered"
    assert send(correlation={"__class__": "x", "order": {"$": ["number", "1"]}}).body["status"] == "buffered"
    assert office.instance(waiting)["status"] == "active"


def test_a_message_of_another_environment_reaches_nobody(office, begin, send):
    waiting = begin()

    assert send(who="kim").body["status"] == "buffered"  # kim administers the partner's environment, where nobody waits
    assert office.instance(waiting)["status"] == "active"
