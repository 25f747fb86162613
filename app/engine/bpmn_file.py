"""One BPMN file as hardened XML, with what its elements refer to and a place for its faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree

from app.domain.diagnostics import Diagnostic, DiagnosticClass
from app.domain.errors import DefinitionInvalid
from app.engine.bpmn_support import BY_CODE
from app.engine.formulas import Formula, compile_formula, strip_text
from app.engine.values import Element
from app.feel.errors import FeelError, FeelSyntaxError

if TYPE_CHECKING:
    from lxml.etree import _Element as Node

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF: Final = "http://spiffworkflow.org/bpmn/schema/1.0/core"
_PARTS: Final = ("EventDefinition", "LoopCharacteristics", "Expression")
BYTES_MAX: Final = 5_000_000
GLOBAL_TASKS: Final = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}
_ROOTS: Final = ("message", "signal", "error", "escalation")


def tag(name: str) -> str:
    """Return the qualified name of a BPMN element."""
    return f"{{{BPMN}}}{name}"


def kind_of(node: Node) -> str:
    """Return the BPMN element name, empty for an element of another namespace."""
    name = str(node.tag)
    return name[len(BPMN) + 2 :] if name.startswith(f"{{{BPMN}}}") else ""


def text_of(node: Node, child: str) -> str | None:
    """Return the text of the first child of that name; None when there is no such child or it is empty."""
    found = node.find(tag(child))
    return (found.text or "").strip() or None if found is not None else None


def extension(node: Node, name: str) -> str | None:
    """Return the text of one of our extension elements."""
    found = node.find(f"{tag('extensionElements')}/{{{SPIFF}}}{name}")
    return (found.text or "").strip() or None if found is not None else None


def local_name(reference: str | None) -> str:
    """Return a reference without its namespace prefix."""
    return (reference or "").strip().rpartition(":")[2]


class BpmnFile:
    """A parsed file.

    Attributes:
        processes: process elements by id.
        names: ids that FEEL reads as one name only when it is told, such as Approve-1.
        roots: messages, signals, errors and escalations by id.
        globals: global tasks by id; event_definitions: those that events share; operations: of interfaces.
        data_names: the variable that each data object is, by id.
        is_simulated: whether a task need not say what it calls.
        faults: what was found wrong so far.
    """

    def __init__(self, content: bytes, *, filename: str, is_simulated: bool = False) -> None:
        self.filename = filename
        self.is_simulated = is_simulated
        self.faults: list[Diagnostic] = []
        self.root = _parse(content, filename)
        self.processes = {node.get("id", ""): node for node in self.root.iter(tag("process"))}
        self.roots = {node.get("id", ""): node for kind in _ROOTS for node in self.root.iter(tag(kind))}
        self.globals = {node.get("id", ""): node for kind in GLOBAL_TASKS for node in self.root.iter(tag(kind))}
        self.operations = {node.get("id", ""): node for node in self.root.iter(tag("operation"))}
        self.event_definitions = {node.get("id", ""): node for node in self.root if kind_of(node).endswith("EventDefinition")}
        self.data_names: dict[str, str] = {}
        self.lanes = {
            local_name(reference.text): lane.get("name") or lane.get("id")
            for lane in self.root.iter(tag("lane"))
            for reference in lane.iterfind(tag("flowNodeRef"))
        }
        self.names = frozenset(name for process in self.processes.values() for name in _odd_ids(process))
        self._check_ids()

    def _check_ids(self) -> None:
        seen: set[str] = set()
        for process in self.processes.values():
            for node in process.iter(f"{{{BPMN}}}*"):
                name = node.get("id")
                if name is not None and name in seen:
                    self.fault(node, "duplicate_id", f'The id "{name}" is used twice.', "Give every element an id of its own.")
                seen.add(name or "")

    def fault(self, node: Node, code: str, message: str, remedy: str, *, kind: DiagnosticClass = "invalid") -> None:
        """Note a fault of the element that `node` is, or is a part of."""
        at: Node | None = node
        while at is not None and (not at.get("id") or not kind_of(at) or kind_of(at).endswith(_PARTS)):
            at = at.getparent()
        self.faults.append(
            Diagnostic(
                severity="error",
                file=self.filename,
                line=getattr(node, "sourceline", None),
                element=at.get("id") if at is not None else None,
                code=code,
                message=message,
                remedy=remedy,
                kind=kind,
            )
        )

    def refuse(self, node: Node, code: str) -> None:
        """Note a construct that is valid BPMN, but that the engine would not run as the standard says; `code` is of `bpmn_support`."""
        found = BY_CODE[code]
        self.fault(node, "unsupported_construct", f"{found.construct} cannot be executed here.", found.remedy, kind="unsupported")

    def formula(self, node: Node, text: str | None, *, element: str) -> Formula | None:
        """Return the compiled expression, None with a fault when it is empty or no FEEL."""
        if not strip_text(text):
            self.fault(node, "expression_missing", "An expression is missing.", "Write a FEEL expression.", kind="product")
            return None
        try:
            return compile_formula(text, element=element, names=self.names)
        except (FeelSyntaxError, FeelError) as error:
            message = f'"{strip_text(text)[:200]}" is no FEEL expression: {error}'
            self.fault(node, "expression_invalid", message, "Correct the expression; expressions are FEEL, nothing else.", kind="product")
            return None

    def element(self, node: Node, *, scope: str) -> Element:
        """Return what the diagram says about a flow node or process; a global task is a task of its kind."""
        properties = {
            item.get("name", ""): item.get("value", "")
            for item in node.iterfind(f"{tag('extensionElements')}/{{{SPIFF}}}properties/{{{SPIFF}}}property")
        }
        name = node.get("id", "")
        return Element(
            id=name,
            name=" ".join((node.get("name") or "").split()),
            kind=GLOBAL_TASKS.get(kind_of(node), kind_of(node)),
            scope=scope,
            properties=properties,
            documentation=text_of(node, "documentation") or "",
            lane=self.lanes.get(name),
        )


def _odd_ids(process: Node) -> list[str]:
    """Return the ids of a process that are no plain FEEL names."""
    return [name for node in process.iter(f"{{{BPMN}}}*") if (name := node.get("id")) and not name.replace("_", "a").isalnum()]


def _parse(content: bytes, filename: str) -> Node:
    """Return the root element; DefinitionInvalid for what is no BPMN file or could harm: a DTD, entities, too many bytes."""
    if len(content) > BYTES_MAX:
        raise _unreadable(filename, None, f"The file is larger than {BYTES_MAX} bytes.")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _unreadable(filename, error.lineno, f"The file is not well-formed XML: {error.msg}") from error
    if str(getattr(root.getroottree().docinfo, "doctype", "")):
        raise _unreadable(filename, 1, "The file has a document type declaration, which is not accepted.")
    if root.tag != tag("definitions"):
        raise _unreadable(filename, 1, "The file is no BPMN 2.0 model: its root is not bpmn:definitions.")
    return root


def _unreadable(filename: str, line: int | None, message: str) -> DefinitionInvalid:
    remedy = "Export the diagram as BPMN 2.0 XML from the modeler again."
    fault = Diagnostic(severity="error", file=filename, line=line, element=None, code="not_bpmn", message=message, remedy=remedy)
    return DefinitionInvalid(diagnostics=[fault])
