"""What is stored of a document beside its own columns, and what FEEL sees of it."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app.domain.errors import NoExchangeRate
from app.domain.matrix.authority import Rates, display_limit
from app.formats.document_context import document_context
from app.formats.received_document import ReceivedDocument
from app.formats.ubl_context import ubl_context
from app.persistence import documents, matrix

if TYPE_CHECKING:
    from app.operations.turn import Turn

UBL_MEDIA_TYPE = "application/xml"


def stored_facts(received: ReceivedDocument) -> dict[str, Any]:
    """Return what the document's row keeps beside its own columns, as JSON."""
    return {
        "type_code": received.type_code,
        "due_on": None if received.due_on is None else received.due_on.isoformat(),
        "payable": None if received.payable is None else str(received.payable),
        "prepaid": str(received.prepaid),
        "order_number": received.order_number,
        "seller": received.seller.to_json(),
        "buyer": received.buyer.to_json(),
        "page": dict(received.facts),
        "attachments": [each.to_json() for each in received.attachments],
    }


def stored_lines(received: ReceivedDocument, organisation: str | None) -> list[dict[str, Any]]:
    """Return the lines as JSON; a line that names the seller, or nobody, belongs to the supplier organisation that the seller is here."""
    seller = {None, received.seller.legal_id, received.seller.name, received.seller.key}
    return [
        {
            "id": line.id,
            "amount": str(line.amount),
            "cost_center": line.cost_center,
            "organisation": organisation if line.organisation in seller and organisation else line.organisation,
            "parameter_3": line.parameter_3,
            "parameter_4": line.parameter_4,
            "description": line.description,
            "quantity": line.quantity,
            "type": line.type,
            "tax_percent": None if line.tax_percent is None else str(line.tax_percent),
        }
        for line in received.lines
    ]


def lazy_document(turn: "Turn") -> Mapping[str, Callable[[], object]]:
    """Return the two names of the document that every expression may read: `document` and `ubl`."""
    if turn.instance.document_id is None:
        return {}
    return {"document": lambda: _document(turn), "ubl": lambda: _ubl(turn)}


def _document(turn: "Turn") -> Mapping[str, Any]:
    row = turn.document
    assert row is not None, "only instances with a document have these names"
    facts = row.facts
    payable = Decimal(facts["payable"]) if facts["payable"] is not None else None
    of_matrix = (turn.environment.id, turn.environment.matrix_version)
    rates = turn.system.rates.get(of_matrix, lambda: Rates(matrix.read_rates(turn.work, turn.environment.id)))
    context = document_context(
        row,
        findings=[_show_finding(each) for each in turn.picture.findings],
        due_on=date.fromisoformat(facts["due_on"]) if facts["due_on"] else None,
        payable=payable,
        payable_base=_in_base(turn, rates, row, payable),
        total_base=_in_base(turn, rates, row, row.total),
        is_duplicate=row.held,
    )
    named = frozenset(line["cost_center"] for line in context["lines"] if line["cost_center"])
    known = turn.system.codable.get(
        (*of_matrix, row.company, named),
        lambda: matrix.codable_cost_centers(turn.work, turn.environment.id, sorted(named), company=row.company),
    )
    for line in context["lines"]:
        line["coded"] = line["cost_center"] in known
    return context


def _show_finding(stored: Any) -> dict[str, object]:
    return {"code": stored.code, "area": stored.facts["area"], "severity": stored.severity, "text": stored.text}


def _in_base(turn: "Turn", rates: Rates, document: Any, amount: Decimal | None) -> Decimal | None:
    """Return the amount in the environment's currency, None when it or the rate is unknown. Source: AUT-16."""
    if amount is None:
        return None
    on = document.issued_on or turn.now.astimezone(turn.environment.zone).date()
    try:
        converted = rates.convert(amount, document.currency, turn.environment.base_currency, on)
    except NoExchangeRate:
        return None
    return display_limit(converted, turn.environment.base_currency)


def _ubl(turn: "Turn") -> object:
    row = turn.document
    assert row is not None, "only instances with a document have these names"
    original = documents.read_original(turn.work, turn.environment.id, row.id)
    if original is None or original.media_type != UBL_MEDIA_TYPE:
        return None
    return ubl_context(original.content)
