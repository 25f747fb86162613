"""The examples of processes/README.md: each runs as it says, and the table and the list of what is refused are complete."""

import json
import tomllib

import pytest
from lxml import etree

from app.engine.bpmn_support import UNSUPPORTED
from app.feel.json import dumps
from app.formats.bpmn_coverage import read_places
from app.operations.playing.library import Library
from app.operations.playing.play_process import play_line
from tests.architecture.sources import ROOT

DRAWING = "http://www.omg.org/spec/BPMN/20100524/DI"
FOLDER = ROOT / "processes" / "examples"
EXAMPLES = tomllib.loads((FOLDER / "examples.toml").read_text(encoding="utf-8"))["example"]
README = (ROOT / "processes" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("example", EXAMPLES, ids=[each["file"] for each in EXAMPLES])
def test_the_example_runs_as_it_says(example):
    files = {name: (FOLDER / name).read_bytes() for name in {example["file"], "called.bpmn"}}
    question = json.loads(example["question"]) | {"process": f"examples_{example['file'].removesuffix('.bpmn')}"}

    answer = json.loads(dumps(play_line(Library.read(files), json.dumps(question).encode())))

    assert (answer["status"], [each["element"] for each in answer["trace"] if each["state"] == "completed"]) == (
        "completed",
        example["path"],
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=[each["file"] for each in EXAMPLES])
def test_the_example_stands_in_the_table(example):
    assert f"| {example['construct']} | [{example['file']}](examples/{example['file']}) | {example['says']} |" in README


def test_every_file_is_an_example():
    assert {path.name for path in FOLDER.glob("*.bpmn")} == {"called.bpmn", *(each["file"] for each in EXAMPLES)}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.bpmn")), ids=lambda path: path.stem)
def test_every_element_and_every_flow_of_an_example_is_drawn_once(path):
    root = etree.parse(path).getroot()
    [coverage] = read_places([path.read_bytes()])
    drawn = [each.get("bpmnElement") for each in root.iter(f"{{{DRAWING}}}BPMNShape", f"{{{DRAWING}}}BPMNEdge")]

    assert {*coverage.elements, *coverage.flows} <= set(drawn)
    assert len(drawn) == len(set(drawn))


@pytest.mark.parametrize("each", UNSUPPORTED, ids=lambda each: each.code)
def test_what_is_refused_stands_in_the_readme_with_its_remedy(each):
    assert f"| {each.construct} | {each.remedy} |" in README
