"""Reading single fields of a UBL document: texts, exact amounts and dates, with every fault collected."""

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from lxml import etree

from app.formats.received_document import CODE_MAX, Finding, FindingArea, describe_amount_fault
from app.formats.xml import local_name

CAC: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
TEXT_MAX: Final = 1000
ERRORS_MAX: Final = 100

_DECIMAL: Final = re.compile(r"[+-]?(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})\Z")
_DATE: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:Z|[+-]\d{2}:\d{2})?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountField:
    """An amount as written: value and its own currency, None when the attribute is missing."""

    value: Decimal
    currency: str | None
    element: etree._Element = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """The element's name, such as PayableAmount."""
        return local_name(self.element)

    @property
    def place(self) -> str:
        """Where it stands in the document; computed on demand, for it counts siblings."""
        return describe_place(self.element)


class UblFields:
    """Reads fields below elements of one document; wrong forms gather in `errors`, impossible dates in `findings`."""

    def __init__(self) -> None:
        self.errors: dict[str, list[str]] = {}
        self.findings: list[Finding] = []

    def add_error(self, element: etree._Element, message: str, *, child: str = "") -> None:
        """Keep one fault of form at the element, or at a child that it should have; beyond ERRORS_MAX they are dropped.

        The place is described only for those that are kept, since that counts siblings.
        """
        if len(self.errors) < ERRORS_MAX:
            place = describe_place(element) + (f"/{child}" if child else "")
            self.errors.setdefault(place, []).append(message)

    def read_code(self, parent: etree._Element, path: str, *, length_max: int = CODE_MAX) -> str | None:
        """Return the text of the first non-blank element at `path`; one longer than `length_max` is an error."""
        element = find_filled(parent, path)
        if element is None:
            return None
        text = _text_of(element)
        if len(text) > length_max:
            self.add_error(element, f"Expected at most {length_max} characters, but got {len(text)}.")
        return text[:length_max]

    def read_amount(self, parent: etree._Element, path: str) -> AmountField | None:
        """Return the first amount at `path`, None when absent or blank; text that is no decimal number is an error."""
        element = find_filled(parent, path)
        return None if element is None else self.read_amount_of(element)

    def read_amount_of(self, element: etree._Element) -> AmountField | None:
        """Return the amount that `element` holds."""
        value = self._read_decimal_of(element)
        if value is not None and (fault := describe_amount_fault(value)):
            self.add_error(element, fault)
        currency = (element.get("currencyID") or "").strip() or None
        return None if value is None else AmountField(value=value, currency=currency, element=element)

    def read_decimal(self, parent: etree._Element, path: str) -> Decimal | None:
        """Return the first decimal number at `path`, such as a percentage."""
        element = find_filled(parent, path)
        return None if element is None else self._read_decimal_of(element)

    def _read_decimal_of(self, element: etree._Element) -> Decimal | None:
        text = _text_of(element)
        if _DECIMAL.match(text) and not len(element):
            return Decimal(text)
        message = f"Expected a decimal number of at most 18 digits before and after the point, but got {text[:40]!r}."
        self.add_error(element, message)
        return None

    def read_date(self, parent: etree._Element, path: str, *, area: FindingArea = "dates") -> date | None:
        """Return the date at `path`; text that is no date of the calendar is a finding (AUT-06), and the answer None."""
        element = find_filled(parent, path)
        if element is None:
            return None
        text = _text_of(element)
        found = parse_date(text)
        if found is None and len(self.findings) < ERRORS_MAX:
            place = describe_place(element)
            shown = f"{local_name(element)} is {text[:40]!r}, which is not a date of the calendar."
            facts: dict[str, object] = {"place": place, "found": text[:40], "expected": "a date such as 2026-11-02"}
            self.findings.append(Finding(code="invalid_date", area=area, severity="error", text=shown, facts=facts))
        return found


def parse_date(text: str) -> date | None:
    """Return the date that an xsd:date text writes, its offset ignored; None when it is none."""
    match = _DATE.match(text)
    if not match:
        return None
    try:
        return date(*(int(group) for group in match.groups()))
    except ValueError:
        return None


def find_filled(parent: etree._Element, path: str) -> etree._Element | None:
    """Return the first element at `path` (prefixes cac: and cbc:) with non-blank text."""
    return next((element for element in parent.iterfind(_expand(path)) if _text_of(element)), None)


def find_all(parent: etree._Element, path: str) -> list[etree._Element]:
    """Return every element at `path`, in document order."""
    return list(parent.iterfind(_expand(path)))


def read_text(parent: etree._Element, path: str, *, length_max: int = TEXT_MAX) -> str | None:
    """Return the first non-blank text at `path`, cut at `length_max`."""
    element = find_filled(parent, path)
    if element is None:
        return None
    text = _text_of(element)
    return text if len(text) <= length_max else text[: length_max - 1] + "…"


def describe_place(element: etree._Element) -> str:
    """Return where the element stands, such as `/Invoice/InvoiceLine[2]/LineExtensionAmount`."""
    parts: list[str] = []
    current: etree._Element | None = element
    while current is not None:
        parent = current.getparent()
        same = [] if parent is None else [child for child in parent if child.tag == current.tag]
        parts.append(local_name(current) + (f"[{same.index(current) + 1}]" if len(same) > 1 else ""))
        current = parent
    return "/" + "/".join(reversed(parts))


@lru_cache(maxsize=256)
def _expand(path: str) -> str:
    """Return the path with namespaces written out, which lxml finds faster than with prefixes."""
    return path.replace("cac:", f"{{{CAC}}}").replace("cbc:", f"{{{CBC}}}")


def _text_of(element: etree._Element) -> str:
    return (element.text or "").strip()
