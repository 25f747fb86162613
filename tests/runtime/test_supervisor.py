import itertools
import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from app.runtime.supervisor import RESTART_DELAY_SECONDS_MAX, StopRequested, Supervisor, restart_delay
from tests.runtime.processes import ROOT, WAIT_SECONDS_MAX, environment, lines_of, outlives, python_part

SAYS_ITS_ID = """
import os, signal, sys
with open({path!r}, "a") as file: print(os.getpid(), file=file)
signal.pause()
"""
SAYS_WHEN_STOPPED = """
import signal, sys
def stop(number, frame):
    with open({path!r}, "a") as file: print({name!r}, file=file)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
with open({path!r}, "a") as file: print("ready", file=file)
while True: signal.pause()
"""
IGNORES_THE_REQUEST = """
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.fork()
with open({path!r}, "a") as file: print(os.getpid(), file=file)
while True: signal.pause()
"""
SUPERVISES_A_FAMILY = """
import sys
from app.runtime.supervisor import Part, Supervisor
family = '''
import os, signal
from app.runtime.leash import die_with_parent
parent_id = os.getpid()
if os.fork() == 0: die_with_parent(parent_id)
fifo = open({fifo!r}, "w")
print(os.getpid(), file=fifo, flush=True)
signal.pause()
'''
with Supervisor() as tree:
    tree.start(Part(name="family", command=(sys.executable, "-c", family)))
    tree.watch()
"""


def test_pause_before_a_restart_doubles_up_to_a_bound():
    pauses = [restart_delay(deaths) for deaths in range(1, 200)]

    assert pauses[:4] == [0.25, 0.5, 1.0, 2.0]
    assert pauses == sorted(pauses)
    assert pauses[-1] == RESTART_DELAY_SECONDS_MAX


def test_part_that_dies_is_started_again(tmp_path):
    ids = tmp_path / "ids"
    with Supervisor() as tree:
        tree.start(python_part("worker", SAYS_ITS_ID.format(path=str(ids))))
        assert tree.wait_until(lambda: len(lines_of(ids)) == 1, timeout_seconds=WAIT_SECONDS_MAX)

        os.kill(int(lines_of(ids)[0]), signal.SIGKILL)

        assert tree.wait_until(lambda: len(lines_of(ids)) == 2, timeout_seconds=WAIT_SECONDS_MAX)
    first, second = map(int, lines_of(ids))
    assert first != second
    assert not outlives(second)


def test_part_that_keeps_dying_waits_longer_each_time(tmp_path):
    starts = tmp_path / "starts"
    program = f"import time; file = open({str(starts)!r}, 'a'); print(time.monotonic(), file=file)"
    with Supervisor() as tree:
        tree.start(python_part("worker", program))
        assert tree.wait_until(lambda: len(lines_of(starts)) == 4, timeout_seconds=WAIT_SECONDS_MAX)

    at = [float(line) for line in lines_of(starts)]
    pauses = [later - earlier for earlier, later in itertools.pairwise(at)]
    assert pauses[0] >= 0.25
    assert pauses[1] >= 0.5
    assert pauses[2] >= 1.0


@pytest.mark.parametrize(
    ("started", "stopped"),
    [
        ([("valkey", 0), ("worker", 0), ("ticker", 0), ("web", 0)], ["web", "ticker", "worker", "valkey"]),
        ([("valkey", 4), ("web", 1), ("ticker", 2), ("worker", 3)], ["web", "ticker", "worker", "valkey"]),
    ],
    ids=["last started first", "by their order"],
)
def test_parts_stop_one_after_the_other(started, stopped, tmp_path):
    said = tmp_path / "said"
    with Supervisor() as tree:
        for number, (name, order) in enumerate(started, start=1):
            tree.start(replace(python_part(name, SAYS_WHEN_STOPPED.format(path=str(said), name=name)), stop_order=order))
            assert tree.wait_until(lambda started=number: lines_of(said).count("ready") == started, timeout_seconds=WAIT_SECONDS_MAX)

    assert lines_of(said)[4:] == stopped


def test_held_part_goes_on_when_it_is_released(tmp_path):
    said = tmp_path / "said"
    program = f"import signal, sys; print('loaded', file=open({str(said)!r}, 'a')); sys.stdin.read(); print('went on', file=open({str(said)!r}, 'a')); signal.pause()"
    with Supervisor() as tree:
        tree.start(python_part("web", program), held=True)
        assert tree.wait_until(lambda: lines_of(said) == ["loaded"], timeout_seconds=WAIT_SECONDS_MAX)

        tree.release()

        assert tree.wait_until(lambda: lines_of(said) == ["loaded", "went on"], timeout_seconds=WAIT_SECONDS_MAX)


def test_held_part_that_is_never_released_still_stops(tmp_path):
    with Supervisor() as tree:
        tree.start(python_part("web", "import sys; sys.stdin.read(); sys.stdin.read()"), held=True)


def test_part_that_ignores_the_request_is_killed_with_its_children(tmp_path):
    ids = tmp_path / "ids"
    with Supervisor() as tree:
        tree.start(python_part("stubborn", IGNORES_THE_REQUEST.format(path=str(ids)), stop_seconds=0.3))
        assert tree.wait_until(lambda: len(lines_of(ids)) == 2, timeout_seconds=WAIT_SECONDS_MAX)

    assert not any(outlives(int(line)) for line in lines_of(ids))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stop_signal_ends_the_watch(number, tmp_path):
    ids = tmp_path / "ids"
    watched = []

    with Supervisor() as tree:
        tree.start(python_part("worker", SAYS_ITS_ID.format(path=str(ids))))
        assert tree.wait_until(lambda: bool(lines_of(ids)), timeout_seconds=WAIT_SECONDS_MAX)
        signal.raise_signal(number)
        watched.append(True)
        tree.watch()
        watched.append(False)

    assert watched == [True]
    assert not outlives(int(lines_of(ids)[0]))


def test_second_stop_signal_does_not_wait(tmp_path):
    ids = tmp_path / "ids"
    with Supervisor() as tree:
        tree.start(python_part("stubborn", IGNORES_THE_REQUEST.format(path=str(ids)), stop_seconds=1000.0))
        assert tree.wait_until(lambda: len(lines_of(ids)) == 2, timeout_seconds=WAIT_SECONDS_MAX)
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    assert not any(outlives(int(line)) for line in lines_of(ids))


def test_signals_are_given_back():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)]

    with Supervisor():
        pass

    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)] == before


def test_error_inside_the_context_stops_the_parts_and_is_raised(tmp_path):
    ids = tmp_path / "ids"

    with pytest.raises(ZeroDivisionError), Supervisor() as tree:
        tree.start(python_part("worker", SAYS_ITS_ID.format(path=str(ids))))
        assert tree.wait_until(lambda: bool(lines_of(ids)), timeout_seconds=WAIT_SECONDS_MAX)
        raise ZeroDivisionError

    assert not outlives(int(lines_of(ids)[0]))


def test_run_once_returns_the_exit_status():
    with Supervisor() as tree:
        assert tree.run_once(python_part("migrate", "raise SystemExit(3)")) == 3
        assert tree.run_once(python_part("migrate", "pass")) == 0


def test_run_once_ends_when_a_stop_is_asked_for(tmp_path):
    tree = Supervisor()
    with tree:
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(StopRequested):
            tree.run_once(python_part("migrate", "import signal; signal.pause()"))


def test_nothing_outlives_a_supervisor_that_is_killed(tmp_path):
    fifo = tmp_path / "alive"
    os.mkfifo(fifo)
    script = SUPERVISES_A_FAMILY.replace("{fifo!r}", repr(str(fifo)))
    supervisor = subprocess.Popen([sys.executable, "-c", script], env=environment(), cwd=ROOT, stdout=subprocess.DEVNULL)
    with fifo.open() as alive:
        ids = [int(alive.readline()) for _ in range(2)]

        supervisor.kill()

        assert alive.read() == ""  # the pipe closes when the last of its writers is gone
    supervisor.wait()
    assert len(set(ids)) == 2
