"""Reading request bodies and query strings: strict JSON, exact numbers, every fault with its place."""

import json
from decimal import Decimal
from typing import Any, NoReturn

import flask
import marshmallow as ma
from webargs import missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import RequestEntityTooLarge

from app.domain.errors import NotParseable, UnsupportedMedia
from app.http.faults import refuse_faults

JSON_BYTES_MAX = 1024 * 1024
JSON = "application/json"


class RequestParser(FlaskParser):
    """Loads request bodies and query strings into schemas; any fault is an InvalidRequest."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": ma.RAISE, "query": ma.RAISE, "path": ma.RAISE}  # noqa: RUF012 - the base class declares it without ClassVar

    def __init__(self) -> None:
        super().__init__()
        self._said_nothing: dict[ma.Schema, Any] = {}

    def parse(self, argmap: Any, req: flask.Request | None = None, *, location: str | None = None, **options: Any) -> Any:
        """Return what the schema loads from the request; the defaults of a query that says nothing are found out once."""
        if location != "query" or flask.request.query_string:
            return super().parse(argmap, req, location=location, **options)
        if argmap not in self._said_nothing:
            self._said_nothing[argmap] = super().parse(argmap, req, location=location, **options)
        return dict(self._said_nothing[argmap])

    def load_json(self, req: flask.Request, *_schema: Any) -> Any:
        """Return the body as JSON; no body at all counts as `{}`."""
        content = read_body(req)
        if not content:
            return missing
        if req.mimetype != JSON:
            raise UnsupportedMedia(media_type=req.mimetype or "none", accepted=JSON)
        return parse_json(content)

    def handle_error(self, error: ma.ValidationError, *_request: Any, **_options: Any) -> NoReturn:
        """Raise the refusal that names every faulty field."""
        messages = error.messages
        assert isinstance(messages, dict), "webargs puts the messages under their location"
        (location, faults) = next(iter(messages.items()))
        raise refuse_faults(faults, in_query=location == "query") from error


def read_body(request: flask.Request) -> bytes:
    """Return the whole body.

    A body sent in chunks has no length to compare beforehand, and Werkzeug 3.1 cuts it off at the limit without a word
    (`LimitedStream.readall`): what fills the limit is refused here, so that no half of a document is ever read as a whole.

    Raises:
        RequestEntityTooLarge: more bytes than the route takes.
    """
    content = request.get_data()
    if request.content_length is None and request.max_content_length is not None and len(content) >= request.max_content_length:
        raise RequestEntityTooLarge
    return content


def check_json(schema: ma.Schema, content: bytes) -> Any:
    """Return what `schema` loads from the JSON text `content`.

    Raises:
        NotParseable: not JSON.
        InvalidRequest: names every faulty field.
    """
    try:
        return schema.load(parse_json(content))
    except ma.ValidationError as error:
        raise refuse_faults(error.messages) from error


def parse_json(content: bytes) -> Any:
    """Return the JSON value of UTF-8 `content`, fractions as Decimal.

    Raises:
        NotParseable: not JSON, not UTF-8, a name given twice, NaN or Infinity, text that is no Unicode, or nested too deeply.
    """
    try:
        value = json.loads(content.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_unique)
        if b"\\u" in content:
            json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeDecodeError as error:
        raise NotParseable(media_type="JSON", reason=f"byte {error.start} is not UTF-8") from error
    except UnicodeEncodeError as error:
        raise NotParseable(media_type="JSON", reason="a \\u escape is half of a surrogate pair") from error
    except json.JSONDecodeError as error:
        raise NotParseable(media_type="JSON", reason=f"{error.msg} at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise NotParseable(media_type="JSON", reason="it is nested too deeply") from error
    except ValueError as error:
        raise NotParseable(media_type="JSON", reason=str(error)) from error
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the name {next(name for name in names if names.count(name) > 1)!r} is given twice in one object")
    return found
