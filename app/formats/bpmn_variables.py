"""The variables that the expressions of a diagram can read, as far as the diagram itself tells."""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from app.domain.diagnostics import Diagnostic
from app.feel.check import Finding
from app.feel.check import check_expression as find_faults
from app.formats.bpmn_model import EXTENSION, BpmnModel, describe, text_of
from app.formats.xml import local_name

_INSTANCES: Final = ("Instances", "CompletedInstances", "ActiveInstances", "TerminatedInstances")
_ALWAYS: Final = frozenset({"document", "ubl", "outcome", "outcomes", "reason", "payload", "item", "loopCounter", "activationCount"}) | {
    f"{prefix}{what}" for prefix in ("nrOf", "numberOf") for what in _INSTANCES
}
_DATA: Final = ("dataObject", "dataObjectReference", "dataInput", "dataOutput", "property", "inputDataItem", "outputDataItem")
_NAMING_ATTRIBUTES: Final = ("resultVariable", "variableName")
_NAMING_PROPERTIES: Final = frozenset({"result_variable"})
_NAMING_TEXTS: Final = ("messageVariable", "variableName", "resultVariable")
_TOLD: Final = frozenset({"unknown_name", "type", "arity", "unknown_parameter", "unknown_type", "never"})


def read_variables(model: BpmnModel) -> frozenset[str]:
    """Return the names that something in the diagram gives a value, wherever it is."""
    names = set(_ALWAYS) | {node.id for node in model.nodes.values()}
    for element in model.iterate(*_DATA):
        names.update((element.get("id") or "", element.get("name") or ""))
    for element in model.iterate("loopDataInputRef", "loopDataOutputRef", "sequenceFlow"):
        names.add(element.get("id") or text_of(element))
    for element in model.root.iter(f"{{{EXTENSION}}}*"):
        names.update(element.get(name) or "" for name in _NAMING_ATTRIBUTES)
        if local_name(element) == "property" and element.get("name") in _NAMING_PROPERTIES:
            names.add(element.get("value") or "")
        elif local_name(element) in _NAMING_TEXTS:
            names.add(text_of(element))
    names.update(element.get("name") or element.get("id") or "" for element in model.iterate("correlationProperty"))
    return frozenset(name for name in names if name)


class VariableChecker:
    """Checks expressions against what is known; an unknown name is told once a diagram."""

    def __init__(self, model: BpmnModel) -> None:
        self._model = model
        self._names = read_variables(model)
        self._told: set[str] = set()

    def check(self, place: etree._Element, source: str, *, what: str, owner: etree._Element) -> Iterator[Diagnostic]:
        """Return what is doubtful about an expression that compiles: all of it are warnings, for a variable may also come from outside."""
        for finding in find_faults(source, self._names):
            if finding.code not in _TOLD or finding.message in self._told:
                continue
            self._told.add(finding.message)
            yield self._tell(place, finding, what=what, owner=owner)

    def _tell(self, place: etree._Element, finding: Finding, *, what: str, owner: etree._Element) -> Diagnostic:
        message = f"The {what} of the {describe(owner)}: {finding.message}"
        if finding.code != "unknown_name":
            return self._model.diagnose(place, "expression_doubtful", message, finding.remedy, kind="product", severity="warning")
        is_near = finding.remedy.startswith("Did you mean")
        remedy = finding.remedy if is_near else "Give it when the process instance is started, or let an element of the diagram set it."
        return self._model.diagnose(place, "unknown_variable", message, remedy, kind="product", severity="warning" if is_near else "info")
