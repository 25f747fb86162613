"""A client that speaks as people of the cast and checks every answer against its documented schema."""

from dataclasses import dataclass
from itertools import count
from typing import Any, cast

import flask
from flask.testing import FlaskClient
from marshmallow import Schema
from werkzeug.test import TestResponse

from tests.formats.ubl_builder import Line, build_ubl

XML = "application/xml"
_NUMBERS = count(1)


def invoice(amount: str = "12000.00", *, accounting_cost: str | None = "SALES", **facts: Any) -> bytes:
    """Return a UBL invoice with a number of its own."""
    facts.setdefault("number", f"A-{next(_NUMBERS):05}")
    return build_ubl(lines=[Line(amount=amount, accounting_cost=accounting_cost)], **facts)


@dataclass(frozen=True, kw_only=True)
class Api:
    """Sends requests as one of the cast."""

    app: flask.Flask
    client: FlaskClient

    def call(self, method: str, path: str, username: str | None = None, **request: Any) -> TestResponse:
        """Send a request as `username`, and check that a good answer has the documented form."""
        headers = {**request.pop("headers", {})}
        if username is not None:
            headers["Authorization"] = f"Bearer demo-{username}"
        answer = self.client.open(f"/api/v1{path}", method=method, headers=headers, **request)
        self._check(answer)
        return answer

    def get(self, path: str, username: str | None = None, **request: Any) -> TestResponse:
        """Send a GET."""
        return self.call("GET", path, username, **request)

    def post(self, path: str, username: str | None = None, **request: Any) -> TestResponse:
        """Send a POST."""
        return self.call("POST", path, username, **request)

    def document_id(self, content: bytes | None = None) -> str:
        """Return the id of a new document."""
        answer = self.post("/documents", "erp", data=invoice() if content is None else content, content_type=XML)
        assert answer.status_code == 201, answer.text
        return str(answer.json["id"])

    def instance(self, content: bytes | None = None) -> dict[str, Any]:
        """Return a new instance of purchase_invoice, for a new document unless one is given."""
        answer = self.post("/process-instances", "erp", json={"definition": "purchase_invoice", "document_id": self.document_id(content)})
        assert answer.status_code == 201, answer.text
        return cast("dict[str, Any]", answer.json)

    def task(self, username: str = "marc", content: bytes | None = None) -> dict[str, Any]:
        """Return the task that a new instance makes for `username`."""
        instance = self.instance(content)
        items = self.get("/tasks?limit=200", username).json["items"]
        return next(item for item in items if item["process_instance_id"] == instance["id"])

    def _check(self, answer: TestResponse) -> None:
        assert answer.headers["X-Request-Id"]
        if answer.status_code >= 400:
            assert answer.mimetype == "application/problem+json", answer.text
            assert answer.json["status"] == answer.status_code
            assert answer.json["instance"] == answer.headers["X-Request-Id"]
            return
        if answer.mimetype != "application/json":
            return
        faults = self._schema(answer).validate(answer.json)
        assert faults == {}, f"{answer.request.method} {answer.request.path}: {faults}"

    def _schema(self, answer: TestResponse) -> Schema:
        adapter = self.app.url_map.bind("localhost")
        endpoint, _ = adapter.match(answer.request.path, method=answer.request.method)
        documented = cast("Any", self.app.view_functions[endpoint])._apidoc["response"]["responses"]
        assert answer.status_code in documented, f"{endpoint} answers {answer.status_code}, which is not documented"
        return cast("Schema", documented[answer.status_code][0]["schema"])
