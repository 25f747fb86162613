"""The files of a play: which processes they hold, and what the product would still ask for filled in.

A play needs no registered service and no deployed decision: a service task without operation, or a business rule task without decision,
runs on its answer. So what is missing there is given a name of its own before the engine reads the file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from app.formats.bpmn_checks import BYTES_MAX
from app.formats.bpmn_model import BPMN, EXTENSION
from app.formats.xml import parse_xml

ANSWERED: Final = "answered"
"""The name of an operation or decision that only an answer can give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayFile:
    """One BPMN file: its content as it is played, the ids of its processes in order, and those that are executable."""

    name: str
    content: bytes
    processes: tuple[str, ...]
    executable: tuple[str, ...]
    called: frozenset[str]


def read_play_file(content: bytes, *, filename: str) -> PlayFile:
    """Return the file as it is played.

    Raises:
        NotParseable, TooLarge: it is no XML that is accepted.
    """
    root = parse_xml(content, what="BPMN file", bytes_max=BYTES_MAX)
    is_changed = False
    for task in _without_operation(root):
        etree.SubElement(_extensions(task), f"{{{EXTENSION}}}serviceTaskOperator", {"id": ANSWERED})
        is_changed = True
    for task in _without_decision(root):
        etree.SubElement(_extensions(task), f"{{{EXTENSION}}}calledDecisionId").text = ANSWERED
        is_changed = True
    processes = [(each.get("id") or "", each.get("isExecutable")) for each in root.iterchildren(f"{{{BPMN}}}process")]
    executable = [name for name, flag in processes if flag in ("true", "1")] or [name for name, flag in processes if flag is None]
    return PlayFile(
        name=filename,
        content=etree.tostring(root, encoding="UTF-8", xml_declaration=True) if is_changed else content,
        processes=tuple(name for name, _ in processes),
        executable=tuple(executable),
        called=frozenset(_local(call.get("calledElement")) for call in root.iter(f"{{{BPMN}}}callActivity")),
    )


def choose_process(files: Mapping[str, PlayFile]) -> list[str]:
    """Return the processes that may be meant when none is named: the executable ones, without those that another one calls."""
    executable = [name for file in files.values() for name in file.executable]
    called = {name for file in files.values() for name in file.called}
    return executable if len(executable) < 2 else [name for name in executable if name not in called] or executable


def _without_operation(root: etree._Element) -> Iterator[etree._Element]:
    for task in root.iter(f"{{{BPMN}}}serviceTask"):
        operator = task.find(f"{{{BPMN}}}extensionElements/{{{EXTENSION}}}serviceTaskOperator")
        if operator is None:
            yield task


def _without_decision(root: etree._Element) -> Iterator[etree._Element]:
    for task in root.iter(f"{{{BPMN}}}businessRuleTask"):
        decision = task.find(f"{{{BPMN}}}extensionElements/{{{EXTENSION}}}calledDecisionId")
        if decision is None:
            yield task


def _extensions(task: etree._Element) -> etree._Element:
    """Return the extension elements of a task, made where the schema wants them when there are none."""
    found = task.find(f"{{{BPMN}}}extensionElements")
    if found is None:
        found = etree.Element(f"{{{BPMN}}}extensionElements")
        task.insert(len(task.findall(f"{{{BPMN}}}documentation")), found)
    return found


def _local(reference: str | None) -> str:
    return (reference or "").strip().rpartition(":")[2]
