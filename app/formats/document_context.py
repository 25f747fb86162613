"""What FEEL sees as `document`: the facts of a received document, in diagrams and in decision tables.

Every name is always there; what is unknown is null.

==================  ====================================================================================================
kind                "invoice", "credit_note", "order", "expense_claim" or "other"
number              string
type_code           string: UNTDID 1001 code of a UBL document
issued_on, due_on   date
currency            string: ISO 4217 code of total and payable
total               number: without tax, what is approved; signed as written
payable             number: with tax, less what is prepaid; signed as written
payable_base        number: payable converted to the base currency; null when there is no rate
total_base          number: total converted to the base currency; null when there is no rate
prepaid             number: 0 when the document tells none
company             string: key of the company the document is for
order_number        string; null when absent, blank or a placeholder such as NA (AUT-05)
seller, buyer       context of strings: name, legal_id, legal_id_scheme, kvk (eight digits, when the id is of the Dutch trade
                    register), endpoint, endpoint_scheme, tax_id, country, email
lines               list of contexts: id, amount (number, after allowances and charges), cost_center, organisation, parameter_3,
                    parameter_4, description, quantity, type; of a stored document also coded (boolean: its cost center can be coded on)
findings            list of contexts: code ("BR-CO-10", "mixed_currencies", "invalid_date", …), area ("reference", "dates", "period", "tax", "totals",
                    "currency", "lines"), severity ("error", "warning"), text
errors              list of contexts: the findings of severity "error" alone
is_duplicate        boolean: another document with the same seller and number is known and not yet confirmed as different
facts               context: the header facts of the page, such as facts.buyer_reference or facts.period.start_on (texts)
==================  ====================================================================================================
"""

from decimal import Decimal
from typing import Any

from app.formats.received_document import DocumentLine, Finding, PartyFacts, ReceivedDocument


def document_context(
    received: ReceivedDocument,
    *,
    payable_base: Decimal | None,
    total_base: Decimal | None,
    company: str | None = None,
    is_duplicate: bool = False,
) -> dict[str, Any]:
    """Return the FEEL value of `document`, with the names that the module's docstring lists.

    Args:
        received: the document as read.
        payable_base: payable converted to the base currency with the rate of the day, None without a rate (AUT-16).
        total_base: the same for total.
        company: key of the company; the document's own when None.
        is_duplicate: whether the document is held as a possible duplicate (DOC-02).
    """
    findings = [_show_finding(finding) for finding in received.findings]
    return {
        "kind": received.kind,
        "number": received.number,
        "type_code": received.type_code,
        "issued_on": received.issued_on,
        "due_on": received.due_on,
        "currency": received.currency,
        "total": received.total,
        "payable": received.payable,
        "payable_base": payable_base,
        "total_base": total_base,
        "prepaid": received.prepaid,
        "company": company if company is not None else received.company,
        "order_number": received.order_number,
        "seller": _show_party(received.seller),
        "buyer": _show_party(received.buyer),
        "lines": [_show_line(line) for line in received.lines],
        "findings": findings,
        "errors": [finding for finding in findings if finding["severity"] == "error"],
        "is_duplicate": is_duplicate,
        "facts": dict(received.facts),
    }


def _show_party(party: PartyFacts) -> dict[str, object]:
    return party.to_json()


def _show_line(line: DocumentLine) -> dict[str, object]:
    return {name: getattr(line, name) for name in DocumentLine.__dataclass_fields__}


def _show_finding(finding: Finding) -> dict[str, object]:
    return {"code": finding.code, "area": finding.area, "severity": finding.severity, "text": finding.text}
