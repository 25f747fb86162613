"""The document of a scenario: written by an analyst as facts, sent as an integrator would send it."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from lxml import etree

from app.formats.scenario_steps import Faults

XML_MEDIA_TYPE: Final = "application/xml"
JSON_MEDIA_TYPE: Final = "application/json"
_ROOTS: Final = {"invoice": ("Invoice", "380"), "credit_note": ("CreditNote", "381")}
_KINDS: Final = (*_ROOTS, "order", "expense_claim", "other")
_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
_CAC: Final = f"{_UBL}CommonAggregateComponents-2"
_CBC: Final = f"{_UBL}CommonBasicComponents-2"
_FACTS: Final = frozenset(
    {
        "kind", "number", "issued_on", "due_on", "currency", "order_number", "seller", "buyer", "tax_percent", "lines",
        "tax_amount", "total", "payable", "start_on", "end_on",
    }
)  # fmt: skip
_LINE_FACTS: Final = frozenset({"amount", "cost_center", "description", "tax_percent"})
_PARTY_FACTS: Final = frozenset({"name", "legal_id", "scheme"})
_DEFAULTS: Final[Mapping[str, Any]] = {
    "number": "2026-0001",
    "issued_on": "2026-10-26",
    "currency": "EUR",
    "seller": "Acme",
    "buyer": {"name": "NL01", "legal_id": "87654321"},
    "tax_percent": "21",
}
_SCHEME: Final = "0106"  # the Dutch trade register
_DIGITS: Final = {"JPY": 0, "KWD": 3}


def check_document(document: Mapping[str, Any], where: str, faults: Faults) -> None:
    """Note what cannot be sent; the facts of other kinds than invoices are left to the API."""
    if "file" in document:
        faults.text(document["file"], f"The file of {where}")
        faults.refuse_unknown(document, {"file", "kind"}, f"the document of {where}, which is a file,")
        return
    if "content" in document:
        for name in ("content", "media_type"):
            faults.text(document.get(name), f"The {name} of the document of {where}")
        faults.refuse_unknown(document, {"content", "media_type"}, f"the document of {where}, which is given as it came,")
        return
    _check_facts(document, where, faults)


def _check_facts(document: Mapping[str, Any], where: str, faults: Faults) -> None:
    kind = document.get("kind")
    if kind not in _KINDS:
        faults.add("document", f'The document of {where} has the kind "{kind}".', f"Use one of: {', '.join(_KINDS)}.")
    if kind not in _ROOTS:
        return
    faults.refuse_unknown(document, _FACTS, f"the document of {where}")
    for name in ("tax_percent", "tax_amount", "total", "payable"):
        if name in document:
            _check_amount(document[name], f"{name} of {where}", faults)
    for name in ("seller", "buyer"):
        party = document.get(name, "")
        if isinstance(party, Mapping):
            faults.refuse_unknown(party, _PARTY_FACTS, f"the {name} of {where}")
        elif not isinstance(party, str):
            faults.add("document", f"The {name} of {where} is no name and no table.", 'Write { name = "Acme", legal_id = "23456789" }.')
    lines = document.get("lines")
    if not isinstance(lines, list) or not lines or not all(isinstance(line, Mapping) for line in lines):
        faults.add("document", f"The document of {where} has no lines.", 'Write lines = [{ amount = "1000.00", cost_center = "SALES" }].')
        return
    for line in lines:
        faults.refuse_unknown(line, _LINE_FACTS, f"a line of {where}")
        _check_amount(line.get("amount"), f"An amount of {where}", faults)


def write_document(document: Mapping[str, Any]) -> tuple[bytes, str]:
    """Return the bytes to send and their media type; the document was checked by `check_document`."""
    if "content" in document:
        return document["content"].encode(), document["media_type"]
    if document["kind"] not in _ROOTS:
        return json.dumps(dict(document), default=_as_text).encode(), JSON_MEDIA_TYPE
    return _write_ubl({**_DEFAULTS, **document}), XML_MEDIA_TYPE


def _check_amount(value: object, what: str, faults: Faults) -> None:
    try:
        good = isinstance(value, str) and Decimal(value).is_finite()
    except InvalidOperation:
        good = False
    if not good:
        faults.add("document", f"{what} is no amount.", 'Write a decimal between quotes, such as "1000.00".')


def _as_text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _write_ubl(facts: Mapping[str, Any]) -> bytes:
    root_name, type_code = _ROOTS[facts["kind"]]
    root = etree.Element(f"{{{_UBL}{root_name}-2}}{root_name}", nsmap=_namespaces(root_name))
    _basic(root, "ID", facts["number"])
    _basic(root, "IssueDate", _as_text(facts["issued_on"]))
    if root_name == "Invoice" and "due_on" in facts:
        _basic(root, "DueDate", _as_text(facts["due_on"]))
    _basic(root, f"{root_name}TypeCode", type_code)
    _basic(root, "DocumentCurrencyCode", facts["currency"])
    if "start_on" in facts or "end_on" in facts:
        period = _aggregate(root, "InvoicePeriod")
        for name, key in (("StartDate", "start_on"), ("EndDate", "end_on")):
            if key in facts:
                _basic(period, name, _as_text(facts[key]))
    if "order_number" in facts:
        _basic(_aggregate(root, "OrderReference"), "ID", facts["order_number"])
    _write_party(root, "AccountingSupplierParty", facts["seller"])
    _write_party(root, "AccountingCustomerParty", facts["buyer"])
    _write_sums(root, facts)
    for position, line in enumerate(facts["lines"], start=1):
        _write_line(root, root_name, position, line, facts)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _namespaces(root_name: str) -> dict[Any, str]:
    return {None: f"{_UBL}{root_name}-2", "cac": _CAC, "cbc": _CBC}


def _write_party(root: etree._Element, name: str, party: str | Mapping[str, str]) -> None:
    facts = {"name": party} if isinstance(party, str) else party
    inner = _aggregate(_aggregate(root, name), "Party")
    _basic(_aggregate(inner, "PartyName"), "Name", facts["name"])
    legal = _aggregate(inner, "PartyLegalEntity")
    _basic(legal, "RegistrationName", facts["name"])
    if "legal_id" in facts:
        _basic(legal, "CompanyID", facts["legal_id"], schemeID=facts.get("scheme", _SCHEME))


def _write_sums(root: etree._Element, facts: Mapping[str, Any]) -> None:
    """Write tax and totals, right to the cent; `tax_amount`, `total` and `payable` of the scenario make them wrong on purpose."""
    currency = facts["currency"]
    bases = dict(_sum_by_percent(facts))
    taxes = {percent: _round(base * Decimal(percent) / 100, currency) for percent, base in bases.items()}
    net = sum(bases.values(), Decimal(0))
    tax = sum(taxes.values(), Decimal(0))
    total = _aggregate(root, "TaxTotal")
    _amount(total, "TaxAmount", facts.get("tax_amount", tax), currency)
    for percent, base in bases.items():
        part = _aggregate(total, "TaxSubtotal")
        _amount(part, "TaxableAmount", base, currency)
        _amount(part, "TaxAmount", facts.get("tax_amount", taxes[percent]) if len(bases) == 1 else taxes[percent], currency)
        _write_category(part, "TaxCategory", percent)
    sums = _aggregate(root, "LegalMonetaryTotal")
    _amount(sums, "LineExtensionAmount", net, currency)
    _amount(sums, "TaxExclusiveAmount", facts.get("total", net), currency)
    _amount(sums, "TaxInclusiveAmount", net + tax, currency)
    _amount(sums, "PayableAmount", facts.get("payable", net + tax), currency)


def _sum_by_percent(facts: Mapping[str, Any]) -> Iterator[tuple[str, Decimal]]:
    percents = dict.fromkeys(line.get("tax_percent", facts["tax_percent"]) for line in facts["lines"])
    for percent in percents:
        amounts = [Decimal(line["amount"]) for line in facts["lines"] if line.get("tax_percent", facts["tax_percent"]) == percent]
        yield percent, sum(amounts, Decimal(0))


def _write_line(root: etree._Element, root_name: str, position: int, line: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    element = _aggregate(root, f"{root_name}Line")
    _basic(element, "ID", str(position))
    _basic(element, "InvoicedQuantity" if root_name == "Invoice" else "CreditedQuantity", "1", unitCode="C62")
    _amount(element, "LineExtensionAmount", line["amount"], facts["currency"])
    if "cost_center" in line:
        _basic(element, "AccountingCost", line["cost_center"])
    item = _aggregate(element, "Item")
    _basic(item, "Name", line.get("description", f"Item {position}"))
    _write_category(item, "ClassifiedTaxCategory", line.get("tax_percent", facts["tax_percent"]))
    _amount(_aggregate(element, "Price"), "PriceAmount", line["amount"], facts["currency"])


def _write_category(parent: etree._Element, name: str, percent: str) -> None:
    category = _aggregate(parent, name)
    _basic(category, "ID", "S" if Decimal(percent) else "Z")
    _basic(category, "Percent", percent)
    _basic(_aggregate(category, "TaxScheme"), "ID", "VAT")


def _round(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-_DIGITS.get(currency, 2)), rounding=ROUND_HALF_UP)


def _aggregate(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_CAC}}}{name}")


def _basic(parent: etree._Element, name: str, text: str, **attributes: str) -> None:
    etree.SubElement(parent, f"{{{_CBC}}}{name}", attributes).text = text


def _amount(parent: etree._Element, name: str, amount: Decimal | str, currency: str) -> None:
    _basic(parent, name, str(amount), currencyID=currency)
