"""The blueprint of one audience, and what its routes declare above their few lines.

From the outside in: `route`, `signed_in`, `idempotent`, `revised`, `query` or `body`, `refuses`, `answers`. A view takes a Call, then
the query, then the body, then what its path names, and returns the Answer of one operation.
"""

import hashlib
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, TypeVar

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]
from marshmallow import Schema

from app.domain.access import ADMINISTER, READ, ordered_scopes
from app.domain.access_errors import TokenScope, TooManyAttempts
from app.domain.errors import (
    CountersignError,
    IdempotencyKeyInProgress,
    IdempotencyKeyReused,
    InvalidRequest,
    NotFound,
    NotParseable,
    NotSignedIn,
    StaleRevision,
    TooLarge,
    UnsupportedMedia,
)
from app.http.json_text import write_json
from app.http.problems import MEDIA_TYPE, register_problems, status_of
from app.http.refusals import IdempotencyKeyMalformed, PreconditionMalformed
from app.http.request_body import JSON_BYTES_MAX, RequestParser, read_body
from app.http.schemas.problem import Problem
from app.operations.answer import Answer, Caller, CallerOutdated, RequestKey
from app.operations.people.authenticate_token import authenticate_token
from app.operations.system import System

API = "/api/v1"
EXTENSION = "countersign"
MULTIPART = "multipart/form-data"
CSV = "text/csv"
BINARY = "application/octet-stream"
REVISION_MAX = 2**31 - 1
PICTURE_SECONDS = 86_400
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
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,200}\Z")
_KEY = re.compile(r"[\x21-\x7e]{1,200}\Z")
_REVISION = re.compile(r'(?:W/)?"(\d{1,18})"\Z', re.ASCII)

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One signed-in request: who asks what system, under which Idempotency-Key, expecting which revision."""

    system: System
    caller: Caller
    request: RequestKey | None = None
    revision: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of somebody who is not signed in: which system he asks, and from which address."""

    system: System
    address: str


class Audience(Blueprint):  # type: ignore[misc]  # flask-smorest 0.47 has no annotations
    """The routes of one audience under /api/v1; every error in them is a problem."""

    ARGUMENTS_PARSER = RequestParser()

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
            registered: View = register(self.doc(operationId=view.__name__)(view))
            return registered

        return decorate

    def signed_in(
        self, *, bytes_max: int = JSON_BYTES_MAX, checked_inside: bool = False, scope: str | None = None
    ) -> Callable[[View], View]:
        """Give the view a Call for the caller whom the bearer token names; refuse bodies over `bytes_max` unread.

        With `checked_inside` the operation compares the authority version of a cached caller itself, which saves a statement. The token
        needs the scope `read` for a GET, else that of the audience, unless `scope` names another.
        """

        def decorate(view: View) -> View:
            @wraps(view)
            def signed_in_view(**path: Any) -> Any:
                system: System = flask.current_app.extensions[EXTENSION]
                token = read_token(flask.request.headers.get("Authorization"))
                caller = authenticate_token(system, token, checked_inside=checked_inside)
                check_scope(caller, scope or (READ if flask.request.method in SAFE_METHODS else self._scope))
                flask.request.max_content_length = bytes_max
                named = {name: _check_id(name, value) for name, value in path.items()}
                try:
                    return view(Call(system=system, caller=caller), **named)
                except (CallerOutdated, CountersignError):  # a refusal may rest on what he was, too
                    current = authenticate_token(system, token)
                    if current == caller:
                        raise
                    return view(Call(system=system, caller=current), **named)

            described: View = self._described(signed_in_view, refusals=(NotSignedIn, TokenScope))
            return described

        return decorate

    def anonymous(self, *, bytes_max: int = ANONYMOUS_BYTES_MAX) -> Callable[[View], View]:
        """Give the view a Visit of somebody whom nobody knows, and document that no token is asked for."""

        def decorate(view: View) -> View:
            @wraps(view)
            def anonymous_view(**path: Any) -> Any:
                flask.request.max_content_length = bytes_max
                system: System = flask.current_app.extensions[EXTENSION]
                return view(Visit(system=system, address=flask.request.remote_addr or ""), **path)

            described: View = self._described(self.doc(security=[])(anonymous_view), refusals=(TooManyAttempts,))
            return described

        return decorate

    def idempotent(self, view: View) -> View:
        """Give the view's Call the request key that the Idempotency-Key header makes."""

        @wraps(view)
        def idempotent_view(call: Call, *arguments: Any, **path: Any) -> Any:
            return view(replace(call, request=read_request_key(flask.request)), *arguments, **path)

        refusals = (IdempotencyKeyMalformed, IdempotencyKeyReused, IdempotencyKeyInProgress)
        described: View = self._described(idempotent_view, refusals=refusals, parameters=("IdempotencyKey",))
        return described

    def revised(self, view: View) -> View:
        """Give the view's Call the revision that the If-Match header expects."""

        @wraps(view)
        def revised_view(call: Call, *arguments: Any, **path: Any) -> Any:
            return view(replace(call, revision=read_revision(flask.request.headers.get("If-Match"))), *arguments, **path)

        described: View = self._described(revised_view, refusals=(PreconditionMalformed, StaleRevision), parameters=("IfMatch",))
        return described

    def query(self, schema: type[Schema]) -> Callable[[View], View]:
        """Give the view the query parameters that `schema` loads."""
        load = self.arguments(schema(), location="query")  # made once: making a schema copies all its fields

        def decorate(view: View) -> View:
            described: View = self._described(load(view), refusals=(InvalidRequest,))
            return described

        return decorate

    def body(self, schema: type[Schema], *, required: bool = True) -> Callable[[View], View]:
        """Give the view the JSON body that `schema` loads."""
        load = self.arguments(schema(), required=required)

        def decorate(view: View) -> View:
            described: View = self._described(load(view), refusals=UNREADABLE)
            return described

        return decorate

    def refuses(self, *errors: type[CountersignError]) -> Callable[[View], View]:
        """Document the refusals that the view's operation has of its own."""

        def decorate(view: View) -> View:
            described: View = self._described(view, refusals=errors)
            return described

        return decorate

    def answers(self, schema: type[Schema], *statuses: int, location: str | None = None) -> Callable[[View], View]:
        """Make the view's Answer a JSON response with its ETag; `location` is the address of what a 201 created."""

        def decorate(view: View) -> View:
            @wraps(view)
            def answered_view(*arguments: Any, **path: Any) -> flask.Response:
                answer = view(*arguments, **path)
                return write_answer(answer, location=location)

            documented: Any = answered_view
            for status in statuses or (200,):
                documented = self.alt_response(status, schema=schema, success=True)(documented)
            decorated: View = documented
            return decorated

        return decorate

    def sends(self, media_type: str, schema: type[Schema] | None, *, description: str | None = None) -> Callable[[View], View]:
        """Document a request body that the view reads itself."""
        described: dict[str, Any] = {"required": True, "content": {media_type: {"schema": schema or BODIES[media_type]}}}
        if description is not None:
            described["description"] = description
        describe = self.doc(requestBody=described)

        def decorate(view: View) -> View:
            described: View = self._described(describe(view), refusals=UNREADABLE)
            return described

        return decorate

    def downloads(self, *media_types: str) -> Callable[[View], View]:
        """Make the view's content, media type and file name a download that no browser runs."""

        def decorate(view: View) -> View:
            @wraps(view)
            def download_view(*arguments: Any, **path: Any) -> flask.Response:
                content, media_type, file_name = view(*arguments, **path)
                return write_download(content, media_type=media_type, file_name=file_name)

            documented: Any = download_view
            for media_type in media_types:
                documented = self.alt_response(200, schema=BODIES[media_type], content_type=media_type, success=True)(documented)
            decorated: View = documented
            return decorated

        return decorate

    def shows(self, *media_types: str) -> Callable[[View], View]:
        """Make the view's content, media type and mark a picture that a browser keeps, and that runs nothing."""

        def decorate(view: View) -> View:
            @wraps(view)
            def shown_view(*arguments: Any, **path: Any) -> Any:
                content, media_type, mark = view(*arguments, **path)
                return write_picture(content, media_type=media_type, mark=mark)

            documented: Any = shown_view
            for media_type in media_types:
                documented = self.alt_response(200, schema=BODIES[media_type], content_type=media_type, success=True)(documented)
            decorated: View = documented
            return decorated

        return decorate

    def _described(
        self, view: Callable[..., Any], *, refusals: tuple[type[CountersignError], ...] = (), parameters: tuple[str, ...] = ()
    ) -> Any:
        """Return the view with more to document: the errors it refuses with, and header parameters by their component's name."""
        documented = {**getattr(view, "_apidoc", {})}
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


def check_scope(caller: Caller, scope: str) -> None:
    """Return nothing when the caller's token has the scope; who came without an API token, such as in the demo, may do all.

    Raises:
        TokenScope: it has not; names the scope and those that it has.
    """
    if caller.scopes is not None and scope not in caller.scopes:
        raise TokenScope(scope=scope, granted=", ".join(ordered_scopes(caller.scopes)))


def read_token(header: str | None) -> str:
    """Return the bearer token of an Authorization header.

    Raises:
        NotSignedIn: there is no header, or it is no bearer token.
    """
    scheme, _, token = (header or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not _TOKEN.match(token.strip()):
        raise NotSignedIn
    return token.strip()


def read_request_key(request: flask.Request) -> RequestKey | None:
    """Return the key of a request that may be sent again, None without an Idempotency-Key.

    The digest covers the path, the query, the media type and the body: the same key with any other of them is another request. The
    parts of a multipart body count, not the boundary between them, which clients draw anew for every attempt.
    """
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return None
    key = header[1:-1] if len(header) > 1 and header[0] == header[-1] == '"' else header
    if not _KEY.match(key):
        raise IdempotencyKeyMalformed
    assert request.url_rule is not None, "only routed requests come here"
    parts = [request.path.encode(), request.query_string, request.mimetype.encode(), *_body_parts(request)]
    digest = hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).hexdigest()
    return RequestKey(key=key, route=f"{request.method} {request.url_rule.rule}", digest=digest)


def _body_parts(request: flask.Request) -> Iterator[bytes]:
    if request.mimetype != MULTIPART:
        yield read_body(request)
        return
    for name, value in request.form.items(multi=True):
        yield from (name.encode(), value.encode())
    for name, file in request.files.items(multi=True):
        yield from (name.encode(), (file.filename or "").encode(), file.stream.read())
        file.stream.seek(0)


def read_revision(header: str | None) -> int | None:
    """Return the revision that an If-Match header names; None when there is no header or it is `*`."""
    if header is None or header.strip() == "*":
        return None
    found = _REVISION.match(header.strip())
    if not found:
        raise PreconditionMalformed(value=header[:40])
    return min(int(found[1]), REVISION_MAX)


def write_answer(answer: Answer, *, location: str | None = None) -> flask.Response:
    """Return the response of an operation's answer."""
    response = flask.Response(write_json(answer.body), status=answer.status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    if answer.revision is not None:
        response.headers["ETag"] = f'"{answer.revision}"'
    if location is not None and answer.status == 201:
        response.headers["Location"] = location.format_map(answer.body)
    return response


def write_download(content: bytes, *, media_type: str, file_name: str) -> flask.Response:
    """Return the response that saves `content` as a file; a browser that opens it anyway runs nothing in it."""
    response = flask.Response(content, mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=file_name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "no-store"
    return response


def write_picture(content: bytes, *, media_type: str, mark: str) -> Any:
    """Return the response that shows a picture, or says that the browser's own is still the same; `mark` names the content."""
    response = flask.Response(content, mimetype=media_type)
    response.set_etag(mark)
    response.headers["Cache-Control"] = f"private, max-age={PICTURE_SECONDS}"
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response.make_conditional(flask.request)


def _check_id(name: str, value: Any) -> Any:
    """Return the id in its canonical form; what is no UUID names nothing that exists."""
    if not name.endswith("_id"):
        return value
    try:
        return str(uuid.UUID(value))
    except ValueError as error:
        raise NotFound(what=name.removesuffix("_id").replace("_", " "), id=value) from error
