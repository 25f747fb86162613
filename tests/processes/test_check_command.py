"""countersign check, as API.md has it."""

import json

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.architecture.sources import ROOT

PURCHASE_INVOICE = ROOT / "processes" / "purchase_invoice" / "purchase_invoice.bpmn"


@pytest.fixture
def check():
    runner = CliRunner()
    return lambda *arguments: runner.invoke(main, ["check", *(str(each) for each in arguments)])


@pytest.fixture
def broken(tmp_path):
    file = tmp_path / "broken.bpmn"
    file.write_text(
        PURCHASE_INVOICE.read_text().replace("invoice_triage", "invoice_triag").replace('targetRef="TriageInvoice"', 'targetRef="Gone"')
    )
    return file


def test_everything_that_comes_with_the_product_is_right(check):
    result = check()

    assert result.exit_code == 0
    assert result.output == "6 files checked: 0 errors, 0 warnings.\n"


def test_errors_are_printed_with_place_and_remedy_and_end_with_one(check, broken):
    result = check(broken)

    assert result.exit_code == 1
    assert f"{broken}:" in result.output
    assert "error [invalid/dangling_reference] InvoiceReceivedToTriageInvoice" in result.output
    assert "    Did you mean invoice_triage?" in result.output


def test_the_standard_profile_leaves_the_product_out(check, broken):
    codes = {each["class"] for each in json.loads(check("--profile", "standard", "--format", "json", broken).output)["diagnostics"]}

    assert codes == {"invalid"}


def test_json_has_every_fact_of_a_diagnostic(check, broken):
    result = check("--format", "json", broken)

    diagnostics = json.loads(result.output)["diagnostics"]
    assert result.exit_code == 1
    assert {tuple(sorted(each)) for each in diagnostics} == {("class", "code", "element", "file", "line", "message", "remedy", "severity")}
    assert {each["class"] for each in diagnostics} == {"invalid", "product"}


def test_a_model_without_findings_is_an_empty_list_in_json(check):
    result = check("--format", "json", PURCHASE_INVOICE)

    assert (result.exit_code, json.loads(result.output)) == (0, {"diagnostics": []})


def test_a_faulty_decision_is_told_and_does_not_make_its_process_faulty(check, tmp_path):
    (tmp_path / "invoice_triage.dmn").write_text("<definitions")
    (tmp_path / "invoice.bpmn").write_bytes(PURCHASE_INVOICE.read_bytes())

    diagnostics = json.loads(check("--format", "json", tmp_path).output)["diagnostics"]

    assert {each["file"] for each in diagnostics} == {str(tmp_path / "invoice_triage.dmn")}


def test_a_file_with_another_name_is_known_by_what_is_in_it(check, tmp_path):
    (tmp_path / "model.xml").write_bytes((ROOT / "rules" / "invoice_triage.dmn").read_bytes())

    assert check(tmp_path / "model.xml").exit_code == 0


@pytest.mark.parametrize("arguments", [["--profile", "other"], ["nowhere.bpmn"], ["--format", "xml"], ["--unknown"]])
def test_wrong_usage_ends_with_two(check, arguments):
    assert check(*arguments).exit_code == 2


def test_a_folder_without_models_is_wrong_usage(check, tmp_path):
    assert check(tmp_path).exit_code == 2


def test_the_standard_profile_accepts_what_cannot_run_here(check, tmp_path):
    file = tmp_path / "drawn.bpmn"
    file.write_text(
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:x"><process id="p" isExecutable="true">'
        '<scriptTask id="A" scriptFormat="groovy"><script>x</script></scriptTask></process></definitions>'
    )

    assert check("--profile", "standard", file).exit_code == 0
    deployed = json.loads(check("--format", "json", file).output)["diagnostics"]
    assert "unsupported" in {each["class"] for each in deployed}


def test_a_repaired_file_is_proposed_and_its_repairs_are_listed(check, broken, tmp_path):
    proposal = tmp_path / "proposal.bpmn"
    broken.write_text(broken.read_text().replace('bpmnElement="TriageInvoice"', 'bpmnElement="Nowhere"'))

    result = check("--repaired", proposal, broken)

    assert result.exit_code == 1
    assert f"{proposal}: repaired: The BPMNShape of Nowhere, which does not exist, was removed." in result.output
    assert "Nowhere" not in proposal.read_text()


def test_a_proposal_for_two_files_is_wrong_usage(check, broken, tmp_path):
    assert check("--repaired", tmp_path / "x.bpmn", broken, PURCHASE_INVOICE).exit_code == 2


def test_nothing_is_proposed_for_what_cannot_be_read(check, tmp_path):
    file = tmp_path / "no.bpmn"
    file.write_text("<definitions>")

    assert check("--repaired", tmp_path / "x.bpmn", file).exit_code == 1
    assert not (tmp_path / "x.bpmn").exists()
