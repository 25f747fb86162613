"""JSON is read strictly: exact numbers, one meaning."""

import json
from decimal import Decimal
from typing import Any

import flask
import marshmallow as ma
import pytest
from werkzeug.exceptions import RequestEntityTooLarge

from app.domain.errors import InvalidRequest, NotParseable
from app.http.faults import name_places
from app.http.fields import Contract
from app.http.refusals import MoneyAsNumber, UnknownField
from app.http.request_body import check_json, parse_json, read_body, value_loader
from app.http.schemas.documents import JsonDocument
from app.http.schemas.instances import StartInstance
from app.http.schemas.tasks import ApproveTask, DelegateTask


def test_fractions_are_read_digit_by_digit() -> None:
    assert parse_json(b'{"a": 0.1, "b": 12345678901234567890.123456789, "c": 3}') == {
        "a": Decimal("0.1"),
        "b": Decimal("12345678901234567890.123456789"),
        "c": 3,
    }


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "line 1"),
        (b"", "line 1"),
        (b"<Invoice/>", "line 1"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "Infinity"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"a": "\xff"}', "UTF-8"),
        (b"[" * 100_000, "nested"),
        (b"1" * 5000, "digits"),
        (b"\xef\xbb\xbf{}", "BOM"),
    ],
)
def test_what_is_no_json_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(NotParseable) as found:
        parse_json(content)

    assert reason in found.value.detail


def test_faults_of_one_special_kind_are_a_problem_of_their_own() -> None:
    start = b'{"kind": "order", "number": "1", "issued_on": "2026-11-02", "currency": "EUR", "company": "NL01", '
    with pytest.raises(MoneyAsNumber) as money:
        check_json(JsonDocument(), start + b'"lines": [{"amount": 12.5}]}')
    with pytest.raises(UnknownField) as unknown:
        check_json(JsonDocument(), start + b'"lines": [{"amount": "12.5"}], "colour": "red"}')

    assert "#/lines/0/amount" in money.value.detail
    assert "#/colour" in unknown.value.detail


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(InvalidRequest) as found:
        check_json(JsonDocument(), b'{"kind": "invoice", "currency": "euro", "lines": [{"amount": 1}, {}], "x~/y": 1}')

    errors = found.value.facts["errors"]
    assert isinstance(errors, list)
    places = {each["pointer"]: each["code"] for each in errors}
    assert places == {
        "#/kind": "invalid",
        "#/number": "missing",
        "#/issued_on": "missing",
        "#/currency": "invalid",
        "#/company": "missing",
        "#/lines/0/amount": "money_as_number",
        "#/lines/1/amount": "missing",
        "#/x~0~1y": "unknown_field",
    }


@pytest.mark.parametrize("content", [b"[]", b"5", b"null", b'"text"'])
def test_a_body_is_an_object(content: bytes) -> None:
    with pytest.raises(InvalidRequest) as found:
        check_json(DelegateTask(), content)

    assert "Expected a JSON object." in found.value.detail


def test_places_that_operations_name_become_pointers() -> None:
    assert name_places({"lines[1].amount": ["Too much."], "lines.0.id": ["Unknown."]}) == [
        {"pointer": "#/lines/1/amount", "code": "invalid", "detail": "Too much."},
        {"pointer": "#/lines/0/id", "code": "invalid", "detail": "Unknown."},
    ]
    assert name_places({"cursor": ["No."]}, in_query=True) == [{"parameter": "cursor", "code": "invalid", "detail": "No."}]


SERVERS = [{}, {"wsgi.input_terminated": True}]


@pytest.mark.parametrize("server", SERVERS, ids=["ends no input", "ends the input"])
@pytest.mark.parametrize("size", [0, 1, 70_000, 200_000])
def test_a_body_is_read_whole_and_once(server: dict[str, bool], size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    with flask.Flask("bodies").test_request_context("/", method="POST", data=content, environ_overrides=server):
        flask.request.max_content_length = 200_000

        assert read_body(flask.request) == content
        assert read_body(flask.request) == content


@pytest.mark.parametrize("server", SERVERS, ids=["ends no input", "ends the input"])
def test_a_body_over_the_limit_is_refused_unread(server: dict[str, bool]) -> None:
    with flask.Flask("bodies").test_request_context("/", method="POST", data=b"x" * 101, environ_overrides=server):
        flask.request.max_content_length = 100

        with pytest.raises(RequestEntityTooLarge):
            read_body(flask.request)
        assert flask.request.input_stream.read() == b"x" * 101


VALUES: list[Any] = [
    {},
    {"comment": "ok"},
    {"comment": None, "pin": "1234"},
    {"pin": "1234", "comment": "ok", "document_hash": ""},
    {"comment": 5},
    {"comment": "x" * 4001, "pin": ""},
    {"comment": "ok", "colour": "red"},
    [],
    None,
]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_fields_loaded_one_by_one_give_what_the_schema_gives(value: Any) -> None:
    def outcome(load: Any) -> Any:
        try:
            return list(load(value).items())
        except InvalidRequest as error:
            return error.facts

    schema = ApproveTask()

    assert outcome(value_loader(schema)) == outcome(lambda each: check_json(schema, json.dumps(each).encode()))


def test_a_field_that_a_body_does_not_have_is_left_out_unless_it_has_a_default() -> None:
    schema = StartInstance()

    for load in (value_loader(schema), schema.load):
        assert load({"definition": "purchase_invoice"}) == {"definition": "purchase_invoice", "document_id": None}


def test_a_schema_that_checks_more_than_its_fields_is_loaded_whole() -> None:
    class Both(Contract):
        first = ma.fields.Integer()
        last = ma.fields.Integer()

        @ma.validates_schema
        def check(self, loaded: dict[str, int], **_options: Any) -> None:
            if loaded["last"] < loaded["first"]:
                raise ma.ValidationError("Expected the last not to come before the first.")

    load = value_loader(Both())

    assert load({"first": 1, "last": 2}) == {"first": 1, "last": 2}
    with pytest.raises(InvalidRequest, match="not to come before"):
        load({"first": 2, "last": 1})
