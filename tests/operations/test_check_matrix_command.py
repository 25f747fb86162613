"""countersign matrix check."""

import json

import pytest
from click.testing import CliRunner

from app.cli.matrix import command
from app.formats.matrix_json import write_case
from tests.domain.matrix.fx import L1, MANDATES, SNAPSHOT, TODAY, limit, line, make_snapshot, mandate, transaction


def run(*arguments):
    return CliRunner().invoke(command, ["check", *map(str, arguments)])


@pytest.fixture
def case(tmp_path):
    """Give a function that writes a case file for a matrix."""

    def write(snapshot, **changes):
        file = tmp_path / "case.json"
        file.write_text(json.dumps(write_case(snapshot, transaction(line("1")), on=TODAY) | changes))
        return file

    return write


def test_a_case_file_is_checked_without_a_database(case):
    """Issue 3: every finding with its counter-example."""
    ended = run("--file", case(SNAPSHOT), "--format", "json")

    body = json.loads(ended.output)
    assert ended.exit_code == 1
    assert body["on"] == "2026-11-02"
    assert body["counts"]["error"] > 0
    assert {each["code"] for each in body["findings"]} >= {"authority_ends", "no_role_player", "split_risk"}


def test_without_an_error_the_exit_code_is_0(case):
    snapshot = make_snapshot(
        mandates=[*MANDATES, mandate("frank", "CFO", [L1], "GM"), mandate("frank", "CFO", [L1], "NEW")], base_currencies={"NL01": "EUR"}
    )
    snapshot = make_snapshot(
        mandates=snapshot.mandates, base_currencies={"NL01": "EUR"}, rules=[limit(rule, "10") for rule in ("DL", "BM", "MT", "CFO")]
    )

    ended = run("--file", case(snapshot))

    assert ended.exit_code == 0, ended.output
    assert "Checked case.json for 2026-11-02: 0 error" in ended.output


def test_the_text_names_remedy_and_counter_example(case):
    ended = run("--file", case(SNAPSHOT), "--on", "2027-01-01")

    assert "Give somebody a mandate" in ended.output
    assert 'resolve answers no_role_players_found to {"currency": "EUR"' in ended.output
    assert "for 2027-01-01" in ended.output


@pytest.mark.parametrize("content", ["{", "[]", '{"mandates": 5, "on": "2026-11-02"}', "{}", '{"on": "tomorrow"}'])
def test_what_is_no_case_is_wrong_usage(tmp_path, content):
    file = tmp_path / "case.json"
    file.write_text(content)

    assert run("--file", file).exit_code == 2


def test_a_case_and_an_installation_at_once_are_wrong_usage(case):
    assert run("--file", case(SNAPSHOT), "--as", "adm").exit_code == 2


def test_the_matrix_in_force_of_an_installation_is_checked(settings, monkeypatch):
    monkeypatch.setenv("COUNTERSIGN_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("COUNTERSIGN_DATA_DIR", str(settings.data_dir))

    ended = run("--format", "json", "--on", "2026-11-02")

    body = json.loads(ended.output)
    assert ended.exit_code == 1
    assert (body["matrix"], body["approval_type"]) == ("version 1", "PI")
