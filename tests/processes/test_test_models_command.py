"""countersign test-models: what fails is told in the analyst's words, with the path that was taken."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.cli.test_models import collect_tests
from tests.architecture.sources import ROOT

HEAD = 'process = "purchase_invoice"\n[document]\nkind = "invoice"\norder_number = "6001"\nlines = [{ amount = "8000.00", cost_center = "SALES" }]\n'


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a file with one scenario of these steps."""

    def run(*steps: str, head: str = HEAD, more: str = "") -> Path:
        lines = "\n".join(f"  {{ {step} }}," for step in steps)
        file = tmp_path / "one.scenarios.toml"
        file.write_text(f'{head}[[scenario]]\nname = "One"\n{more}\nsteps = [\n{lines}\n]\n')
        return file

    return run


@pytest.fixture
def play(write, stages):
    """Return a function that plays one scenario of these steps and returns why it failed, "" when it did not."""

    def run(*steps: str, **parts: str) -> str:
        [test] = collect_tests([write(*steps, **parts)])
        return test.run(stages) or ""

    return run


def test_a_scenario_that_goes_as_expected_passes(write):
    file = write('who = "marc", approves = "ApproveFirstLine"', 'end = "Approved for payment"')

    result = CliRunner().invoke(main, ["test-models", str(file.parent)])

    assert (result.exit_code, result.output) == (0, "ok    one.scenarios.toml: One\n1 passed, 0 failed\n")


def test_a_scenario_that_fails_ends_the_command_with_one(write):
    result = CliRunner().invoke(main, ["test-models", str(write('end = "Rejected"'))])

    assert result.exit_code == 1
    assert result.output.startswith("FAIL  one.scenarios.toml: One: step 1 (line 10) expected")
    assert result.output.endswith("0 passed, 1 failed\n")


FAILURES = {
    "somebody else has the task": (
        ['worklist = { claire = "ApproveFirstLine" }'],
        "One: step 1 (line 10) expected claire to have ApproveFirstLine, but marc has ApproveFirstLine.",
    ),
    "somebody more has a task": (["worklist = {}"], "expected nobody to have an open task, but marc has ApproveFirstLine."),
    "another end": (
        ['who = "marc", rejects = "ApproveFirstLine", reason = "no"', 'end = "Approved for payment"'],
        'step 2 (line 11) expected the end "Approved for payment", but it ended at "Rejected".',
    ),
    "no end yet": (['end = "Rejected"'], 'expected the end "Rejected", but it is active and marc has ApproveFirstLine.'),
    "an act that is refused": (
        ['who = "ann", approves = "ApproveFirstLine"'],
        "expected ann to approve ApproveFirstLine, but: ",
    ),
    "an act that is not refused": (
        ['who = "marc", approves = "ApproveFirstLine", refused = "separation_of_duty"'],
        "expected marc to approve ApproveFirstLine to be refused as separation_of_duty, but it was accepted.",
    ),
    "an act refused for another reason": (
        ['who = "marc", rejects = "ApproveFirstLine", refused = "separation_of_duty"'],
        "to be refused as separation_of_duty, but: Say why; everybody on this document will read it. (invalid_request)",
    ),
    "a task that never was": (
        ['who = "marc", approves = "ApproveSecondLine"'],
        "expected marc to approve ApproveSecondLine, but no such task was ever there; marc has ApproveFirstLine.",
    ),
    "an unknown person": (['who = "nemo", approves = "ApproveFirstLine"'], "went wrong: There is no active user nemo"),
    "a mail that was not sent": (
        ['mail_to = "marc", subject = "Still open"'],
        'expected a mail to marc with "Still open" in its subject, but there was none.',
    ),
    "a mail that nobody expected": (['wait = "P3D"', "no_mail = true"], "expected no other mail, but there was one to marc@example.com, "),
    "another value": (
        ['variables = { "triage.outcome" = "approve" }'],
        'expected triage.outcome to be "approve", but it is "route".',
    ),
    "a value that is not there": (
        ['variables = { "triage.colour" = 1 }'],
        "expected triage.colour to be 1, but there is no such variable.",
    ),
    "an element not reached": (
        ['path = ["TriageInvoice", "ApproveFirstLine"]'],
        "expected ApproveFirstLine to be finished after TriageInvoice, but it was not.",
    ),
    "words that are not in the timeline": (['timeline = "holiday"'], 'expected "holiday" in the timeline, but it says: '),
    "no incident": (
        ['incident = "no_role_players_found"'],
        "expected the incident no_role_players_found, but it is active and marc has ApproveFirstLine.",
    ),
    "another status": (['status = "suspended"'], "expected the status suspended, but it is active"),
    "time that goes back": (["until = 2026-01-01T00:00:00Z"], "goes back in time: it is 2026-11-02T08:00:00+00:00 already."),
}


@pytest.mark.parametrize(("steps", "said"), FAILURES.values(), ids=FAILURES.keys())
def test_what_differs_is_said_in_plain_words(play, steps, said):
    assert said in play(*steps)


def test_a_failure_shows_the_path_that_was_taken(play):
    output = play('end = "Rejected"')

    assert "    the path taken: InvoiceReceived, TriageInvoice, TriageOutcome, BeforeLinesCoded, LinesCoded, ResolveRolePlayers" in output


def test_a_document_can_be_a_file_beside_the_scenarios(play, tmp_path):
    (tmp_path / "invoice.xml").write_bytes((ROOT / "app" / "demo" / "invoice.xml").read_bytes())

    output = play(
        'worklist = { marc = "ApproveFirstLine" }', head='process = "purchase_invoice"\n', more='document = { file = "invoice.xml" }'
    )

    assert output == ""


@pytest.mark.parametrize("name", ["gone.xml", "../outside.xml"])
def test_a_file_that_is_not_beside_the_scenarios_is_a_failure(play, tmp_path, name):
    (tmp_path.parent / "outside.xml").write_text("<a/>")

    output = play("worklist = {}", head='process = "purchase_invoice"\n', more=f'document = {{ file = "{name}" }}')

    assert f"the start went wrong: There is no file {name} beside the scenarios." in output


def test_an_unknown_process_is_a_failure(play):
    output = play('end = "Rejected"', head=HEAD.replace("purchase_invoice", "purchase"))

    assert "the start went wrong: " in output


def test_a_process_beside_the_scenarios_is_deployed_with_them(play, tmp_path):
    diagram = (ROOT / "processes" / "purchase_invoice" / "purchase_invoice.bpmn").read_text()
    (tmp_path / "own.bpmn").write_text(
        diagram.replace('id="purchase_invoice"', 'id="own"').replace('bpmnElement="purchase_invoice"', 'bpmnElement="own"')
    )

    output = play('worklist = { marc = "ApproveFirstLine" }', head=HEAD.replace("purchase_invoice", "own"))

    assert output == ""


def test_a_file_with_faults_fails_with_all_of_them(play):
    output = play('wait = "3 days"', "then = 1")

    assert "one.scenarios.toml has 2 faults." in output
    assert "one.scenarios.toml:10: wait of Step 1" in output
    assert "one.scenarios.toml:11: Step 2" in output


def write_cases(folder, *rows: str) -> tuple[int, str]:
    (folder / "expense_triage.dmn").write_bytes((ROOT / "rules" / "expense_triage.dmn").read_bytes())
    (folder / "expense_triage.cases.csv").write_text("\n".join(rows))
    result = CliRunner().invoke(main, ["test-models", str(folder)])
    return result.exit_code, result.output


COLUMNS = "case,document.kind,document.total_base,document.lines,document.errors,document.is_duplicate"


def test_a_case_that_fails_names_row_expectation_and_the_rules_that_matched(tmp_path):
    exit_code, output = write_cases(
        tmp_path, f"{COLUMNS},= outcome", "small,expense_claim,30,[],[],false,approve", "large,expense_claim,51,[],[],false,approve"
    )

    assert exit_code == 1
    assert "ok    expense_triage.cases.csv: small" in output
    assert 'large: row 3 expected outcome to be "approve", but it is "route". Rules that matched: ' in output
    assert "EveryOther" in output


def test_a_case_can_expect_the_rules_that_match(tmp_path):
    exit_code, output = write_cases(
        tmp_path, f"{COLUMNS},= rule", "small,expense_claim,30,[],[],false,SmallClaim", "large,expense_claim,51,[],[],false,SmallClaim"
    )

    assert exit_code == 1
    assert "large: row 3 expected the rules SmallClaim to match. Rules that matched: " in output


def test_a_case_can_expect_an_error(tmp_path):
    exit_code, output = write_cases(
        tmp_path,
        f"{COLUMNS},decision,= error,= outcome",
        "unknown,order,1,[],[],false,Nothing,decision_error,",
        "none,order,1,[],[],false,,decision_error,",
    )

    assert exit_code == 1
    assert "ok    expense_triage.cases.csv: unknown" in output
    assert "none: row 3 expected the error decision_error, but got " in output


def test_cases_without_their_decision_fail(tmp_path):
    (tmp_path / "gone.cases.csv").write_text("case,a,= x\none,1,2\n")

    result = CliRunner().invoke(main, ["test-models", str(tmp_path)])

    assert "one: there is no gone.dmn beside the cases." in result.output


def test_a_folder_without_scenarios_is_wrong_usage(tmp_path):
    assert CliRunner().invoke(main, ["test-models", str(tmp_path)]).exit_code == 2


def test_what_no_scenario_visited_is_told_and_too_little_fails(write):
    file = write('who = "marc", approves = "ApproveFirstLine"', 'end = "Approved for payment"')

    told = CliRunner().invoke(main, ["test-models", "--coverage", str(file.parent)])
    failed = CliRunner().invoke(main, ["test-models", "--coverage-min", "90", str(file.parent)])

    assert told.exit_code == 0
    assert "purchase_invoice: " in told.output
    assert "not visited: " in told.output
    assert "ApproveSecondLine" in told.output
    assert failed.exit_code == 1
    assert "FAIL  purchase_invoice: " in failed.output
    assert failed.output.endswith("1 passed, 1 failed\n")
    assert CliRunner().invoke(main, ["test-models", "--coverage-min", "20", str(file.parent)]).exit_code == 0


WAITS = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:test"
  expressionLanguage="https://www.omg.org/spec/DMN/20191111/FEEL/">
  <message id="m" name="Payment"/><signal id="s" name="Stop"/>
  <process id="waits" isExecutable="true">
    <startEvent id="Begin"/><intermediateCatchEvent id="Paid"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
    <intermediateCatchEvent id="Stopped"><signalEventDefinition signalRef="s"/></intermediateCatchEvent><endEvent id="End" name="Done"/>
    <sequenceFlow id="F1" sourceRef="Begin" targetRef="Paid"/><sequenceFlow id="F2" sourceRef="Paid" targetRef="Stopped"/>
    <sequenceFlow id="F3" sourceRef="Stopped" targetRef="End"/>
  </process>
</definitions>"""


@pytest.mark.parametrize(
    ("steps", "failure"),
    [
        (['message = "Payment", payload = { amount = 10.5 }', 'signal = "Stop"', 'end = "Done", variables = { amount = 10.5 }'], ""),
        (['message = "Payment", correlation = { order = "8" }', 'end = "Done"'], 'expected the end "Done", but it is active'),
        (['message = "Payment", refused = "message_ambiguous"'], "to be refused as message_ambiguous, but it was accepted."),
        (['message = "Payment", payload = 3'], "payload of Step 1"),
        (['signal = "Stop", correlation = { a = 1 }'], '"correlation" means nothing'),
    ],
)
def test_messages_and_signals_come_in_a_scenario(play, tmp_path, steps, failure):
    (tmp_path / "waits.bpmn").write_bytes(WAITS)

    found = play(*steps, head='process = "waits"\nvariables = { order = "7" }\n')

    assert (found == "") if not failure else (failure in found), found
