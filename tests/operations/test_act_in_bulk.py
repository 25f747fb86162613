"""One action on many tasks: a result for each, through the same operation as for one."""

import pytest

from app.domain.errors import IdempotencyKeyReused, InvalidRequest
from app.operations.answer import RequestKey
from app.operations.tasks.act_in_bulk import BULK_MAX, VERBS, act_in_bulk
from app.operations.tasks.approve_task import approve_task

STATUS = {"task_already_decided": 409, "not_a_role_player": 403, "not_found": 404, "stale_revision": 412}


def describe(error):
    """Return a refusal as the API would, as far as the tests look."""
    return {"status": STATUS.get(error.code, 409), "code": error.code, "detail": error.detail}


def begin(office, number):
    """Start so many invoices and return the ids of marc's tasks."""
    for count in range(number):
        office.begin("invoice_sales_12000", **{"A-2026-1201": f"B-{count}"})
    return [item["id"] for item in office.inbox("marc")]


def bulk(office, action, ids, *, as_user="marc", request=None, revisions=None, **arguments):
    """Act on many tasks and return the answer's body."""
    answer = act_in_bulk(
        office.system,
        office.caller(as_user),
        action=action,
        ids=ids,
        arguments=arguments,
        describe=describe,
        revisions=revisions,
        request=request,
    )
    return answer.body


def test_each_task_has_its_result_and_a_refusal_stops_none_of_the_others(office):
    """HND-01: what was decided already is refused with who did it; the rest is approved, each in its own transaction."""
    first, second, third = begin(office, 3)
    approve_task(office.system, office.caller("marc"), second)

    body = bulk(office, "approve", [first, second, "no id", third], comment="Right")

    assert [(each["id"], each["status"]) for each in body["results"]] == [(first, 200), (second, 409), ("no id", 404), (third, 200)]
    assert "already" in body["results"][1]["problem"]["detail"]
    assert body["totals"] == [{"count": 2, "total": {"amount": "24000.00", "currency": "EUR"}}]
    assert office.inbox("marc") == []


def test_separation_of_duty_holds_for_each(office):
    """MXR-01: there is no other path for many than for one."""
    (task,) = begin(office, 1)

    body = bulk(office, "delegate", [task], to="claire")

    assert body["results"][0]["problem"]["code"] == "separation_of_duty"
    assert office.task("marc") == task


@pytest.mark.parametrize(
    ("action", "as_user", "arguments", "check"),
    [
        ("reject", "marc", {"reason": "Not ordered"}, lambda office: office.inbox("marc") == []),
        ("delegate", "marc", {"to": "ann"}, lambda office: len(office.inbox("ann")) == 2),
        ("reassign", "wfa", {"to": "ann", "reason": "Marc is ill"}, lambda office: len(office.inbox("ann")) == 2),
        ("claim", "marc", {}, lambda office: all(item["claimed_by"] for item in office.inbox("marc"))),
        ("hold", "marc", {"reason": "Later"}, lambda office: all(item["hold"] for item in office.inbox("marc"))),
    ],
)
def test_every_action_does_what_it_does_on_one(office, action, as_user, arguments, check):
    ids = begin(office, 2)

    body = bulk(office, action, ids, as_user=as_user, **arguments)

    assert [each["status"] for each in body["results"]] == [200, 200], body
    assert check(office)


def test_unclaim_and_release_undo(office):
    ids = begin(office, 2)
    bulk(office, "claim", ids)
    bulk(office, "hold", ids)

    for action in ("unclaim", "release"):
        assert [each["status"] for each in bulk(office, action, ids)["results"]] == [200, 200]

    assert not any(item["claimed_by"] or item["hold"] for item in office.inbox("marc"))


def test_the_same_request_is_answered_as_the_first_time(office):
    ids, key = begin(office, 2), RequestKey(key="1", route="POST /tasks/bulk", digest="d")

    assert bulk(office, "approve", ids, request=key) == bulk(office, "approve", ids, request=key)
    with pytest.raises(IdempotencyKeyReused):
        bulk(office, "reject", ids, reason="No", request=RequestKey(key="1", route="POST /tasks/bulk", digest="e"))


def test_what_was_done_before_an_interruption_is_answered_and_the_rest_is_done(office, clock, monkeypatch):
    """A process that dies between two tasks: the same request goes on where it stopped."""
    ids, key = begin(office, 3), RequestKey(key="1", route="POST /tasks/bulk", digest="d")
    approve, done = VERBS["approve"].run, []

    def die_at_the_second(*given, **more):
        if done:
            raise KeyboardInterrupt
        done.append(given)
        return approve(*given, **more)

    monkeypatch.setitem(VERBS, "approve", type(VERBS["approve"])(run=die_at_the_second, takes=VERBS["approve"].takes))
    with pytest.raises(KeyboardInterrupt):
        bulk(office, "approve", ids, request=key)
    monkeypatch.undo()
    clock.advance(minutes=2)

    body = bulk(office, "approve", ids, request=key)

    assert [each["status"] for each in body["results"]] == [200, 200, 200]


def test_a_task_named_twice_counts_once(office):
    (task,) = begin(office, 1)

    assert len(bulk(office, "approve", [task, task])["results"]) == 1


def test_a_revision_that_is_not_shown_any_more_is_refused_for_its_task(office):
    first, second = begin(office, 2)

    body = bulk(office, "approve", [first, second], revisions={first: 9})

    assert [each["status"] for each in body["results"]] == [412, 200]


def test_who_may_not_is_refused_for_each(office):
    ids = begin(office, 2)

    assert [each["status"] for each in bulk(office, "approve", ids, as_user="wfa")["results"]] == [403, 403]
    assert [each["status"] for each in bulk(office, "approve", ids, as_user="kim")["results"]] == [404, 404]


@pytest.mark.parametrize(
    ("action", "number", "arguments", "field"),
    [
        ("pay", 1, {}, "action"),
        ("approve", 0, {}, "ids"),
        ("approve", BULK_MAX + 1, {}, "ids"),
        ("approve", 1, {"reason": "x"}, "reason"),
        ("delegate", 1, {}, "to"),
        ("reassign", 1, {"to": "ann"}, "reason"),
    ],
)
def test_what_makes_no_sense_is_refused_as_a_whole(office, action, number, arguments, field):
    with pytest.raises(InvalidRequest) as refusal:
        bulk(office, action, [str(each) for each in range(number)], **arguments)

    assert set(refusal.value.facts["errors"]) == {field}


def test_a_reason_of_a_megabyte_is_refused_for_each(office):
    ids = begin(office, 1)

    (result,) = bulk(office, "hold", ids, reason="x" * 2**20)["results"]

    assert result["problem"]["code"] == "invalid_request"
