"""The stored document as a value again, and what FEEL sees of it."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app.domain.errors import NoExchangeRate
from app.domain.matrix.authority import Rates, display_limit
from app.formats.document_context import document_context
from app.formats.received_document import DocumentLine, Finding, PartyFacts, ReceivedDocument
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


def received_from(row: Any, findings: tuple[Finding, ...]) -> ReceivedDocument:
    """Return the value that a document's row was made from, with its coding as it is now."""
    facts = row.facts
    return ReceivedDocument(
        kind=row.kind,
        number=row.number,
        type_code=facts["type_code"],
        issued_on=row.issued_on,
        due_on=date.fromisoformat(facts["due_on"]) if facts["due_on"] else None,
        currency=row.currency,
        total=row.total,
        payable=Decimal(facts["payable"]) if facts["payable"] is not None else None,
        seller=PartyFacts(**facts["seller"]),
        buyer=PartyFacts(**facts["buyer"]),
        prepaid=Decimal(facts["prepaid"]),
        order_number=facts["order_number"],
        lines=tuple(_line(line) for line in row.lines),
        company=row.company,
        facts=facts["page"],
        findings=findings,
    )


def _line(stored: Mapping[str, Any]) -> DocumentLine:
    percent = stored.get("tax_percent")
    exact = {"amount": Decimal(stored["amount"]), "tax_percent": None if percent is None else Decimal(percent)}
    return DocumentLine(**{**stored, **exact})


def lazy_document(turn: "Turn") -> Mapping[str, Callable[[], object]]:
    """Return the two names of the document that every expression may read: `document` and `ubl`."""
    if turn.instance.document_id is None:
        return {}
    return {"document": lambda: _document(turn), "ubl": lambda: _ubl(turn)}


def _document(turn: "Turn") -> Mapping[str, Any]:
    row = turn.document
    assert row is not None, "only instances with a document have these names"
    findings = tuple(
        Finding(code=each.code, area=each.facts["area"], severity=each.severity, text=each.text, facts=each.facts["facts"])
        for each in turn.picture.findings
    )
    received = received_from(row, findings)
    of_matrix = (turn.environment.id, turn.environment.matrix_version)
    rates = turn.system.rates.get(of_matrix, lambda: Rates(matrix.read_rates(turn.work, turn.environment.id)))
    context = document_context(
        received,
        payable_base=_in_base(turn, rates, received, received.payable),
        total_base=_in_base(turn, rates, received, received.total),
        is_duplicate=row.held,
    )
    named = frozenset(line.cost_center for line in received.lines if line.cost_center)
    known = turn.system.codable.get(
        (*of_matrix, row.company, named),
        lambda: matrix.codable_cost_centers(turn.work, turn.environment.id, sorted(named), company=row.company),
    )
    for line in context["lines"]:
        line["coded"] = line["cost_center"] in known
    return context


def _in_base(turn: "Turn", rates: Rates, received: ReceivedDocument, amount: Decimal | None) -> Decimal | None:
    """Return the amount in the environment's currency, None when it or the rate is unknown. Source: AUT-16."""
    if amount is None:
        return None
    on = received.issued_on or turn.now.astimezone(turn.environment.zone).date()
    try:
        converted = rates.convert(amount, received.currency, turn.environment.base_currency, on)
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
