"""The OpenAPI 3.1 document, made from the routes by flask-smorest."""

import inspect
import threading
from http import HTTPStatus
from typing import Any

import flask
from apispec import BasePlugin
from flask_smorest import Api, Blueprint  # type: ignore[import-untyped]
from werkzeug.routing import BaseConverter

from app.http import fields
from app.http.problems import MEDIA_TYPE
from app.http.schemas.problem import Problem

TITLE = "Countersign"
VERSION = "1"
DESCRIPTION = """Approval workflows that are right about money and authority.

Send a document, start a process instance for it, and follow it: role players approve, reject or delegate their tasks until it ends.
Errors are problem details of RFC 9457, lists are read page by page, money is `{"amount": "1250.00", "currency": "EUR"}`, instants are UTC.
An object's `revision` is its ETag; send it as `If-Match` to act on what was shown alone. Everything belongs to the caller's environment."""
PARAMETERS = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Makes the request safe to send again for 24 hours: it is done once and answered with the first answer.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": 'The revision that was shown, such as `"7"`; an older one is refused with 412. `*` stands for any.',
        "schema": {"type": "string", "maxLength": 200},
    },
}
_AMOUNT = {"type": "string", "pattern": r"^-?[0-9]{1,18}(\.[0-9]{1,18})?$"}
_CURRENCY = {"type": "string", "pattern": "^[A-Z]{3}$"}
_MONEY = {"$ref": "#/components/schemas/Money"}
MONEY = {
    "type": "object",
    "description": "An exact amount in one currency.",
    "required": ["amount", "currency"],
    "properties": {"amount": _AMOUNT, "currency": _CURRENCY},
}
FIELDS: dict[type, dict[str, Any]] = {
    fields.AmountText: _AMOUNT,
    fields.Currency: _CURRENCY,
    fields.MoneyValue: _MONEY,
    fields.LineAmount: {"anyOf": [_AMOUNT, _MONEY]},
    fields.Day: {"type": "string", "format": "date"},
    fields.Instant: {"type": "string", "format": "date-time"},
    fields.Quantity: {"type": ["string", "integer"]},
    fields.Object: {"type": "object", "additionalProperties": True},
}


class IdConverter(BaseConverter):
    """The id of something in a path; whether it is well formed is checked once the caller is known."""

    regex = "[^/]{1,100}"
    part_isolating = True  # Werkzeug sees the slash and tries rule by rule otherwise


class CountersignApi(Api):  # type: ignore[misc]  # flask-smorest 0.47 has no annotations
    """flask-smorest with problem details as its errors and with our own fields and pages."""

    ERROR_SCHEMA = Problem

    def __init__(self) -> None:
        super().__init__()
        self._describing = threading.Lock()
        self._undescribed: list[Blueprint] = []

    def register_blueprint(self, blueprint: Blueprint) -> None:
        """Add the routes now and describe them when the document is read: most processes never do, and it takes longer than the routes."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self
        self._app.register_blueprint(blueprint)
        self._undescribed.append(blueprint)

    def document(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        with self._describing:
            while self._undescribed:
                blueprint = self._undescribed.pop(0)
                blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
                self.spec.tag({"name": blueprint.name, "description": blueprint.description})
            document: dict[str, Any] = self.spec.to_dict()
            return document

    def _register_error_handlers(self) -> None:
        """Leave errors to the blueprints: the pages of the same application answer theirs in HTML."""

    def _register_etag_headers(self) -> None:
        """Leave out flask-smorest's own ETag, which is a hash of the answer; ours is the revision."""

    def _register_pagination_header(self) -> None:
        """Leave out the X-Pagination header; lists carry their `next_cursor`."""

    def _register_responses(self) -> None:
        """Make every shared error response a problem detail."""
        content = {MEDIA_TYPE: {"schema": Problem}}
        for status in HTTPStatus:
            self.spec.components.response(status.name, {"description": status.phrase, "content": content}, lazy=True)
        self.spec.components.response("DEFAULT_ERROR", {"description": "Any other refusal", "content": content}, lazy=True)


def open_api(app: flask.Flask) -> CountersignApi:
    """Return the API of `app`, ready to take the audiences' blueprints."""
    app.url_map.converters["id"] = IdConverter
    api = CountersignApi()
    for field_class in FIELDS:
        api.register_field(field_class, None, None)
    api.register_converter(IdConverter, lambda _converter: {"type": "string", "format": "uuid"})
    about = {"title": TITLE, "version": VERSION, "openapi_version": "3.1.0", "info": {"description": DESCRIPTION}}
    api.init_app(app, spec_kwargs={**about, "extra_plugins": [Docstrings()]})
    api.ma_plugin.converter.add_attribute_function(_describe_field)
    components = api.spec.components
    components.schema("Money", MONEY)
    components.security_scheme("token", {"type": "http", "scheme": "bearer", "description": "Made by `countersign token USERNAME`."})
    for name, parameter in PARAMETERS.items():
        components.parameter(name, "header", parameter)
    api.spec.options["security"] = [{"token": []}]
    return api


class Docstrings(BasePlugin):
    """Gives every named schema the docstring of its class."""

    def schema_helper(self, *_definition: Any, **options: Any) -> dict[str, Any] | None:
        """Return what to add to the schema of this name."""
        schema = options.get("schema")
        cls = schema if isinstance(schema, type) else type(schema)
        return {"description": inspect.cleandoc(cls.__doc__).replace("\n", " ")} if schema is not None and cls.__doc__ else None


def _describe_field(_converter: Any, field: Any, *, ret: dict[str, Any]) -> dict[str, Any]:
    """Return what is to be written of one of our own fields, `ret` being what was written so far."""
    if isinstance(field, fields.NameOrNested):
        objects = ret.get("anyOf") or [{"$ref": ret.pop("$ref")}]
        return {"anyOf": [{"type": "string"}, *objects]}
    described = FIELDS.get(type(field), {})
    if not field.allow_none or not described:
        return described
    if "type" in described:
        kinds = described["type"] if isinstance(described["type"], list) else [described["type"]]
        return {**described, "type": [*kinds, "null"]}
    return {"anyOf": [*described.get("anyOf", [described]), {"type": "null"}]}
