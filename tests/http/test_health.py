"""Alive, ready, degraded: what operators and load balancers ask."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import flask
import pytest

from app.domain.errors import DatabaseBusy
from app.operations.system import System


class SilentDatabase:
    """A database that never answers."""

    @contextmanager
    def read(self) -> Iterator[Any]:
        """Fail as a locked database does."""
        raise DatabaseBusy(retry_after=1)
        yield


@pytest.mark.parametrize(("queue_is_up", "status", "queue"), [(True, "ready", "ok"), (False, "degraded", "unreachable")])
def test_ready_without_a_queue_is_degraded(app: flask.Flask, system: System, queue_is_up: bool, status: str, queue: str) -> None:
    """The queue is a doorbell: approvals go on without it."""
    app.extensions["countersign"] = replace(system, queue_is_up=lambda: queue_is_up)

    answer = app.test_client().get("/health/ready")

    assert answer.status_code == 200
    assert answer.json == {"status": status, "checks": {"database": "ok", "queue": queue}}


def test_without_a_database_nothing_is_ready(app: flask.Flask, system: System) -> None:
    database: Any = SilentDatabase()
    app.extensions["countersign"] = replace(system, database=database)
    client = app.test_client()

    ready = client.get("/health/ready")
    live = client.get("/health/live")

    assert (ready.status_code, ready.mimetype) == (503, "application/problem+json")
    assert int(ready.headers["Retry-After"]) > 0
    assert ready.json is not None
    assert ready.json["checks"] == {"database": "unreachable"}
    assert live.status_code == 200
    app.extensions["countersign"] = system


def test_a_busy_database_is_a_problem_that_passes(app: flask.Flask, system: System) -> None:
    database: Any = SilentDatabase()
    app.extensions["countersign"] = replace(system, database=database)

    answer = app.test_client().get("/api/v1/tasks", headers={"Authorization": "Bearer demo-marc"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    app.extensions["countersign"] = system
