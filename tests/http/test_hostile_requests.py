"""Whatever is sent, the answer is a problem that says what is wrong: never a fault of ours."""

import random
import re
from typing import Any

import flask
import pytest

from tests.http.people import Api

ID = "0190a000-0000-7000-8000-000000000001"
BODIES: list[Any] = [
    None,
    {},
    [],
    "text",
    5,
    True,
    {"": ""},
    {"context": {"x": 10**40, "y": -0.0, "z": 1e300}},
    {"context": {"a" * 300: None}},
    {"definition": "\u0000"},
    {"definition": "💥" * 50, "document_id": ID, "variables": {"a": [[[[[[]]]]]]}},
    {"definition": "purchase_invoice", "document_id": "nonsense"},
    {"definition": "purchase_invoice", "document_id": None, "business_key": "x" * 200, "variables": {"amount": 2**63}},
    {"lines": [{"id": "1", "amount": "9" * 18, "cost_center": "SALES"}]},
    {"lines": [{"id": "1", "amount": "0.000000000000000001"}]},
    {"lines": "text"},
    {"status": "Paid", "reason": "\t"},
    {"to": "marc", "comment": "x" * 4000},
    {"to": "💥"},
    {"text": " "},
    {"reason": "x" * 4001},
    {"document_hash": "0" * 64},
    {"transaction": {"currency": "EUR", "lines": [{"amount": "1"}], "signed": [{"user": "marc", "step": "no step"}]}},
    {"transaction": {"currency": "XXX", "lines": [{"amount": "-1", "cost_center": "SALES", "company": "NL01"}]}},
    {"transaction": {"currency": "EUR", "lines": [{"amount": "9" * 18 + "." + "9" * 18}]}, "on": "9999-12-31"},
    {"document_id": ID, "on": "0001-01-01"},
]
QUERIES = [
    "limit=1&cursor=WyJhIiwgImIiXQ",
    "status=%00",
    "status=open&organisation=" + "x" * 64,
    "received_from=0001-01-01&received_to=9999-12-31",
    "document_id=nonsense",
    f"document_id={ID}&status=active&business_key=%F0%9F%92%A5",
    "limit=%D9%A3",
    "%ff=%ff",
    "a" * 5000,
]
HEADERS: list[dict[str, str]] = [
    {"If-Match": '"999999999999999999"'},
    {"Idempotency-Key": "k" * 200},
    {"If-Match": "*", "X-Request-Id": "\t"},
    {"Content-Encoding": "gzip", "Accept": "text/html", "X-Forwarded-For": "'"},
]


def routes(app: flask.Flask) -> list[tuple[str, str]]:
    """Return every method and path of the API, with ids that name nothing."""
    paths = []
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1"):
            path = rule.rule.removeprefix("/api/v1")
            for kind, value in (("id", ID), (r"int\([^)]*\)", "2147483647"), (r"string\([^)]*\)", "k%20%22"), ("string", "k%20%22")):
                path = re.sub(rf"<{kind}:\w+>", value, path)
            path = re.sub(r"<\w+>", "k%20%22", path)
            assert "<" not in path, path
            paths += [(method, path) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return sorted(paths)


@pytest.mark.parametrize("username", ["adm", "erp", "marc"])
def test_nothing_that_is_sent_is_a_fault_of_ours(api: Api, app: flask.Flask, username: str) -> None:
    chance = random.Random(username)

    for method, path in routes(app):
        for body in BODIES if method != "GET" else QUERIES:
            headers = chance.choice(HEADERS)
            request: dict[str, Any] = {"query_string": body} if method == "GET" else {"json": body}
            answer = api.call(method, path, username, headers=headers, **request)
            assert answer.status_code < 500, f"{method} {path} {body!r}: {answer.text}"


def test_files_that_are_no_files_are_no_fault_of_ours(api: Api) -> None:
    import io

    for path in ("/process-definitions", "/process-definitions/check"):
        for files in (
            {},
            {"file": (io.BytesIO(b""), "")},
            {"file": (io.BytesIO(b"<x/>"), "a.bpmn")},
            {"file": (io.BytesIO(b"\xff"), "a.dmn")},
            {"file": (io.BytesIO(b"<x/>"), "../../etc/passwd")},
            {"tag": "x y"},
            {"colour": "red"},
        ):
            answer = api.post(path, "adm", data=files, content_type="multipart/form-data")
            assert answer.status_code < 500, answer.text
        assert api.post(path, "adm", data=b"--x", content_type="multipart/form-data").status_code == 422
        assert api.post(path, "adm", json={}).status_code == 415
