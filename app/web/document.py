"""What the pages show of a document. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.web.formatting import Badge, Calendar, amount_text, currency_of, kind_text, money_text, seller_name, words

_STATUS = (
    ("approved", "circle-check", "yes"),
    ("paid", "circle-check", "yes"),
    ("reject", "circle-x", "no"),
    ("held", "pause", "warn"),
    ("duplicate", "pause", "warn"),
    ("parked", "circle-alert", "warn"),
    ("incident", "circle-alert", "no"),
)
_SAID_ABOVE = frozenset({"payable", "due on", "issued on", "total", "seller", "buyer", "currency", "number", "order number"})
_FACTS_MAX = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """One thing a check found."""

    text: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """All that the pages show of a document."""

    id: str
    kind: str
    number: str
    supplier: str
    amount: str
    currency: str
    status: Badge | None
    received: str
    issued: str
    subtitle: str
    payable: str
    facts: tuple[tuple[str, str], ...]
    findings: tuple[FindingView, ...]
    hash: str
    lines: tuple[tuple[str, str], ...]


def show_document(document: Mapping[str, Any], *, calendar: Calendar) -> DocumentView:
    """Return the document as the pages show it."""
    total = document.get("total")
    currency = currency_of(total, str(document.get("currency") or ""))
    kind = kind_text(document.get("kind"))
    received = calendar.moment(document["received_at"]) if document.get("received_at") else ""
    issued = calendar.day(document["issued_on"]) if document.get("issued_on") else ""
    payable = document.get("payable")
    subtitle = f"{words(kind)} of {issued}" if issued else words(kind)
    return DocumentView(
        id=str(document.get("id") or ""),
        kind=kind,
        number=str(document.get("number") or ""),
        supplier=seller_name(document),
        amount=amount_text(total),
        currency=currency,
        status=status_badge(document.get("status")),
        received=received,
        issued=issued,
        subtitle=f"{subtitle}, received {received}" if received else subtitle,
        payable=money_text(payable, currency) if payable else "",
        facts=_facts(document, kind=kind, currency=currency, calendar=calendar),
        findings=tuple(_finding(finding) for finding in document.get("findings") or ()),
        hash=_shown_content(document),
        lines=tuple(
            (str(line.get("description") or line.get("id") or ""), amount_text(line.get("amount"))) for line in document.get("lines") or ()
        ),
    )


def _shown_content(document: Mapping[str, Any]) -> str:
    """Return the mark of what is shown, coding included; a decision sends it back, so that nobody signs what he did not see."""
    mark, revision = document.get("hash"), document.get("revision")
    return "" if not mark else str(mark) if revision is None else f"{mark}.{revision}"


def status_badge(status: object) -> Badge | None:
    """Return the badge of a document's or an instance's status; its tone only says where something is to be done."""
    if not status:
        return None
    text = words(status)
    icon, tone = next(((icon, tone) for word, icon, tone in _STATUS if word in text.lower()), ("circle-dot", ""))
    return Badge(text=text, icon=icon, tone=tone)


def _facts(document: Mapping[str, Any], *, kind: str, currency: str, calendar: Calendar) -> tuple[tuple[str, str], ...]:
    lines = document.get("lines") or ()
    buyer = document.get("buyer")
    company = lines[0].get("company") if lines else None
    due = document.get("due_on")
    known: list[tuple[str, str]] = [
        ("Supplier" if document.get("seller") else "Kind", seller_name(document) if document.get("seller") else words(kind)),
        ("For", str((buyer.get("name") if isinstance(buyer, Mapping) else buyer) or company or "")),
        ("Order number", str(document.get("order_number") or "")),
        ("Issued", calendar.day(document.get("issued_on")) if document.get("issued_on") else ""),
        ("Net", money_text(document.get("total"), currency)),
        (
            f"Payable by {calendar.day(due)}" if due else "Payable",
            money_text(document["payable"], currency) if document.get("payable") else "",
        ),
    ]
    shown = {label.lower() for label, _ in known} | _SAID_ABOVE
    facts = document.get("facts") or {}
    further = (
        [(words(key), _fact_text(value)) for key, value in facts.items() if words(key).lower() not in shown]
        if isinstance(facts, Mapping)
        else []
    )
    further = [(label.replace("Vat", "VAT").replace(" vat", " VAT"), value) for label, value in further]
    return tuple((label, value) for label, value in [*known, *further] if value)[:_FACTS_MAX]


def _fact_text(value: object) -> str:
    if isinstance(value, Mapping):
        return money_text(value) if "amount" in value else str(value.get("name") or "")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, str | int) else ""


def _finding(finding: Mapping[str, Any]) -> FindingView:
    error = str(finding.get("severity")) == "error"
    return FindingView(
        text=str(finding.get("text") or words(finding.get("code"))),
        tone="no" if error else "warn",
        icon="circle-alert" if error else "triangle-alert",
    )
