"""Service, script and business rule tasks, and repeated activities, from their XML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from app.engine.activities import BusinessRuleTask, PlainTask, ScriptTask, ServiceTask
from app.engine.bpmn_file import SPIFF, BpmnFile, extension, kind_of, local_name, tag, text_of
from app.engine.event_reading import read_definition
from app.engine.formulas import Formula
from app.engine.repeats import Behavior, Loop, MultiInstance
from app.engine.triggers import Trigger
from app.engine.values import Element

if TYPE_CHECKING:
    from lxml.etree import _Element as Node

    from app.engine.graph_reading import ProcessGraph

_FEEL: Final = ("feel", "application/feel", "text/feel")
_DIGITS: Final = re.compile(r"\d{1,6}\Z")


def read_service_task(file: BpmnFile, graph: ProcessGraph, node: Node, element: Element) -> None:
    """Add a service task: a registered operation with FEEL parameters."""
    operator = node.find(f"{tag('extensionElements')}/{{{SPIFF}}}serviceTaskOperator")
    if (operator is None or not operator.get("id")) and file.is_simulated:
        ServiceTask(graph, element, operation=element.id, parameters={}, result_variable=None)
        return
    if operator is None or not operator.get("id"):
        message = f"The service task {element.id} names no operation."
        file.fault(node, "operation_missing", message, "Add spiffworkflow:serviceTaskOperator with the id of a service.", kind="product")
        PlainTask(graph, element)
        return
    parameters: dict[str, Formula] = {}
    for item in operator.iter(f"{{{SPIFF}}}parameter"):
        formula = file.formula(item, item.get("value") or item.text, element=element.id)
        if formula is not None:
            parameters[item.get("id") or item.get("name") or ""] = formula
    ServiceTask(
        graph, element, operation=operator.get("id", ""), parameters=parameters, result_variable=operator.get("resultVariable") or None
    )


def read_script_task(file: BpmnFile, graph: ProcessGraph, node: Node, element: Element) -> None:
    """Add a script task: one FEEL expression."""
    language = (node.get("scriptFormat") or "").strip()
    if language.lower() not in _FEEL:
        file.refuse(node, "script_language")
        PlainTask(graph, element)
        return
    script = file.formula(node, text_of(node, "script"), element=element.id)
    if script is not None:
        ScriptTask(graph, element, script=script, result_variable=element.properties.get("result_variable") or None)
    else:
        PlainTask(graph, element)


def read_business_rule_task(file: BpmnFile, graph: ProcessGraph, node: Node, element: Element) -> None:
    """Add a business rule task."""
    decision = extension(node, "calledDecisionId")
    if decision is None and file.is_simulated:
        decision = element.id
    if decision is None:
        message = f"The business rule task {element.id} names no decision."
        file.fault(node, "decision_missing", message, "Add spiffworkflow:calledDecisionId with the id of a decision.", kind="product")
        PlainTask(graph, element)
        return
    BusinessRuleTask(
        graph,
        element,
        decision=decision,
        binding=element.properties.get("binding") or "latest",
        result_variable=element.properties.get("result_variable") or None,
    )


def read_repeated(file: BpmnFile, graph: ProcessGraph, node: Node, element: Element) -> None:
    """Put a multi-instance or loop around an activity that has been added, if it is one."""
    several = node.find(tag("multiInstanceLoopCharacteristics"))
    if several is not None:
        _read_multi_instance(file, graph, node, several, element)
    loop = node.find(tag("standardLoopCharacteristics"))
    if loop is not None and several is None:
        _read_loop(file, graph, loop, element)


def _read_multi_instance(file: BpmnFile, graph: ProcessGraph, node: Node, several: Node, element: Element) -> None:
    cardinality, collection = text_of(several, "loopCardinality"), text_of(several, "loopDataInputRef")
    if bool(cardinality) == bool(collection):
        message = f"The multi-instance {element.id} needs either a loopCardinality or a loopDataInputRef."
        file.fault(several, "multi_instance_input", message, "Give it exactly one of the two.")
        return
    output = text_of(several, "loopDataOutputRef")
    condition = text_of(several, "completionCondition")
    names = _variable_names(file, node, collection)
    formulas = [file.formula(several, name, element=element.id) for name in names]
    MultiInstance(
        graph,
        element,
        name=f"{element.id}[]",
        repeated=element.id,
        is_sequential=several.get("isSequential") == "true",
        cardinality=file.formula(several, cardinality, element=element.id) if cardinality else None,
        collections=[formula for formula in formulas if formula is not None],
        items=_item_names(several, "inputDataItem"),
        output_list=_variable_names(file, node, output)[0] if output else None,
        output_items=_item_names(several, "outputDataItem"),
        condition=file.formula(several, condition, element=element.id) if condition else None,
        behaviors=_behaviors(file, several, element),
    )


def _behaviors(file: BpmnFile, several: Node, element: Element) -> list[Behavior]:
    """Return the events that the completion of an instance throws (clause 13.3.7)."""
    kind = several.get("behavior", "All")
    if kind in ("None", "One"):
        reference = several.get("noneBehaviorEventRef" if kind == "None" else "oneBehaviorEventRef")
        shared = file.event_definitions.get(local_name(reference))
        if reference and shared is None:
            file.fault(several, "reference_unknown", f'There is no event definition "{reference}".', "Define it beside the process.")
        trigger = Trigger(kind="signal", name=element.id) if shared is None else read_definition(file, several, shared)
        behavior = Behavior(trigger=trigger, only_first=kind == "One", carries_counts=shared is None)
        return [behavior] if _is_thrown(file, several, behavior) else []
    found = []
    for complex_ in several.iterfind(tag("complexBehaviorDefinition")) if kind == "Complex" else ():
        condition = file.formula(complex_, text_of(complex_, "condition"), element=element.id)
        event = complex_.find(tag("event"))
        definitions = [each for each in event if kind_of(each).endswith("EventDefinition")] if event is not None else []
        if condition is not None:
            found += [Behavior(trigger=read_definition(file, several, each), condition=condition) for each in definitions]
    return [behavior for behavior in found if _is_thrown(file, several, behavior)]


def _is_thrown(file: BpmnFile, several: Node, behavior: Behavior) -> bool:
    if behavior.trigger.kind in ("message", "signal", "escalation", "error"):
        return True
    file.refuse(several, "behavior_event")
    return False


def _item_names(several: Node, kind: str) -> tuple[str, ...]:
    """Return the id and the name of an item: diagrams use either as the name of the variable."""
    item = several.find(tag(kind))
    if item is None:
        return ()
    return tuple(dict.fromkeys(name for name in (item.get("id"), item.get("name")) if name))


def _variable_names(file: BpmnFile, node: Node, reference: str | None) -> list[str]:
    """Return what a data reference of an activity can stand for, the likeliest first.

    A reference to a data input or output of the activity stands for the data object that is associated with it, then for the data
    input itself; any other text is a variable or a FEEL expression.
    """
    if reference is None:
        return []
    plain = local_name(reference) if re.fullmatch(r"[\w.-]+:[\w.-]+", reference) else reference
    names: list[str] = []
    for kind, here, there in (("dataInputAssociation", "targetRef", "sourceRef"), ("dataOutputAssociation", "sourceRef", "targetRef")):
        for association in node.iterfind(tag(kind)):
            if plain in [(end.text or "").strip() for end in association.iterfind(tag(here))]:
                names += [(end.text or "").strip() for end in association.iterfind(tag(there))]
    names.append(plain)
    declared = list(file.root.iter(tag("dataInput"), tag("dataOutput"), tag("dataObject"), tag("dataObjectReference")))
    for name in list(names):
        for item in declared:
            if item.get("id") == name:
                names += [other for other in (item.get("dataObjectRef"), item.get("name")) if other and re.fullmatch(r"\w+", other)]
    return list(dict.fromkeys(name for name in names if name))


def _read_loop(file: BpmnFile, graph: ProcessGraph, loop: Node, element: Element) -> None:
    condition, limit = text_of(loop, "loopCondition"), loop.get("loopMaximum")
    if condition is None and limit is None:
        message = f"The loop {element.id} has neither a condition nor a maximum, so it would never end."
        file.fault(loop, "loop_endless", message, "Give it a loopCondition or a loopMaximum.")
        return
    if limit is not None and not _DIGITS.match(limit):
        file.fault(loop, "loop_maximum", f'loopMaximum "{limit}" is no whole number.', "Write a number such as 3.")
        limit = "0"
    Loop(
        graph,
        element,
        name=f"{element.id}[]",
        repeated=element.id,
        condition=file.formula(loop, condition, element=element.id) if condition else None,
        maximum=int(limit) if limit is not None else None,
        tests_before=loop.get("testBefore") == "true",
    )
