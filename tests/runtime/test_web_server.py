import http.client
import os
import signal
import sys

import pytest

from app.runtime.address import free_port
from app.runtime.supervisor import Part, Supervisor
from app.runtime.web_server import metrics_folder
from tests.runtime.processes import ROOT, WAIT_SECONDS_MAX, environment, outlives

TELLS_ITS_PROCESS = """
import os
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} {os.getppid()}".encode()]
"""
pytestmark = pytest.mark.processes


@pytest.fixture
def served(tmp_path):
    (tmp_path / "wsgi.py").write_text(TELLS_ITS_PROCESS)
    port = free_port("127.0.0.1", 0)
    command = (sys.executable, "-P", "-m", "app.cli", "web", "--port", str(port))
    part = Part(
        name="web",
        command=command,
        environment=environment(PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}", PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "metrics")),
    )
    with Supervisor() as tree:
        tree.start(part)
        assert tree.wait_until(lambda: processes(port) is not None, timeout_seconds=WAIT_SECONDS_MAX)
        yield tree, port


def test_web_worker_that_is_killed_comes_back(served):
    tree, port = served
    first = seen_workers(tree, port, count=2)

    os.kill(min(first), signal.SIGKILL)

    assert tree.wait_until(lambda: seen_workers(tree, port, count=2) - first, timeout_seconds=WAIT_SECONDS_MAX)


def test_web_workers_that_keep_dying_do_not_end_the_service(served):
    tree, port = served
    killed = []
    for _ in range(4):
        worker = min(seen_workers(tree, port, count=1) - set(killed))
        os.kill(worker, signal.SIGKILL)
        killed.append(worker)
        assert not outlives(worker)

    assert seen_workers(tree, port, count=1)


def test_web_workers_do_not_outlive_a_server_that_is_killed(served):
    tree, port = served
    worker, server = processes(port)

    os.kill(server, signal.SIGKILL)

    assert not outlives(worker)
    assert tree.wait_until(lambda: (processes(port) or (0, server))[1] != server, timeout_seconds=WAIT_SECONDS_MAX)


def test_measurements_of_an_earlier_start_are_forgotten(tmp_path, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "metrics"))
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "histogram_42.db").write_bytes(b"old")
    (tmp_path / "metrics" / "notes.txt").write_text("not ours")

    with metrics_folder() as folder:
        assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_measurements_go_to_a_temporary_folder_when_none_is_named(monkeypatch):
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)

    with metrics_folder() as folder:
        assert folder.is_dir()

    assert not folder.exists()


def processes(port):
    """Return the worker that answers and its server, or None when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        worker, server = map(int, connection.getresponse().read().split())
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return worker, server


def seen_workers(tree, port, *, count):
    """Ask until `count` workers have answered."""
    seen = set()

    def enough():
        answer = processes(port)
        seen.update(answer[:1] if answer else ())
        return len(seen) >= count

    assert tree.wait_until(enough, timeout_seconds=WAIT_SECONDS_MAX, look_seconds=0.01)
    return seen
