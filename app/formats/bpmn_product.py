"""Checks what the product adds to BPMN: assignments, voting modes, deadlines, decisions, service tasks."""

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from lxml import etree

from app.domain.diagnostics import Diagnostic
from app.domain.matrix.steps import STEPS
from app.domain.status_mail import OWNER, ROLE_PREFIX, SUPPLIER_CONTACT, read_receivers
from app.feel import compile_expression
from app.feel.errors import FeelError
from app.formats.bpmn_clocks import CHOICES, CLOCKS, check_clocks
from app.formats.bpmn_expressions import ExpressionUse, Form, check_expression, is_expression_of, known_names
from app.formats.bpmn_model import BPMN, EXTENSION, SUB_PROCESSES, BpmnModel, FlowNode, describe, text_of
from app.formats.xml import local_name

_ASSIGNMENTS: Final = ("approval_step", "assignees", "candidate_roles", "candidate_groups")
_PROPERTIES: Final[dict[str, frozenset[str]]] = {
    "userTask": frozenset(
        {
            *_ASSIGNMENTS,
            *CLOCKS,
            "mode",
            "fail_fast",
            "veto",
            "on_reject",
            "reject_reason_required",
            "form",
            "priority",
            "title",
            "instructions",
            "notify",
        }
    ),
    "endEvent": frozenset({"notify"}),
    "businessRuleTask": frozenset({"result_variable", "binding"}),
    "scriptTask": frozenset({"result_variable"}),
    "callActivity": frozenset({"binding"}),
}
_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "approval_step": tuple(step.value for step in STEPS),
    "on_reject": ("final_rejected", "return_to_previous", "return_to_initiator"),
    **CHOICES,
    "reject_reason_required": ("true", "false"),
    "fail_fast": ("true", "false"),
}
_MODE: Final = re.compile(r"all|any|veto|[1-9]\d{0,3} of|(?:100|[1-9]\d?)(?:\.\d{1,2})? ?%")
_BINDING: Final = re.compile(r"latest|tag:\S+|version:[1-9]\d*")
_NAMED_BY: Final = {
    "decision": "spiffworkflow:calledDecisionId with the key of a decision",
    "process definition": "calledElement with the key of a process definition",
    "service task": "the name of the service task as id of the operator",
}
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_PLAIN_TARGET: Final = re.compile(r"[A-Za-z_][\w.@-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What exists where the file is to be deployed; None means that it is not known, so it is not checked."""

    decisions: Collection[str] | None = None
    service_tasks: Collection[str] | None = None
    roles: Collection[str] | None = None
    definitions: Collection[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """The flow node under check, with what it is checked against."""

    model: BpmnModel
    node: FlowNode
    known: Known
    names: frozenset[str]
    properties: Mapping[str, str]

    def fault(self, code: str, message: str, remedy: str) -> Diagnostic:
        element = self.node.element
        return self.model.diagnose(element, code, f"The {describe(element)} {message}", remedy, kind="product")

    def expression(self, name: str, *, form: Form = "feel") -> Iterator[Diagnostic]:
        use = ExpressionUse(place=self.node.element, text=self.properties[name], what=f"property {name}", form=form)
        return check_expression(self.model, use, names=self.names)


def check_product(model: BpmnModel, known: Known) -> Iterator[Diagnostic]:
    """Return the faults that keep an executable process from running here."""
    yield from _check_processes(model)
    names = known_names(model)
    for scope in model.scopes:
        for node in scope.nodes:
            if not is_expression_of(node.element):
                continue
            if not node.id:
                message = f"The {describe(node.element)} cannot be found again while an instance runs."
                yield model.diagnose(node.element, "id_missing", message, "Give the element an id.", kind="product")
            check = _Check(model=model, node=node, known=known, names=names, properties=read_properties(node.element))
            yield from _check_properties(check)
            yield from _check_binding_of(check)
            yield from _check_events(check)


def read_properties(element: etree._Element) -> dict[str, str]:
    """Return the `spiffworkflow:properties` of an element; of a name given twice the last value."""
    return {part.get("name", ""): (part.get("value") or text_of(part)).strip() for part in _find_properties(element)}


def _find_properties(element: etree._Element) -> list[etree._Element]:
    extensions = element.find(f"{{{BPMN}}}extensionElements")
    return [] if extensions is None else extensions.findall(f"{{{EXTENSION}}}properties/{{{EXTENSION}}}property")


def _check_processes(model: BpmnModel) -> Iterator[Diagnostic]:
    executable = model.executable_processes
    if not executable:
        message = "No process in the file is executable."
        yield model.diagnose(
            model.root, "not_executable", message, 'Set isExecutable="true" on the process that is to run.', kind="product"
        )
    called = {(call.get("calledElement") or "").rpartition(":")[2] for call in model.iterate("callActivity")}
    for scope in [scope for scope in executable if scope.id not in called][1:]:
        message = f"The {describe(scope.element)} is executable, as is the {describe(executable[0].element)}."
        yield model.diagnose(
            scope.element,
            "several_processes",
            message,
            "Keep one executable process in a file, beside those that it calls.",
            kind="product",
        )
    for scope in executable:
        if not scope.nodes:
            message = f"The {describe(scope.element)} is empty."
            yield model.diagnose(scope.element, "process_empty", message, "Draw a start event, the flow and an end event.", kind="product")
        if not scope.id:
            message = "The executable process has no id, by which it is deployed and started."
            yield model.diagnose(scope.element, "id_missing", message, "Give the process an id.", kind="product")


def _check_properties(check: _Check) -> Iterator[Diagnostic]:
    node, properties = check.node, check.properties
    given = Counter(part.get("name", "") for part in _find_properties(node.element)) if properties else {}
    allowed = _PROPERTIES.get(node.kind, frozenset())
    for name, count in given.items():
        if count > 1:
            yield check.fault("property_repeated", f"has the property {name} {count} times.", "Keep one of them.")
        if name not in allowed:
            near = difflib.get_close_matches(name, sorted(allowed), n=1)
            remedy = f"Did you mean {near[0]}?" if near else f"Remove it. Known here: {', '.join(sorted(allowed)) or 'none'}."
            severity: Literal["error", "warning"] = "error" if node.kind in _PROPERTIES else "warning"
            message = f"has the unknown property {name}, which has no effect."
            yield replace(check.fault("unknown_property", message, remedy), severity=severity)
    for name, choices in _CHOICES.items():
        if name in properties and name in allowed and properties[name] not in choices:
            message = f'has {name} "{properties[name]}".'
            yield check.fault("property_value", message, f"Use one of: {', '.join(choices)}.")
    if "notify" in properties and "notify" in allowed:
        yield from _check_notify(check)
    if node.kind == "userTask":
        yield from _check_user_task(check)
        if "form" in properties:
            message, remedy = (
                "has a form, which is not shown here.",
                "Remove the property: the task shows the document with approve and reject.",
            )
            yield replace(check.fault("unsupported_property", message, remedy), kind="unsupported")


def _check_user_task(check: _Check) -> Iterator[Diagnostic]:
    properties = check.properties
    given = [name for name in _ASSIGNMENTS if name in properties]
    if not given:
        remedy = "Add the property approval_step (role players of the approval matrix), candidate_roles, candidate_groups or assignees."
        yield check.fault("nobody_assigned", "does not say who is to do it.", remedy)
    if "approval_step" in given and len(given) > 1:
        message = f"has approval_step and {', '.join(given[1:])}: who decides is not clear."
        yield check.fault("assigned_twice", message, "Keep approval_step, or remove it.")
    if "approval_step" in given and _is_multi_instance(check.node):
        message = "is an approval step inside a multi-instance activity."
        yield check.fault(
            "step_in_multi_instance", message, "Remove the multi-instance marker: a step already has as many slots as it needs."
        )
    for name in ("title", "instructions"):
        if name in properties:
            yield from check.expression(name)
    if properties.get("mode", "").startswith("="):
        yield from check.expression("mode")
    elif "mode" in properties and not _MODE.fullmatch(properties["mode"]):
        yield check.fault(
            "property_value", f'has mode "{properties["mode"]}".', "Use all, any, veto, a number such as 2 of, or a share such as 60 %."
        )
    priority = properties.get("priority")
    if priority is not None and not (priority.isascii() and priority.isdigit() and int(priority) <= 100):
        yield check.fault("property_value", f'has priority "{priority}".', "Write a number from 0 to 100; 50 is normal.")
    for name in _ASSIGNMENTS[1:]:
        if name in properties:
            yield from _check_people(check, name)
    yield from check_clocks(check)
    yield from _check_targets(check)
    yield from _check_rejection(check)


def _check_rejection(check: _Check) -> Iterator[Diagnostic]:
    """Return the faults of what a rejection does: who has a veto, and whether the diagram can go back."""
    properties = check.properties
    if "veto" in properties:
        yield from _check_people(check, "veto")
    if properties.get("on_reject", "").startswith("return_") and _is_multi_instance(check.node):
        message = f"has on_reject {properties['on_reject']} inside a multi-instance activity: it is not clear which instance goes back."
        yield check.fault("return_in_multi_instance", message, "Use final_rejected, and decide after the activity what a rejection does.")


def _is_multi_instance(node: FlowNode) -> bool:
    place: etree._Element | None = node.element
    while place is not None and local_name(place) in {"userTask", *SUB_PROCESSES}:
        if place.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics") is not None:
            return True
        place = place.getparent()
    return False


def _check_people(check: _Check, name: str) -> Iterator[Diagnostic]:
    text = check.properties[name]
    faults = list(check.expression(name))
    yield from faults
    value = None if faults else _read_constant(text, check.names)
    if value is None:
        return
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        yield check.fault(
            "property_value", f"has {name} {text}, which is no list of names.", f'Write a FEEL list such as ["{_example(name)}"].'
        )
    elif not value and name == "veto":
        yield check.fault("property_value", "has an empty veto: nobody has one.", "Name somebody, or remove the property.")
    elif not value:
        yield check.fault("nobody_assigned", f"has an empty {name}: nobody could do it.", "Name at least one.")
    elif name == "candidate_roles":
        for role in value:
            yield from _check_role(check, role)
    elif name == "veto":
        for role in [item.removeprefix("role:") for item in value if item.startswith("role:")]:
            yield from _check_role(check, role)


def _check_notify(check: _Check) -> Iterator[Diagnostic]:
    """Give what is wrong with whom the property notify names."""
    faults = list(check.expression("notify"))
    yield from faults
    try:
        names = () if faults else read_receivers(_read_constant(check.properties["notify"], check.names))
    except ValueError as error:
        message, remedy = (
            f"has notify {check.properties['notify']}: {error}.",
            f'Write a FEEL list such as ["{OWNER}", "{SUPPLIER_CONTACT}"].',
        )
        yield check.fault("property_value", message, remedy)
        return
    for name in names:
        near = difflib.get_close_matches(name, (OWNER, SUPPLIER_CONTACT), n=1)
        if name.startswith(ROLE_PREFIX):
            yield from _check_role(check, name.removeprefix(ROLE_PREFIX))
        elif near and name not in near:
            fault = check.fault("unknown_receiver", f'notifies "{name}", which is read as a user name.', f"Did you mean {near[0]}?")
            yield replace(fault, severity="warning")


def _example(name: str) -> str:
    return {"veto": "role:coding", "candidate_roles": "coding", "candidate_groups": "management", "assignees": "marc"}[name]


def _read_constant(text: str, names: frozenset[str]) -> object:
    """Return the value of an expression without variables, else None."""
    try:
        expression = compile_expression(text.removeprefix("=").strip(), names)
        return None if expression.names else expression.value({})
    except FeelError:
        return None


def _check_role(check: _Check, role: str) -> Iterator[Diagnostic]:
    known = check.known
    if known.roles is not None and role not in known.roles:
        near = difflib.get_close_matches(role, sorted(known.roles), n=1)
        remedy = f"Did you mean {near[0]}?" if near else f"Known roles: {', '.join(sorted(known.roles))}."
        yield check.fault("unknown_role", f'names the role "{role}", which does not exist.', remedy)


def _check_targets(check: _Check) -> Iterator[Diagnostic]:
    """Give what is wrong with the names in escalate_to."""
    target = check.properties.get("escalate_to")
    if target is None or _PLAIN_TARGET.fullmatch(target):
        return
    faults = list(check.expression("escalate_to"))
    yield from faults
    value = None if faults else _read_constant(target, check.names)
    words = [value] if isinstance(value, str) else value
    if words is not None and (not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words)):
        yield check.fault(
            "property_value", f"has escalate_to {target}.", 'Write manager, or a FEEL list such as ["manager", "role:coding"].'
        )
    elif words is not None:
        for word in words:
            if word.startswith("role:"):
                yield from _check_role(check, word.removeprefix("role:"))


def _check_binding_of(check: _Check) -> Iterator[Diagnostic]:
    node, properties, known = check.node, check.properties, check.known
    binding = properties.get("binding")
    if binding is not None and not _BINDING.fullmatch(binding):
        yield check.fault("property_value", f'has binding "{binding}".', "Use latest, tag:NAME or version:NUMBER.")
    match node.kind:
        case "businessRuleTask":
            called = text_of(node.element.find(f"{{{BPMN}}}extensionElements/{{{EXTENSION}}}calledDecisionId"))
            yield from _check_called(check, "decision", called, known.decisions)
            yield from _check_result(check, properties.get("result_variable"), "the property result_variable")
        case "scriptTask":
            yield from _check_result(check, properties.get("result_variable"), "the property result_variable")
        case "callActivity":
            called = (node.element.get("calledElement") or "").rpartition(":")[2]
            inside = {scope.id for scope in check.model.scopes if scope.kind == "process"}
            existing = None if known.definitions is None else inside | set(known.definitions)
            yield from _check_called(check, "process definition", called, existing)
        case "serviceTask":
            yield from _check_service_task(check)


def _check_called(check: _Check, what: str, called: str, existing: Collection[str] | None) -> Iterator[Diagnostic]:
    code = what.replace(" ", "_")
    if not called:
        yield check.fault(f"{code}_missing", f"does not name its {what}.", f"Add {_NAMED_BY[what]}.")
    elif existing is not None and called not in existing:
        near = difflib.get_close_matches(called, sorted(existing), n=1)
        remedy = f"Did you mean {near[0]}?" if near else f"Deploy {called} with the file, or name one that exists."
        yield check.fault(f"unknown_{code}", f"names the {what} {called}, which does not exist.", remedy)


def _check_result(check: _Check, variable: str | None, how: str) -> Iterator[Diagnostic]:
    if not variable:
        yield check.fault("result_missing", "does not say which variable takes its result.", f"Add {how}.")
    elif not _NAME.fullmatch(variable):
        yield check.fault(
            "property_value", f'has the result variable "{variable}".', "Use letters, digits and underscores, a letter first."
        )


def _check_service_task(check: _Check) -> Iterator[Diagnostic]:
    operator = check.node.element.find(f"{{{BPMN}}}extensionElements/{{{EXTENSION}}}serviceTaskOperator")
    if operator is None:
        message, remedy = "does not say what it does.", "Add spiffworkflow:serviceTaskOperator with the id of a service task."
        yield check.fault("service_task_missing", message, remedy)
        return
    yield from _check_called(check, "service task", operator.get("id") or "", check.known.service_tasks)
    variable = operator.get("resultVariable")
    if variable is not None:
        yield from _check_result(check, variable, "resultVariable")
    parameters = Counter(part.get("id") for part in operator.iter(f"{{{EXTENSION}}}parameter"))
    for name, count in parameters.items():
        if not name:
            yield check.fault("parameter_without_name", "has a parameter without id.", "Give every parameter an id.")
        elif count > 1:
            yield check.fault("property_repeated", f"has the parameter {name} {count} times.", "Keep one of them.")


def _check_events(check: _Check) -> Iterator[Diagnostic]:
    node = check.node
    if node.kind in {"sendTask", "receiveTask"} and not node.element.get("messageRef"):
        yield check.fault("event_incomplete", "does not name its message: it would not wait.", "Add messageRef.")
    for part in node.element:
        kind = local_name(part)
        if kind in {"messageEventDefinition", "signalEventDefinition"}:
            attribute = kind.replace("EventDefinition", "Ref")
            if not part.get(attribute):
                yield check.fault("event_incomplete", f"does not name its {kind.removesuffix('EventDefinition')}.", f"Add {attribute}.")
        elif kind == "timerEventDefinition" and not any(local_name(child).startswith("time") for child in part):
            yield check.fault("event_incomplete", "has a timer without a time.", "Add timeDuration, timeDate or timeCycle.")
