"""Checks an analyst's BPMN file before it is deployed: all faults at once, each with its place and its remedy."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any, Final

from lxml import etree

from app.domain.diagnostics import Diagnostic
from app.domain.errors import NotParseable, TooLarge
from app.formats.bpmn_approval_types import check_approval_types
from app.formats.bpmn_choreography import check_choreography
from app.formats.bpmn_collaboration import check_collaboration
from app.formats.bpmn_data import check_data
from app.formats.bpmn_diagram import check_diagram
from app.formats.bpmn_events import check_events
from app.formats.bpmn_expressions import check_expressions, check_scripts
from app.formats.bpmn_flow import check_flow
from app.formats.bpmn_instantiation import check_instantiation
from app.formats.bpmn_model import BPMN, count_elements, line_of, read_model
from app.formats.bpmn_product import Known, check_product
from app.formats.bpmn_references import check_ids, check_references, repeated_ids
from app.formats.bpmn_schema import check_schema, validate_content
from app.formats.bpmn_soundness import check_soundness
from app.formats.bpmn_vendors import check_vendors
from app.formats.xml import local_name, namespace_of, parse_xml

BYTES_MAX: Final = 20 * 1024 * 1024
ELEMENTS_MAX: Final = 130_000
DIAGNOSTICS_MAX: Final = 500
_CLASSES: Final = ("invalid", "unsound", "unsupported", "product")


def check_bpmn(
    content: bytes,
    *,
    filename: str,
    decisions: Collection[str] | None = None,
    service_tasks: Collection[str] | None = None,
    roles: Collection[str] | None = None,
    definitions: Collection[str] | None = None,
) -> list[Diagnostic]:
    """Return everything found in a BPMN file, by line; an empty list means that it can be deployed.

    1. Read the XML: bounded, no document type. 2. Compare it with the schemas of BPMN 2.0. 3. Check ids, references, connections,
    events, pools, choreographies, data and drawing. 4. Decide whether the flow is sound. 5. Compile every expression against the variables
    that can be known. 6. Check what the product adds, and tell what other engines' extensions it does not read. What is valid but does not
    run here is for the engine to say (`app/engine/bpmn_support.py`).

    Args:
        content: the file.
        filename: how the diagnostics call it.
        decisions: keys of the decisions that exist; None leaves them unchecked, as for the others.
        service_tasks: names of the registered service tasks.
        roles: names of the roles.
        definitions: keys of the process definitions that a call activity may call.
    """
    try:
        root = parse_xml(content, what="BPMN file", bytes_max=BYTES_MAX)
    except NotParseable as error:
        line = error.facts.get("line")
        return [_unreadable(filename, error.detail, line=line if isinstance(line, int) else None)]
    except TooLarge as error:
        return [_unreadable(filename, error.detail, line=None)]
    if local_name(root) != "definitions" or namespace_of(root) != BPMN:
        return [_not_bpmn(filename, root)]
    if (count := count_elements(root)) > ELEMENTS_MAX:
        return [_unreadable(filename, f"The BPMN file cannot be checked: it has {count} elements, more than {ELEMENTS_MAX}.", line=None)]
    known = Known(decisions=decisions, service_tasks=service_tasks, roles=roles, definitions=definitions)
    # The schema is asked before the model is read: it builds a tree of its own, and both at once would need twice the memory.
    return _select(list(_check(root, validate_content(content), filename, known)))


def _check(root: etree._Element, schema_log: list[Any], filename: str, known: Known) -> Iterator[Diagnostic]:
    model = read_model(root, file=filename)
    yield from check_ids(model)
    yield from check_schema(model, schema_log, repeated_ids=repeated_ids(model))
    yield from check_references(model)
    yield from check_flow(model)
    yield from check_instantiation(model)
    yield from check_events(model)
    yield from check_collaboration(model)
    yield from check_choreography(model)
    yield from check_data(model)
    yield from check_diagram(model)
    yield from check_soundness(model)
    yield from check_scripts(model)
    yield from check_expressions(model)
    yield from check_product(model, known)
    yield from check_approval_types(model)
    yield from check_vendors(model)


def _select(found: list[Diagnostic]) -> list[Diagnostic]:
    """Return the diagnostics by line; of too many the errors and what is against the standard first, and a last one that tells their number."""
    if len(found) > DIAGNOSTICS_MAX:
        found.sort(key=lambda each: (each.severity != "error", _CLASSES.index(each.kind)))
        left_out = len(found) - DIAGNOSTICS_MAX
        del found[DIAGNOSTICS_MAX:]
    else:
        left_out = 0
    found.sort(key=lambda each: (each.line or 0, each.severity != "error"))
    if left_out:
        message = f"{left_out} more faults are not shown."
        found.append(
            replace(found[-1], line=None, element=None, code="too_many_faults", message=message, remedy="Repair those above first.")
        )
    return found


def _unreadable(filename: str, detail: str, *, line: int | None) -> Diagnostic:
    return Diagnostic(
        severity="error",
        file=filename,
        line=line,
        element=None,
        code="not_readable",
        message=detail,
        remedy="Save the diagram with a BPMN editor, as BPMN 2.0 XML without a document type; divide a very large one by call activities.",
    )


def _not_bpmn(filename: str, root: etree._Element) -> Diagnostic:
    return Diagnostic(
        severity="error",
        file=filename,
        line=line_of(root),
        element=root.get("id"),
        code="not_bpmn",
        message=f"The file is not BPMN 2.0: its root element is {local_name(root)} of namespace {namespace_of(root) or 'none'}.",
        remedy="Export the diagram as BPMN 2.0 XML; its root element is definitions of http://www.omg.org/spec/BPMN/20100524/MODEL.",
    )
