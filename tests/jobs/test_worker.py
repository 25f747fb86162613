"""The worker stops when it is told to, with and without a server to say goodbye to."""

import signal
import subprocess
import sys
import time

import pytest

from app.jobs.queue import connect
from app.runtime.valkey import valkey_answers, valkey_part, valkey_url

STOP_SECONDS_MAX = 30
WORKER = """
import sys
from app.jobs import worker
worker.PAUSE_SECONDS = 0.2
worker.run_worker(object(), sys.argv[1])
"""


@pytest.fixture
def server(tmp_path):
    """Start a server of the queue; give its socket and process."""
    socket_path = tmp_path / "s"
    process = subprocess.Popen(valkey_part(tmp_path, socket_path).command)
    wait_until(lambda: valkey_answers(socket_path))
    yield socket_path, process
    process.kill()
    process.wait()


@pytest.fixture
def worker(server):
    """Start a worker on it that waits for jobs."""
    url = valkey_url(server[0])
    process = subprocess.Popen([sys.executable, "-c", WORKER, url], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    connection = connect(url)
    wait_until(lambda: any(connection.hget(key, "state") == b"idle" for key in connection.smembers("rq:workers")))
    connection.close()
    yield process
    process.kill()
    process.communicate()


def wait_until(holds, *, seconds=60):
    ends_at = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends_at, "it did not come to that in time"
        time.sleep(0.05)  # other processes work meanwhile


@pytest.mark.processes
def test_a_worker_that_waits_for_jobs_stops(worker):
    worker.send_signal(signal.SIGTERM)

    assert worker.wait(STOP_SECONDS_MAX) == 0


@pytest.mark.processes
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_whose_server_is_away_stops_too(server, worker, number):
    """RQ 3.0 says goodbye to the server first; its error was taken for a reason to try again."""
    server[1].kill()
    server[1].wait()
    assert "could not connect" in worker.stderr.readline()

    worker.send_signal(number)

    assert worker.wait(STOP_SECONDS_MAX) == 0
