"""A document in the form of API.md."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.domain.money import Money, amount_text
from app.operations.answer import JsonObject
from app.operations.wording import instant


def document_view(row: Any, findings: Sequence[Any]) -> JsonObject:
    """Return the whole document; money with its currency, lines with their coding."""
    facts = row.facts
    return {
        "id": row.id,
        "kind": row.kind,
        "number": row.number,
        "status": row.status,
        "currency": row.currency,
        "total": Money(row.total, row.currency).to_json(),
        "payable": None if facts["payable"] is None else Money(Decimal(facts["payable"]), row.currency).to_json(),
        "issued_on": None if row.issued_on is None else row.issued_on.isoformat(),
        "due_on": facts["due_on"],
        "order_number": facts["order_number"],
        "seller": party_view(row.seller_name, facts["seller"], row.organisation, key="organisation"),
        "buyer": party_view(row.buyer_name, facts["buyer"], row.company, key="company"),
        "company": row.company,
        "lines": [line_view(line, row) for line in row.lines],
        "facts": facts["page"],
        "hash": row.hash,
        "held": row.held,
        "duplicate_of": row.duplicate_of,
        "received_at": instant(row.received_at),
        "findings": [finding_view(each) for each in findings],
        "revision": row.revision,
    }


def document_summary(row: Any) -> JsonObject:
    """Return what a list shows of a document."""
    return {
        "id": row.id,
        "kind": row.kind,
        "number": row.number,
        "status": row.status,
        "currency": row.currency,
        "total": Money(row.total, row.currency).to_json(),
        "seller": row.seller_name,
        "company": row.company,
        "held": row.held,
        "issued_on": None if row.issued_on is None else row.issued_on.isoformat(),
        "received_at": instant(row.received_at),
        "revision": row.revision,
    }


def line_view(line: dict[str, Any], row: Any) -> JsonObject:
    """Return a line with its amount in the document's currency and its coding."""
    return {
        "id": line["id"],
        "amount": {"amount": amount_text(Decimal(line["amount"]), row.currency), "currency": row.currency},
        "company": row.company,
        "cost_center": line["cost_center"],
        "organisation": line["organisation"],
        "parameter_3": line["parameter_3"],
        "parameter_4": line["parameter_4"],
        "description": line["description"],
        "quantity": line["quantity"],
        "type": line["type"],
    }


def finding_view(row: Any) -> JsonObject:
    """Return a finding: rule id, severity, the sentence and its facts."""
    return {"code": row.code, "severity": row.severity, "text": row.text, "area": row.facts["area"], "facts": row.facts["facts"]}


def party_view(name: str | None, facts: dict[str, Any], known_as: str | None, *, key: str) -> JsonObject:
    """Return a party as the document names it, with the key it has here."""
    return {"name": name, "legal_id": facts.get("legal_id"), "tax_id": facts.get("tax_id"), key: known_as}
