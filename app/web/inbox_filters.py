"""What the address of the inbox asks for: filters and order, read, checked, and written back. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from app.web.formatting import words

FIELDS = (
    "q",
    "organisation",
    "process",
    "step",
    "received_from",
    "received_to",
    "amount_from",
    "amount_to",
    "currency",
    "overdue",
    "held",
    "claimed",
    "for",
    "sort",
)
SORTS = (
    ("", "Due, soonest first"),
    ("due-desc", "Due, latest first"),
    ("received-desc", "Received, newest first"),
    ("received-asc", "Received, oldest first"),
    ("amount-desc", "Amount, highest first"),
    ("amount-asc", "Amount, lowest first"),
    ("seller-asc", "Supplier, A to Z"),
)
STEPS = ("secretary", "first_line", "second_line", "first_overall", "second_overall")
WHOSE = (("", "Mine and those I stand in for"), ("mine", "Only mine"), ("covered", "Only those I stand in for"))
FLAGS = (("overdue", "Overdue"), ("held", "On hold"), ("claimed", "Claimed"))
_FLAG_WORDS = {
    ("overdue", "true"): "overdue",
    ("overdue", "false"): "not overdue",
    ("held", "true"): "on hold",
    ("held", "false"): "not on hold",
    ("claimed", "true"): "claimed",
    ("claimed", "false"): "not claimed",
    ("for", "mine"): "only mine",
    ("for", "covered"): "only those I stand in for",
}
_RENAMED = {"for": "whose"}
_CURRENCY = re.compile(r"[A-Z]{3}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The filters as the list takes them, and what is wrong with what was written, by field."""

    options: Mapping[str, Any]
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A saved filter: its name, the tasks that it finds, and the address that shows them."""

    id: str
    name: str
    count: int | None
    revision: int | None
    arguments: Mapping[str, str]
    current: bool


def read_filters(texts: Mapping[str, str]) -> Asked:
    """Return what the list is asked for by the arguments of an address."""
    options: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, text in texts.items():
        try:
            options |= _read(name, text)
        except ValueError as error:
            errors[name] = str(error)
    return Asked(options=options, errors=errors)


def _read(name: str, text: str) -> dict[str, Any]:
    if name.startswith("received"):
        return {name: _day(text)}
    if name.startswith("amount"):
        return {name: _amount(text)}
    if name in ("overdue", "held", "claimed"):
        return {name: _choice({"true": True, "false": False}, text)}
    if name == "for":
        return {_RENAMED[name]: _choice({"mine": "mine", "covered": "covered"}, text)}
    if name == "step":
        return {name: _choice({step: step for step in STEPS}, text)}
    if name == "currency":
        if not _CURRENCY.match(text.upper()):
            raise ValueError("Write the currency as EUR.")
        return {name: text.upper()}
    if name == "sort":
        column, _, order = _choice({value: value for value, _ in SORTS if value}, text).partition("-")
        return {"sort": column, "order": order}
    return {name: text[:100]}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("Write the date as 2026-11-02.") from None


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text.replace(" ", ""))
    except InvalidOperation:
        raise ValueError("Write the amount as 50000 or 50000.00.") from None
    if not amount.is_finite():
        raise ValueError("Write the amount as 50000 or 50000.00.")
    return amount


def _choice(choices: Mapping[str, Any], text: str) -> Any:
    if text not in choices:
        raise ValueError(f"Choose {' or '.join(choices)}.")
    return choices[text]


def describe_filters(texts: Mapping[str, str]) -> str:
    """Return the filters in words: "Acme, from 2026-10-01, overdue"; the order of the rows is none of them."""
    parts = []
    for name, text in texts.items():
        if name == "sort":
            continue
        prefix = {"received_from": "received from ", "received_to": "received to ", "amount_from": "from ", "amount_to": "up to "}.get(name)
        parts.append(_FLAG_WORDS.get((name, text)) or (f"{prefix}{text}" if prefix else words(text) if name == "step" else text))
    return ", ".join(parts)


def count_hidden(texts: Mapping[str, str]) -> int:
    """Return how many filters stand in the panel that is closed at first."""
    return sum(name not in ("q", "organisation", "sort") for name in texts)


def stored_arguments(query: Mapping[str, Any]) -> dict[str, str]:
    """Return the arguments of an address that asks for what a saved filter keeps."""
    texts = {name: _text(value) for name, value in query.items() if name not in ("sort", "order") and value is not None}
    column = str(query.get("sort") or "due")
    order = str(query.get("order") or ("asc" if column in ("due", "seller") else "desc"))
    sort = f"{column}-{order}"
    if sort in dict(SORTS):
        texts["sort"] = sort
    if texts.get("status") == "open":
        del texts["status"]
    return texts


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def show_chips(saved: Iterable[Mapping[str, Any]], *, current: Mapping[str, str]) -> tuple[Chip, ...]:
    """Return the saved filters in their order; that of the address is marked."""
    chips = []
    for each in saved:
        arguments = stored_arguments(each.get("query") or {})
        count = each.get("count")
        chips.append(
            Chip(
                id=str(each.get("id")),
                name=str(each.get("name")),
                count=count if isinstance(count, int) else None,
                revision=each.get("revision"),
                arguments=arguments,
                current=arguments == dict(current),
            )
        )
    return tuple(chips)
