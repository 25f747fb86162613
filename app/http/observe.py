"""What every request leaves behind: a request id, one log event, one measurement. No personal data: neither address, query nor name."""

import re
import secrets
import time

import flask
import orjson
import structlog
from prometheus_client import CollectorRegistry, Histogram

REQUEST_ID_HEADER = "X-Request-Id"
BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
log = structlog.get_logger()


def register_observation(app: flask.Flask) -> CollectorRegistry:
    """Give every request of `app` an id, a log event and a measurement; return the registry of the measurements."""
    configure_log()
    registry = CollectorRegistry()
    seconds = Histogram(
        "countersign_http_request_seconds",
        "How long requests took",
        labelnames=("method", "route", "status"),
        buckets=BUCKETS_SECONDS,
        registry=registry,
    )

    def begin() -> None:
        flask.g.request_id = read_request_id(flask.request.headers.get(REQUEST_ID_HEADER))
        flask.g.request_began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=flask.g.request_id)

    def end(response: flask.Response) -> flask.Response:
        request, about = flask.request, flask.g
        took = time.perf_counter() - about.get("request_began", time.perf_counter())
        method = request.method if request.method in _METHODS else "other"
        route = request.url_rule.rule if request.url_rule else "unrouted"
        status = response.status_code
        seconds.labels(method, route, str(status)).observe(took)
        log.info("request_answered", method=method, route=route, status=status, duration_ms=round(took * 1000, 2))
        response.headers[REQUEST_ID_HEADER] = about.get("request_id", "")
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(end)
    return registry


def read_request_id(header: str | None) -> str:
    """Return the caller's request id when it is 8 to 64 plain characters, else a new one."""
    return header if header and _REQUEST_ID.match(header) else secrets.token_hex(16)


def configure_log() -> None:
    """Write log events as JSON lines, unless the process has chosen otherwise already."""
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        logger_factory=structlog.BytesLoggerFactory(),
        cache_logger_on_first_use=False,
    )
