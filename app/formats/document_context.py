"""What FEEL sees as `document`: the facts of a stored document, in diagrams and in decision tables.

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

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.formats.received_document import DocumentLine, PartyFacts

_LINE_NAMES: Final = tuple(DocumentLine.__dataclass_fields__)
_PARTY_NAMES: Final = tuple(PartyFacts.__dataclass_fields__)


def document_context(
    document: Any,
    *,
    findings: Sequence[dict[str, object]],
    due_on: date | None,
    payable: Decimal | None,
    payable_base: Decimal | None,
    total_base: Decimal | None,
    is_duplicate: bool = False,
) -> dict[str, Any]:
    """Return the FEEL value of `document`, with the names that the module's docstring lists.

    Args:
        document: the row of a stored document, whose lines and facts are JSON.
        findings: what is wrong or doubtful in it: code, area, severity and text of each.
        due_on: a date of its facts.
        payable: an amount of its facts.
        payable_base: payable converted to the base currency with the rate of the day, None without a rate (AUT-16).
        total_base: the same for total.
        is_duplicate: whether the document is held as a possible duplicate (DOC-02).
    """
    facts = document.facts
    return {
        "kind": document.kind,
        "number": document.number,
        "type_code": facts["type_code"],
        "issued_on": document.issued_on,
        "due_on": due_on,
        "currency": document.currency,
        "total": document.total,
        "payable": payable,
        "payable_base": payable_base,
        "total_base": total_base,
        "prepaid": Decimal(facts["prepaid"]),
        "company": document.company,
        "order_number": facts["order_number"],
        "seller": _show_party(facts["seller"]),
        "buyer": _show_party(facts["buyer"]),
        "lines": [_show_line(line) for line in document.lines],
        "findings": findings,
        "errors": [finding for finding in findings if finding["severity"] == "error"],
        "is_duplicate": is_duplicate,
        "facts": dict(facts["page"]),
    }


def _show_party(stored: Mapping[str, object]) -> dict[str, object]:
    return {name: stored.get(name) for name in _PARTY_NAMES}


def _show_line(stored: Mapping[str, Any]) -> dict[str, object]:
    line = {name: stored.get(name) for name in _LINE_NAMES}
    percent = stored.get("tax_percent")
    return line | {"amount": Decimal(stored["amount"]), "tax_percent": None if percent is None else Decimal(percent)}
