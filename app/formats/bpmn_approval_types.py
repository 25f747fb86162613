"""One approval type for each process: the limits that a document is measured by do not change on its way."""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from app.domain.diagnostics import Diagnostic
from app.formats.bpmn_model import BPMN, EXTENSION, BpmnModel, describe

_RESOLUTION: Final = "resolve_role_players"
_PARAMETER: Final = "approval_type"


def check_approval_types(model: BpmnModel) -> Iterator[Diagnostic]:
    """Give a fault for each task that resolves role players by another approval type than the first of its process. Source: MXT-02."""
    for process in model.root.iter(f"{{{BPMN}}}process"):
        named = [(task, kind) for task in process.iter(f"{{{BPMN}}}serviceTask") if (kind := _approval_type(task)) is not None]
        for task, kind in named[1:]:
            if kind != named[0][1]:
                message = (
                    f"The {describe(task)} has the approval type {kind}, but the process has {named[0][1]}: a process has exactly one."
                )
                remedy = "Name the same approval type, or draw a process of its own for each."
                yield model.diagnose(task, "several_approval_types", message, remedy, kind="product")


def _approval_type(task: etree._Element) -> str | None:
    for operator in task.iter(f"{{{EXTENSION}}}serviceTaskOperator"):
        if operator.get("id") == _RESOLUTION:
            for parameter in operator.iter(f"{{{EXTENSION}}}parameter"):
                if parameter.get("id") == _PARAMETER:
                    return str(parameter.get("value") or "").strip() or None
    return None
