"""The static check of invocations: names, number and types of the arguments, and the type of the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from app.feel import syntax
from app.feel.builtins import BUILTINS
from app.feel.check_names import shown, suggest
from app.feel.check_operators import described, join, plain
from app.feel.check_state import Checker, NamesInSight
from app.feel.compiler import MISSING
from app.feel.env import Env
from app.feel.errors import FeelError
from app.feel.functions import Builtin, BuiltinParameter, Signature
from app.feel.lexer import END
from app.feel.names import NameTable
from app.feel.syntax import Node
from app.feel.types import ANY, FeelType

_UNKNOWN: Final = frozenset({"Any", "unknown"})
_STEPS_OF_CONSTANTS: Final = 1_000
_RESULTS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": (
        "number", "string length", "count", "sum", "mean", "product", "median", "stddev", "decimal", "floor", "ceiling", "round up",
        "round down", "round half up", "round half down", "modulo", "sqrt", "log", "exp", "day of year", "week of year",
    ),
    "string": (
        "string", "substring", "upper case", "lower case", "substring before", "substring after", "replace", "string join",
        "day of week", "month of year",
    ),
    "boolean": (
        "not", "contains", "starts with", "ends with", "matches", "list contains", "all", "any", "odd", "even", "is", "before", "after",
        "meets", "met by", "overlaps", "overlaps before", "overlaps after", "finishes", "finished by", "includes", "during", "starts",
        "started by", "coincides",
    ),
    "date": ("date", "today"),
    "time": ("time",),
    "date and time": ("date and time", "now"),
    "years and months duration": ("years and months duration",),
    "list<string>": ("split",),
    "list<number>": ("index of", "mode"),
    "list": ("get entries", "flatten"),
    "context": ("context", "context put", "context merge"),
    "range": ("range",),
}  # fmt: skip
_RESULT_OF: Final = {name: result for result, names in _RESULTS.items() for name in names}
_LIKE_ITS_LIST: Final = frozenset({"sublist", "remove", "reverse", "distinct values", "sort"})
_JOINING: Final = frozenset({"append", "concatenate", "union", "insert before", "list replace"})


def infer_invocation(checker: Checker, node: syntax.Invocation, names: NamesInSight) -> FeelType:
    """Return the type of what a call gives."""
    positional = [checker.infer(argument, names) for argument in node.positional]
    named = {argument.name: checker.infer(argument.value, names) for argument in node.named}
    if len(named) < len(node.named):
        checker.find("arity", node.at, "An argument is given twice.", "Leave one of them out.")
    if isinstance(node.function, syntax.Name) and names.find(node.function.name) is None:
        builtin = BUILTINS.get(node.function.name)
        if builtin is not None:
            return _infer_builtin(checker, node, builtin, positional, named, names=names)
    return _infer_function(checker, node, positional, named, names)


# -- functions of the user -----------------------------------------------------------------------------------------------------


def _infer_function(
    checker: Checker, node: syntax.Invocation, positional: list[FeelType], named: dict[str, FeelType], names: NamesInSight
) -> FeelType:
    function = checker.infer(node.function, names)
    if function.kind in _UNKNOWN:
        return ANY
    if function.kind != "function":
        checker.find("type", node.at, f"{described(function).capitalize()} cannot be called.", "Is an operator missing before the bracket?")
        return ANY
    if function.of is None:
        return ANY
    parameters = [key for key, _ in function.entries]
    given = positional
    if node.named:
        unknown = [name for name in named if name not in parameters]
        if all(parameters) and unknown:
            _report_parameter(checker, node, unknown[0], parameters)
        given = [named.get(name, ANY) for name in parameters]
    elif len(positional) != len(parameters):
        message = f"This function takes {_count(len(parameters))}, but gets {len(positional)}."
        checker.find("arity", node.at, message, f"Its parameters are: {', '.join(parameters) or 'none'}.")
        return function.of
    for (name, wanted), have in zip(function.entries, given, strict=True):
        if not may_become(have, wanted):
            checker.find("type", node.at, f"{name} must be a {wanted}, but is {described(have)}.", "Give a value of that type.")
    return function.of


def may_become(have: FeelType, wanted: FeelType) -> bool:
    """Return whether a value of the one type can stand for the other, implicit conversions included."""
    if wanted.kind in _UNKNOWN or have.kind in _UNKNOWN or have.kind == "Null":
        return True
    if have.kind == wanted.kind:
        if have.kind in ("list", "range"):
            return may_become(have.of or ANY, wanted.of or ANY)
        entries = dict(have.entries)
        return have.kind != "context" or all(may_become(entries.get(key, ANY), kind) for key, kind in wanted.entries)
    if wanted.kind == "list":
        return may_become(have, wanted.of or ANY)
    if have.kind == "list":
        return may_become(have.of or ANY, wanted)
    return have.kind == "date" and wanted.kind == "date and time"


def _count(number: int) -> str:
    return "no arguments" if number == 0 else "1 argument" if number == 1 else f"{number} arguments"


def _report_parameter(checker: Checker, node: syntax.Invocation, name: str, parameters: Sequence[str]) -> None:
    at = next(argument.at for argument in node.named if argument.name == name)
    remedy = suggest(name, parameters, otherwise=f"Its parameters are: {', '.join(parameters) or 'none'}.")
    checker.find("unknown_parameter", at, f"There is no parameter {shown(name)}.", remedy)


# -- builtins ------------------------------------------------------------------------------------------------------------------


def _infer_builtin(
    checker: Checker,
    node: syntax.Invocation,
    builtin: Builtin,
    positional: list[FeelType],
    named: dict[str, FeelType],
    *,
    names: NamesInSight,
) -> FeelType:
    if node.named:
        fits = _check_named(checker, node, builtin, named)
        arguments = list(named.values())
        nodes = [argument.value for argument in node.named]
    else:
        fits = _check_positional(checker, node, builtin, positional)
        arguments, nodes = positional, list(node.positional)
    if fits:
        _check_constants(checker, node, builtin, nodes, names)
    return _result_of(builtin.name, arguments)


def _check_positional(checker: Checker, node: syntax.Invocation, builtin: Builtin, given: list[FeelType]) -> bool:
    fitting = [signature for signature in builtin.signatures if signature.accepts(len(given))]
    if not fitting:
        checker.find("arity", node.at, f"{builtin.name} does not take {_count(len(given))}.", _forms(builtin))
        return False
    fault = None
    for signature in fitting:
        parameters = signature.parameters
        pairs = [(parameters[min(index, len(parameters) - 1)], have) for index, have in enumerate(given)]
        wrong = next((index for index, (parameter, have) in enumerate(pairs) if not _accepts(parameter, have)), None)
        if wrong is None:
            return True
        if fault is None or wrong > fault[0]:
            fault = wrong, pairs[wrong]
    assert fault is not None, "every fitting signature has been tried"
    _report_argument(checker, node.positional[fault[0]].at, builtin, *fault[1])
    return False


def _check_named(checker: Checker, node: syntax.Invocation, builtin: Builtin, given: dict[str, FeelType]) -> bool:
    known = [[parameter.name for parameter in signature.parameters] for signature in builtin.signatures]
    for name in given:
        if not any(name in parameters for parameters in known):
            _report_parameter(checker, node, name, list(dict.fromkeys(name for parameters in known for name in parameters)))
            return False
    fault = None
    for signature in builtin.signatures:
        parameters = {parameter.name: parameter for parameter in signature.parameters}
        needed = {name for name, parameter in parameters.items() if not parameter.optional and not parameter.nullable and parameter.classes}
        if not needed <= given.keys() <= parameters.keys():
            continue
        wrong = next((name for name, have in given.items() if not _accepts(parameters[name], have)), None)
        if wrong is None:
            return True
        fault = wrong, parameters[wrong]
    if fault is None:
        checker.find("arity", node.at, f"{builtin.name} is not called with {', '.join(given)} alone.", _forms(builtin))
        return False
    at = next(argument.value.at for argument in node.named if argument.name == fault[0])
    _report_argument(checker, at, builtin, fault[1], given[fault[0]])
    return False


def _report_argument(checker: Checker, at: int, builtin: Builtin, parameter: BuiltinParameter, have: FeelType) -> None:
    wanted = parameter.kinds.replace("|", " or a ")
    checker.find("type", at, f"{builtin.name}: {parameter.name} must be a {wanted}, but is {described(have)}.", _forms(builtin))


def _forms(builtin: Builtin) -> str:
    return "Write " + " or ".join(f"{builtin.name}({_form(signature)})" for signature in builtin.signatures) + "."


def _form(signature: Signature) -> str:
    written = [parameter.name + ("?" if parameter.optional else "") for parameter in signature.parameters]
    return ", ".join(written) + (", …" if signature.variadic else "")


def _accepts(parameter: BuiltinParameter, have: FeelType) -> bool:
    """Return whether a value of that type may be an argument, implicit conversions included."""
    if parameter.classes is None or have.kind in _UNKNOWN:
        return True
    if have.kind == "Null":
        return parameter.nullable or parameter.optional
    kinds = parameter.kinds.split("|")
    if have.kind in kinds or "list" in kinds:
        return True
    if have.kind == "list":
        return _accepts(parameter, have.of or ANY)
    return have.kind == "date" and "date and time" in kinds


def _check_constants(checker: Checker, node: syntax.Invocation, builtin: Builtin, nodes: list[Node], names: NamesInSight) -> None:
    """Add a finding when a call with constants alone is null, or a pattern is no regular expression."""
    values = [checker.constant(argument, names) for argument in nodes]
    if builtin.pure and not node.named and MISSING not in values:
        env = Env()
        env.steps = _STEPS_OF_CONSTANTS
        try:
            is_null = builtin.call(env, values) is None
        except FeelError:
            return
        if is_null:
            why = (env.messages or [f"{builtin.name} is null for these arguments."])[0]
            checker.find("type", node.at, why, "Correct the arguments; the value is always null.")
    elif builtin.name in ("matches", "replace", "split"):
        order = ("input", "pattern", "replacement", "flags") if builtin.name == "replace" else ("input", "pattern", "flags")
        given = dict(
            zip((argument.name for argument in node.named) if node.named else order, zip(nodes, values, strict=True), strict=False)
        )
        pattern = given.get("pattern") or given.get("delimiter")
        flags = given.get("flags", (node, ""))[1]
        if pattern is not None and isinstance(pattern[1], str) and isinstance(flags, str):
            _check_pattern(checker, pattern[0].at, pattern[1], flags)


def _check_pattern(checker: Checker, at: int, pattern: str, flags: str) -> None:
    from app.feel.regex import PatternError, compile_pattern  # few expressions have a pattern

    try:
        compile_pattern(pattern, flags)
    except PatternError as error:
        checker.find("type", at, f"This is no regular expression: {error}.", "Correct the pattern; the value is always null.")
    except FeelError as error:
        checker.find("limit", at, f"{error}.", "Make the pattern smaller.")


def _result_of(name: str, given: list[FeelType]) -> FeelType:
    """Return the type of what a builtin gives for arguments of these types, in the order of its parameters."""
    first = plain(given[0]) if given else ANY
    if name in ("min", "max"):
        if len(given) == 1:
            return plain(first.of or ANY) if first.kind == "list" else first
        return _joined(given)
    if name == "abs":
        return first
    if name in _LIKE_ITS_LIST:
        return first if first.kind in ("list", "Any") else FeelType(kind="list", of=first)
    if name in _JOINING:
        return FeelType(kind="list", of=ANY) if name != "concatenate" or any(each != first for each in given) else first
    return _read_result(_RESULT_OF[name]) if name in _RESULT_OF else ANY


def _joined(types: Sequence[FeelType]) -> FeelType:
    result = types[0]
    for other in types[1:]:
        result = join(result, other)
    return result


@lru_cache(maxsize=64)
def _read_result(text: str) -> FeelType:
    return read_type(text)


def read_type(text: str, types: Mapping[str, FeelType] | None = None) -> FeelType:
    """Return the type that a text names, such as `list<number>` or a name of `types`.

    Raises:
        FeelSyntaxError: it names no type.
    """
    from app.feel.parser import Parser
    from app.feel.parser_types import parse_type

    parser = Parser(text, names=NameTable(), members=NameTable(), types=types or {})
    result = parse_type(parser)
    if parser.token.kind != END or result.kind == "unknown":
        raise parser.fault(f"{text!r} is no type", at=0)
    return result
