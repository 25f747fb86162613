"""Calling functions: builtins with their signatures, and functions of the user or the host (clause 10.3.2.13, table 63)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from app.feel.env import Env
from app.feel.record import Record
from app.feel.types import ANY, PRIMITIVES, FeelType, conforms, kind_of
from app.feel.values import (
    MIDNIGHT_UTC,
    DateTime,
    DaysTimeDuration,
    FarDate,
    Function,
    Parameter,
    Range,
    Time,
    YearsMonthsDuration,
)

MISMATCH: Final = object()
_CLASSES: Final[Mapping[str, frozenset[type]]] = {
    "number": frozenset({Decimal}),
    "string": frozenset({str}),
    "boolean": frozenset({bool}),
    "list": frozenset({list}),
    "context": frozenset({dict}),
    "function": frozenset({Function}),
    "range": frozenset({Range}),
    "date": frozenset({dt.date, FarDate}),
    "time": frozenset({Time}),
    "date and time": frozenset({DateTime}),
    "days and time duration": frozenset({DaysTimeDuration}),
    "years and months duration": frozenset({YearsMonthsDuration}),
}


class BuiltinParameter(Record):
    """A parameter: the classes it takes (None: all), and what may be left out or null."""

    name: str
    kinds: str
    classes: frozenset[type] | None
    nullable: bool
    optional: bool


class Signature(Record):
    """One way to call a builtin, with at least `required` arguments. With `variadic` the last parameter takes one or more arguments."""

    parameters: tuple[BuiltinParameter, ...]
    required: int
    variadic: bool
    implementation: Callable[..., Any]

    def begins_with(self, names: Iterable[str]) -> bool:
        """Return whether its first parameter is the first of `names`."""
        return bool(self.parameters) and self.parameters[0].name == next(iter(names), "")

    def accepts(self, count: int) -> bool:
        """Return whether that many positional arguments fit."""
        return self.required <= count and (self.variadic or count <= len(self.parameters))


class Builtin:
    """A builtin function; its signatures are read from their texts when it is first called.

    A signature is written as the standard's tables do: `string: string, length?: number`. `a|b` takes either kind, `string?` also
    null, `name...` one or more.
    """

    __slots__ = ("_signatures", "_written", "name", "pure")

    def __init__(self, name: str, *written: tuple[str, Callable[..., Any]], pure: bool = True) -> None:
        self.name = name
        self.pure = pure
        self._written = written
        self._signatures: tuple[Signature, ...] | None = None

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """The ways to call it."""
        if self._signatures is None:
            self._signatures = tuple(_read_signature(text, implementation) for text, implementation in self._written)
        return self._signatures

    def call(self, env: Env, arguments: Sequence[Any]) -> Any:
        """Return the result for positional arguments."""
        fault = None
        for signature in self.signatures:
            if not signature.accepts(len(arguments)):
                continue
            converted, fault = _convert_all(signature, arguments)
            if fault is None:
                return self._run(env, signature, converted)
        env.warn(f"{self.name} does not take {len(arguments)} arguments." if fault is None else f"{self.name}: {fault}")
        return None

    def call_named(self, env: Env, arguments: Mapping[str, Any]) -> Any:
        """Return the result for named arguments; their order decides between signatures that differ in nothing else."""
        fault = None
        for signature in sorted(self.signatures, key=lambda each: not each.begins_with(arguments)):
            names = [parameter.name for parameter in signature.parameters]
            if not arguments.keys() <= set(names):
                continue
            ordered = [arguments.get(name) for name in names]
            if signature.variadic and names[-1] not in arguments:
                ordered.pop()
            converted, fault = _convert_all(signature, ordered)
            if fault is None:
                return self._run(env, signature, converted)
        named = f"{self.name} has no parameters named {', '.join(sorted(arguments))}."
        env.warn(named if fault is None else f"{self.name}: {fault}")
        return None

    def _run(self, env: Env, signature: Signature, arguments: list[Any]) -> Any:
        env.charge(1)
        try:
            return signature.implementation(env, *arguments)
        except ArithmeticError:
            env.warn(f"{self.name}: the result is undefined or out of range.")
            return None


def convert(parameter: BuiltinParameter, value: Any) -> Any:
    """Return `value` after the implicit conversions of clause 10.3.2.9.4, or MISMATCH."""
    classes = parameter.classes
    kind = value.__class__
    if classes is None or kind in classes:
        return value
    if value is None:
        return None if parameter.nullable or parameter.optional else MISMATCH
    if (dict in classes and isinstance(value, Mapping)) or (Function in classes and isinstance(value, Function)):
        return value
    if list in classes:
        return [value]
    if kind is list:
        return convert(parameter, value[0]) if len(value) == 1 else MISMATCH
    if DateTime in classes and (kind is dt.date or kind is FarDate):
        return DateTime(date=value, time=MIDNIGHT_UTC)
    return MISMATCH


def _convert_all(signature: Signature, arguments: Sequence[Any]) -> tuple[list[Any], str | None]:
    """Return the converted arguments, and what is wrong with them."""
    parameters = signature.parameters
    converted = []
    for index, value in enumerate(arguments):
        parameter = parameters[index] if index < len(parameters) else parameters[-1]
        if parameter.classes is not None and value.__class__ in parameter.classes:
            converted.append(value)
            continue
        argument = convert(parameter, value)
        if argument is MISMATCH:
            return [], f"{parameter.name} must be a {parameter.kinds.replace('|', ' or a ')}, but is a {kind_of(value)}."
        converted.append(argument)
    return converted, None


@lru_cache(maxsize=512)
def _read_parameter(text: str) -> BuiltinParameter:
    name, _, kinds = text.partition(": ")
    nullable = kinds.endswith("?")
    kinds = kinds.rstrip("?")
    classes: frozenset[type] | None = None
    if kinds != "any":
        classes = frozenset().union(*(_CLASSES[kind] for kind in kinds.split("|")))
    return BuiltinParameter(name=name.rstrip("?."), kinds=kinds, classes=classes, nullable=nullable, optional=name.endswith("?"))


def _read_signature(text: str, implementation: Callable[..., Any]) -> Signature:
    written = text.split(", ") if text else []
    parameters = tuple(_read_parameter(part) for part in written)
    variadic = bool(written) and written[-1].partition(": ")[0].endswith("...")
    required = sum(not parameter.optional for parameter in parameters)
    return Signature(parameters=parameters, required=required, variadic=variadic, implementation=implementation)


def convert_to_type(value: Any, feel_type: FeelType | None, env: Env | None = None) -> Any:
    """Return `value` as that type after the implicit conversions, or MISMATCH."""
    if feel_type is None or feel_type.kind == "unknown" or conforms(value, feel_type, env):
        return value
    if feel_type.kind == "list" and (feel_type.of is None or conforms(value, feel_type.of, env)):
        return [value]
    if isinstance(value, list) and len(value) == 1 and conforms(value[0], feel_type, env):
        return value[0]
    if feel_type.kind == "date and time" and isinstance(value, (dt.date, FarDate)):
        return DateTime(date=value, time=MIDNIGHT_UTC)
    return MISMATCH


def call_function(env: Env, function: Function, arguments: Sequence[Any]) -> Any:
    """Return the result of a function for positional arguments; all must be there."""
    if isinstance(function, BuiltinFunction):
        return function.builtin.call(env, arguments)
    if len(arguments) != len(function.parameters):
        env.warn(f"{function.name} takes {len(function.parameters)} arguments, but got {len(arguments)}.")
        return None
    converted = []
    for parameter, value in zip(function.parameters, arguments, strict=True):
        argument = convert_to_type(value, parameter.type, env)
        if argument is MISMATCH:
            env.warn(f"{function.name}: {parameter.name} must be a {parameter.type}, but is a {kind_of(value)}.")
            return None
        converted.append(argument)
    root = env.enter_call(4)
    try:
        result = convert_to_type(function.invoke(env, converted), function.result, env)
    finally:
        root.calls -= 1
    if result is MISMATCH:
        env.warn(f"{function.name}: the result is no {function.result}.")
        return None
    return result


def call_function_named(env: Env, function: Function, arguments: Mapping[str, Any]) -> Any:
    """Return the result of a function for named arguments; those that are missing are null."""
    if isinstance(function, BuiltinFunction):
        return function.builtin.call_named(env, arguments)
    names = [parameter.name for parameter in function.parameters]
    if not arguments.keys() <= set(names):
        env.warn(f"{function.name} has no parameters named {', '.join(sorted(arguments.keys() - set(names)))}.")
        return None
    return call_function(env, function, [arguments.get(name) for name in names])


class BuiltinFunction(Function):
    """A builtin as a value."""

    builtin: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BuiltinFunction) and other.builtin is self.builtin

    def __hash__(self) -> int:
        return id(self.builtin)


def as_function(builtin: Builtin) -> Function:
    """Return a builtin as a value that can be passed on."""
    parameters = tuple(Parameter(name=each.name, type=_type_of(each.kinds)) for each in builtin.signatures[0].parameters)
    return BuiltinFunction(parameters=parameters, invoke=builtin.call, name=builtin.name, builtin=builtin)


def _type_of(kinds: str) -> FeelType:
    if kinds in ("list", "range"):
        return FeelType(kind=kinds, of=ANY)
    return PRIMITIVES.get(kinds, ANY)
