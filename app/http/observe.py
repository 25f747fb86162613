"""What every request leaves behind: a request id, one log event, one measurement. No personal data: neither address, query nor name."""

from __future__ import annotations

import random
import re
import sys
import threading
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from prometheus_client import CollectorRegistry, Histogram

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, MutableMapping
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    import flask

REQUEST_ID = "countersign.request_id"
REQUEST_ID_HEADER = "X-Request-Id"
BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_FIT_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
_REQUEST_ID: ContextVar[str] = ContextVar("request_id")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Observation:
    """Gives every request of an application an id, a log event and a measurement."""

    def __init__(self, application: WSGIApplication, seconds: Histogram) -> None:
        self._application = application
        self._seconds = seconds
        self._by_answer: dict[tuple[str, str, int], Histogram] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request; its id is in the environ under REQUEST_ID meanwhile, and in every log event."""
        began = time.perf_counter()
        request_id = environ[REQUEST_ID] = read_request_id(environ.get("HTTP_X_REQUEST_ID"))
        _REQUEST_ID.set(request_id)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
            headers.append((REQUEST_ID_HEADER, request_id))
            self._observe(environ, int(status[:3]), time.perf_counter() - began)
            return start_response(status, headers, *more)

        return self._application(environ, start)

    def _observe(self, environ: WSGIEnvironment, status: int, took: float) -> None:
        method = environ["REQUEST_METHOD"] if environ["REQUEST_METHOD"] in _METHODS else "other"
        rule = environ["werkzeug.request"].url_rule  # Werkzeug leaves it there until the answer has begun
        route = rule.rule if rule else "unrouted"
        answer = (method, route, status)
        seconds = self._by_answer.get(answer)
        if seconds is None:
            seconds = self._by_answer[answer] = self._seconds.labels(*answer)
        seconds.observe(took)
        event = {"method": method, "route": route, "status": status, "duration_ms": round(took * 1000, 2), "event": "request_answered"}
        _LINES.info(write_line(None, "info", event))  # through structlog it would take three times as long, for the same line


def register_observation(app: flask.Flask) -> CollectorRegistry:
    """Observe every request of `app`; return the registry of the measurements."""
    configure_log()
    registry = CollectorRegistry()
    seconds = Histogram(
        "countersign_http_request_seconds",
        "How long requests took",
        labelnames=("method", "route", "status"),
        buckets=BUCKETS_SECONDS,
        registry=registry,
    )
    app.wsgi_app = Observation(app.wsgi_app, seconds)  # type: ignore[method-assign]  # Flask's own way to put something around it
    return registry


def read_request_id(header: str | None) -> str:
    """Return the caller's request id when it is 8 to 64 plain characters, else a new one.

    It is no secret: the system is not asked for it, for which a thread would leave the interpreter to others at the start of each request.
    """
    return header if header and _FIT_ID.match(header) else f"{random.getrandbits(128):032x}"


def configure_log() -> None:
    """Write log events as JSON lines, unless the process has chosen otherwise already."""
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[write_line],
        logger_factory=Lines,
        cache_logger_on_first_use=True,
    )


def write_line(_logger: object, level: str, event: MutableMapping[str, Any]) -> bytes:
    """Return the event as JSON, with the id of the request in which it happened, the level and the instant."""
    request_id = _REQUEST_ID.get(None)
    if request_id is not None:
        event["request_id"] = request_id
    event["level"] = level
    event["timestamp"] = datetime.now(UTC)
    return orjson.dumps(event, default=repr, option=orjson.OPT_UTC_Z)


class Lines:
    """Writes log events to standard output, whichever that is when they are written: loggers are made once."""

    _LOCK = threading.Lock()

    def __init__(self, *_name: str) -> None:
        """Write the lines of any logger; their names stand in no line."""

    def info(self, line: bytes) -> None:
        """Write the line at once."""
        output = sys.stdout.buffer
        with self._LOCK:
            output.write(line + b"\n")
            output.flush()

    debug = warning = error = exception = critical = info


_LINES = Lines()
