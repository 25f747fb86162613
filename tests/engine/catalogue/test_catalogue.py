"""Each case of the catalogue gives its trace: straight through, restored between all steps, and as two instances of one definition."""

import pytest

from app.formats.bpmn_checks import check_bpmn
from tests.engine.catalogue import activity_cases, compensation_cases, event_cases, flow_cases, start_cases
from tests.engine.catalogue.cases import Restored, Straight, expected_path, read, write

CASES = [case for cases in (flow_cases, activity_cases, compensation_cases, event_cases, start_cases) for case in cases.CASES]
LEVELLED = [pytest.param(case, level, id=f"{case.name}, {level}") for case in CASES for level in case.levels]


def check(case, level, instance):
    path, waiting, events, completed, variables = instance.outcome
    assert path == expected_path(case, level)
    assert waiting == sorted(case.waiting.split())
    assert events == case.events.split()
    assert completed == (not case.waiting and not case.stays)
    if level != "called":
        assert {name: variables.get(name) for name in case.values} == case.values


@pytest.mark.parametrize(("case", "level"), LEVELLED)
def test_a_construct_means_what_the_standard_says(case, level):
    definition = read(case, level)
    straight, restored = Straight(definition, case), Restored(definition, case)
    for step in case.steps:
        straight.step(step)
        restored.step(step)

    check(case, level, straight)
    check(case, level, restored)


@pytest.mark.parametrize(("case", "level"), LEVELLED)
def test_two_instances_of_one_definition_do_not_meet(case, level):
    definition = read(case, level)
    first, second = Restored(definition, case), Restored(definition, case)
    for at, step in enumerate(case.steps):
        for instance in (first, second) if at % 2 else (second, first):
            instance.step(step)

    check(case, level, first)
    check(case, level, second)


@pytest.mark.parametrize("case", [case for case in CASES if not case.stays], ids=lambda case: case.name)
def test_no_check_against_the_standard_finds_an_error(case):
    faults = check_bpmn(write(case, "top"), filename="case.bpmn")

    assert [fault for fault in faults if fault.severity == "error" and fault.kind in {"invalid", "unsound"}] == []


def test_names_are_told_once():
    names = [case.name for case in CASES]

    assert len(names) == len(set(names))
