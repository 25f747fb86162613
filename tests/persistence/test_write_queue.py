"""Writers of SQLite stand in line, those of other processes too."""

import multiprocessing
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from app.domain.errors import DatabaseBusy
from app.persistence.write_queue import WriteQueue

WAIT_SECONDS = 60

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # Python 3.12 and later, of fork


def queue_of(tmp_path, seconds_max=WAIT_SECONDS):
    return WriteQueue(tmp_path / "countersign.db-queue", seconds_max=seconds_max, retry_after=1)


def add_many(queue, counter, number):
    """Add one to the number in a file, as whoever is alone there may do it: read, then write."""
    for _ in range(number):
        with queue.turn():
            counter.write_text(str(int(counter.read_text()) + 1))


def test_threads_and_processes_take_turns(tmp_path):
    counter = tmp_path / "counter"
    counter.write_text("0")
    queue = queue_of(tmp_path)
    with queue.turn():  # opened before the others are forked: each holds a lock of its own all the same
        pass
    others = [multiprocessing.get_context("fork").Process(target=add_many, args=(queue, counter, 100)) for _ in range(3)]
    for other in others:
        other.start()
    with ThreadPoolExecutor(max_workers=3) as threads:
        for done in [threads.submit(add_many, queue, counter, 100) for _ in range(3)]:
            done.result()
    for other in others:
        other.join()

    assert counter.read_text() == "600"


def test_who_waits_for_too_long_is_told_when_to_come_again(tmp_path):
    queue, held, done = queue_of(tmp_path, seconds_max=0.05), Event(), Event()

    def hold():
        with queue.turn():
            held.set()
            done.wait(WAIT_SECONDS)

    with ThreadPoolExecutor(max_workers=1) as threads:
        holding = threads.submit(hold)
        held.wait(WAIT_SECONDS)
        with pytest.raises(DatabaseBusy), queue.turn():
            pass
        done.set()
        holding.result()
    with queue.turn():
        pass


def hold_for_ever(queue, sender):
    with queue.turn():
        sender.send("held")
        signal.pause()


def test_a_process_that_is_killed_leaves_the_line(tmp_path):
    queue = queue_of(tmp_path, seconds_max=0.05)
    receiver, sender = multiprocessing.Pipe(duplex=False)
    holder = multiprocessing.get_context("fork").Process(target=hold_for_ever, args=(queue, sender))
    holder.start()
    assert receiver.recv() == "held"
    with pytest.raises(DatabaseBusy), queue.turn():
        pass

    os.kill(holder.pid, signal.SIGKILL)
    holder.join()

    with queue.turn():
        pass


def test_a_block_that_fails_gives_its_turn_back(tmp_path):
    queue = queue_of(tmp_path, seconds_max=0.05)
    with pytest.raises(ZeroDivisionError), queue.turn():
        raise ZeroDivisionError
    with queue.turn():
        pass
