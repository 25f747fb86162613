"""What the pages show of a process instance: where it stands, what failed, its elements and variables. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.web.document import status_badge
from app.web.formatting import Badge, Calendar, amount_text, currency_of, join_names, person_name, seller_name, words

STATUSES = (
    ("", "All"),
    ("active", "Active"),
    ("incident", "Incident"),
    ("suspended", "Suspended"),
    ("completed", "Completed"),
    ("cancelled", "Cancelled"),
)
_STATUS = {
    "active": ("circle-dot", "you"),
    "suspended": ("pause", "warn"),
    "incident": ("circle-alert", "no"),
    "completed": ("circle-check", "yes"),
    "cancelled": ("ban", ""),
}
_STATES = {"active": ("circle-dot", "you"), "completed": ("check", "yes"), "failed": ("circle-alert", "no"), "cancelled": ("ban", "")}
_MARKS = {"active": "active", "completed": "done", "failed": "failed", "cancelled": "cancelled"}
_KINDS = {
    "userTask": "user task",
    "serviceTask": "service task",
    "businessRuleTask": "business rule task",
    "scriptTask": "script task",
    "sequenceFlow": "sequence flow",
}
_VALUE_MAX = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementRow:
    """One element of the diagram with the state of its last visit."""

    element: str
    name: str
    kind: str
    state: Badge
    holders: str
    since: str
    count: int
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView:
    """One thing that failed and waits for somebody."""

    id: str
    title: str
    detail: str
    at: str
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceView:
    """One process instance, as its page and the list show it."""

    id: str
    title: str
    rest: str
    status: Badge
    outcome: Badge | None
    subtitle: str
    definition_key: str
    definition_version: int
    definition_name: str
    business_key: str
    document_id: str
    supplier: str
    number: str
    amount: str
    currency: str
    active: str
    started: str
    can: frozenset[str]
    is_live: bool


def show_instance(instance: Mapping[str, Any], *, calendar: Calendar) -> InstanceView:
    """Return the instance as the pages show it."""
    definition = instance.get("definition") or {}
    document = instance.get("document") or {}
    status = str(instance.get("status") or "active")
    icon, tone = _STATUS.get(status, ("circle", ""))
    money = document.get("total")
    key = str(definition.get("key") or "")
    version = int(definition.get("version") or 0)
    number = str(document.get("number") or instance.get("business_key") or instance.get("id"))
    supplier = seller_name(document) if document else ""
    amount = amount_text(money) if money else ""
    currency = currency_of(money, str(document.get("currency") or ""))
    return InstanceView(
        id=str(instance.get("id")),
        title=number,
        rest=", ".join(part for part in (supplier, f"{currency} {amount}".strip()) if part),
        status=Badge(text=words(status), icon=icon, tone=tone),
        outcome=status_badge(instance.get("outcome")),
        subtitle=_subtitle(instance, version, calendar),
        definition_key=key,
        definition_version=version,
        definition_name=str(definition.get("name") or words(key)),
        business_key=str(instance.get("business_key") or ""),
        document_id=str(instance.get("document_id") or document.get("id") or ""),
        supplier=supplier,
        number=number,
        amount=amount,
        currency=currency,
        active=join_names([str(element.get("name") or element.get("element")) for element in instance.get("active") or ()]),
        started=calendar.moment(instance.get("started_at")) if instance.get("started_at") else "",
        can=frozenset(str(verb) for verb in instance.get("can") or ()),
        is_live=status in ("active", "suspended", "incident"),
    )


def _subtitle(instance: Mapping[str, Any], version: int, calendar: Calendar) -> str:
    parts = []
    if instance.get("started_at"):
        started = f"Started {calendar.moment(instance['started_at'])}"
        parts.append(f"{started} by {person_name(instance['started_by'])}" if instance.get("started_by") else started)
    if instance.get("ended_at"):
        parts.append(f"ended {calendar.moment(instance['ended_at'])}")
    if instance.get("revision") is not None:
        parts.append(f"revision {instance['revision']}")
    latest = instance.get("latest_version")
    parts.append(f"definition v{version}" + (f", latest is v{latest}" if latest and latest != version else ""))
    return " \N{MIDDLE DOT} ".join(parts)


def show_elements(items: Iterable[Mapping[str, Any]], *, calendar: Calendar) -> tuple[ElementRow, ...]:
    """Return the elements, those that are active or failed first, each group by its start."""
    rows = [(str(item.get("state")), str(item.get("started_at") or ""), _element(item, calendar)) for item in items]
    rows.sort(key=lambda row: row[1])
    rows.sort(key=lambda row: {"failed": 0, "active": 1}.get(row[0], 2))
    return tuple(row for _, _, row in rows)


def _element(item: Mapping[str, Any], calendar: Calendar) -> ElementRow:
    state = str(item.get("state") or "")
    icon, tone = _STATES.get(state, ("circle", ""))
    kind = str(item.get("kind") or "")
    return ElementRow(
        element=str(item.get("element")),
        name=str(item.get("name") or item.get("element")),
        kind=_KINDS.get(kind, "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind)),
        state=Badge(text="Incident" if state == "failed" else words(state), icon=icon, tone=tone),
        holders=join_names([person_name(person) for person in item.get("with") or ()]),
        since=calendar.moment(item.get("ended_at") or item.get("started_at")),
        count=int(item.get("count") or 1),
        active=state in ("active", "failed"),
    )


def show_marks(items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what the diagram marks: element, mark (active, done, failed, cancelled) and how often it was visited."""
    return [
        {"element": str(item.get("element")), "mark": _MARKS[str(item.get("state"))], "count": int(item.get("count") or 1)}
        for item in items
        if str(item.get("state")) in _MARKS
    ]


def show_incident(item: Mapping[str, Any], *, calendar: Calendar, names: Mapping[str, str]) -> IncidentView:
    """Return one incident: what failed, how often, when last; `names` are those of the diagram's elements."""
    key = str(item.get("element") or "")
    element = names.get(key) or str(item.get("element_name") or key or "This process instance")
    attempts = item.get("attempts")
    times = f" failed {attempts} times." if isinstance(attempts, int) and attempts > 1 else " failed."
    at = calendar.moment(item["created_at"]) if item.get("created_at") else ""
    return IncidentView(
        id=str(item.get("id")),
        title=f"\N{LEFT DOUBLE QUOTATION MARK}{element}\N{RIGHT DOUBLE QUOTATION MARK}{times}" + (f" {at}." if at else ""),
        detail=str(item.get("detail") or item.get("title") or ""),
        at=at,
        is_open=str(item.get("status", "open")) == "open",
    )


def show_variables(body: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the variables by name, their values as JSON text."""
    inner = body.get("variables")
    variables = inner if isinstance(inner, Mapping) and len(body) == 1 else body
    return tuple((str(name), _value(variables[name])) for name in sorted(variables))


def _value(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _VALUE_MAX else f"{text[:_VALUE_MAX]}\N{HORIZONTAL ELLIPSIS}"
