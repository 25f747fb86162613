"""Reading request bodies and query strings: strict JSON, exact numbers, every fault with its place."""

import json
from codecs import BOM_UTF8
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any, NoReturn

import flask
import marshmallow as ma
from werkzeug.exceptions import RequestEntityTooLarge

from app.domain.errors import NotParseable, UnsupportedMedia
from app.http.faults import refuse_faults

BODY = "countersign.body"
JSON_BYTES_MAX = 1024 * 1024
JSON = "application/json"
MULTIPART = "multipart/form-data"


def json_loader(schema: ma.Schema) -> Callable[[flask.Request], Any]:
    """Return what reads a request's body as JSON and loads it by `schema`; no body at all counts as `{}`."""
    load_value = value_loader(schema)

    def load(request: flask.Request) -> Any:
        content = read_body(request)
        if content and request.environ.get("CONTENT_TYPE") != JSON and request.mimetype != JSON:
            raise UnsupportedMedia(media_type=request.mimetype or "none", accepted=JSON)
        return load_value(parse_json(content) if content else {})

    return load


def query_loader(schema: ma.Schema) -> Callable[[flask.Request], Any]:
    """Return what loads a request's query by `schema`; the defaults of one that says nothing are found out once."""
    load_value = value_loader(schema, in_query=True)
    said_nothing = cache(lambda: load_value({}))
    repeated = {field.data_key or name for name, field in schema.fields.items() if isinstance(field, ma.fields.List)}

    def load(request: flask.Request) -> Any:
        if not request.environ.get("QUERY_STRING"):
            return dict(said_nothing())
        said = {name: values if name in repeated else values[0] for name, values in request.args.lists()}
        return load_value(said)

    return load


def read_body(request: flask.Request) -> bytes:
    """Return the whole body.

    Raises:
        RequestEntityTooLarge: more bytes than the route takes.
    """
    content: bytes | None = request.environ.get(BODY)
    if content is None:
        content = request.environ[BODY] = _read_within_limit(request)
    return content


def _read_within_limit(request: flask.Request) -> bytes:
    """Return the body as the server gives it.

    Where the server ends the input itself, as Granian does, a body of a length that the route takes is read at once: Werkzeug 3.1 would read
    it through buffers of 64 KB, one more to find that it is over. A body sent in chunks has no length to compare beforehand, and Werkzeug
    cuts it off at the limit without a word (`LimitedStream.readall`): what fills the limit is refused here, so that no half of a document is
    ever read as a whole.
    """
    length, limit = request.content_length, request.max_content_length
    if length and (limit is None or length <= limit) and "wsgi.input_terminated" in request.environ:
        at_once: bytes = request.environ["wsgi.input"].read()
        return at_once
    content = request.get_data()
    if length is None and limit is not None and len(content) >= limit:
        raise RequestEntityTooLarge
    return content


def check_json(schema: ma.Schema, content: bytes) -> Any:
    """Return what `schema` loads from the JSON text `content`.

    Raises:
        NotParseable: not JSON.
        InvalidRequest: names every faulty field.
    """
    return _load(schema, parse_json(content))


def value_loader(schema: ma.Schema, *, in_query: bool = False) -> Callable[[Any], Any]:
    """Return what loads a value by `schema`: its fields one by one, when that is all the schema declares and none of them finds a fault.

    Whatever else there is, such as a name that is not known, is left to `Schema.load`, which takes five times as long for a value without
    faults and alone says what is wrong with one.
    """
    fields = [
        (name if field.data_key is None else field.data_key, field.attribute or name, field.deserialize, _may_be_missing(field))
        for name, field in schema.load_fields.items()
    ]
    names = {name for name, *_ in fields}
    has_more = schema.unknown != ma.RAISE or any(schema._hooks.values())  # noqa: SLF001 - marshmallow 4.4 tells nowhere else

    def load(value: Any) -> Any:
        if has_more or not isinstance(value, dict) or not value.keys() <= names:
            return _load(schema, value, in_query=in_query)
        loaded = {}
        try:
            for name, key, deserialize, may_be_missing in fields:
                if may_be_missing and name not in value:
                    continue
                found = deserialize(value.get(name, ma.missing), name, value)
                if found is not ma.missing:
                    loaded[key] = found
        except ma.ValidationError:
            return _load(schema, value, in_query=in_query)
        return loaded

    return load


def _may_be_missing(field: ma.fields.Field[Any]) -> bool:
    """Return whether nothing comes of a field that a value has not."""
    return not field.required and field.load_default is ma.missing


def _load(schema: ma.Schema, value: Any, *, in_query: bool = False) -> Any:
    """Return what `schema` loads from `value`; any fault is an InvalidRequest that names every faulty field."""
    try:
        return schema.load(value)
    except ma.ValidationError as error:
        raise refuse_faults(error.messages, in_query=in_query) from error


def parse_json(content: bytes) -> Any:
    """Return the JSON value of UTF-8 `content`, fractions as Decimal.

    Raises:
        NotParseable: not JSON, not UTF-8, a name given twice, NaN or Infinity, text that is no Unicode, or nested too deeply.
    """
    if content.startswith(BOM_UTF8):
        raise NotParseable(media_type="JSON", reason="Unexpected UTF-8 BOM (decode using utf-8-sig) at line 1, column 1")
    try:
        value = _JSON.decode(content.decode("utf-8"))
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


_JSON = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_unique)
