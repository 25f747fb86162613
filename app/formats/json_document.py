"""Orders, expense claims and other documents, sent as JSON, become received documents."""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, localcontext
from functools import partial
from typing import Any, Final

from app.domain.errors import InvalidRequest, NotParseable, TooLarge
from app.domain.money import amount_text, minor_digits, parse_amount, round_to_minor
from app.formats.received_document import (
    CODE_MAX,
    NAME_MAX,
    NUMBER_MAX,
    DocumentKind,
    DocumentLine,
    Finding,
    PartyFacts,
    ReceivedDocument,
    describe_amount_fault,
)
from app.formats.ubl_fields import parse_date

BYTES_MAX: Final = 2 * 1024 * 1024
LINES_MAX: Final = 10_000
TEXT_MAX: Final = 1000
ERRORS_MAX: Final = 100
FACTS_BYTES_MAX: Final = 64 * 1024
FACTS_DEPTH_MAX: Final = 8
KINDS: Final[tuple[DocumentKind, ...]] = ("order", "expense_claim", "other")

_FIELDS: Final = frozenset({"kind", "number", "issued_on", "currency", "company", "seller", "lines", "facts", "order_number", "due_on"})
_SELLER_FIELDS: Final = frozenset({"name", "legal_id", "endpoint", "tax_id"})
_LINE_TEXTS: Final = ("cost_center", "organisation", "parameter_3", "parameter_4", "type")
_LINE_FIELDS: Final = frozenset({"id", "amount", "description", "quantity", *_LINE_TEXTS})
_CURRENCY: Final = re.compile(r"[A-Z]{3}\Z")
_EXACT: Final = Context(prec=100)


def read_json_document(content: bytes) -> ReceivedDocument:
    """Return the document that the JSON text holds, in the form of API.md "POST /documents".

    `number`, `issued_on`, `currency`, `company` and at least one line with an amount (a decimal string, never a JSON number) are
    required. `seller` is a name or an object of name, legal_id, endpoint, tax_id. `total` and `payable` are the sum of the lines.

    Raises:
        TooLarge: more than BYTES_MAX bytes or LINES_MAX lines.
        NotParseable: not a JSON object in UTF-8, or a name stands twice in one object.
        InvalidRequest: `errors` maps each field, such as `lines[1].amount`, to messages.
    """
    if len(content) > BYTES_MAX:
        raise TooLarge(what="JSON document", limit=f"{BYTES_MAX // 1024 // 1024} MiB", bytes=len(content), bytes_max=BYTES_MAX)
    body = _parse_object(content)
    reader = _Reader()
    with localcontext(_EXACT):
        document = reader.read(body)
    if reader.errors:
        raise InvalidRequest(f"The document has {len(reader.errors)} fields that cannot be accepted.", errors=reader.errors)
    assert document is not None, "a document without errors was read"
    return document


def _parse_object(content: bytes) -> dict[str, Any]:
    def refuse(reason: str) -> NotParseable:
        return NotParseable(media_type="application/json", what="JSON document", reason=reason, fault="syntax", line=None)

    def read_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = dict(pairs)
        if len(names) != len(pairs):
            raise refuse("a name stands twice in one object")
        return names

    def refuse_constant(text: str) -> Any:
        raise refuse(f"{text} is not JSON")

    try:
        body = json.loads(content, parse_float=Decimal, parse_constant=refuse_constant, object_pairs_hook=read_pairs)
    except (ValueError, RecursionError) as error:
        raise refuse(str(error) if isinstance(error, ValueError) else "it is nested too deep") from error
    if not isinstance(body, dict):
        raise refuse("an object is expected")
    return body


class _Reader:
    """Reads the fields of one document and gathers every fault."""

    def __init__(self) -> None:
        self.errors: dict[str, list[str]] = {}

    def add_error(self, place: str, message: str) -> None:
        if len(self.errors) < ERRORS_MAX:
            self.errors.setdefault(place, []).append(message)

    def read(self, body: dict[str, Any]) -> ReceivedDocument | None:
        self.refuse_unknown(body, _FIELDS, "")
        kind = self.read_field(body, "kind", _check_kind)
        number = self.read_field(body, "number", _check_number)
        issued_on = self.read_field(body, "issued_on", _check_date)
        due_on = self.read_field(body, "due_on", _check_date, is_required=False)
        currency = self.read_field(body, "currency", _check_currency)
        company = self.read_field(body, "company", _check_code)
        order_number = self.read_field(body, "order_number", _check_number, is_required=False)
        seller = self.read_seller(body.get("seller"))
        lines = self.read_lines(body.get("lines"), organisation=seller.legal_id or seller.name, currency=currency)
        facts = self.read_field(body, "facts", _check_facts, is_required=False)
        if self.errors:
            return None
        total = sum((line.amount for line in lines), Decimal(0))
        if fault := describe_amount_fault(total):
            self.add_error("lines", fault)
            return None
        return ReceivedDocument(
            kind=kind,
            number=number,
            type_code=None,
            issued_on=issued_on,
            due_on=due_on,
            currency=currency,
            total=total,
            payable=total,
            seller=seller,
            buyer=PartyFacts(),
            order_number=order_number,
            lines=lines,
            company=company,
            facts=facts or {},
            findings=tuple(_check_decimals(lines, currency)),
        )

    def read_field(
        self, body: Mapping[str, Any], name: str, check: Callable[[Any], Any], *, place: str = "", is_required: bool = True
    ) -> Any:
        """Return the checked value of one field; None and an error when it is missing or wrong."""
        value = body.get(name)
        if value is None:
            if is_required:
                self.add_error(place + name, "Expected a value, but there is none.")
            return None
        try:
            return check(value)
        except ValueError as error:
            self.add_error(place + name, str(error))
            return None

    def refuse_unknown(self, body: Mapping[str, Any], known: frozenset[str], place: str) -> None:
        for name in body:
            if name not in known:
                self.add_error(f"{place}{name[:80]}", f"Expected one of {', '.join(sorted(known))}.")

    def read_seller(self, value: Any) -> PartyFacts:
        if value is None:
            return PartyFacts()
        if isinstance(value, str):
            return PartyFacts(name=self.read_field({"seller": value}, "seller", _check_name))
        if not isinstance(value, dict):
            self.add_error("seller", "Expected a name or an object with name, legal_id, endpoint, tax_id.")
            return PartyFacts()
        self.refuse_unknown(value, _SELLER_FIELDS, "seller.")
        return PartyFacts(
            name=self.read_field(value, "name", _check_name, place="seller.", is_required=False),
            legal_id=self.read_field(value, "legal_id", _check_code, place="seller.", is_required=False),
            endpoint=self.read_field(value, "endpoint", _check_code, place="seller.", is_required=False),
            tax_id=self.read_field(value, "tax_id", _check_code, place="seller.", is_required=False),
        )

    def read_lines(self, value: Any, *, organisation: str | None, currency: str | None) -> tuple[DocumentLine, ...]:
        if not isinstance(value, list) or not value:
            self.add_error("lines", "Expected a list of at least one line.")
            return ()
        if len(value) > LINES_MAX:
            raise TooLarge(what="JSON document", limit=f"{LINES_MAX} lines", lines=len(value))
        lines: list[DocumentLine] = []
        ids: set[str] = set()
        for position, body in enumerate(value):
            place = f"lines[{position}]."
            if not isinstance(body, dict):
                self.add_error(place.rstrip("."), "Expected an object.")
                continue
            line = self.read_line(body, place=place, position=position, organisation=organisation, currency=currency)
            if line.id in ids:
                self.add_error(f"{place}id", f"Expected an id of its own, but {line.id} stands on another line too.")
            ids.add(line.id)
            lines.append(line)
        return tuple(lines)

    def read_line(self, body: dict[str, Any], *, place: str, position: int, organisation: str | None, currency: str | None) -> DocumentLine:
        self.refuse_unknown(body, _LINE_FIELDS, place)
        texts = {name: self.read_field(body, name, _check_code, place=place, is_required=False) for name in _LINE_TEXTS}
        texts["organisation"] = texts["organisation"] or organisation
        amount = self.read_field(body, "amount", partial(_check_amount, currency=currency), place=place)
        return DocumentLine(
            id=self.read_field(body, "id", _check_code, place=place, is_required=False) or str(position + 1),
            amount=amount if amount is not None else Decimal(0),
            description=self.read_field(body, "description", _check_text, place=place, is_required=False),
            quantity=self.read_field(body, "quantity", _check_quantity, place=place, is_required=False),
            **texts,
        )


def _check_kind(value: object) -> DocumentKind:
    for kind in KINDS:
        if value == kind:
            return kind
    raise ValueError(f"Expected one of {', '.join(KINDS)}, but got {str(value)[:40]!r}.")


def _check_text(value: object, length_max: int = TEXT_MAX) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("Expected a text that is not blank.")
    if len(value) > length_max:
        raise ValueError(f"Expected at most {length_max} characters, but got {len(value)}.")
    return _check_characters(value).strip()


def _check_characters(value: str) -> str:
    if any(_is_control(character) for character in value):
        raise ValueError("Expected a text without control characters and lone surrogates.")
    return value


def _is_control(character: str) -> bool:
    return (character < " " and character not in "\t\n\r") or "\ud800" <= character <= "\udfff"


def _check_code(value: object) -> str:
    return _check_text(value, CODE_MAX)


def _check_number(value: object) -> str:
    return _check_text(value, NUMBER_MAX)


def _check_name(value: object) -> str:
    return _check_text(value, NAME_MAX)


def _check_amount(value: object, *, currency: str | None) -> Decimal:
    """Return the amount of a decimal string, or of money in the document's own currency."""
    if isinstance(value, dict) and value.keys() == {"amount", "currency"}:
        if value["currency"] != currency:
            raise ValueError(f"Expected {currency}, the currency of the document, but got {str(value['currency'])[:40]}.")
        value = value["amount"]
    amount = parse_amount(value)
    if fault := describe_amount_fault(amount):
        raise ValueError(fault)
    return amount


def _check_quantity(value: object) -> str:
    """A quantity is shown, never computed with: a text such as "12 pcs" or a whole number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _check_code(value)


def _check_date(value: object) -> object:
    found = parse_date(value) if isinstance(value, str) and len(value) == 10 else None
    if found is None:
        raise ValueError(f"Expected a date of the calendar such as 2026-11-02, but got {str(value)[:40]!r}.")
    return found


def _check_currency(value: object) -> str:
    if not isinstance(value, str) or not _CURRENCY.match(value):
        raise ValueError(f"Expected a currency code of three capitals such as EUR, but got {str(value)[:40]!r}.")
    return value


def _check_facts(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ValueError("Expected an object.")  # noqa: TRY004 - a fault of the sender, gathered with the others
    facts = _make_plain(value, depth=0)
    assert isinstance(facts, dict), "an object stays one"
    if len(json.dumps(facts)) > FACTS_BYTES_MAX:
        raise ValueError(f"Expected at most {FACTS_BYTES_MAX} bytes.")
    return facts


def _make_plain(value: object, *, depth: int) -> object:
    """Return the JSON value with its exact decimal numbers as texts, so that none ever becomes binary."""
    if depth > FACTS_DEPTH_MAX:
        raise ValueError(f"Expected at most {FACTS_DEPTH_MAX} levels.")
    if isinstance(value, dict):
        return {_check_characters(name): _make_plain(part, depth=depth + 1) for name, part in value.items()}
    if isinstance(value, list):
        return [_make_plain(part, depth=depth + 1) for part in value]
    if isinstance(value, str):
        return _check_characters(value)
    return str(value) if isinstance(value, Decimal) else value


def _check_decimals(lines: tuple[DocumentLine, ...], currency: str) -> list[Finding]:
    """DOC-05: an amount with more decimals than the currency has."""
    findings: list[Finding] = []
    for line in lines:
        if line.amount != round_to_minor(line.amount, currency):
            value, digits = amount_text(line.amount, currency), minor_digits(currency)
            text = f"The amount of line {line.id} is {value}, but {currency} has {digits} decimals"
            facts: dict[str, object] = {"place": f"line {line.id}", "found": value, "expected": digits, "currency": currency}
            findings.append(Finding(code="too_many_decimals", area="currency", severity="error", text=text, facts=facts))
    return findings[:ERRORS_MAX]
