"""Fixture FX as the pages see it: bodies of API.md's shapes, kept on a stage that the stand-ins read and change."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.operations.answer import Caller

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
PEOPLE = {
    "marc": "Marc Anthony",
    "claire": "Claire",
    "donald": "Donald",
    "jeremy": "Jeremy",
    "ann": "Ann",
    "carl": "Carl",
    "frank": "Frank",
    "eva": "Eva",
    "wfa": "Wouter F.",
}
BPMN = Path(__file__).parents[2] / "processes" / "purchase_invoice" / "purchase_invoice.bpmn"
ROLES = {"wfa": frozenset({"workflow_administrator"}), "eva": frozenset({"coding"})}


def person(username: str) -> dict[str, str]:
    """Return a person object."""
    return {"username": username, "full_name": PEOPLE[username]}


def money(amount: str, currency: str = "EUR") -> dict[str, str]:
    """Return a money object."""
    return {"amount": amount, "currency": currency}


def caller_of(username: str) -> Caller:
    """Return the signed-in person."""
    return Caller(
        user_id=f"u-{username}", username=username, full_name=PEOPLE[username], environment_id=1, roles=ROLES.get(username, frozenset())
    )


def make_task(task_id: str, number: str, amount: str, **overrides: Any) -> dict[str, Any]:
    """Return an inbox item of Claire's second line; overrides win."""
    currency = overrides.pop("currency", "EUR")
    item: dict[str, Any] = {
        "id": task_id,
        "name": "Approve second line",
        "element": "ApproveSecondLine",
        "step": "second_line",
        "status": "open",
        "my_status": "open",
        "mode": "any",
        "due_at": None,
        "priority": 50,
        "process_instance_id": "i-1",
        "document": {
            "id": f"d-{number}",
            "number": number,
            "kind": overrides.pop("kind", "invoice"),
            "currency": currency,
            "total": money(amount, currency),
            "seller": {"name": overrides.pop("seller", "Acme")},
        },
        "to_sign": money(amount, currency),
        "route": [{"step": "first_line", "state": "signed"}, {"step": "second_line", "state": "now"}],
        "why": f"Line 1 on SALES is {currency} {amount}. That is higher than Marc's limit of 10,000.00, so second line signs too.",
        "why_short": overrides.pop("why_short", f"SALES {amount} is above Marc's 10,000"),
        "assignees": [person("claire")],
        "pool": [person("claire")],
        "received_at": "2026-10-28T08:12:00Z",
        "comments": 0,
        "revision": 11,
    }
    return item | overrides


def open_tasks() -> list[dict[str, Any]]:
    """Return Claire's open tasks, soonest due first."""
    three = [
        {"step": "first_line", "state": "signed"},
        {"step": "second_line", "state": "now"},
        {"step": "first_overall", "state": "ahead"},
    ]
    return [
        make_task("42", "A-2026-1187", "300000.00", due_at="2026-11-01T08:00:00Z", route=three, reminded_at="2026-11-02T08:00:00Z"),
        make_task(
            "43",
            "INF-20874",
            "1240.00",
            seller="Informatique",
            step="first_line",
            due_at="2026-11-02T05:00:00Z",
            escalated_from=person("jeremy"),
            why_short="Jeremy did not act within 48 h",
            route=[{"step": "first_line", "state": "now"}],
        ),
        make_task("44", "A-2026-1191", "24600.00", due_at="2026-11-02T16:00:00Z", why_short="CON 24,600.00 is above Carl's 10,000"),
        make_task(
            "45",
            "A-2026-C044",
            "-12000.00",
            kind="credit_note",
            due_at="2026-11-02T16:00:00Z",
            why_short="SALES −12,000.00, judged as 12,000.00",
        ),
        make_task(
            "46",
            "INF-UK-3107",
            "8500.00",
            currency="GBP",
            seller="Informatique",
            due_at="2026-11-02T16:00:00Z",
            pool=[person("claire"), person("donald")],
        ),
        make_task(
            "47",
            "A-2026-1179",
            "60000.00",
            due_at="2026-11-04T16:00:00Z",
            on_behalf_of=person("donald"),
            why_short="For Donald, who is away; you are his backup",
        ),
        make_task(
            "48", "INF-20890", "10000.01", seller="Informatique", due_at="2026-11-05T16:00:00Z", pool=[person("claire"), person("donald")]
        ),
        make_task(
            "49", "A-2026-1194", "40000.00", step="first_overall", due_at="2026-11-05T16:00:00Z", why_short="SALES and CON meet at GM"
        ),
        make_task("50", "PO-6014", "38400.00", seller="Informatique", kind="order", due_at="2026-11-06T16:00:00Z", comments=2),
        make_task("51", "A-2026-1196", "11000.01", currency="USD", due_at="2026-11-09T16:00:00Z"),
        make_task("52", "A-2026-1198", "12500.00", due_at="2026-11-10T16:00:00Z"),
    ]


LINES = [
    {
        "id": "1",
        "number": 1,
        "description": "Campaign 2027, media",
        "quantity": "12 months",
        "amount": money("300000.00"),
        "company": "NL01",
        "cost_center": "SALES",
        "organisation": "Acme",
        "parameter_3": "P7",
        "parameter_4": "4410",
        "mine": True,
        "signed_by": [person("marc")],
        "waiting_for": [person("claire")],
    },
    {
        "id": "2",
        "number": 2,
        "description": "Printed matter",
        "quantity": "4,000 pieces",
        "amount": money("1480.00"),
        "company": "NL01",
        "cost_center": "SUP-N",
        "organisation": "Acme",
        "parameter_3": None,
        "parameter_4": "4420",
        "mine": False,
        "signed_by": [person("ann")],
        "waiting_for": [],
    },
]
ROUTE = {
    "steps": [
        {
            "step": "first_line",
            "slots": [
                {
                    "lines": [1],
                    "role_player": person("marc"),
                    "pool": [person("marc")],
                    "limit": money("10000.00"),
                    "why": "Marc holds first line for SALES.",
                    "state": "signed",
                    "decided_by": person("marc"),
                    "decided_at": "2026-10-30T13:20:00Z",
                    "on_behalf_of": None,
                    "mine": False,
                    "considered": [],
                },
                {
                    "lines": [2],
                    "role_player": person("ann"),
                    "pool": [person("ann")],
                    "limit": money("10000.00"),
                    "why": "Ann holds first line for SUP, one level above SUP-N.",
                    "state": "signed",
                    "decided_by": person("ann"),
                    "decided_at": "2026-10-28T15:03:00Z",
                    "on_behalf_of": None,
                    "mine": False,
                    "considered": [],
                },
            ],
        },
        {
            "step": "second_line",
            "slots": [
                {
                    "lines": [1],
                    "role_player": person("claire"),
                    "pool": [person("claire")],
                    "limit": money("50000.00"),
                    "why": "Line 1 on SALES is EUR 300,000.00. That is higher than Marc's limit of 10,000.00, so second line signs too. You hold second line for GM, one level above SALES.",
                    "state": "now",
                    "decided_by": None,
                    "decided_at": None,
                    "on_behalf_of": None,
                    "mine": True,
                    "considered": [],
                }
            ],
        },
        {
            "step": "first_overall",
            "slots": [
                {
                    "lines": [1, 2],
                    "role_player": person("frank"),
                    "pool": [person("frank")],
                    "limit": money("1000000.00"),
                    "why": "The whole invoice is higher than Claire's limit of 50,000.00.",
                    "state": "ahead",
                    "decided_by": None,
                    "decided_at": None,
                    "on_behalf_of": None,
                    "mine": False,
                    "considered": [],
                }
            ],
        },
    ]
}
TIMELINE = [
    {
        "at": "2026-10-28T08:12:00Z",
        "kind": "document_received",
        "actor": "erp",
        "on_behalf_of": None,
        "element": None,
        "text": "erp sent invoice A-2026-1187.",
        "facts": {},
    },
    {
        "at": "2026-10-28T08:12:01Z",
        "kind": "decision_evaluated",
        "actor": "system",
        "on_behalf_of": None,
        "element": "TriageInvoice",
        "text": "Triage invoice: route.",
        "facts": {},
    },
    {
        "at": "2026-10-28T08:12:02Z",
        "kind": "route_resolved",
        "actor": "system",
        "on_behalf_of": None,
        "element": "ResolveRolePlayers",
        "text": "Four signatures are needed.",
        "facts": {},
    },
    {
        "at": "2026-10-28T15:03:00Z",
        "kind": "task_approved",
        "actor": "ann",
        "on_behalf_of": None,
        "element": "ApproveFirstLine",
        "text": "Ann approved first line for line 2.",
        "facts": {},
    },
    {
        "at": "2026-10-30T13:20:00Z",
        "kind": "task_approved",
        "actor": "marc",
        "on_behalf_of": None,
        "element": "ApproveFirstLine",
        "text": "Marc Anthony approved first line for line 1.",
        "facts": {"comment": "As agreed with the agency."},
    },
    {
        "at": "2026-11-02T08:00:00Z",
        "kind": "task_reminded",
        "actor": "system",
        "on_behalf_of": None,
        "element": "ApproveSecondLine",
        "text": "Reminder mailed to Claire: 3 days open.",
        "facts": {},
    },
]
CONSIDERED = [
    {"person": person("claire"), "chosen": True, "limit": money("50000.00"), "reason": "lowest limit that is enough for second line"},
    {"person": person("donald"), "chosen": False, "limit": money("250000.00"), "reason": "higher limit than Claire"},
    {"person": person("marc"), "chosen": False, "limit": money("10000.00"), "reason": "plays first line"},
]
WHY_SHARES = [
    {
        "slot": 0,
        "lines": [1],
        "text": "",
        "chain": [
            {
                "cause": "route",
                "text": "Line 1 on SALES is EUR 300,000.00.",
                "at": "2026-10-30T13:20:00Z",
                "person": person("donald"),
                "from": None,
                "comment": None,
                "evidence": {"limit": "250000.00"},
            },
            {
                "cause": "delegation",
                "text": "Donald delegated this to you.",
                "at": "2026-11-01T10:00:00Z",
                "person": person("claire"),
                "from": person("donald"),
                "comment": "You know them.",
                "evidence": None,
            },
        ],
    }
]
ELEMENTS = [
    ("InvoiceReceived", "Invoice received", "startEvent", "completed", 1),
    ("TriageInvoice", "Triage invoice", "businessRuleTask", "completed", 1),
    ("TriageOutcome", "Outcome?", "exclusiveGateway", "completed", 1),
    ("BeforeLinesCoded", "", "exclusiveGateway", "completed", 1),
    ("LinesCoded", "All lines coded?", "exclusiveGateway", "completed", 1),
    ("ResolveRolePlayers", "Resolve role players", "serviceTask", "completed", 1),
    ("ApproveFirstLine", "Approve first line", "userTask", "completed", 1),
    ("SecondLineNeeded", "Second line needed?", "exclusiveGateway", "completed", 1),
    ("ApproveSecondLine", "Approve second line", "userTask", "active", 1),
]


class Stage:
    """The state that the stand-ins share, and every call that the pages made."""

    def __init__(self) -> None:
        self.tasks = {task["id"]: task for task in open_tasks()}
        self.completed: list[dict[str, Any]] = []
        self.comments: dict[str, list[dict[str, Any]]] = {
            "42": [{"at": "2026-10-30T13:20:00Z", "actor": person("marc"), "text": "As agreed with the agency."}]
        }
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.faces: dict[str, str] = {}
        self.lost_to: str | None = None
        self.lost_in_bulk: set[str] = set()
        self.refusal: Exception | None = None
        self.filters: list[dict[str, Any]] = [
            {"id": "f-1", "name": "Acme", "query": {"status": "open", "organisation": "Acme"}, "count": 6, "revision": 3, "position": 1},
            {"id": "f-2", "name": "Overdue", "query": {"status": "open", "overdue": True}, "count": 2, "revision": 1, "position": 2},
        ]
        self.attachments: list[dict[str, Any]] = [
            {
                "id": "a-1",
                "name": "order 6001.pdf",
                "size": 24_000,
                "is_embedded": True,
                "added_by": None,
                "added_at": "2026-10-28T08:12:00Z",
            }
        ]
        self.incidents = [
            {
                "id": "n-1",
                "process_instance_id": "i-1",
                "element": "ResolveRolePlayers",
                "element_name": "Resolve role players",
                "title": "No role players found",
                "detail": "No role players for second line on NEW. NEW is not in the chart. Link it, or give it a mandate.",
                "status": "open",
                "attempts": 1,
                "created_at": "2026-11-01T21:40:00Z",
            }
        ]
        self.instance_status = "incident"

    def document(self, number: str = "A-2026-1187") -> dict[str, Any]:
        """Return the whole document."""
        return {
            "id": f"d-{number}",
            "kind": "invoice",
            "number": number,
            "currency": "EUR",
            "total": money("301480.00"),
            "payable": money("364790.80"),
            "seller": {"name": "Acme"},
            "buyer": {"name": "NL01"},
            "order_number": "6001",
            "issued_on": "2026-10-26",
            "due_on": "2026-11-25",
            "received_at": "2026-10-28T08:12:00Z",
            "status": "In approval",
            "hash": "9f2c",
            "facts": {"period": "1 Jan – 31 Dec 2027", "vat_21%": "EUR 63,310.80"},
            "findings": [{"code": "BT-20", "severity": "warning", "text": "The terms of payment are missing."}],
            "lines": LINES,
            "process_instances": [
                {"id": "i-1", "status": "active", "outcome": None, "definition": {"key": "purchase_invoice", "version": 7}}
            ],
            "can": [],
        }

    def instance(self) -> dict[str, Any]:
        """Return the process instance."""
        return {
            "id": "i-1",
            "status": self.instance_status,
            "outcome": None,
            "revision": 11,
            "definition": {"key": "purchase_invoice", "version": 7, "name": "Purchase invoice"},
            "latest_version": 8,
            "business_key": "A-2026-1187",
            "document_id": "d-A-2026-1187",
            "document": {"id": "d-A-2026-1187", "number": "A-2026-1187", "total": money("301480.00"), "seller": "Acme"},
            "started_at": "2026-10-28T08:12:00Z",
            "started_by": {"username": "erp", "full_name": "erp"},
            "ended_at": None,
            "active": [
                {"element": "ApproveSecondLine", "name": "Approve second line", "kind": "userTask", "since": "2026-10-30T13:20:00Z"}
            ],
            "route": ROUTE,
            "incidents": self.incidents,
            "can": ["suspend", "cancel", "retry_incident", "resolve_incident"],
        }
