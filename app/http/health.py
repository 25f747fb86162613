"""Routes for those who operate Countersign: is it alive, is it ready, how fast is it."""

import flask
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from app.http.answers import write_answer
from app.http.audience import EXTENSION
from app.http.problems import register_problems
from app.operations.answer import Answer
from app.operations.read_readiness import read_readiness


def health_blueprint(registry: CollectorRegistry) -> flask.Blueprint:
    """Return the routes /health/live, /health/ready and /metrics; the last writes what `registry` holds."""
    health = flask.Blueprint("health", __name__)
    register_problems(health)

    @health.get("/health/live")
    def read_liveness() -> flask.Response:
        """Answer that the process runs."""
        return _answer(Answer(body={"status": "live"}))

    @health.get("/health/ready")
    def read_ready() -> flask.Response:
        """Answer whether requests can be served: 503 without a database, `degraded` without a queue."""
        return _answer(read_readiness(flask.current_app.extensions[EXTENSION]))

    @health.get("/metrics")
    def read_metrics() -> flask.Response:
        """Answer the measurements of all web workers in the text form of Prometheus."""
        return flask.Response(generate_latest(all_workers(registry)), content_type=CONTENT_TYPE_LATEST)

    return health


def all_workers(registry: CollectorRegistry) -> CollectorRegistry:
    """Return the measurements of every worker where PROMETHEUS_MULTIPROC_DIR names their folder, else `registry`, this process's own."""
    together = CollectorRegistry()
    try:
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # prometheus-client 0.26 leaves it without annotations
    except ValueError:
        return registry
    return together


def _answer(answer: Answer) -> flask.Response:
    """Return the answer as a view of Flask returns it."""
    written = write_answer(answer)
    return flask.Response(written.content, written.status, written.headers)
