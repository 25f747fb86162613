"""Decision models: DMN 1.2 to 1.5 files, checked and compiled once, evaluated often.

reading      dmn_file (elements, faults), dmn_imports (other files), dmn_graph (requirements), dmn_type_table (item definitions)
compiling    dmn_compile (FEEL texts), dmn_expressions and dmn_iterators (boxed expressions), dmn_table_reader and dmn_cells
             (decision tables), dmn_compiler (decisions, knowledge models, services)
evaluating   dmn_run (budget, trace, names), dmn_evaluation (the graph), dmn_table and dmn_index, dmn_types (values to their types)
checking     dmn_check, dmn_schema (shape), dmn_table_check and dmn_table_space (tables as a whole)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, Final

from app.domain.diagnostics import Diagnostic
from app.domain.errors import DecisionError, DefinitionInvalid
from app.feel.errors import FeelError
from app.feel.lexer import normalize_name
from app.formats.dmn_compile import Compiler, Observe
from app.formats.dmn_compiler import compile_graph
from app.formats.dmn_evaluation import CompiledDecision, CompiledFunction, CompiledGraph, CompiledService
from app.formats.dmn_file import BYTES_MAX, DmnFile, parse_dmn, read_name
from app.formats.dmn_graph import Drg, read_graph
from app.formats.dmn_imports import FindImport, find_among, load_files
from app.formats.dmn_run import Run
from app.formats.dmn_table import DecisionTable, show_input

KEYS_MAX: Final = 1_000
VALUES_MAX: Final = 500_000
CHARACTERS_MAX: Final = 10_000_000
DEPTH_MAX: Final = 90  # below what JSON may have, since an answer stands within other objects
_NO_CONDITION: Final = frozenset({"", "-"})
__all__ = [
    "BYTES_MAX",
    "DecisionModel",
    "DecisionResult",
    "FindImport",
    "NamedElement",
    "find_among",
    "open_dmn",
    "read_dmn",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionResult:
    """What a decision gave: `outputs` is a FEEL value, `warnings` say why something was null."""

    outputs: Any
    warnings: tuple[str, ...]
    run: Run

    @property
    def matched_rules(self) -> tuple[dict[str, Any], ...]:
        """One entry for each rule that counted, of every table evaluated; rows from 1."""
        return tuple(
            {"decision": table.name, "row": rule.row, "rule": rule.id, "annotation": rule.annotation, "outputs": outputs}
            for table, rule, outputs in self.run.matched
        )

    @property
    def explained_rules(self) -> tuple[dict[str, Any], ...]:
        """The rules that counted, each with its `conditions`: the input, its path, the value found, and what the rule asks of it."""
        found = {(id(table), position): value for table, position, value in self.run.read}
        return tuple(
            rule
            | {
                "conditions": [
                    {
                        "input": column.label,
                        "path": column.text,
                        "found": show_input(found.get((id(table), position))),
                        "condition": cell.text,
                    }
                    for position, (column, cell) in enumerate(zip(table.inputs, matched.cells, strict=True))
                    if cell is not None and cell.text not in _NO_CONDITION
                ]
            }
            for rule, (table, matched, _) in zip(self.matched_rules, self.run.matched, strict=True)
        )

    @property
    def inputs(self) -> tuple[dict[str, Any], ...]:
        """One entry for each input column that a table read."""
        return tuple(
            {
                "decision": table.name,
                "input": table.inputs[position].label,
                "expression": table.inputs[position].text,
                "value": show_input(value),
            }
            for table, position, value in self.run.read
        )

    @property
    def told_inputs(self) -> dict[str, Any]:
        """What was read, by name: input data, then the columns of tables; a label that two tables read otherwise names its table."""
        told = {name: show_input(value) for name, value in self.run.given.items()}
        for table, position, value in self.run.read:
            label, shown = table.inputs[position].label, show_input(value)
            if label in told and told[label] != shown:
                label = f"{table.name}: {label}"
            told[label] = shown
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedElement:
    """Id and name of a decision, decision service or business knowledge model."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class DecisionModel:
    """A DMN file with what it imports, compiled; it holds no state and may be shared between threads.

    Attributes:
        key: the id of its definitions.
        keys: what names were found to mean, which is not looked up again.
        tables: its decision tables, in the order of the file.
        imports: the names of the files that it imports, by itself or by way of others.
        faults: what is wrong in it; an expression with a fault gives null and a warning.
    """

    key: str
    name: str
    filename: str
    decisions: tuple[NamedElement, ...]
    decision_services: tuple[NamedElement, ...]
    business_knowledge_models: tuple[NamedElement, ...]
    inputs: tuple[str, ...]
    graph: CompiledGraph
    tables: tuple[DecisionTable, ...] = ()
    imports: tuple[str, ...] = ()
    faults: tuple[Diagnostic, ...] = ()
    keys: dict[tuple[str, str | None], str] = field(default_factory=dict, compare=False, repr=False)

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
        key = self._key("decision", decision)
        return self._run(key, lambda run: self.graph.decide(key, run, context), now, zone)

    def evaluate_service(
        self, service: str, context: Mapping[str, Any], *, now: datetime | None = None, zone: tzinfo | None = None
    ) -> DecisionResult:
        """Return what a decision service gives; input decisions are taken from the context by their names."""
        key = self._key("decision service", service)
        return self._run(service, lambda run: self.graph.serve(key, run, context), now, zone)

    def evaluate_knowledge_model(
        self, knowledge_model: str, context: Mapping[str, Any], *, now: datetime | None = None, zone: tzinfo | None = None
    ) -> DecisionResult:
        """Return what a business knowledge model gives; its parameters are taken from the context by their names."""
        key = self._key("business knowledge model", knowledge_model)
        return self._run(knowledge_model, lambda run: self.graph.call(key, run, context), now, zone)

    def find_decision(self, decision: str | None) -> str:
        """Return the id of a decision given by id or name; None and the key of the model mean the only one that no other requires."""
        if decision is not None and (decision != self.key or decision in self.graph.decisions):
            return _find(self.graph.decisions, decision, "decision")
        own = {key: each for key, each in self.graph.decisions.items() if each.number == 0}
        required = {bound.key for each in own.values() for bound in each.decisions}
        top = [key for key in own if key not in required]
        if len(top) != 1:
            raise DecisionError(decision=self.key or self.name, reason=f"name one of its {len(self.decisions)} decisions")
        return top[0]

    def _key(self, what: str, wanted: str | None) -> str:
        known = self.keys.get((what, wanted))
        if known is not None:
            return known
        if what == "decision":
            found = self.find_decision(wanted)
        else:
            elements: Any = self.graph.services if what == "decision service" else self.graph.functions
            found = _find(elements, wanted or "", what)
        if len(self.keys) < KEYS_MAX:
            self.keys[what, wanted] = found
        return found

    def _run(self, what: str, work: Callable[[Run], Any], now: datetime | None, zone: tzinfo | None) -> DecisionResult:
        run = Run(now=now, zone=zone)
        try:
            outputs = work(run)
        except (FeelError, ArithmeticError) as error:
            raise DecisionError(decision=what, reason=str(error)) from error
        except RecursionError as error:
            raise DecisionError(decision=what, reason="its expressions call each other too deep") from error
        if not (is_bounded(outputs) and all(is_bounded(each) for _, _, each in run.matched)):
            bounds = f"{VALUES_MAX} values, {CHARACTERS_MAX} characters or {DEPTH_MAX} levels of lists and contexts"
            raise DecisionError(decision=what, reason=f"it gives more than {bounds}")
        return DecisionResult(outputs=outputs, warnings=tuple(run.messages or ()), run=run)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedModel:
    """A model with what it was made of, for the checks."""

    model: DecisionModel
    files: tuple[DmnFile, ...]
    graph: Drg
    compilers: Mapping[int, Compiler]


def read_dmn(content: bytes, *, filename: str, find_import: FindImport | None = None) -> DecisionModel:
    """Return the compiled decision model of a file that has no faults.

    Raises:
        DefinitionInvalid: `diagnostics` has each fault with its line, element and remedy.
    """
    model = open_dmn(content, filename=filename, find_import=find_import).model
    errors = [each for each in model.faults if each.severity == "error"]
    if errors:
        raise DefinitionInvalid(f"{filename} has {len(errors)} faults.", diagnostics=list(model.faults))
    return model


def open_dmn(content: bytes, *, filename: str, find_import: FindImport | None = None, observe: Observe | None = None) -> OpenedModel:
    """Return the compiled decision model of a file, as far as it can be evaluated; what is wrong is in its `faults`.

    1. Parse hardened, with everything that is imported.
    2. Read item definitions, requirements and expressions; compile every FEEL text once.

    Args:
        content: the bytes of the file.
        filename: as messages call it.
        find_import: finds an imported file by its namespace; without it nothing can be imported.
        observe: told every FEEL text of the file, for the checks.

    Raises:
        DefinitionInvalid: the file is no DMN at all.
    """
    main = parse_dmn(content, filename=filename)
    files = load_files(main, find_import)
    graph = read_graph(files)
    compiled, compilers = compile_graph(graph, files, observe)
    if not any(each.number == 0 for each in _all_elements(compiled)):
        main.fault(main.root, "dmn-empty", "The file has no decision.", "Add a decision.", kind="product", severity="warning")
    if not main.root.get("id"):
        message = "The definitions have no id, which is the key of the decision model."
        main.fault(main.root, "dmn-id-missing", message, "Give them an id.", kind="product")
    for file in files[1:]:
        if file.has_errors:
            first = next(each for each in file.diagnostics if each.severity == "error")
            message = f"The imported file {file.filename} has {len(file.diagnostics)} faults, such as: {first.message}"
            main.fault(_find_import_element(main, file), "dmn-import-faults", message, "Correct the imported file.")
    model = DecisionModel(
        key=main.root.get("id") or "",
        name=read_name(main.root) or filename,
        filename=filename,
        decisions=_list_own(compiled.decisions),
        decision_services=_list_own(compiled.services),
        business_knowledge_models=_list_own(compiled.functions),
        inputs=tuple(each.name for each in compiled.inputs.values() if each.number == 0),
        graph=compiled,
        tables=tuple(table for _, table in compilers[0].found_tables),
        imports=tuple(file.filename for file in files[1:]),
        faults=tuple(main.diagnostics),
    )
    return OpenedModel(model=model, files=files, graph=graph, compilers=compilers)


def is_bounded(value: Any) -> bool:
    """Return whether a value is not too large or too deep to be written: lists may hold the same list many times."""
    values, characters = VALUES_MAX, CHARACTERS_MAX
    level = [value]
    for _ in range(DEPTH_MAX + 1):
        values -= len(level)
        deeper: list[Any] = []
        for current in level:
            if isinstance(current, str):
                characters -= len(current)
            elif isinstance(current, (list, dict)):
                values -= len(current)
                if values < 0:
                    return False
                if isinstance(current, dict):
                    characters -= sum(map(len, current))
                    deeper += current.values()
                else:
                    deeper += current
        if values < 0 or characters < 0:
            return False
        if not deeper:
            return True
        level = deeper
    return False


Compiled = CompiledDecision | CompiledFunction | CompiledService


def _all_elements(graph: CompiledGraph) -> list[Compiled]:
    return [*graph.decisions.values(), *graph.functions.values(), *graph.services.values()]


def _list_own(elements: Mapping[str, Compiled]) -> tuple[NamedElement, ...]:
    return tuple(NamedElement(id=each.id, name=each.title) for each in elements.values() if each.number == 0)


def _find_import_element(main: DmnFile, file: DmnFile) -> Any:
    return next((each for each in main.children(main.root, "import") if each.get("namespace") == file.uri), main.root)


def _find(elements: Mapping[str, Compiled], wanted: str, what: str) -> str:
    own = {key: each for key, each in elements.items() if each.number == 0}
    if wanted in own:
        return wanted
    name = normalize_name(wanted)
    for names in ({each.title: key for key, each in own.items()}, {each.name: key for key, each in own.items()}):
        if name in names:
            return names[name]
    raise DecisionError(decision=wanted, reason=f"there is no such {what}")
