"""Data of a diagram: data objects as variables, data associations, and what correlates messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from app.engine.bpmn_file import BpmnFile, local_name, tag, text_of
from app.engine.correlation import CorrelationModel, Property
from app.engine.formulas import Formula, compile_formula, strip_text
from app.engine.nodes import Association, FlowNode

if TYPE_CHECKING:
    from lxml.etree import _Element as Node

_PLAIN: Final = re.compile(r"[^\W\d]\w*\Z")
_PATH: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*\Z")


def read_data(file: BpmnFile, node: Node, flow_node: FlowNode) -> None:
    """Give a node its data associations.

    An association that names no data input or output of its element and assigns nothing is documentation; so are those that carry the
    collection of a multi-instance, which reads and writes it itself.
    """
    holders = [node, *node.iterfind(tag("ioSpecification"))]
    inputs = _declared(holders, "dataInput")
    outputs = _declared(holders, "dataOutput")
    several = node.find(tag("multiInstanceLoopCharacteristics"))
    used = {text_of(several, name) for name in ("loopDataInputRef", "loopDataOutputRef")} if several is not None else set()
    found: list[Association] = []
    for association in node.iterfind(tag("dataInputAssociation")):
        target = local_name(text_of(association, "targetRef"))
        if target not in used:
            names = _sources(file, association)
            found += _associations(file, association, flow_node, source=names, target=inputs.get(target), own=inputs)
    flow_node.inputs = tuple(found)
    found, local = [], []
    for association in node.iterfind(tag("dataOutputAssociation")):
        source = local_name(text_of(association, "sourceRef"))
        if source in used:
            continue
        read = [outputs[source]] if source in outputs else []
        variable = file.data_names.get(local_name(text_of(association, "targetRef")))
        more = _associations(file, association, flow_node, source=read, target=variable, own=file.data_names)
        local += read if more else []
        found += more
    flow_node.outputs, flow_node.local_outputs = tuple(found), tuple(dict.fromkeys(local))


def _declared(holders: Iterable[Node], kind: str) -> dict[str, str]:
    return {item.get("id", ""): name_of(item) for holder in holders for item in holder.iterfind(tag(kind))}


def name_of(item: Node) -> str:
    """Return the variable that a data input, output, object or property is: its name when that is a plain one, else its id."""
    name = item.get("name") or ""
    return name if _PLAIN.match(name) else item.get("id") or ""


def _sources(file: BpmnFile, association: Node) -> list[str]:
    names = [local_name(item.text) for item in association.iterfind(tag("sourceRef"))]
    return [file.data_names.get(name, name) for name in names if name]


def _associations(
    file: BpmnFile, association: Node, node: FlowNode, *, source: list[str], target: str | None, own: Mapping[str, str]
) -> list[Association]:
    element = node.element.id
    found: list[Association] = []
    for assignment in association.iterfind(tag("assignment")):
        value = file.formula(assignment, text_of(assignment, "from"), element=element)
        path = strip_text(text_of(assignment, "to"))
        if not _PATH.match(path):
            message = f'The assignment to "{path}" names no variable.'
            file.fault(association, "assignment_target", message, "Write a variable, or a path into one such as invoice.total.")
        elif value is not None:
            first, *rest = path.split(".")
            found.append(Association(source=value, target=(own.get(first, first), *rest)))
    if found or target is None:
        return found
    transformation = text_of(association, "transformation")
    if transformation is not None:
        value = file.formula(association, transformation, element=element)
        return [Association(source=value, target=(target,))] if value is not None else []
    return [Association(source=_read_name(name, element), target=(target,)) for name in source[:1]]


def _read_name(name: str, element: str) -> Formula:
    return compile_formula(name, element=element, names=(name,))


def read_data_names(root: Node) -> dict[str, str]:
    """Return the variable of each data object, data object reference, property, process input and output, by its id."""
    names = {item.get("id", ""): name_of(item) for kind in ("dataObject", "property") for item in root.iter(tag(kind))}
    for process in root.iter(tag("process")):
        names |= _declared(list(process.iterfind(tag("ioSpecification"))), "dataInput")
        names |= _declared(list(process.iterfind(tag("ioSpecification"))), "dataOutput")
    for reference in root.iter(tag("dataObjectReference")):
        target = local_name(reference.get("dataObjectRef"))
        name = reference.get("name") or ""
        if names.get(target) == target and _PLAIN.match(name):
            names[target] = name
    for reference in root.iter(tag("dataObjectReference")):
        target = local_name(reference.get("dataObjectRef"))
        names[reference.get("id", "")] = names.get(target) or name_of(reference)
    return names


def read_correlations(file: BpmnFile, process: Node) -> CorrelationModel:
    """Return the correlation properties and keys of a file, with what one process subscribes to."""
    properties: dict[str, Property] = {}
    for node in file.root.iter(tag("correlationProperty")):
        readings: dict[str, Formula] = {}
        for item in node.iterfind(tag("correlationPropertyRetrievalExpression")):
            message = file.roots.get(local_name(item.get("messageRef")))
            formula = file.formula(item, text_of(item, "messagePath"), element=node.get("id", ""))
            if message is not None and formula is not None:
                readings[message.get("name") or message.get("id") or ""] = formula
        name = node.get("id", "")
        properties[name] = Property(id=name, name=node.get("name") or name, readings=readings)
    keys = {
        node.get("id", ""): tuple(
            part for item in node.iterfind(tag("correlationPropertyRef")) if (part := local_name(item.text)) in properties
        )
        for node in file.root.iter(tag("correlationKey"))
    }
    subscriptions: dict[str, dict[str, Formula]] = {}
    for node in process.iterfind(tag("correlationSubscription")):
        bindings = subscriptions.setdefault(local_name(node.get("correlationKeyRef")), {})
        for item in node.iterfind(tag("correlationPropertyBinding")):
            formula = file.formula(item, text_of(item, "dataPath"), element=process.get("id", ""))
            if formula is not None:
                bindings[local_name(item.get("correlationPropertyRef"))] = formula
    return CorrelationModel(properties=properties, keys=keys, subscriptions=subscriptions)
