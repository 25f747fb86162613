"""What a deployment keeps of a diagram beside its file: which processes it calls, which documents it takes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from app.domain.diagnostics import Diagnostic
from app.feel.api import compile_expression
from app.feel.errors import FeelError
from app.formats.bpmn_checks import BYTES_MAX
from app.formats.bpmn_model import BPMN, EXTENSION
from app.formats.xml import line_of, parse_xml

DOCUMENT_KINDS: Final = ("invoice", "credit_note", "order", "expense_claim", "other")
PROPERTY: Final = "document_kinds"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentFacts:
    """What a file says beside its flow.

    Attributes:
        calls: names of the processes that call activities take from other definitions: KEY, or KEY@BINDING.
        document_kinds: by process, the kinds of documents that an instance may be started with; a process that is not here takes any.
        faults: what cannot be read of it.
    """

    calls: tuple[str, ...]
    document_kinds: Mapping[str, tuple[str, ...]]
    faults: tuple[Diagnostic, ...]


def read_deployment(content: bytes, *, filename: str) -> DeploymentFacts:
    """Return what a file says that has passed the checks."""
    root = parse_xml(content, what="BPMN file", bytes_max=BYTES_MAX)
    own = {each.get("id") or "": each for each in root.iterchildren(f"{{{BPMN}}}process")}
    kinds: dict[str, tuple[str, ...]] = {}
    faults: list[Diagnostic] = []
    for process, element in own.items():
        for place in _properties(element, PROPERTY):
            found = _read_kinds(place.get("value") or "")
            if found is None:
                faults.append(_kinds_fault(place, filename, process))
            else:
                kinds[process] = found
    return DeploymentFacts(calls=tuple(dict.fromkeys(_calls(own))), document_kinds=kinds, faults=tuple(faults))


def process_ids(content: bytes) -> tuple[str, ...]:
    """Return the ids of the processes of a file that has passed the checks."""
    root = parse_xml(content, what="BPMN file", bytes_max=BYTES_MAX)
    return tuple(each.get("id") or "" for each in root.iterchildren(f"{{{BPMN}}}process"))


def split_call(name: str) -> tuple[str, str]:
    """Return key and binding of the name of a call."""
    key, _, binding = name.partition("@")
    return key, binding or "latest"


def _calls(own: Mapping[str, etree._Element]) -> Iterator[str]:
    for process in own.values():
        for call in process.iter(f"{{{BPMN}}}callActivity"):
            called = (call.get("calledElement") or "").strip().rpartition(":")[2]
            binding = next((each.get("value") or "" for each in _properties(call, "binding")), "")
            if binding:
                yield f"{called}@{binding}"
            elif called and called not in own:
                yield called


def _properties(element: etree._Element, name: str) -> Iterator[etree._Element]:
    for each in element.iterfind(f"{{{BPMN}}}extensionElements/{{{EXTENSION}}}properties/{{{EXTENSION}}}property"):
        if each.get("name") == name:
            yield each


def _read_kinds(text: str) -> tuple[str, ...] | None:
    try:
        value = compile_expression(text.removeprefix("=").strip()).value({})
    except FeelError:
        return None
    kinds = value if isinstance(value, list) else [value]
    return tuple(kinds) if kinds and all(each in DOCUMENT_KINDS for each in kinds) else None


def _kinds_fault(place: etree._Element, filename: str, process: str) -> Diagnostic:
    return Diagnostic(
        severity="error",
        file=filename,
        line=line_of(place),
        element=process,
        code="document_kinds_unknown",
        message=f"The property {PROPERTY} of {process} is no list of kinds of documents.",
        remedy=f'Write a list such as ["invoice", "credit_note"]; the kinds are {", ".join(DOCUMENT_KINDS)}.',
        kind="product",
    )
