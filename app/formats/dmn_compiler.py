"""The elements of a decision requirement graph, compiled: decisions, knowledge models, decision services, inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from app.feel.types import FeelType
from app.feel.values import Function
from app.formats.dmn_compile import Compiler, Observe, Sight, fit_result, give_null
from app.formats.dmn_evaluation import (
    Bound,
    CompiledDecision,
    CompiledFunction,
    CompiledGraph,
    CompiledInput,
    CompiledService,
    make_service,
)
from app.formats.dmn_expressions import COMPILERS, function_type, make_function
from app.formats.dmn_file import DmnFile
from app.formats.dmn_graph import Drg, DrgElement, Requirement, name_of_variable
from app.formats.dmn_run import Node, Scope
from app.formats.dmn_type_table import TypeTable
from app.formats.dmn_types import ANY_TYPE, DmnType


def compile_graph(graph: Drg, files: Sequence[DmnFile], observe: Observe | None = None) -> tuple[CompiledGraph, Mapping[int, Compiler]]:
    """Return the compiled graph of the files, and the compiler of each; faults are in the files' diagnostics.

    1. Read the types of every file; they may refer to each other.
    2. Compile inputs, decisions, knowledge models and services, each with the names that it requires in sight.
    3. Bind the functions to each other, since they may be called before they are compiled.
    """
    tables = {file.number: TypeTable(file) for file in files}
    for table in tables.values():
        table.link(tables)
    for table in tables.values():
        table.read_all()
    compilers = {
        number: Compiler(file=file, types=tables[number], compile_kind=COMPILERS, observe=observe if number == 0 else None)
        for number, file in enumerate(files)
    }
    work = _GraphCompiler(graph, compilers)
    inputs = {part.key: work.compile_input(part) for part in graph.by_kind["inputData"]}
    decisions = {part.key: work.compile_decision(part) for part in graph.by_kind["decision"]}
    functions = {part.key: work.compile_function(part) for part in graph.by_kind["businessKnowledgeModel"]}
    services = {part.key: work.compile_service(part) for part in graph.by_kind["decisionService"]}
    compiled = CompiledGraph(
        decisions=decisions, functions=functions, services=services, inputs=inputs, paths={file.number: tuple(file.paths) for file in files}
    )
    work.bind(compiled)
    return compiled, compilers


class _GraphCompiler:
    """Compiles the elements of a graph one by one, then binds them."""

    def __init__(self, graph: Drg, compilers: Mapping[int, Compiler]) -> None:
        self._graph = graph
        self._compilers = compilers

    def compile_input(self, part: DrgElement) -> CompiledInput:
        """Return input data with its type."""
        kind = self._compilers[part.file.number].types.read_variable(part.element)
        return CompiledInput(key=part.key, name=name_of_variable(part), number=part.file.number, kind=kind)

    def compile_decision(self, part: DrgElement) -> CompiledDecision:
        """Return a decision with what it requires."""
        compiler = self._compilers[part.file.number]
        required = self._graph.required(part)
        parts = compiler.list_expressions(part.element)
        name = name_of_variable(part)
        if len(parts) == 1:
            logic: Node = compiler.compile(parts[0], self._sight(required))
        else:
            message = f"Decision {name!r} has {len(parts)} expressions."
            remedy = "Give it a decision table or another expression."
            compiler.file.fault(part.element, "dmn-expression-missing", message, remedy, kind="product")
            logic = give_null(message)
        return CompiledDecision(
            key=part.key,
            id=part.element.get("id") or "",
            name=name,
            title=part.name or name,
            number=part.file.number,
            decisions=_bind(required, "decision"),
            inputs=_bind(required, "inputData"),
            functions=_bind(required, "businessKnowledgeModel", "decisionService"),
            logic=fit_result(logic, compiler.types.read_variable(part.element), f"decision {name}"),
        )

    def compile_function(self, part: DrgElement) -> CompiledFunction:
        """Return a business knowledge model; it sees itself and what it requires."""
        compiler = self._compilers[part.file.number]
        required = self._graph.required(part)
        name = name_of_variable(part)
        logic = compiler.file.child(part.element, "encapsulatedLogic")
        parameters = self._parameters(part)
        scope = Scope({})
        if logic is None:
            message = f"Business knowledge model {name!r} has no logic."
            compiler.file.fault(part.element, "dmn-expression-missing", message, "Give it a function.", kind="product")
            function = Function(parameters=(), invoke=lambda env, _arguments: env.warn(message), name=name)
        else:
            sight = self._sight(required).adding({name: self._type_of(part)})
            make = make_function(compiler, logic, sight, name=name, depth=0, result=_result_type(compiler, part.element))
            function = make(scope)
        return CompiledFunction(
            key=part.key,
            id=part.element.get("id") or "",
            name=name,
            title=part.name or name,
            number=part.file.number,
            functions=_bind(required, "businessKnowledgeModel", "decisionService"),
            parameters=parameters,
            scope=scope,
            function=function,
        )

    def compile_service(self, part: DrgElement) -> CompiledService:
        """Return a decision service: its parameters are its input data, then its input decisions."""
        file = part.file
        compiler = self._compilers[file.number]
        outputs = self._graph.list_references(part, "outputDecision", "decision")
        self._graph.list_references(part, "encapsulatedDecision", "decision")
        given = (
            *self._graph.list_references(part, "inputData", "inputData"),
            *self._graph.list_references(part, "inputDecision", "decision"),
        )
        name = name_of_variable(part)
        if not outputs:
            message = f"Decision service {name!r} gives no decision."
            compiler.file.fault(part.element, "dmn-output-missing", message, "Add an output decision.")
        kind = compiler.types.read_variable(part.element)
        return CompiledService(
            key=part.key,
            id=part.element.get("id") or "",
            name=name,
            title=part.name or name,
            number=file.number,
            parameters=tuple((name_of_variable(each.target), self._kind_of(each.target), each.target.key) for each in given),
            outputs=_bind(outputs, "decision"),
            kind=ANY_TYPE if kind.feel.kind == "function" else kind,
        )

    def bind(self, compiled: CompiledGraph) -> None:
        """Give every decision and knowledge model the functions that it requires."""
        made: dict[str, Function] = {key: each.function for key, each in compiled.functions.items()}
        for key, service in compiled.services.items():
            made[key] = make_service(compiled, service)
        for function in compiled.functions.values():
            function.scope.update(_collect(function.functions, made))
            function.scope[function.name] = function.function
        for decision in compiled.decisions.values():
            decision.constants.update(_collect(decision.functions, made))

    def _sight(self, required: Sequence[Requirement]) -> Sight:
        """Return the names of what is required; what is imported is an entry of its import's name."""
        types: dict[str, FeelType] = {}
        imported: dict[str, list[tuple[str, FeelType]]] = {}
        for each in required:
            name, kind = name_of_variable(each.target), self._type_of(each.target)
            if each.prefix:
                imported.setdefault(each.prefix, []).append((name, kind))
            else:
                types[name] = kind
        types.update({prefix: FeelType(kind="context", entries=tuple(entries)) for prefix, entries in imported.items()})
        return Sight.of(types)

    def _type_of(self, part: DrgElement) -> FeelType:
        """Return the type of what the element's name stands for: a value, or a function."""
        compiler = self._compilers[part.file.number]
        if part.kind == "businessKnowledgeModel":
            return function_type(self._parameters(part), _result_type(compiler, part.element))
        if part.kind != "decisionService":
            return self._kind_of(part).feel
        given = (
            *self._graph.list_references(part, "inputData", "inputData"),
            *self._graph.list_references(part, "inputDecision", "decision"),
        )
        return function_type(
            [(name_of_variable(each.target), self._kind_of(each.target)) for each in given], _result_type(compiler, part.element)
        )

    def _kind_of(self, part: DrgElement) -> DmnType:
        return self._compilers[part.file.number].types.read_variable(part.element)

    def _parameters(self, part: DrgElement) -> tuple[tuple[str, DmnType], ...]:
        compiler = self._compilers[part.file.number]
        logic = part.file.child(part.element, "encapsulatedLogic")
        formal = [] if logic is None else part.file.children(logic, "formalParameter")
        return tuple((part.file.name(each), compiler.types.resolve(each, each.get("typeRef"))) for each in formal)


def _bind(required: Sequence[Requirement], *kinds: str) -> tuple[Bound, ...]:
    chosen = [each for each in required if each.target.kind in kinds]
    return tuple(Bound(prefix=each.prefix, name=name_of_variable(each.target), key=each.target.key) for each in chosen)


def _collect(bound: Sequence[Bound], made: Mapping[str, Function]) -> dict[str, Any]:
    """Return the functions by name; imported ones within a context of the import's name."""
    values: dict[str, Any] = {}
    for each in bound:
        place = values.setdefault(each.prefix, {}) if each.prefix else values
        place[each.name] = made[each.key]
    return values


def _result_type(compiler: Compiler, element: etree._Element) -> DmnType | None:
    """Return the type of a function's result: its variable's, unless that is the type of the function itself."""
    kind = compiler.types.read_variable(element)
    return None if kind.feel.kind in ("Any", "function") else kind
