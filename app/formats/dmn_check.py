"""Everything that is wrong with a DMN file: its shape, its requirements, its expressions and its tables."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from lxml import etree

from app.domain.diagnostics import Diagnostic, DiagnosticClass, Severity
from app.domain.errors import DefinitionInvalid
from app.feel import compile_expression, compile_unary_tests
from app.feel.check import Finding, check_expression, check_unary_tests
from app.feel.errors import FeelError
from app.formats.dmn import OpenedModel, open_dmn
from app.formats.dmn_compile import Written
from app.formats.dmn_file import DmnFile, read_name
from app.formats.dmn_graph import DrgElement, name_of_variable
from app.formats.dmn_imports import FindImport
from app.formats.dmn_schema import check_shape
from app.formats.dmn_table import DecisionTable
from app.formats.dmn_table_check import TableFinding, check_table
from app.formats.xml import local_name

CHECKED_MAX: Final = 4_000
_STANDARD_FAULTS: Final = frozenset({"syntax", "unknown_name"})
_TABLE_FAULTS: Final = frozenset({"dmn-rows-overlap", "dmn-rows-conflict"})


def check_dmn(content: bytes, *, filename: str, find_import: FindImport | None = None) -> list[Diagnostic]:
    """Return everything that is wrong with a DMN file, by line.

    1. Read and compile it, which finds what cannot be evaluated.
    2. Its shape, its requirements and services, its types.
    3. Every expression by the static check of FEEL; every table as a whole.

    Args:
        content: the bytes of the file.
        filename: as the diagnostics call it.
        find_import: finds an imported file by its namespace.
    """
    written: list[Written] = []
    try:
        opened = open_dmn(content, filename=filename, find_import=find_import, observe=written.append)
    except DefinitionInvalid as error:
        found = error.facts.get("diagnostics")
        return [each for each in found if isinstance(each, Diagnostic)] if isinstance(found, list | tuple) else []
    main = opened.files[0]
    check_shape(main)
    _check_expressions(opened, written)
    _check_requirements(opened, written)
    for service in opened.graph.by_kind["decisionService"]:
        if service.file is main:
            _check_service(opened, service)
    for part in (each for parts in opened.graph.by_kind.values() for each in parts if each.file is main):
        _check_variable(main, part)
    for element, table in opened.compilers[0].found_tables:
        _check_table(opened, element, table)
    return sorted(main.diagnostics, key=lambda each: (each.line or 0, each.severity != "error"))


def _check_expressions(opened: OpenedModel, written: list[Written]) -> None:
    """Check each text once for the same names and types in sight."""
    main = opened.files[0]
    declared = {name_of_variable(part) for parts in opened.graph.by_kind.values() for part in parts if part.file is main}
    known: dict[tuple[object, ...], tuple[Finding, ...]] = {}
    for each in written:
        key = (each.text, each.is_cell, id(each.sight), str(each.input_type), str(each.expected))
        if key not in known:
            if len(known) >= CHECKED_MAX:
                message = f"Only the first {CHECKED_MAX} expressions are checked."
                main.fault(main.root, "dmn-check-limit", message, "Split the file.", severity="info", kind="product")
                return
            known[key] = _find_in(each)
        for finding in known[key]:
            _tell_finding(each, finding, declared)


def _find_in(written: Written) -> tuple[Finding, ...]:
    names, closed = written.sight.types, written.sight.closed
    members, types = written.members, written.types
    if written.is_cell:
        return check_unary_tests(written.text, names, input_type=written.input_type, members=members, types=types, closed=closed)
    return check_expression(written.text, names, members=members, types=types, expected=written.expected, closed=closed)


def _tell_finding(written: Written, finding: Finding, declared: set[str]) -> None:
    """Keep a finding of FEEL; one that the standard leaves null is the product's own concern."""
    code, message, remedy = f"feel-{finding.code.replace('_', '-')}", finding.message, finding.remedy
    missing = next((name for name in declared if f"{name!r}" in message), None) if finding.code == "unknown_name" else None
    if missing is not None:
        code = "dmn-requirement-missing"
        message = f"The expression uses {missing!r}, which is not drawn as a requirement."
        remedy = f"Draw the requirement from {missing!r} to this element."
    kind: DiagnosticClass = "unsound"
    severity: Severity = "warning"
    if finding.code in _STANDARD_FAULTS:
        kind, severity = "invalid", "error"
    elif finding.severity == "error":
        kind, severity = "product", "error"
    line = None if written.line is None else written.line + finding.line - 1
    written.file.fault(written.element, code, message, remedy, kind=kind, severity=severity, line=line)


def _check_requirements(opened: OpenedModel, written: list[Written]) -> None:
    """What an element requires but never uses is most likely a mistake."""
    used: dict[etree._Element, set[str]] = {}
    for each in written:
        used.setdefault(_owner_of(each.element), set()).update(_names_in(each))
    main = opened.files[0]
    unread = {each.element for each in main.diagnostics if each.code in ("feel-syntax", "feel-limit", "dmn-table-size", "dmn-language")}
    for part in (*opened.graph.by_kind["decision"], *opened.graph.by_kind["businessKnowledgeModel"]):
        if part.file is not main or unread & {part.element.get("id"), *(inner.get("id") for inner in part.element.iter())} - {None}:
            continue
        if not list(opened.compilers[0].list_expressions(part.element)) and part.kind == "decision":
            continue
        names = used.get(part.element, set())
        for requirement in opened.graph.required(part):
            name = requirement.prefix or name_of_variable(requirement.target)
            if name not in names:
                message = f"{part.name!r} requires {name!r}, but does not use it."
                remedy = "Remove the requirement, or use what it gives."
                main.fault(requirement.place, "dmn-requirement-unused", message, remedy, kind="unsound", severity="warning")


def _owner_of(element: etree._Element) -> etree._Element:
    """Return the element of the graph that an expression belongs to."""
    current = element
    while True:
        parent = current.getparent()
        if parent is None or local_name(parent) == "definitions":
            return current
        current = parent


def _names_in(written: Written) -> frozenset[str]:
    try:
        if written.is_cell:
            return compile_unary_tests(written.text, written.sight.names, members=written.members).names
        return compile_expression(written.text, written.sight.names, members=written.members).names
    except FeelError:
        return frozenset()


def _check_service(opened: OpenedModel, service: DrgElement) -> None:
    """What the decisions of a service require must be within it, or be one of its inputs."""
    graph, main = opened.graph, opened.files[0]
    inside = {
        each.target.key for name in ("outputDecision", "encapsulatedDecision") for each in graph.list_references(service, name, "decision")
    }
    given = {each.target.key for each in graph.list_references(service, "inputDecision", "decision")}
    inputs = {each.target.key for each in graph.list_references(service, "inputData", "inputData")}
    for part in (each for each in graph.by_kind["decision"] if each.key in inside):
        for requirement in graph.required(part):
            target = requirement.target
            if target.kind == "decision" and target.key not in inside | given:
                message = f"{part.name!r} requires decision {target.name!r}, which is neither in decision service {service.name!r} nor an input of it."
                main.fault(service.element, "dmn-service-incomplete", message, "Put it into the service, or make it an input decision.")
            elif target.kind == "inputData" and target.key not in inputs:
                message = f"{part.name!r} requires input {target.name!r}, which is no input of decision service {service.name!r}."
                main.fault(service.element, "dmn-service-incomplete", message, "Make it input data of the service.", severity="warning")


def _check_variable(file: DmnFile, part: DrgElement) -> None:
    """The variable of an element has its name; input data should tell its type."""
    name = name_of_variable(part)
    if part.name and name != part.name:
        message = f"The variable of {part.name!r} is named {name!r}."
        file.fault(part.element, "dmn-variable-name", message, "Give the variable the name of its element.", severity="warning")
    variable = file.child(part.element, "variable")
    if part.kind == "inputData" and (variable is None or not variable.get("typeRef")):
        message = f"Input {part.name!r} has no type, so that a wrong value is not noticed and a date stays a text."
        file.fault(part.element, "dmn-type-missing", message, "Choose its type.", kind="product", severity="info")


def _check_table(opened: OpenedModel, element: etree._Element, table: DecisionTable) -> None:
    file = opened.files[0]
    rules = file.children(element, "rule")
    columns = file.children(element, "input")
    for column, place in zip(table.inputs, columns, strict=True):
        if column.kind.takes_all:
            _tell_untyped(file, place, f"Input {column.label!r}")
    for output, place in zip(table.outputs, file.children(element, "output"), strict=True):
        if output.kind.takes_all and not _has_type_around(file, element):
            _tell_untyped(file, place, f"Output {output.name!r}" if output.name else "The output")
    independent = are_independent(table, _names_given(opened, element))
    for finding in check_table(table):
        place = rules[finding.rows[0] - 1] if finding.rows else element
        severity, kind = _weigh(finding, independent=independent)
        file.fault(place, finding.code, f"{table.name}: {finding.message}", finding.remedy, severity=severity, kind=kind)


def _weigh(finding: TableFinding, *, independent: bool) -> tuple[Severity, DiagnosticClass]:
    """Return how grave a finding is: an error only where the standard forbids it and no two columns depend on each other."""
    if finding.code in _TABLE_FAULTS:
        return ("error", "invalid") if independent else ("warning", "unsound")
    return ("info", "unsound") if finding.code == "dmn-table-undecided" else ("warning", "unsound")


def are_independent(table: DecisionTable, given: Collection[str]) -> bool:
    """Return whether every combination of input values can come: each column is a name or a path of its own, into what is given."""
    paths = {column.text for column in table.inputs}
    if len(paths) < 2:
        return True
    if any(not any(path == name or path.startswith(f"{name}.") for name in given) for path in paths):
        return False
    if any(not all(part and part.replace(" ", "").replace("_", "").isalnum() for part in path.split(".")) for path in paths):
        return False
    return not any(one != other and other.startswith(f"{one}.") for one in paths for other in paths)


def _names_given(opened: OpenedModel, element: etree._Element) -> set[str]:
    """Return what the element of the graph around a table is given and does not compute: input data and parameters."""
    owner = _owner_of(element)
    parts = (*opened.graph.by_kind["decision"], *opened.graph.by_kind["businessKnowledgeModel"])
    part = next(each for each in parts if each.element is owner)
    names = {name_of_variable(each.target) for each in opened.graph.required(part) if each.target.kind == "inputData" and not each.prefix}
    logic = part.file.child(owner, "encapsulatedLogic")
    return names if logic is None else {read_name(each) for each in part.file.children(logic, "formalParameter")}


def _has_type_around(file: DmnFile, element: etree._Element) -> bool:
    """Return whether the table or the decision's variable declares the type of a single output."""
    if element.get("typeRef"):
        return True
    parent = element.getparent()
    variable = None if parent is None else file.child(parent, "variable")
    return variable is not None and bool(variable.get("typeRef"))


def _tell_untyped(file: DmnFile, place: etree._Element, what: str) -> None:
    message = f"{what} has no type, so that a wrong value is not noticed."
    file.fault(place, "dmn-type-missing", message, "Choose its type.", kind="product", severity="info")
