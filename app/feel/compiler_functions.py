"""Invocations and functions of the user (tables 48 and 63)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.feel import syntax
from app.feel.compiler import MISSING, Compile, Compiler, constant, constant_of
from app.feel.compiler_lists import weight_of
from app.feel.env import Env, Run
from app.feel.functions import Builtin, call_function, call_function_named
from app.feel.scope import Scope
from app.feel.syntax import Node
from app.feel.types import kind_of
from app.feel.values import Function, Parameter


def compile_function(compiler: Compiler, node: syntax.FunctionLiteral, scope: Scope) -> Run:
    """Compile function(x) body: a closure over the variables in sight."""
    names = [parameter.name for parameter in node.parameters]
    parameters = tuple(Parameter(name=parameter.name, type=parameter.type) for parameter in node.parameters)
    body = compiler.run_of(node.body, scope.inner(names))
    weight = weight_of(node.body)
    if node.external:
        body = _external

    def run(env: Env) -> Any:
        context, captured = env.context, env.variables

        def invoke(caller: Env, arguments: Sequence[Any]) -> Any:
            inner = caller.inner({**captured, **dict(zip(names, arguments, strict=True))})
            inner.context = context
            inner.charge(weight)
            return body(inner)

        return Function(parameters=parameters, invoke=invoke)

    return run


def _external(env: Env) -> Any:
    """Stand in for a function of Java or PMML: expressions reach nothing outside."""
    return env.warn("Functions outside of FEEL are not called.")


def compile_invocation(compiler: Compiler, node: syntax.Invocation, scope: Scope) -> Run:
    """Compile f(x) and f(name: x)."""
    known = constant_of(node, scope)
    if known is not MISSING:
        return constant(known)
    builtin = scope.builtin(node.function.name) if isinstance(node.function, syntax.Name) else None
    if node.named:
        return _compile_named(compiler, node, scope, builtin)
    arguments = [compiler.run_of(argument, scope) for argument in node.positional]
    if builtin is not None:
        return _compile_builtin(builtin, arguments)
    function_of = compiler.run_of(node.function, scope)

    def run(env: Env) -> Any:
        function = _function(env, function_of)
        return None if function is None else call_function(env, function, [argument(env) for argument in arguments])

    return run


def _compile_builtin(builtin: Builtin, arguments: list[Run]) -> Run:
    call = builtin.call
    if len(arguments) == 1:
        single = arguments[0]
        return lambda env: call(env, [single(env)])
    return lambda env: call(env, [argument(env) for argument in arguments])


def _compile_named(compiler: Compiler, node: syntax.Invocation, scope: Scope, builtin: Builtin | None) -> Run:
    arguments = [(argument.name, compiler.run_of(argument.value, scope)) for argument in node.named]
    repeated = len({name for name, _ in arguments}) < len(arguments)
    function_of = None if builtin is not None else compiler.run_of(node.function, scope)

    def run(env: Env) -> Any:
        if repeated:
            return env.warn("An argument is given twice.")
        if function_of is None and builtin is not None:
            return builtin.call_named(env, {name: value(env) for name, value in arguments})
        function = None if function_of is None else _function(env, function_of)
        return None if function is None else call_function_named(env, function, {name: value(env) for name, value in arguments})

    return run


def _function(env: Env, function_of: Run) -> Function | None:
    function = function_of(env)
    if isinstance(function, Function):
        return function
    env.warn(f"A {kind_of(function)} cannot be called.")
    return None


COMPILERS: Final[Mapping[type[Node], Compile]] = {
    syntax.FunctionLiteral: compile_function,
    syntax.Invocation: compile_invocation,
}
