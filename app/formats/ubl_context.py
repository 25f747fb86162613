"""A UBL document as a lazy context for FEEL: every element and attribute of it, under its own name."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from lxml import etree

from app.formats.ubl import parse_ubl
from app.formats.ubl_fields import parse_date
from app.formats.ubl_path import CREDIT_NOTE_ALIASES
from app.formats.ubl_settings import BYTES_MAX
from app.formats.xml import local_name

LINES: Final = frozenset({"InvoiceLine", "CreditNoteLine", "SubInvoiceLine"})
_NUMBER_NAME: Final = re.compile(r"(?:Amount|Quantity|Percent|Numeric|Rate|Measure)\Z")
_INDICATOR: Final = {"true": True, "1": True, "false": False, "0": False}
_DECIMAL: Final = re.compile(r"[+-]?(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})\Z")


def ubl_context(content: bytes, *, bytes_max: int = BYTES_MAX) -> "UblContext":
    """Return the FEEL value of a UBL document; nothing below the root is built before an expression reads it.

    * Names are local element names: `ubl.LegalMonetaryTotal.PayableAmount`. An element that is absent reads as null.
    * An element with children is a context. A repeated element is a list; an invoice line is always a list, so that
      `ubl.InvoiceLine.Item.ClassifiedTaxCategory.Percent` is one too, however many lines there are.
    * A leaf is its text by UBL type: …Amount, …Quantity, …Percent, …Numeric, …Rate, …Measure are numbers, …Date is a date, …Indicator a boolean,
      everything else a string. Text that is not of that type is null, and so is a blank leaf.
    * Attributes of an element with children are keys of its own context, `@name`. Attributes of a leaf are a context beside it, under
      the leaf's name with `@` before it: `ubl.LegalMonetaryTotal.@PayableAmount.currencyID`; a list of contexts when the leaf is repeated.
    * A credit note also answers to the invoice's names: InvoiceLine, InvoicedQuantity, InvoiceTypeCode, DueDate.

    Raises:
        TooLarge, NotParseable: see parse_ubl.
    Source: AUT-04.
    """
    return UblContext(parse_ubl(content, bytes_max=bytes_max))


class UblContext(Mapping[str, Any]):
    """The context of one element; each name is read on demand and then kept."""

    __slots__ = ("_element", "_read")

    def __init__(self, element: etree._Element) -> None:
        self._element = element
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._read:
            found, value = self._find(name)
            if not found:
                raise KeyError(name)
            self._read[name] = value
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self._read or self._find(name)[0])

    def __iter__(self) -> Iterator[str]:
        names: dict[str, None] = {f"@{_local_attribute(name)}": None for name in self._element.attrib}
        for child in self._element:
            names[local_name(child)] = None
            if not len(child):
                names[f"@{local_name(child)}"] = None
        return iter(names)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"UblContext({local_name(self._element)})"

    def _find(self, name: str) -> tuple[bool, Any]:
        if name.startswith("@"):
            return self._find_attribute(name[1:])
        children = self._select(name)
        if not children:
            return self._find_due_date(name)
        values = [_read_value(child) for child in children]
        return True, values if len(values) > 1 or local_name(children[0]) in LINES else values[0]

    def _find_attribute(self, name: str) -> tuple[bool, Any]:
        own = _read_attributes(self._element)
        if name in own:
            return True, own[name]
        leaves = [_read_attributes(child) for child in self._select(name) if not len(child)]
        return bool(leaves), leaves[0] if len(leaves) == 1 else leaves

    def _select(self, name: str) -> list[etree._Element]:
        found = [child for child in self._element if local_name(child) == name]
        if not found and name in CREDIT_NOTE_ALIASES:
            found = [child for child in self._element if local_name(child) == CREDIT_NOTE_ALIASES[name]]
        return found

    def _find_due_date(self, name: str) -> tuple[bool, Any]:
        """A credit note has its due date among the payment means."""
        if name != "DueDate" or local_name(self._element) != "CreditNote":
            return False, None
        means = [child for child in self._element if local_name(child) == "PaymentMeans"]
        dates = [_read_value(leaf) for child in means for leaf in child if local_name(leaf) == "PaymentDueDate"]
        return bool(dates), dates[0] if dates else None


def _local_attribute(name: str | bytes) -> str:
    return str(name).rpartition("}")[2]


def _read_attributes(element: etree._Element) -> dict[str, str]:
    return {_local_attribute(name): str(value).strip() for name, value in element.attrib.items()}


def _read_value(element: etree._Element) -> UblContext | str | Decimal | date | bool | None:
    if len(element):
        return UblContext(element)
    text = (element.text or "").strip()
    name = local_name(element)
    if not text:
        return None
    if _NUMBER_NAME.search(name):
        return Decimal(text) if _DECIMAL.match(text) else None
    if name.endswith("Date"):
        return parse_date(text)
    if name.endswith("Indicator"):
        return _INDICATOR.get(text.lower())
    return text
