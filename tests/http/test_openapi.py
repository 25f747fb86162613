"""The OpenAPI document says what the routes do."""

import json
import re
from collections.abc import Iterator
from typing import Any

import flask
from marshmallow import Schema

from app.http import BLUEPRINTS

METHODS = {"get", "post", "put", "patch", "delete"}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                yield path, method, operation


def test_it_is_openapi_3_1_with_bearer_tokens(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert document["security"] == [{"token": []}]


def test_every_route_is_documented(document: dict[str, Any], bare_app: flask.Flask) -> None:
    documented = {(path, method.upper()) for path, method, _ in operations(document)}

    served = {
        (re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule), method)
        for rule in bare_app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert documented == served


def test_every_operation_has_an_id_a_summary_an_audience_and_its_refusals(document: dict[str, Any]) -> None:
    found = list(operations(document))

    assert len({operation["operationId"] for *_, operation in found}) == len(found)
    for path, method, operation in found:
        assert operation["summary"].endswith("."), path
        assert operation["tags"][0] in {blueprint.name for blueprint in BLUEPRINTS}
        assert "401" in operation["responses"], path
        assert "application/problem+json" in operation["responses"]["401"]["content"]
        if "requestBody" in operation:
            assert {"400", "413", "415", "422"} <= set(operation["responses"]), path
        if "{" in path and "key" not in path:
            assert "404" in operation["responses"], path
        assert any(status.startswith("2") for status in operation["responses"]), (path, method)


def test_references_lead_somewhere_and_nothing_is_left_over(document: dict[str, Any]) -> None:
    text = json.dumps(document)

    for reference in set(re.findall(r'"#(/[^"]+)"', text)):
        target: Any = document
        for step in reference.strip("/").split("/"):
            target = target[step]
    for name in document["components"]["schemas"]:
        assert f'"#/components/schemas/{name}"' in text, name


def test_every_object_is_described(document: dict[str, Any]) -> None:
    assert [name for name, schema in document["components"]["schemas"].items() if not schema.get("description")] == []


def test_requests_refuse_unknown_fields_and_bound_everything(document: dict[str, Any]) -> None:
    for name in ("JsonDocument", "JsonLine", "StartInstance", "ApproveTask", "DelegateTask", "CodeLines"):
        assert document["components"]["schemas"][name]["additionalProperties"] is False
    for path, _, operation in operations(document):
        for parameter in operation.get("parameters", []):
            if parameter.get("schema", {}).get("type") == "integer":
                assert "maximum" in parameter["schema"], path


def test_money_is_one_object(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert schemas["Line"]["properties"]["amount"] == {"$ref": "#/components/schemas/Money"}
    assert schemas["DocumentReference"]["properties"]["total"]["$ref"] == "#/components/schemas/Money"
    assert schemas["Money"]["required"] == ["amount", "currency"]


def test_patterns_are_those_of_json_schema(document: dict[str, Any]) -> None:
    """JSON Schema has the regular expressions of ECMAScript, which know no \\Z."""
    assert "\\Z" not in json.dumps(document)


def test_schema_names_are_unique() -> None:
    """Two schemas of one name would hide each other in the document."""
    waiting, names = [Schema], []
    for cls in waiting:
        waiting.extend(cls.__subclasses__())
        if cls.__module__.startswith("app.http"):
            names.append(cls.__name__)
    assert len(names) == len(set(names))
