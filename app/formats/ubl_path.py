"""Restricted paths into a UBL document: child steps, positions, simple equality, attributes. Never XPath from a user."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from lxml import etree

from app.formats.xml import local_name

STEPS_MAX: Final = 12
TEXT_MAX: Final = 500
CREDIT_NOTE_ALIASES: Final = {
    "InvoiceLine": "CreditNoteLine",
    "InvoicedQuantity": "CreditedQuantity",
    "InvoiceTypeCode": "CreditNoteTypeCode",
}

_NAME: Final = r"(?:(?:cac|cbc):)?([A-Za-z][A-Za-z0-9]*)"
_STEP: Final = re.compile(rf"{_NAME}((?:\[[^\]]*\])*)\Z")
_ATTRIBUTE: Final = re.compile(r"@([A-Za-z][A-Za-z0-9]*)\Z")
_PREDICATE: Final = re.compile(r"\[\s*(?:(\d{1,4})|(@)?" + _NAME + r"\s*=\s*(?:'([^']*)'|\"([^\"]*)\"))\s*\]")


class UblPathInvalid(ValueError):
    """A path is not of the restricted form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Predicate:
    position: int | None = None
    attribute: str | None = None
    child: str | None = None
    value: str = ""

    def holds(self, element: etree._Element, position: int) -> bool:
        if self.position is not None:
            return position == self.position
        if self.attribute is not None:
            return element.get(self.attribute) == self.value
        return any((child.text or "").strip() == self.value for child in element if local_name(child) == self.child)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    name: str
    predicates: tuple[_Predicate, ...]

    def select(self, element: etree._Element) -> list[etree._Element]:
        names = {self.name, CREDIT_NOTE_ALIASES.get(self.name, self.name)}
        found = [child for child in element if local_name(child) in names]
        for predicate in self.predicates:
            found = [child for position, child in enumerate(found, start=1) if predicate.holds(child, position)]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class UblPath:
    """A compiled path; it starts at the document when its text starts with "/", else at the element given."""

    text: str
    is_absolute: bool
    steps: tuple[_Step, ...]
    attribute: str | None

    def find_texts(self, element: etree._Element) -> Iterator[str]:
        """Yield the non-blank texts the path leads to, in document order."""
        start = element.getroottree().getroot() if self.is_absolute else element
        found = [start]
        for step in self.steps:
            found = [child for parent in found for child in step.select(parent)]
        for leaf in found:
            text = leaf.get(self.attribute) if self.attribute else leaf.text
            if text and text.strip():
                yield text.strip()

    def find_first(self, element: etree._Element) -> str | None:
        """Return the first non-blank text the path leads to, else None."""
        return next(self.find_texts(element), None)


@lru_cache(maxsize=256)
def compile_path(text: str) -> UblPath:
    """Return the compiled path, such as `Item/AdditionalItemProperty[Name='project']/Value` or `/ProjectReference/ID/@schemeID`.

    Prefixes cac: and cbc: may be written and are ignored. On a credit note InvoiceLine, InvoicedQuantity and InvoiceTypeCode
    also find CreditNoteLine, CreditedQuantity and CreditNoteTypeCode.

    Raises:
        UblPathInvalid: longer than TEXT_MAX, more than STEPS_MAX steps, or anything but child steps, `[n]`, `[@name='x']`,
            `[Name='x']` and a last `@name`.
    """
    if not text.strip() or len(text) > TEXT_MAX:
        raise UblPathInvalid(f"Expected a path of 1 to {TEXT_MAX} characters, but got {text[:60]!r}.")
    is_absolute = text.startswith("/")
    parts = _split_steps(text.removeprefix("/"))
    attribute = None
    last = _ATTRIBUTE.match(parts[-1])
    if last:
        attribute = last.group(1)
        parts = parts[:-1]
    if len(parts) > STEPS_MAX:
        raise UblPathInvalid(f"Expected at most {STEPS_MAX} steps, but {text!r} has {len(parts)}.")
    steps = tuple(_read_step(part, text) for part in parts)
    if is_absolute and steps and steps[0].name in ("Invoice", "CreditNote"):
        steps = steps[1:]
    return UblPath(text=text, is_absolute=is_absolute, steps=steps, attribute=attribute)


def _split_steps(text: str) -> list[str]:
    """Split at the slashes outside brackets."""
    parts = [""]
    depth = 0
    for character in text:
        depth += (character == "[") - (character == "]")
        if character == "/" and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def _read_step(part: str, text: str) -> _Step:
    match = _STEP.match(part)
    if not match:
        raise UblPathInvalid(f"Expected steps such as Name, Name[2] or Name[@schemeID='0106'], but {text!r} has {part!r}.")
    name, brackets = match.groups()
    predicates: list[_Predicate] = []
    position = 0
    while position < len(brackets):
        found = _PREDICATE.match(brackets, position)
        if not found:
            raise UblPathInvalid(f"Expected [n], [@name='x'] or [Name='x'], but {text!r} has {brackets[position:]!r}.")
        predicates.append(_read_predicate(found))
        position = found.end()
    return _Step(name=name, predicates=tuple(predicates))


def _read_predicate(found: re.Match[str]) -> _Predicate:
    number, at, name, single, double = found.groups()
    if number is not None:
        return _Predicate(position=int(number))
    value = single if single is not None else double
    return _Predicate(attribute=name, value=value) if at else _Predicate(child=name, value=value)
