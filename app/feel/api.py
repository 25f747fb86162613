"""Compiling and evaluating: what the rest of the product uses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from app.feel import compiler, compiler_functions, compiler_lists, compiler_tests, syntax
from app.feel.builtins import BUILTINS
from app.feel.compiler import Compiler
from app.feel.env import Env, Run
from app.feel.errors import FeelLimitExceeded, FeelValueError
from app.feel.host import from_host
from app.feel.lexer import normalize_name
from app.feel.names import PROPERTY_NAMES, NameTable
from app.feel.parser import Parser
from app.feel.scope import Globals, Scope
from app.feel.types import FeelType

_COMPILER: Final = Compiler({**compiler.COMPILERS, **compiler_tests.COMPILERS, **compiler_lists.COMPILERS, **compiler_functions.COMPILERS})
_NO_TYPES: Final[Mapping[str, FeelType]] = MappingProxyType({})
_COMPILED_MAX: Final = 4_096


class Evaluation(NamedTuple):
    """The value of an expression, and why parts of it are null."""

    value: Any
    warnings: tuple[str, ...] = ()


class Expression:
    """A compiled expression. It keeps no state: any number of threads may evaluate it.

    Attributes:
        text: as it was written.
        names: the free variables that it reads from the context.
        tree: its syntax tree.
    """

    __slots__ = ("_run", "names", "text", "tree")

    def __init__(self, *, text: str, tree: syntax.Node, names: frozenset[str], run: Run) -> None:
        self.text = text
        self.tree = tree
        self.names = names
        self._run = run

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def value(self, context: Mapping[str, Any], *, now: dt.datetime | None = None, zone: dt.tzinfo | None = None) -> Any:
        """Return the value.

        Args:
            context: variables by name, read when they are needed.
            now: what now() and today() give; without it they give null.
            zone: the time zone in which now() is told.

        Raises:
            FeelLimitExceeded: a bound of limits.py is exceeded.
            FeelValueError: the context holds something that is no FEEL value.
        """
        env = Env()
        env.context = context
        if now is not None:
            env.now = now
            env.zone = zone
        return run_safely(self._run, env)

    def evaluate(self, context: Mapping[str, Any], *, now: dt.datetime | None = None, zone: dt.tzinfo | None = None) -> Evaluation:
        """Return the value and the warnings; arguments and errors as for `value`."""
        env = Env()
        env.context = context
        env.now = now
        env.zone = zone
        value = run_safely(self._run, env)
        return Evaluation(value, tuple(env.messages) if env.messages else ())

    def value_within(self, running: Env, context: Mapping[str, Any]) -> Any:
        """Return the value as a part of an evaluation that runs already, from its budget and with its warnings."""
        return self._run(running.part(context))


class UnaryTests:
    """A compiled cell of a decision table."""

    __slots__ = ("_run", "names", "text", "tree")

    def __init__(self, *, text: str, tree: syntax.Tests, names: frozenset[str], run: Run) -> None:
        self.text = text
        self.tree = tree
        self.names = names
        self._run = run

    def __repr__(self) -> str:
        return f"UnaryTests({self.text!r})"

    @property
    def is_dash(self) -> bool:
        """True for a cell that every input satisfies, also null."""
        return not self.tree.tests

    def matches(
        self, input_value: Any, context: Mapping[str, Any], *, now: dt.datetime | None = None, zone: dt.tzinfo | None = None
    ) -> bool:
        """Return whether the input satisfies the cell; errors as for `Expression.value`."""
        env = Env()
        env.context = context
        env.variables = {compiler_tests.INPUT: from_host(input_value)}
        if now is not None:
            env.now = now
            env.zone = zone
        return run_safely(self._run, env) is True

    def evaluate(
        self, input_value: Any, context: Mapping[str, Any], *, now: dt.datetime | None = None, zone: dt.tzinfo | None = None
    ) -> Evaluation:
        """Return whether the input satisfies the cell, and the warnings."""
        env = Env()
        env.context = context
        env.variables = {compiler_tests.INPUT: from_host(input_value)}
        env.now = now
        env.zone = zone
        value = run_safely(self._run, env)
        return Evaluation(value=value, warnings=tuple(env.messages or ()))

    def matches_within(self, running: Env, input_value: Any, context: Mapping[str, Any]) -> bool:
        """Return whether the input, a FEEL value, satisfies the cell, as a part of an evaluation that runs already."""
        env = running.part(context)
        env.variables = {compiler_tests.INPUT: input_value}
        return bool(self._run(env))


def run_safely(run: Run, env: Env) -> Any:
    """Return what `run` gives; Python's own limits become this package's errors."""
    try:
        return run(env)
    except RecursionError:
        raise FeelLimitExceeded("recursion", "values or calls are nested too deeply") from None
    except ArithmeticError as error:
        raise FeelValueError(f"A number of the context is beyond the numbers of FEEL: {type(error).__name__}.") from error


def begin_evaluation(*, now: dt.datetime | None = None, zone: dt.tzinfo | None = None) -> Env:
    """Return the state of an evaluation that has several parts, such as a decision; its warnings are in `messages`."""
    env = Env()
    env.now = now
    env.zone = zone
    return env


def compile_expression(
    text: str, names: Iterable[str] = (), *, members: Iterable[str] = (), types: Mapping[str, FeelType] | None = None
) -> Expression:
    """Return `text` compiled; the same text with the same names is compiled once.

    Args:
        text: a FEEL expression.
        names: names of variables that will be in the context; they may hold spaces and operators.
        members: names that are only entries of contexts, known after a dot and within filters.
        types: the types that `instance of` and parameters may name besides FEEL's own.

    Raises:
        FeelSyntaxError: the text is no expression.
        FeelLimitExceeded: the text is longer or deeper than limits.py allows.
    """
    return _compile_expression(text, frozenset(names), frozenset(members), tuple(sorted((types or {}).items(), key=_first)))


def compile_unary_tests(
    text: str, names: Iterable[str] = (), *, members: Iterable[str] = (), types: Mapping[str, FeelType] | None = None
) -> UnaryTests:
    """Return a cell compiled; an empty cell is the dash. Arguments and errors as for `compile_expression`."""
    return _compile_unary_tests(text, frozenset(names), frozenset(members), tuple(sorted((types or {}).items(), key=_first)))


def _first(entry: tuple[str, FeelType]) -> str:
    return entry[0]


@lru_cache(maxsize=_COMPILED_MAX)
def _compile_expression(text: str, names: frozenset[str], members: frozenset[str], types: tuple[tuple[str, FeelType], ...]) -> Expression:
    known = frozenset(map(normalize_name, names))
    tree = _parsed(_parser(text, known, members, types).whole_expression)
    scope = _scope(known)
    run = _parsed(lambda: _COMPILER.run_of(tree, scope))
    return Expression(text=text, tree=tree, names=frozenset(scope.globals.free), run=run)


@lru_cache(maxsize=_COMPILED_MAX)
def _compile_unary_tests(text: str, names: frozenset[str], members: frozenset[str], types: tuple[tuple[str, FeelType], ...]) -> UnaryTests:
    known = frozenset(map(normalize_name, names))
    tree = _parsed(_parser(text, known, members, types).whole_tests)
    scope = _scope(known, (compiler_tests.INPUT,))
    run = _parsed(lambda: _COMPILER.run_of(tree, scope))
    return UnaryTests(text=text, tree=tree, names=frozenset(scope.globals.free), run=run)


def _parser(text: str, names: frozenset[str], members: frozenset[str], types: tuple[tuple[str, FeelType], ...]) -> Parser:
    table = NameTable(parent=_name_table(names))
    return Parser(text, names=table, members=_member_table(names | members), types=dict(types) if types else _NO_TYPES)


def _parsed(step: Any) -> Any:
    try:
        return step()
    except RecursionError:
        raise FeelLimitExceeded("depth", "the expression is nested too deeply") from None


def _scope(known: frozenset[str], variables: Iterable[str] = ()) -> Scope:
    return Scope(Globals(builtins=BUILTINS, known=known), names=variables)


@lru_cache(maxsize=1)
def _builtin_table() -> NameTable:
    return NameTable(BUILTINS)


@lru_cache(maxsize=256)
def _name_table(names: frozenset[str]) -> NameTable:
    return NameTable(names, parent=_builtin_table())


@lru_cache(maxsize=256)
def _member_table(names: frozenset[str]) -> NameTable:
    return NameTable((*names, *PROPERTY_NAMES))
