"""What every document is after reading, whatever format it came in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal

AMOUNT_LIMIT: Final = Decimal(10) ** 14  # amounts are below it
AMOUNT_DECIMALS_MAX: Final = 4
CODE_MAX: Final = 64  # characters of a cost center, a parameter, a legal id and their like
NUMBER_MAX: Final = 200
NAME_MAX: Final = 300

DocumentKind = Literal["invoice", "credit_note", "order", "expense_claim", "other"]
FindingSeverity = Literal["error", "warning"]
FindingArea = Literal["reference", "dates", "period", "tax", "totals", "currency", "lines"]


def describe_amount_fault(amount: Decimal) -> str | None:
    """Return what makes the amount unfit to be kept, None when it can be: below AMOUNT_LIMIT, at most AMOUNT_DECIMALS_MAX decimals."""
    scaled = amount.scaleb(AMOUNT_DECIMALS_MAX)
    if abs(amount) >= AMOUNT_LIMIT:
        return f"Expected an amount below {AMOUNT_LIMIT}, but got {amount:f}."
    if scaled != scaled.to_integral_value():
        return f"Expected at most {AMOUNT_DECIMALS_MAX} decimals, but got {amount:f}."
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong or doubtful in a document.

    `code` is the rule of EN 16931 where there is one (BR-CO-10), else a name of ours (mixed_currencies). `text` is a sentence
    for people that names both values; `facts` holds the same values for programs (texts, exact).
    """

    code: str
    area: FindingArea
    severity: FindingSeverity
    text: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """Return the finding as the API shows it."""
        return {"code": self.code, "area": self.area, "severity": self.severity, "text": self.text, "facts": dict(self.facts)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyFacts:
    """A seller or buyer as the document names it; what it does not tell is None.

    `kvk` is the legal id as eight digits when it is one of the Dutch trade register.
    """

    name: str | None = None
    legal_id: str | None = None
    legal_id_scheme: str | None = None
    kvk: str | None = None
    endpoint: str | None = None
    endpoint_scheme: str | None = None
    tax_id: str | None = None
    country: str | None = None
    email: str | None = None

    @property
    def key(self) -> str | None:
        """The best key of the party: legal id, else endpoint, else exact name."""
        return self.legal_id or self.endpoint or self.name

    def to_json(self) -> dict[str, object]:
        """Return the party's facts, nulls included."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """One line with its coding; `amount` is net, after the document's allowances and charges are allocated (DOC-04).

    `tax_percent` is the line's rate of tax, None when the document does not tell.
    """

    id: str
    amount: Decimal
    cost_center: str | None = None
    organisation: str | None = None
    parameter_3: str | None = None
    parameter_4: str | None = None
    description: str | None = None
    quantity: str | None = None
    type: str | None = None
    tax_percent: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedFile:
    """A file that stands inside a document: its SHA-256, and its media type by its content, not by what the document says."""

    name: str
    media_type: str
    size: int
    hash: str

    def to_json(self) -> dict[str, object]:
        """Return the facts of the file, without its content."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedDocument:
    """A document as read: header, coded lines, facts for the page and findings.

    `total` is the tax-exclusive amount, which is what is approved; `payable` includes tax and is None when the document does
    not tell. Signs are as written, a credit note's amounts too. `company` is given by JSON documents alone: a UBL document's
    company follows from its buyer. `facts` holds JSON values for the page; amounts in it are texts.
    """

    kind: DocumentKind
    number: str
    type_code: str | None
    issued_on: date | None
    due_on: date | None
    currency: str
    total: Decimal
    payable: Decimal | None
    prepaid: Decimal = Decimal(0)
    seller: PartyFacts
    buyer: PartyFacts
    order_number: str | None
    lines: tuple[DocumentLine, ...]
    company: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    attachments: tuple["EmbeddedFile", ...] = ()
