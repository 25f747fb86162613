"""Checks a BPMN file against the XML schemas of the standard."""

import re
from collections.abc import Iterable, Iterator
from importlib import metadata
from typing import Any, Final, cast

from lxml import etree

from app.domain.diagnostics import Diagnostic
from app.formats.bpmn_model import BPMN, BPMN_DI, EXTENSION, BpmnModel, describe, line_of
from app.formats.xml import local_name

FAULTS_MAX: Final = 100
PLACED_ELEMENTS_MAX: Final = 10_000
_PREFIXES: Final = {
    BPMN: "bpmn:",
    BPMN_DI: "bpmndi:",
    EXTENSION: "spiffworkflow:",
    "http://www.omg.org/spec/DD/20100524/DC": "dc:",
    "http://www.omg.org/spec/DD/20100524/DI": "di:",
}
_NAMESPACE = re.compile(r"\{([^{}]*)\}")
_ELEMENT = re.compile(r"Element '(?:\{[^{}]*\})?([^']+)'")
# What an editor puts into extensionElements is its own; libxml2 2.14 asks for the type that an xsi:type there names.
_FOREIGN_TYPE = re.compile(
    r"Element '\{(?!http://www\.omg\.org/spec/)[^}]*\}[^']*'.*(?:of the xsi:type attribute does not resolve|type definition is absent)"
)
_BAD_ID = re.compile(r"attribute 'id': '(.*)' is not a valid value of the atomic type 'xs:ID'")


def load_schema() -> etree.XMLSchema:
    """Return the schema of BPMN 2.0 with its diagram interchange.

    The files are those of the standard, which the SpiffWorkflow distribution carries as data; none of its code is imported.
    A schema object keeps its error log, so every check makes its own (7 ms).
    """
    folder = metadata.distribution("spiffworkflow").locate_file("SpiffWorkflow/bpmn/parser/schema")
    return etree.XMLSchema(etree.parse(f"{folder}/BPMN20.xsd"))


def check_schema(model: BpmnModel, log: list[Any], *, repeated_ids: frozenset[str]) -> Iterator[Diagnostic]:
    """Return what the schema finds, at most FAULTS_MAX faults; `repeated_ids` have their own diagnostics already.

    `log` is what validate_content gave. It tells nothing of lines; validating the tree does, but libxml2 counts the siblings before each
    fault, so a large faulty file goes without lines.
    """
    if not log:
        return
    places: dict[tuple[int, str], etree._Element] = {}
    if len(model.elements) <= PLACED_ELEMENTS_MAX:
        schema = load_schema()
        schema.validate(model.root)
        log = list(cast("Iterable[Any]", schema.error_log))
        places = _index_lines(model.root)
    found = 0
    for entry in log:
        bad_id = _BAD_ID.search(entry.message)
        if (bad_id is not None and bad_id.group(1) in repeated_ids) or _FOREIGN_TYPE.search(entry.message):
            continue
        found += 1
        if found > FAULTS_MAX:
            yield model.diagnose(
                model.root, "too_many_faults", f"The schema finds more than {FAULTS_MAX} faults.", "Repair those above first."
            )
            return
        name = _ELEMENT.search(entry.message)
        place = places.get((entry.line, name.group(1) if name else ""), model.root)
        yield model.diagnose(place, "schema", _shorten(entry.message), _advise(entry, place))


def validate_content(content: bytes) -> list[Any]:
    """Return libxml2's entries for a file that parse_xml has accepted, in a time proportional to its size; [] when it is valid."""
    parser = etree.XMLParser(
        schema=load_schema(), resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        return list(cast("Iterable[Any]", error.error_log)) or [error]
    return []


def _index_lines(root: etree._Element) -> dict[tuple[int, str], etree._Element]:
    index: dict[tuple[int, str], etree._Element] = {}
    for element in root.iter():
        line = line_of(element)
        if line is not None:
            index.setdefault((line, local_name(element)), element)
    return index


def _shorten(message: str) -> str:
    """Write namespaces as the usual prefixes; the schema's lists of what it expected get long."""
    text = _NAMESPACE.sub(lambda match: _PREFIXES.get(match.group(1), f"{{{match.group(1)}}}"), message).strip()
    return text if len(text) <= 600 else f"{text[:600]}…"


def _advise(entry: Any, place: etree._Element) -> str:
    what = describe(place)
    match entry.type_name:
        case "SCHEMAV_ELEMENT_CONTENT":
            return f"Remove it or move it to where BPMN 2.0 allows it; the order of the elements counts. It is in {what}."
        case "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1" | "SCHEMAV_CVC_COMPLEX_TYPE_3_2_2":
            return f"Remove the attribute from {what}, or give it the namespace of the editor that wrote it."
        case "SCHEMAV_CVC_COMPLEX_TYPE_4":
            return f"Add the attribute to {what}."
        case _:
            return f"Correct {what} as BPMN 2.0 asks for it."
