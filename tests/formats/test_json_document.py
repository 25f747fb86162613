"""Orders, expense claims and other documents as JSON."""

import json
from decimal import Decimal
from typing import Any

import pytest

from app.domain.errors import InvalidRequest, NotParseable, TooLarge
from app.formats.json_document import read_json_document
from app.formats.received_document import ReceivedDocument


def claim(**overrides: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "kind": "expense_claim",
        "number": "X-1",
        "issued_on": "2026-10-30",
        "currency": "EUR",
        "company": "NL01",
        "lines": [{"amount": "30.00", "cost_center": "SALES", "type": "travel", "description": "Train", "quantity": "1"}],
    }
    body.update(overrides)
    return {name: value for name, value in body.items() if value is not ...}


def read(body: object) -> ReceivedDocument:
    return read_json_document(json.dumps(body).encode())


def errors_of(body: object) -> dict[str, list[str]]:
    with pytest.raises(InvalidRequest) as caught:
        read(body)
    errors: Any = caught.value.facts["errors"]
    return dict(errors)


def test_an_expense_claim_is_read() -> None:
    """CNV-07."""
    document = read(claim(facts={"trip": "Utrecht", "km": 12}))

    assert (document.kind, document.number, document.company, document.currency) == ("expense_claim", "X-1", "NL01", "EUR")
    assert document.total == document.payable == Decimal("30.00")
    line = document.lines[0]
    assert (line.id, line.cost_center, line.type, line.description, line.quantity) == ("1", "SALES", "travel", "Train", "1")
    assert document.facts == {"trip": "Utrecht", "km": 12}


def test_an_order_may_name_its_seller_and_its_lines() -> None:
    lines = [{"id": "a", "amount": "10000.00", "organisation": "Informatique"}, {"id": "b", "amount": "1.00"}]

    document = read(claim(kind="order", seller={"name": "Acme", "legal_id": "23456789"}, lines=lines))

    assert (document.seller.name, document.seller.legal_id) == ("Acme", "23456789")
    assert [(line.id, line.organisation) for line in document.lines] == [("a", "Informatique"), ("b", "23456789")]


@pytest.mark.parametrize("amount", [30.0, 30, "1e3", "NaN", "", None, "1,00", True, "100000000000000", "1.00001"])
def test_an_amount_is_a_decimal_text_and_nothing_else(amount: object) -> None:
    assert list(errors_of(claim(lines=[{"amount": amount}]))) == ["lines[0].amount"]


@pytest.mark.parametrize(
    ("overrides", "place"),
    [
        ({"kind": "invoice"}, "kind"),
        ({"kind": ...}, "kind"),
        ({"number": " "}, "number"),
        ({"number": "\x00"}, "number"),
        ({"number": "\ud800"}, "number"),
        ({"number": 7}, "number"),
        ({"issued_on": "2026-02-30"}, "issued_on"),
        ({"issued_on": "2026-10-30Z"}, "issued_on"),
        ({"currency": "eur"}, "currency"),
        ({"company": ...}, "company"),
        ({"total": "1.00"}, "total"),
        ({"seller": {"iban": "x"}}, "seller.iban"),
        ({"seller": 3}, "seller"),
        ({"lines": []}, "lines"),
        ({"lines": ["x"]}, "lines[0]"),
        ({"lines": [{"amount": "1.00", "price": "1.00"}]}, "lines[0].price"),
        ({"lines": [{"amount": "1.00", "id": "a"}, {"amount": "1.00", "id": "a"}]}, "lines[1].id"),
        ({"facts": []}, "facts"),
        ({"facts": {"a": "x" * 70_000}}, "facts"),
    ],
    ids=repr,
)
def test_a_field_that_cannot_be_accepted_is_named(overrides: dict[str, Any], place: str) -> None:
    assert list(errors_of(claim(**overrides))) == [place]


def test_all_faults_are_named_at_once() -> None:
    assert set(errors_of({"lines": [{"amount": 1.5}], "x": 1})) == {
        "x",
        "kind",
        "number",
        "issued_on",
        "currency",
        "company",
        "lines[0].amount",
    }


def test_numbers_among_the_facts_never_become_binary() -> None:
    content = json.dumps(claim(facts={"rate": "R"})).replace('"R"', "0.1000000000000000000000001").encode()

    assert read_json_document(content).facts == {"rate": "0.1000000000000000000000001"}


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff", b"[" * 100_000, b'{"a":1e999999999'])
def test_what_is_no_json_object_is_refused(content: bytes) -> None:
    with pytest.raises(NotParseable):
        read_json_document(content)


def test_a_huge_exponent_costs_nothing() -> None:
    content = json.dumps(claim(facts={"rate": "R"})).replace('"R"', "1e999999999").encode()

    assert len(str(read_json_document(content).facts["rate"])) < 20


def test_a_body_over_the_limit_is_too_large() -> None:
    with pytest.raises(TooLarge):
        read_json_document(b" " * (2 * 1024 * 1024 + 1))


def test_more_decimals_than_the_currency_has_is_a_finding() -> None:
    """DOC-05."""
    (finding,) = read(claim(currency="JPY", lines=[{"amount": "30.5"}])).findings

    assert finding.text == "The amount of line 1 is 30.5, but JPY has 0 decimals"


def test_an_amount_may_be_money_in_the_documents_currency_and_no_other():
    body = {"kind": "order", "number": "PO-1", "issued_on": "2026-11-02", "currency": "EUR", "company": "NL01"}

    def read(currency):
        lines = [{"amount": {"amount": "12.50", "currency": currency}, "cost_center": "SALES"}]
        return read_json_document(json.dumps({**body, "lines": lines}).encode())

    assert read("EUR").total == Decimal("12.50")
    with pytest.raises(InvalidRequest) as refusal:
        read("USD")
    assert "currency of the document" in refusal.value.facts["errors"]["lines[0].amount"][0]
