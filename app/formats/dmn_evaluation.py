"""Evaluating a compiled decision requirement graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.feel.env import Env
from app.feel.host import from_host
from app.feel.lexer import normalize_name
from app.feel.types import kind_of
from app.feel.values import Function, Parameter
from app.formats.dmn_run import InputScope, Node, Run, Scope
from app.formats.dmn_types import MISFIT, DmnType


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The name under which something required is in sight, after the name of the import it comes from, and its key."""

    prefix: str
    name: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledInput:
    """Input data: its name, its file and its type."""

    key: str
    name: str
    number: int
    kind: DmnType


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledDecision:
    """A decision: what it requires, and its logic. `constants` are the functions in its sight, `name` that of its variable."""

    key: str
    id: str
    name: str
    title: str
    number: int
    decisions: tuple[Bound, ...]
    inputs: tuple[Bound, ...]
    functions: tuple[Bound, ...]
    logic: Node
    constants: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledFunction:
    """A business knowledge model as a function; `scope` holds what it sees beside its parameters."""

    key: str
    id: str
    name: str
    title: str
    number: int
    functions: tuple[Bound, ...]
    parameters: tuple[tuple[str, DmnType], ...]
    scope: Scope
    function: Function


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledService:
    """A decision service: parameters (name, type and key of input data, then of input decisions) and what it gives."""

    key: str
    id: str
    name: str
    title: str
    number: int
    parameters: tuple[tuple[str, DmnType, str], ...]
    outputs: tuple[Bound, ...]
    kind: DmnType


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledGraph:
    """Everything that can be evaluated, by key; `paths` are the ways of import names to each file."""

    decisions: Mapping[str, CompiledDecision]
    functions: Mapping[str, CompiledFunction]
    services: Mapping[str, CompiledService]
    inputs: Mapping[str, CompiledInput]
    paths: Mapping[int, Sequence[tuple[str, ...]]]
    names: dict[int, dict[str, CompiledInput]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for each in self.inputs.values():
            self.names.setdefault(each.number, {}).setdefault(each.name, each)

    def decide(self, key: str, run: Run, context: Mapping[str, Any]) -> Any:
        """Return the result of a decision for a context."""
        frame = _Frame(self, run, context=context)
        value = frame.decide(key)
        frame.fall_apart()
        return value

    def call(self, key: str, run: Run, context: Mapping[str, Any]) -> Any:
        """Return the result of a business knowledge model with its parameters taken from the context by name."""
        function = self.functions[key]
        arguments: list[Any] = []
        for name, kind in function.parameters:
            arguments.append(_read_value(run, f"Parameter {name}", kind, find_spelled(context, name)))
        return function.function.invoke(run, arguments)

    def serve(self, key: str, run: Run, context: Mapping[str, Any]) -> Any:
        """Return the result of a decision service with its inputs and input decisions taken from the context by name."""
        service = self.services[key]
        given: dict[str, Any] = {}
        for name, kind, parameter in service.parameters:
            given[parameter] = _read_value(run, f"Input {name}", kind, self._find_given(parameter, name, context))
        return self.give(service, run, given)

    def give(self, service: CompiledService, run: Run, given: Mapping[str, Any]) -> Any:
        """Return what a service gives for its inputs: one output as its value, several as a context by name."""
        frame = _Frame(self, run, given=given)
        values = {output.name: frame.decide(output.key) for output in service.outputs}
        frame.fall_apart()
        value = values if len(values) != 1 else next(iter(values.values()))
        fitted = service.kind.fit(value, run)
        if fitted is MISFIT:
            run.warn(f"The value of decision service {service.name} is no {service.kind.name}, but a {kind_of(value)}.")
            return None
        return fitted

    def _find_given(self, key: str, name: str, context: Mapping[str, Any]) -> Any:
        source = self.inputs.get(key) or self.decisions.get(key)
        return find_value(context, name, self.paths[source.number] if source is not None else ((),))


class _Frame:
    """One evaluation of decisions: the results so far, and the inputs that they see.

    The outermost frame reads a context; that of a decision service is given the values of inputs and input decisions by key.
    """

    __slots__ = ("_context", "_given", "_graph", "_results", "_roots", "_run")

    def __init__(
        self, graph: CompiledGraph, run: Run, *, context: Mapping[str, Any] | None = None, given: Mapping[str, Any] | None = None
    ) -> None:
        self._graph = graph
        self._run = run
        self._context = context
        self._given = given
        self._results: dict[str, Any] = {} if given is None else dict(given)
        self._roots: dict[int, InputScope] = {}

    def decide(self, key: str) -> Any:
        """Return the result of a decision; what it requires is evaluated before it, each once, without recursion."""
        results = self._results
        waiting = [key]
        begun: set[str] = set()
        while waiting:
            current = waiting[-1]
            if current in results:
                waiting.pop()
                continue
            decision = self._graph.decisions[current]
            missing = [each.key for each in decision.decisions if each.key not in results and each.key not in begun]
            if missing and current not in begun:
                begun.add(current)
                waiting += missing
                continue
            waiting.pop()
            results[current] = decision.logic(self._run, self._open(decision))
        return results[key]

    def fall_apart(self) -> None:
        """Let go of the names in sight, which know this frame: so its memory is free at once, without a garbage collection."""
        self._roots.clear()

    def _open(self, decision: CompiledDecision) -> Scope:
        """Return the names that a decision sees."""
        root = self._roots.get(decision.number)
        if root is None:
            root = self._roots[decision.number] = self._make_root(decision.number)
        if not decision.decisions and not decision.constants and not any(each.prefix for each in decision.inputs):
            return root
        values = {name: dict(value) if isinstance(value, dict) else value for name, value in decision.constants.items()}
        for each in decision.decisions:
            _put(values, each, self._results.get(each.key))
        for each in decision.inputs:
            if each.prefix:
                _put(values, each, self._read_input(self._graph.inputs[each.key]))
        return Scope(values, root)

    def _make_root(self, number: int) -> InputScope:
        """Return the inputs of one file by name; values of the context that no input declares are in sight too."""
        inputs = self._graph.names.get(number, {})

        def read(name: str) -> Any:
            declared = inputs.get(name)
            if declared is not None:
                return self._read_input(declared)
            if self._context is None:
                raise KeyError(name)
            return from_host(self._context[name])

        return InputScope(read)

    def _read_input(self, declared: CompiledInput) -> Any:
        if self._context is None:
            return self._results.get(declared.key)
        if declared.key not in self._results:
            if declared.number == 0:
                try:
                    value = self._context[declared.name]
                except KeyError:
                    value = find_spelled(self._context, declared.name)
            else:
                value = find_value(self._context, declared.name, self._graph.paths[declared.number])
            self._results[declared.key] = self._run.given[declared.name] = _read_value(
                self._run, f"Input {declared.name}", declared.kind, value
            )
        return self._results[declared.key]


def make_service(graph: CompiledGraph, service: CompiledService) -> Function:
    """Return the decision service as a function."""

    def invoke(env: Env, arguments: Sequence[Any]) -> Any:
        run = Run.of(env)
        given: dict[str, Any] = {}
        for (name, kind, key), argument in zip(service.parameters, arguments, strict=True):
            fitted = kind.fit(argument, run)
            if fitted is MISFIT:
                run.warn(f"{service.name}: {name} must be a {kind.name}, but is a {kind_of(argument)}.")
                return None
            given[key] = fitted
        return graph.give(service, run, given)

    parameters = tuple(Parameter(name=name, type=None if kind.takes_all else kind.feel) for name, kind, _ in service.parameters)
    return Function(parameters=parameters, invoke=invoke, name=service.name)


def find_value(context: Mapping[str, Any], name: str, paths: Iterable[tuple[str, ...]]) -> Any:
    """Return the value of a name in a context: that of an imported input stands within contexts of the imports' names, or beside."""
    for path in paths:
        place: Any = context
        for prefix in path:
            place = place.get(prefix) if isinstance(place, Mapping) else None
        if isinstance(place, Mapping) and name in place:
            return place[name]
        dotted = ".".join((*path, name))
        if path and dotted in context:
            return context[dotted]
    return find_spelled(context, name)


def find_spelled(context: Mapping[str, Any], name: str) -> Any:
    """Return the value of a name that may be written with other blanks, else null."""
    if name in context:
        return context[name]
    return next((context[key] for key in context if normalize_name(str(key)) == name), None)


def _put(values: dict[str, Any], bound: Bound, value: Any) -> None:
    place = values.setdefault(bound.prefix, {}) if bound.prefix else values
    place[bound.name] = value


def _read_value(run: Run, what: str, kind: DmnType, value: Any) -> Any:
    """Return a value from outside brought to its type; one that does not fit is null, with a warning."""
    value = from_host(value)
    if value is None or value.__class__ is kind.plain or kind.takes_all:
        return value
    fitted = kind.fit(value, run, from_outside=True)
    if fitted is MISFIT:
        run.warn(f"{what} is no {kind.name}, but a {kind_of(value)}.")
        return None
    return fitted
