"""Scenario files: what an analyst writes is read, and every fault is told at once with its line."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.domain.deadlines import CalendarDuration
from app.formats.scenario_documents import write_document
from app.formats.scenario_steps import Act, Advance, Code, Expect, ExpectMail, ExpectNoMail, Worklist
from app.formats.scenarios import Scenario, ScenariosInvalid, read_scenarios
from app.formats.ubl import read_ubl

FILE = """
process = "purchase_invoice"
variables = { channel = "mail" }

[document]
kind = "invoice"
order_number = "6001"

[[scenario]]
name = "Marc approves"
document = { order_number = "6002", lines = [{ amount = "8000.00", cost_center = "SALES" }] }
variables = { urgent = true }
steps = [
  { worklist = { marc = "ApproveFirstLine", carl = ["ApproveFirstLine", "CodeInvoice"] } },
  { who = "marc", delegates = "ApproveFirstLine", to = "ann", comment = "on leave" },
  { who = "ann", rejects = "ApproveFirstLine", refused = "invalid_request" },
  { who = "ann", rejects = "ApproveFirstLine", reason = "not ordered" },
  { who = "eva", codes = [{ id = "1", cost_center = "CON" }] },
  { wait = "P3D" },
  { until = 2026-11-09T09:00:00+01:00 },
  { mail_to = "marc", subject = "Reminder", count = 2 },
  { no_mail = true },
  { end = "Rejected", path = ["TriageInvoice", "ApproveFirstLine"], variables = { "triage.outcome" = "route" }, timeline = "not ordered" },
]

[[scenario]]
name = "Parked"
process = "expense_claim"
document = false
at = 2026-10-24T10:00:00+02:00
started_by = "wfa"
steps = [{ status = "incident", incident = "no_role_players_found", element = "ResolveRolePlayers" }]
"""


def read(text: str) -> tuple[Scenario, ...]:
    return read_scenarios(text, filename="purchase_invoice.scenarios.toml")


def faults(text: str) -> list[tuple[int | None, str]]:
    with pytest.raises(ScenariosInvalid) as raised:
        read(text)
    return [(each.line, each.code) for each in raised.value.facts["diagnostics"]]


def scenario(steps: str, *, head: str = 'process = "p"\n') -> str:
    return f'{head}[[scenario]]\nname = "one"\nsteps = [\n{steps}\n]\n'


def test_a_scenario_has_the_facts_of_the_file_and_its_own_over_them():
    first, second = read(FILE)

    assert first.process == "purchase_invoice"
    assert first.document == {"kind": "invoice", "order_number": "6002", "lines": [{"amount": "8000.00", "cost_center": "SALES"}]}
    assert first.variables == {"channel": "mail", "urgent": True}
    assert (first.started_by, first.at.isoformat()) == ("erp", "2026-11-02T09:00:00+01:00")
    assert (second.process, second.document, second.started_by) == ("expense_claim", None, "wfa")
    assert second.at == datetime(2026, 10, 24, 8, tzinfo=UTC)
    assert second.variables == {"channel": "mail"}


def test_every_kind_of_step_is_read_with_its_line():
    [first, second] = read(FILE)

    assert first.steps == (
        Worklist(line=14, expected={"marc": ("ApproveFirstLine",), "carl": ("ApproveFirstLine", "CodeInvoice")}),
        Act(line=15, who="marc", verb="delegate", element="ApproveFirstLine", to="ann", text="on leave"),
        Act(line=16, who="ann", verb="reject", element="ApproveFirstLine", refused="invalid_request"),
        Act(line=17, who="ann", verb="reject", element="ApproveFirstLine", text="not ordered"),
        Code(line=18, who="eva", lines=({"id": "1", "cost_center": "CON"},)),
        Advance(line=19, duration=CalendarDuration(days=3)),
        Advance(line=20, until=datetime(2026, 11, 9, 8, tzinfo=UTC)),
        ExpectMail(line=21, to="marc", subject="Reminder", count=2),
        ExpectNoMail(line=22),
        Expect(
            line=23,
            end="Rejected",
            path=("TriageInvoice", "ApproveFirstLine"),
            variables={"triage.outcome": "route"},
            timeline=("not ordered",),
        ),
    )
    assert second.steps == (Expect(line=32, status="incident", incident="no_role_players_found", element="ResolveRolePlayers"),)


def test_an_empty_worklist_is_an_expectation_too():
    [one] = read(scenario("{ worklist = {} }"))

    assert one.steps == (Worklist(line=5, expected={}),)


def test_text_that_is_no_toml_names_its_line():
    assert faults('process = "p"\nname = \n') == [(2, "not_readable")]


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ('{ who = "marc" }', "step_unclear"),
        ('{ who = "marc", approves = "A", rejects = "A" }', "step_unclear"),
        ('{ who = "marc", approves = "A", end = "Rejected" }', "step_unclear"),
        ('{ then = "A" }', "step_unclear"),
        ('"approve"', "wrong_type"),
        ('{ who = "marc", approves = "A", reason = "x" }', "unknown_key"),
        ('{ who = "marc", delegates = "A" }', "wrong_type"),
        ('{ who = "", approves = "A" }', "wrong_type"),
        ('{ who = "marc", approves = "A", refused = "Not allowed" }', "wrong_type"),
        ('{ who = "eva", codes = "all" }', "wrong_type"),
        ('{ worklist = "marc" }', "wrong_type"),
        ("{ worklist = { marc = 1 } }", "wrong_type"),
        ('{ wait = "3 days" }', "wrong_type"),
        ("{ until = 2026-11-02T09:00:00 }", "wrong_type"),
        ('{ mail_to = "marc", count = 0 }', "wrong_type"),
        ("{ no_mail = false }", "wrong_type"),
        ('{ status = "done" }', "wrong_type"),
        ('{ end = "Rejected", outcome = "x" }', "unknown_key"),
        ('{ end = "Rejected", path = 1 }', "wrong_type"),
        ('{ variables = "x" }', "wrong_type"),
    ],
)
def test_a_step_that_cannot_be_meant_is_refused_with_its_line(step, code):
    found = faults(scenario(f'{{ worklist = {{}} }},\n{step},\n{{ end = "Rejected" }}'))

    assert (6 if step.startswith("{") else 2, code) in found


def test_all_faults_of_a_file_are_told_at_once():
    found = faults(
        'proces = "p"\n[[scenario]]\nname = "one"\nsteps = []\n[[scenario]]\nname = "one"\nprocess = "p"\nsteps = [\n{ wait = "x" },\n{ then = 1 },\n]\n'
    )

    assert found == [
        (None, "unknown_key"),
        (2, "wrong_type"),
        (2, "no_steps"),
        (9, "wrong_type"),
        (10, "step_unclear"),
        (2, "name_repeated"),
        (5, "name_repeated"),
    ]


def test_a_file_without_scenarios_is_refused():
    assert [code for _, code in faults('process = "p"')] == ["no_scenarios"]


LINES = [{"amount": "60.00", "cost_center": "SALES"}, {"amount": "40.00", "tax_percent": "9"}]


@pytest.mark.parametrize("kind", ["invoice", "credit_note"])
@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_a_document_written_as_facts_is_sent_as_ubl_that_is_right(kind, currency):
    lines = [{**line, "amount": line["amount"].split(".")[0]} for line in LINES]

    content, media_type = write_document({"kind": kind, "currency": currency, "order_number": "6001", "lines": lines})

    received = read_ubl(content)
    assert media_type == "application/xml"
    assert received.findings == ()
    assert (received.kind, received.total, received.order_number, received.seller.name) == (kind, Decimal(100), "6001", "Acme")
    assert [line.cost_center for line in received.lines] == ["SALES", None]


def test_sums_can_be_made_wrong_on_purpose():
    content, _ = write_document({"kind": "invoice", "tax_amount": "20.00", "lines": [{"amount": "100.00"}]})

    assert {finding.area for finding in read_ubl(content).findings} == {"tax", "totals"}


def test_other_documents_are_sent_as_json():
    content, media_type = write_document({"kind": "expense_claim", "number": "1", "issued_on": date(2026, 10, 30), "lines": LINES})

    assert media_type == "application/json"
    assert json.loads(content) == {"kind": "expense_claim", "number": "1", "issued_on": "2026-10-30", "lines": LINES}


@pytest.mark.parametrize(
    "document",
    [
        '{ kind = "bill" }',
        '{ kind = "invoice" }',
        '{ kind = "invoice", lines = [] }',
        '{ kind = "invoice", lines = [{ amount = 100.0 }] }',
        '{ kind = "invoice", lines = [{ amount = "much" }] }',
        '{ kind = "invoice", lines = [{ amount = "1", price = "1" }] }',
        '{ kind = "invoice", colour = "red", lines = [{ amount = "1" }] }',
        '{ kind = "invoice", seller = 1, lines = [{ amount = "1" }] }',
        '{ kind = "invoice", tax_percent = 21, lines = [{ amount = "1" }] }',
        '{ file = "" }',
        '{ file = "a.xml", lines = [] }',
    ],
)
def test_a_document_that_cannot_be_sent_is_refused(document):
    assert faults(f'process = "p"\n[[scenario]]\nname = "one"\ndocument = {document}\nsteps = [{{ worklist = {{}} }}]\n')
