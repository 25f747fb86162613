"""Every request leaves an id, a log event and a measurement, and no personal data."""

import json
import subprocess
import sys
from pathlib import Path

import flask
import pytest
import structlog

from app.http.observe import read_request_id


def test_a_request_id_comes_back(bare_app: flask.Flask) -> None:
    client = bare_app.test_client()

    given = client.get("/health/live", headers={"X-Request-Id": "order-4711_a.b"})
    refused = client.get("/api/v1/tasks", headers={"X-Request-Id": "order-4711_a.b"})

    assert given.headers["X-Request-Id"] == "order-4711_a.b"
    assert refused.headers["X-Request-Id"] == "order-4711_a.b"
    assert refused.get_json()["instance"] == "order-4711_a.b"


@pytest.mark.parametrize(
    "header", [None, "", "short", "x" * 65, "with blank in it", "<script>alert(1)</script>", "ééééééééé", "new\nline12"]
)
def test_an_unfit_request_id_is_replaced(header: str | None) -> None:
    found = read_request_id(header)

    assert found != header
    assert len(found) == 32


def test_one_event_a_request_without_personal_data(bare_app: flask.Flask, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    bare_app.test_client().get(
        "/api/v1/tasks?organisation=Acme", headers={"Authorization": "Bearer nonsense-secret é", "X-Request-Id": "request-1"}
    )

    (line,) = capfdbinary.readouterr().out.splitlines()
    event = json.loads(line)
    assert list(event) == ["method", "route", "status", "duration_ms", "event", "request_id", "level", "timestamp"]
    assert (event["method"], event["route"], event["status"]) == ("GET", "/api/v1/tasks", 401)
    assert (event["event"], event["request_id"], event["level"]) == ("request_answered", "request-1", "info")
    assert b"Acme" not in line
    assert b"secret" not in line


def test_a_logger_with_a_name_writes_lines_as_well(bare_app: flask.Flask, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """The supervisor's has one."""
    structlog.get_logger("app.runtime.supervisor").warning("part_died", part="web")

    (line,) = capfdbinary.readouterr().out.splitlines()
    assert {"part": "web", "event": "part_died", "level": "warning"}.items() <= json.loads(line).items()


def test_requests_are_measured_by_route(bare_app: flask.Flask) -> None:
    client = bare_app.test_client()
    client.get("/api/v1/tasks/0190a000-0000-7000-8000-000000000001")
    client.get("/api/v1/nowhere/at/all")
    client.open("/api/v1/tasks", method="BREW")

    text = client.get("/metrics").get_data(as_text=True)

    assert 'countersign_http_request_seconds_count{method="GET",route="/api/v1/tasks/<id:task_id>",status="401"} 1.0' in text
    assert 'countersign_http_request_seconds_count{method="GET",route="unrouted",status="404"} 1.0' in text
    assert 'method="other"' in text
    assert "0190a000" not in text


def test_liveness_needs_nothing(bare_app: flask.Flask) -> None:
    answer = bare_app.test_client().get("/health/live")

    assert (answer.status_code, answer.get_json()) == (200, {"status": "live"})


WORKER = """
import flask, sys
from app.http import register_http
app = flask.Flask("worker")
register_http(app, None)
client = app.test_client()
client.get("/health/live")
print(client.get("/metrics").get_data(as_text=True), file=sys.stderr)
"""


def test_measurements_of_all_workers_are_added_up(tmp_path: Path) -> None:
    """Each worker process answers for all of them."""
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PATH": "", "PYTHONPATH": ":".join(path for path in sys.path if path)}
    texts = [
        subprocess.run([sys.executable, "-c", WORKER], env=environment, capture_output=True, text=True, check=True, timeout=60).stderr
        for _ in range(2)
    ]

    line = 'countersign_http_request_seconds_count{method="GET",route="/health/live",status="200"}'
    assert f"{line} 1.0" in texts[0]
    assert f"{line} 2.0" in texts[1]


def test_log_lines_are_json(bare_app: flask.Flask, capsys: pytest.CaptureFixture[str]) -> None:
    bare_app.test_client().get("/health/live", headers={"X-Request-Id": "request-12"})

    event = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (event["event"], event["request_id"], event["level"]) == ("request_answered", "request-12", "info")
