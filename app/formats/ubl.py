"""UBL 2.1 invoices and credit notes become received documents: header facts, coded lines and findings."""

import re
from collections import Counter
from datetime import date
from decimal import Context, Decimal, localcontext
from typing import Final

from lxml import etree

from app.domain.errors import InvalidRequest, NotParseable, TooLarge
from app.domain.money import allocate
from app.formats.attachments import read_embedded
from app.formats.received_document import (
    CODE_MAX,
    NUMBER_MAX,
    DocumentKind,
    DocumentLine,
    Finding,
    PartyFacts,
    ReceivedDocument,
    describe_amount_fault,
)
from app.formats.ubl_amounts import UblAmounts, read_amounts
from app.formats.ubl_checks import UblChecks, check_amounts, check_period
from app.formats.ubl_facts import read_facts
from app.formats.ubl_fields import UblFields, find_all, find_filled, read_text
from app.formats.ubl_parties import read_party
from app.formats.ubl_path import compile_path
from app.formats.ubl_settings import UblSettings
from app.formats.xml import local_name, namespace_of, parse_xml

__all__ = ["DocumentLine", "Finding", "PartyFacts", "ReceivedDocument", "UblSettings", "parse_ubl", "read_ubl"]

ROOTS: Final = {
    "Invoice": "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
    "CreditNote": "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2",
}
# UNTDID 1001 codes that EN 16931 reads as credit notes, whatever the root element says.
CREDIT_NOTE_TYPES: Final = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"})
_CURRENCY: Final = re.compile(r"[A-Z]{3}\Z")
# Wide enough that no sum of amounts with 18 digits on each side of the point is ever rounded.
_EXACT: Final = Context(prec=100)
DEFAULT_SETTINGS: Final = UblSettings()


def parse_ubl(content: bytes, *, bytes_max: int) -> etree._Element:
    """Return the root of a UBL invoice or credit note.

    Raises:
        TooLarge, NotParseable: see parse_xml; NotParseable also when the root is another element (fact `fault` "root").
    """
    root = parse_xml(content, what="UBL document", bytes_max=bytes_max)
    name, namespace = local_name(root), namespace_of(root)
    if ROOTS.get(name) != namespace:
        shown = f"{{{namespace}}}{name}"[:200]
        detail = f"The UBL document cannot be read: its root is {shown}; expected Invoice or CreditNote of UBL 2.1."
        raise NotParseable(detail, media_type="application/xml", what="UBL document", reason="wrong root", fault="root", line=None)
    return root


def read_ubl(content: bytes, *, settings: UblSettings = DEFAULT_SETTINGS) -> ReceivedDocument:
    """Return the document that `content` holds.

    1. Parse hardened; the root tells invoice or credit note.
    2. Read every amount and date; a text that is no number, or a mandatory field that is missing, refuses the document.
    3. Allocate allowances and charges of the document to the lines, to the cent (DOC-04).
    4. Check currencies, decimals, totals, tax and periods; what is wrong there is a finding, for the rules to judge.

    Raises:
        TooLarge, NotParseable: see parse_ubl; TooLarge also beyond `settings.lines_max` lines.
        InvalidRequest: `errors` maps the place of each unreadable or missing field to messages.
    Source: DOC-04, DOC-05, AUT-05..08.
    """
    root = parse_ubl(content, bytes_max=settings.bytes_max)
    line_elements = find_all(root, "cac:InvoiceLine" if local_name(root) == "Invoice" else "cac:CreditNoteLine")
    if len(line_elements) > settings.lines_max:
        raise TooLarge(what="UBL document", limit=f"{settings.lines_max} lines", lines=len(line_elements))
    with localcontext(_EXACT):
        return _read_document(root, line_elements, settings)


def _read_document(root: etree._Element, line_elements: list[etree._Element], settings: UblSettings) -> ReceivedDocument:
    fields = UblFields()
    number = _read_number(fields, root)
    currency = _read_currency(fields, root)
    if not line_elements:
        fields.add_error(root, "Expected at least one line, but there is none.", child=f"{local_name(root)}Line")
    amounts = read_amounts(root, fields, currency=currency, line_elements=line_elements)
    seller = read_party(fields, root, "cac:AccountingSupplierParty/cac:Party")
    buyer = read_party(fields, root, "cac:AccountingCustomerParty/cac:Party")
    issued_on, due_on = fields.read_date(root, "cbc:IssueDate"), _read_due_on(fields, root)
    type_code = fields.read_code(root, f"cbc:{local_name(root)}TypeCode")
    lines = _read_lines(fields, line_elements, amounts, seller=seller, settings=settings)
    checks = UblChecks(currency)
    _check_periods(fields, root, line_elements, checks, settings)
    if fields.errors:
        raise InvalidRequest(f"The UBL document has {len(fields.errors)} fields that cannot be accepted.", errors=fields.errors)
    check_amounts(amounts, checks, tax_tolerance=settings.tax_tolerance)
    _check_lines(lines, checks)
    findings = (*fields.findings, *checks.findings)
    total, payable = amounts.totals.tax_exclusive, amounts.totals.payable
    order_number = _read_order_number(root, line_elements, settings)
    return ReceivedDocument(
        kind=_tell_kind(root, type_code),
        number=number,
        type_code=type_code,
        issued_on=issued_on,
        due_on=due_on,
        currency=currency,
        total=total.value if total else amounts.lines_sum + amounts.allowances_sum,
        payable=payable.value if payable else None,
        prepaid=amounts.totals.prepaid.value if amounts.totals.prepaid else Decimal(0),
        seller=seller,
        buyer=buyer,
        order_number=order_number,
        lines=lines,
        facts=read_facts(root, amounts, order_number=order_number, due_on=due_on, checks_run=checks.run_count, findings=findings),
        findings=findings,
        attachments=tuple(file for file, _ in read_embedded(root)),
    )


def _read_number(fields: UblFields, root: etree._Element) -> str:
    text = fields.read_code(root, "cbc:ID", length_max=NUMBER_MAX)
    if text is None:
        fields.add_error(root, "Expected the number of the document, but there is none.", child="ID")
    return text or ""


def _read_currency(fields: UblFields, root: etree._Element) -> str:
    """Return DocumentCurrencyCode, else the currency of the payable amount, as older UBL profiles have it."""
    code = fields.read_code(root, "cbc:DocumentCurrencyCode")
    if code is None:
        element = find_filled(root, "cac:LegalMonetaryTotal/cbc:PayableAmount")
        code = None if element is None else element.get("currencyID")
    if code is None or not _CURRENCY.match(code):
        shown = "there is none" if code is None else f"got {code[:40]!r}"
        message = f"Expected a currency code of three capitals such as EUR, but {shown}."
        fields.add_error(root, message, child="DocumentCurrencyCode")
        return "XXX"
    return code


def _tell_kind(root: etree._Element, type_code: str | None) -> DocumentKind:
    is_credit_note = local_name(root) == "CreditNote" or type_code in CREDIT_NOTE_TYPES
    return "credit_note" if is_credit_note else "invoice"


def _read_due_on(fields: UblFields, root: etree._Element) -> date | None:
    due_on = fields.read_date(root, "cbc:DueDate")
    return due_on or fields.read_date(root, "cac:PaymentMeans/cbc:PaymentDueDate")


def _read_order_number(root: etree._Element, line_elements: list[etree._Element], settings: UblSettings) -> str | None:
    """Return BT-13, None when absent, blank or a placeholder (AUT-05)."""
    placeholders = {text.casefold() for text in settings.order_number_placeholders}
    found = [read_text(root, "cac:OrderReference/cbc:ID")]
    if settings.order_number_on_lines:
        found += [read_text(line, "cac:OrderLineReference/cac:OrderReference/cbc:ID") for line in line_elements]
    return next((text for text in found if text and text.casefold() not in placeholders), None)


def _read_lines(
    fields: UblFields, line_elements: list[etree._Element], amounts: UblAmounts, *, seller: PartyFacts, settings: UblSettings
) -> tuple[DocumentLine, ...]:
    """Return the lines with their coding and their share of the document's allowances and charges (DOC-04)."""
    if len(amounts.lines) != len(line_elements) or not line_elements:
        return ()
    written = [line.amount.value for line in amounts.lines]
    shares = allocate(amounts.allowances_sum, written, amounts.currency) if amounts.allowances else [Decimal(0)] * len(written)
    root = line_elements[0].getroottree().getroot()
    header_cost_center = fields.read_code(root, "cbc:AccountingCost")
    organisation = seller.legal_id or seller.name
    lines = tuple(
        DocumentLine(
            id=line.id,
            amount=amount + share,
            cost_center=fields.read_code(element, "cbc:AccountingCost") or header_cost_center,
            organisation=organisation,
            parameter_3=_read_parameter(fields, element, settings.parameter_3_path),
            parameter_4=_read_parameter(fields, element, settings.parameter_4_path),
            description=_read_description(element),
            quantity=_read_quantity(element),
            tax_percent=None if line.tax is None else line.tax.percent,
        )
        for element, line, amount, share in zip(line_elements, amounts.lines, written, shares, strict=True)
    )
    for element, checked in zip(line_elements, lines, strict=True):
        if fault := describe_amount_fault(checked.amount):
            fields.add_error(element, fault)
    return lines


def _read_parameter(fields: UblFields, element: etree._Element, path: str | None) -> str | None:
    text = compile_path(path).find_first(element) if path else None
    if text and len(text) > CODE_MAX:
        fields.add_error(element, f"Expected at most {CODE_MAX} characters at {path}, but got {len(text)}.")
    return text


def _read_description(element: etree._Element) -> str | None:
    paths = ("cac:Item/cbc:Name", "cac:Item/cbc:Description", "cbc:Note")
    return next((text for path in paths if (text := read_text(element, path))), None)


def _read_quantity(element: etree._Element) -> str | None:
    """Return quantity and unit code as written, such as "12 MON"."""
    for name in ("InvoicedQuantity", "CreditedQuantity"):
        found = find_filled(element, f"cbc:{name}")
        if found is not None:
            unit = (found.get("unitCode") or "").strip()
            return f"{(found.text or '').strip()} {unit}".strip()[:CODE_MAX]
    return None


def _check_lines(lines: tuple[DocumentLine, ...], checks: UblChecks) -> None:
    counts = Counter(line.id for line in lines)
    repeated = [line_id for line_id, count in counts.items() if count > 1]
    text = f"Line id {', '.join(repeated[:10])} stands on more than one line"
    facts: dict[str, object] = {"found": repeated[:10], "expected": "one line for each id"}
    checks.expect(holds=not repeated, code="repeated_line_id", area="lines", text=text, facts=facts, is_warning=True)


def _check_periods(
    fields: UblFields, root: etree._Element, line_elements: list[etree._Element], checks: UblChecks, settings: UblSettings
) -> None:
    """Check the periods of the document and of its lines (AUT-06)."""
    window = (settings.period_earliest_on, settings.period_latest_on)
    for code, name, parents in (("BR-29", "invoice period", [root]), ("BR-30", "period of line", line_elements)):
        for position, parent in enumerate(parents, start=1):
            place = name if parent is root else f"{name} {position}"
            for period in find_all(parent, "cac:InvoicePeriod"):
                starts_on = fields.read_date(period, "cbc:StartDate", area="period")
                ends_on = fields.read_date(period, "cbc:EndDate", area="period")
                check_period(checks, starts_on, ends_on, code=code, place=place, window=window)
