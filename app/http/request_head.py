"""What the head of a request says: who asks, under which key, expecting which revision, about what."""

import hashlib
import re
import uuid
from collections.abc import Iterator
from typing import Any

import flask

from app.domain.access import ordered_scopes
from app.domain.access_errors import TokenScope
from app.domain.errors import NotFound, NotSignedIn
from app.http.fields import CANONICAL_ID
from app.http.refusals import IdempotencyKeyMalformed, PreconditionMalformed
from app.http.request_body import MULTIPART, read_body
from app.operations.answer import Caller, RequestKey

REVISION_MAX = 2**31 - 1
_BEARER = re.compile(r"\s*[Bb][Ee][Aa][Rr][Ee][Rr] \s*([A-Za-z0-9._~+/=-]{1,200})\s*\Z")
_KEY = re.compile(r"[\x21-\x7e]{1,200}\Z")
_REVISION = re.compile(r'(?:W/)?"(\d{1,18})"\Z', re.ASCII)


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
    found = _BEARER.match(header or "")
    if found is None:
        raise NotSignedIn
    return found[1]


def read_request_key(request: flask.Request) -> RequestKey | None:
    """Return the key of a request that may be sent again, None without an Idempotency-Key.

    The digest covers the path, the query, the media type and the body: the same key with any other of them is another request. The
    parts of a multipart body count, not the boundary between them, which clients draw anew for every attempt.
    """
    header = request.environ.get("HTTP_IDEMPOTENCY_KEY")
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


def check_id(name: str, value: Any) -> Any:
    """Return the id in its canonical form; what is no UUID names nothing that exists."""
    if not name.endswith("_id") or CANONICAL_ID.match(value):
        return value
    try:
        return str(uuid.UUID(value))
    except ValueError as error:
        raise NotFound(what=name.removesuffix("_id").replace("_", " "), id=value) from error
