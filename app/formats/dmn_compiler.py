"""The elements of a decision requirement graph, compiled: decisions, knowledge models, decision services, inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from app.domain.errors import DecisionError
from app.feel.env import Env
from app.feel.types import kind_of
from app.feel.values import Function, Parameter
from app.formats.dmn_expressions import EXPRESSIONS, Compiler, fit_result, make_function
from app.formats.dmn_file import DmnFile, read_name
from app.formats.dmn_graph import Drg, read_graph
from app.formats.dmn_run import Node, Run, Scope
from app.formats.dmn_table_reader import compile_table
from app.formats.dmn_types import ANY_TYPE, MISFIT, DmnType, TypeTable
from app.formats.xml import local_name

MakeFunction = Callable[["CompiledGraph", Run, Scope], Function]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledDecision:
    """A decision: what it requires, by id and name, and its logic."""

    id: str
    name: str
    decisions: tuple[str, ...]
    functions: tuple[str, ...]
    inputs: tuple[str, ...]
    logic: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledFunction:
    """A business knowledge model: the functions it requires, and what makes its own in a scope."""

    id: str
    name: str
    functions: tuple[str, ...]
    parameters: tuple[tuple[str, DmnType], ...]
    make: Callable[[Run, Scope], Function]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledService:
    """A decision service: parameters (input data, then input decisions) and the decisions whose results it gives."""

    id: str
    name: str
    parameters: tuple[tuple[str, DmnType], ...]
    input_decisions: tuple[str, ...]
    outputs: tuple[str, ...]
    kind: DmnType


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledGraph:
    """Everything of one file that can be evaluated, by id; `inputs` are the types of input data by name."""

    decisions: Mapping[str, CompiledDecision]
    functions: Mapping[str, CompiledFunction]
    services: Mapping[str, CompiledService]
    inputs: Mapping[str, DmnType]

    def open_scope(self, run: Run, context: Mapping[str, Any]) -> Scope:
        """Return the outermost scope: the context, with declared inputs brought to their types when they are read."""

        def read(name: str, value: Any) -> Any:
            kind = self.inputs.get(name, ANY_TYPE)
            fitted = kind.fit(value, run.env, reads_text=True)
            if fitted is MISFIT:
                run.warn(f"Input {name} is no {kind.name}, but a {kind_of(value)}.")
                return None
            return fitted

        return Scope({}, context, read=read)

    def decide(self, key: str, run: Run, outer: Scope) -> Any:
        """Return the result of a decision; each decision is evaluated once in a run."""
        if key in run.results:
            return run.results[key]
        decision = self.decisions[key]
        run.descend(decision.name)
        scope = outer.with_values({})
        for required in decision.decisions:
            scope.set_value(self.decisions[required].name, self.decide(required, run, outer))
        self._add_functions(decision.functions, run, scope, outer)
        run.results[key] = decision.logic(run, scope)
        run.depth -= 1
        return run.results[key]

    def invoke_function(self, key: str, run: Run, outer: Scope) -> Any:
        """Return the result of a business knowledge model with its parameters taken from the context by name."""
        function = self.functions[key]
        arguments: list[Any] = []
        for name, kind in function.parameters:
            value = outer.get(name)
            fitted = kind.fit(value, run.env, reads_text=True)
            if fitted is MISFIT:
                run.warn(f"Parameter {name} is no {kind.name}, but a {kind_of(value)}.")
                return None
            arguments.append(fitted)
        return self._make(key, run, outer).invoke(run.env, arguments)

    def serve(self, key: str, run: Run, outer: Scope) -> Any:
        """Return the result of a decision service: one output as its value, several as a context by name."""
        service = self.services[key]
        for decision in service.input_decisions:
            name = self.decisions[decision].name
            run.results[decision] = outer.get(name)
        values = {self.decisions[output].name: self.decide(output, run, outer) for output in service.outputs}
        value = values if len(values) != 1 else next(iter(values.values()))
        fitted = service.kind.fit(value, run.env)
        if fitted is MISFIT:
            run.warn(f"The value of decision service {service.name} is no {service.kind.name}, but a {kind_of(value)}.")
            return None
        return fitted

    def _add_functions(self, keys: Sequence[str], run: Run, scope: Scope, outer: Scope) -> None:
        for key in keys:
            if key in self.services:
                scope.set_value(self.services[key].name, self._make_service(key, run))
            else:
                scope.set_value(self.functions[key].name, self._make(key, run, outer))

    def _make(self, key: str, run: Run, outer: Scope) -> Function:
        """Return the function of a knowledge model; it sees itself and what it requires."""
        compiled = self.functions[key]
        scope = Scope({})
        self._add_functions(compiled.functions, run, scope, outer)
        function = compiled.make(run, scope)
        scope.set_value(compiled.name, function)
        return function

    def _make_service(self, key: str, run: Run) -> Function:
        service = self.services[key]

        def invoke(env: Env, arguments: Sequence[Any]) -> Any:
            inner = run.within(env)
            inner.results = {}
            inner.descend(service.name)
            values: dict[str, Any] = {}
            for (name, kind), argument in zip(service.parameters, arguments, strict=True):
                fitted = kind.fit(argument, env)
                if fitted is MISFIT:
                    inner.warn(f"{service.name}: {name} must be a {kind.name}, but is a {kind_of(argument)}.")
                    return None
                values[name] = fitted
            return self.serve(key, inner, Scope(values))

        parameters = tuple(Parameter(name=name) for name, _ in service.parameters)
        return Function(parameters=parameters, invoke=invoke, name=service.name)


def compile_graph(file: DmnFile) -> CompiledGraph:
    """Return the compiled graph of a file; its faults are in `file.diagnostics`."""
    graph = read_graph(file)
    types = TypeTable(file)
    compiler = Compiler(file=file, types=types, read_table=compile_table)
    inputs = {read_name(element): types.read_variable(element) for element in graph.by_kind["inputData"]}
    decisions = [_compile_decision(compiler, graph, element) for element in graph.by_kind["decision"]]
    functions = [_compile_function(compiler, graph, element) for element in graph.by_kind["businessKnowledgeModel"]]
    services = [_compile_service(compiler, graph, element) for element in graph.by_kind["decisionService"]]
    return CompiledGraph(
        decisions={decision.id: decision for decision in decisions},
        functions={function.id: function for function in functions},
        services={service.id: service for service in services},
        inputs=inputs,
    )


def _ids(elements: Sequence[etree._Element], *kinds: str) -> tuple[str, ...]:
    return tuple(element.get("id") or "" for element in elements if local_name(element) in kinds)


def _compile_decision(compiler: Compiler, graph: Drg, element: etree._Element) -> CompiledDecision:
    required = graph.required(element)
    names = frozenset(read_name(part) for part in required)
    name = read_name(element)
    parts = [child for child in compiler.file.model_children(element) if local_name(child) in EXPRESSIONS]
    if len(parts) != 1:
        message = f"Decision {name!r} has {len(parts)} expressions."
        compiler.file.fault(element, "dmn-expression-missing", message, "Give it a decision table or another expression.")
    logic: Node = compiler.compile(parts[0], names) if parts else lambda _run, _scope: None
    return CompiledDecision(
        id=element.get("id") or "",
        name=name,
        decisions=_ids(required, "decision"),
        functions=_ids(required, "businessKnowledgeModel", "decisionService"),
        inputs=tuple(read_name(part) for part in required if local_name(part) == "inputData"),
        logic=fit_result(logic, compiler.types.read_variable(element), f"decision {name}"),
    )


def _compile_function(compiler: Compiler, graph: Drg, element: etree._Element) -> CompiledFunction:
    required = graph.required(element)
    name = read_name(element)
    names = frozenset({name, *(read_name(part) for part in required)})
    logic = compiler.file.child(element, "encapsulatedLogic")
    parameters: tuple[tuple[str, DmnType], ...] = ()
    made = None
    if logic is None:
        message = f"Business knowledge model {name!r} has no logic."
        compiler.file.fault(element, "dmn-expression-missing", message, "Give it a function.")
    else:
        made = make_function(compiler, logic, names, name=name, depth=0, result=_read_result_type(compiler, element))
        formal = compiler.file.children(logic, "formalParameter")
        parameters = tuple((read_name(part), compiler.types.resolve(part, part.get("typeRef"))) for part in formal)
    return CompiledFunction(
        id=element.get("id") or "",
        name=name,
        functions=_ids(required, "businessKnowledgeModel", "decisionService"),
        parameters=parameters,
        make=made or _refuse_function(name),
    )


def _read_result_type(compiler: Compiler, element: etree._Element) -> DmnType | None:
    """Return the type of a knowledge model's result: its variable's, unless that is the type of the function itself."""
    kind = compiler.types.read_variable(element)
    return None if kind.feel.kind in ("Any", "function") else kind


def _refuse_function(name: str) -> Callable[[Run, Scope], Function]:
    def make(_run: Run, _scope: Scope) -> Function:
        raise DecisionError(decision=name, reason="it has no logic")

    return make


def _compile_service(compiler: Compiler, graph: Drg, element: etree._Element) -> CompiledService:
    outputs = graph.require(element, "outputDecision", "", ("decision",))
    input_decisions = graph.require(element, "inputDecision", "", ("decision",))
    graph.require(element, "encapsulatedDecision", "", ("decision",))
    input_data = graph.require(element, "inputData", "", ("inputData",))
    name = read_name(element)
    if not outputs:
        compiler.file.fault(element, "dmn-output-missing", f"Decision service {name!r} gives no decision.", "Add an output decision.")
    kind = compiler.types.read_variable(element)
    return CompiledService(
        id=element.get("id") or "",
        name=name,
        parameters=tuple((read_name(part), compiler.types.read_variable(part)) for part in (*input_data, *input_decisions)),
        input_decisions=_ids(input_decisions, "decision"),
        outputs=_ids(outputs, "decision"),
        kind=ANY_TYPE if kind.feel.kind == "function" else kind,
    )
