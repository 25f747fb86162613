"""The API reference as values for its page, read from the OpenAPI document."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from markupsafe import Markup, escape

METHODS = ("get", "post", "put", "patch", "delete")
_INLINE = re.compile(r"`([^`]+)`|\[([^\]]+)\]\((/[^)\s]*)\)")
_REFERENCE = "#/components/schemas/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One member of an object, or one parameter."""

    name: str
    place: str
    type: Markup
    required: bool
    description: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a request or a response carries."""

    media_type: str
    type: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One status that an operation answers with."""

    status: str
    phrase: str
    description: Markup
    bodies: tuple[Body, ...]

    @property
    def is_refusal(self) -> bool:
        """Whether the status says that nothing was done."""
        return not self.status.startswith("2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path; `label` is the path in short."""

    anchor: str
    label: str
    method: str
    path: str
    summary: str
    description: Markup
    parameters: tuple[Field, ...]
    request_note: Markup
    bodies: tuple[Body, ...]
    responses: tuple[Response, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """The operations of one audience."""

    name: str
    description: Markup
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One named object."""

    name: str
    description: Markup
    fields: tuple[Field, ...]
    type: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The whole reference."""

    title: str
    version: str
    paragraphs: tuple[Markup, ...]
    chapters: tuple[Chapter, ...]
    shapes: tuple[Shape, ...]


def read_reference(document: Mapping[str, Any]) -> Reference:
    """Return the reference that an OpenAPI 3.1 `document` describes, chapters in the order of its tags."""
    operations = list(_operations(document))
    return Reference(
        title=document["info"]["title"],
        version=document["info"]["version"],
        paragraphs=tuple(mark_up(text.replace("\n", " ")) for text in document["info"].get("description", "").split("\n\n")),
        chapters=tuple(
            Chapter(
                name=tag["name"],
                description=mark_up(tag.get("description", "")),
                operations=tuple(operation for name, operation in operations if name == tag["name"]),
            )
            for tag in document.get("tags", [])
        ),
        shapes=tuple(_shape(name, schema) for name, schema in sorted(document["components"]["schemas"].items())),
    )


def mark_up(text: str) -> Markup:
    """Return `text` as HTML: everything escaped, `code` and [links](/path) kept."""
    parts = []
    end = 0
    for found in _INLINE.finditer(text):
        parts.append(escape(text[end : found.start()]))
        code, label, address = found.groups()
        parts.append(Markup("<code>{}</code>").format(code) if code else Markup('<a href="{}">{}</a>').format(address, label))
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def type_text(schema: Mapping[str, Any]) -> Markup:
    """Return in words what a schema asks for, named objects as links."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REFERENCE)
        return Markup('<a href="#shape-{0}">{0}</a>').format(name)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return Markup(" or ").join(type_text(choice) for choice in schema[word])
    if "allOf" in schema:
        return Markup(" and ").join(type_text(part) for part in schema["allOf"])
    if "enum" in schema:
        return Markup(" | ").join(Markup("<code>{}</code>").format(value) for value in schema["enum"])
    kind = schema.get("type", "any value")
    if isinstance(kind, list):
        return Markup(" or ").join(type_text({**schema, "type": one}) if one != "null" else Markup("null") for one in kind)
    if kind == "array":
        return Markup("list of {}").format(type_text(schema.get("items", {})))
    words = {"string": schema.get("format", "text"), "object": "object", "integer": "whole number", "boolean": "true or false"}
    return Markup("{}{}").format(words.get(kind, kind), _bounds(schema))


def _bounds(schema: Mapping[str, Any]) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f", {least} to {most}"
    longest = schema.get("maxLength")
    return f", at most {longest} characters" if longest is not None and "format" not in schema else ""


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                found = methods[method]
                parameters = [_resolve(document, one) for one in [*methods.get("parameters", []), *found.get("parameters", [])]]
                yield found["tags"][0], _operation(path, method, found, parameters=parameters, document=document)


def _operation(
    path: str, method: str, found: Mapping[str, Any], *, parameters: list[Mapping[str, Any]], document: Mapping[str, Any]
) -> Operation:
    request = found.get("requestBody", {})
    responses = [(str(status), _resolve(document, one)) for status, one in found["responses"].items() if status != "default"]
    return Operation(
        anchor=f"{method}-" + re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-"),
        label=re.sub(r"{\w+_id}", "{id}", path.removeprefix("/api/v1")),
        method=method.upper(),
        path=path,
        summary=found.get("summary", ""),
        description=mark_up(found.get("description", "")),
        parameters=tuple(_field(one["name"], one.get("schema", {}), place=one["in"], like=one) for one in parameters),
        request_note=mark_up(request.get("description", "")),
        bodies=_bodies(request),
        responses=tuple(_response(status, one) for status, one in sorted(responses, key=lambda pair: pair[0])),
    )


def _response(status: str, found: Mapping[str, Any]) -> Response:
    return Response(
        status=status,
        phrase=HTTPStatus(int(status)).phrase,
        description=mark_up(found.get("description", "")),
        bodies=_bodies(found),
    )


def _bodies(found: Mapping[str, Any]) -> tuple[Body, ...]:
    return tuple(Body(media_type=name, type=type_text(content.get("schema", {}))) for name, content in found.get("content", {}).items())


def _shape(name: str, schema: Mapping[str, Any]) -> Shape:
    required = schema.get("required", [])
    members = schema.get("properties", {}).items()
    return Shape(
        name=name,
        description=mark_up(schema.get("description", "")),
        fields=tuple(_field(member, found, place="", like={"required": member in required, **_note(found)}) for member, found in members),
        type=type_text(schema),
    )


def _note(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": schema["description"]} if "description" in schema else {}


def _field(name: str, schema: Mapping[str, Any], *, place: str, like: Mapping[str, Any]) -> Field:
    return Field(
        name=name,
        place=place,
        type=type_text(schema),
        required=bool(like.get("required")),
        description=mark_up(like.get("description") or schema.get("description", "")),
    )


def _resolve(document: Mapping[str, Any], found: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in found:
        return found
    target: Any = document
    for step in found["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    resolved: Mapping[str, Any] = target
    return resolved
