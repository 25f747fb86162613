"""Errors as RFC 9457 problem details. The only module that knows which refusal has which HTTP status."""

import sys
import traceback
from collections.abc import Iterator, Mapping
from typing import Any, cast

import flask
import structlog
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException

from app.domain import access_errors, errors
from app.domain.errors import CountersignError
from app.http.faults import name_places
from app.http.json_text import write_json
from app.http.observe import REQUEST_ID
from app.http.refusals import IdempotencyKeyMalformed, InternalError, MethodNotAllowed, PreconditionMalformed

MEDIA_TYPE = "application/problem+json"
PAGES = "/api/problems"
MEMBERS = frozenset({"type", "title", "status", "detail", "instance"})
log = structlog.get_logger()


STATUSES: dict[type[CountersignError], int] = {
    errors.InvalidRequest: 422,
    errors.NotParseable: 400,
    errors.UnknownColumn: 400,
    PreconditionMalformed: 400,
    IdempotencyKeyMalformed: 400,
    errors.NotFound: 404,
    errors.NotSignedIn: 401,
    access_errors.PinRefused: 401,
    errors.NotPermitted: 403,
    access_errors.TooManyAttempts: 429,
    access_errors.LinkUnknown: 404,
    access_errors.LinkUsed: 410,
    access_errors.LinkExpired: 410,
    access_errors.LinkWithdrawn: 410,
    access_errors.LinkOwnerInactive: 410,
    errors.Conflict: 409,
    errors.StaleRevision: 412,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.RuleError: 422,
    errors.ModelError: 422,
    errors.Unavailable: 503,
    MethodNotAllowed: 405,
    InternalError: 500,
}


def status_of(cls: type[CountersignError]) -> int | None:
    """Return the status of the nearest class in the table; None for errors that never become a response."""
    return next((STATUSES[base] for base in cls.__mro__ if base in STATUSES), None)


def classes() -> Iterator[type[CountersignError]]:
    """Yield every refusal that can become a response, base classes first."""
    waiting: list[type[CountersignError]] = [CountersignError]
    for cls in waiting:
        waiting.extend(cls.__subclasses__())
        if status_of(cls) is not None:
            yield cls


def answer_error(error: Exception, request: flask.Request) -> flask.Response:
    """Return the problem of an error that a request ran into: a refusal, of ours or of Flask and Werkzeug, or else a fault of ours."""
    refusal = _translate(error, request) if isinstance(error, HTTPException) else error
    if not isinstance(refusal, CountersignError) or (status := status_of(type(refusal))) is None:
        return _answer_fault(error, request)
    try:
        return _problem(refusal, status, request)
    except Exception as fault:  # noqa: BLE001 - the border of the problem table: a refusal whose facts cannot be written is a fault
        return _answer_fault(fault, request)


def answer_raised(error: Exception) -> flask.Response:
    """Return the problem of an error that the request of Flask's context ran into."""
    return answer_error(error, request_ctx.request)


def _answer_fault(error: Exception, request: flask.Request) -> flask.Response:
    """Log an unexpected error, without its text, which may hold personal data, and return a problem that names the request alone."""
    frames = traceback.extract_tb(error.__traceback__)
    log.error("request_failed", error=_causes(error), trace=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames])
    return _problem(InternalError(), STATUSES[InternalError], request)


def register_problems(blueprint: flask.Blueprint) -> None:
    """Make every error inside the blueprint a problem.

    Flask prefers an application's handler for a status to a blueprint's handler for a class, so the statuses that the pages handle
    are named too.
    """
    for error in (Exception, 400, 404, 405, 413, 415):
        blueprint.register_error_handler(error, answer_raised)


def describe_refusal(error: CountersignError, request: flask.Request) -> dict[str, Any]:
    """Return the problem of an expected error as JSON, for an answer that has many."""
    status = status_of(type(error))
    assert status is not None, f"{type(error).__name__} is never a response"
    return _body(error, status, request)


def _problem(error: CountersignError, status: int, request: flask.Request) -> flask.Response:
    content, headers = write_json(_body(error, status, request)), _headers(error, request)
    response = flask.Response(content, status=status, mimetype=MEDIA_TYPE, headers=headers)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _body(error: CountersignError, status: int, request: flask.Request) -> dict[str, Any]:
    facts = {name if name not in MEMBERS else f"case_{name}": value for name, value in error.facts.items()}
    if isinstance(facts.get("errors"), Mapping):
        facts["errors"] = name_places(cast("Mapping[str, Any]", facts["errors"]), in_query=request.method == "GET")
    body: dict[str, Any] = {"type": f"{PAGES}/{error.code}", "title": error.title, "status": status}
    if not isinstance(error, InternalError):
        body |= {"detail": error.detail}
    return body | {"instance": request.environ.get(REQUEST_ID, ""), **facts}


def _headers(error: CountersignError, request: flask.Request) -> dict[str, str]:
    if isinstance(error, errors.NotSignedIn):
        sent = "Authorization" in request.headers
        return {"WWW-Authenticate": 'Bearer realm="countersign"' + (', error="invalid_token"' if sent else "")}
    if isinstance(error, access_errors.PinRefused):
        return {"WWW-Authenticate": 'PIN realm="countersign"'}
    if isinstance(error, errors.Unavailable | access_errors.TooManyAttempts):
        return {"Retry-After": str(error.facts.get("retry_after", 1))}
    if isinstance(error, MethodNotAllowed):
        return {"Allow": str(error.facts["allowed"])}
    return {}


def _translate(exception: HTTPException, request: flask.Request) -> CountersignError:
    match exception.code:
        case 404:
            return errors.NotFound(what="page", id=request.path)
        case 405:
            allowed = sorted(getattr(exception, "valid_methods", None) or [])
            return MethodNotAllowed(method=request.method, allowed=", ".join(allowed))
        case 413:
            return errors.TooLarge(what="request", limit=_bytes_text(request.max_content_length))
        case 415:
            return errors.UnsupportedMedia(media_type=request.mimetype or "none", accepted="application/json")
        case 503:
            return errors.Unavailable(retry_after=1)
        case code if code is not None and code < 500:
            return errors.NotParseable(media_type="HTTP", reason=exception.description or exception.name)
    return InternalError()


def _bytes_text(count: int | None) -> str:
    return f"{count // (1024 * 1024)} MB" if count and count >= 1024 * 1024 else f"{count} bytes"


def _causes(error: BaseException) -> list[str]:
    names: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(names) < sys.getrecursionlimit():
        names.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    return names
