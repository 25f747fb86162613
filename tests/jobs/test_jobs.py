"""What the worker runs, and how due work comes to it: several ids in a job, nothing lost, nothing claimed that nobody has time for."""

import threading
from datetime import timedelta
from types import SimpleNamespace
from typing import get_args, get_type_hints

import pytest

from app.domain.errors import DatabaseBusy
from app.jobs import functions, ticker
from app.jobs import worker as worker_module
from app.jobs.functions import current_system, fire_timers
from app.jobs.queue import FUNCTIONS, IDS_MAX, enqueue
from app.operations.mailing import mail_row
from app.operations.schedules import claim_due as claiming
from app.operations.schedules.claim_due import DueWork, claim_due
from app.persistence import journal


class Shelf:
    """A queue that keeps what is put into it; `count` is what a test says."""

    def __init__(self, count=0):
        self.count = count
        self.jobs = []

    def enqueue_many(self, jobs):
        self.jobs += jobs


@pytest.fixture
def worker(system):
    """Let this test be a worker of the system."""
    token = current_system.set(system)
    yield system
    current_system.reset(token)


def test_due_work_of_a_kind_goes_into_few_jobs():
    shelf = Shelf()
    due = [DueWork(kind="timer", id=f"t{number}") for number in range(IDS_MAX + 1)] + [DueWork(kind="outbox", id="o1")]

    enqueue(shelf, due)

    assert [(job.func, len(job.args[0]), job.job_id) for job in shelf.jobs] == [
        (FUNCTIONS["timer"], IDS_MAX, "timer-t0"),
        (FUNCTIONS["timer"], 1, f"timer-t{IDS_MAX}"),
        (FUNCTIONS["outbox"], 1, "outbox-o1"),
    ]


def test_every_kind_of_due_work_has_a_function_that_a_worker_finds():
    kinds = get_args(get_type_hints(DueWork)["kind"])

    assert set(FUNCTIONS) == set(kinds)
    assert all(callable(getattr(functions, path.rpartition(".")[2])) for path in FUNCTIONS.values())


def test_nothing_is_enqueued_where_nothing_is_due():
    shelf = Shelf()

    enqueue(shelf, [])

    assert shelf.jobs == []


def test_one_that_fails_takes_none_of_the_others_with_it(worker, monkeypatch):
    done = []

    def fire(_system, timer_id):
        if timer_id == "bad":
            raise ValueError(timer_id)
        done.append(timer_id)
        return True

    assert functions._run_each(fire, ["a", "bad", "b"]) == 2
    assert sorted(done) == ["a", "b"]


def test_a_database_that_is_away_ends_the_job(worker):
    def fire(_system, _timer_id):
        raise DatabaseBusy(retry_after=1)

    with pytest.raises(DatabaseBusy):
        functions._run_each(fire, ["a", "b"])


def test_what_is_not_reached_in_time_comes_back_with_its_lease(worker, monkeypatch):
    monkeypatch.setattr(functions, "SECONDS_MAX", -1.0)

    assert functions._run_each(lambda _system, _id: True, ["a", "b"]) == 0


def test_a_job_runs_twice_and_fires_once(worker):
    """ESC-01: what is not there, or was done before, is quietly nothing."""
    assert fire_timers(["01a202aa-6993-716d-8540-b89b65e6af81"]) == 0
    assert fire_timers(["01a202aa-6993-716d-8540-b89b65e6af81", "no id at all"]) == 0


def test_an_idle_ticker_writes_nothing(system, monkeypatch):
    monkeypatch.setattr(type(system.database), "write", lambda _database: pytest.fail("nothing is due"))

    assert claim_due(system) == []


def test_nothing_is_claimed_while_the_workers_have_enough_to_do(system, monkeypatch):
    full, stop = Shelf(count=ticker.JOBS_WAITING_MAX), threading.Event()
    looks = iter(range(3))
    monkeypatch.setattr(ticker, "open_queue", lambda _connection: full)
    monkeypatch.setattr(ticker, "FULL_SECONDS", 0)
    monkeypatch.setattr(ticker, "claim_due", lambda _system: pytest.fail("claimed"))
    monkeypatch.setattr(stop, "wait", lambda _seconds: next(looks, None) is None and stop.set())

    ticker.run_ticker(system, "redis://127.0.0.1:1", stop)

    assert next(looks, None) is None


def test_a_lease_outlives_a_job_and_the_wait_for_it():
    ids_waiting = ticker.JOBS_WAITING_MAX * IDS_MAX + claiming.BATCH

    assert timedelta(seconds=functions.SECONDS_MAX) < claiming.LEASE
    assert ids_waiting / claiming.LEASE.total_seconds() < 30  # timers a second: slower than any worker


def test_mails_wait_in_a_queue_of_their_own_and_timers_for_none_of_them(system, monkeypatch):
    """A burst of 10,000 mails blocks no timer: a full queue of mails claims no more of them, and all else goes on."""
    urgent, slow, stop = Shelf(), Shelf(count=ticker.MAIL_JOBS_WAITING_MAX), threading.Event()
    wanted = []

    def claim(_system, *, with_mails):
        wanted.append(with_mails)
        stop.set()
        return [DueWork(kind="timer", id="t1"), *([DueWork(kind="mail", id="m1")] if with_mails else [])]

    monkeypatch.setattr(ticker, "open_queue", lambda _connection: urgent)
    monkeypatch.setattr(ticker, "open_mail_queue", lambda _connection: slow)
    monkeypatch.setattr(ticker, "claim_due", claim)
    monkeypatch.setattr(ticker, "TICKS_PER_CLEANUP", 10**9)
    monkeypatch.setattr(ticker, "StartedJobRegistry", lambda queue: SimpleNamespace(cleanup=lambda: queue))
    monkeypatch.setattr(ticker, "forget_old_keys", lambda _system: None)
    monkeypatch.setattr(ticker, "forget_old_messages", lambda _system: None)

    ticker.run_ticker(system, "redis://127.0.0.1:1", stop)
    stop.clear()
    slow.count = 0
    ticker.run_ticker(system, "redis://127.0.0.1:1", stop)

    assert wanted == [False, True]
    assert [job.job_id for job in urgent.jobs] == ["timer-t1", "timer-t1"]
    assert [job.job_id for job in slow.jobs] == ["mail-m1"]


def test_a_worker_takes_mails_when_there_is_nothing_else(monkeypatch):
    made = []
    monkeypatch.setattr(worker_module, "connect", lambda _url: "connection")
    monkeypatch.setattr(worker_module, "open_queue", lambda connection: f"first of {connection}")
    monkeypatch.setattr(worker_module, "open_mail_queue", lambda connection: f"second of {connection}")
    monkeypatch.setattr(worker_module, "StoppableWorker", lambda queues, **_more: made.extend(queues))

    worker_module._new_worker("redis://127.0.0.1:1")

    assert made == ["first of connection", "second of connection"]


def test_ten_thousand_mails_leave_room_for_what_else_is_due(system):
    """What is claimed of the outbox is claimed apart from its mails: an event that comes after ten thousand mails is next."""
    now = system.clock()
    with system.database.write() as work:
        payload = {"template": "assignment"}
        rows = [mail_row(system.new_id(), 1, payload, key=f"burst:{number}", now=now - timedelta(minutes=1)) for number in range(10_000)]
        event = mail_row(system.new_id(), 1, {}, key="event", now=now) | {"kind": "message"}
        journal.insert_outbox(work, [*rows, event])
        work.commit()

    claimed = claim_due(system)

    assert [each.id for each in claimed if each.kind == "outbox"] == [event["id"]]
    assert len([each for each in claimed if each.kind == "mail"]) == claiming.BATCH
    assert claim_due(system, with_mails=False) == []
