"""The state of an instance as bytes and back: what is alive and its variables, never the graph.

Version 1 holds, for the process and each running sub-process: its graph's name, its owner, its variables, and one row a token.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from app.engine.codec import read_instant, seal, unseal, write_instant
from app.engine.definition import Definition
from app.engine.errors import StateUnreadable
from app.engine.library import TaskState
from app.engine.run import Run
from app.engine.tokens import InnerProcess, Process, Scope, Token

VERSION = 1


def dump_process(process: Process, definition: Definition) -> bytes:
    """Return the state of an instance."""
    return seal(_describe(process, definition))


def dump_content(process: Process, definition: Definition) -> dict[str, Any]:
    """Return the state of an instance, sharing nothing with it."""
    return deepcopy(_describe(process, definition))


def _describe(process: Process, definition: Definition) -> dict[str, Any]:
    """Return the state of an instance as it is stored; a scope comes after the one that it is in."""
    scopes = [process, *process.subprocesses.values()]
    content: dict[str, Any] = {
        "version": VERSION,
        "definition": definition.hash,
        "process": definition.key,
        "outcome": process.outcome,
        "completed": process.completed,
        "cancelled": not process.success,
        "scopes": [_dump_scope(scope) for scope in scopes],
    }
    if process.correlation:
        content["correlation"] = process.correlation
    return content


def _dump_scope(scope: Scope) -> dict[str, Any]:
    written: dict[str, Any] = {"graph": scope.spec.name, "tokens": [_dump_token(token) for token in scope.tokens()]}
    if scope.owner is not None:
        written["owner"] = scope.owner.id
    if scope.is_isolated:
        written["data"] = scope.data
        written["written"] = list(scope.written)
    if scope.done:
        written["done"] = scope.done
    return written


def _dump_token(token: Token) -> list[Any]:
    above = token.host
    return [
        token.id,
        token.task_spec.name,
        token.state,
        token.stage,
        None if above is token.workflow.task_tree or above is None else above.id,
        write_instant(token.entered_at),
        token.internal_data,
        token.data,
    ]


def restore_process(blob: bytes, definition: Definition, run: Run) -> Process:
    """Return the instance that `dump_process` wrote.

    Raises:
        StateUnreadable: a wrong checksum, another format or version, or the state of another definition.
    """
    content = unseal(blob)
    if content.get("version") != VERSION:
        raise StateUnreadable(reason=f"its version is {content.get('version')}, not {VERSION}")
    if content["definition"] != definition.hash:
        raise StateUnreadable(reason=f"it belongs to definition {content['definition'][:12]}, not {definition.hash[:12]}")
    return restore_content(content, definition, run)


def restore_content(content: Mapping[str, Any], definition: Definition, run: Run) -> Process:
    """Return the instance that `dump_content` wrote; the content is its own from now on."""
    process = Process(definition.graphs[definition.key], definition.graphs, run)
    process.correlation = content.get("correlation", {})
    process.outcome = content["outcome"]
    process.completed = content["completed"]
    process.success = not content["cancelled"]
    tokens: dict[str, Token] = {}
    for written in content["scopes"]:
        scope: Scope = process
        if "owner" in written:
            owner = tokens[written["owner"]]
            scope = InnerProcess(definition.graphs[written["graph"]], owner)
            process.subprocesses[owner.id] = scope
        _restore_scope(scope, written, tokens)
    return process


def _restore_scope(scope: Scope, written: Mapping[str, Any], tokens: dict[str, Token]) -> None:
    if "data" in written:
        scope.data = written["data"]
        scope.written = dict.fromkeys(written["written"])
    if "done" in written:
        scope.done = written["done"]
    for name, node, state, stage, above, entered_at, internal, data in written["tokens"]:
        parent = scope.task_tree if above is None else tokens[above]
        token = Token(scope, scope.spec.task_specs[node], parent, name=name)
        token.stage = stage
        token.entered_at = read_instant(entered_at)
        token.internal_data = internal
        token.data = data
        token.mark(state)
        tokens[name] = token


def is_manual_wait(token: Token) -> bool:
    """Whether a token waits for a person."""
    return bool(token.task_spec.manual) and token.state == TaskState.READY
