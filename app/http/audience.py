"""The blueprint of one audience, and what its routes declare above their few lines.

From the outside in: `route`, `signed_in`, `idempotent`, `revised`, `query` or `body`, `refuses`, `answers`. A view takes a Call, then
the query, then the body, then what its path names, and returns the Answer of one operation. The declarations wrap nothing: they say what
there is to read and to document, and `route` makes of them the one function that answers a request, on the short way or Flask's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import flask
from flask.globals import request_ctx
from flask_smorest import Blueprint  # type: ignore[import-untyped]
from marshmallow import Schema

from app.domain.access import ADMINISTER, READ
from app.domain.access_errors import TokenScope, TooManyAttempts
from app.domain.errors import (
    CountersignError,
    IdempotencyKeyInProgress,
    IdempotencyKeyReused,
    InvalidRequest,
    NotParseable,
    NotSignedIn,
    StaleRevision,
    TooLarge,
    UnsupportedMedia,
)
from app.http.answers import write_answer, write_download, write_picture
from app.http.problems import MEDIA_TYPE, register_problems, status_of
from app.http.refusals import IdempotencyKeyMalformed, PreconditionMalformed
from app.http.request_body import JSON_BYTES_MAX, MULTIPART, json_loader, query_loader
from app.http.request_head import check_id, check_scope, read_request_key, read_revision, read_token
from app.http.schemas.problem import Problem
from app.operations.answer import Caller, CallerOutdated, RequestKey
from app.operations.people.authenticate_token import authenticate_token
from app.operations.system import System

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

API = "/api/v1"
EXTENSION = "countersign"
CSV = "text/csv"
BINARY = "application/octet-stream"
ANONYMOUS_BYTES_MAX = 16 * 1024
SAFE_METHODS = frozenset({"GET", "HEAD"})
BODIES: dict[str, dict[str, Any]] = {
    "application/xml": {"type": "string", "contentMediaType": "application/xml"},
    "application/json": {},
    "image/png": {"type": "string", "contentMediaType": "image/png"},
    "image/jpeg": {"type": "string", "contentMediaType": "image/jpeg"},
    "application/toml": {"type": "string", "contentMediaType": "application/toml"},
    CSV: {"type": "string", "contentMediaType": CSV},
    BINARY: {"type": "string", "contentMediaType": BINARY},
    MULTIPART: {"type": "object", "additionalProperties": {"type": "string", "contentMediaType": "application/xml"}},
}
UNREADABLE = (NotParseable, InvalidRequest, TooLarge, UnsupportedMedia)

View = TypeVar("View", bound=Callable[..., Any])
Answering = Callable[[flask.Request, System, Mapping[str, Any]], "WSGIApplication"]
"""Answers a request to a route, given what its path names."""


class Call(NamedTuple):
    """One signed-in request: who asks what system, under which Idempotency-Key, expecting which revision."""

    system: System
    caller: Caller
    sent: flask.Request
    """The request itself, for views that read more of it than is declared above them."""
    request: RequestKey | None = None
    revision: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of somebody who is not signed in: which system he asks, and from which address."""

    system: System
    address: str


@dataclass(slots=True, kw_only=True)
class Declared:
    """What the declarations above a view say: what it takes from a request, and what writes its answer."""

    anonymous: bool = False
    bytes_max: int = JSON_BYTES_MAX
    checked_inside: bool = False
    scope: str | None = None
    idempotent: bool = False
    revised: bool = False
    loaders: tuple[Callable[[flask.Request], Any], ...] = ()
    write: "Callable[[Any], WSGIApplication]" = write_answer


class Audience(Blueprint):  # type: ignore[misc]  # flask-smorest 0.47 has no annotations
    """The routes of one audience under /api/v1; every error in them is a problem."""

    def __init__(self, name: str, *, description: str, scope: str = ADMINISTER) -> None:
        """Make the blueprint; `scope` is what a token needs for its routes that change something."""
        super().__init__(name, __name__, url_prefix=API, description=description)
        self._scope = scope
        self._prepare_doc_cbks.append(self._prepare_refusals_doc)
        register_problems(self)

    def route(self, rule: str, *, methods: tuple[str, ...] = ("GET",), **options: Any) -> Callable[[View], View]:
        """Register the view for `rule` and for the API document."""
        register = super().route(rule, methods=list(methods), **options)

        def decorate(view: View) -> View:
            documented = self._documented(view, self.doc(operationId=view.__name__))
            register(_called(documented, self._visited(documented) if _declared(view).anonymous else self._asked(documented)))
            return view

        return decorate

    def signed_in(
        self, *, bytes_max: int = JSON_BYTES_MAX, checked_inside: bool = False, scope: str | None = None
    ) -> Callable[[View], View]:
        """Give the view a Call for the caller whom the bearer token names; refuse bodies over `bytes_max` unread.

        With `checked_inside` the operation compares the authority version of a cached caller itself, which saves a statement. The token
        needs the scope `read` for a GET, else that of the audience, unless `scope` names another.
        """

        def decorate(view: View) -> View:
            declared = _declared(view)
            declared.bytes_max, declared.checked_inside, declared.scope = bytes_max, checked_inside, scope
            return self._described(view, refusals=(NotSignedIn, TokenScope))

        return decorate

    def anonymous(self, *, bytes_max: int = ANONYMOUS_BYTES_MAX) -> Callable[[View], View]:
        """Give the view a Visit of somebody whom nobody knows, and document that no token is asked for."""

        def decorate(view: View) -> View:
            declared = _declared(view)
            declared.anonymous, declared.bytes_max = True, bytes_max
            return self._described(self._documented(view, self.doc(security=[])), refusals=(TooManyAttempts,))

        return decorate

    def idempotent(self, view: View) -> View:
        """Give the view's Call the request key that the Idempotency-Key header makes."""
        _declared(view).idempotent = True
        refusals = (IdempotencyKeyMalformed, IdempotencyKeyReused, IdempotencyKeyInProgress)
        return self._described(view, refusals=refusals, parameters=("IdempotencyKey",))

    def revised(self, view: View) -> View:
        """Give the view's Call the revision that the If-Match header expects."""
        _declared(view).revised = True
        return self._described(view, refusals=(PreconditionMalformed, StaleRevision), parameters=("IfMatch",))

    def query(self, schema: type[Schema]) -> Callable[[View], View]:
        """Give the view the query parameters that `schema` loads."""
        loaded = schema()  # made once: making a schema copies all its fields

        def decorate(view: View) -> View:
            _declared(view).loaders = (query_loader(loaded), *_declared(view).loaders)
            return self._described(self._documented(view, self.arguments(loaded, location="query")), refusals=(InvalidRequest,))

        return decorate

    def body(self, schema: type[Schema], *, required: bool = True) -> Callable[[View], View]:
        """Give the view the JSON body that `schema` loads."""
        loaded = schema()

        def decorate(view: View) -> View:
            _declared(view).loaders = (json_loader(loaded), *_declared(view).loaders)
            return self._described(self._documented(view, self.arguments(loaded, required=required)), refusals=UNREADABLE)

        return decorate

    def refuses(self, *errors: type[CountersignError]) -> Callable[[View], View]:
        """Document the refusals that the view's operation has of its own."""
        return lambda view: self._described(view, refusals=errors)

    def answers(
        self, schema: type[Schema], *statuses: int, location: str | None = None, write: Callable[..., Any] = write_answer
    ) -> Callable[[View], View]:
        """Make the view's Answer a JSON response with its ETag; `location` is the address of what a 201 created.

        Args:
            schema: of the JSON.
            statuses: those that it comes with; 200 unless given.
            location: with a place for each field of the answer that it names.
            write: makes the response, where the view returns something else than an Answer.
        """
        written = write if location is None else partial(write, location=location)
        return self._writes(written, *[self.alt_response(status, schema=schema, success=True) for status in statuses or (200,)])

    def sends(self, media_type: str, schema: type[Schema] | None, *, description: str | None = None) -> Callable[[View], View]:
        """Document a request body that the view reads itself."""
        described: dict[str, Any] = {"required": True, "content": {media_type: {"schema": schema or BODIES[media_type]}}}
        if description is not None:
            described["description"] = description
        describe = self.doc(requestBody=described)
        return lambda view: self._described(self._documented(view, describe), refusals=UNREADABLE)

    def downloads(self, *media_types: str) -> Callable[[View], View]:
        """Make the view's content, media type and file name a download that no browser runs."""
        return self._writes(write_download, *[self._file_response(media_type) for media_type in media_types])

    def shows(self, *media_types: str) -> Callable[[View], View]:
        """Make the view's content, media type and mark a picture that a browser keeps, and that runs nothing."""
        return self._writes(write_picture, *[self._file_response(media_type) for media_type in media_types])

    def _asked(self, view: Callable[..., Any]) -> Answering:
        """Return what reads from a request what the view's declarations ask for, and writes what the view returns."""
        declared = _declared(view)
        scope_to_change = declared.scope or self._scope
        scope_to_read = declared.scope or READ

        def ask(system: System, caller: Caller, request: flask.Request, path: dict[str, Any]) -> "WSGIApplication":
            key = read_request_key(request) if declared.idempotent else None
            revision = read_revision(request.environ.get("HTTP_IF_MATCH")) if declared.revised else None
            call = Call(system=system, caller=caller, sent=request, request=key, revision=revision)
            return declared.write(view(call, *[load(request) for load in declared.loaders], **path))

        def answer(request: flask.Request, system: System, path: Mapping[str, Any]) -> "WSGIApplication":
            token = read_token(request.environ.get("HTTP_AUTHORIZATION"))
            caller = authenticate_token(system, token, checked_inside=declared.checked_inside)
            check_scope(caller, scope_to_read if request.method in SAFE_METHODS else scope_to_change)
            request.max_content_length = declared.bytes_max
            named = {name: check_id(name, value) for name, value in path.items()}
            try:
                return ask(system, caller, request, named)
            except (CallerOutdated, CountersignError):  # a refusal may rest on what he was, too
                current = authenticate_token(system, token)
                if current == caller:
                    raise
                return ask(system, current, request, named)

        return answer

    def _visited(self, view: Callable[..., Any]) -> Answering:
        """Return the same for somebody who is not signed in."""
        declared = _declared(view)

        def answer(request: flask.Request, system: System, path: Mapping[str, Any]) -> "WSGIApplication":
            request.max_content_length = declared.bytes_max
            visit = Visit(system=system, address=request.remote_addr or "")
            return declared.write(view(visit, *[load(request) for load in declared.loaders], **path))

        return answer

    def _file_response(self, media_type: str) -> Callable[[View], View]:
        response: Callable[[View], View] = self.alt_response(200, schema=BODIES[media_type], content_type=media_type, success=True)
        return response

    def _writes(self, write: Callable[..., Any], *responses: Callable[[View], View]) -> Callable[[View], View]:
        """Make `write` the writer of the view's answer, and document the responses."""

        def decorate(view: View) -> View:
            _declared(view).write = write
            for response in responses:
                self._documented(view, response)
            return view

        return decorate

    @staticmethod
    def _documented(view: View, document: Callable[[Any], Any]) -> View:
        """Return the view with what a decorator of flask-smorest documents; the function that it puts around the view is left out."""
        view.__dict__["_apidoc"] = vars(document(view))["_apidoc"]
        return view

    @staticmethod
    def _described(view: View, *, refusals: tuple[type[CountersignError], ...] = (), parameters: tuple[str, ...] = ()) -> View:
        """Return the view with more to document: the errors it refuses with, and header parameters by their component's name."""
        documented = {**view.__dict__.get("_apidoc", {})}
        documented["refusals"] = [*refusals, *documented.get("refusals", [])]
        if parameters:
            arguments = documented.get("arguments", {})
            documented["arguments"] = {**arguments, "parameters": [*arguments.get("parameters", []), *parameters]}
        view.__dict__["_apidoc"] = documented
        return view

    @staticmethod
    def _prepare_refusals_doc(doc: dict[str, Any], doc_info: dict[str, Any], **_context: Any) -> dict[str, Any]:
        """Add one problem response a status, which links to the page of each refusal."""
        by_status: dict[int, dict[str, None]] = {}
        for error in doc_info.get("refusals", []):
            status = status_of(error)
            assert status is not None, f"{error.__name__} is never a response"
            by_status.setdefault(status, {})[f"[{error.title}](/api/problems/{error.code})"] = None
        for status, links in by_status.items():
            doc["responses"][status] = {"description": ", ".join(links), "content": {MEDIA_TYPE: {"schema": Problem}}}
        return doc


def _declared(view: Callable[..., Any]) -> Declared:
    """Return what is declared of the view so far, to be added to."""
    declared: Declared = view.__dict__.setdefault("declared", Declared())
    return declared


def _called(view: View, answer: Answering) -> View:
    """Return what Flask calls for the view."""

    @wraps(view)
    def called(**path: Any) -> Any:
        return answer(request_ctx.request, request_ctx.app.extensions[EXTENSION], path)

    called.__dict__["answer"] = answer
    return cast("View", called)


def short_way_of(called: Callable[..., Any]) -> Answering | None:
    """Return what answers a request without Flask where Flask would call this; None unless it is of a view of an Audience."""
    answer: Answering | None = called.__dict__.get("answer")
    return answer
