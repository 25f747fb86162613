"""The objects of the matrix in the form of the API: people by user name, rules and types by key, amounts with their decimals."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from app.domain.matrix.values import ApprovalType
from app.domain.money import amount_text
from app.domain.people import Directory
from app.operations.answer import JsonObject
from app.operations.matrix.content import Content
from app.persistence.matrix_content import APPROVAL_RULE, APPROVAL_TYPE, FINANCIAL_MANDATE, Value

SETTINGS: Mapping[str, Any] = {
    **{name: list(value) if isinstance(value, tuple) else value for name, value in asdict(ApprovalType()).items()},
    "parameter_3_table": "free",
    "parameter_4_table": "free",
}
"""Every setting of an approval type with its default."""

AMOUNTS = ("check_amount", "check_amount_additional", "threshold_1", "threshold_2")


def full_settings(settings: Mapping[str, Any]) -> Value:
    """Return the settings of an approval type with the defaults of those that are not written down."""
    return {name: settings.get(name, default) for name, default in SETTINGS.items()}


def approval_type_view(type_id: str, value: Value) -> JsonObject:
    """Return an approval type; amounts are in its currency."""
    settings = full_settings(value["settings"])
    for name in AMOUNTS:
        if settings[name] is not None:
            settings[name] = amount_text(Decimal(settings[name]), settings["currency"])
    return {"id": type_id, "key": value["key"], "description": value["description"], **settings, "revision": value["revision"]}


def approval_rule_view(rule_id: str, value: Value, types: Mapping[str, Value]) -> JsonObject:
    """Return an approval rule with its lines."""
    return {
        "id": rule_id,
        "approval_type": types[value["approval_type_id"]]["key"],
        "key": value["key"],
        "description": value["description"],
        "limits": [limit_view(limit) for limit in value["limits"]],
        "revision": value["revision"],
    }


def limit_view(limit: Value) -> JsonObject:
    """Return one line of a rule; without an amount it is unlimited."""
    amount = limit["amount"]
    return {**limit, "amount": None if amount is None else amount_text(Decimal(amount), limit["currency"])}


def mandate_views(content: Content, directory: Directory, mandates: Mapping[str, Value]) -> list[JsonObject]:
    """Return legal mandates with their financial ones, in the given order."""
    rules = content.select(APPROVAL_RULE, "id", sorted({value["rule_id"] for value in mandates.values()}))
    types = content.select(APPROVAL_TYPE, "id", sorted({rule["approval_type_id"] for rule in rules.values()}))
    financial: dict[str, list[JsonObject]] = {}
    for row_id, row in content.select(FINANCIAL_MANDATE, "mandate_id", list(mandates)).items():
        financial.setdefault(row["mandate_id"], []).append(financial_view(row_id, row))
    return [
        {
            "id": mandate_id,
            "user": person_view(directory, value["user_id"]),
            "approval_type": types[rules[value["rule_id"]]["approval_type_id"]]["key"],
            "rule": rules[value["rule_id"]]["key"],
            "responsible": person_view(directory, value["responsible_id"]),
            "starts_on": value["starts_on"],
            "ends_on": value["ends_on"],
            "status": value["status"],
            "copied_from": value["copied_from"],
            "financial": financial.get(mandate_id, []),
            "revision": value["revision"],
        }
        for mandate_id, value in mandates.items()
    ]


def financial_view(row_id: str, row: Value) -> JsonObject:
    """Return a financial mandate: its steps and what it is for; null is any."""
    return {"id": row_id, **{name: field for name, field in row.items() if name not in {"mandate_id", "revision"}}}


def cost_center_view(center_id: str, value: Value) -> JsonObject:
    """Return a cost center; it is linked when it has a parent or is the root of a tree."""
    return {"id": center_id, **value, "linked": value["is_root"] or value["parent"] is not None}


def organisation_view(organisation_id: str, value: Value) -> JsonObject:
    """Return a supplier organisation."""
    return {"id": organisation_id, **value}


def person_view(directory: Directory, user_id: str | None) -> JsonObject | None:
    """Return a person with both names, None for nobody."""
    if user_id is None:
        return None
    person = directory.get(user_id)
    return {"username": person.username, "full_name": person.full_name}


def count_words(counts: Iterable[tuple[str, int]]) -> str:
    """Return "1 added, 2 changed" of what there is any of, or "nothing"."""
    return ", ".join(f"{number} {word}" for word, number in counts if number) or "nothing"
