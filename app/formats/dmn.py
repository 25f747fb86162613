"""Decision models: DMN 1.2 to 1.5 files, checked and compiled once, evaluated often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from app.domain.diagnostics import Diagnostic
from app.domain.errors import DecisionError, DefinitionInvalid, NotParseable, TooLarge
from app.feel.errors import FeelError
from app.formats.dmn_compiler import CompiledGraph, compile_graph
from app.formats.dmn_file import NAMESPACES, DmnFile, read_name
from app.formats.dmn_run import Run
from app.formats.xml import line_of, local_name, namespace_of, parse_xml

BYTES_MAX: Final = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionResult:
    """What a decision gave.

    `outputs` is a FEEL value. `matched_rules` has one entry for each rule that counted, of every table evaluated: `{"decision", "row", "rule", "annotation",
    "outputs"}`, rows from 1. `inputs` has one entry for each input column read: `{"decision", "input", "expression", "value"}`.
    `warnings` say why something was null.
    """

    outputs: Any
    matched_rules: tuple[dict[str, Any], ...]
    inputs: tuple[dict[str, Any], ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedElement:
    """Id and name of a decision, decision service or business knowledge model."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionModel:
    """A DMN file, compiled. `key` is the id of its definitions; it holds no state and may be shared between threads."""

    key: str
    name: str
    filename: str
    decisions: tuple[NamedElement, ...]
    decision_services: tuple[NamedElement, ...]
    business_knowledge_models: tuple[NamedElement, ...]
    inputs: tuple[str, ...]
    graph: CompiledGraph

    def evaluate(
        self, decision: str | None, context: Mapping[str, Any], *, now: datetime | None = None, zone: tzinfo | None = None
    ) -> DecisionResult:
        """Return what a decision gives for a context.

        Args:
            decision: id or name; None or the key of the model for the only decision that no other requires.
            context: FEEL values by name of input data, read on demand. A string stands for a date, time or duration where the input
                data declares one. Values that the model does not declare are in sight too.
            now: what `now()` and `today()` give.
            zone: the zone of local times.

        Raises:
            SeveralRowsMatch: hit policy UNIQUE and more than one rule matches.
            DecisionError: there is no such decision, rules under ANY differ, or a bound of FEEL was exceeded.
        """
        key = self.find_decision(decision)
        return self._run(key, lambda run: self.graph.decide(key, run, self.graph.open_scope(run, context)), now, zone)

    def evaluate_service(
        self, service: str, context: Mapping[str, Any], *, now: datetime | None = None, zone: tzinfo | None = None
    ) -> DecisionResult:
        """Return what a decision service gives; input decisions are taken from the context by their names."""
        key = _find(self.decision_services, service, "decision service")
        return self._run(service, lambda run: self.graph.serve(key, run, self.graph.open_scope(run, context)), now, zone)

    def evaluate_knowledge_model(
        self, knowledge_model: str, context: Mapping[str, Any], *, now: datetime | None = None, zone: tzinfo | None = None
    ) -> DecisionResult:
        """Return what a business knowledge model gives; its parameters are taken from the context by their names."""
        key = _find(self.business_knowledge_models, knowledge_model, "business knowledge model")
        return self._run(knowledge_model, lambda run: self.graph.invoke_function(key, run, self.graph.open_scope(run, context)), now, zone)

    def find_decision(self, decision: str | None) -> str:
        """Return the id of a decision given by id or name; None and the key of the model mean the only one that no other requires."""
        if decision is not None and (decision != self.key or decision in self.graph.decisions):
            return _find(self.decisions, decision, "decision")
        required = {key for compiled in self.graph.decisions.values() for key in compiled.decisions}
        top = [key for key in self.graph.decisions if key not in required]
        if len(top) != 1:
            raise DecisionError(decision=self.key, reason=f"name one of its {len(self.decisions)} decisions")
        return top[0]

    def _run(self, what: str, work: Callable[[Run], Any], now: datetime | None, zone: tzinfo | None) -> DecisionResult:
        run = Run.begin(now=now, zone=zone)
        try:
            outputs = work(run)
        except (FeelError, ArithmeticError) as error:
            raise DecisionError(decision=what, reason=str(error)) from error
        except RecursionError as error:
            raise DecisionError(decision=what, reason="its expressions call each other too deep") from error
        return DecisionResult(outputs=outputs, matched_rules=tuple(run.matched_rules), inputs=tuple(run.inputs), warnings=run.warnings)


def read_dmn(content: bytes, *, filename: str) -> DecisionModel:
    """Return the compiled decision model of a file.

    1. Parse hardened; the namespace tells the version.
    2. Read item definitions, requirements and expressions; compile every FEEL text once.
    3. Anything wrong refuses the file, all faults at once.

    Raises:
        DefinitionInvalid: `diagnostics` has each fault with its line, element and remedy.
    """
    try:
        root = parse_xml(content, what="DMN file", bytes_max=BYTES_MAX)
    except (NotParseable, TooLarge) as error:
        line = error.facts.get("line")
        place = line if isinstance(line, int) else None
        raise _refuse(filename, place, "xml-unreadable", error.detail, "Save it again in a DMN editor.") from error
    if local_name(root) != "definitions" or namespace_of(root) not in NAMESPACES:
        message = f"The root is {local_name(root)} of namespace {namespace_of(root)!r}; expected definitions of DMN 1.2 to 1.5."
        raise _refuse(filename, line_of(root), "dmn-version", message, "Save it in a DMN editor as DMN 1.3.")
    file = DmnFile(filename, root)
    for element in file.children(root, "import"):
        message = f"The file imports {element.get('namespace') or 'another file'}, which is not run here."
        file.fault(element, "dmn-import", message, "Put what it needs into this file.", kind="unsupported")
    graph = compile_graph(file)
    if not (graph.decisions or graph.functions or graph.services):
        file.fault(root, "dmn-empty", "The file has no decision.", "Add a decision.")
    if not root.get("id"):
        file.fault(root, "dmn-id-missing", "The definitions have no id, which is the key of the decision model.", "Give them an id.")
    if file.diagnostics:
        raise DefinitionInvalid(f"{filename} has {len(file.diagnostics)} faults.", diagnostics=file.diagnostics)
    return DecisionModel(
        key=root.get("id") or "",
        name=read_name(root) or filename,
        filename=filename,
        decisions=tuple(NamedElement(id=part.id, name=part.name) for part in graph.decisions.values()),
        decision_services=tuple(NamedElement(id=part.id, name=part.name) for part in graph.services.values()),
        business_knowledge_models=tuple(NamedElement(id=part.id, name=part.name) for part in graph.functions.values()),
        inputs=tuple(graph.inputs),
        graph=graph,
    )


def _find(elements: tuple[NamedElement, ...], wanted: str, what: str) -> str:
    for element in elements:
        if element.id == wanted:
            return element.id
    for element in elements:
        if element.name == " ".join(wanted.split()):
            return element.id
    raise DecisionError(decision=wanted, reason=f"there is no such {what}")


def _refuse(filename: str, line: int | None, code: str, message: str, remedy: str) -> DefinitionInvalid:
    diagnostic = Diagnostic(severity="error", file=filename, line=line, element=None, code=code, message=message, remedy=remedy)
    return DefinitionInvalid(f"{filename} cannot be read: {message}", diagnostics=[diagnostic])
