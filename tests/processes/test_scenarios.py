"""The analysts' scenarios and cases, each a test of its own that fails in their words."""

import pytest

from app.cli.check import find_files
from app.cli.test_models import CASES_SUFFIX, SCENARIO_SUFFIX, collect_tests
from tests.architecture.sources import ROOT

TESTS = list(collect_tests(find_files((ROOT / "processes", ROOT / "rules"), (SCENARIO_SUFFIX, CASES_SUFFIX))))


@pytest.mark.parametrize("model_test", TESTS, ids=[f"{each.file.name}: {each.name}" for each in TESTS])
def test_the_model_does_what_its_analyst_expects(stages, model_test):
    failure = model_test.run(stages)

    if failure is not None:
        pytest.fail(failure, pytrace=False)


def test_every_process_and_every_decision_is_tested():
    tested = {each.file.name.removesuffix(SCENARIO_SUFFIX).removesuffix(CASES_SUFFIX) for each in TESTS}

    assert {path.stem for path in find_files((ROOT / "processes", ROOT / "rules"), (".bpmn", ".dmn"))} <= tested
