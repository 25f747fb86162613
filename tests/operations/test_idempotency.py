"""The same request twice is done once and answered twice."""

import pytest

from app.domain.errors import IdempotencyKeyInProgress, IdempotencyKeyReused, StaleRevision
from app.operations.answer import Answer, RequestKey
from app.operations.idempotency import LEASE, answer_once
from app.operations.instances.start_instance import start_instance
from app.operations.schedules.forget_old_keys import forget_old_keys
from app.operations.tasks.approve_task import approve_task

KEY = RequestKey(key="k-1", route="POST /things", digest="a")


def test_a_repeated_start_answers_the_first_instance(office):
    document = office.send("invoice_sales_12000")

    answers = [
        start_instance(office.system, office.caller("erp"), definition="purchase_invoice", document_id=document, request=KEY)
        for _ in range(2)
    ]

    assert answers[0] == answers[1]
    assert len(office.inbox("marc")) == 1


def test_a_repeated_approval_is_one_vote(office):
    office.begin("invoice_sales_12000")
    task = office.task("marc")

    answers = [approve_task(office.system, office.caller("marc"), task, request=KEY) for _ in range(2)]

    assert answers[0] == answers[1]


def test_the_key_with_another_body_is_refused(office):
    office.begin("invoice_sales_12000")
    approve_task(office.system, office.caller("marc"), office.task("marc"), request=KEY)

    with pytest.raises(IdempotencyKeyReused):
        answer_once(office.system, office.caller("marc"), RequestKey(key="k-1", route=KEY.route, digest="b"), lambda _: Answer(body={}))


def test_the_key_belongs_to_one_caller_and_route(office):
    def ran(caller, route):
        done = []

        def run(remember):
            with office.system.database.write() as work:
                remember(work, Answer(body={}))
                work.commit()
            done.append(True)
            return Answer(body={})

        answer_once(office.system, office.caller(caller), RequestKey(key="k-1", route=route, digest="a"), run)
        return bool(done)

    assert [ran("marc", "r1"), ran("claire", "r1"), ran("marc", "r2"), ran("marc", "r1")] == [True, True, True, False]


def test_while_the_first_request_runs_the_second_is_told_so(office):
    seen = []

    def run(_remember):
        with pytest.raises(IdempotencyKeyInProgress):
            answer_once(office.system, office.caller("marc"), KEY, lambda _: Answer(body={}))
        seen.append(True)
        raise StaleRevision(what="this", expected=1, actual=2)

    with pytest.raises(StaleRevision):
        answer_once(office.system, office.caller("marc"), KEY, run)

    assert seen == [True]


def test_a_refusal_frees_the_key_for_a_corrected_request(office):
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    with pytest.raises(StaleRevision):
        approve_task(office.system, office.caller("marc"), task, revision=9, request=KEY)

    approve_task(office.system, office.caller("marc"), task, revision=1, request=RequestKey(key="k-1", route=KEY.route, digest="b"))


def test_a_key_is_free_after_the_lease_and_who_was_slower_gets_the_answer_of_the_other(office, clock):
    marc = office.caller("marc")

    def slow(remember):
        clock.now += LEASE * 2
        answer_once(office.system, marc, KEY, finishes)
        with office.system.database.write() as work:
            remember(work, Answer(body={"from": "the first"}))
            work.commit()
        return Answer(body={})

    def finishes(remember):
        with office.system.database.write() as work:
            remember(work, Answer(body={"from": "the second"}))
            work.commit()
        return Answer(body={"from": "the second"})

    late = answer_once(office.system, marc, KEY, slow)

    assert late.body == {"from": "the second"}
    assert answer_once(office.system, marc, KEY, finishes) == late


def test_keys_are_forgotten_after_a_day(office, clock):
    office.begin("invoice_sales_12000")
    approve_task(office.system, office.caller("marc"), office.task("marc"), request=KEY)
    clock.advance(hours=25)

    assert forget_old_keys(office.system) == 1
