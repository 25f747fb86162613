"""The shape of DMN files: which elements may stand in which, what they must have, and ids that stand once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lxml import etree

from app.formats.dmn_file import DmnFile
from app.formats.xml import local_name

_ANYWHERE: Final = frozenset({"description", "extensionElements", "extensionAttribute"})
_EXPRESSION: Final = frozenset(
    {"literalExpression", "decisionTable", "context", "invocation", "list", "relation", "functionDefinition", "conditional"}
    | {"filter", "for", "some", "every"}
)
_DRG: Final = frozenset({"decision", "inputData", "businessKnowledgeModel", "decisionService", "knowledgeSource"})
_ARTIFACTS: Final = frozenset({"textAnnotation", "association", "group"})
_BUSINESS: Final = frozenset({"businessContextElement", "performanceIndicator", "organizationUnit"})
_UNARY: Final = frozenset({"text"})
CHILDREN: Final[Mapping[str, frozenset[str]]] = {
    "definitions": _DRG | _ARTIFACTS | _BUSINESS | {"import", "itemDefinition", "elementCollection"},
    "itemDefinition": frozenset({"typeRef", "allowedValues", "typeConstraint", "itemComponent", "functionItem"}),
    "itemComponent": frozenset({"typeRef", "allowedValues", "typeConstraint", "itemComponent", "functionItem"}),
    "functionItem": frozenset({"parameters"}),
    "allowedValues": _UNARY,
    "typeConstraint": _UNARY,
    "inputData": frozenset({"variable"}),
    "decision": _EXPRESSION
    | {"question", "allowedAnswers", "variable", "informationRequirement", "knowledgeRequirement", "authorityRequirement"}
    | {"supportedObjective", "impactedPerformanceIndicator", "decisionMaker", "decisionOwner", "usingProcess", "usingTask"},
    "businessKnowledgeModel": frozenset({"variable", "encapsulatedLogic", "knowledgeRequirement", "authorityRequirement"}),
    "decisionService": frozenset({"variable", "outputDecision", "encapsulatedDecision", "inputDecision", "inputData"}),
    "informationRequirement": frozenset({"requiredDecision", "requiredInput"}),
    "knowledgeRequirement": frozenset({"requiredKnowledge"}),
    "authorityRequirement": frozenset({"requiredDecision", "requiredInput", "requiredAuthority"}),
    "encapsulatedLogic": _EXPRESSION | {"formalParameter"},
    "functionDefinition": _EXPRESSION | {"formalParameter"},
    "literalExpression": frozenset({"text", "importedValues"}),
    "decisionTable": frozenset({"input", "output", "annotation", "rule"}),
    "input": frozenset({"inputExpression", "inputValues"}),
    "inputExpression": frozenset({"text", "importedValues"}),
    "inputValues": _UNARY,
    "output": frozenset({"outputValues", "defaultOutputEntry"}),
    "outputValues": _UNARY,
    "defaultOutputEntry": frozenset({"text", "importedValues"}),
    "rule": frozenset({"inputEntry", "outputEntry", "annotationEntry"}),
    "inputEntry": _UNARY,
    "outputEntry": frozenset({"text", "importedValues"}),
    "annotationEntry": frozenset({"text"}),
    "context": frozenset({"contextEntry"}),
    "contextEntry": _EXPRESSION | {"variable"},
    "invocation": _EXPRESSION | {"binding"},
    "binding": _EXPRESSION | {"parameter"},
    "list": _EXPRESSION,
    "relation": frozenset({"column", "row"}),
    "row": _EXPRESSION,
    "conditional": frozenset({"if", "then", "else"}),
    "filter": frozenset({"in", "match"}),
    "for": frozenset({"in", "return"}),
    "some": frozenset({"in", "satisfies"}),
    "every": frozenset({"in", "satisfies"}),
    **dict.fromkeys(("if", "then", "else", "in", "match", "return", "satisfies"), _EXPRESSION),
}
_REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "definitions": ("name", "namespace"),
    "import": ("namespace", "importType"),
    "requiredDecision": ("href",),
    "requiredInput": ("href",),
    "requiredKnowledge": ("href",),
}
# Wherever a choice of exactly one is asked for.
_ONE_OF: Final[Mapping[str, frozenset[str]]] = {
    "informationRequirement": frozenset({"requiredDecision", "requiredInput"}),
    "knowledgeRequirement": frozenset({"requiredKnowledge"}),
}


def check_shape(file: DmnFile) -> None:
    """Add a fault for every element that may not stand where it does, lacks what it must have, or has the id of another."""
    ids: dict[str, etree._Element] = {}
    prefix = f"{{{file.namespace}}}"
    plain = {f"{prefix}{name}" for name in ("text", "inputEntry", "outputEntry", "annotationEntry", "typeRef", "description")}
    for element in file.root.iter():
        tag = str(element.tag)
        key = element.get("id") if tag.startswith(prefix) or "/DMNDI/" in tag else None
        if key and key in ids and not _is_drg(element, ids[key]):
            file.fault(element, "dmn-id-twice", f"Two elements have the id {key!r}.", "Give one of them another id.")
        if key:
            ids.setdefault(key, element)
        if tag.startswith(prefix) and not (tag in plain and all(str(child.tag) in plain for child in element)):
            _check_element(file, element)


def _check_element(file: DmnFile, element: etree._Element) -> None:
    name = local_name(element)
    for attribute in _REQUIRED.get(name, ()):
        if not (element.get(attribute) or "").strip():
            message = f"This {name} has no {attribute}."
            file.fault(element, "dmn-attribute-missing", message, f"Give it the attribute {attribute}.")
    allowed = CHILDREN.get(name)
    children = [local_name(child) for child in file.model_children(element)]
    for child in sorted(set(children) - _ANYWHERE - allowed) if allowed is not None else ():
        message = f"There is no element {child} within {name}."
        file.fault(element, "dmn-element-unknown", message, "Remove it, or move it to where it belongs.")
    if name in _ONE_OF and sum(child in _ONE_OF[name] for child in children) != 1:
        wanted = " or ".join(sorted(_ONE_OF[name]))
        file.fault(element, "dmn-reference-missing", f"This {name} needs one {wanted}.", "Draw the requirement again.")


def _is_drg(element: etree._Element, other: etree._Element) -> bool:
    """Return whether both are elements of the graph, for which the fault is told already."""
    return local_name(element) in _DRG and local_name(other) in _DRG
