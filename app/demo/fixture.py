"""Fixture FX: companies, people, chart, rules and mandates of the demo, as plain data."""

from datetime import date
from decimal import Decimal
from typing import Any

PASSWORD = "countersign-demo"  # noqa: S105 - the demo shows it on purpose; it listens on loopback only

LOGINS = (
    ("marc", "Marc Anthony, first line of SALES"),
    ("claire", "Claire, second line and first overall"),
    ("donald", "Donald, second line and first overall"),
    ("frank", "Frank, CFO"),
    ("eva", "Eva, codes invoices"),
    ("adm", "application manager"),
    ("wfa", "workflow administrator"),
)

ENVIRONMENTS: list[dict[str, Any]] = [
    {"key": "main", "name": "Countersign demo", "time_zone": "Europe/Amsterdam", "base_currency": "EUR"},
    {"key": "ACC", "name": "Accountants", "time_zone": "Europe/Amsterdam", "base_currency": "EUR"},
]

COMPANIES: list[dict[str, Any]] = [
    {"key": "NL01", "name": "Countersign Nederland B.V.", "legal_id": "87654321", "base_currency": "EUR"},
    {"key": "DE01", "name": "Countersign Deutschland GmbH", "legal_id": "HRB 12345", "base_currency": "EUR"},
    {"key": "UK01", "name": "Countersign UK Ltd", "legal_id": "01234567", "base_currency": "GBP"},
]

ORGANISATIONS: list[dict[str, Any]] = [
    {"key": "Informatique", "name": "Informatique", "legal_id": "34567890"},
    {"key": "Acme", "name": "Acme", "legal_id": "23456789"},
]

# A rate counts from its day on; the first day lets older invoices convert too.
RATES: list[dict[str, Any]] = [
    {"source": "EUR", "target": "GBP", "rate": Decimal("0.80"), "valid_on": date(2020, 1, 1)},
    {"source": "EUR", "target": "USD", "rate": Decimal("1.10"), "valid_on": date(2020, 1, 1)},
]

_ADMINISTRATORS = ("administrator", "matrix_administrator")


def _at(cost_center: str, phone: str, *, level: int = 20) -> dict[str, Any]:
    """Return where somebody works, and what his security level lets him see."""
    return {"company": "NL01", "cost_center": cost_center, "phone": f"+31 20 555 01 {phone}", "security_level": level}


PEOPLE: list[dict[str, Any]] = [
    {"username": "marc", "full_name": "Marc Anthony", "function": "Department leader SALES", "manager": "claire"}
    | _at("SALES", "11", level=20),
    {"username": "claire", "full_name": "Claire", "function": "Branch manager", "manager": "donald"} | _at("GM", "12", level=40),
    {"username": "donald", "full_name": "Donald", "function": "Management", "manager": "frank"} | _at("GM", "13", level=90),
    {"username": "jeremy", "full_name": "Jeremy", "function": "Buyer hardware", "manager": "claire"} | _at("SUP", "14", level=20),
    {"username": "ann", "full_name": "Ann", "function": "Department leader SUP", "manager": "claire"} | _at("SUP", "15", level=20),
    {"username": "carl", "full_name": "Carl", "function": "Department leader CON", "manager": "claire"} | _at("CON", "16", level=20),
    {"username": "frank", "full_name": "Frank", "function": "CFO"} | _at("GM", "17", level=90),
    {"username": "eva", "full_name": "Eva", "function": "Accounts payable", "roles": ("coding",), "manager": "frank"}
    | _at("GM", "18", level=40),
    {"username": "adm", "full_name": "Application manager", "roles": ("application_manager", "analyst", *_ADMINISTRATORS)}
    | _at("GM", "19", level=100),
    {"username": "wfa", "full_name": "Wouter", "roles": ("workflow_administrator", "matrix_administrator")} | _at("GM", "20", level=100),
    {"username": "max", "full_name": "Max", "function": "Implementation consultant", "roles": ("consultant",)},
    {"username": "pia", "full_name": "Pia", "kind": "portal"},
    {"username": "otto", "full_name": "Otto", "active": False, "successor": "marc"},
    {"username": "erp", "full_name": "ERP", "kind": "none", "roles": ("integrator",)},
]
PARTNERS: list[dict[str, Any]] = [
    {"username": "kim", "full_name": "Kim", "function": "Accountant", "roles": ("administrator",), "security_level": 100}
]

COST_CENTERS: list[tuple[str, str | None]] = [
    ("GM", None),
    ("SALES", "GM"),
    ("CON", "GM"),
    ("SUP", "GM"),
    ("SUP-N", "SUP"),
    ("SUP-N-1", "SUP-N"),
    ("NEW", None),
]

APPROVAL_TYPE: dict[str, Any] = {
    "key": "PI",
    "description": "Purchase invoices",
    "settings": {
        "currency": "EUR",
        "priority": [2, 3, 4],
        "second_line": True,
        "first_overall": True,
        "second_overall": True,
        "parameter_3_label": "Project",
        "parameter_4_label": "Ledger",
    },
}

RULES: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "DL": ("Department leader", [("NL01", "EUR", "10000"), ("UK01", "GBP", "8000")]),
    "BM": ("Branch manager", [("NL01", "EUR", "50000"), ("UK01", "GBP", "40000")]),
    "MT": ("Management team", [("NL01", "EUR", "250000")]),
    "CFO": ("Chief financial officer", [("NL01", "EUR", "1000000")]),
}

MANDATES: list[dict[str, Any]] = [
    {"user": "marc", "rule": "DL", "steps": ["first_line"], "cost_center": "SALES"},
    {"user": "carl", "rule": "DL", "steps": ["first_line"], "cost_center": "CON"},
    {"user": "ann", "rule": "DL", "steps": ["first_line"], "cost_center": "SUP"},
    {"user": "jeremy", "rule": "DL", "steps": ["first_line"], "cost_center": "SUP", "organisation": "Informatique"},
    {"user": "claire", "rule": "BM", "steps": ["second_line", "first_overall"], "cost_center": "GM"},
    {"user": "donald", "rule": "MT", "steps": ["second_line", "first_overall"], "cost_center": "GM"},
    {"user": "frank", "rule": "CFO", "steps": ["first_overall", "second_overall"], "cost_center": "GM"},
]
