"""countersign play: files in, JSON lines in and out."""

import json

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.architecture.sources import ROOT
from tests.engine.diagrams import bpmn, end, start, user

INVOICE = str(ROOT / "processes" / "purchase_invoice" / "purchase_invoice.bpmn")
TRIAGE = str(ROOT / "rules" / "invoice_triage.dmn")


@pytest.fixture
def play():
    """Return a function that plays files with questions and returns the exit code and the answers."""

    def run(*files: str, lines: list[object]):
        text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        result = CliRunner().invoke(main, ["play", *files], input=text + "\n")
        return result.exit_code, [json.loads(line) for line in result.output.splitlines() if line.startswith("{")]

    return run


def test_lines_are_answered_in_their_order_and_a_bad_one_does_not_stop_the_next(play, tmp_path):
    file = tmp_path / "p.bpmn"
    file.write_bytes(bpmn(start() + user("A") + end(label="Done"), "S > A > E"))

    code, answers = play(str(file), lines=[{}, "nonsense", "", {"hold": ["A"]}])

    assert code == 0
    assert [answer.get("status", "error") for answer in answers] == ["completed", "error", "active"]


def test_the_purchase_invoice_plays_with_its_decision_and_an_answer_for_the_matrix(play):
    route = {
        step: {"needed": step == "first_line", "role_players": ["marc"]}
        for step in ("secretary", "first_line", "second_line", "first_overall", "second_overall")
    }
    document = {"order_number": "6001", "total": 8000, "lines": [{"amount": 8000, "cost_center": "SALES", "coded": True}], "findings": []}
    question = {
        "variables": {"document": document, "ubl": {}},
        "answers": {"ResolveRolePlayers": route, "ApproveFirstLine": {"outcome": "approved"}},
    }

    code, [approved, rejected, stuck] = play(
        INVOICE,
        TRIAGE,
        lines=[
            question,
            {**question, "answers": {**question["answers"], "ApproveFirstLine": {"outcome": "rejected"}}},
            {**question, "answers": {}},
        ],
    )

    assert code == 0
    assert (approved["status"], approved["outcome"]) == ("completed", "Approved for payment"), approved
    assert rejected["outcome"] == "Rejected"
    assert (stuck["status"], stuck["error"]["element"]) == ("incident", "ResolveRolePlayers")


def test_a_file_with_faults_refuses_every_line(play, tmp_path):
    file = tmp_path / "broken.bpmn"
    file.write_bytes(b"<a/>")

    code, answers = play(str(file), lines=[{}, {}])

    assert (code, [answer["status"] for answer in answers]) == (0, ["refused", "refused"])


def test_a_file_that_is_not_there_is_wrong_usage(play):
    assert play("/nowhere.bpmn", lines=[{}])[0] == 2
