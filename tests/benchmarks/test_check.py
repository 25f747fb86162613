"""The benchmark of the checks runs, and its models are what their names say."""

import json

import pytest
from click.testing import CliRunner

from app.bench.check import command, hostile_models, plain_models
from app.formats.bpmn_checks import check_bpmn


def test_the_benchmark_reports_a_figure_for_every_model():
    result = CliRunner().invoke(command, ["--elements", "20", "--hostile", "200", "--runs", "1", "--json"])

    report = json.loads(result.stdout)
    assert result.exit_code == 0
    assert {each["unit"] for each in report["figures"]} == {"s"}
    assert len(report["figures"]) == len(plain_models(20)) + len(hostile_models(200))


@pytest.mark.parametrize("name", plain_models(100))
def test_the_plain_models_are_valid_and_sound(name):
    found = check_bpmn(plain_models(100)[name], filename="bench.bpmn")

    assert [each for each in found if each.kind in {"invalid", "unsound"}] == []


@pytest.mark.parametrize("name", hostile_models(50_000))
def test_a_hostile_model_ends_in_a_clear_answer(name):
    found = check_bpmn(hostile_models(50_000)[name], filename="bench.bpmn")

    answers = {"not_readable", "soundness_undecided", "too_many_faults", "deadlock"}
    assert answers & {each.code for each in found}
